"""Natural images from files of the user."""

import pickle

import numpy as np
import pytest

from keras_v1_activity.v1.stimuli.natural_images import read_images
from keras_v1_activity.v1.tasks import make_task


def images_of_the_grid(n, seed=0):
    return np.random.default_rng(seed).random((n, 100, 174)).astype(np.float32)


@pytest.mark.parametrize("kind", ["npz", "pkl dict", "pkl list", "colour"])
def test_images_are_read_from_each_kind_of_file(kind, tmp_path):
    images = images_of_the_grid(3)
    path = tmp_path / ("i.npz" if kind == "npz" else "i.npy" if kind == "colour" else "i.pkl")
    if kind == "npz":
        np.savez(path, a=images[:2], b=images[2])
    elif kind == "colour":
        np.save(path, np.stack([images, 0 * images, 0 * images], -1))
        images = images * np.float32(0.299)
    else:
        content = dict(enumerate(images)) if kind == "pkl dict" else list(images)
        path.write_bytes(pickle.dumps(content))
    read = read_images(path)
    assert len(read) == 3
    np.testing.assert_allclose(read, images, rtol=1e-6)


class RunsCode:
    def __reduce__(self):
        return (print, ("this must never be printed",))


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("i.pkl", RunsCode(), "asks for builtins.print, which is not plain data"),
        ("i.pkl", {"a": "text"}, "holds a str of shape .* where an image is expected"),
        ("i.npy", np.array([{"a": 1}]), "cannot be read .*Object arrays"),
        ("i.npy", np.zeros((1, 9, 9)), "at least two different images"),
        ("i.npy", np.full((2, 9, 9), np.nan), "NaN"),
        ("i.txt", b"", "must be a file of images"),
    ],
)
def test_a_wrong_file_of_images_gets_one_sentence(name, content, message, tmp_path, capsys):
    path = tmp_path / name
    if name.endswith(".npy"):
        np.save(path, content, allow_pickle=True)
    else:
        path.write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match=message) as caught:
        make_task("garrett", images=path)
    assert "\n" not in str(caught.value) and "never be printed" not in capsys.readouterr().out
