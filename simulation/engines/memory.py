"""The kernel's memory: one address, behind which the places and lengths of all its tables stand.

Handing every table to every function costs more than what the functions do, because Numba passes an array as seven numbers and counts
who holds it. Here a function gets one number, and reads a table's place when it uses it. Rows of records are found without asking
whether their number is below zero, which for Numba's arrays would mean a row from the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import from_dtype, types
from numpy.typing import NDArray

from simulation.engines.jit import PLAIN

Tables = Mapping[str, Any]


def addresses(tables: Tables) -> NDArray[np.int64]:
    """Return where each table is and how long it is, (address, length) each; the tables must outlive the use."""
    return np.array([x for table in tables.values() for x in (table.ctypes.data, len(table))], dtype=np.int64)


if PLAIN:

    def declared(fields: Mapping[str, Any]) -> tuple[Any, dict[str, Any], Any]:
        """Return no types, and what makes a memory: here it is one already."""
        return None, {}, lambda tables: tables

else:
    import operator

    from llvmlite import ir
    from numba.core import cgutils
    from numba.core.imputils import lower_builtin, lower_getattr_generic
    from numba.core.typing.templates import AttributeTemplate
    from numba.extending import infer_getattr, intrinsic, models, register_model
    from numba.np.arrayobj import make_array, populate_array

    class MemoryType(types.Type):
        """The address; its attributes are arrays."""

        def __init__(self) -> None:
            super().__init__(name="Memory")

    @register_model(MemoryType)
    class _Model(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, ir.IntType(64))

    class Records(types.Array):
        """A table of records."""

    register_model(Records)(models.ArrayModel)

    @lower_builtin(operator.getitem, Records, types.Integer)
    def _record(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        table = make_array(signature.args[0])(context, builder, args[0])
        row = context.cast(builder, args[1], signature.args[1], types.int64)
        return builder.gep(table.data, [builder.mul(row, table.itemsize)], source_etype=ir.IntType(8))

    def declared(fields: Mapping[str, Any]) -> tuple[Any, dict[str, Any], Any]:
        """Return the type of a memory with tables of these dtypes, the types of the tables, and what makes one of `addresses`."""
        kind = MemoryType()
        arrays = {}
        for name, dtype in fields.items():
            made = Records if np.dtype(dtype).names else types.Array
            arrays[name] = made(from_dtype(np.dtype(dtype)), 1, "C")
        place = {name: n for n, name in enumerate(arrays)}

        @infer_getattr
        class _Attributes(AttributeTemplate):
            key = MemoryType

            def generic_resolve(self, value: Any, name: str) -> Any:  # type: ignore[override]
                return arrays.get(name)

        @lower_getattr_generic(MemoryType)
        def _table(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
            """The array of a table, owned by nobody here."""
            array = make_array(arrays[name])(context, builder)
            number = ir.IntType(64)
            words = builder.inttoptr(value, number.as_pointer())

            def word(n: int) -> Any:
                loaded = builder.load(builder.gep(words, [ir.Constant(number, n)]))
                loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
                return loaded

            size = context.get_abi_sizeof(context.get_data_type(arrays[name].dtype))
            itemsize = ir.Constant(number, np.dtype(fields[name]).itemsize)
            assert size == np.dtype(fields[name]).itemsize
            populate_array(
                array,
                data=builder.inttoptr(word(2 * place[name]), array.data.type),
                shape=cgutils.pack_array(builder, [word(2 * place[name] + 1)]),
                strides=cgutils.pack_array(builder, [itemsize]),
                itemsize=itemsize,
                meminfo=None,
            )
            return array._getvalue()

        @intrinsic
        def memory(typing: Any, words: Any) -> Any:
            def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
                array = make_array(signature.args[0])(context, builder, args[0])
                return builder.ptrtoint(array.data, ir.IntType(64))

            return kind(types.Array(types.int64, 1, "C")), build

        return kind, arrays, memory
