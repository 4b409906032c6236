"""Time limits to promise: chosen on some replications, certified on others, tried under stress, and what people would allow a day less.

Promises feed back where a centre is supervised: alarms at shares of the promise move files forward. There all limits are set together and
simulated again until none moves, and a certificate is of the very limits that stand in its simulation; of others nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optimization.certificates import Answer, bounds, certify, chosen, effective, loosest, needed, unseen
from optimization.joint import Settled, Vector, settle, stand
from optimization.kept import KEPT, WAITED, Counts, counts_of, held_up
from optimization.promised import LEVELS, Held, LimitsProblem, LimitsSolution, Promised, Staffed, candidates, held_at, legal_wd
from optimization.solution import Verified
from optimization.solvers import Status
from simulation.errors import InputRefused, Problem
from simulation.experiment import FRESH, Variant, run_variants
from simulation.horizons import until, with_days
from simulation.reforms import Reform, Stress, apply
from simulation.result import make_result
from simulation.scenario import Horizon, Scenario, seasoned
from simulation.store import Store
from simulation.units import Duration
from simulation.verbs import Settings, load_stress, measures_named
from simulation.worlds import worlds

if TYPE_CHECKING:
    import pandas as pd

    from simulation.measures.measure import Measure

PLAIN = Settings()
BLOCK = 10_000
"""Fresh replications are taken in blocks of so many: one for each certificate, the stresses, the ranges and the staffing."""
ATTEMPTS = 4
POOLS, ASKED = 2, 3


@dataclass(frozen=True)
class Centre:
    """A scenario ready to be simulated under other promises."""

    scenario: Scenario
    horizon: Horizon
    seed: int
    settings: Settings

    def rows(self, variants: Sequence[Variant], replications: Sequence[int], measures: Sequence[Measure]) -> pd.DataFrame:
        """Simulate and measure; as `run_variants`."""
        s = self.settings
        return run_variants(
            [replace(v, scenario=seasoned(v.scenario)) for v in variants], self.horizon, self.seed, replications, measures,
            Store(s.store), workers=s.workers, on=s.on, engine=s.engine, fresh=s.fresh, progress=s.progress,
        )  # fmt: skip

    def under(self, limits: Vector, *more: dict[str, Any]) -> Scenario:
        """Return the scenario with other promises, and further edits."""
        return apply(self.scenario, reform_of(self.scenario, limits, *more)) if limits or more else self.scenario


def optimize_limits(scenario: Scenario, problem: LimitsProblem, settings: Settings = PLAIN) -> LimitsSolution:
    """Return for each item the tightest limit in working days that the asked share of its cases keeps, certified on fresh seeds.

    Parameters
    ----------
    scenario : today's.
    problem : share, confidence, items and what a limit must stand; its replications are overridden by those of `settings`.
    settings : seed, replications of the certificate, days, store and workers of the simulation.

    Raises
    ------
    InputRefused : fewer than two replications.
    """
    n = int(problem.replications) if settings.replications is None else settings.replications
    if n < 2:
        raise InputRefused(Problem("replications", str(n), "an interval needs two replications, and a promise many more", "ask 60 or more"))
    moved, horizon = until(problem.horizon or scenario.horizon, scenario, settings.first, settings.last)
    horizon = horizon if settings.days is None else with_days(horizon, settings.days)
    seed = settings.seed if settings.seed is not None else int(problem.seed)
    centre = Centre(moved, horizon, seed, settings)
    items = {name: item for name, item in candidates(moved).items() if not problem.items or name in problem.items}
    today = {name: int(item.promise_wd) for name, item in items.items() if item.promise_wd is not None}
    lawful = {name: legal_wd(item) for name, item in items.items()}
    target, tolerated = float(problem.share), 1 - float(problem.confidence)
    feedback = bool(moved.centre.supervision)

    seen: dict[str, Counts] = {}

    def choose(limits: Vector) -> dict[str, int]:
        rows = centre.rows([Variant("choice", "none", centre.under(limits))], range(int(problem.choosing)), [KEPT])
        seen.update(counts_of(rows, [*items]))
        return decided(seen, lawful, target)

    settled = settle({}, choose, feedback)
    starts = {name: loosest(seen[name], lawful[name], target) for name in items}
    claimed = dict(settled.limits)
    error = tolerated / max(1, len(claimed) or len(items)) / (ATTEMPTS if feedback else 1)
    tried: list[Certified] = []

    def passed(limits: Vector, attempt: int) -> dict[str, int]:
        block = range(FRESH + attempt * BLOCK, FRESH + attempt * BLOCK + n)
        tried.append(certified(centre, limits, [*items], {k: s for k, s in starts.items() if s is not None}, target, error, block))
        return tried[-1].limits

    claimed = stand(claimed, passed, ATTEMPTS) if feedback else passed(claimed, 0) if claimed else {}
    found = tried[-1] if tried else Certified({}, {}, {}, None)
    return _solution(centre, problem, _Found(settled, starts, lawful, today, claimed, found, seen, error, len(tried), feedback))


def decided(seen: Mapping[str, Counts], lawful: Vector, target: float) -> dict[str, int]:
    """Return the tightest limit of each item, a day at least, that the share asked for keeps as counted; none where there is none."""
    limits = {}
    for name, counts in seen.items():
        start = loosest(counts, lawful[name], target)
        tightest = None if start is None else chosen(counts, target, start)
        if tightest is not None and start is not None and start >= 1:
            limits[name] = max(1, tightest)
    return limits


@dataclass(frozen=True)
class Certified:
    """Limits that passed on fresh replications, with the tests behind them."""

    limits: dict[str, int]
    answers: dict[str, Answer]
    counts: dict[str, Counts]
    rows: pd.DataFrame | None


def certified(
    centre: Centre, claimed: Vector, items: Sequence[str], starts: Vector, target: float, error: float, block: range
) -> Certified:  # fmt: skip
    """Simulate today's promises and those claimed on fresh replications, and test each claim from loose to tight."""
    names = measures_named(["on_time_promise"], "optimize limits")
    variants = [Variant(centre.scenario.name, "none", centre.scenario), Variant(_name(centre), "none", centre.under(claimed))]
    rows = centre.rows(variants, block, [*names, KEPT, WAITED])
    counts = counts_of(rows[rows["scenario"] == _name(centre)], items)
    answers = {name: certify(counts[name], target, error, starts[name], limit) for name, limit in claimed.items()}
    return Certified({k: a.limit for k, a in answers.items() if a.limit is not None}, answers, counts, rows)


