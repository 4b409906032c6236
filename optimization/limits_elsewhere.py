"""Certified limits under stress, on average over the assumptions' ranges, and a day less with more people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from optimization.certificates import needed
from optimization.joint import Vector
from optimization.kept import KEPT, Counts, counts_of, held_up
from optimization.limits_centre import IN_WORLDS, STRESSED, WITH_PEOPLE, Centre, Found, reform_of, shares_at
from optimization.promised import Held, LimitsProblem, Promised, Staffed, held_at
from simulation.estimates import Estimate, paired
from simulation.experiment import Variant
from simulation.reforms import Reform, Stress, apply
from simulation.verbs import load_stress
from simulation.worlds import worlds

if TYPE_CHECKING:
    import pandas as pd

POOLS, ASKED = 2, 3
"""Pools to which people are added, and items for which it is asked, where the problem names none."""
ROOM = 2.5
"""Replications with more people, in those that could just show the share: few options share the error, and so
fewer are enough; late cases that cluster ask room."""
SAME = "same people"


def under_other_conditions(
    centre: Centre, problem: LimitsProblem, certain: Vector, target: float, found: Found
) -> dict[str, tuple[Held, ...]]:  # fmt: skip
    """Simulate the limits under each stress and over the assumptions' ranges, on fresh replications; an item's claim needs all of them.

    Fewer replications, or worlds, than could just show the share at the divided error are not simulated, and nothing is shown there.
    """
    if not certain:
        return {}
    reform = reform_of(centre.scenario, certain)
    told: dict[str, list[Held]] = {name: [] for name in certain}
    stresses: dict[str, Stress] = {name: load_stress(name) for name in problem.stresses}
    least = needed(target, found.error)
    if stresses and int(problem.stressed) < least:
        told = {name: [Held(stress, None, 0.0, "not shown", None) for stress in stresses] for name in certain}
    elif stresses:
        variants = [Variant(centre.name, name, apply(centre.scenario, reform, stress)) for name, stress in stresses.items()]
        rows = centre.rows(variants, range(STRESSED, STRESSED + int(problem.stressed)), [KEPT])
        for stress in stresses:
            counts = counts_of(rows[rows["stress"] == stress], [*certain])
            for name, limit in certain.items():
                held = held_at(stress, counts[name], limit, target, found.error, found.starts[name] or limit)
                told[name].append(held if centre.feedback else _with_today(held, counts[name], name, target, found))
    if 0 < problem.worlds < least:
        told = {name: [*some, Held("ranges", None, 0.0, "not shown", None)] for name, some in told.items()}
    elif problem.worlds:
        there, dropped = in_worlds(centre, reform, int(problem.worlds), IN_WORLDS)
        counts = {} if there is None else counts_of(there, [*certain])
        for name, limit in certain.items():
            held = Held("ranges", None, 0.0, "not shown", None)
            if name in counts:
                held = held_at("ranges", counts[name], limit, target, found.error, found.starts[name] or limit)
                kept, due = counts[name].kept[:, limit], counts[name].due[:, limit]
                held = held if centre.feedback else _with_today(held, counts[name], name, target, found)
                held = replace(held, worst=float((kept[due > 0] / due[due > 0]).min(initial=1.0)), worlds=int((due > 0).sum()))
            told[name].append(replace(held, dropped=dropped))
    if centre.feedback:  # a limit that was not simulated there is not known to hold
        told = {k: [h if h.limit_wd == certain[k] else replace(h, limit_wd=None) for h in some] for k, some in told.items()}
    return {name: tuple(some) for name, some in told.items()}


def _with_today(held: Held, counts: Counts, item: str, target: float, found: Found) -> Held:
    """Judge today's promise too, in the same runs."""
    today = held_at(held.name, counts, found.today[item], target, found.error, found.starts[item] or found.today[item])
    return replace(held, today_share=today.share, today_shown=today.shown)


