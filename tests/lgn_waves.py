"""Plane waves in frames of the LGN grid, measured by a Fourier transform."""

import numpy as np


def wave_of(frame):
    """(orientation of the bars, cycles per pixel, phase) of the strongest plane wave in a frame.

    A Fourier transform on a polar grid of wave vectors.
    """
    window = np.outer(np.hanning(100), np.hanning(174))
    image = (frame - (frame * window).sum() / window.sum()) * window
    angles, frequencies = np.arange(0, 180, 0.5), np.arange(0.04, 0.0601, 0.005)
    angle, frequency = (g.ravel() for g in np.meshgrid(np.deg2rad(angles), frequencies))
    # Bars at this angle, counter-clockwise with rows counted downwards, vary along (sin, cos).
    columns = np.exp(-2j * np.pi * np.outer(frequency * np.sin(angle), np.arange(174)))
    rows = np.exp(-2j * np.pi * np.outer(frequency * np.cos(angle), np.arange(100)))
    strength = ((rows @ image) * columns).sum(1)
    best = np.abs(strength).argmax()
    return np.rad2deg(angle[best]), frequency[best], np.angle(strength[best])


def turn_between(a, b):
    """Difference of two orientations, 0 to 90 degrees."""
    return abs((a - b + 90) % 180 - 90)
