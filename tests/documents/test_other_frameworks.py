"""The loops of other frameworks in docs/other-frameworks.md run where the library is installed."""

import numpy as np
import pytest
from PIL import Image
from snippets import run_page, snippets_of

from keras_v1_activity import load_activity

PAGE = "other-frameworks.md"
# What each has to import.
LIBRARIES = {
    "snntorch": ["torch", "snntorch"],
    "norse": ["torch", "norse.torch"],
    "spikingjelly": ["torch", "spikingjelly.activation_based"],
    "jax": ["jax"],
}


@pytest.mark.filterwarnings("ignore")  # what these libraries warn of is theirs
@pytest.mark.parametrize("name", LIBRARIES)
def test_the_loop_is_logged(name, tmp_path, monkeypatch):
    for library in LIBRARIES[name]:
        pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    names = run_page(PAGE, only=name)
    with load_activity(f"{name}_logs") as run:
        assert run.steps.tolist() == [2, 4]
        look = run[4]
    spikes, potentials = (
        np.asarray(value.detach() if hasattr(value, "detach") else value)
        for value in (names["spikes"], names["v"] if name == "jax" else names["voltages"])
    )
    if name == "jax":
        spikes, potentials = spikes[0], -70 + 20 * potentials[0]
    else:
        spikes, potentials = spikes[:, 0], potentials[:, 0]
    assert look.n_spikes > 50
    np.testing.assert_array_equal(look.spikes(), spikes > 0)
    np.testing.assert_allclose(look.voltages, potentials[:, look.voltage_neurons], rtol=1e-5)
    assert look.label == int(names["y"][0]) and look.inputs.shape == (100, 30)
    for figure in ("raster", "voltages", "output"):
        with Image.open(tmp_path / f"{name}_logs" / f"{figure}_step_4.png") as image:
            assert image.width > 600


def test_the_page_has_a_loop_of_each():
    assert [snippet.name for snippet in snippets_of(PAGE)] == [*LIBRARIES]
