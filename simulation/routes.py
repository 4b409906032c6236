"""Routes of items as integer arrays: for each item and channel its steps, who comes after whom, and the work each step contains.

Filed online, the first counter becomes a task of the online pool, the other counters and all runs of paper fall away, and who came
after them comes after what was before them. At a machine only the first counter is another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulation.centre import Centre
from simulation.distributions import Distribution
from simulation.items import CounterStep, Item, MeetingStep, Step, SuspensionStep, TaskStep, TransferStep
from simulation.units import Number

COUNTER, TASK, TRANSFER, SUSPENSION, MEETING = range(5)
FULL = 1 << 32
AS_BEGUN = "-as-begun"
"""In the name of an item that keeps an old route for the cases under way, beside the item that was reformed."""
CHANNELS = ("counter", "online", "self_service")
STEP = np.dtype(
    [
        (f, np.int64)
        for f in ("kind", "place", "people", "share", "stall", "npred", "decides", "stall_wd", "delay_wd", "lasts_wd", "reason", "noticed")
    ]
)
"""One step: kind; ticket class or pool; people; thresholds of need and stall; number of predecessors; whether it decides; indices
into `Routes.distributions` (-1 = none); reason label; whether a suspension is noticed."""


@dataclass(frozen=True)
class Routes:
    """All routes, flat.

    Attributes
    ----------
    index : (item, channel) -> route.
    first : int64 (routes + 1,), steps of route r are `first[r]:first[r + 1]`.
    steps : STEP rows; names : their names.
    successors, works : by step: steps that wait for it; (work id, distribution, factor in permille) it contains.
    collect : by route: (ticket class, threshold, distribution of touch) of the collecting visit, or None.
    """

    classes: tuple[tuple[str, str], ...]
    index: dict[tuple[str, str], int]
    first: NDArray[np.int64]
    steps: NDArray[np.void]
    names: tuple[str, ...]
    successors: tuple[tuple[int, ...], ...]
    works: tuple[tuple[tuple[str, int, int], ...], ...]
    reasons: tuple[str, ...]
    distributions: tuple[Distribution, ...]
    collect: tuple[tuple[int, int, int] | None, ...]
    mail_wd: tuple[int, ...]
    """By route: distribution of the mail's working days, -1 when the result needs no way."""
    share_of: tuple[int, ...] = ()
    """By step: the step whose luck says whether a case needs it, mostly itself."""
    afterwards: tuple[bool, ...] = ()
    """By step: whether it is done for the case without anybody waiting for it."""

    def step(self, route: int, name: str) -> int:
        """Return the index of the step called `name` in `route`."""
        return int(self.first[route]) + self.names[self.first[route] : self.first[route + 1]].index(name)


