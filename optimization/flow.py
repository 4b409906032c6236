"""Approval flow: which checks side by side, in which order, what to drop, merge or decide elsewhere; proved in the model, then simulated.

The model counts the work of people and working days at mean times, without queues. So of each item the cheapest answers are simulated
beside each other for the same citizens, the best of them by simulated days is taken, and all of them together are verified on fresh seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimization.flow_answers import Answers, Clash, FlowAnswer, answers
from optimization.flow_problem import FlowProblem, as_reform
from optimization.outlay import cost_together, highest
from optimization.solution import Rule, Solution, Verified, verdict
from optimization.solvers import SolverFailed
from simulation.experiment import FRESH, Variant
from simulation.frozen import Title
from simulation.reforms import Reform, apply
from simulation.result import Result, make_result
from simulation.scenario import Horizon, Scenario, seasoned
from simulation.units import Count, Duration
from simulation.verbs import Settings, measures_named, moved_to, rows_of

PLAIN = Settings()
DAYS = "lead_gross_wd"
SHOWN = (DAYS, "on_time_promise", "denied_share")
"""Measures of each item; the first, receipt to decision with nothing deducted, is what the model counts."""
PROVED = 1e-5
"""Of more than eight checks the program counts in whole parts, rounded to the side of the bound."""
HARMS = ("wait_mean", "walk_away_share")
AROUND = (DAYS, *HARMS)
"""Measures of the whole centre; those of harm, which no item may spoil, are held against today's value."""


@dataclass(frozen=True)
class Chosen:
    """What became of one item: today's route, the answer taken, and the simulated days of the answers compared (today's first)."""

    today: FlowAnswer
    taken: FlowAnswer
    compared: tuple[tuple[FlowAnswer, float | None], ...]
    cases: float
    """A day, all channels."""


@dataclass(frozen=True)
class FlowSolution(Solution):
    """A solution with the routes behind it.

    Attributes
    ----------
    refused : moves that an edit or the law refuses, with the reason.
    otherwise : (minutes that a day is worth, the model's best answer then), at the ends of its range, where it is another one.
    """

    routes: tuple[Chosen, ...] = ()
    refused: tuple[str, ...] = ()
    otherwise: tuple[tuple[float, FlowAnswer], ...] = ()

    def document(self) -> dict[str, Any]:
        """Return plain values, as `Solution`, with the routes."""
        others = [{"day_minutes": day, "item": a.item, **_plain(a)} for day, a in self.otherwise]
        return {**super().document(), "routes": [_row(c) for c in self.routes], "refused": list(self.refused), "otherwise": others}


def optimize_flow(scenario: Scenario, problem: FlowProblem, settings: Settings = PLAIN) -> FlowSolution:
    """Return, for the items asked about, the routes that cost least, simulated and verified.

    Parameters
    ----------
    scenario : today's.
    problem : items, precedences, moves and what a day is worth; its replications are overridden by those of `settings`.
    settings : seed, replications, days, store and workers of the simulation.

    Returns
    -------
    The bound is that of the model over all lawful answers; where simulated days favour another answer than the model's best, what is
    proposed lies above it, and the status is `bounded`. Moves are priced against the best answer without them.

    Raises
    ------
    SolverFailed : no order and no proof, an answer that the checker rejects, or one below the bound.
    """
    moved, horizon = moved_to(scenario, problem.horizon or scenario.horizon, settings)
    seed = settings.seed if settings.seed is not None else int(problem.seed)
    try:
        found = {name: answers(moved, problem, name, seed) for name in problem.items}
    except Clash as clash:
        return FlowSolution("infeasible", None, None, None, "search for a cycle", seed, None, clash=clash.rules)
    if none := [line for f in found.values() if not f.best for line in f.refused]:
        return FlowSolution("infeasible", None, None, None, "enumeration", seed, None, clash=tuple(none))
    centre = _Centre(moved, horizon, seed, settings, problem)
    compared = _compared(centre, found)
    taken = {
        name: min(rows if found[name].keeps else rows[1:], key=lambda row: _simulated(problem, *row))[0] for name, rows in compared.items()
    }
    reform = _reform(centre, tuple(taken.values()))
    verified = _verified(centre, reform, taken)
    cases = {n: sum(float(need.rate) for need in scenario.world.needs.values() if n in need.items) for n in found}
    objective = sum(cases[n] * taken[n].value for n in found)
    bound = sum(cases[n] * found[n].bound for n in found)
    gap = (objective - bound) / max(1.0, abs(objective))
    if gap < -PROVED:
        raise SolverFailed(f"what is taken costs {objective:g} minutes a day, less than the bound of all, {bound:g}")
    return FlowSolution(
        status="proved" if gap <= PROVED else "bounded",
        objective=objective,
        bound=bound,
        gap=max(0.0, gap),
        backend=", ".join(sorted({a.backend for f in found.values() for a in f.best if a.backend})) or "enumeration",
        seed=seed,
        reform=reform,
        verified=verified,
        why=_prices(problem, found, taken, cases),
        model=tuple(row for n in found for row in _promised(n, found[n].today, taken[n])),
        routes=tuple(Chosen(found[n].today, taken[n], tuple(compared[n]), cases[n]) for n in found),
        refused=tuple(r for f in found.values() for r in f.refused),
        remarks=(*(_broken(moved, n) for n in found if not found[n].keeps), *(_stopped(moved, n) for n in found if found[n].stopped),
                 *_stated(problem, tuple(taken.values()))),
        otherwise=_otherwise(moved, problem, found, seed),
    )


