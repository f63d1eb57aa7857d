"""Departures from the published code."""

KIND = "True to the published code"
READOUTS = "v1/test_task_readouts.py::"
SAVED = "v1/checkpoints/test_published_readout.py::"
LOSSES = "v1/test_published_losses.py::"
ROWS = (
    ("spikes of `as_published=True` are compared with a float32 simulation", "equal, bit for bit",
     "v1/test_as_published.py::"
     "test_spikes_and_potentials_equal_a_float32_simulation_bit_for_bit"),
    ("constants of the cell are float64 by default", "said; `as_published=True` rounds them",
     "v1/test_as_published.py::test_the_default_is_not_rounded_as_published",
     "v1/network/test_glif3_constants.py::"
     "test_published_constants_are_rounded_to_float32_after_each_operation"),
    ("a network was loaded otherwise than published", "it is said",
     "v1/test_as_published.py::test_a_network_loaded_otherwise_is_said_to_be"),
    ("the rate loss is compared with the published formula", "its gradient has the published sign",
     LOSSES + "test_the_gradient_of_the_rate_loss_has_the_published_sign"),
    ("the published class loss is divided by the batch twice", "`as_published=True` does so too",
     LOSSES + "test_the_class_loss_is_divided_by_the_batch_twice_as_published"),
    ("published quantiles are drawn at random", "only on request",
     LOSSES + "test_quantiles_are_drawn_as_published_only_on_request"),
    ("the whole loss is compared with the formulas", "values and gradients are equal",
     LOSSES + "test_the_whole_loss_and_its_gradients_are_those_of_the_formulas"),
    ("a two-class task reads groups of its own", "they are the published ones",
     READOUTS + "test_a_task_reads_its_published_groups"),
    ("a published linear readout has 18 outputs", "a task loads its slice",
     READOUTS + "test_the_published_linear_readout_is_a_slice_of_eighteen_outputs",
     SAVED + "test_a_task_loads_its_outputs"),
    ("a checkpoint has a linear readout, the model has none", "it is refused, never left out",
     SAVED + "test_a_linear_readout_is_never_left_out"),
    ("the published scale is never trained nor saved", "it is 1.6931, and no warning is given",
     READOUTS + "test_the_published_scale_is_no_weight"),
    ("the published program restores our checkpoint", "it finds every variable",
     "v1/checkpoints/test_published.py::"
     "test_our_tensorflow_checkpoint_is_restored_by_the_published_program"),
)  # fmt: skip
