"""What is expected of a route without queues: minutes of work a case, working days to its decision, and the round of checks in its middle.

Of a case filed at a window, at mean times. Left out: files that wait for each other's turn, absence, cases filed online, what mending
papers at the counter takes, and that the slowest of several departments is slower than each on average. That is why answers built on it
are simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from optimization.flow_order import Checks
from simulation.items import CounterStep, Item, MeetingStep, Step, SuspensionStep, TaskStep
from simulation.joint import WEEKDAYS, opinions_of
from simulation.reforms.places import followers
from simulation.routes import ancestors, predecessors
from simulation.scenario import Scenario
from simulation.units import Interval

Before = dict[str, tuple[str, ...]]
GRID = 15
"""Minutes between the moments of the day over which a wait for a run or for an hour of signature is averaged."""


@dataclass(frozen=True)
class Expected:
    """Of one case: `work` in minutes of people, `length` in office minutes from receipt to decision, `wd` the same in working days.

    `begins` and `lengths` say of each step when it begins and how long it takes, in office minutes.
    """

    work: float
    length: int
    wd: float
    begins: dict[str, int]
    lengths: dict[str, int]


@dataclass(frozen=True)
class Chain:
    """A check with what belongs to it: the run there, the signature under it, the run back; `department` None of a procedure by others."""

    head: str
    steps: tuple[str, ...]
    department: str | None


@dataclass(frozen=True)
class Round:
    """The checks of a route that the law may leave free, what they come after, and what waits for them.

    Attributes
    ----------
    anchors : steps after which the first checks begin.
    waiting : steps that wait for checks, with what else they wait for.
    after : today, the checks before each, directly or not, by position in `chains`.
    """

    chains: tuple[Chain, ...]
    anchors: tuple[str, ...]
    waiting: Before
    after: tuple[frozenset[int], ...]


def deciding(item: Item) -> str:
    """Return the step that decides."""
    return next((n for n, s in item.route.items() if getattr(s, "decides", False)), next(iter(item.route)))


def expected(scenario: Scenario, name: str) -> Expected:
    """Return what is expected of a case of an item; work after a denial is not done, a negative opinion ends it where that is the rule."""
    item = scenario.centre.items[name]
    before, decider = predecessors(item.route), deciding(item)
    office = _office(scenario, item)
    contacts, days = _again(scenario, name, item)
    lengths = {n: _length(scenario, item, s) for n, s in item.route.items()}
    begins: dict[str, int] = {}
    while len(begins) < len(before):
        for n in [n for n, ps in before.items() if n not in begins and all(p in begins for p in ps)]:
            begins[n] = max((begins[p] + lengths[p] for p in before[n]), default=round(contacts * days * office))
    denying = veto(item)
    granted = _product(1 - p for p in denying.values()) * (1 - float(item.denial))
    total, first = 0.0, next(iter(item.route))
    for n, step in item.route.items():
        way = ancestors(before, n)
        reach = granted if decider in way else _product(1 - p for c, p in denying.items() if c in way)
        if n == first:
            reach += contacts * float(scenario.centre.incomplete_touch)
        total += reach * work(step)
    length = begins[decider] + lengths[decider]
    return Expected(total, length, length / office, begins, lengths)


def veto(item: Item) -> dict[str, float]:
    """Return the steps whose negative opinion ends the case at once, with its probability."""
    before, found = predecessors(item.route), {}
    for n, step in item.route.items():
        if isinstance(step, TaskStep) and step.join is not None and step.join.rule == "early_veto":
            for opinion in opinions_of(item.route, before, n):
                asked = item.route[opinion]
                assert isinstance(asked, TaskStep) and asked.opinion is not None
                found[opinion] = float(asked.opinion.objects)
    return found


def work(step: Step) -> float:
    """Return the minutes of people that a step takes in the mean case that reaches it."""
    if isinstance(step, CounterStep | TaskStep | MeetingStep):
        minutes = sum(law.mean() for law in step.work.values()) / 60
        people = len(step.pools) if isinstance(step, MeetingStep) else int(step.people) if isinstance(step, TaskStep) else 1
        return minutes * people * float(getattr(step, "share", 1))
    return 0.0


def round_of(scenario: Scenario, item: Item) -> Round | None:
    """Return the round of checks in the middle of a route; None where there is none, or steps of another sort lie between them.

    The department that decides looks at the file first and last; what officers of any department, and procedures by others, do in between
    are the checks. Their runs and signatures go with them.
    """
    route, before, decider = item.route, predecessors(item.route), deciding(item)
    core = [n for n in route if n in ancestors(before, decider)]
    way = {n: ancestors(before, n) for n in core}
    pools = scenario.centre.pools
    heads = [n for n in core if isinstance(s := route[n], SuspensionStep) or (isinstance(s, TaskStep) and pools[s.pool].role == "officers")]
    first = [n for n in heads if not any(h in way[n] for h in heads)]
    last = [n for n in heads if all(h == n or h in way[n] for h in heads)]
    heads = [n for n in heads if not (n in first and len(first) == 1) and not (n in last and _of(scenario, item, n) == item.department)]
    if len(heads) < 2:
        return None
    claimed = _runs_there(scenario, item, before, heads)
    chains = tuple(_chain(scenario, item, before, n, claimed) for n in heads)
    at = {n: k for k, chain in enumerate(chains) for n in chain.steps}
    start = {n for chain in chains for n in way[chain.head] if n not in at}
    end = {n for n in [*core, decider] if n not in at and any(p in at for p in ancestors(before, n))}
    inner = [n for chain in chains for n in chain.steps[1:] if len(before[n]) != 1]
    if start & end or inner or len(start) + len(end) + len(at) < len(core) + 1:
        return None
    anchors = tuple(dict.fromkeys(p for chain in chains for p in before[chain.steps[0]] if p not in at))
    waiting = {n: tuple(p for p in before[n] if p not in at) for n in end if any(p in at for p in before[n])}
    after = tuple(frozenset(at[p] for p in way[chain.steps[0]] if p in at) for chain in chains)
    return Round(chains, anchors, waiting, after)


def checks_of(
    scenario: Scenario, item: Item, found: Round, denies: dict[str, float], day: float, precedence: Iterable[tuple[str, str]]
) -> Checks:
    """Return the round as a problem of order: `denies` by head, `day` the minutes of work that a working day sooner is worth.

    What the same people do stays in today's order, besides the precedences named (first, then), by head.
    """
    at = {chain.head: k for k, chain in enumerate(found.chains)}
    pairs = {(at[a], at[b]) for a, b in precedence if a in at and b in at}
    for k, chain in enumerate(found.chains):
        pool = getattr(item.route[chain.head], "pool", None)
        pairs |= {(j, k) for j in found.after[k] if pool is not None and getattr(item.route[found.chains[j].head], "pool", None) == pool}
    known = {**veto(item), **denies}
    efforts = []
    for chain in found.chains:
        reach, total = 1.0, 0.0
        for n in chain.steps:
            total += reach * work(item.route[n])
            reach *= 1 - known.get(n, 0.0)
        efforts.append(total)
    lengths = tuple(sum(_length(scenario, item, item.route[n]) for n in chain.steps) for chain in found.chains)
    denial = tuple(known.get(chain.head, 0.0) for chain in found.chains)
    return Checks(tuple(at), tuple(efforts), lengths, denial, frozenset(pairs), day / _office(scenario, item))


def links(item: Item, found: Round, after: Sequence[frozenset[int]]) -> Before:
    """Return what each first step of a check, and each step that waits for the round, comes after, where it is not what it is today."""
    direct = [{i for i in a if not any(i in after[k] for k in a)} for a in after]
    ends = [i for i in range(len(after)) if not any(i in a for a in after)]
    chains, before = found.chains, predecessors(item.route)
    new = {c.steps[0]: tuple(chains[i].steps[-1] for i in sorted(d)) or found.anchors for c, d in zip(chains, direct, strict=True)}
    new |= {n: (*(chains[i].steps[-1] for i in ends), *rest) for n, rest in found.waiting.items()}
    return {n: ps for n, ps in new.items() if set(ps) != set(before[n])}


def _chain(scenario: Scenario, item: Item, before: Before, head: str, claimed: dict[str, str]) -> Chain:
    """Return a check with the run there (`claimed`: by head), signatures of its department directly under it, and the run back."""
    department = _of(scenario, item, head)
    steps = [*((claimed[head],) if head in claimed else ()), head]
    while department not in (None, item.department) and item.route[steps[-1]].kind == "task":
        onward = [n for n in followers(before, steps[-1]) if before[n] == (steps[-1],) and n not in claimed.values()]
        if len(onward) != 1 or len(followers(before, steps[-1])) != 1:
            break
        kind, same = item.route[onward[0]].kind, _of(scenario, item, onward[0]) == department
        if kind != "transfer" and not (same and _signs(scenario, item, onward[0])):
            break
        steps.append(onward[0])
    return Chain(head, tuple(steps), department)


def _runs_there(scenario: Scenario, item: Item, before: Before, heads: list[str]) -> dict[str, str]:
    """Return, by check of another department, the run that brings it the file and nothing else."""
    found = {}
    for n in heads:
        if _of(scenario, item, n) not in (None, item.department) and len(before[n]) == 1:
            run = before[n][0]
            if item.route[run].kind == "transfer" and followers(before, run) == [n]:
                found[n] = run
    return found


def _signs(scenario: Scenario, item: Item, name: str) -> bool:
    step = item.route[name]
    return isinstance(step, TaskStep) and not step.decides and scenario.centre.pools[step.pool].role != "officers"


def _of(scenario: Scenario, item: Item, name: str) -> str | None:
    step = item.route[name]
    return scenario.centre.pools[step.pool].department if isinstance(step, TaskStep) else None


def _length(scenario: Scenario, item: Item, step: Step) -> int:
    """Return expected office minutes of a step, whole: its wait for a run, an hour or a date, what it lies idle, and the work itself."""
    site = scenario.centre.sites[_site(scenario, item)]
    office, share = _office(scenario, item), float(getattr(step, "share", 1))
    if step.kind == "transfer":
        return round(share * _wait(site.working, tuple((int(r.leaves), int(r.arrives)) for r in site.transfers)))
    if isinstance(step, SuspensionStep):
        return round(share * step.lasts_wd.mean() * office)
    touch = sum(law.mean() for law in step.work.values()) / 60
    if isinstance(step, MeetingStep):
        return round(share * (len(WEEKDAYS) / len(step.weekdays or WEEKDAYS) * office / 2 + touch))
    if isinstance(step, TaskStep):
        hours = scenario.centre.pools[step.pool].hours
        wait = 0.0 if hours is None else _wait(site.working, tuple((int(h.start), int(h.start)) for h in hours), hours)
        wait += 0.0 if step.delay_wd is None else step.delay_wd.mean() * office
        wait += 0.0 if step.stall is None else float(step.stall.share) * step.stall.lasts_wd.mean() * office
        return round(share * (wait + touch))
    return round(touch)


@cache
def _wait(working: tuple[Interval, ...], runs: tuple[tuple[int, int], ...], inside: tuple[Interval, ...] = ()) -> float:
    """Return the mean office minutes from a moment of the office day until the next run arrives; none for a moment `inside`."""
    day = 86_400
    times = [t for i in working for t in range(int(i.start), int(i.end), GRID * 60)]

    def clock(t: int) -> float:
        whole, rest = divmod(t, day)
        return (whole * _minutes(working)) + sum(max(0, min(rest, int(i.end)) - int(i.start)) for i in working) / 60

    total = 0.0
    for t in times:
        if runs and not any(int(i.start) <= t < int(i.end) for i in inside):
            leaves, arrives = min((k * day + a, k * day + b + (day if b < a else 0)) for k in (0, 1) for a, b in runs if k * day + a >= t)
            total += clock(max(leaves, arrives)) - clock(t)
    return total / max(1, len(times))


def _again(scenario: Scenario, name: str, item: Item) -> tuple[float, float]:
    """Return further contacts until the papers are complete or the visits allowed are used up, and the working days until each.

    At every contact papers are complete, or mended on the spot, as in `optimization.levels`. Who gives up after the last contact is
    counted as if his case went on.
    """
    world, known = scenario.world, 0.0
    needs = [need for need in world.needs.values() if name in need.items]
    for need in needs:
        known += float({**world.responses.complete, **(need.complete or {})}[item.guide]) / len(needs)
    again, unmended = float(world.responses.complete_again[item.notice]), 1 - float(world.responses.corrected)
    first, each = (1 - known) * unmended, (1 - again) * unmended
    contacts = sum(first * each**k for k in range(int(item.max_visits) - 1)) if needs else 0.0
    return contacts, world.behaviour.supplement_wd.mean()


def _site(scenario: Scenario, item: Item) -> str:
    queue = next(s.queue for s in item.route.values() if isinstance(s, CounterStep))
    return scenario.centre.queues[queue].site


def _office(scenario: Scenario, item: Item) -> float:
    """Return the office minutes of a working day."""
    return _minutes(scenario.centre.sites[_site(scenario, item)].working)


def _minutes(working: tuple[Interval, ...]) -> float:
    return sum(int(i.end) - int(i.start) for i in working) / 60


def _product(values: Iterable[float]) -> float:
    total = 1.0
    for v in values:
        total *= v
    return total
