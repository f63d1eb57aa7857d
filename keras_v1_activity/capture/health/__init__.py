"""Health of a training: gradients, updates and weights of a step, in a few numbers.

`tap` takes them in the training step, reduced to small arrays; `tables` says of which weights;
`numbers` makes of the arrays what a look carries as ``details["health"]``.
"""
