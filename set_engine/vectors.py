"""Vectors of neighbouring samples, which the processor computes with at once, for numba kernels.

Inside a compiled function a vector is a value like any other: `load` makes one from an array,
`multiply_add` computes with it, and it stays in registers until `store`. LLVM spreads a vector over
as many registers as it needs on the processor at hand.

Numba's cache on disk does not see a change of this file: remove the `__pycache__` beside it.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import RequireLiteralValue
from numba.extending import intrinsic, models, register_model


class Vector(types.Type):  # type: ignore[misc]
    """The type of `lanes` neighbouring values of one dtype."""

    def __init__(self, dtype: Any, lanes: int) -> None:
        self.dtype, self.lanes = dtype, lanes
        super().__init__(f"Vector({dtype}, {lanes})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, vector: Vector) -> None:
        element = manager.lookup(vector.dtype).get_value_type()
        super().__init__(manager, vector, ir.VectorType(element, vector.lanes))


@intrinsic
def splat(_context, value, lanes):  # type: ignore[no-untyped-def]
    """A vector whose lanes, a constant number of them, are all `value`."""
    vector = Vector(value, _constant(lanes))

    def generate(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        return _spread(builder, arguments[0], context.get_value_type(vector))

    return vector(value, lanes), generate


@intrinsic
def load(_context, array, row, column, lanes):  # type: ignore[no-untyped-def]
    """`array[row, column : column + lanes]`, unchecked; rows lie in memory without gaps."""
    vector = Vector(array.dtype, _constant(lanes))

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        kind = context.get_value_type(vector)
        place = _place(context, builder, signature.args[0], arguments, kind)
        return builder.load(place, align=context.get_abi_sizeof(kind.element))

    return vector(array, types.intp, types.intp, lanes), generate


@intrinsic
def store(_context, array, row, column, vector):  # type: ignore[no-untyped-def]
    """`array[row, column : column + lanes] = vector`, unchecked as `load`."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        kind = arguments[3].type
        place = _place(context, builder, signature.args[0], arguments, kind)
        builder.store(arguments[3], place, align=context.get_abi_sizeof(kind.element))
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vector), generate


@intrinsic
def multiply_add(_context, vector, factor, addend):  # type: ignore[no-untyped-def]
    """`vector * factor + addend`, rounded once if the processor can; a factor may be a number."""

    def generate(_context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        left, right, rest = arguments
        if not isinstance(signature.args[1], Vector):
            right = _spread(builder, right, rest.type)
        operation = _operation(builder, "fmuladd", rest.type, [rest.type] * 3)
        return builder.call(operation, [left, right, rest])

    return addend(vector, factor, addend), generate


@intrinsic
def total(_context, vector):  # type: ignore[no-untyped-def]
    """The sum of all lanes, pairwise: a fixed order, whatever stands around it."""

    def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        kind = arguments[0].type
        start = ir.Constant(kind.element, -0.0)
        name = "vector.reduce.fadd"
        operation = _operation(builder, name, kind.element, [kind.element, kind], kind)
        return builder.call(operation, [start, arguments[0]], fastmath=("reassoc",))

    return vector.dtype(vector), generate


@intrinsic
def last_lanes(_context, vector, count):  # type: ignore[no-untyped-def]
    """The vector with 0 in all but its last `count` lanes."""

    def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        kind, number = arguments[0].type, ir.IntType(64)
        lanes = ir.VectorType(number, kind.count)
        first = builder.sub(number(kind.count), arguments[1])
        numbers = ir.Constant(lanes, list(range(kind.count)))
        stays = builder.icmp_signed(">=", numbers, _spread(builder, first, lanes))
        return builder.select(stays, arguments[0], _all(kind, 0.0))

    return vector(vector, types.int64), generate


@intrinsic
def logistic(_context, vector):  # type: ignore[no-untyped-def]
    """1 / (1 + exp(−x)) of every lane; NaN stays NaN."""

    def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        kind = arguments[0].type
        one = _all(kind, 1)
        exponent = builder.fneg(arguments[0])
        if str(kind.element) == "float":
            power = _exp(builder, exponent)
        else:
            power = builder.call(_operation(builder, "exp", kind, [kind]), [exponent])
        return builder.fdiv(one, builder.fadd(one, power))

    return vector(vector), generate


# exp(f) on |f| ≤ ln(2) / 2 in single precision, highest power first (Cephes, expf).
_EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
_LN_2 = (0.693359375, -2.12194440e-4)  # in two parts, so that n · ln(2) is exact enough


def _exp(builder: Any, x: Any) -> Any:
    """exp of float32 lanes to two units in the last place: LLVM's own takes them one by one."""
    kind = x.type
    bits = ir.VectorType(ir.IntType(32), kind.count)
    add = _operation(builder, "fmuladd", kind, [kind] * 3)
    for limit, beyond in ((88.0, ">"), (-87.0, "<")):
        # Compared so that NaN, which is not beyond, stays.
        x = builder.select(builder.fcmp_ordered(beyond, x, _all(kind, limit)), _all(kind, limit), x)
    # Added to this number, x / ln(2) has its nearest integer n in the last bits of the sum.
    shift = _all(kind, 1.5 * 2**23)
    shifted = builder.call(add, [x, _all(kind, math.log2(math.e)), shift])
    n = builder.fsub(shifted, shift)
    for part in _LN_2:
        x = builder.call(add, [n, _all(kind, -part), x])
    power = _all(kind, _EXP[0])
    for coefficient in (*_EXP[1:], 1.0, 1.0):
        power = builder.call(add, [power, x, _all(kind, coefficient)])
    exponent = builder.shl(builder.bitcast(shifted, bits), _all(bits, 23))
    two_to_n = builder.bitcast(builder.add(exponent, _all(bits, 127 << 23)), kind)
    return builder.fmul(power, two_to_n)


def _all(kind: Any, value: float) -> Any:
    return ir.Constant(kind, [value] * kind.count)


def _constant(lanes: Any) -> int:
    if not isinstance(lanes, types.IntegerLiteral):
        raise RequireLiteralValue(f"lanes is of type {lanes}; it must be a constant")
    return int(lanes.literal_value)


def _spread(builder: Any, value: Any, kind: Any) -> Any:
    empty = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(empty, value, ir.IntType(32)(0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count)
    return builder.shuffle_vector(first, empty, everywhere)


def _place(context: Any, builder: Any, array_type: Any, arguments: Any, kind: Any) -> Any:
    array, row, column = arguments[:3]
    view = cgutils.create_struct_proxy(array_type)(context, builder, array)
    place = cgutils.get_item_pointer(
        context, builder, array_type, view, [row, column], wraparound=False
    )
    return builder.bitcast(place, kind.as_pointer())


def _operation(builder: Any, name: str, result: Any, arguments: Any, kind: Any = None) -> Any:
    """One of LLVM's own operations, which have the type of their vectors in their names."""
    kind = result if kind is None else kind
    bits = {"float": 32, "double": 64}[str(kind.element)]
    signature = ir.FunctionType(result, arguments)
    full_name = f"llvm.{name}.v{kind.count}f{bits}"
    return cgutils.get_or_insert_function(builder.module, signature, full_name)
