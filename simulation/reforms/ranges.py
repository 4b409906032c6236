"""What a reform only assumes: how long things take, how much slower people are, which part of the cases; each with a range.

A count, a limit, an hour or a price of an edit is what is proposed. A law of times, a factor and a share say what would come of it, and
nobody has measured that: they state a range, unless their object or the reform names a source. None and all are no estimates.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from simulation.consistency import ASSUMPTION, Loc
from simulation.distributions import Law
from simulation.reforms import Reform
from simulation.units import Factor, Number, Share


def unranged(reform: Reform) -> Iterator[tuple[Loc, str]]:
    """Yield the place and value of every assumption of a reform's edits that states no range; a law states it once."""
    if _assumed(reform.source, "edits"):
        for k, edit in enumerate(reform.edits):
            yield from _bare(edit, ("edits", k))


def _bare(value: object, at: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(value, Law):
        numbers = [*_numbers(value)]
        if numbers and all(n.low is None for n in numbers):
            yield at, ", ".join(map(str, numbers))
    elif isinstance(value, Factor | Share):
        if value.low is None and float(value) not in (0, 1):
            yield at, str(value)
    else:
        for key, below in _below(value):
            if _assumed(getattr(value, "source", None), str(key)):
                yield from _bare(below, (*at, key))


def _assumed(source: object, field: str) -> bool:
    """Say whether nothing but an assumption stands behind a field."""
    return (source.get(field, source.get("*")) if isinstance(source, dict) else source) in (None, ASSUMPTION)


def _numbers(value: object) -> Iterator[Number]:
    if isinstance(value, Number):
        yield value
    for _, below in _below(value):
        yield from _numbers(below)


def _below(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, BaseModel):
        yield from ((name, getattr(value, name)) for name in type(value).model_fields if name in value.model_fields_set)
    elif isinstance(value, dict):
        yield from ((str(key), below) for key, below in value.items())
    elif isinstance(value, tuple):
        yield from enumerate(value)


__all__ = ["unranged"]