def reform_of(scenario: Scenario, limits: Vector, *more: dict[str, Any], told: str = "") -> Reform:
    """Return other promises, and further edits, as a Reform."""
    edits = [{"kind": "change_limits", "promise_wd": {name: str(limit) for name, limit in limits.items()}}] if limits else []
    return Reform.model_validate(
        {
            "kind": "reform", "schema": "1", "name": f"{scenario.name}-limits", "baseline": scenario.name,
            "title": {"en": "Limits that are shown to hold", "zh": "经验证能守住的承诺时限"},
            "source": None, "edits": [*edits, *more], "lead_time": Duration(30 * 86_400), "authority": "centre",
            "reason": {"en": f"Proposed by optimize limits{told and ': ' + told}.", "zh": "由承诺时限优化提出。"},
        }
    )  # fmt: skip


def _name(centre: Centre) -> str:
    return f"{centre.scenario.name}-limits"


@dataclass(frozen=True)
class _Found:
    """What the search has come to, before it is told."""

    settled: Settled
    starts: Mapping[str, int | None]
    lawful: Vector
    today: Vector
    claimed: Vector
    certified: Certified
    seen: Mapping[str, Counts]
    error: float
    attempts: int
    feedback: bool


def _solution(centre: Centre, problem: LimitsProblem, found: _Found) -> LimitsSolution:
    target = float(problem.share)
    promised = [_promised(name, found, target) for name in found.today]
    promised.sort(key=lambda p: (-p.cases, p.item))
    certain = {p.item: p.limit_wd for p in promised if p.limit_wd is not None}
    held = _under_other_conditions(centre, problem, certain, target, found)
    staffing = _one_day_less(centre, problem, promised, certain, target, found)
    promised = [replace(p, held=held.get(p.item, ()), staffing=staffing.get(p.item, ())) for p in promised]
    changed = {name: limit for name, limit in certain.items() if limit != found.today[name]}
    longer = sum(limit > found.today[name] for name, limit in changed.items())
    told = f"{target:.0%} of the cases keep them; {len(changed) - longer} shorter than today's, {longer} longer"
    weight = sum(p.cases for p in promised if p.item in certain)
    objective, bound = (
        sum(p.cases * _days(p, found, proved) for p in promised if p.item in certain) / max(1, weight) for proved in (False, True)
    )  # fmt: skip
    gap = (objective - bound) / max(1.0, objective)
    told_of = bool(certain) and not found.feedback  # nothing is known of other limits where promises change what is done
    return LimitsSolution(
        status=_status(promised, found, gap, target),
        objective=objective if certain else None,
        bound=bound if told_of else None,
        gap=gap if told_of else None,
        backend="every whole day, tested on fresh replications",
        seed=centre.seed,
        reform=reform_of(centre.scenario, changed, told=told) if changed else None,
        verified=_verified(centre, found, certain, target),
        model=(("promised_wd_a_case_today", sum(p.cases * p.today_wd for p in promised if p.item in certain) / max(1, weight)),),
        promised=tuple(promised),
        share=target,
        confidence=float(problem.confidence),
        feedback=found.feedback,
        rounds=found.settled.rounds,
        cycle=found.settled.cycle,
        attempts=found.attempts,
        remarks=_remark(certain, found),
    )


