"""The TensorBoard callback of Keras beside ours: it reads the graph of the train function."""

import pytest
from fits import X, Y, watcher
from kits import KITS
from spiking_models import make_model

from keras_v1_activity import load_activity

accumulators = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard"
)


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("ours_first", [True, False])
def test_both_write_all_they_write_alone(tmp_path, kit, ours_first):
    callbacks = [watcher(tmp_path / "ours"), kit.callbacks.TensorBoard(tmp_path / "theirs")]
    model = make_model(kit)
    losses = model.fit(
        X, Y, batch_size=4, epochs=2, verbose=0, callbacks=callbacks[:: 1 if ours_first else -1]
    ).history["loss"]
    assert load_activity(tmp_path / "ours").steps.tolist() == [1, 2, 3, 4]
    events = accumulators.EventAccumulator(str(tmp_path / "theirs" / "train"))
    events.Reload()
    assert [event.step for event in events.Tensors("epoch_loss")] == [0, 1] and len(losses) == 2
    # Of a train function that is none of TensorFlow, it draws no graph without ours either.
    assert events.Tags()["graph"] or not hasattr(model.train_function, "function_spec")
    functions = [getattr(model, name, None) for name in ("train_function", "train_tf_function")]
    for function in functions:
        assert not [name for name in vars(function or object) if name.startswith("_concrete_")]
