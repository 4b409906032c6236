"""Window staffing: from the Plan's workload to levels, a proved shift cover, a Reform, and its simulation beside the baseline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimization.cover import Cover, Covered, Ints, breaches, cover, cover_program
from optimization.levels import HALF_HOUR, PERIODS, levels, loads, safety
from optimization.solution import Rule, Solution, Verified, verdict
from optimization.solvers import SolverFailed, savings
from simulation.centre import Centre, Staff
from simulation.experiment import FRESH, Variant, run_variants
from simulation.horizons import calendar_for, until, with_days
from simulation.plan import Plan, compile_plan
from simulation.reforms import Change, Reform, apply
from simulation.reforms.windows import ChangeStaff, ChangeWindows
from simulation.result import make_result
from simulation.scenario import Scenario
from simulation.shifts import DAY, Days
from simulation.store import Store
from simulation.units import Duration, Interval
from simulation.verbs import Settings, measures_named

TARGETS = {"wait_mean": 900.0, "wait_p90": 2400.0, "walk_away_share": 0.05}
"""Mean wait 15 min, nine in ten within 40 min, one in twenty walks away: judgement, to be replaced by the centre's own."""
SAVINGS = 12
"""Of so many rules with the highest price it is worked out what leaving them out altogether saves."""
PLAIN = Settings()


@dataclass(frozen=True)
class Prices:
    """What the model holds its wishes against; hours a week.

    Attributes
    ----------
    delay : share of visitors who may find everybody busy; sets the safety above the offered load.
    missing : an hour in which one person is missing against the level.
    training : a person trained for another queue of his employer.
    change : a person whose shift or kind of window changes.
    """

    delay: float = 0.3
    missing: float = 20.0
    training: float = 2.0
    change: float = 0.1


@dataclass(frozen=True)
class Case:
    """A cover instance and what its indices mean in the centre."""

    instance: Cover
    members: tuple[tuple[str, ...], ...]
    shifts: tuple[str, ...]
    windows: tuple[tuple[str, ...], ...]
    skills: tuple[tuple[str, ...], ...]


def optimize_staffing(scenario: Scenario, settings: Settings = PLAIN, charges: Prices = Prices()) -> Solution:
    """Propose who sits at which windows in which shift, prove it in the model, and simulate it beside `scenario` on fresh seeds.

    Parameters
    ----------
    scenario : Scenario
    settings : seed, replications (ten when not said), days, store and workers of the simulation.
    charges : prices of the model's wishes.

    Raises
    ------
    SolverFailed : no solution and no proof, or an answer that the independent checker rejects.
    """
    moved, horizon = until(scenario.horizon, scenario, settings.first, settings.last)
    horizon = horizon if settings.days is None else with_days(horizon, settings.days)
    seed = 1 if settings.seed is None else settings.seed
    plan = compile_plan(moved, calendar_for(moved, horizon), horizon)
    case = staffing_case(plan, charges)
    found, answer, priced = cover(case.instance, seed)
    if found is None:
        return Solution("infeasible", None, None, None, answer.backend, seed, None, clash=answer.clash, digest=answer.digest)
    if wrong := breaches(case.instance, found, answer.objective):
        raise SolverFailed("the checker rejects the solver's answer: " + "; ".join(wrong[:5]))
    reform = as_reform(scenario, case, found)
    variants = [Variant(scenario.name, "none", moved)]
    variants += [] if reform is None else [Variant(reform.name, "none", apply(moved, reform))]
    n = settings.replications or 10
    measures = measures_named([*TARGETS, "paid_hours"], "optimize staffing")
    rows = run_variants(
        variants, horizon, seed, range(FRESH, FRESH + n), measures, Store(settings.store),
        workers=settings.workers, on=settings.on, fresh=settings.fresh, progress=settings.progress,
    )  # fmt: skip
    result = make_result(rows, measures, {v.name: scenario.name for v in variants}, (), moved, {})
    dearest = sorted(priced, key=lambda rule: (-priced[rule], rule))
    saved = savings(cover_program(case.instance)[0], answer, tuple(dearest[:SAVINGS]))
    today, proposed = (float(np.einsum("gsw,s->", p, case.instance.paid)) for p in (case.instance.today, found.people))
    before = result.row(scenario.name, "paid_hours")["value"]
    targets = {**TARGETS, "paid_hours": before + _change_a_day(plan, case, found.people - case.instance.today)}
    return Solution(
        status=answer.status,
        objective=answer.objective,
        bound=answer.bound,
        gap=answer.gap,
        backend=answer.backend,
        seed=seed,
        digest=answer.digest,
        reform=reform,
        verified=tuple(_verified(result, variants, m.name, targets[m.name]) for m in measures),
        why=tuple(Rule(rule, priced[rule], saved.get(rule)) for rule in dearest),
        model=(
            ("paid_hours_a_week_today", today),
            ("paid_hours_a_week", proposed),
            ("missing_hours_a_week_today", _missing_today(case.instance)),
            ("missing_hours_a_week", float((found.unmet @ case.instance.hours).sum())),
            ("people_trained", float(found.moved.sum())),
        ),
    )


