"""Training that goes on from a backup: one run, and each step once."""

import json

import numpy as np
import pytest
from fits import X, Y, watcher
from kits import KITS
from spiking_models import make_model

from keras_v1_activity import load_activity


def crash(kit, at):
    """A node failure at a batch, counted over the whole training from 1."""

    class Crash(kit.callbacks.Callback):
        left = at

        def on_train_batch_begin(self, batch, logs=None):
            self.left -= 1
            if not self.left:
                raise RuntimeError("node failure")

    return Crash()


def train(kit, folder, ours_first, at=None):
    callbacks = [watcher(folder / "log", 2), kit.callbacks.BackupAndRestore(folder / "backup")]
    callbacks = callbacks if ours_first else callbacks[::-1]
    if at:
        callbacks.append(crash(kit, at))
    make_model(kit).fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=callbacks)


def earlier(folder):
    return sorted(path.name for path in (folder / "log").glob("earlier_*"))


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("ours_first", [False, True])
@pytest.mark.parametrize("at", [9, 12])
def test_one_run_in_either_order(tmp_path, kit, ours_first, at):
    with pytest.raises(RuntimeError, match="node failure"):
        train(kit, tmp_path, ours_first, at)
    first = json.loads((tmp_path / "log" / "run.json").read_text())
    train(kit, tmp_path, ours_first)
    second = json.loads((tmp_path / "log" / "run.json").read_text())
    assert second["run_id"] == first["run_id"]
    with load_activity(tmp_path / "log") as run:
        assert run.steps.tolist() == second["steps"] == [2, 4, 6, 8, 10, 12]
    # The backup is of step 8: a look at step 10 was taken again, and none before it.
    assert earlier(tmp_path) == (["earlier_001"] if at == 12 else [])
    if at == 12:
        with load_activity(tmp_path / "log" / "earlier_001") as run:
            assert run.steps.tolist() == [10]
            assert np.isfinite(run[10].voltages).all()