def _broken(scenario: Scenario, name: str) -> tuple[str, str]:
    """Say that today's route is shown only."""
    title = scenario.centre.items[name].title
    return (
        f"{title.en}: today's route does not keep the precedence asked for; it is shown, and never taken",
        f"{title.zh}：现行流程不符合所要求的先后次序，仅列出供对照，不予采用",
    )


def _stopped(scenario: Scenario, name: str) -> tuple[str, str]:
    """Say that an order is the best so far."""
    title = scenario.centre.items[name].title
    return (
        f"{title.en}: the search for an order of its checks was stopped by hand: the best so far, with the bound so far",
        f"{title.zh}：审查次序的搜索由人工中止，所列为截至目前的最优次序与下界",
    )


def _otherwise(scenario: Scenario, problem: FlowProblem, found: Mapping[str, Answers], seed: int) -> tuple[tuple[float, FlowAnswer], ...]:
    """Return the model's best answers at the ends of the range of what a day is worth, where they are others."""
    rows = []
    for end in (problem.day.low, problem.day.high):
        if end is not None:
            asked = problem.model_copy(update={"day": Duration(end), "top": Count(1)})
            best = ((name, answers(scenario, asked, name, seed).best[0]) for name in found)
            rows += [(end / 60, a) for name, a in best if (a.moves, a.order) != (found[name].best[0].moves, found[name].best[0].order)]
    return tuple(rows)


@dataclass(frozen=True)
class _Centre:
    scenario: Scenario
    horizon: Horizon
    seed: int
    settings: Settings
    problem: FlowProblem

    def simulated(self, variants: Sequence[tuple[str, Reform | None]], replications: Sequence[int], names: Sequence[str]) -> Result:
        """Simulate reforms beside each other for the same citizens, everybody used to them."""
        measures = measures_named([*dict.fromkeys(names)], "optimize flow")
        plans = [Variant(n, "none", seasoned(apply(self.scenario, r) if r is not None else self.scenario)) for n, r in variants]
        rows = rows_of(plans, self.horizon, self.seed, replications, measures, self.settings)
        return make_result(rows, measures, {v.name: plans[0].name for v in plans}, (), self.scenario, {})


def _compared(centre: _Centre, found: Mapping[str, Answers]) -> dict[str, list[tuple[FlowAnswer, float | None]]]:
    """Return today and each item's answers with their simulated working days: all first answers run together, then all second ones."""
    ranks = max(len(f.best) for f in found.values())
    variants: list[tuple[str, Reform | None]] = [(centre.scenario.name, None)]
    for k in range(ranks):
        reform = _reform(centre, tuple(f.best[min(k, len(f.best) - 1)] for f in found.values()))
        variants.append((f"answer {k + 1}", reform))
    result = centre.simulated(variants, range(int(centre.problem.choosing)), [DAYS])
    return {
        name: [
            (f.today, _value(result, centre.scenario.name, DAYS, name)),
            *((a, _value(result, f"answer {k + 1}", DAYS, name)) for k, a in enumerate(f.best)),
        ]
        for name, f in found.items()
    }


def _simulated(problem: FlowProblem, answer: FlowAnswer, wd: float | None) -> tuple[float, float]:
    """Return what an answer costs with its simulated days; expected work does not depend on queues."""
    return answer.work + answer.price + float(problem.day) / 60 * (answer.wd if wd is None else wd), answer.value


def _reform(centre: _Centre, chosen: tuple[FlowAnswer, ...]) -> Reform | None:
    edits = tuple(edit for answer in chosen for edit in answer.edits)
    if not edits:
        return None
    en = "; ".join(f"{a.item}: {', '.join(filter(None, (*a.moves, a.order.en)))}" for a in chosen if a.edits)
    zh = "；".join(f"{a.item}：{'、'.join(filter(None, (*a.moves, a.order.zh)))}" for a in chosen if a.edits)
    reason = Title(en=f"Proposed by optimize flow. {en}.", zh=f"由审批流程优化提出。{zh}。")
    named, own = _named(centre.problem, chosen)
    lead = max([*(float(r.lead_time) for r in named), *([float(centre.problem.lead_time)] if own else [])])
    more = {"source": "assumption" if named else None, "cost": cost_together(named), "lead_time": Duration(lead)}
    who = highest([centre.problem.authority, *(r.authority for r in named)])
    return as_reform(centre.scenario, edits, f"{centre.scenario.name}-flow", who, reason, **more)


