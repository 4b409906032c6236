"""What a measure is: a named pure function from a log to tidy rows, with all that is needed to read its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from simulation.errors import LogRefused, Problem
from simulation.log import EventLog
from simulation.measures.survival import Tally, km_quantile
from simulation.measures.view import Rows, View


@dataclass(frozen=True)
class Measure:
    """A measure 指标.

    Attributes
    ----------
    name
        In snake_case.
    unit
        `s`, `wd` (working days), `d` (calendar days), `share`, `h per working day`, ...
    direction
        Which way is better.
    kind
        `mean`, `share`, `ratio`, `rate`, `count`: the value is sum(total) / sum(n), over groups of rows and over replications.
        `quantile(q)`: the smallest of all `values` that a share q does not exceed. `km_quantile(q)`: the same by Kaplan and Meier,
        a value v that was cut off being written as `~v` (negative).
    needs
        Columns as `table.column`, prices as `meta.burden`, `meta.pay`; `a|b` where either will do.
    formula, censoring, reference
        For people: how it is formed, what becomes of that which was unfinished at the cut-off, where it comes from.
    rows
        The function; a named one, so that it travels to other processes and its module can be fingerprinted.
    """

    name: str
    unit: str
    direction: Literal["lower", "higher", "none"]
    kind: str
    needs: tuple[str, ...]
    formula: str
    censoring: str
    reference: str
    rows: Callable[[View], Rows]

    def value(self, total: float, n: float, values: Tally | None) -> float | None:
        """The number of one row of `measure`; None where there is no case, or where the curve ends before the quantile is reached."""
        if not self.kind.partition("(")[1]:
            return float(total) / float(n) if n else None
        q = float(self.kind.partition("(")[2].rstrip(")"))
        if values is None or not values.size:
            return None
        return km_quantile(values, q) if self.kind.startswith("km_") else float(values.quantile(q))


class Unsupported(NamedTuple):
    """A measure that a log cannot support, and the column it lacks."""

    measure: str
    column: str


def supported(log: EventLog, measures: Iterable[Measure]) -> tuple[list[Measure], list[Unsupported]]:
    """The measures this log can support, and the others each with the first column that is missing."""
    able, unable = [], []
    for m in measures:
        lacking = [need for need in m.needs if not any(_has(log, column) for column in need.split("|"))]
        unable += [Unsupported(m.name, lacking[0].partition("|")[0])] if lacking else []
        able += [] if lacking else [m]
    return able, unable


def _has(log: EventLog, column: str) -> bool:
    """Whether a column is there. A duty table without rows says nothing of the posts; a deadline nobody has is none."""
    table, _, name = column.partition(".")
    if table == "meta":
        return bool(getattr(log.meta, name))
    frame: pd.DataFrame = getattr(log, table)
    if name not in frame:
        return False
    if column == "cases.deadline":
        return bool(frame[name].notna().any())
    return table != "duty" or len(frame) > 0


def measure(log: EventLog, measures: Sequence[Measure], window: tuple[int, int] | None = None) -> pd.DataFrame:
    """Measure a log.

    Parameters
    ----------
    log : EventLog
    measures : sequence of Measure
    window : (from, to), optional
        Seconds of the measured window, `to` not included; that of the log when left out, and from the epoch to the cut-off when it
        has none.

    Returns
    -------
    DataFrame of `measure, group, total, n, values`; `group` is `all` or `dimension:member`; `total` and `n` are NaN and 0 for
    quantiles, `values` (`Tally`) is None for the rest.

    Raises
    ------
    LogRefused
        With each measure that the log cannot support and the column it lacks.
    """
    _, unable = supported(log, measures)
    if unable:
        rule, remedy = "a measure needs its columns", "map a column of the source to it, or leave the measure out"
        raise LogRefused(Problem(f"measure {name}", f"the log has no column {column}", rule, remedy) for name, column in unable)
    view = View(log, window)
    found = [(m.name, view.once(m.rows)) for m in measures]
    # A view and its clocks hold each other, and the log, until the collector of cycles comes by.
    vars(view).pop("clocks", None)
    none: list[Tally | None] = [None]
    return pd.DataFrame(
        {
            "measure": pd.Series([name for name, rows in found for _ in rows.groups], dtype=object),
            "group": pd.Series([group for _, rows in found for group in rows.groups], dtype=object),
            "total": np.array([x for _, rows in found for x in rows.total], dtype=np.float64),
            "n": np.array([x for _, rows in found for x in rows.n], dtype=np.float64),
            "values": pd.Series([x for _, rows in found for x in rows.values or none * len(rows.groups)], dtype=object),
        }
    )
