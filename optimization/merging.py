"""Department merging: the partition of departments that saves most within the rules, the price of each rule, and what simulation says.

The pairs' weights come from logs of today (`weights`), the partition is proved (`partition`), the k best different ones become Reforms,
KN chooses among them and today in simulation, and the choice is verified on fresh seeds beside what could be done instead of merging.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimization.bodies import TOLERANCE, Bodies, Partition, Partitioned, breaches
from optimization.fourwords import GAP, MEASURES, Point, not_behind, points
from optimization.merging_problem import MergingProblem
from optimization.partition import best_partitions, partition
from optimization.solution import Rule, Solution, Verified, verdict
from optimization.solvers import SolverFailed, Status
from optimization.weights import Measured, Weights, measured, weights
from simulation.contest import Contest, best
from simulation.experiment import FRESH, Experiment, Variant
from simulation.frozen import Title
from simulation.horizons import calendar_for
from simulation.reforms import Cost, Reform, apply
from simulation.reforms.bodies import MergeDepartments
from simulation.result import make_result
from simulation.scenario import Scenario, seasoned
from simulation.units import Duration, Money
from simulation.verbs import Settings, load_reform, prepared, rows_of

if TYPE_CHECKING:
    from simulation.log import EventLog

Floats = NDArray[np.float64]
PLAIN = Settings()
LOGS = 2
"""Replications of today from which hand-overs are counted; used for nothing else."""
COUNTED_FROM = 500_000
ASSUMED = {"proposed_by": "assumed", "approved_by": "assumed", "filed_with": "assumed"}


@dataclass(frozen=True)
class Named:
    """A rule in words and what it adds to the instance: pairs and members are joined, numbers replace."""

    words: Title
    adds: Mapping[str, Any]


@dataclass(frozen=True)
class Proposal:
    """One of the k best partitions: its reform, its gain in money a year, and each component of the gain.

    The bound of `answer` is that of all partitions within the rules, whichever proposal it is.
    """

    reform: Reform | None
    bodies: tuple[tuple[str, ...], ...]
    answer: Partitioned
    parts: Mapping[str, float]


@dataclass(frozen=True)
class Merger:
    """The answer.

    Attributes
    ----------
    solution : of the proposal that simulation chose, the model's best where today is in front; its `rules` are what each rule costs,
        money a year.
    clash : where there is no partition, a smallest set of rules that contradict each other.
    rules : all rules of the problem, in words.
    beside : figures of all proposals and alternatives on fresh seeds, today first.
    """

    solution: Solution
    weights: Weights
    proposals: tuple[Proposal, ...]
    clash: tuple[Title, ...]
    rules: tuple[Title, ...]
    contest: Contest | None
    beside: tuple[Point, ...]

    @property
    def instead(self) -> tuple[str, ...]:
        """Return what is surely better than the proposal in some figure of the four words and surely worse in none, the best first."""
        shown = next((p for p in self.beside if self.solution.reform is not None and p.name == self.solution.reform.name), None)
        return () if shown is None else tuple(p.name for p in not_behind(self.beside, shown))

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        return {
            **self.solution.document(),
            "instead": list(self.instead),
            "proposals": [
                {"reform": None if p.reform is None else p.reform.name, "bodies": [list(b) for b in p.bodies], "value": p.answer.value,
                 "bound": p.answer.bound, "status": p.answer.status, "components": dict(p.parts)}
                for p in self.proposals
            ],
            "clash": [words.model_dump() for words in self.clash],
            "contest": None if self.contest is None else self.contest.document(),
            "front": [point.document() for point in self.beside],
        }  # fmt: skip


def optimize_merging(scenario: Scenario, problem: MergingProblem, settings: Settings = PLAIN, named: str | None = None) -> Merger:
    """Propose which departments become one body, prove it in the model, and simulate it beside `scenario` and the alternatives.

    Parameters
    ----------
    settings : seed, replications of the verification, days, store and workers; the problem's own where they say nothing.
    named : the scenario's file, where it is not a stem that `load` finds.

    Raises
    ------
    SolverFailed : an answer that the independent checker rejects.
    """
    seed = int(problem.seed) if settings.seed is None else settings.seed
    experiment = _experiment(problem, named or scenario.name, ())
    variants, horizon = prepared(experiment, scenario, settings, {})
    today = variants[0].scenario
    seen = measured(today, _logs(variants[0], horizon, seed, settings))
    found = weights(today, problem, seen)
    rules = rules_of(today, problem)
    answers = best_partitions(instance(found, rules), int(problem.proposals), differ=int(problem.differ), seed=seed)
    words = tuple(rule.words for rule in rules)
    if not answers:
        alone = _whole(partition(instance(found, rules), seed=seed))
        if alone.status != "infeasible":
            raise SolverFailed(f"{alone.backend} found no partition in its time, and no proof that there is none")
        none = Solution("infeasible", None, None, None, alone.backend, seed, None)
        return Merger(none, found, (), clash(found, rules, seed), words, None, ())
    for answer in answers:
        if answer.bodies is None or breaches(instance(found, rules), answer.bodies, answer.value):
            raise SolverFailed("the checker rejects the partition")
    proposals = tuple(_proposal(scenario, problem, found, _held(answer, answers[0]), k + 1) for k, answer in enumerate(answers))
    reforms = {p.reform.name: p.reform for p in proposals if p.reform is not None}
    contest = None
    if reforms:
        asked, trial = _experiment(problem, named or scenario.name, tuple(reforms)), problem.trial
        first = replace(settings, replications=None)  # the contest has its own first stage
        contest = best(asked, trial.measure, float(trial.delta), first, group=trial.group, cap=int(trial.cap), reforms=reforms)
    chosen = next((p for p in proposals if contest and p.reform and p.reform.name == contest.front[0]), None)
    shown = chosen or proposals[0]
    fewer = _handed(seen, shown.answer.bodies or ()) / max(1.0, seen.decided)
    beside, verified = _verified(problem, proposals, shown.reform, fewer, variants[0], horizon, seed, settings)
    status: Status = "proved" if shown.answer.status == "proved" else "bounded"
    stopped = any(answer.stopped for answer in answers)
    priced, whole = ((), False) if stopped else prices_of(found, rules, answers[0], seed)
    solution = Solution(
        status, shown.answer.value, shown.answer.bound, shown.answer.gap, shown.answer.backend, seed, shown.reform, verified,
        priced, tuple(shown.parts.items()),
        remarks=(*_stopped(stopped, whole), *remarks_of(contest is not None and chosen is None, beside)),
    )  # fmt: skip
    return Merger(solution, found, proposals, (), words, contest, beside)


def _held(answer: Partitioned, best: Partitioned) -> Partitioned:
    """Hold a proposal against the bound of all partitions: the next best's own is that of those which differ from the ones before it."""
    one = replace(answer, bound=best.bound)
    proved = best.status == "proved" and one.gap is not None and one.gap <= TOLERANCE
    return replace(one, status="proved" if proved else "bounded")


