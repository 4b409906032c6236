"""Who was on duty when: the rows of the log's `duty` table, from the roster, from when tidal windows were open, and from the pools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from simulation.engines.attendance import Presence
from simulation.plan import Plan
from simulation.shifts import DAY, subtract

Row = tuple[str, int, int, str, int]


def of_posts(plan: Plan, presence: Presence, spells: Iterable[tuple[int, int, int]] = ()) -> list[Row]:
    """Return when windows were manned, open without anybody, empty all the time, or stood by.

    Parameters
    ----------
    spells : (post, from, to) of each opening of a tidal window; who is in his pool meanwhile counts there, not here.
    """
    homes = tidal_homes(plan, presence)
    opened: dict[int, list[tuple[int, int]]] = {}
    for post, since, until in spells:
        opened.setdefault(post, []).append((since, until))
    rows: list[Row] = []
    for k, opens, closes, state in _spans(plan, presence):
        name = plan.windows[presence.posts[k]["window"]]
        if k not in homes or state == "absent":
            rows.append((name, opens, closes, state, int(state != "machine")))
            continue
        here, t = 1 if homes[k] is None else 0, opens
        for since, until in sorted(opened.get(k, ())):
            rows += [(name, t, since, "standby", here)] if t < since else []
            t = min(until, closes)
            rows.append((name, since, t, "open", 1))
        rows += [(name, t, closes, "standby", here)] if t < closes else []
    return rows


def tidal_homes(plan: Plan, presence: Presence) -> dict[int, int | None]:
    """Return by tidal post the pool of its person; None where he only stands by."""
    tides = {tide.window: tide for tide in plan.tides}
    return {k: dict(tides[p["window"]].homes).get(p["person"]) for k, p in enumerate(presence.posts) if p["window"] in tides}


def of_pools(plan: Plan, presence: Presence, sent: Mapping[int, Sequence[tuple[int, int]]]) -> list[Row]:
    """Return how many people each pool had, and how many of its own were away.

    Parameters
    ----------
    sent : by pool: seconds at which members went to a tidal window (+1) or came back (-1).
    """
    spans: dict[int, list[tuple[int, int]]] = {}
    for p, a, b in plan.pool_open.tolist():
        spans.setdefault(p, []).append((a, b))
    rows: list[Row] = []
    for p, name in enumerate(plan.pools):
        moves = sent.get(p, ())
        for opens, closes in spans.get(p, ()):
            members = presence.head(p, opens // DAY)
            cuts = sorted({opens, closes, *(t for t, _ in moves if opens < t < closes)})
            rows += [(f"pool:{name}", a, b, "working", members - sum(more for t, more in moves if t <= a)) for a, b in pairwise(cuts)]
        away = Counter(s for a, b in spans.get(p, ()) for s in presence.away(p, a, b))
        rows += [(f"pool:{name}", a, b, "away", n) for (a, b), n in away.items()]
    return rows


def _spans(plan: Plan, presence: Presence) -> Iterator[tuple[int, int, int, str]]:
    """Yield (post, from, to, state) as known before the run; beside who sits in for somebody, that he is away."""
    machines = plan.machines
    for k, post in enumerate(presence.posts):
        manned, whole = presence.manned[k], (post["opens"], post["closes"])
        missing = [] if manned == [whole] else subtract([whole], manned)
        here = "machine" if post["person"] in machines else "open"
        yield from ((k, a, b, here) for a, b in manned)
        yield from ((k, a, b, "unmanned" if presence.there[k] else "absent") for a, b in missing)
        if post["covered"]:
            yield k, post["opens"], post["closes"], "away"
