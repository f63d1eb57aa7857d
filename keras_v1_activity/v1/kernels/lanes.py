"""Weighted sums over synapses of several numbers at once, in vector registers.

The numbers of all samples and time steps that a synapse is asked for stand side by side in memory.
numba compiles a loop over so few numbers as it stands, one after the other: here the vectors of the
machine are named outright.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

WIDTHS = (4, 8, 16)
"""How many numbers a vector may hold."""


def lane_width(number: int) -> int:
    """How many numbers are summed at once where `number` are asked for.

    Example:
        >>> [lane_width(number) for number in (3, 6, 15, 33)]
        [4, 8, 16, 48]
    """
    fitting = [width for width in WIDTHS if width >= number]
    return fitting[0] if fitting else -(-number // WIDTHS[-1]) * WIDTHS[-1]


_FLOAT, _INT = ir.FloatType(), ir.IntType(64)


def _add_lanes(
    typing: Any, width: Any, weights: Any, slots: Any, start: Any, stop: Any, step: Any,
    values: Any, first: Any, sums: Any, place: Any,
) -> Any:  # fmt: skip
    """``sums[place:place + width] += weights[k] * values[slots[k] * step + first:][:width]``.

    For all k from `start` to `stop`.

    Args:
        typing: numba's.
        width: one of `WIDTHS`, a literal.
        weights: (synapses,) float32.
        slots: (synapses,) int32.
        start, stop: int64.
        step: int64, how many numbers a slot has.
        values: float32, `width` longer than the last that is asked for.
        first: int64, where in a slot the numbers begin.
        sums: float32.
        place: int64.
    """
    if not isinstance(width, types.IntegerLiteral):
        return None
    whole = types.int64
    signature = types.void(width, weights, slots, whole, whole, whole, values, whole, sums, whole)
    return signature, _sum_code(width.literal_value)


def _product_of_lanes(typing: Any, x: Any, first: Any, y: Any, second: Any) -> Any:
    """The sum of ``x[first + i] * y[second + i]`` for 16 i.

    Args:
        typing: numba's.
        x, y: float32.
        first, second: int64.
    """
    whole = types.int64
    return types.float32(x, whole, y, whole), _product_code


def _product_code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    x, first, y, second = arguments
    vector = ir.VectorType(_FLOAT, WIDTHS[-1])
    both = []
    for kind, array, at in ((signature.args[0], x, first), (signature.args[2], y, second)):
        data = context.make_array(kind)(context, builder, array).data
        pointer = builder.bitcast(builder.gep(data, [at]), vector.as_pointer())
        both.append(builder.load(pointer, align=4))
    total, width = builder.fmul(*both), WIDTHS[-1]
    # Halves are added until one number is left.
    while width > 1:
        width //= 2
        nothing = ir.Constant(total.type, ir.Undefined)
        indices = ir.VectorType(ir.IntType(32), width)
        halves = [
            builder.shuffle_vector(
                total, nothing, ir.Constant(indices, list(range(start, start + width)))
            )
            for start in (0, width)
        ]
        total = builder.fadd(*halves)
    return builder.extract_element(total, ir.Constant(ir.IntType(32), 0))


def _sum_code(width: int) -> Any:
    vector = ir.VectorType(_FLOAT, width)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, weights, slots, start, stop, step, values, first, sums, place = arguments
        weights, slots, values, sums = (
            context.make_array(signature.args[k])(context, builder, array).data
            for k, array in zip((1, 2, 6, 8), (weights, slots, values, sums), strict=True)
        )

        def vector_at(pointer: Any, index: Any) -> Any:
            return builder.bitcast(builder.gep(pointer, [index]), vector.as_pointer())

        def product(k: Any) -> Any:
            slot = builder.sext(builder.load(builder.gep(slots, [k])), _INT)
            at = builder.add(builder.mul(slot, step), first)
            weight = builder.load(builder.gep(weights, [k]))
            one = builder.insert_element(
                ir.Constant(vector, ir.Undefined), weight, ir.Constant(ir.IntType(32), 0)
            )
            every = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
            spread = builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), every)
            return builder.fmul(spread, builder.load(vector_at(values, at), align=4))

        # Two sums take turns: an addition need not wait for the one before it.
        totals = [cgutils.alloca_once(builder, vector) for _ in range(2)]
        for total in totals:
            builder.store(ir.Constant(vector, [0.0] * width), total)

        def add(k: Any, total: Any) -> None:
            builder.store(builder.fadd(builder.load(total), product(k)), total)

        one, two = ir.Constant(_INT, 1), ir.Constant(_INT, 2)
        paired = builder.sub(stop, builder.srem(builder.sub(stop, start), two))
        with cgutils.for_range_slice(builder, start, paired, two, _INT) as (k, _):
            add(k, totals[0])
            add(builder.add(k, one), totals[1])
        with cgutils.for_range_slice(builder, paired, stop, one, _INT) as (k, _):
            add(k, totals[0])
        both = builder.fadd(builder.load(totals[0]), builder.load(totals[1]))
        target = vector_at(sums, place)
        builder.store(builder.fadd(builder.load(target, align=4), both), target, align=4)
        return context.get_dummy_value()

    return code


# numba calls them without their first argument.
add_lanes: Any = intrinsic(_add_lanes)
product_of_lanes: Any = intrinsic(_product_of_lanes)