def _whole(answer: Partitioned) -> Partitioned:
    """Return an answer that was not stopped by hand: half a verdict is none."""
    if answer.stopped:
        raise KeyboardInterrupt
    return answer


def _stopped(searching: bool, whole: bool) -> Iterator[tuple[str, str]]:
    """Yield what Ctrl-C ended: the search for partitions, or the pricing of the rules."""
    if searching:
        yield (
            "The search was stopped by hand: these are the best partitions so far, with the bound so far; rules are not priced.",
            "搜索由人工中止：所列为截至目前的最优方案与上界；未计算各规则的代价。",
        )
    elif not whole:
        yield "The pricing of the rules was stopped by hand: some have no price.", "规则代价的计算由人工中止：部分规则未给出代价。"


def remarks_of(today_leads: bool, beside: Sequence[Point]) -> Iterator[tuple[str, str]]:
    """Yield what else must be known of an answer, in English and Chinese."""
    yield (
        f"What is proved is proved for these weights: they are counted in {LOGS} replications of today, without an interval.",
        f"所谓“已证明”，是就这些权重而言：权重取自现状的{LOGS}次重复，未计区间。",
    )
    if today_leads:
        yield "In simulation today is in front; the proposal is the model's best.", "模拟中现状领先；所列方案为模型的最优方案。"
    for point in beside:
        if point.unknown:
            measures = ", ".join(point.unknown)
            yield f"{point.name} has no value of {measures}: it is not on the front.", f"{point.name}没有{measures}的数值，不列入前沿。"


