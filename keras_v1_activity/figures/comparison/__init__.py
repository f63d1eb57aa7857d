"""Figures that compare: places, trials, networks, classes, weights; and an animation.

Each takes `Activity` objects, from a callback's run, a logger, the model or NEST alike, and returns
a `Drawing`: a matplotlib Figure of 12 x 6.75 inches, unknown to pyplot. What was drawn, and the
numbers with it, is in its ``handles``. `save` writes it as a small PNG.

- `spatial_activity(activity, window_ms=None)`: rates on the cortical plane beside the raster.
- `trials_summary(activities, window_ms=None, label="")`: mean and standard deviation over trials.
- `difference(first, second, labels=("A", "B"), window_ms=None)`: of two activities of the same
  neurons, or of two lists of trials, whose rates are averaged.
- `response_similarity({"class 3": [activity, ...], ...}, window_ms=None, label="")`: correlation
  and mean absolute error between the responses to classes.
- `confusion(true, predicted, confidence=None, class_names=None, label="")`: counts of true against
  predicted classes, (n,) each with -1 for unknown, and the confidence, (n, n_classes).
- `weight_distributions({"untrained": {"Exc to Exc": weights, ...}, "trained": {...}}, unit="pA")`.
- `animate(activity, path, bin_ms=5.0)`: writes a GIF, or an MP4 if ffmpeg is there; returns the
  path written.

A window ``(first, end)`` in ms counts only the spikes in it. The numbers alone, without a picture,
are in `keras_v1_activity.similarity`.

Example:
    >>> from keras_v1_activity.figures import comparison
    >>> drawing = comparison.difference(trials[0], trials[1], ("Keras", "NEST"))
    >>> drawing.handles["difference"].shape
    (120,)
    >>> comparison.save(drawing, "difference.png")
    'difference.png'
"""

from keras_v1_activity.figures.comparison.animation import animate
from keras_v1_activity.figures.comparison.canvas import save
from keras_v1_activity.figures.comparison.confusion import confusion
from keras_v1_activity.figures.comparison.difference import difference
from keras_v1_activity.figures.comparison.response_similarity import response_similarity
from keras_v1_activity.figures.comparison.spatial_activity import spatial_activity
from keras_v1_activity.figures.comparison.trials_summary import trials_summary
from keras_v1_activity.figures.comparison.weight_distributions import weight_distributions

__all__ = [
    "animate",
    "confusion",
    "difference",
    "response_similarity",
    "save",
    "spatial_activity",
    "trials_summary",
    "weight_distributions",
]
