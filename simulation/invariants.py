"""What every event log keeps: types, order of stamps, outcomes that fit their kind, posts that serve one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from simulation.clocks import MISSING
from simulation.errors import Problem
from simulation.log import CASE_OUTCOMES, DUTY, NEEDED, OUTCOMES, STATES, TABLES, seconds

if TYPE_CHECKING:
    from simulation.log import EventLog


def breaches(log: EventLog) -> list[Problem]:
    """Return all breaches of a log, each with table, row and rule."""
    return [*_breaches_of_columns(log), *_breaches_of_events(log), *_breaches_of_cases(log), *_breaches_of_duty(log)]


def _rows(name: str, wrong: Any, rule: str, remedy: str, found: Sequence[str] | None = None) -> list[Problem]:
    """One problem for all rows that break a rule; names the first three."""
    rows = np.flatnonzero(np.asarray(wrong, dtype=bool))
    if not len(rows):
        return []
    shown = ", ".join(str(r) for r in rows[:3]) + (", ..." if len(rows) > 3 else "")
    what = f"{len(rows)} row(s)" + (f": {', '.join(sorted(set(found)))}" if found else "")
    return [Problem(f"{name}, row {shown}", what, rule, remedy)]


def _breaches_of_columns(log: EventLog) -> list[Problem]:
    problems: list[Problem] = []
    for name, schema in TABLES.items():
        table = cast(pd.DataFrame, getattr(log, name))
        problems += [Problem(f"{name}: column {c}", "absent", "every log has it", "give it") for c in NEEDED[name] if c not in table]
        for column in table:
            right, has = schema.get(str(column), "no such column"), str(table[column].dtype)
            if has != right:
                problems.append(Problem(f"{name}: column {column}", has, f"its type is {right}", "make the log with EventLog.make"))
    first, last = log.meta.covered
    if not all(first <= d <= last for d in log.meta.working):
        problems.append(Problem("meta: working", "a date outside `covered`", "working dates lie in the covered span", "widen `covered`"))
    if log.meta.window and not log.meta.window[0] < log.meta.window[1] <= log.meta.horizon:
        problems.append(Problem("meta: window", str(log.meta.window), f"from < to <= horizon = {log.meta.horizon}", "mend the window"))
    return problems


def _in_order(name: str, table: pd.DataFrame, columns: Sequence[str]) -> list[Problem]:
    """Each present stamp is no later than the next present one."""
    latest = np.full(len(table), MISSING)
    wrong = np.zeros(len(table), dtype=bool)
    for column in (c for c in columns if c in table):
        values = seconds(table[column])
        wrong |= (values != MISSING) & (values < latest)
        latest = np.maximum(latest, values)
    return _rows(name, wrong, " <= ".join(columns), "mend the stamps")


def _beyond(name: str, table: pd.DataFrame, columns: Sequence[str], horizon: int) -> list[Problem]:
    late = np.zeros(len(table), dtype=bool)
    for column in (c for c in columns if c in table):
        late |= seconds(table[column]) > horizon
    return _rows(name, late, f"nothing is seen after the horizon {horizon}", "leave the stamp missing and the outcome `open`")


def _breaches_of_events(log: EventLog) -> list[Problem]:
    events, stamps = log.events, ("entered", "start", "end")
    if not {"case", "kind"} <= set(events):
        return []
    problems = _in_order("events", events, stamps) + _beyond("events", events, stamps, log.meta.horizon)
    if "case" in log.cases:
        problems += _rows("events", ~events["case"].isin(log.cases["case"]), "every event's case is in `cases`", "add the case")
    kind = events["kind"].astype(object)
    strange = ~kind.isin(OUTCOMES)
    problems += _rows("events", strange, f"kind is one of {', '.join(OUTCOMES)}", "rename it", [str(k) for k in kind[strange].unique()])
    if "outcome" in events:
        outcome = events["outcome"].astype(object)
        for name, allowed in OUTCOMES.items():
            wrong = (kind == name) & ~outcome.isin(allowed)
            rule = f"the outcome of a {name} is one of {', '.join(sorted(allowed))}"
            problems += _rows("events", wrong, rule, "rename it", [str(o) for o in outcome[wrong].unique()])
        if "end" in events:
            odd = (outcome == "open") != events["end"].isna()
            problems += _rows("events", odd, "`open` if and only if unfinished at the horizon", "an open row has no end, any other has one")
    if {"post", "start", "end"} <= set(events):
        problems += _two_at_once(events)
    return problems


def _two_at_once(events: pd.DataFrame) -> list[Problem]:
    """A post serves one at a time: its services do not overlap; one that is open lasts for ever."""
    busy = ((events["kind"] == "service") & events["start"].notna() & events["post"].notna()).to_numpy()
    rows = np.flatnonzero(busy)
    post = events["post"].cat.codes.to_numpy()[rows]
    start, end = seconds(events["start"])[rows], seconds(events["end"])[rows]
    end = np.where(end == MISSING, np.iinfo(np.int64).max, end)
    order = np.lexsort((end, start, post))
    rows, post, start, end = rows[order], post[order], start[order], end[order]
    clash = (post[1:] == post[:-1]) & (start[1:] < end[:-1])
    wrong = np.zeros(len(events), dtype=bool)
    wrong[rows[1:][clash]] = True
    found = [str(events["post"].cat.categories[p]) for p in np.unique(post[1:][clash])]
    return _rows("events", wrong, "a post serves one at a time", "mend start and end", found)


def _breaches_of_cases(log: EventLog) -> list[Problem]:
    cases = log.cases
    problems = _in_order("cases", cases, ("arrived", "received", "complete", "decided", "delivered"))
    problems += _in_order("cases", cases, ("received", "accepted", "decided"))
    problems += _beyond("cases", cases, ("arrived", "received", "complete", "accepted", "decided", "delivered"), log.meta.horizon)
    if "case" in cases:
        problems += _rows("cases", cases["case"].duplicated(), "a case is one row", "give each its own number")
    if "outcome" in cases:
        outcome = cases["outcome"].astype(object)
        problems += _rows("cases", ~outcome.isin(CASE_OUTCOMES), f"an outcome is one of {', '.join(sorted(CASE_OUTCOMES))}", "rename it")
        if "decided" in cases:
            wrong = (outcome == "open") & cases["decided"].notna()
            problems += _rows("cases", wrong, "a case that is `open` has no decision", "state the outcome of the decision")
    return problems


def _breaches_of_duty(log: EventLog) -> list[Problem]:
    duty = log.duty
    if not set(DUTY) <= set(duty):
        return []
    problems = _rows("duty", duty["from"] >= duty["to"], "from < to", "mend the interval")
    problems += _rows("duty", ~duty["state"].astype(object).isin(STATES), f"a state is one of {', '.join(sorted(STATES))}", "rename it")
    problems += _rows("duty", duty["people"] < 0, "people >= 0", "mend the head count")
    sorted_duty = duty[duty["state"] != "away"].sort_values(["post", "from"])
    same = sorted_duty["post"].astype(object).eq(sorted_duty["post"].astype(object).shift())
    wrong = (same & (sorted_duty["from"] < sorted_duty["to"].shift())).reindex(duty.index, fill_value=False)
    return problems + _rows("duty", wrong, "intervals of one post do not overlap", "join or split them")
