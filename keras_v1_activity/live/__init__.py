"""A run on a page of this machine that grows with it: `keras-v1-activity watch`, `Run.show`."""

from keras_v1_activity.live.followed_run import Changes, FollowedRun
from keras_v1_activity.live.server import WatchServer

__all__ = ["Changes", "FollowedRun", "WatchServer"]
