"""The largest hall that textbook models of SimPy, Ciw and salabim express alike, as a plan of ours and as bare customers for them.

Three kinds of tickets, twenty windows with skills (some take one kind, some two, some all), arrivals by the half hour, gamma service
times, first come first served among the kinds a window takes, specialists first. Everybody is patient, comes once and goes when served;
windows stay open day and night, so that the queue runs empty after the last arrivals of a day.

What the others cannot express, or not without a rule of one's own, and which is therefore not here (versions: see results.json):

- Ciw: a file that is in several departments at once and joined again; skills are no option of it (two methods of `Node` are overridden);
  a schedule makes new servers, so that windows with names and shifts of their own are none; who of one second is first is drawn.
- salabim: nothing was met that it cannot express; most of its time here goes into a check of every component's parameters.
- SimPy: a queue with several kinds of servers is written by the user; a timer cannot be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from strategies import scenario

from simulation.calendar import Calendar, published
from simulation.draws import Draws, make_draws
from simulation.engines import Engine, simulate
from simulation.log import EventLog
from simulation.plan import Plan, compile_plan

KINDS = {"a": 420, "b": 380, "c": 380}
"""Tickets of each kind on an average day."""
SKILLS = (*("a",) * 5, *("b",) * 4, *("c",) * 4, *("a b",) * 3, *("b c",) * 2, *("a b c",) * 2)
"""What each window takes; those that take fewer kinds come first and are called first."""
MINUTES = {"a": "5 min", "b": "6 min", "c": "7 min"}
PROFILE = "0.03 0.05 0.09 0.10 0.09 0.08 0.06 0.04 0.05 0.07 0.10 0.10 0.07 0.05 0.02"
"""Share of a day's arrivals in each half hour from 9:00."""

ENGINES: tuple[Engine, ...] = ("process", "compiled")
"""Our engines. A further one is one more entry."""


def planned_hall(days: int) -> Plan:
    """Return the plan of the hall for so many working days from 6 March 2023; years without a notice have Monday to Friday."""
    windows = {f"W{k:02}": skills for k, skills in enumerate(SKILLS)}
    starts = {f"{9 + k // 2}:{k % 2 * 30:02}": share for k, share in enumerate(PROFILE.split())}
    step = {kind: {"kind": "counter", "queue": kind, "work": {kind: {"gamma": {"mean": MINUTES[kind], "cv": "0.7"}}}} for kind in KINDS}
    hall = scenario(
        windows=windows,
        shifts=dict.fromkeys(windows, "0:00-24:00"),
        site={"working": ["0:00-24:00"]},
        item={"case_class": "consultation"},
        items={kind: {"route": {"serve": step[kind]}} for kind in KINDS},
        needs={kind: {"items": [kind], "rate": f"{rate} per day", "profile": "day"} for kind, rate in KINDS.items()},
        world={"profiles": {"day": starts}},
        days=days,
    )
    last = hall.start.year + 2 + days // 240
    assume = range(2025, last + 1)
    days_off = Calendar.load(published("cn"), date(2022, 1, 1), date(last, 12, 31), assume=assume, epoch=hall.start)
    return compile_plan(hall, days_off)


def prepared_hall(days: int, seed: int = 1, replication: int = 0) -> tuple[Plan, Draws]:
    """Return the plan of the hall and its draws."""
    plan = planned_hall(days)
    return plan, make_draws(plan, seed, replication)


@dataclass(frozen=True)
class Customer:
    """One ticket: when it is taken, of which kind, and how long its service takes; seconds."""

    arrives: int
    kind: str
    service: int


def ours(plan: Plan, draws: Draws, engine: Engine = "process") -> EventLog:
    """Simulate the hall with one of our engines."""
    return simulate(plan, draws, engine)


def tickets(log: EventLog) -> tuple[list[Customer], np.ndarray]:
    """Return the customers of a log of the hall in order of arrival, and how long each waited in seconds, int64 (customers,)."""
    rows = log.events[log.events["kind"] == "service"].sort_values(["entered", "case"])
    assert len(rows) == len(log.cases) and (rows["outcome"] == "done").all(), "everybody is served"
    kinds = log.cases.set_index("case")["need"].astype(str)
    entered, start, end = (rows[c].to_numpy(np.int64) for c in ("entered", "start", "end"))
    customers = [Customer(*one) for one in zip(entered.tolist(), kinds[rows["case"]], (end - start).tolist(), strict=True)]
    return customers, start - entered
