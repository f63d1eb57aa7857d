"""Getting the activity of a spiking layer out of a Keras model, or out of a loop's arrays.

A `source` gives looks while a model trains, and `choose_source` says which one: `live` takes them
from within the training step, `probe` by a forward pass of its own. `handed` makes them of arrays
that a custom loop hands over.
All read the layer's output with `output`, and reduce it with `reduce` or its numpy counterpart.
Nothing that needs TensorFlow is imported with the package.
"""
