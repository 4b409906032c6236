"""The compiled engine: the twin of the SimPy engine, equal to it row for row, for runs that are long or many.

`packing` turns Plan and Draws into tables of numbers, `kernel` runs them, and here the rows it wrote become an EventLog. The kernel lets go
of Python's lock, so that several replications may run in threads.
"""

from __future__ import annotations

import math
from logging import getLogger
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from simulation.draws import Citizens, Draws
from simulation.engines import chance, columns, duty
from simulation.engines import kernel as k
from simulation.engines import tables as t
from simulation.engines.attendance import Presence
from simulation.engines.chance import KEY
from simulation.engines.jit import PLAIN
from simulation.engines.memory import addresses
from simulation.engines.packing import Packed, packed
from simulation.engines.rows import meta, origin
from simulation.errors import PlanRefused, Problem
from simulation.log import EventLog, table
from simulation.plan import Plan
from simulation.shifts import DAY

Table = Any
MOST = 64
"""Times as much room as was thought to be enough, at most."""


def simulate(plan: Plan, draws: Draws) -> EventLog:
    """Run one replication.

    Parameters
    ----------
    plan : Plan
    draws : Draws of the same plan.

    Returns
    -------
    EventLog, equal to that of the SimPy engine in every row and column.

    Raises
    ------
    PlanRefused
        The plan is too large for the kernel's numbers; what, and how large, is said.
    """
    prepare()
    presence = Presence(plan, draws)
    tables = packed(plan, draws, presence)
    room = 1
    while True:
        memory = _memory(plan, tables, *arriving(plan, draws), room)
        try:
            if PLAIN:
                with np.errstate(over="ignore"):
                    k.run(_plain(memory))
            else:
                k.run(addresses(memory))
            break
        except MemoryError:
            room *= 2
            if room > MOST:
                raise
        except ValueError as error:
            if str(error) != "calendar":
                raise
            rule = "an alarm of supervision lies within the dates of the calendar"
            raise PlanRefused(Problem("calendar", f"ends on {plan.calendar.last}", rule, "end the run earlier")) from None
    return _log(plan, draws, presence, tables, memory)


def prepare() -> None:
    """Compile the kernel, which takes about a minute and is said so, or take it from the cache."""
    k.ready(_told)
    chance.prepare()
    columns.prepare()


def _told(done: int, planned: int) -> None:
    if done == 1 < planned:
        getLogger("onewindow").warning("compiling the engine, once: about a minute; `onewindow warm` does it ahead of the first run")


def arriving(plan: Plan, draws: Draws) -> tuple[Table, int]:
    """Return who comes, by second, Need and order in it, with the numbers of their cases; and how many cases there may be in all."""
    epoch, needs = plan.calendar.date(0).toordinal(), len(plan.needs)
    n = sum(len(draws.citizens[need].day) for need in range(needs))
    rows = np.zeros(n, k.ARRIVAL)
    place, items = 0, np.array([len(i) for i in plan.need_items] or [0])
    for need in range(needs):
        people: Citizens = draws.citizens[need]
        here = rows[place : place + len(people.day)]
        order = people.arrives.argsort(kind="stable")
        here["t"], here["need"], here["date"], here["number"] = people.arrives[order], need, epoch + people.day[order], people.number[order]
        here["files"], here["online"] = people.files[order], people.online[order]
        if people.booked is not None:
            here["booked"] = people.booked[order]
        place += len(people.day)
    rows = rows[np.argsort(rows["t"], kind="stable")]
    opened = sum(opening.cases for opening in plan.opening)
    cases = np.cumsum(items[rows["need"]] * rows["files"].astype(np.int64))
    rows["base"] = opened + np.concatenate(([0], cases[:-1])) if n else 0
    return rows[rows["t"] < plan.end], opened + int(cases[-1] if n else 0)


def _memory(plan: Plan, tables: Packed, arrivals: Table, cases: int, room: int) -> dict[str, Any]:
    """Return room for a run. Pages that are never written are never there."""
    events, tidal = len(tables.S), bool(plan.tides)
    longest = max(1, int(np.diff(plan.routes.first).max(initial=0)))
    return dict(
        P=tables.P,
        F=tables.F,
        T=tables.T,
        S=tables.S.copy(),
        keys=np.zeros(room << 16, KEY),
        cases=np.zeros(cases + 1, k.CASE_ROW),
        missing=np.empty((cases + 1) * longest, np.int8),
        hearings=np.zeros(cases + 1 if plan.joint else 1, k.HEARING),
        rows=np.empty(room * (16 * cases + 4096), k.ROW),
        tickets=np.empty(room * (2 * cases + 4096), k.TICKET),
        procs=np.empty(room * (2 * cases + 4096), k.PROC),
        papers=np.empty(room * (12 * cases + 4096), k.PAPER),
        events=np.empty(room * (8 * cases + 8 * events), k.EVENT),
        stops=np.empty(room * (4 * cases + 16 if plan.bells else 1), k.STOP),
        sends=np.empty(room * (64 * plan.days * len(plan.tides) + 64 if tidal else 1), k.SEND),
        spells=np.empty(room * (32 * plan.days * len(plan.tides) + 64 if tidal else 1), k.SPELL),
        arrivals=arrivals,
        heads=np.full(DAY + plan.days + 1, -1, np.int32),
        bits=np.zeros(math.ceil(DAY / t.WORD), np.int64),
    )


