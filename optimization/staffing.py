"""Window staffing: who sits at which windows in which shift, searched with the simulation in the loop, and simulated anew on fresh seeds.

Three sets of chance, none used for two ends: replications 0 and up to search, those from `CHECK` up to see whether the answer keeps its
targets elsewhere (else it is searched again with a margin), those from `FRESH` up to report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimization.cover import Cover, Covered, breaches, cover, cover_program
from optimization.joint_staffing import Joint, Monotone, downward, ladder, monotone, search
from optimization.master import Limits, Master
from optimization.solution import Rule, Solution, Verified, verdict
from optimization.solvers import SolverFailed, Status, savings
from optimization.staffing_case import Case, as_reform, hours, staffing_case
from optimization.staffing_problem import Prices, StaffingProblem, usual
from optimization.targets import measure_of
from optimization.trials import Trial, Trials
from simulation.experiment import FRESH, Variant, run_variants
from simulation.horizons import calendar_for, until, with_days
from simulation.plan import Plan, compile_plan
from simulation.reforms import Reform, apply
from simulation.result import Result, make_result
from simulation.scenario import Horizon, Scenario
from simulation.shifts import DAY, Days
from simulation.store import Store
from simulation.verbs import Settings, measures_named

SAVINGS = 12
"""Of so many rules with the highest price it is worked out what leaving them out altogether saves."""
Floats = NDArray[np.float64]
PLAIN = Settings()
CHECK = 500_000
"""First replication of those that say whether a search needs a margin."""
ROUNDS = 3
"""Searches with a larger margin, at most."""
Told = Callable[[int, float | None, float | None], None]


@dataclass(frozen=True)
class Question:
    """A staffing problem made ready: what is simulated, and how."""

    problem: StaffingProblem
    scenario: Scenario
    horizon: Horizon
    seed: int
    plan: Plan
    case: Case
    settings: Settings

    @property
    def queues(self) -> tuple[str, ...]:
        """Names of all queues."""
        return tuple(self.scenario.centre.queues)


def optimize_staffing(
    scenario: Scenario, settings: Settings = PLAIN, problem: StaffingProblem | None = None, told: Told = lambda n, cost, bound: None
) -> Solution:
    """Propose who sits at which windows in which shift, with a bound, and simulate it beside `scenario` on fresh seeds.

    Parameters
    ----------
    scenario : Scenario
    settings : seed, replications and days of the verification, store and workers.
    problem : targets, budget, prices, how hard to search; `staffing_problem.usual` when left out.
    told : called in the search with staffings simulated, cost of the best that keeps the targets, and bound; points a week.

    Raises
    ------
    SolverFailed : no solution and no proof, or an answer that the independent checker rejects.
    """
    problem = problem or usual(scenario)
    moved, horizon = until(scenario.horizon, scenario, settings.first, settings.last)
    horizon = horizon if settings.days is None else with_days(horizon, settings.days)
    seed = int(problem.seed) if settings.seed is None else settings.seed
    plan = compile_plan(moved, calendar_for(moved, horizon), horizon)
    asked = Question(problem, moved, horizon, seed, plan, staffing_case(plan, problem.prices), settings)
    return by_levels(asked) if problem.method == "levels" else jointly(asked, told)


def by_levels(asked: Question) -> Solution:
    """Return the cheapest cover of levels by formula, proved in the model; what it does to the targets only the simulation says."""
    case = asked.case
    found, answer, priced = cover(case.instance, asked.seed)
    if found is None:
        return Solution("infeasible", None, None, None, answer.backend, asked.seed, None, clash=answer.clash, digest=answer.digest)
    if wrong := breaches(case.instance, found, answer.objective):
        raise SolverFailed("the checker rejects the solver's answer: " + "; ".join(wrong[:5]))
    reform = as_reform(asked.scenario, case, found)
    dearest = sorted(priced, key=lambda rule: (-priced[rule], rule))
    saved = savings(cover_program(case.instance)[0], answer, tuple(dearest[:SAVINGS]))
    return Solution(
        status=answer.status, objective=answer.objective, bound=answer.bound, gap=answer.gap, backend=answer.backend, seed=asked.seed,
        digest=answer.digest, reform=reform,
        verified=_verified(asked, reform, found.people),
        why=tuple(Rule(rule, priced[rule], saved.get(rule)) for rule in dearest),
        model=(
            *_hours_a_week(case, found.people),
            ("missing_hours_a_week_today", _missing_today(case.instance)),
            ("missing_hours_a_week", float((found.unmet @ case.instance.hours).sum())),
            ("people_trained", float(found.moved.sum())),
        ),
        remarks=case.remarks,
    )  # fmt: skip


def jointly(asked: Question, told: Told) -> Solution:
    """Return the cheapest staffing that keeps the targets in simulation, with the bound of the search."""
    problem, case, hard = asked.problem, asked.case, asked.problem.search
    trials = Trials(
        asked.scenario, problem.horizon or asked.horizon, asked.seed, range(int(hard.replications)), case, asked.plan, problem.targets,
        asked.settings.workers,
    )  # fmt: skip
    names = [f"{t.words}{'' if cell == 'all' else f' [{cell}]'}" for t, cell in trials.names]
    present = case.present > 0 if problem.keep_hours else np.zeros(case.present.shape, dtype=bool)
    budget = None if problem.budget is None else float(problem.budget)
    limits = Limits(trials.section_of_class, present, np.asarray(case.present.any(axis=1)), budget)
    master = Master(case.instance, limits, names, np.array([t.limit for t, _ in trials.names]), asked.seed)
    margin, most = np.zeros(len(names)), int(hard.trials)
    found = search(trials, master, margin, _first(asked, master), most, float(hard.gap), told)
    checked = monotone(trials, master)
    remarks = (*case.remarks, *_assumption(found, checked, trials))
    if found.best is None:
        status: Status = "infeasible" if found.clash else "heuristic"
        said = (*remarks, *_unmet(found, trials, names, master))
        return Solution(status, None, found.bound, None, found.backend, asked.seed, None, clash=found.clash, remarks=said)
    best, rounds = found.best, 0
    while rounds < ROUNDS:
        lacking = _lacking(asked, best, trials)
        if not lacking.any():
            break
        rounds, margin = rounds + 1, margin + lacking
        again = search(trials, master, margin, [], most + rounds * most // 4, float(hard.gap), told)
        if again.best is None or again.best is best:
            break
        best = again.best
    reform = as_reform(asked.scenario, case, Covered(best.people, best.moved, {}, np.zeros((0, 0))))
    sure = checked.broken == 0 and all(t.patient for t in trials.known.values())
    bound = found.bound if sure else master.cheapest([], margin, cuts=False)[1].bound
    gap = None if bound is None else max(0.0, best.cost - bound) / max(1.0, abs(best.cost))
    return Solution(
        status="proved" if gap is not None and gap <= 1e-6 else "bounded", objective=best.cost, bound=bound, gap=gap,
        backend=found.backend, seed=asked.seed, reform=reform, verified=_verified(asked, reform, best.people),
        model=(
            *_hours_a_week(case, best.people), ("people_trained", float(best.moved.sum())),
            ("least_in_the_search", found.best.cost), ("bound_if_more_people_never_lengthen_a_wait", float(found.bound or 0)),
            ("staffings_simulated", float(len(trials.known))), ("searches_with_a_margin", float(rounds)),
        ),
        remarks=remarks,
    )  # fmt: skip


def _first(asked: Question, master: Master) -> list[tuple[Any, Any]]:
    """Return what is simulated before the master is asked: today, the cover of the levels and less, a ladder of each seat."""
    still = np.zeros((len(asked.case.instance.sizes),) * 2, dtype=np.int64)
    guess, _, _ = cover(asked.case.instance, asked.seed)
    first = [(asked.case.instance.today, still)]
    if guess is not None:
        first += [(guess.people, guess.moved), *downward(master, guess.people, guess.moved)]
    return [*first, *ladder(master)]


def _lacking(asked: Question, best: Trial, trials: Trials) -> Floats:
    """Return by how much each requirement lacks certainty on other chance: (high - limit) x n where its interval passes the limit."""
    reform = as_reform(asked.scenario, asked.case, Covered(best.people, best.moved, {}, np.zeros((0, 0))))
    staffed = asked.scenario if reform is None else apply(asked.scenario, reform)
    result = _simulated(asked, [Variant("checked", "none", staffed)], CHECK)
    rows = {(r["measure"], r["group"]): r for r in result.rows}
    short = np.zeros(len(trials.names))
    for j, (target, cell) in enumerate(trials.names):
        row, n = rows.get((target.measure, cell)), float(best.n[j].sum())
        if row is not None and n and best.excess[j].any():
            high = row["high"] if row["high"] is not None else row["value"]
            short[j] = max(0.0, high - target.limit) * n
    return short


def _simulated(asked: Question, variants: Sequence[Variant], first: int) -> Result:
    s = asked.settings
    measures = [*(measure_of(t, asked.queues) for t in asked.problem.targets), *measures_named(["paid_hours"], "optimize staffing")]
    numbers = range(first, first + (s.replications or int(asked.problem.replications)))
    rows = run_variants(
        variants, asked.horizon, asked.seed, numbers, measures, Store(s.store),
        workers=s.workers, on=s.on, fresh=s.fresh, progress=s.progress,
    )  # fmt: skip
    return make_result(rows, measures, {v.name: variants[0].name for v in variants}, (), asked.scenario, {})


def _verified(asked: Question, reform: Reform | None, people: Any) -> tuple[Verified, ...]:
    """Simulate today and the reform on fresh seeds: one row for each target, of its worst cell, and the paid hours."""
    variants = [Variant(asked.scenario.name, "none", asked.scenario)]
    variants += [] if reform is None else [Variant(reform.name, "none", apply(asked.scenario, reform))]
    result = _simulated(asked, variants, FRESH)
    today, name = asked.scenario.name, variants[-1].name
    rows = []
    for target in asked.problem.targets:
        cells = [r for r in result.rows if r["scenario"] == name and r["measure"] == target.measure and r["value"] is not None]
        if target.half_hour is not None or target.day is not None or target.queue is not None:
            cells = _counted(cells, result, name, asked.horizon) or cells
        if not cells:
            continue
        worst = max(cells, key=lambda r: r["value"])
        judged = [verdict(r["low"], r["high"], target.limit) for r in cells]
        whole = "missed" if "missed" in judged else "met" if all(v == "met" for v in judged) else "undecided"
        before: dict[str, Any] = next(
            (dict(r) for r in result.rows if (r["scenario"], r["measure"], r["group"]) == (today, target.measure, worst["group"])), {}
        )
        rows.append(_row(worst, before.get("value"), target.limit, whole if worst["low"] is not None else None, None))
    hours_row, now = result.row(name, "paid_hours"), result.row(today, "paid_hours")
    change = _change_a_day(asked.plan, asked.case, people - asked.case.instance.today)
    aim = now["value"] + change
    # Hours are promised as a change: today's chance is in both, so the paired difference judges.
    judge = verdict(hours_row["difference_low"], hours_row["difference_high"], change)
    rows.append(_row(hours_row, now["value"], aim, judge, hours_row["value"] - aim))
    return tuple(rows)


def _counted(cells: Sequence[Any], result: Result, scenario: str, horizon: Horizon) -> list[Any]:
    """Return cells with as many tickets as working days, as the search counts them."""
    frame = result.replications
    frame = frame[frame["scenario"] == scenario]
    n = frame.groupby(["measure", "group"])["n"].mean()
    return [r for r in cells if n.get((r["measure"], r["group"]), 0.0) >= float(horizon.window_wd)]


def _row(row: Any, before: float | None, target: float, judged: Any, gap: float | None) -> Verified:
    return Verified(
        row["measure"], row["group"], row["unit"], target, row["value"], row["low"], row["high"], int(row["n"]), judged,
        before, row["difference"], row["difference_low"], row["difference_high"], gap,
    )  # fmt: skip


def _assumption(found: Joint, checked: Monotone, trials: Trials) -> tuple[tuple[str, str], ...]:
    """Say on what the bound rests, and what was seen of it."""
    impatient = sum(not t.patient for t in trials.known.values())
    en = "The search's bound holds if more people never lengthen a wait: "
    en += f"in {checked.pairs} pairs of staffings compared it failed in {checked.broken}"
    zh = f"搜索下界以“增人不会延长等候”为前提：比较{checked.pairs}对方案，{checked.broken}对不成立"
    if checked.broken:
        en, zh = f"{en}, by at most {checked.largest:.1%} of a limit", f"{zh}，最大相差限值的{checked.largest:.1%}"
    if checked.broken or impatient:
        en += "; it is no theorem here" + (", for people give up waiting" if impatient else "")
        zh += "；在此并非定理" + ("（有人会中途离开）" if impatient else "")
        if found.best is not None:
            en += ", so the bound told rests on heads, windows, hours kept and budget alone"
            zh += "，因此所报下界只依据人数、窗口、保留时段和预算"
    if found.clash:
        en, zh = f"{en}. That no staffing keeps the requirements rests on it too", f"{zh}。“无方案可行”的结论也以此为前提"
    return ((f"{en}.", f"{zh}。"),)


def _unmet(found: Joint, trials: Trials, names: Sequence[str], master: Master) -> tuple[tuple[str, str], ...]:
    """Say what the requirements came to in the staffing with the most hours."""
    if not trials.known:
        return ()
    full = max(trials.known.values(), key=lambda t: float(np.einsum("gsw,s->", t.people, master.instance.paid)))
    said = []
    for j in np.flatnonzero(full.misses()).tolist():
        value = float(full.excess[j].sum() / full.n[j].sum()) + float(master.at_most[j])
        shown = f"{value / 60:.1f} min" if trials.names[j][0].wait is not None else f"{value:.1%}"
        said.append((f"With everybody seated: {names[j]} comes to {shown}.", f"全员上岗时：{names[j]} 为 {shown}。"))
    return tuple(said)


def _hours_a_week(case: Case, people: Any) -> tuple[tuple[str, float], ...]:
    today, proposed = (float(np.einsum("gsw,s->", p, case.instance.paid)) for p in (case.instance.today, people))
    return ("paid_hours_a_week_today", today), ("paid_hours_a_week", proposed)


def _change_a_day(plan: Plan, case: Case, more: Any) -> float:
    """Return the change in paid hours a working date of the measured window, its open Saturdays included; `more` by (g, s, w)."""
    first, last = (t // DAY for t in plan.window)
    days = Days.of(plan.calendar, last)
    works, saturdays = (int(kind[first:last].sum()) for kind in (days.working, days.saturday))
    by_shift = more.sum(axis=(0, 2))
    rows = [plan.scenario.centre.shifts[name] for name in case.shifts]
    week = sum(float(n) * (hours(row.working) * works + hours(row.saturday) * saturdays) for n, row in zip(by_shift, rows, strict=True))
    return week / max(1, works)


def _missing_today(instance: Cover) -> float:
    """Return the missing hours of today's people, each where he sits and in his shift: the cover with nobody free to change."""
    fixed = replace(instance, paid=np.zeros_like(instance.paid), training=1e5, change=1e5)
    found, _, _ = cover(fixed)
    if found is None:
        raise SolverFailed("today's people do not fit on today's windows, so there is nothing to compare with")
    return float((found.unmet @ instance.hours).sum())


__all__ = ["Prices", "Question", "StaffingProblem", "as_reform", "optimize_staffing", "staffing_case"]