def rules_of(scenario: Scenario, problem: MergingProblem) -> tuple[Named, ...]:
    """Return the rules by name: those of the law that the scenario states, then those of the problem."""
    centre = scenario.centre
    at = {name: k for k, name in enumerate(centre.departments)}
    found = []
    for name, body in centre.departments.items():
        if not body.transferable:
            why = problem.alone.get(name) or Title(en=body.reason or "not transferable", zh=body.reason or "不得划转")
            words = Title(en=f"{body.title.en} is not transferable: {why.en}", zh=f"{body.title.zh}的职权不得划转：{why.zh}")
            found.append(Named(words, {"alone": (at[name],)}))
    watched = {(i.department, i.regulator): n for n, i in reversed(centre.items.items()) if i.regulator not in (None, i.department)}
    for (approves, regulates), item in watched.items():
        titles = [centre.departments[d].title for d in (approves, str(regulates))]
        words = Title(
            en=f"{titles[0].en} approves and {titles[1].en} regulates {centre.items[item].title.en}",
            zh=f"{titles[0].zh}审批、{titles[1].zh}监管“{centre.items[item].title.zh}”，审管分离",
        )
        found.append(Named(words, {"apart": ((at[approves], at[str(regulates)]),)}))
    for name, because in ((n, b) for n, b in problem.alone.items() if centre.departments[n].transferable):
        title = centre.departments[name].title
        words = Title(en=f"{title.en} stays as it is: {because.en}", zh=f"{title.zh}保持不变：{because.zh}")
        found.append(Named(words, {"alone": (at[name],)}))
    for field, en, zh in (("together", "belong together", "应当合并"), ("apart", "stay apart", "不得合并")):
        for pair in getattr(problem, field):
            a, b = (centre.departments[d].title for d in pair.bodies)
            words = Title(en=f"{a.en} and {b.en} {en}: {pair.because.en}", zh=f"{a.zh}与{b.zh}{zh}：{pair.because.zh}")
            found.append(Named(words, {field: (tuple(at[d] for d in pair.bodies),)}))
    for number, field, en, zh in (
        (problem.most_heads, "most_heads", "at most {} heads in a body", "一个部门编制不超过{}人"),
        (problem.span, "span", "at most {} former departments in a body", "一个部门至多由{}个原部门组成"),
        (problem.bodies.least, "least", "at least {} bodies", "部门不少于{}个"),
        (problem.bodies.most, "most", "at most {} bodies", "部门不多于{}个"),
    ):
        if number is not None:
            found.append(Named(Title(en=en.format(int(number)), zh=zh.format(int(number))), {field: int(number)}))
    return tuple(found)


def instance(found: Weights, rules: Sequence[Named]) -> Partition:
    """Return the clique partitioning instance of these weights under these rules."""
    fields: dict[str, Any] = {}
    for rule in rules:
        for name, value in rule.adds.items():
            fields[name] = (*fields.get(name, ()), *value) if isinstance(value, tuple) else value
    return Partition(found.money, found.heads, **fields)


