"""Which `Source` of looks a callback gets, from what its user gave and the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_v1_activity.capture.selection import check_sample
from keras_v1_activity.capture.source import NoSource, Source
from keras_v1_activity.capture.strategies import why_no_replica
from keras_v1_activity.capture.target import CaptureRequest
from keras_v1_activity.common import notices
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.probes.batch import Batch
from keras_v1_activity.probes.stimuli import Stimuli
from keras_v1_activity.probes.turns import Past, Turns

if TYPE_CHECKING:
    from keras_v1_activity.capture.probe import Probe


def checked_probe(probe_data: Any, plan: RecordPlan) -> Stimuli | None:
    """What a user gave as probe_data, or None.

    Args:
        probe_data: `Stimuli`, x, a tuple (x, y), or None.
        plan: `RecordPlan`, whose sample must be in the batch.

    Raises:
        ValueError: it is no batch, or has no sample with the plan's index.

    Example:
        >>> checked_probe((x, y), RecordPlan()).kind
        'batch'
    """
    if probe_data is None:
        return None
    stimuli = probe_data if isinstance(probe_data, Stimuli) else Batch.of(probe_data)
    if isinstance(stimuli, Batch):
        # It needs TensorFlow.
        from keras_v1_activity.capture.probe_batch import ProbeBatch

        ProbeBatch.of(stimuli.batch(0, None), plan)
    else:
        check_sample(plan, 1)
    return stimuli


def choose_source(
    model: Model,
    request: CaptureRequest,
    probe: Probe,
    stimuli: Stimuli | None,
    folder: Path | None,
    past: Past | None = None,
) -> Source:
    """The source of looks at a model.

    Args:
        model: the Keras model that is trained.
        request: `CaptureRequest`.
        probe: `Probe` of this model.
        stimuli: what to look at; None for the training batches themselves.
        folder: of the stored looks, to tell two captures of one model apart; or None.
        past: what the run holds of earlier looks of the probe; None if nothing is known.

    Example:
        >>> from keras_v1_activity.capture.probe import Probe
        >>> request = CaptureRequest("rsnn", RecordPlan())
        >>> from keras_v1_activity.capture.steps import Steps
        >>> source = choose_source(model, request, Probe(model, request), None, None)
        >>> source.prepare(request.layer_of(model))
        >>> source.before_batch(step=1, every=1)
        >>> logs = model.train_on_batch(x, y)
        >>> step, make = source.after_batch(Steps(1, 1, every=1))
        >>> make().n_neurons
        9
        >>> source.end()
    """
    if stimuli is not None:
        from keras_v1_activity.capture.probe_source import ProbeSource

        looks = ProbeSource(probe, Turns(stimuli, past))
        return _with_health(looks, model, request, folder)
    strategy = why_no_replica(model)
    if strategy is not None:
        return NoSource(
            f"V1ActivityCallback captures no training batch under {strategy}, whose replicas it "
            "cannot tell apart: nothing is logged; give probe_data instead."
        )
    from keras_v1_activity.capture.live_source import LiveSource

    return LiveSource(model, request.plan, folder)


def _with_health(
    probe: Source, model: Model, request: CaptureRequest, folder: Path | None
) -> Source:
    """A source of probes, with the health of the training steps if that is asked for."""
    if not request.plan.health:
        return probe
    strategy = why_no_replica(model)
    if strategy is not None:
        notices.warn(
            f"health=True records nothing under {strategy}, whose replicas it cannot tell apart: "
            "looks have no health; leave it out."
        )
        return probe
    from keras_v1_activity.capture.health.beside_probe import HealthBesideProbe
    from keras_v1_activity.capture.live_source import LiveSource

    return HealthBesideProbe(probe, LiveSource(model, request.plan, folder))