class _Table:
    """An array of records as the kernel reads it when Python runs it: rows by number, fields by attribute."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __getitem__(self, row: int) -> _Row:
        return _Row(self.array, int(row))

    def __len__(self) -> int:
        return len(self.array)


class _Row:
    def __init__(self, array: Any, row: int) -> None:
        object.__setattr__(self, "_at", (array, row))

    def __getattribute__(self, name: str) -> Any:
        array, row = object.__getattribute__(self, "_at")
        value = array[name][row]
        return value if name in ("low", "high") else int(value)

    def __setattr__(self, name: str, value: Any) -> None:
        array, row = object.__getattribute__(self, "_at")
        array[name][row] = value


def _plain(memory: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(**{name: _Table(a) if a.dtype.names else a for name, a in memory.items()})


def _log(plan: Plan, draws: Draws, presence: Presence, tables: Packed, memory: dict[str, Any]) -> EventLog:
    """Return the log of what the kernel wrote, and empty its memory on the way: the columns take its place."""
    about = meta(plan, origin("compiled", plan, draws))
    on_duty = table("duty", _duty(plan, presence, memory))
    written = memory.pop("rows")[: memory["S"][t.ROWS_N]]
    known = memory.pop("cases")
    memory.clear()
    room, born = len(known), np.flatnonzero(known["born"] == 1)
    cases = _cases(plan, born, known[: len(born)] if len(born) and born[-1] < len(born) else known[born])
    del known
    rows = [written, _Table(written) if PLAIN else written]
    del written
    return EventLog(columns.events(rows, room, tables), cases, on_duty, about)


def _seconds(values: Any) -> Any:
    """A column of seconds; MISSING of the kernel is missing."""
    missing, found = values == k.MISSING, values.astype(np.int64)
    found[missing] = 0
    return pd.arrays.IntegerArray(found, missing)


def _text(codes: Any, names: tuple[str, ...]) -> Any:
    """A column of texts by number; those numbered below 0 are missing."""
    order = sorted({*names})
    rank = np.array([*map(order.index, names), -1], dtype=np.int16)[codes]
    here = np.flatnonzero(np.bincount(rank + np.int64(1), minlength=len(order) + 1)[1:])
    place = np.full(len(order) + 1, -1, np.int8 if len(here) < 128 else np.int16)
    place[here] = np.arange(len(here))
    return pd.Categorical.from_codes(place[rank], categories=pd.Index([order[u] for u in here], dtype=object), validate=False)


def _cases(plan: Plan, numbers: Any, cases: Any) -> pd.DataFrame:
    """Return the table of cases, which are in the order of their numbers."""
    need, item, online = cases["need"], cases["item"], cases["online"] == 1
    backlog = cases["stream"] >= len(plan.needs)
    number = cases["date"].astype(np.int64)
    number *= 10_000_000
    number += cases["number"]
    number[backlog] = -1 - numbers[backlog]
    classes = tuple(i.case_class for i in plan.item_rows)
    legal = np.array([-1 if i.legal_wd is None else int(i.legal_wd) for i in plan.item_rows], dtype=np.int16)
    promise = np.array([-1 if i.promise_wd is None else int(i.promise_wd) for i in plan.item_rows], dtype=np.int16)
    own = [i.online.promise_wd if i.online is not None else None for i in plan.item_rows]
    at_home = np.array([p if o is None else int(o) for p, o in zip(promise, own, strict=True)], dtype=np.int16)
    outcome = np.where((cases["outcome"] == k.OPEN) & (cases["decided"] != k.MISSING), k.DONE, cases["outcome"])
    found = {
        "case": numbers,
        "need": _text(need, plan.needs),
        "number": number,
        "item": _text(item, plan.items),
        "channel": _text(cases["online"], ("counter", "online")),
        "class": _text(item, classes),
        "group": _text(plan.need_rows["group"][need], tuple(plan.scenario.world.groups)),
        "purpose": _text(np.array([c == "consultation" for c in classes], dtype=np.int8)[item], ("case", "consultation")),
        **{name: _seconds(cases[name]) for name in ("arrived", "received", "complete", "accepted", "decided", "delivered")},
        "legal_wd": _days(legal[item]),
        "promise_wd": _days(np.where(online, at_home[item], promise[item])),
        "outcome": _text(outcome, k.OUTCOME_NAMES),
    }
    if plan.halls.zones:
        found["zone"] = _text(cases["zone"], plan.halls.zones)
    return pd.DataFrame(found, copy=False)


def _days(values: Any) -> Any:
    return pd.arrays.IntegerArray(np.maximum(values, 0), values < 0)


def _duty(plan: Plan, presence: Presence, memory: dict[str, Any]) -> duty.Columns:
    S = memory["S"]
    spells = [(int(s["post"]), int(s["since"]), int(s["until"])) for s in memory["spells"][: S[t.SPELLS_N]]]
    first, width = int(S[t.ROOM + 2 * t.AT_WINDOW]), int(S[t.ROOM + 2 * t.AT_WINDOW + 1])
    windows = S[first : first + width * len(plan.windows)].reshape(-1, width)
    spells += [(int(w[t.W_MANNED]), int(w[t.W_SINCE]), plan.end) for w in windows if w[t.W_MANNED] >= 0]
    sent: dict[int, list[tuple[int, int]]] = {}
    for s in memory["sends"][: S[t.SENDS_N]]:
        sent.setdefault(int(s["pool"]), []).append((int(s["t"]), int(s["more"])))
    return duty.columns(plan, presence, spells, sent)