def in_worlds(centre: Centre, reform: Reform, n: int, first: int) -> tuple[pd.DataFrame | None, int]:
    """One replication of its own in each of `n` worlds, and how many were dropped: the share of all is an average over the worlds."""
    able = [world for world in worlds(centre.scenario, {reform.name: reform}, n, centre.seed) if not world.problems]
    there = [Variant(f"{centre.name}@{w.number}", "none", apply(w.scenario, w.reforms[reform.name])) for w in able]
    return centre.rows(there, range(first, first + len(able)), [KEPT], apart=True) if able else None, n - len(able)


def one_day_less(
    centre: Centre, problem: LimitsProblem, promised: Sequence[Promised], certain: Vector, target: float, found: Found
) -> tuple[dict[str, tuple[Staffed, ...]], int]:  # fmt: skip
    """Promise a day less with one person more, then two, in the pools where the files of an item wait longest.

    The same day less is simulated with today's people in the same replications; the difference is paired, and the intervals of all
    options hold together with the confidence asked for.

    Returns
    -------
    The options of each item, and how many replications could just show the share: fewer still tell differences. 0 where nothing is asked.
    """
    able = [p.item for p in promised if p.item in certain and certain[p.item] > 1]
    asked = [name for name in able if name in problem.staff_for] if problem.staff_for else able[:ASKED]
    if not asked or not problem.heads or found.certified.waited is None:
        return {}, 0
    pools = {name: held_up(found.certified.waited, centre.name, name, POOLS) for name in asked}
    limits = {**certain, **{name: certain[name] - 1 for name in asked}}
    variants = {}
    for pool in dict.fromkeys(p for some in pools.values() for p in some):
        people = centre.scenario.centre.pools[pool].people
        section = max(people, key=lambda part: int(people[part]))
        for heads in map(int, problem.heads):
            edit = {"kind": "change_staff", "pools": {pool: {section: str(int(people[section]) + heads)}}}
            variants[pool, heads] = Variant(f"{pool}+{heads}", "none", centre.under(limits, edit))
    error = (1 - float(problem.confidence)) / max(1, sum(len(some) for some in pools.values()) * len(problem.heads))
    least = needed(target, error)
    n = min(int(problem.stressed), ceil(ROOM * least))
    rows = centre.rows([Variant(SAME, "none", centre.under(limits)), *variants.values()], range(WITH_PEOPLE, WITH_PEOPLE + n), [KEPT])
    seen = {name: counts_of(rows[rows["scenario"] == name], asked) for name in (SAME, *(v.name for v in variants.values()))}
    answers: dict[str, tuple[Staffed, ...]] = {}
    for name in asked:
        days, same, reach = limits[name], seen[SAME][name], len(next(p.curve for p in promised if p.item == name))
        today = _curve(same, reach, days, centre.feedback)
        told = []
        for (pool, heads), variant in variants.items():
            if pool in pools[name]:
                counts = seen[variant.name][name]
                held = held_at(pool, counts, days, target, error, days)
                apart = less(counts, same, days, 1 - error)
                told.append(Staffed(
                    pool, heads, held.share, held.low, held.shown, _curve(counts, reach, days, centre.feedback), today[days],
                    apart.value, apart.low, apart.high, today,
                ))  # fmt: skip
        answers[name] = tuple(told)
    return answers, least


def _curve(counts: Counts, reach: int, simulated: int, feedback: bool) -> tuple[float | None, ...]:
    """Share on time at limits of 0, 1, ... `reach` - 1 days; where promises feed back, only at the one simulated."""
    return tuple(None if x != x or (feedback and day != simulated) else float(x) for day, x in enumerate(counts.share[:reach]))


def less(more: Counts, fewer: Counts, limit: int, level: float) -> Estimate:
    """Return the share on time with more people less that with fewer at one limit, paired by replication, with its interval."""
    a, b = (shares_at({"item": counts}, {"item": limit}, "") for counts in (more, fewer))
    return paired(a, b, "share", level, range(len(more.due)))