def prices_of(found: Weights, rules: Sequence[Named], answer: Partitioned, seed: int = 1) -> tuple[tuple[Rule, ...], bool]:
    """Return what leaving out each rule saves, money a year: the optimum without it less the optimum; rules that cost nothing are left out.

    Where a time limit left a gap, the saving is that of the best partitions found. The second value says whether all were priced: Ctrl-C
    ends it.
    """
    priced, whole = [], True
    for k, rule in enumerate(rules):
        without = partition(instance(found, [*rules[:k], *rules[k + 1 :]]), seed=seed)
        if without.stopped:
            whole = False
            break
        if without.value is not None and answer.value is not None and without.value - answer.value > 0.5:
            priced.append(Rule(rule.words.en, None, without.value - answer.value))
    return tuple(sorted(priced, key=lambda row: (-(row.saving or 0.0), row.rule))), whole


def clash(found: Weights, rules: Sequence[Named], seed: int = 1) -> tuple[Title, ...]:
    """Return a smallest set of rules that no partition keeps, none of which can be spared: each is left out in turn (deletion filter)."""
    kept = list(rules)
    for rule in rules:
        fewer = [r for r in kept if r is not rule]
        if _whole(partition(instance(found, fewer), seed=seed)).status == "infeasible":
            kept = fewer
    return tuple(rule.words for rule in kept)


def as_reform(
    scenario: Scenario, problem: MergingProblem, names: Sequence[str], heads: Floats, bodies: Bodies, number: int
) -> Reform | None:
    """Return a partition as a Reform: each body of several departments one merger, led by the largest; None where nothing is merged.

    What it costs once is the price of a merger for every department that joins its body's largest, not for every pair as in the model.
    """
    centre, edits, joined = scenario.centre, [], 0
    for body in bodies:
        if len(body) < 2:
            continue
        members = [names[i] for i in sorted(body, key=lambda i: (-heads[i], names[i]))]
        joined += len(body) - 1
        titles = [centre.departments[n].title for n in members]
        inside = {
            item: kept
            for item, steps in problem.duplicates.items()
            if (kept := tuple(s for s in steps if {centre.items[item].department, _owner(scenario, item, s)} <= {*members}))
        }
        fields: dict[str, Any] = {
            "kind": "merge_departments", "departments": tuple(members), "into": members[0],
            "title": Title(en=", ".join(t.en for t in titles), zh="、".join(t.zh for t in titles)), "approval": ASSUMED,
        }  # fmt: skip
        fields |= {"dip": problem.dip} if problem.dip is not None else {}
        fields |= {"pace": problem.pace} if problem.pace != 1 else {}
        fields |= {"duplicates": inside} if inside else {}
        edits.append(MergeDepartments.model_validate(fields))
    if not edits:
        return None
    p = problem.prices.merger
    once = Money(p * joined, None if p.low is None else p.low * joined, None if p.high is None else p.high * joined)
    said = "; ".join(" + ".join(e.departments) for e in edits)
    return Reform.model_validate(
        {
            "kind": "reform", "schema": "1", "name": f"{scenario.name}-merging-{number}", "baseline": scenario.name,
            "title": {"en": f"Merger {number} of {len(bodies)} bodies", "zh": f"合并方案{number}（{len(bodies)}个部门）"},
            "source": "assumption", "edits": tuple(edits), "cost": Cost(once=once), "lead_time": Duration(365 * 86_400),
            "authority": "city",
            "reason": {"en": f"Proposed by optimize merging: {said}.", "zh": "由部门合并优化提出。"},
        }
    )  # fmt: skip


def _owner(scenario: Scenario, item: str, step: str) -> str:
    pool = getattr(scenario.centre.items[item].route[step], "pool", None)
    return scenario.centre.pools[pool].department if pool is not None else ""


def _proposal(scenario: Scenario, problem: MergingProblem, found: Weights, answer: Partitioned, number: int) -> Proposal:
    bodies = answer.bodies or ()
    reform = as_reform(scenario, problem, found.names, found.heads, bodies, number)
    return Proposal(reform, tuple(tuple(found.names[i] for i in body) for body in bodies), answer, found.told(bodies))


