"""The rows that the kernel wrote as the table `events` of a log, in the order and the types of its schema.

The order is that of `log.EventLog.make`: by case, then by the first second that a row speaks of, then by all columns. Rows are counted
by case and their texts marked, those of a case sorted by insertion, for they were written nearly in order; then every column is written
once, as narrow as its texts allow. Python's lock is let go meanwhile. The number of the case is written last, when the rows are gone: this
is where a run needs most memory.
"""

from __future__ import annotations

from itertools import compress
from typing import Any

import numpy as np
import pandas as pd
from numba import from_dtype, types

from simulation.engines import kernel as k
from simulation.engines.jit import compiled, entry, ready, source
from simulation.engines.packing import Packed
from simulation.log import EVENTS

Rows = Any
"""`kernel.ROW` (n,)."""
Order = Any
"""int32 (n,)."""
Shorts = Any
"""int16 (n,)."""
Ranks = Any
"""int16 (columns of text, numbers)."""
Narrow = Any
"""int8 (columns of text with fewer than 128 texts, n)."""
Wide = Any
"""int16 (columns of text with more, n)."""
Times = Any
"""int64 (3, n)."""
Flags = Any
"""bool, two dimensions."""
Marks = Any
"""bool, by column of text."""
Numbers = Any
"""int64, by column of text."""

TEXTS = ("step", "kind", "site", "queue", "department", "post", "outcome", "reason")
TIMES = ("entered", "start", "end")
_SHORTS = types.Array(types.int16, 1, "C")
_OWN = {
    "Rows": types.Array(from_dtype(k.ROW), 1, "C"), "Order": types.Array(types.int32, 1, "C"), "Shorts": _SHORTS,
    "Ranks": types.Array(types.int16, 2, "C"), "Times": types.Array(types.int64, 2, "C"),
    "Narrow": types.Array(types.int8, 2, "C"), "Wide": types.Array(types.int16, 2, "C"), "Flags": types.Array(types.boolean, 2, "C"),
    "Marks": types.Array(types.boolean, 1, "C"),
}  # fmt: skip


def prepare() -> None:
    """Compile what is here, or take it from the cache."""
    ready(survey, _OWN, lambda done, planned: None)
    ready(arrange, _OWN, lambda done, planned: None)


def events(rows: list[Any], cases: int, tables: Packed) -> pd.DataFrame:
    """Return the table of events.

    Parameters
    ----------
    rows : kernel.ROW (n,), as the kernel left them, and the same as the kernel reads it; both are taken out of the list.
    cases : numbers of cases are below it.
    tables : the names of what rows number.
    """
    prepare()
    read, n, names = rows.pop(), len(rows.pop()), _names(tables)
    used, first = np.zeros((len(TEXTS), max(map(len, names))), np.bool_), np.zeros(cases + 1, np.int32)
    survey(read, first, used)
    sorts = [sorted({*filter(None, compress(known, here))}) for known, here in zip(names, used, strict=True)]
    ranks = np.full(used.shape, -1, np.int16)
    for rank, known, sort in zip(ranks, names, sorts, strict=True):
        place = {name: n for n, name in enumerate(sort)}
        rank[: len(known)] = [place.get(name, -1) for name in known]
    wide = np.array([len(sort) > 127 for sort in sorts])
    at = np.where(wide, np.cumsum(wide), np.cumsum(~wide)) - 1
    visit, people, order = np.empty(n, np.int16), np.empty(n, np.int16), np.empty(n, np.int32)
    times, missing = np.empty((3, n), np.int64), np.empty((3, n), np.bool_)
    codes = np.empty(((~wide).sum(), n), np.int8), np.empty((wide.sum(), n), np.int16)
    arrange(read, ranks, first, order, visit, people, times, missing, wide, at, *codes)
    del order, read
    columns: dict[str, Any] = {"case": np.repeat(np.arange(cases), np.diff(first[:-1], prepend=0)), "visit": visit, "people": people}
    columns |= {name: pd.arrays.IntegerArray(t, m) for name, t, m in zip(TIMES, times, missing, strict=True)}
    for name, sort, w, row in zip(TEXTS, sorts, wide, at, strict=True):
        columns[name] = pd.Categorical.from_codes(codes[int(w)][row], categories=pd.Index(sort, dtype=object), validate=False)
    return pd.DataFrame({name: columns[name] for name in EVENTS}, copy=False)


