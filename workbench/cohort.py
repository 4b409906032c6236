"""The cases that pictures of several logs compare: affairs that are promised by a date in any of them, the same ones in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.log import EventLog
from simulation.measures import View, path
from simulation.measures.survival import encode, survival
from simulation.measures.view import COMMITTED

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
PERMILLE = 1000


@dataclass(frozen=True)
class Cohort:
    """Needs and items whose cases are promised by a date (committed, joint, passed upward) in one of several logs.

    A reform may decide such a case on the spot, or make it a part of a new item; it stays in the cohort. What a reform takes off the spot
    is in it too, so that this harm is seen.

    Attributes
    ----------
    pairs : (need, item).
    items : every item of the first log; another log's item that is not among them counts when its need has a pair.
    promise_wd, legal_wd : limits in the first log, by item.
    """

    pairs: frozenset[tuple[str, str]]
    items: frozenset[str]
    promise_wd: Mapping[str, int]
    legal_wd: Mapping[str, int]

    @classmethod
    def of(cls, log: EventLog, *others: EventLog) -> Cohort:
        """Return the cohort of several logs; limits are those of the first."""
        cases, names = log.cases, list[tuple[str, str]]()
        for one in (log, *others):
            chosen = one.cases[one.cases["class"].isin(COMMITTED)]
            names += [(str(n), str(i)) for n, i in chosen[["need", "item"]].astype(object).drop_duplicates().itertuples(index=False)]
        limits: dict[str, dict[str, int]] = {"promise_wd": {}, "legal_wd": {}}
        for column, found in limits.items():
            known = cases[cases[column].notna()]
            found.update({str(i): int(wd) for i, wd in zip(known["item"].astype(object), known[column], strict=True)})
        everything = frozenset(str(i) for i in cases["item"].astype(object).dropna().unique())
        return cls(frozenset(names), everything, limits["promise_wd"], limits["legal_wd"])

    def members(self, view: View) -> Bools:
        """Which measured cases of a log belong to the cohort."""
        needs = {need for need, _ in self.pairs}
        cases = view.log.cases
        inside = [
            (need, item) in self.pairs or (need in needs and item not in self.items)
            for need, item in zip(cases["need"].astype(object), cases["item"].astype(object), strict=True)
        ]
        chosen: Bools = view.received & np.array(inside, dtype=bool)
        return chosen


def decided_by(view: View, cohort: Cohort, limit: str) -> tuple[Ints, Floats, int]:
    """How soon the cohort's cases of a log are decided, relative to a limit of the first log.

    Parameters
    ----------
    limit : `promise_wd`: working days before (negative) or after the promise; `legal_wd`: per mille of the legal limit used.

    Returns
    -------
    moments, the share decided by each (product-limit: an open case counts as longer than so far), and the number of cases.
    """
    limits: Mapping[str, int] = getattr(cohort, limit)
    items = view.log.cases["item"].astype(object)
    allowed = np.array([limits.get(str(item), MISSING) for item in items], dtype=np.int64)
    used = view.clocks.promise_wd if limit == "promise_wd" else view.clocks.legal_wd
    chosen = cohort.members(view) & (allowed != MISSING) & (used != MISSING) & ~view.clocks.lost
    if limit == "legal_wd":
        chosen &= allowed > 0
    if not chosen.any():
        return np.zeros(0, dtype=np.int64), np.zeros(0), 0
    used, allowed = used[chosen], allowed[chosen]
    # The curve takes times of zero and more, so relative days are moved up by the longest promise and back again.
    shift = int(allowed.max()) if limit == "promise_wd" else 0
    times = used - allowed + shift if limit == "promise_wd" else used * PERMILLE // allowed
    moments, left = survival(encode(times, view.case("decided")[chosen] != MISSING))
    return moments - shift, 1 - left, len(times)


def share_by(moments: Ints, shares: Floats, moment: int) -> float:
    """Return the share decided by a moment."""
    at = int(np.searchsorted(moments, moment, "right"))
    return float(shares[at - 1]) if at else 0.0


def days_by_cause(log: EventLog, cohort: Cohort) -> tuple[pd.DataFrame, pd.Series[int]]:
    """Where the time of the cohort's decided cases went.

    Returns
    -------
    Total working days (office hours of working dates over those of one day, receipt to decision) by leading department (rows) and cause
    (columns); and the number of cases by department.
    """
    view = View(log)
    chosen = cohort.members(view) & (view.case("decided") != MISSING)
    leads = lead_departments(view)
    cases = view.case("case")[chosen]
    found = path(log, cases.tolist())
    spent = view.clocks.office_seconds(found["end"].to_numpy()) - view.clocks.office_seconds(found["start"].to_numpy())
    whole = sum(closes - opens for opens, closes in log.meta.office)
    department = dict(zip(view.case("case").tolist(), leads, strict=True))
    table = pd.DataFrame(
        {"department": found["case"].map(department).to_numpy(), "cause": found["cause"].astype(object), "days": spent / whole}
    )
    days = table.pivot_table(index="department", columns="cause", values="days", aggfunc="sum", fill_value=0.0)
    return days, pd.Series([department[c] for c in cases.tolist()], dtype=object).value_counts()


def lead_departments(view: View) -> list[str]:
    """Return the department that leads each case, empty where the log does not say."""
    found = view.dimension("cases", "department")
    if found is None:
        return [""] * len(view.log.cases)
    names = [*found[1], ""]
    return [names[code] for code in found[0]]


def successor(before: EventLog, log: EventLog, department: str) -> str | None:
    """Return the department that leads most cases of those items which `department` led before; None where nobody does."""
    views = View(before), View(log)
    led, leads = (pd.Series(lead_departments(v), index=v.log.cases["item"].astype(object), dtype=object) for v in views)
    found = leads[leads.index.isin(led[led == department].index) & (leads != "")]
    return str(found.value_counts().index[0]) if len(found) else None


def telling_case(logs: Sequence[EventLog], of_class: str | None = None) -> tuple[int, ...] | None:
    """Choose the case that shows what happens to most whose time changes; return its number in each log.

    Only cases that are of class `of_class` in the first log are looked at, if given.

    Among the cohort's cases with a department step that every log decided, and whose working days differ between the first and the last
    in the direction in which the mean does: the one whose change is nearest to the median change; the earliest of several. When nothing
    changes, or there is one log only, a joint or committed case in the upper quartile of time taken.
    """
    cohort = Cohort.of(*logs)
    views = [View(log) for log in logs]
    tables = [_decided(view, cohort) for view in views]
    if of_class is not None:
        tables[0] = tables[0][tables[0]["class"] == of_class]
    first = tables[0].join(tables[-1].add_suffix("_last"), how="inner") if len(tables) > 1 else tables[0]
    for table in tables[1:-1]:
        first = first[first.index.isin(table.index)]
    if len(tables) > 1:
        trend = float((first["wd_last"] - first["wd"]).mean()) if len(first) else 0.0
        apart = first[(first["worked"] | first["worked_last"]) & ((first["wd_last"] - first["wd"]) * trend > 0)]
        if len(apart):
            change = apart["took_last"] - apart["took"]
            key = (change - change.median()).abs().sort_values(kind="stable").index[0]
            return _numbers(tables, key)
    for name in ("joint", "committed", "upward"):
        chosen = first[first["class"] == name].sort_values("took", kind="stable")
        if len(chosen):
            key = chosen.index[(3 * len(chosen)) // 4]
            return _numbers(tables, key)
    return None


def _numbers(tables: Sequence[pd.DataFrame], key: Any) -> tuple[int, ...]:
    """The case number of one need, number and item in each table."""
    return tuple(int(table.loc[[key], "case"].iloc[0]) for table in tables)


def _decided(view: View, cohort: Cohort) -> pd.DataFrame:
    """The cohort's decided cases, by need and number (and item): time taken, working days, class, whether a department worked on it."""
    chosen = cohort.members(view) & (view.case("decided") != MISSING) & (view.clocks.legal_wd != MISSING)
    tasks = np.zeros(len(chosen), dtype=bool)
    tasks[view.case_row[view.is_("events", "kind", "task")]] = True
    cases: Any = view.log.cases
    index = pd.MultiIndex.from_arrays([cases[c].astype(object) for c in ("need", "number", "item")])
    table = pd.DataFrame(
        {
            "case": view.case("case"),
            "took": view.case("decided") - view.case("received"),
            "wd": view.clocks.legal_wd,
            "class": cases["class"].astype(object).to_numpy(),
            "worked": tasks,
        },
        index=index,
    )[chosen]
    once: pd.DataFrame = table[~table.index.duplicated()]
    return once
