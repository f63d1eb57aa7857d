"""Keras layers of the V1 model, its losses and Dale's law."""
