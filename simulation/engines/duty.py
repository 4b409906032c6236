"""Who was on duty when: the rows of the log's `duty` table, from the roster, from when tidal windows were open, and from the pools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from simulation.engines.attendance import Presence
from simulation.log import DUTY
from simulation.plan import Plan
from simulation.shifts import DAY, subtract

Row = tuple[str, int, int, str, int]
Columns = dict[str, Any]
"""The columns of `log.DUTY`, an array each."""


def columns(
    plan: Plan, presence: Presence, spells: Iterable[tuple[int, int, int]], sent: Mapping[int, Sequence[tuple[int, int]]]
) -> Columns:
    """Return when windows were manned, open without anybody, empty all the time, or stood by; and how many people pools had.

    Parameters
    ----------
    spells : (post, from, to) of each opening of a tidal window; who is in his pool meanwhile counts there, not here.
    sent : by pool: seconds at which members went to a tidal window (+1) or came back (-1).
    """
    homes = tidal_homes(plan, presence)
    table, state = presence.table, np.where(np.isin(presence.table["person"], [*plan.machines]), "machine", "open").astype(object)
    plain = presence.there & (table["covered"] == 0)
    plain[[*presence.gaps, *homes]] = False
    rows = [*_posts(plan, presence, np.flatnonzero(~plain).tolist(), state, homes, spells)]
    pools, opens = np.array([f"pool:{name}" for name in plan.pools], dtype=object), plan.pool_open
    moved = np.isin(opens["pool"], [*sent])
    rows += _pools(plan, presence, np.flatnonzero(moved).tolist(), sent)
    rows += _away(plan, presence)
    here, there = table[plain], opens[~moved]
    parts = (
        (np.array(plan.windows, dtype=object)[here["window"]], here["opens"], here["closes"], state[plain], state[plain] != "machine"),
        (
            pools[there["pool"]], there["opens"], there["closes"], np.full(len(there), "working", dtype=object),
            presence.heads[there["pool"], there["opens"] // DAY],
        ),
        tuple(zip(*rows, strict=True)) or ((),) * len(DUTY),
    )  # fmt: skip
    kinds: tuple[Any, ...] = (object, np.int64, np.int64, object, np.int64)
    joined = [np.concatenate([np.array(part[n], dtype=kind) for part in parts]) for n, kind in enumerate(kinds)]
    return dict(zip(DUTY, joined, strict=True))


def tidal_homes(plan: Plan, presence: Presence) -> dict[int, int | None]:
    """Return by tidal post the pool of its person; None where he only stands by."""
    tides = {tide.window: tide for tide in plan.tides}
    posts = np.flatnonzero(np.isin(presence.table["window"], [*tides]))
    of = presence.table[["window", "person"]][posts].tolist()
    return {k: dict(tides[window].homes).get(person) for k, (window, person) in zip(posts.tolist(), of, strict=True)}


def _posts(
    plan: Plan, presence: Presence, posts: Sequence[int], state: Any, homes: Mapping[int, int | None],
    spells: Iterable[tuple[int, int, int]],
) -> Iterator[Row]:  # fmt: skip
    """Yield the rows of posts of which more is to say than that somebody was there."""
    opened: dict[int, list[tuple[int, int]]] = {}
    for post, since, until in spells:
        opened.setdefault(post, []).append((since, until))
    known = presence.table[["window", "opens", "closes", "covered"]][[*posts]].tolist()
    for k, (window, first, last, covered) in zip(posts, known, strict=True):
        name = plan.windows[window]
        for opens, closes, what in _spans(presence, k, (first, last), covered, state[k]):
            if k not in homes or what == "absent":
                yield name, opens, closes, what, int(what != "machine")
                continue
            here, t = 1 if homes[k] is None else 0, opens
            for since, until in sorted(opened.get(k, ())):
                if t < since:
                    yield name, t, since, "standby", here
                t = min(until, closes)
                yield name, since, t, "open", 1
            if t < closes:
                yield name, t, closes, "standby", here


def _spans(presence: Presence, k: int, whole: tuple[int, int], covered: int, here: str) -> Iterator[tuple[int, int, str]]:
    """Yield (from, to, state) of a post as known before the run; beside who sits in for somebody, that he is away."""
    manned = presence.gaps.get(k, [whole])
    yield from ((a, b, here) for a, b in manned)
    yield from ((a, b, "unmanned" if presence.there[k] else "absent") for a, b in subtract([whole], manned))
    if covered:
        yield *whole, "away"


def _pools(plan: Plan, presence: Presence, intervals: Iterable[int], sent: Mapping[int, Sequence[tuple[int, int]]]) -> list[Row]:
    """Return how many people there were in those intervals of pools in which somebody may have gone to a tidal window."""
    rows: list[Row] = []
    for p, opens, closes in plan.pool_open[[*intervals]].tolist():
        members = int(presence.heads[p, opens // DAY])
        cuts = sorted({opens, closes, *(t for t, _ in sent[p] if opens < t < closes)})
        name = f"pool:{plan.pools[p]}"
        rows += [(name, a, b, "working", members - sum(more for t, more in sent[p] if t <= a)) for a, b in pairwise(cuts)]
    return rows


def _away(plan: Plan, presence: Presence) -> list[Row]:
    """Return how many of their own were away from pools."""
    found: Counter[tuple[int, int, int]] = Counter()
    missed = np.array([presence.missed(p) for p in range(len(plan.pools))], dtype=bool).reshape(-1, plan.days)
    for p, opens, closes in plan.pool_open[missed[plan.pool_open["pool"], plan.pool_open["opens"] // DAY]].tolist():
        found.update((p, a, b) for a, b in presence.away(p, opens, closes))
    return [(f"pool:{plan.pools[p]}", a, b, "away", n) for (p, a, b), n in found.items()]
