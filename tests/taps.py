"""Loggers whose steps are tapped, and the looks that they leave."""

import tensorflow as tf

from keras_v1_activity import NetworkActivityLogger, load_activity


def logger_in(folder, every=1, **how):
    return NetworkActivityLogger(
        folder, every, **{"figures": ("predictions",), "background": False, **how}
    )


def as_tensors(handed):
    return {name: tf.convert_to_tensor(value) for name, value in handed.items()}


def tapped(folder, handed, run=lambda f: f, **how):
    """The look of one step that taps `handed`."""
    with logger_in(folder, **how) as logger:
        run(lambda given: logger.tap(**given))(as_tensors(handed))
        assert logger.step_done()
    return load_activity(folder)[1]


def logged(folder, handed, **how):
    with logger_in(folder, **how) as logger:
        assert logger.log_step(**handed)
    return load_activity(folder)[1]