@dataclass
class _Tables:
    classes: list[tuple[str, str]] = field(default_factory=list)
    steps: list[tuple[int, ...]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    successors: list[tuple[int, ...]] = field(default_factory=list)
    works: list[tuple[tuple[str, int, int], ...]] = field(default_factory=list)
    share_of: list[int] = field(default_factory=list)
    afterwards: list[bool] = field(default_factory=list)
    reasons: list[str] = field(default_factory=lambda: [""])
    distributions: list[Distribution] = field(default_factory=list)
    places: dict[object, int] = field(default_factory=dict)

    def distribution(self, d: Distribution | None) -> int:
        if d is None:
            return -1
        place = self.places.setdefault((type(d), _value(vars(d))), len(self.distributions))
        if place == len(self.distributions):
            self.distributions.append(d)
        return place

    def ticket_class(self, queue: str, skill: str | None) -> int:
        if (key := (queue, skill or queue)) not in self.classes:
            self.classes.append(key)
        return self.classes.index(key)

    def reason(self, text: str) -> int:
        if text not in self.reasons:
            self.reasons.append(text)
        return self.reasons.index(text)


def _value(part: object) -> object:
    """Return what two equal parts of a law have in common, and can be looked up by."""
    if isinstance(part, dict):
        return tuple((_value(name), _value(value)) for name, value in part.items())
    return (float(part), part.low, part.high) if isinstance(part, Number) else part


def original(centre: Centre, ticket_class: tuple[str, str]) -> tuple[str, str]:
    """Return the ticket class whose tickets a branch's class takes; itself where it takes its own."""
    queue, skill = ticket_class
    served = centre.queues[queue].serves
    return ticket_class if served is None else (served, served if skill == queue else skill)


def predecessors(route: dict[str, Step]) -> dict[str, tuple[str, ...]]:
    """Return the names each step waits for: what ``after`` says, or the step listed before it."""
    names = list(route)
    return {n: s.after if s.after is not None else tuple(names[k - 1 : k]) for k, (n, s) in enumerate(route.items())}


def ancestors(before: dict[str, tuple[str, ...]], name: str) -> set[str]:
    """Return all steps of a precedence graph that are finished before `name` begins."""
    found: set[str] = set()
    todo = [*before[name]]
    while todo:
        if (step := todo.pop()) not in found:
            found.add(step)
            todo += before[step]
    return found


def contract(before: dict[str, tuple[str, ...]], gone: set[str]) -> dict[str, tuple[str, ...]]:
    """Take the steps `gone` out of a precedence graph; who waited for them waits for what they waited for."""
    result = dict(before)
    for name in gone:
        passed = result.pop(name)
        result = {n: tuple(dict.fromkeys(q for p in ps for q in (passed if p == name else (p,)))) for n, ps in result.items()}
    return result


def compile_routes(centre: Centre) -> Routes:
    """Compile the routes of all items for the counter and, where offered, online."""
    t = _Tables()
    for site in centre.sites.values():
        if site.guide is not None:
            t.ticket_class(site.guide.queue, None)
    for queue, row in centre.queues.items():
        if row.serves is None:
            t.ticket_class(queue, None)
    index: dict[tuple[str, str], int] = {}
    first, collect, mail = [0], [], []
    pools = list(centre.pools)
    for name, item in centre.items.items():
        for channel in CHANNELS:
            if (channel == "online" and item.online is None) or (channel == "self_service" and item.self_service is None):
                continue
            index[name, channel] = len(first) - 1
            _route(t, name, item, channel, pools)
            first.append(len(t.steps))
            way, delivery = None, item.delivery
            if channel != "online" and delivery.queue is not None:
                way = (t.ticket_class(delivery.queue, None), round(float(delivery.collect) * FULL), t.distribution(delivery.touch))
            collect.append(way)
            mail.append(t.distribution(delivery.mail_wd) if channel != "online" else -1)
    for queue, row in centre.queues.items():
        for served, skill in tuple(t.classes) if row.serves is not None else ():
            if served == row.serves:
                t.ticket_class(queue, None if skill == served else skill)
    return Routes(
        classes=tuple(t.classes),
        index=index,
        first=np.array(first, dtype=np.int64),
        steps=np.array(t.steps, dtype=STEP),
        names=tuple(t.names),
        successors=tuple(t.successors),
        works=tuple(t.works),
        reasons=tuple(t.reasons),
        distributions=tuple(t.distributions),
        collect=tuple(collect),
        mail_wd=tuple(mail),
        share_of=tuple(t.share_of),
        afterwards=tuple(t.afterwards),
    )


def _route(t: _Tables, item_name: str, item: Item, channel: str, pools: list[str]) -> None:
    steps: dict[str, Step] = dict(item.route)
    before = predecessors(steps)
    if channel == "online":
        counters = [n for n, s in steps.items() if s.kind == "counter"]
        before = contract(before, {*counters[1:], *(n for n, s in steps.items() if s.kind == "transfer")})
    names = list(before)
    base = len(t.steps)
    for name in names:
        step, after = steps[name], len(before[name])
        t.names.append(name)
        t.afterwards.append(isinstance(step, TaskStep) and step.afterwards)
        t.share_of.append(base + names.index(getattr(step, "share_of", None) or name))
        t.successors.append(tuple(base + names.index(n) for n in names if name in before[n]))
        if isinstance(step, CounterStep) and channel == "online":
            assert item.online is not None
            t.steps.append(
                (TASK, pools.index(item.online.pool), 1, FULL, 0, after, int(step.decides), -1, -1, -1, t.reason("acceptance"), 0)
            )
            t.works.append(_works(t, item_name, step.work, round(float(item.online.factor) * 1000)))
        elif isinstance(step, CounterStep) and channel == "self_service" and name == names[0]:
            assert item.self_service is not None
            place = t.ticket_class(item.self_service.queue, None)
            t.steps.append((COUNTER, place, 1, FULL, 0, after, int(step.decides), -1, -1, -1, 0, 0))
            t.works.append(_works(t, item_name, step.work, round(float(item.self_service.factor) * 1000)))
        elif isinstance(step, CounterStep):
            t.steps.append((COUNTER, t.ticket_class(step.queue, step.skill), 1, FULL, 0, after, int(step.decides), -1, -1, -1, 0, 0))
            t.works.append(_works(t, item_name, step.work, 1000))
        elif isinstance(step, TaskStep):
            stall = 0 if step.stall is None else round(float(step.stall.share) * FULL)
            lasts = None if step.stall is None else step.stall.lasts_wd
            row = (TASK, pools.index(step.pool), int(step.people), round(float(step.share) * FULL), stall, after, int(step.decides))
            t.steps.append((*row, t.distribution(lasts), t.distribution(step.delay_wd), -1, 0, 0))
            t.works.append(_works(t, item_name, step.work, 1000))
        elif isinstance(step, TransferStep):
            t.steps.append((TRANSFER, 0, 0, round(float(step.share) * FULL), 0, after, 0, -1, -1, -1, 0, 0))
            t.works.append(())
        elif isinstance(step, SuspensionStep):
            share, lasts_wd = round(float(step.share) * FULL), t.distribution(step.lasts_wd)
            t.steps.append((SUSPENSION, 0, 0, share, 0, after, 0, -1, -1, lasts_wd, t.reason(step.reason), int(step.noticed)))
            t.works.append(())
        elif isinstance(step, MeetingStep):
            t.steps.append((MEETING, 0, 0, round(float(step.share) * FULL), 0, after, int(step.decides), -1, -1, -1, 0, 0))
            t.works.append(_works(t, item_name, step.work, 1000))


def begun_as(item: str) -> str:
    """Return the name under which an item's cases have their luck: the original's where an old route of it is kept."""
    return item.partition(AS_BEGUN)[0]


def luck_of(item: str, name: str) -> str:
    """Return the name under which a step or a work has its luck, `item/name`; what came from another item keeps the name it had there."""
    return name if "/" in name else f"{item}/{name}"


def _works(t: _Tables, item: str, work: dict[str, Distribution], factor: int) -> tuple[tuple[str, int, int], ...]:
    return tuple((luck_of(item, name), t.distribution(d), factor) for name, d in work.items())
