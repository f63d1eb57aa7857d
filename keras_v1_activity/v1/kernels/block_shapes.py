"""Blocks of time steps on the way back, in each of which the synapses are gone along once.

A current reaches the potential `ahead` time steps after it arrives (`v1/engine/blocks.py`), and a
spike needs its delay to become a current. So what a synapse with a delay of d asks of a spike is
settled as soon as all later time steps but d + ahead - 1 are taken back: blocks of synapses with
longer delays may be longer. Near synapses have a delay of 1, all others count as far, with 2.
"""

from __future__ import annotations

from typing import NamedTuple

from keras_v1_activity.v1.kernels.compiled import loop
from keras_v1_activity.v1.kernels.lanes import lane_width


class BlockShape(NamedTuple):
    """Of the blocks of near or of far synapses.

    Attributes:
        length: time steps.
        width: numbers that are summed at once for a synapse, those of the block times the samples
            or more.
        shift: by how many time steps later than at its slot a synapse is first asked.
    """

    length: int
    width: int
    shift: int


class BlockShapes(NamedTuple):
    """Of all blocks; plain numbers, as numba takes no tuples of tuples in a `prange`.

    Attributes:
        ahead: time steps from the arrival of a current to the first potential that it changes.
        near, far: `BlockShape.length`.
        near_width, far_width: `BlockShape.width`.
        far_shift: `BlockShape.shift`; that of near synapses is 0.
    """

    ahead: int
    near: int
    far: int
    near_width: int
    far_width: int
    far_shift: int


def block_shapes(ahead: int, n_samples: int) -> BlockShapes:
    """Blocks as long as they may be; those of far synapses shorter where vectors suit that better.

    Example:
        >>> block_shapes(2, 1)
        BlockShapes(ahead=2, near=3, far=4, near_width=4, far_width=4, far_shift=0)
        >>> block_shapes(2, 5)
        BlockShapes(ahead=2, near=3, far=3, near_width=16, far_width=16, far_shift=1)
    """

    def width(length: int) -> int:
        return lane_width(length * n_samples)

    near, longest = ahead + 1, ahead + 2
    far = min((longest, near), key=lambda length: width(length) / length)
    return BlockShapes(ahead, near, far, width(near), width(far), longest - far)


@loop
def near_shape(shapes: BlockShapes) -> BlockShape:
    """That of near synapses."""
    return BlockShape(shapes.near, shapes.near_width, 0)


@loop
def far_shape(shapes: BlockShapes) -> BlockShape:
    """That of far synapses."""
    return BlockShape(shapes.far, shapes.far_width, shapes.far_shift)


@loop
def next_turn(shapes: BlockShapes, done: int, total: int) -> int:
    """How many time steps are taken back when synapses are gone along next, after `done`."""
    near, far = shapes.near, shapes.far
    return min(done + near - done % near, done + far - done % far, total)
