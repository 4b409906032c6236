"""Posts of a Plan: who sits at which window when, how fast, and which tickets he may call; by a written rule, without chance.

Everybody with a window of his own takes it for his intervals; then the others, in the order of the staff list, take the first free
window of their department that has a queue they can serve. Where a department's system is down its tickets are not called.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulation.centre import Centre, Fading
from simulation.routes import original
from simulation.scenario import Scenario
from simulation.shifts import Days, Spans

FULL = 1 << 32
"""Thresholds are compared with 32-bit uniforms: `u < threshold`; FULL is certainty."""
POST = np.dtype([(f, np.int64) for f in ("window", "opens", "closes", "last_call", "person", "pace", "wrong", "begins", "ends")])
"""A window staffed by one person from `opens` to `closes`, within the interval [`begins`, `ends`) of his duty."""


def threshold(share: float) -> int:
    """Return the integer below which a 32-bit uniform has chance `share`."""
    return round(float(share) * FULL)


def permille(factor: float) -> int:
    """Return a factor as whole permille."""
    return round(float(factor) * 1000)


def seated(
    scenario: Scenario, windows: list[str], classes: tuple[tuple[str, str], ...], calendar_days: Days, days: int,
    outages: dict[str, Spans], since: int,
) -> tuple[NDArray[np.void], tuple[frozenset[int], ...]]:  # fmt: skip
    """Seat people on windows for every day of the horizon; return POST rows and the ticket classes each may serve."""
    centre = scenario.centre
    persons = [*centre.staff, *machines(centre)]
    down = _down(scenario, classes, outages)
    sat: dict[tuple[str, str], frozenset[int]] = {}
    rows: list[tuple[tuple[int, ...], frozenset[int]]] = []
    for day in range(days):
        for person, window, opens, closes in _seat(scenario, windows, calendar_days, day):
            staff, seat = centre.staff.get(person), centre.windows[window]
            site = centre.sites[seat.site]
            overrun = int(site.overrun) if site.closing == "serve" else 0
            if (person, window) not in sat:
                skills = seat.queues if staff is None else staff.skills
                served = (c for c, (queue, skill) in enumerate(classes) if queue in seat.queues and skill in skills)
                sat[person, window] = frozenset(served)
            serves = sat[person, window]
            pace, wrong = 1000, 0
            if staff is not None:
                pace = permille(float(staff.pace) * faded(staff.training, opens - since))
                wrong = threshold(min(1.0, float(staff.wrong_acceptance) * remaining(staff.training, opens - since)))
            for a, b, up in _up(opens, closes, serves, down):
                last_call = b + overrun if b == closes else b
                seated_at = windows.index(window), a, b, last_call, persons.index(person), pace, wrong, opens, closes
                rows.append((seated_at, up))
    rows.sort(key=lambda row: (row[0][1], row[0][0]))
    return np.array([row for row, _ in rows], dtype=POST), tuple(serves for _, serves in rows)


def _down(scenario: Scenario, classes: tuple[tuple[str, str], ...], outages: dict[str, Spans]) -> list[Spans]:
    """Return by ticket class when it cannot be served: its queue's department is down or, where the queue belongs to none, every
    department whose items it serves is.
    """
    centre = scenario.centre
    behind: dict[tuple[str, str], set[str]] = {}
    for item in centre.items.values():
        for step in item.route.values():
            if step.kind == "counter":
                behind.setdefault((step.queue, step.skill or step.queue), set()).add(item.department)
    found = []
    for queue, skill in classes:
        own = centre.queues[queue].department
        departments = {own} if own is not None else behind.get(original(centre, (queue, skill)), set())
        spans = [outages[d] for d in departments]
        found.append([(a, b) for a, b in spans[0] if all((a, b) in other for other in spans)] if spans else [])
    return found


def _up(opens: int, closes: int, serves: frozenset[int], down: list[Spans]) -> Iterator[tuple[int, int, frozenset[int]]]:
    """Cut [opens, closes) where a class goes down or comes back; yield the parts in which any class is served."""
    edges = sorted({opens, closes, *(t for c in serves for span in down[c] for t in span if opens < t < closes)})
    for a, b in pairwise(edges):
        if up := frozenset(c for c in serves if not any(x <= a and b <= y for x, y in down[c])):
            yield a, b, up


def _seat(scenario: Scenario, windows: list[str], calendar_days: Days, day: int) -> Iterator[tuple[str, str, int, int]]:
    """Yield (person, window, from, to) of one day: machines; everybody with a window of his own takes it for his intervals, then the
    others, in the order of the staff list, the first free window of their department that has a queue they can serve.
    """
    for machine, hours in machines(scenario.centre).items():
        shift = scenario.centre.shifts[hours]
        for span in calendar_days.hours(shift.working, shift.saturday, day):
            yield machine, machine, *span
    windows = [w for w in windows if scenario.centre.windows[w].machine_shift is None]
    taken: dict[str, list[tuple[int, int]]] = {w: [] for w in windows}
    staff = scenario.centre.staff
    for name in sorted(staff, key=lambda s: staff[s].window is None):
        person = staff[name]
        shift = scenario.centre.shifts[person.shift]
        for span in calendar_days.hours(shift.working, shift.saturday, day):
            for window in windows if person.window is None else (person.window,):
                row = scenario.centre.windows[window]
                free = all(span[1] <= a or b <= span[0] for a, b in taken[window])
                fits = person.window is not None or (row.department == person.employer and set(row.queues) & set(person.skills))
                if free and fits:
                    taken[window].append(span)
                    yield name, window, *span
                    break


def machines(centre: Centre) -> dict[str, str]:
    """Return the shift of every window that is a machine; it stands in the list of persons under the window's name."""
    return {name: window.machine_shift for name, window in centre.windows.items() if window.machine_shift is not None}


def remaining(fading: Fading | None, t: int) -> float:
    """Return the part of an extra factor that is still there at second `t`; 1 where nothing fades."""
    return 1.0 if fading is None else float(np.exp(-(t + float(fading.after)) / float(fading.fades_over)))


def faded(fading: Fading | None, t: int) -> float:
    """Return the factor at second `t`; 1 where there is none."""
    return 1.0 if fading is None else 1.0 + (float(fading.start) - 1.0) * remaining(fading, t)