def _status(promised: Sequence[Promised], found: _Found, gap: float, target: float) -> Status:
    certain = [p for p in promised if p.limit_wd is not None]
    if not certain:
        return "infeasible" if _refuted(found, target) else "heuristic"
    return "heuristic" if found.feedback else "proved" if gap <= 1e-9 and len(certain) == len(promised) else "bounded"


def _remark(certain: Vector, found: _Found) -> tuple[tuple[str, str], ...]:
    """What chance of replications leaves open."""
    if not certain:
        return ()
    rare = unseen(min(float(effective(found.certified.counts[name])[limit]) for name, limit in certain.items()), found.error)
    return (
        (
            f"Shown by replications: bad ones rarer than {rare:.1%} of them are not excluded, nor what lies outside the model.",
            f"以重复仿真为证：少于{rare:.1%}的不良重复未被排除，模型以外的情形亦然。",
        ),
    )


def _refuted(found: _Found, target: float) -> bool:
    """Whether some item asked misses the share even at the limit by law, which the runs see; a certificate that failed does not say so."""
    for name, start in found.starts.items():
        counts = found.certified.counts.get(name, found.seen[name])
        if not found.feedback and start == found.lawful[name] and bounds(counts, found.error).high[start] < target:
            return True
    return False


def _days(row: Promised, found: _Found, proved: bool) -> int:
    """The limit certified, or the tightest that the certificate does not refute."""
    unrefuted = found.certified.answers[row.item].unrefuted
    assert row.limit_wd is not None
    return max(1, min(row.limit_wd, row.limit_wd if unrefuted is None else unrefuted)) if proved else row.limit_wd


def _promised(name: str, found: _Found, target: float) -> Promised:
    counts = found.certified.counts.get(name, found.seen[name])
    start, limit = found.starts[name], found.claimed.get(name)
    reach = 0 if start is None else start
    known = bounds(counts, found.error)
    other = found.feedback  # the simulation is under one promise of this item, and says nothing of another
    curve = tuple(None if x != x or (other and day != limit) else float(x) for day, x in enumerate(known.share[: reach + 1]))
    levels = []
    for level in LEVELS:
        far = loosest(found.seen[name], found.lawful[name], level)
        tightest = None if far is None else chosen(found.seen[name], level, far)
        answer = None if other or tightest is None or far is None or name not in found.certified.counts else certify(
            counts, level, found.error, far, max(1, tightest)
        )  # fmt: skip
        levels.append((level, limit if level == target else None if answer is None else answer.limit))
    less = None if other or limit is None or limit <= 1 else limit - 1
    return Promised(
        item=name,
        cases=int(counts.due[:, 0].sum()),
        legal_wd=found.lawful[name],
        today_wd=found.today[name],
        limit_wd=limit,
        share=None if limit is None else float(known.share[limit]),
        low=None if limit is None else float(known.low[limit]),
        slack=None if limit is None else float(known.share[limit]) - target,
        less_share=None if less is None else float(known.share[less]),
        less_high=None if less is None else float(known.high[less]),
        less_misses=less is not None and bool(known.high[less] < target),
        levels=tuple(levels),
        curve=curve,
        note="" if limit is not None else _why_not(name, found, target),
    )


