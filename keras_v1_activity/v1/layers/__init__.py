"""Keras layers of the V1 model, its losses and Dale's law. They need Keras 3.7 or newer."""

from keras_v1_activity.v1.layers.needed_keras import check_keras

check_keras()