def _named(problem: FlowProblem, chosen: Sequence[FlowAnswer]) -> tuple[list[Reform], bool]:
    """Return the reforms that the moves made are of, each once, and whether something is changed besides them."""
    found: dict[str, Reform] = {}
    rest = 0
    for answer in chosen:
        rest += len(answer.edits)
        for move in (problem.items[answer.item].moves[m] for m in answer.moves):
            if (whole := move.part_of) is not None:
                found[whole.name] = whole
                rest -= len(move.changes)
    return list(found.values()), rest > 0


def _stated(problem: FlowProblem, chosen: Sequence[FlowAnswer]) -> tuple[tuple[str, str], ...]:
    """Say where cost and lead time come from."""
    named, own = _named(problem, chosen)
    days = float(problem.lead_time) / 86_400
    en, zh = ", ".join(r.title.en for r in named), "、".join(r.title.zh for r in named)
    told = [(
        f"Cost and lead time are those of the reforms whose moves are made, each whole, also where only a part of it is taken: {en}.",
        f"费用和就绪时间取自所采用环节所属的改革措施，各按整项计（即使只采用其中一部分）：{zh}。",
    )] if named else []  # fmt: skip
    told += [(
        f"What is of no reform, another order of checks say, is taken to be ready in {days:g} days; its cost is not stated.",
        f"不属于任何改革措施的改动（如调整审查次序）按{days:g}天就绪计，费用未列。",
    )] if own else []  # fmt: skip
    return tuple(told)


def _verified(centre: _Centre, reform: Reform | None, taken: Mapping[str, FlowAnswer]) -> tuple[Verified, ...]:
    """Return the measures of each item and of the centre on fresh seeds; sooner, and harm, are judged by the paired difference."""
    n, today = centre.settings.replications or int(centre.problem.replications), centre.scenario.name
    variants: list[tuple[str, Reform | None]] = [(today, None)]
    variants += [] if reform is None else [(reform.name, reform)]
    result = centre.simulated(variants, range(FRESH, FRESH + n), [*SHOWN, *AROUND])
    rows = {(r["scenario"], r["measure"], r["group"]): r for r in result.rows}
    asked = [(m, f"item:{name}", name) for name in taken for m in SHOWN] + [(m, "all", "") for m in AROUND]
    verified = []
    for measure, group, name in asked:
        row, before = rows.get((variants[-1][0], measure, group)), rows.get((today, measure, group))
        if row is None or before is None:
            continue
        changed = taken[name].edits and measure == DAYS if name else reform is not None and measure in HARMS
        target = before["value"] if changed else None
        judged = None if target is None else verdict(row["difference_low"], row["difference_high"], 0.0)
        gap = row["value"] - taken[name].wd if measure == DAYS and name and row["value"] is not None else None
        verified.append(
            Verified(
                measure, group, row["unit"], target, row["value"], row["low"], row["high"], int(row["n"]), judged,
                before["value"], row["difference"], row["difference_low"], row["difference_high"], gap,
            )
        )  # fmt: skip
    return tuple(verified)


def told(problem: FlowProblem, name: str, move: str) -> Title:
    """Return a move, the item it is of and the article that allows it, in words."""
    one = problem.items[name].moves[move]
    return Title(en=f"{name}: {one.title.en} ({one.article.en})", zh=f"{name}：{one.title.zh}（{one.article.zh}）")


def _prices(
    problem: FlowProblem, found: Mapping[str, Answers], taken: Mapping[str, FlowAnswer], cases: Mapping[str, float]
) -> tuple[Rule, ...]:
    """Return what each move that is made saves: the least value of an answer without it, less that of the answer, in minutes a day."""
    rows = []
    for name, answer in taken.items():
        for move in answer.moves:
            without = min(value for moves, value in found[name].worth.items() if move not in moves)
            saving = cases[name] * (without - answer.value)
            rows.append(Rule(told(problem, name, move).en, None, saving))
    return tuple(sorted(rows, key=lambda row: (-(row.saving or 0.0), row.rule)))


def _promised(name: str, today: FlowAnswer, taken: FlowAnswer) -> tuple[tuple[str, float], ...]:
    return (
        (f"{name}_wd_today", today.wd), (f"{name}_wd", taken.wd), (f"{name}_minutes_today", today.work), (f"{name}_minutes", taken.work),
    )  # fmt: skip


def _value(result: Result, scenario: str, measure: str, item: str) -> float | None:
    rows = (r for r in result.rows if (r["scenario"], r["measure"], r["group"]) == (scenario, measure, f"item:{item}"))
    found = next(rows, None)
    return None if found is None or found["value"] is None else float(found["value"])


def _row(chosen: Chosen) -> dict[str, Any]:
    compared = [{**_plain(a), "simulated_wd": wd} for a, wd in chosen.compared]
    return {"item": chosen.today.item, "cases_a_day": chosen.cases, "taken": _plain(chosen.taken), "compared": compared}


def _plain(answer: FlowAnswer) -> dict[str, Any]:
    return {
        "moves": list(answer.moves), "order": answer.order.en, "minutes": answer.work, "wd": answer.wd, "price": answer.price,
        "value": answer.value, "bound": answer.bound,
    }  # fmt: skip


__all__ = ["DAYS", "Chosen", "FlowSolution", "optimize_flow", "told"]