def staffing_case(plan: Plan, charges: Prices) -> Case:
    """Return the cover instance of a Plan: levels of its ticket classes against its people, shifts and windows.

    Where a class is served today in a half hour it keeps one person at least: published hours are kept.
    """
    centre = plan.scenario.centre
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for name, person in centre.staff.items():
        groups.setdefault((person.employer, person.contract, tuple(sorted(person.skills))), []).append(name)
    kinds: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for name, window in centre.windows.items():
        kinds.setdefault((window.site, window.department, tuple(sorted(window.queues))), []).append(name)
    shifts, keys = list(centre.shifts), list(groups)
    covers = np.array([_covered(s.working) + _covered(s.saturday) for s in centre.shifts.values()], dtype=bool)
    days = np.repeat([5.0, 1.0], PERIODS)
    at = {name: w for w, members in enumerate(kinds.values()) for name in members}
    today = np.zeros((len(groups), len(shifts), len(kinds)), dtype=np.int64)
    for g, members in enumerate(groups.values()):
        for name in members:
            seat = centre.staff[name].window or _free_seat(centre, centre.staff[name])
            if seat is not None:
                today[g, shifts.index(centre.staff[name].shift), at[seat]] += 1
    serves = {}
    for g, (employer, _, skills) in enumerate(keys):
        for w, (_, department, queues) in enumerate(kinds):
            if department == employer or today[g, :, w].any():
                classes = frozenset(k for k, (queue, skill) in enumerate(plan.classes) if queue in queues and skill in skills)
                if classes:
                    serves[g, w] = classes
    load = loads(plan)
    asked = np.concatenate(list(levels(load, safety(charges.delay))), axis=1)
    present: Ints = np.asarray(np.minimum(np.einsum("gsw,st->gwt", today, covers.astype(np.int64)), 1))
    used = {int(k) for k in np.nonzero(load.sum(axis=(0, 2)))[0]}
    for (g, w), classes in serves.items():
        for k in classes:
            if k in used:
                asked[k] = np.maximum(asked[k], present[g, w])
    opened = np.concatenate([_opened(centre, "working"), _opened(centre, "saturday")])
    asked = np.where(opened | np.einsum("gsw,st->t", today, covers.astype(np.int64)).astype(bool), asked, 0)
    instance = Cover(
        sizes=np.array([len(m) for m in groups.values()], dtype=np.int64),
        names=tuple(f"{employer}, {contract}, {'+'.join(skills)}" for employer, contract, skills in keys),
        body=tuple((employer, contract) for employer, contract, _ in keys),
        covers=covers,
        paid=np.array([5 * _hours(s.working) + _hours(s.saturday) for s in centre.shifts.values()]),
        windows=np.array([len(m) for m in kinds.values()], dtype=np.int64),
        window_names=tuple(f"{department}, {'+'.join(queues)}" for _, department, queues in kinds),
        serves=serves,
        required=asked,
        hours=days * HALF_HOUR / 3600,
        today=today,
        missing=charges.missing,
        training=charges.training,
        change=charges.change,
    )
    return Case(instance, tuple(map(tuple, groups.values())), tuple(shifts), tuple(map(tuple, kinds.values())), tuple(k[2] for k in keys))


def as_reform(scenario: Scenario, case: Case, found: Covered) -> Reform | None:
    """Return the answer as typed edits: who goes back to his employer, who is trained, who sits where and when; None if nothing changes.

    Paid hours are hours at the windows: a posted officer on a shorter shift gives the rest of his day to his employer.
    People keep shift and seat where the answer has room for them; windows that nobody sits at any more are closed.
    """
    centre = scenario.centre
    placed, trained = _placed(centre, case, found)
    seats = _seated(centre, case, placed)
    removed = tuple(name for name in centre.staff if name not in placed)
    shifts = {n: case.shifts[s] for n, (_, s, _) in placed.items() if case.shifts[s] != centre.staff[n].shift}
    moved = {n: seat for n, seat in seats.items() if seat != centre.staff[n].window}
    edits: list[Change] = []
    if removed or trained:
        edits.append(ChangeStaff(kind="change_staff", remove=removed, train=trained))
    taken = set(seats.values())
    empty = tuple(name for name in centre.windows if name not in taken)
    if shifts or moved or empty:
        edits.append(ChangeWindows(kind="change_windows", shifts=shifts, seats=moved, close=empty))
    if not edits:
        return None
    people = f"{len(removed)} back to their employers, {len(trained)} trained"
    count = f"{people}, {len(shifts)} with another shift, {len(moved)} at another window"
    return Reform.model_validate(
        {
            "kind": "reform", "schema": "1", "name": f"{scenario.name}-staffing", "baseline": scenario.name,
            "title": {"en": "Window staffing by workload", "zh": "按工作量配置窗口人员"},
            "source": None, "edits": edits, "lead_time": Duration(30 * 86_400), "authority": "department",
            "reason": {"en": f"Proposed by optimize staffing: {count}.", "zh": "由窗口排班优化提出。"},
        }
    )  # fmt: skip