def _why_not(name: str, found: _Found, target: float) -> str:
    if found.starts[name] is None:
        return "the run ends before any limit of these cases has passed"
    if name not in found.settled.limits:
        return "no limit that the runs can see, within the law, is kept by the share asked for"
    n = float(effective(found.certified.counts[name])[found.starts[name]]) if name in found.certified.counts else 0.0
    asked = needed(target, found.error)
    if n < asked:
        return f"not shown: {n:.0f} replications in effect can show no more than {1 - unseen(n, found.error):.1%}; {asked} are needed"
    return "not shown: the certificate failed, for too few cases or too little room"


def _under_other_conditions(
    centre: Centre, problem: LimitsProblem, certain: Vector, target: float, found: _Found
) -> dict[str, tuple[Held, ...]]:  # fmt: skip
    """Simulate the limits under each stress and over the assumptions' ranges, on fresh replications; an item's claim needs all of them."""
    if not certain:
        return {}
    reform = reform_of(centre.scenario, certain)
    told: dict[str, list[Held]] = {name: [] for name in certain}
    after = FRESH + ATTEMPTS * BLOCK
    stresses: dict[str, Stress] = {name: load_stress(name) for name in problem.stresses}
    if stresses:
        variants = [Variant(_name(centre), name, apply(centre.scenario, reform, stress)) for name, stress in stresses.items()]
        rows = centre.rows(variants, range(after, after + int(problem.stressed)), [KEPT])
        for stress in stresses:
            counts = counts_of(rows[rows["stress"] == stress], [*certain])
            for name, limit in certain.items():
                told[name].append(held_at(stress, counts[name], limit, target, found.error, found.starts[name] or limit))
    if problem.worlds:
        there, dropped = _in_worlds(centre, reform, int(problem.worlds), after + BLOCK)
        counts = {} if there is None else counts_of(there, [*certain])
        for name, limit in certain.items():
            held = Held("ranges", None, 0.0, "not shown", None)
            if name in counts:
                held = held_at("ranges", counts[name], limit, target, found.error, found.starts[name] or limit)
                kept, due = counts[name].kept[:, limit], counts[name].due[:, limit]
                held = replace(held, worst=float((kept[due > 0] / due[due > 0]).min(initial=1.0)), worlds=int((due > 0).sum()))
            told[name].append(replace(held, dropped=dropped))
    if found.feedback:  # a limit that was not simulated there is not known to hold
        told = {k: [h if h.limit_wd == certain[k] else replace(h, limit_wd=None) for h in some] for k, some in told.items()}
    return {name: tuple(some) for name, some in told.items()}


def _in_worlds(centre: Centre, reform: Reform, n: int, first: int) -> tuple[pd.DataFrame | None, int]:
    """One replication of its own in each of `n` worlds, and how many were dropped: the share of all is an average over the worlds."""
    import pandas as pd

    able = [world for world in worlds(centre.scenario, {reform.name: reform}, n, centre.seed) if not world.problems]
    alone = replace(centre, settings=replace(centre.settings, workers=1, progress=None))
    parts = []
    for k, world in enumerate(able):
        there = Variant(f"{_name(centre)}@{world.number}", "none", apply(world.scenario, world.reforms[reform.name]))
        parts.append(alone.rows([there], range(first + k, first + k + 1), [KEPT]))
    return pd.concat(parts, ignore_index=True) if parts else None, n - len(able)


