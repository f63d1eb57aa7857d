"""LoggingCallback: `model.fit` logged through a `NetworkActivityLogger`."""

from keras_v1_activity.callback import V1ActivityCallback


class LoggingCallback(V1ActivityCallback):
    """Captures as `V1ActivityCallback` does, into the run of a logger and with its settings.

    Made by `keras_v1_activity.visualize_training.create_logging_callback`.

    Args:
        logger: `NetworkActivityLogger`; its step count goes on through the training.
        layer_name: see `V1ActivityCallback`.
        extract: see `V1ActivityCallback`.
    """

    def __init__(self, logger, *, layer_name="rsnn", extract=None):
        self.logger = logger
        plan = logger.plan
        super().__init__(
            logger.log_dir,
            plan.every_n_steps,
            layer_name=layer_name,
            extract=extract,
            sample_index=plan.sample_index,
            voltage_neurons=plan.voltage_neurons,
            trace_neurons=plan.trace_neurons,
            populations=logger.given_neurons,
            figures=plan.figures,
            dt=plan.dt,
            max_overhead=plan.max_overhead,
        )

    def _make_recorder(self, *arguments, **keywords):
        return self.logger.recorder

    def on_train_begin(self, logs=None):
        """Goes on from the steps that the logger has counted."""
        self.step = max(self.step, self.logger.step)
        super().on_train_begin(logs)

    def on_train_batch_end(self, batch, logs=None):
        """Counts for the logger too."""
        super().on_train_batch_end(batch, logs)
        self.logger.step = self.step

    def on_epoch_end(self, epoch, logs=None):
        """Hands on the corrected count."""
        super().on_epoch_end(epoch, logs)
        self.logger.step = self.step
