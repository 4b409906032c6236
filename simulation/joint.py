"""Joint handling compiled: which steps give opinions, which steps wait for them, who meets when; and what is wrong with them.

A route without opinions, joins and meetings has no entry here, and its cases run past all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args

from simulation.centre import Centre
from simulation.errors import nearest
from simulation.items import Item, Join, MeetingStep, Opinion, Step, TaskStep, Weekday
from simulation.routes import FULL, Routes, ancestors

WEEKDAYS: tuple[str, ...] = get_args(Weekday)
Before = dict[str, tuple[str, ...]]
Flaw = tuple[tuple[str | int, ...], str, str, str]


@dataclass(frozen=True)
class Asked:
    """A step whose department gives an opinion.

    Attributes
    ----------
    objects : threshold of a negative opinion.
    deadline_wd : working days from the begin of its wait; -1 = none. late : what happens then.
    rule : of the join that takes it.
    silent : steps between it and the join that carry nobody else's opinion; they fall away with an opinion that was never given.
    """

    objects: int
    deadline_wd: int
    late: str
    rule: str
    silent: frozenset[int]


@dataclass(frozen=True)
class Heard:
    """A step that waits for opinions.

    Attributes
    ----------
    opinions : steps that give them. k : positive ones it needs; 0 = it waits for all.
    brings : predecessor -> opinions that arrive with it. alone : predecessors that bring none and are always waited for.
    before : all steps on the way to it.
    """

    opinions: frozenset[int]
    k: int
    brings: dict[int, frozenset[int]]
    alone: frozenset[int]
    before: frozenset[int]


@dataclass(frozen=True)
class Sitting:
    """The meeting at which a step is handled; equal ones are one meeting. Pools by name, the first convenes; weekdays from Monday = 0."""

    pools: tuple[str, ...]
    weekdays: frozenset[int]
    at: int
    quorum: int
    capacity: int


@dataclass(frozen=True)
class Joint:
    """All of it, by step of the routes."""

    asked: dict[int, Asked] = field(default_factory=dict)
    heard: dict[int, Heard] = field(default_factory=dict)
    sittings: dict[int, Sitting] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.asked or self.heard or self.sittings)

    def followed(self, other: Joint, steps: int) -> Joint:
        """Return this with `other` behind it, whose steps are numbered from `steps` on."""

        def up(names: frozenset[int]) -> frozenset[int]:
            return frozenset(s + steps for s in names)

        asked = {s + steps: Asked(a.objects, a.deadline_wd, a.late, a.rule, up(a.silent)) for s, a in other.asked.items()}
        heard = {}
        for s, h in other.heard.items():
            brings = {p + steps: up(names) for p, names in h.brings.items()}
            heard[s + steps] = Heard(up(h.opinions), h.k, brings, up(h.alone), up(h.before))
        sittings = {s + steps: sitting for s, sitting in other.sittings.items()}
        return Joint(self.asked | asked, self.heard | heard, self.sittings | sittings)


def opinions_of(route: Mapping[str, Step], before: Before, name: str) -> set[str]:
    """Return the steps whose opinions step `name` takes: those on the way to it that no other step has taken before."""
    way = ancestors(before, name)
    taken = set[str]().union(*(ancestors(before, n) for n in way if _join(route[n]) is not None))
    return {n for n in way - taken if _opinion(route[n]) is not None}


def _opinion(step: Step) -> Opinion | None:
    return step.opinion if isinstance(step, TaskStep) else None


def _join(step: Step) -> Join | None:
    return step.join if isinstance(step, TaskStep) else None


def compile_joint(centre: Centre, routes: Routes) -> Joint:
    """Return the opinions, joins and meetings of all routes."""
    joint = Joint()
    for (item, _), r in routes.index.items():
        route, base = centre.items[item].route, int(routes.first[r])
        if any(isinstance(s, MeetingStep) or _opinion(s) or _join(s) for s in route.values()):
            last = int(routes.first[r + 1])
            names, after = routes.names[base:last], routes.successors[base:last]
            before = {n: tuple(p for p, waiting in zip(names, after, strict=True) if base + k in waiting) for k, n in enumerate(names)}
            _enter(joint, route, before, base)
    return joint


def _enter(joint: Joint, route: Mapping[str, Step], before: Before, base: int) -> None:
    """Enter one route; its steps are numbered from `base` on in the order of `before`."""
    at = {name: base + k for k, name in enumerate(before)}

    def numbered(names: set[str]) -> frozenset[int]:
        return frozenset(at[n] for n in names)

    taker: dict[str, str] = {}
    for name in before:
        if (join := _join(route[name])) is not None:
            opinions = opinions_of(route, before, name)
            brings = {p: opinions & (ancestors(before, p) | {p}) for p in before[name]}
            joint.heard[at[name]] = Heard(
                numbered(opinions),
                int(join.k or 0) if join.rule == "k_of_n" else 0,
                {at[p]: numbered(names) for p, names in brings.items() if names},
                numbered({p for p, names in brings.items() if not names}),
                numbered(ancestors(before, name)),
            )
            taker |= dict.fromkeys(opinions, name)
        if isinstance(step := route[name], MeetingStep):
            days = frozenset(WEEKDAYS.index(d) for d in step.weekdays or WEEKDAYS)
            joint.sittings[at[name]] = Sitting(step.pools, days, int(step.at), int(step.quorum), int(step.capacity))
    asking = {n for n in before if _opinion(route[n]) is not None}
    for name in asking:
        opinion, to = _opinion(route[name]), taker.get(name)
        join = None if to is None else _join(route[to])
        between = set() if to is None else {n for n in ancestors(before, to) if name in ancestors(before, n)}
        silent = {n for n in between - asking if ancestors(before, n) & asking == {name}}
        assert opinion is not None
        joint.asked[at[name]] = Asked(
            round(float(opinion.objects) * FULL),
            -1 if opinion.deadline_wd is None else int(opinion.deadline_wd),
            opinion.late,
            "all" if join is None else join.rule,
            numbered(silent),
        )


def flaws(centre: Centre, name: str, item: Item, before: Before) -> Iterator[Flaw]:
    """Yield what is wrong with the opinions, joins and meetings of an item whose route has no cycle."""
    route, at = item.route, ("centre", "items", name, "route")
    decider = next((n for n, s in route.items() if getattr(s, "decides", False)), None)
    for n, step in route.items():
        if isinstance(step, MeetingStep):
            yield from _flaws_of_meeting(centre, step, (*at, n))
        elif isinstance(step, TaskStep):
            if step.opinion is not None:
                if decider is None or n not in ancestors(before, decider):
                    yield (*at, n, "opinion"), n, "an opinion is given before the case is decided", "delete `opinion:`"
                yield from _flaws_of_opinion(centre, item, step, step.opinion, (*at, n))
            if step.join is not None:
                if decider is None or n not in {decider, *ancestors(before, decider)}:
                    yield (*at, n, "join"), n, "opinions are joined before the case is decided", "delete `join:`"
                yield from _flaws_of_join(step.join, len(opinions_of(route, before, n)), (*at, n, "join"))


def _flaws_of_opinion(centre: Centre, item: Item, step: TaskStep, opinion: Opinion, at: tuple[str, ...]) -> Iterator[Flaw]:
    if step.share < 1:
        yield (*at, "share"), str(step.share), "an opinion is asked in every case", "delete `share:`"
    if opinion.deadline_wd is None and opinion.late != "block":
        yield (*at, "opinion", "late"), opinion.late, "an opinion is late after its deadline", "add `deadline_wd:`"
    if opinion.deadline_wd == 0:
        yield (*at, "opinion", "deadline_wd"), "0", "a department has at least one working day to answer", "write 1 or more"
    if opinion.late == "deemed_consent":
        bodies = dict.fromkeys([centre.pools[step.pool].department if step.pool in centre.pools else "", item.department])
        for body in bodies:
            if body in centre.departments and (risk := centre.departments[body].risk) != "none":
                rule = f"silence is no consent where a body protects {risk}: `{body}` (R26)"
                yield (*at, "opinion", "late"), opinion.late, rule, "write `escalate` or `block`"


def _flaws_of_join(join: Join, opinions: int, at: tuple[str, ...]) -> Iterator[Flaw]:
    if opinions == 0:
        yield at, join.rule, "a step that joins opinions comes after steps that give them", "add `opinion:` to those steps"
    if join.rule == "k_of_n" and not (join.k is not None and 1 <= join.k <= max(1, opinions)):
        yield (*at, "k"), "nothing" if join.k is None else str(join.k), f"k lies between 1 and the {opinions} opinions", "write such a k"
    if join.rule != "k_of_n" and join.k is not None:
        yield (*at, "k"), str(join.k), f"the rule `{join.rule}` counts no opinions", "delete `k:`, or write `rule: k_of_n`"


def _flaws_of_meeting(centre: Centre, step: MeetingStep, at: tuple[str, ...]) -> Iterator[Flaw]:
    for pool in step.pools:
        if pool not in centre.pools:
            yield (*at, "pools"), pool, f"`{pool}` is not a known pool", nearest(pool, centre.pools)
    if len(set(step.pools)) != len(step.pools) or not step.pools:
        yield (*at, "pools"), ", ".join(step.pools) or "[]", "a meeting has pools, each named once", "name who takes part"
    if not 1 <= step.quorum <= max(1, len(step.pools)):
        yield (*at, "quorum"), str(step.quorum), f"a quorum lies between 1 and the {len(step.pools)} pools", "write such a number"
    if step.capacity == 0:
        yield (*at, "capacity"), "0", "a meeting handles at least one case", "write 1 or more"


__all__ = ["Asked", "Heard", "Joint", "Sitting", "compile_joint", "flaws", "opinions_of"]