def _one_day_less(
    centre: Centre, problem: LimitsProblem, promised: Sequence[Promised], certain: Vector, target: float, found: _Found
) -> dict[str, tuple[Staffed, ...]]:  # fmt: skip
    """Promise a day less with one person more, then two, in the pools where the files of an item wait longest."""
    able = [p.item for p in promised if p.item in certain and certain[p.item] > 1]
    asked = [name for name in able if name in problem.staff_for] if problem.staff_for else able[:ASKED]
    if not asked or not problem.heads or found.certified.rows is None:
        return {}
    pools = {name: held_up(found.certified.rows, _name(centre), name, POOLS) for name in asked}
    limits = {**certain, **{name: certain[name] - 1 for name in asked}}
    variants = {}
    for pool in dict.fromkeys(p for some in pools.values() for p in some):
        people = centre.scenario.centre.pools[pool].people
        section = max(people, key=lambda part: int(people[part]))
        for heads in map(int, problem.heads):
            edit = {"kind": "change_staff", "pools": {pool: {section: str(int(people[section]) + heads)}}}
            variants[pool, heads] = Variant(f"{pool}+{heads}", "none", centre.under(limits, edit))
    first = FRESH + (ATTEMPTS + 2) * BLOCK
    rows = centre.rows([*variants.values()], range(first, first + int(problem.stressed)), [KEPT])
    error = (1 - float(problem.confidence)) / max(1, sum(len(some) for some in pools.values()) * len(problem.heads))
    answers: dict[str, tuple[Staffed, ...]] = {}
    for name in asked:
        told = []
        for (pool, heads), variant in variants.items():
            if pool in pools[name]:
                counts = counts_of(rows[rows["scenario"] == variant.name], [name])[name]
                held = held_at(pool, counts, limits[name], target, error, limits[name])
                curve = tuple(
                    None if x != x or (found.feedback and day != limits[name]) else float(x)
                    for day, x in enumerate(counts.share[: len(_curve(promised, name))])
                )
                told.append(Staffed(pool, heads, held.share, held.low, held.shown, curve))
        answers[name] = tuple(told)
    return answers


def _curve(promised: Sequence[Promised], item: str) -> tuple[float | None, ...]:
    return next(p.curve for p in promised if p.item == item)


def _verified(centre: Centre, found: _Found, certain: Vector, target: float) -> tuple[Verified, ...]:
    """`on_time_promise` of each certified item, as `compare` has it; bounds and verdict are those of the certificate, one-sided each.

    A limit looser than the one simulated is certified only where promises change nothing else, so that its cases are those of the counts.
    """
    import pandas as pd

    rows = found.certified.rows
    if rows is None or not certain:
        return ()
    measures = measures_named(["on_time_promise"], "optimize limits")
    name, today, proposed = measures[0].name, centre.scenario.name, _name(centre)
    before = rows[(rows["measure"] == name) & (rows["scenario"] == today)]
    numbers = sorted({int(r) for r in before["replication"]})
    after = [
        {
            "scenario": proposed, "stress": "none", "replication": r, "measure": name, "group": f"item:{item}",
            "total": float(kept), "n": float(due),
        }
        for item, limit in certain.items()
        for r, kept, due in zip(
            numbers, found.certified.counts[item].kept[:, limit], found.certified.counts[item].due[:, limit], strict=True
        )
    ]  # fmt: skip
    both = pd.concat([before, pd.DataFrame(after)], ignore_index=True)
    result = make_result(both, measures, {today: today, proposed: today}, (), centre.scenario, {})
    told = []
    for item in certain:
        row = result.row(proposed, name, f"item:{item}")
        old = next((r["value"] for r in result.rows if (r["scenario"], r["group"]) == (today, row["group"])), None)
        low, high = (float(bound[certain[item]]) for bound in found.certified.answers[item].bounds[1:])
        told.append(
            Verified(
                name, row["group"], row["unit"], target, row["value"], low, high, int(row["n"]), "met" if low >= target else "undecided",
                old, row["difference"], row["difference_low"], row["difference_high"], None,
            )
        )  # fmt: skip
    return tuple(told)


__all__ = ["Centre", "Certified", "Settled", "certified", "decided", "optimize_limits", "reform_of", "settle"]