def _placed(centre: Centre, case: Case, found: Covered) -> tuple[dict[str, tuple[int, int, int]], dict[str, tuple[str, ...]]]:
    """Name the people of the answer: those who stay as they are first, then the group's others, then those who come from elsewhere."""
    placed: dict[str, tuple[int, int, int]] = {}
    trained: dict[str, tuple[str, ...]] = {}
    left = found.people.copy()
    at = {name: w for w, members in enumerate(case.windows) for name in members}
    for g, members in enumerate(case.members):
        for name in members:
            person = centre.staff[name]
            cell = (g, case.shifts.index(person.shift), at.get(person.window or "", -1))
            if cell[2] >= 0 and left[cell] > 0:
                left[cell] -= 1
                placed[name] = cell
    spare = [[n for n in members if n not in placed] for members in case.members]
    came: list[list[str]] = [[] for _ in case.members]
    for g, h in np.argwhere(found.moved > 0):
        for _ in range(int(found.moved[g, h])):
            if spare[g]:
                came[h].append(spare[g].pop())
    for g, s, w in np.argwhere(left > 0):
        for _ in range(int(left[g, s, w])):
            name = (spare[g] or came[g]).pop(0)
            if name not in case.members[g]:
                trained[name] = case.skills[g]
            placed[name] = (int(g), int(s), int(w))
    return placed, trained


def _seated(centre: Centre, case: Case, placed: dict[str, tuple[int, int, int]]) -> dict[str, str]:
    """Give everybody a numbered window of his kind that is free in his shift: his own if it may be, else the first."""
    hours = {n: _covered(s.working) + _covered(s.saturday) for n, s in centre.shifts.items()}
    busy = {w: np.zeros(2 * PERIODS, dtype=bool) for w in centre.windows}
    seats: dict[str, str] = {}
    for name in sorted(placed, key=lambda n: centre.staff[n].window not in case.windows[placed[n][2]]):
        _, s, w = placed[name]
        on, own = np.array(hours[case.shifts[s]], dtype=bool), centre.staff[name].window
        choice = sorted(case.windows[w], key=lambda n: n != own)
        seat = next((n for n in choice if not (busy[n] & on).any()), None)
        if seat is None:
            raise SolverFailed(f"no single window of {case.instance.window_names[w]} is free for the whole shift of {name}")
        busy[seat] |= on
        seats[name] = seat
    return seats


def _free_seat(centre: Centre, person: Staff) -> str | None:
    """Return the window that somebody without a seat of his own is counted at: the first of his employer that he can serve."""
    fits = (n for n, w in centre.windows.items() if w.department == person.employer and set(w.queues) & set(person.skills))
    return next(fits, None)


def _covered(pattern: Iterable[Interval]) -> list[bool]:
    """Say of each half hour of a day whether a pattern covers all of it."""
    spans = [(i.start, i.end) for i in pattern]
    return [any(a <= t * HALF_HOUR and (t + 1) * HALF_HOUR <= b for a, b in spans) for t in range(PERIODS)]


def _opened(centre: Centre, pattern: str) -> Any:
    return np.array([_covered(getattr(site, pattern)) for site in centre.sites.values()], dtype=bool).any(axis=0)


def _hours(pattern: Iterable[Interval]) -> float:
    return sum(i.end - i.start for i in pattern) / 3600


def _change_a_day(plan: Plan, case: Case, more: Any) -> float:
    """Return the change in paid hours a working date of the measured window, its open Saturdays included; `more` by (g, s, w)."""
    first, last = (t // DAY for t in plan.window)
    days = Days.of(plan.calendar, last)
    works, saturdays = (int(kind[first:last].sum()) for kind in (days.working, days.saturday))
    by_shift = more.sum(axis=(0, 2))
    rows = [plan.scenario.centre.shifts[name] for name in case.shifts]
    week = sum(float(n) * (_hours(row.working) * works + _hours(row.saturday) * saturdays) for n, row in zip(by_shift, rows, strict=True))
    return week / max(1, works)


def _missing_today(instance: Cover) -> float:
    """Return the missing hours of today's people, each where he sits and in his shift: the cover with nobody free to change."""
    fixed = replace(instance, paid=np.zeros_like(instance.paid), training=1e5, change=1e5)
    found, _, _ = cover(fixed)
    if found is None:
        raise SolverFailed("today's people do not fit on today's windows, so there is nothing to compare with")
    return float((found.unmet @ instance.hours).sum())


def _verified(result: Any, variants: list[Variant], measure: str, target: float) -> Verified:
    row, before = result.row(variants[-1].name, measure), result.row(variants[0].name, measure)
    # Hours are promised as a change: today's chance is in both, so the paired difference judges.
    change, modelled = (row["difference_low"], row["difference_high"], target - before["value"]), measure == "paid_hours"
    judged = verdict(*change) if modelled else verdict(row["low"], row["high"], target)
    return Verified(
        measure, row["group"], row["unit"], target, row["value"], row["low"], row["high"], int(row["n"]), judged,
        before["value"], row["difference"], row["difference_low"], row["difference_high"], row["value"] - target if modelled else None,
    )  # fmt: skip
