"""Small logs written by hand: Monday 6 March 2023 is day 0, weekdays are worked, rows are dictionaries."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from simulation.log import CASES, DUTY, EVENTS, Burden, EventLog, Meta
from simulation.measures import CATALOGUE, measure

MONDAY = date(2023, 3, 6)
SPAN = (date(2023, 2, 1), date(2023, 5, 31))
WEEKDAYS = tuple(d for k in range((SPAN[1] - SPAN[0]).days + 1) if (d := SPAN[0] + timedelta(days=k)).weekday() < 5)
PRICES: dict[str, Any] = {"burden": Burden(trip=3600, fare=8, hour=30, hour_of={"firm": 60}), "pay": {"w1": 87_150, "pool:office": 174_300}}
"""A round trip of an hour and 8 CNY; an hour of a firm is worth 60 CNY. With 7 office hours a day, 50 and 100 CNY an hour on duty."""
Row = Mapping[str, Any]


def at(day: int, clock: str) -> int:
    """Seconds of a day and a time such as `9:30` or `9:30:15`."""
    hours, minutes, seconds = (*(int(part) for part in clock.split(":")), 0)[:3]
    return day * 86_400 + hours * 3600 + minutes * 60 + seconds


def ticket(case: int, entered: int | None, start: int | None, end: int | None, **more: Any) -> dict[str, Any]:
    """A ticket served at window w1 of queue a."""
    return {
        "case": case, "visit": 1, "step": "accept", "kind": "service", "entered": entered, "start": start, "end": end, "site": "main",
        "queue": "a", "post": "w1", "outcome": "done", **more,
    }  # fmt: skip


def waits(case: int, entered: int, end: int | None, outcome: str, **more: Any) -> dict[str, Any]:
    """A ticket that was not served."""
    return ticket(case, entered, None, end, kind="queue", post=None, outcome=outcome, **more)


def task(case: int, entered: int, start: int, end: int, **more: Any) -> dict[str, Any]:
    """A step of the market department."""
    return {
        "case": case, "kind": "task", "step": "review", "entered": entered, "start": start, "end": end, "queue": "reviewers",
        "department": "market", "outcome": "done", **more,
    }  # fmt: skip


def stop(case: int, start: int, end: int | None, reason: str = "expert_review") -> dict[str, Any]:
    """A suspension."""
    outcome = "open" if end is None else "done"
    return {"case": case, "kind": "suspension", "entered": start, "start": start, "end": end, "reason": reason, "outcome": outcome}


def notice(case: int, t: int) -> dict[str, Any]:
    """The applicant is told that papers are missing."""
    return {"case": case, "kind": "notice", "entered": t, "start": t, "end": t, "reason": "supplement", "outcome": "done"}


def case(one: int, received: int | None = None, decided: int | None = None, /, **more: Any) -> dict[str, Any]:
    """A committed case filed at a window, its papers complete at receipt unless said otherwise."""
    return {
        "case": one, "need": "licence", "number": one, "item": "licence", "channel": "counter", "class": "committed",
        "group": "firm", "purpose": "case", "arrived": None, "received": received, "complete": received, "accepted": received,
        "decided": decided, "delivered": None, "legal_wd": 20, "promise_wd": 5, "outcome": "open" if decided is None else "done", **more,
    }  # fmt: skip


def small_log(
    events: Iterable[Row], cases: Iterable[Row], duty: Iterable[tuple[Any, ...]] = (), *, horizon: int, off: Iterable[int] = (), **meta: Any
) -> EventLog:
    """A validated log with every column of the schema that a simulated one has; weekdays worked but the day indices in `off`."""
    events, cases, duty = list(events), list(cases), list(duty)
    extra = {"department", "deadline", "zone"}
    named = [c for c in CASES if c not in extra or any(c in row for row in cases)]
    holidays = {MONDAY + timedelta(days=d) for d in off}
    known = {**PRICES, "epoch": MONDAY, "covered": SPAN, "working": tuple(d for d in WEEKDAYS if d not in holidays)}
    known["items"] = {"licence": "market"}
    return EventLog.make(
        {c: [row.get(c) for row in events] for c in EVENTS},
        {c: [row.get(c) for row in cases] for c in named},
        {c: [row[k] for row in duty] for k, c in enumerate(DUTY)},
        Meta(**{**known, "horizon": horizon, **meta}),
    ).validate()


def sums(log: EventLog, name: str, group: str = "all", window: tuple[int, int] | None = None) -> tuple[float, float]:
    """Total and n of one row."""
    rows = measure(log, [CATALOGUE[name]], window)
    row = rows[rows["group"] == group].iloc[0]
    return float(row["total"]), float(row["n"])


def value(log: EventLog, name: str, group: str = "all", window: tuple[int, int] | None = None) -> float | None:
    """The number of one row."""
    one = CATALOGUE[name]
    rows = measure(log, [one], window)
    row = rows[rows["group"] == group].iloc[0]
    return one.value(row["total"], row["n"], row["values"])


def groups(log: EventLog, name: str) -> dict[str, float | None]:
    """The number of every row."""
    one = CATALOGUE[name]
    rows = measure(log, [one])
    return {g: one.value(t, n, v) for g, t, n, v in zip(rows["group"], rows["total"], rows["n"], rows["values"], strict=True)}
