"""How the kernel is compiled: each function once, for the types that its annotations name, after those that it calls.

Numba would otherwise compile a function anew for each width of whole numbers that a record's field happens to have. Only the outermost
function is kept in the cache; it carries all that it calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dis import get_instructions
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from numba import njit, types, uint8
from numba.core import config
from numba.core.errors import TypingError

PLAIN: bool = bool(vars(config)["DISABLE_JIT"])
"""Whether Python itself runs the kernel, step by step (NUMBA_DISABLE_JIT=1)."""
F = TypeVar("F", bound=Callable[..., Any])
Word = Any
"""A number of 64 bits without sign."""
Numbers = Any
"""int64 (n,)."""
Floats = Any
"""float64 (n,)."""
Bytes = Any
"""uint8 (n,)."""

_PLAIN = {
    "int": types.int64,
    "float": types.float64,
    "Word": types.uint64,
    "Numbers": types.Array(types.int64, 1, "C"),
    "Floats": types.Array(types.float64, 1, "C"),
    "Bytes": types.Array(uint8, 1, "C"),
}


_ALONE = Lock()
"""Threads that find nothing compiled do not all compile it."""


def compiled(function: F) -> F:
    """Mark a function of the kernel."""
    inner: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # only the kernel calls it
    return cast(F, njit(nogil=True, error_model="numpy", **inner)(function))


def entry(function: F) -> F:
    """Mark the outermost function of the kernel."""
    return cast(F, njit(nogil=True, error_model="numpy", cache=True)(function))


def source(*modules: str) -> int:
    """Return a digest of modules beside this one, and of this one, for an outermost function to close over: the cache goes by what a
    function closes over and by the file it stands in, and would not see that another file, of what it calls, has changed."""
    files = sorted(Path(__file__).with_name(f"{name}.py") for name in (*modules, "jit"))
    return int.from_bytes(sha256(b"".join(file.read_bytes() for file in files)).digest()[:6], "big")


def ready(run: Any, own: Mapping[str, Any], told: Callable[[int, int], None]) -> None:
    """Compile `run` and all that it calls, or take it from the cache of an earlier process.

    Parameters
    ----------
    own : the types that annotations name, beside those of this module.
    told : hears of functions done and planned while there is anything to compile.
    """
    if PLAIN or run.signatures:
        return
    with _ALONE:
        if not run.signatures:
            _compile(run, {**_PLAIN, **own}, told)


def _compile(run: Any, named: Mapping[str, Any], told: Callable[[int, int], None]) -> None:
    order = _callees_first(run)
    calls = Counter(id(called) for function in order for called in _calls(function))
    for function in order[:-1]:
        function._can_compile = bool(function.signatures)
        function.targetoptions["forceinline"] = calls[id(function)] == 1  # one place needs no function of its own
    try:
        entry(run.py_func).compile(_signature(run, named))
    except TypingError:  # it is not in the cache, and what it calls is not compiled yet
        pass
    else:
        order = [run]
    for done, function in enumerate(order):
        function._can_compile = True
        function.compile(_signature(function, named))
        function.disable_compile()
        told(done + 1, len(order))


def _callees_first(run: Any) -> list[Any]:
    order: dict[int, Any] = {}

    def visit(function: Any) -> None:
        if id(function) not in order:
            for called in _calls(function):
                visit(called)
            order[id(function)] = function

    visit(run)
    return [*order.values()]


def _calls(function: Any) -> list[Any]:
    """Return the compiled functions that a function names, as often as it does."""
    known = function.py_func.__globals__
    named = (known.get(i.argval) for i in get_instructions(function.py_func) if i.opname == "LOAD_GLOBAL")
    return [called for called in named if hasattr(called, "py_func")]


def _signature(function: Any, named: Mapping[str, Any]) -> tuple[Any, ...]:
    code, said = function.py_func.__code__, function.py_func.__annotations__
    return tuple(named[said[name]] for name in code.co_varnames[: code.co_argcount])