def _names(tables: Packed) -> tuple[tuple[str, ...], ...]:
    """Return what the kernel's numbers stand for, by column of text."""
    label, site, post = tables.labels, ("", *tables.sites), ("", *tables.windows)
    return label, k.KIND_NAMES, site, label, label, post, k.OUTCOME_NAMES, label


@compiled
def code_of(rows: Rows, row: int, column: int) -> Any:
    r = rows[row]
    if column == 0:
        return r.step
    if column == 1:
        return r.kind
    if column == 2:
        return r.site
    if column == 3:
        return r.queue
    if column == 4:
        return r.department
    if column == 5:
        return r.post
    if column == 6:
        return r.outcome
    return r.reason


@compiled
def rank_of(rows: Rows, ranks: Ranks, row: int, column: int) -> Any:
    return ranks[column, max(0, code_of(rows, row, column))]


@compiled
def moment_of(rows: Rows, row: int) -> Any:
    """The first second a row speaks of."""
    r = rows[row]
    if r.entered != k.MISSING:
        return r.entered
    if r.start != k.MISSING:
        return r.start
    return r.end


@compiled
def before(rows: Rows, ranks: Ranks, a: int, b: int) -> Any:
    """Say whether row `a` stands before row `b` of the same case."""
    one, other = moment_of(rows, a), moment_of(rows, b)
    if one != other:
        return one < other
    x, y = rows[a], rows[b]
    if x.entered != y.entered:
        return x.entered < y.entered
    if x.start != y.start:
        return x.start < y.start
    if x.end != y.end:
        return x.end < y.end
    if x.visit != y.visit:
        return x.visit < y.visit
    for column in range(6):
        one, other = rank_of(rows, ranks, a, column), rank_of(rows, ranks, b, column)
        if one != other:
            return one < other
    if x.people != y.people:
        return x.people < y.people
    for column in range(6, 8):
        one, other = rank_of(rows, ranks, a, column), rank_of(rows, ranks, b, column)
        if one != other:
            return one < other
    return False


def _entries(of: int) -> tuple[Any, Any]:
    """Return the outermost functions, which close over the digest of all source that they are made of (`jit.source`)."""

    @entry
    def survey(rows: Rows, first: Order, used: Flags) -> None:
        """Count the rows of each case, one place further on, and say which texts were used, by number."""
        for row in range(len(rows) if of >= 0 else 0):
            first[rows[row].case + 1] += 1
            for column in range(8):
                used[column, max(0, code_of(rows, row, column))] = True

    @entry
    def arrange(
        rows: Rows, ranks: Ranks, first: Order, order: Order, visit: Shorts, people: Shorts, times: Times, missing: Flags, wide: Marks,
        at: Numbers, narrow: Narrow, wider: Wide,
    ) -> None:  # fmt: skip
        """Order the rows and write the columns; `first` holds where the rows of each case end, one place further on."""
        n = len(order) if of >= 0 else 0
        for c in range(1, len(first)):
            first[c] += first[c - 1]
        for row in range(n):
            c = rows[row].case
            order[first[c]] = row
            first[c] += 1
        for i in range(1, n):
            row, j = order[i], i
            while j > 0 and rows[order[j - 1]].case == rows[row].case and before(rows, ranks, row, order[j - 1]):
                order[j] = order[j - 1]
                j -= 1
            order[j] = row
        for i in range(n):
            r = rows[order[i]]
            visit[i], people[i] = r.visit, r.people
            for which in range(3):
                t = r.entered if which == 0 else r.start if which == 1 else r.end
                missing[which, i] = t == k.MISSING
                times[which, i] = 0 if t == k.MISSING else t
            for column in range(8):
                rank = rank_of(rows, ranks, order[i], column)
                if wide[column]:
                    wider[at[column], i] = rank
                else:
                    narrow[at[column], i] = rank

    return survey, arrange


survey, arrange = _entries(source("columns", "kernel", "tables", "memory"))
