"""PNG files: few bytes, true colours."""

from io import BytesIO

import numpy as np
from PIL import Image

from keras_v1_activity.figures.kit.saving import png_bytes


def test_colours_are_true_to_what_the_eye_can_tell():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 50, 3)).astype(np.uint8)
    pixels[0], pixels[1] = 255, 0
    read = np.asarray(Image.open(BytesIO(png_bytes(pixels, 10**6)))).astype(int)
    assert np.abs(read - pixels).max() <= 2
    assert (read[0] == 255).all() and (read[1] == 0).all()


def test_noise_is_given_fewer_colours_until_it_fits():
    pixels = np.random.default_rng(0).integers(0, 256, (600, 1000, 3)).astype(np.uint8)
    data = png_bytes(pixels, 300_000)
    assert len(data) <= 300_000
    assert Image.open(BytesIO(data)).size == (1000, 600)
