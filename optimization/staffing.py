"""Window staffing: who sits at which windows in which shift, searched with the simulation in the loop, and simulated anew on fresh seeds.

Three sets of chance, none used for two ends: replications 0 and up to search, those from `CHECK` up to see whether the answer keeps its
targets elsewhere (else it is searched again with a margin), those from `FRESH` up to report.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimization.cover import Cover, Covered, breaches, cover, cover_program
from optimization.joint_staffing import Joint, cheapest_known, downward, ladder, monotone, proved_bound, search
from optimization.least_hours import least_hours
from optimization.master import Cuts, Limits, Master
from optimization.permissions import worth_in_levels, worth_in_parts
from optimization.solution import Rule, Verified
from optimization.solvers import SolverFailed, Status, savings
from optimization.staffing_answer import Staffing, with_roster
from optimization.staffing_case import Case, as_reform, staffing_case
from optimization.staffing_problem import Prices, StaffingProblem, usual
from optimization.staffing_verified import Question, simulated, verified
from optimization.trials import Trial, Trials
from optimization.whole_days import paid_hours, short_days
from simulation.experiment import Variant
from simulation.horizons import calendar_for
from simulation.plan import compile_plan
from simulation.reforms import Reform, apply
from simulation.scenario import Scenario
from simulation.verbs import Settings, moved_to

SAVINGS = 12
"""Of so many rules with the highest price it is worked out what leaving them out altogether saves."""
Floats = NDArray[np.float64]
PLAIN = Settings()
CHECK = 500_000
"""First replication of those that say whether a search needs a margin."""
CONDITIONAL = "bound_if_more_people_never_lengthen_a_wait_and_sections_do_not_affect_each_other"
FIRST = 0.65
"""Part of the time of the searches that the first may have: the rest is for those with a margin."""
ROUNDS = 3
"""Searches with a larger margin, at most."""
NEITHER = (
    "Without the budget no staffing was found either that keeps the other requirements.", "即使不设预算，也未找到满足其余要求的方案。",
)  # fmt: skip
Told = Callable[[int, float | None, float | None], None]


def optimize_staffing(
    scenario: Scenario, settings: Settings = PLAIN, problem: StaffingProblem | None = None, told: Told = lambda n, cost, bound: None,
    *, steady: bool = False,
) -> Staffing:  # fmt: skip
    """Propose who sits at which windows in which shift, with a bound; simulate it beside `scenario` on fresh seeds; name the roster.

    Ctrl-C in the search gives the best staffing so far, simulated like any other; Ctrl-C in that simulation leaves it out, and says so.

    Parameters
    ----------
    scenario : Scenario
    settings : seed, replications and days of the verification, store and workers.
    problem : targets, budget, prices, how hard to search; `staffing_problem.usual` when left out.
    told : called in the search with staffings simulated, cost of the best that keeps the targets, and bound; points a week.
    steady : the same bytes each time on one machine; the clock has no part in it, and is not told.

    Raises
    ------
    SolverFailed : no solution and no proof, or an answer that the independent checker rejects.
    """
    problem = problem or usual(scenario)
    moved, horizon = moved_to(scenario, scenario.horizon, settings)
    seed = int(problem.seed) if settings.seed is None else settings.seed
    plan = compile_plan(moved, calendar_for(moved, horizon), horizon)
    case = staffing_case(plan, problem.prices, problem.permissions, float(problem.least_day) / 3600)
    asked = Question(problem, moved, horizon, seed, plan, case, settings, steady)
    return by_levels(asked) if problem.method == "levels" else jointly(asked, told)


def by_levels(asked: Question) -> Staffing:
    """Return the cheapest cover of levels by formula, proved in the model; what it does to the targets only the simulation says."""
    case = asked.case
    found, answer, priced = cover(case.instance, asked.seed, steady=asked.steady)
    if found is None:
        return Staffing("infeasible", None, None, None, answer.backend, asked.seed, None, clash=answer.clash, digest=answer.digest)
    if wrong := breaches(case.instance, found, answer.objective):
        raise SolverFailed("the checker rejects the solver's answer: " + "; ".join(wrong[:5]))
    reform = as_reform(asked.scenario, case, found)
    dearest = sorted(priced, key=lambda rule: (-priced[rule], rule))
    saved = savings(cover_program(case.instance)[0], answer, tuple(dearest[:SAVINGS]))
    tested, cells, unsaid = _verified(asked, reform, found.people)
    solution = Staffing(
        status=answer.status, objective=answer.objective, bound=answer.bound, gap=answer.gap, backend=answer.backend, seed=asked.seed,
        digest=answer.digest, seconds=answer.seconds, reform=reform, verified=tested, cells=cells,
        why=tuple(Rule(rule, priced[rule], saved.get(rule)) for rule in dearest),
        model=(
            *_hours_a_week(case, found.people),
            ("missing_hours_a_week_today", _missing_today(case.instance)),
            ("missing_hours_a_week", float((found.unmet @ case.instance.hours).sum())),
            ("people_trained", float(found.moved.sum())),
        ),
        remarks=(*case.remarks, *unsaid), permissions=worth_in_levels(case, found, answer, asked.seed, asked.steady),
        short_days=short_days(case.instance, found.people, float(asked.problem.least_day) / 3600),
    )  # fmt: skip
    return with_roster(solution, asked)


def jointly(asked: Question, told: Told) -> Staffing:
    """Return the cheapest staffing that keeps the targets in simulation, with the bound of the search."""
    problem, case, hard, began = asked.problem, asked.case, asked.problem.search, time.monotonic()
    trials = Trials(
        asked.scenario, problem.horizon or asked.horizon, asked.seed, range(int(hard.replications)), case, asked.plan, problem.targets,
        asked.settings.workers, asked.settings.engine,
    )  # fmt: skip
    names = [f"{t.words}{'' if cell == 'all' else f' [{cell}]'}" for t, cell in trials.names]
    present = case.present > 0 if problem.keep_hours else np.zeros(case.present.shape, dtype=bool)
    budget = None if problem.budget is None else float(problem.budget)
    limits = Limits(trials.section_of_class, present, np.asarray(case.present.any(axis=1)), budget)
    master = Master(case.instance, limits, names, np.array([t.limit for t, _ in trials.names]), asked.seed, asked.steady)
    master.ends = inf if asked.steady else began + FIRST * float(hard.seconds)
    margin, most = np.zeros(len(names)), int(hard.trials)
    found = search(trials, master, margin, _first(asked, master), most, float(hard.gap), told)
    if found.best is None:
        plain, sure = proved_bound(trials, master)
        impossible = plain is not None and plain.values is None
        proof = plain if plain is not None and impossible else found
        cuts: Cuts = "whole" if sure else "none"
        clash = master.clash(list(trials.known.values()), np.zeros(len(names)), cuts) if impossible else ()
        said = (*case.remarks, *_assumption(found, trials, master, sure), *_stopped(found), *_unmet(found, trials, names, master))
        status: Status = "infeasible" if impossible else "heuristic"
        said = said if impossible or not found.clash else (_clashing(found), *said)
        master.ends = inf if asked.steady else began + float(hard.seconds)
        clashing = "budget" in (clash if impossible else found.clash) and not found.stopped
        needed = least_hours(trials, master, lambda m: _first(asked, m), most, float(hard.gap)).model if clashing else ()
        said = (*said, NEITHER) if clashing and not needed else said
        seconds = None if asked.steady else time.monotonic() - began
        return Staffing(
            status, None, None if plain is None else plain.bound, None, proof.backend, asked.seed, None,
            clash=clash, remarks=said, seconds=seconds, digest=proof.digest, model=needed,
        )  # fmt: skip
    master.ends = inf if asked.steady else began + float(hard.seconds)
    best, margin, rounds, last = _safe(asked, trials, master, found, told)
    plain, sure = proved_bound(trials, master)
    least = (cheapest_known(trials, master, np.zeros(len(names))) or best).cost
    below = found.bound is not None and found.bound > least + 1e-6 * max(1.0, least)
    refuted = replace(found, refuted=found.refuted or last.refuted or below)
    remarks = (*case.remarks, *_assumption(refuted, trials, master, sure), *_stopped(last))
    reform = as_reform(asked.scenario, case, Covered(best.people, best.moved, {}, np.zeros((0, 0))))
    bound, digest = (None, found.digest) if plain is None else (plain.bound, plain.digest)
    worth = worth_in_parts(case, trials, master, margin, best)
    seconds = None if asked.steady else time.monotonic() - began
    tested, cells, unsaid = _verified(asked, reform, best.people)
    gap = None if bound is None else max(0.0, best.cost - bound) / max(1.0, abs(best.cost))
    solution = Staffing(
        status="heuristic" if gap is None else "proved" if gap <= 1e-6 else "bounded", objective=best.cost, bound=bound, gap=gap,
        backend=found.backend if plain is None else plain.backend, seed=asked.seed, reform=reform, verified=tested, cells=cells,
        seconds=seconds, digest=digest, permissions=worth,
        short_days=short_days(case.instance, best.people, float(problem.least_day) / 3600),
        model=(
            *_hours_a_week(case, best.people), ("people_trained", float(best.moved.sum())),
            ("least_in_the_search", least),
            *(((CONDITIONAL, found.bound),) if found.bound is not None and not refuted.refuted else ()),
            ("staffings_simulated", float(len({t.people.tobytes() for t in trials.known.values()}))),
            ("searches_with_a_margin", float(rounds)),
        ),
        remarks=(*remarks, *_overtime(tested), *unsaid),
    )  # fmt: skip
    return with_roster(solution, asked)


def _safe(asked: Question, trials: Trials, master: Master, found: Joint, told: Told) -> tuple[Trial, Floats, int, Joint]:
    """Search again with a margin while the best does not keep its targets on other chance; return best, margin, rounds, last search.

    Each begins with the cheapest recombination of what was simulated that keeps the margin.
    """
    hard, most, margin, rounds = asked.problem.search, int(asked.problem.search.trials), np.zeros(len(trials.names)), 0
    assert found.best is not None
    best = found.best
    while rounds < ROUNDS and not found.stopped and not master.late:
        try:
            lacking = _lacking(asked, best, trials)
            again = master.recombined(list(trials.known.values()), margin + lacking) if lacking.any() else None
        except KeyboardInterrupt:
            return best, margin, rounds, replace(found, stopped=True)
        if not lacking.any():
            break
        rounds, margin = rounds + 1, margin + lacking
        found = search(trials, master, margin, [] if again is None else [again], most + rounds * most // 4, float(hard.gap), told)
        if found.best is None or found.best is best:
            break
        best = found.best
    return best, margin, rounds, replace(found, late=found.late or master.late)


def _verified(
    asked: Question, reform: Reform | None, people: Any
) -> tuple[tuple[Verified, ...], tuple[Verified, ...], tuple[tuple[str, str], ...]]:
    """Return the verification, its cells, or nothing and why where the user stopped it."""
    try:
        return *verified(asked, reform, people), ()
    except KeyboardInterrupt:
        en = "Stopped by hand before the simulation on fresh seeds: nothing here is verified."
        return (), (), ((en, "验证仿真被中断：本答案未经新种子验证。"),)


def _stopped(found: Joint) -> tuple[tuple[str, str], ...]:
    if found.late and not found.stopped:
        en = f"The searches used up their time (search.seconds) after {found.trials} staffings: the best so far, perhaps unchecked."
        return ((en, f"搜索时限（search.seconds）在模拟{found.trials}个方案后用尽：所示为当前最优方案，未做完全部检验。"),)
    if not found.stopped:
        return ()
    en = f"The search was stopped by hand after {found.trials} staffings: this is the best so far, and the bound so far."
    return ((en, f"搜索在模拟{found.trials}个方案后被中断：所示为当前最优方案和当前下界。"),)


def _overtime(rows: Sequence[Verified]) -> tuple[tuple[str, str], ...]:
    """Say by how much the simulated change of paid hours differs from that of the roster: overtime."""
    by = {row.measure: row.difference for row in rows}
    roster, paid = by.get("rostered_hours"), by.get("paid_hours")
    if roster is None or paid is None or abs(paid - roster) < 0.05:
        return ()
    en = f"Paid hours change by {paid:+.1f} h a day in the simulation, {roster:+.1f} h by the roster and {paid - roster:+.1f} h by overtime"
    zh = f"仿真中付薪工时每日变化{paid:+.1f}小时：排班{roster:+.1f}小时，加班{paid - roster:+.1f}小时"
    en = f"{en} (people who finish whom they serve after closing); the roster promises its part alone."
    return ((en, f"{zh}（下班后办完手头业务）；方案只承诺排班部分。"),)


def _first(asked: Question, master: Master) -> list[tuple[Any, Any]]:
    """Return what is simulated before the master is asked: today, the cover of the levels and less, a ladder of each seat."""
    still = np.zeros((len(asked.case.instance.sizes),) * 2, dtype=np.int64)
    guess, _, _ = cover(asked.case.instance, asked.seed, steady=asked.steady)
    first = [(asked.case.instance.today, still)]
    if guess is not None:
        first += [(guess.people, guess.moved), *downward(master, guess.people, guess.moved)]
    return [*first, *ladder(master)]


def _lacking(asked: Question, best: Trial, trials: Trials) -> Floats:
    """Return by how much each requirement lacks certainty on other chance: (high - limit) x n where its interval passes the limit.

    Never more than the half-width of that interval; one cell of many is asked for more only where its value passes the limit: cells of
    few tickets have wide intervals, which more people do not make narrow.
    """
    reform = as_reform(asked.scenario, asked.case, Covered(best.people, best.moved, {}, np.zeros((0, 0))))
    staffed = asked.scenario if reform is None else apply(asked.scenario, reform)
    result = simulated(asked, [Variant("checked", "none", staffed)], CHECK)
    rows = {(r["measure"], r["group"]): r for r in result.rows}
    short = np.zeros(len(trials.names))
    for j, (target, cell) in enumerate(trials.names):
        row, n = rows.get((target.measure, cell)), float(best.n[j].sum())
        if row is not None and row["value"] is not None and n and best.excess[j].any():
            high = row["high"] if row["high"] is not None else row["value"]
            above = row["value"] > target.limit
            short[j] = max(0.0, min(high - target.limit, high - row["value"])) * n if above or cell == "all" else 0.0
    return short


def _assumption(found: Joint, trials: Trials, master: Master, sure: bool) -> tuple[tuple[str, str], ...]:
    """Say on what bounds rest, and what was seen of it."""
    parts, whole = monotone(trials, master), monotone(trials, master, whole=True)
    en = "The search is guided by two assumptions, that more people never lengthen a wait and that sections (queues that share people) do "
    en += f"not affect each other: in {parts.pairs} comparisons of a section between staffings they failed in {parts.broken}"
    zh = f"搜索以“增人不会延长等候”和“各组（共用人员的队列）互不影响”为前提：比较{parts.pairs}次，{parts.broken}次不成立"
    if parts.largest:
        en, zh = f"{en}, by at most {parts.largest:.1%} of a limit", f"{zh}，最大相差限值的{parts.largest:.1%}"
    kinds = [(parts.equal, "with the same people there: the second failed", "次该组人员相同，不成立的是后者")]
    kinds += [(parts.broken - parts.equal, "with more people there: the first or the second failed", "次该组增了人，不成立的是前者或后者")]
    if which := [kind for kind in kinds if kind[0] > 0]:
        en += f" (in {'; in '.join(f'{n} {words}' for n, words, _ in which)})"
        zh += f"（其中{'；'.join(f'{n}{words}' for n, _, words in which)}）"
    if found.refuted:
        en += "; a staffing that keeps the targets costs less than the search's bound, so they are refuted: not sure, it is not told"
        zh += "；有达标方案低于搜索下界，前提已被否定：结论不确定，不报该下界"
    if sure:
        en += f". The bound told needs the first alone, of whole staffings: in {whole.pairs} pairs it failed in 0"
        zh += f"。所报下界只需前者（就整体方案而言）：{whole.pairs}对中0对不成立"
    else:
        left = any(not t.patient for t in trials.known.values())
        en += ". The first is no theorem here" + (" (people give up waiting)" if left else f" ({whole.broken} of {whole.pairs} pairs fail)")
        en += ", so the bound told rests on heads, windows, hours kept and budget alone"
        zh += "。前者在此并非定理" + ("（有人会中途离开）" if left else f"（{whole.pairs}对中{whole.broken}对不成立）")
        zh += "，因此所报下界只依据人数、窗口、保留时段和预算"
    n = len(trials.replications)
    en += f". Bound, gap and `proved` are of this sample of {n} replications alone: the fresh seeds say what holds elsewhere."
    return ((en, f"{zh}。下界、差距和“proved”仅就这{n}次重复的样本而言；其他情形见新种子的结果。"),)


def _clashing(found: Joint) -> tuple[str, str]:
    told = "; ".join(found.clash)
    en = "If more people never lengthen a wait and sections do not affect each other, which is not proved, these cannot hold together"
    return f"{en}: {told}.", f"若增人不会延长等候且各组互不影响（未证明），则以下要求不能同时满足：{told}。"


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
    today, proposed = (paid_hours(case.instance, p) for p in (case.instance.today, people))
    return ("paid_hours_a_week_today", today), ("paid_hours_a_week", proposed)


def _missing_today(instance: Cover) -> float:
    """Return the missing hours of today's people, each where he sits and in his shift: the cover with nobody free to change."""
    fixed = replace(instance, paid=np.zeros_like(instance.paid), training=1e5, change=1e5)
    found, _, _ = cover(fixed)
    if found is None:
        raise SolverFailed("today's people do not fit on today's windows, so there is nothing to compare with")
    return float((found.unmet @ instance.hours).sum())


__all__ = ["Prices", "Question", "StaffingProblem", "as_reform", "optimize_staffing", "staffing_case"]