def _experiment(problem: MergingProblem, baseline: str, reforms: tuple[str, ...]) -> Experiment:
    cap = int(problem.trial.cap)
    return Experiment.model_validate(
        {
            "kind": "experiment", "name": problem.name, "title": problem.title, "question": problem.question, "baseline": baseline,
            "reforms": reforms, "measures": (problem.trial.measure,), "horizon": problem.horizon, "seed": problem.seed,
            "replications": {"pilot": "10", "batch": "10", "cap": str(cap)},
        }
    )  # fmt: skip


def _logs(today: Variant, horizon: Any, seed: int, settings: Settings) -> list[EventLog]:
    from simulation.engines import replicate

    plan = today.plan(calendar_for(today.scenario, horizon), horizon)
    return [replicate(plan, seed, COUNTED_FROM + k, settings.engine) for k in range(LOGS)]


def _handed(seen: Measured, bodies: Bodies) -> float:
    """Return the hand-overs a year between members of one body."""
    both = seen.handed + seen.handed.T
    return float(sum(both[i, j] for body in bodies for i in body for j in body if i < j))


def _verified(
    problem: MergingProblem, proposals: Sequence[Proposal], shown: Reform | None, fewer: float, today: Variant, horizon: Any, seed: int,
    settings: Settings,
) -> tuple[tuple[Point, ...], tuple[Verified, ...]]:  # fmt: skip
    """Simulate all proposals and alternatives on fresh seeds; the points, and the rows of the reform that is shown.

    Everybody is used to the merger, as in the steady view of `compare`. Targets are today's values; hand-overs are to be fewer by
    `fewer` a case, as the model says.
    """
    reforms: dict[str, tuple[Reform, ...]] = {p.reform.name: (p.reform,) for p in proposals if p.reform is not None}
    reforms |= {name: tuple(map(load_reform, files)) for name, files in problem.alternatives.items()}
    variants = [today, *(Variant(name, "none", seasoned(apply(today.scenario, *edits))) for name, edits in reforms.items())]
    n = settings.replications or int(problem.replications)
    rows = rows_of(variants, horizon, seed, range(FRESH, FRESH + n), list(MEASURES), settings)
    result = make_result(rows, list(MEASURES), {v.name: today.name for v in variants}, (), today.scenario, {})
    gains = {p.reform.name if p.reform else today.name: p.answer for p in proposals}
    if shown is None:
        return points(result, variants, gains), ()
    against = make_result(rows, list(MEASURES), {v.name: shown.name for v in variants}, (), today.scenario, {})
    beside = points(result, variants, gains, against)
    verified = []
    for measure in MEASURES:
        group = "class:joint" if measure.name == "lead_wd" and ("lead_wd", "class:joint") in beside[0].figures else "all"
        row, before = (result.row(name, measure.name, group) for name in (shown.name, today.name))
        if measure.name == GAP[0] and row["value"] is None:  # one site
            continue
        higher = measure.direction == "higher"
        ends = [row[k] for k in ("difference_low", "difference_high")]
        signed = [None if e is None else -e for e in reversed(ends)] if higher else ends
        aim = -fewer if measure.name == "hops" else 0.0
        verified.append(
            Verified(
                measure.name, group, row["unit"], None if before["value"] is None else before["value"] + aim,
                row["value"], row["low"], row["high"], int(row["n"]),
                verdict(signed[0], signed[1], aim), before["value"], row["difference"], ends[0], ends[1],
                row["difference"] - aim if measure.name == "hops" and row["difference"] is not None else None,
            )
        )  # fmt: skip
    return beside, tuple(verified)


__all__ = ["Measured", "Merger", "Named", "Proposal", "as_reform", "clash", "instance", "optimize_merging", "prices_of", "rules_of"]
