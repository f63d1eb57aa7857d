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
    typing: Any, width: Any, weights: Any, slots: Any, starts: Any, wanted: Any, low: Any,
    step: Any, values: Any, first: Any, sums: Any, stride: Any, place: Any,
) -> Any:  # fmt: skip
    """``sums[i * stride + place:] += weights[k] * values[slots[k] * step + first:]``.

    So for `width` numbers, and for all k from ``starts[i]`` to ``starts[i + 1]``, of each i = low,
    low + 1, ... for which ``wanted[i - low]``. The loop over i is in here too: a call for each
    would take longer than what it does.

    Args:
        typing: numba's.
        width: one of `WIDTHS`, a literal.
        weights: (synapses,) float32.
        slots: (synapses,) integers, none below 0.
        starts: (sources + 1,) integers.
        wanted: bool, of the sources from `low` on.
        low: int64, the first source.
        step: int64, how many numbers a slot has.
        values: float32, `width` longer than the last that is asked for.
        first: int64, where in a slot the numbers begin.
        sums: float32.
        stride: int64, how many sums a source has.
        place: int64, the first of them.
    """
    if not isinstance(width, types.IntegerLiteral):
        return None
    whole = types.int64
    signature = types.void(
        width, weights, slots, starts, wanted, whole, whole, values, whole, sums, whole, whole
    )
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


def _vector_at(builder: Any, vector: Any, numbers: Any, index: Any) -> Any:
    """Where the numbers from `index` on stand, as a vector."""
    return builder.bitcast(builder.gep(numbers, [index]), vector.as_pointer())


def _product_code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    x, first, y, second = arguments
    vector = ir.VectorType(_FLOAT, WIDTHS[-1])
    both = []
    for kind, array, at in ((signature.args[0], x, first), (signature.args[2], y, second)):
        data = context.make_array(kind)(context, builder, array).data
        both.append(builder.load(_vector_at(builder, vector, data, at), align=4))
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


def _spread(builder: Any, number: Any, vector: Any) -> Any:
    """A vector of one number throughout."""
    nothing, whole = ir.Constant(vector, ir.Undefined), ir.IntType(32)
    one = builder.insert_element(nothing, number, ir.Constant(whole, 0))
    every = ir.Constant(ir.VectorType(whole, vector.count), [0] * vector.count)
    return builder.shuffle_vector(one, nothing, every)


def _sum_code(width: int) -> Any:
    vector = ir.VectorType(_FLOAT, width)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, weights, slots, starts, wanted, low, step, values, first, sums, stride, place = arguments
        arrays = [
            context.make_array(signature.args[k])(context, builder, arguments[k])
            for k in (1, 2, 3, 4, 7, 9)
        ]
        weights, slots, starts, wanted, values, sums = (array.data for array in arrays)
        n_sources = cgutils.unpack_tuple(builder, arrays[3].shape)[0]
        kind = ir.FunctionType(vector, [vector] * 3)
        name = f"llvm.fmuladd.v{width}f32"
        multiply_add = cgutils.get_or_insert_function(builder.module, kind, name)
        one, two = ir.Constant(_INT, 1), ir.Constant(_INT, 2)

        def start_of(source: Any) -> Any:
            start = builder.load(builder.gep(starts, [source]))
            return start if start.type == _INT else builder.sext(start, _INT)

        def add(k: Any, total: Any) -> None:
            slot = builder.zext(builder.load(builder.gep(slots, [k])), _INT)
            at = builder.add(builder.mul(slot, step), first)
            weight = _spread(builder, builder.load(builder.gep(weights, [k])), vector)
            value = builder.load(_vector_at(builder, vector, values, at), align=4)
            builder.store(builder.call(multiply_add, [weight, value, builder.load(total)]), total)

        # Two sums take turns: an addition need not wait for the one before it.
        totals = [cgutils.alloca_once(builder, vector) for _ in range(2)]
        with cgutils.for_range(builder, n_sources) as source_loop:
            is_wanted = builder.load(builder.gep(wanted, [source_loop.index]))
            with builder.if_then(cgutils.is_not_null(builder, is_wanted)):
                source = builder.add(low, source_loop.index)
                start, stop = start_of(source), start_of(builder.add(source, one))
                at = builder.add(builder.mul(source, stride), place)
                target = _vector_at(builder, vector, sums, at)
                builder.store(builder.load(target, align=4), totals[0])
                builder.store(ir.Constant(vector, [0.0] * width), totals[1])
                paired = builder.sub(stop, builder.and_(builder.sub(stop, start), one))
                with cgutils.for_range_slice(builder, start, paired, two, _INT) as (k, _):
                    add(k, totals[0])
                    add(builder.add(k, one), totals[1])
                with builder.if_then(builder.icmp_signed("<", paired, stop)):
                    add(paired, totals[0])
                both = builder.fadd(builder.load(totals[0]), builder.load(totals[1]))
                builder.store(both, target, align=4)
        return context.get_dummy_value()

    return code


# numba calls them without their first argument.
add_lanes: Any = intrinsic(_add_lanes)
product_of_lanes: Any = intrinsic(_product_of_lanes)
