"""Getting the activity of a spiking layer out of a Keras model.

`live` takes it from within the training step, `probe` by a forward pass of its own; both settle the
layer's output at one door (`output`) and reduce it with the same code (`reduce`).
Nothing here is imported with the package, since it needs TensorFlow.
"""
