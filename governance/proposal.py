"""What the law is asked about: a centre as somebody wants it, with today's beside it and the edits that lead from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from simulation.centre import Centre
from simulation.consistency import Loc
from simulation.items import CounterStep, Item, MeetingStep, TaskStep
from simulation.reforms import Edit, Reform
from simulation.routes import ancestors, begun_as, predecessors
from simulation.scenario import Scenario


@dataclass(frozen=True)
class Proposal:
    """A scenario to be judged; `today` and `reforms` when it is the fruit of reforms."""

    scenario: Scenario
    today: Scenario | None = None
    reforms: tuple[Reform, ...] = ()

    @property
    def centre(self) -> Centre:
        """The centre as it is wanted."""
        return self.scenario.centre

    def edits(self) -> Iterator[tuple[Loc, Edit, Reform]]:
        """Yield each edit with its place and its reform."""
        for reform in self.reforms:
            for k, edit in enumerate(reform.edits):
                yield (reform.name, "edits", k), edit, reform

    def items(self) -> Iterator[tuple[str, Item]]:
        """Yield the items that handle new cases as powers of a department.

        Left out are consultations, public services of firms, and routes by which cases of before a reform come to their end.
        """
        for name, item in self.centre.items.items():
            if item.matter != "service" and item.case_class != "consultation" and begun_as(name) == name:
                yield name, item

    def pairs(self) -> Iterator[tuple[str, Item, Item]]:
        """Yield each item that there is today and after, as (name, today's, the new one)."""
        olds = {} if self.today is None else self.today.centre.items
        yield from ((name, olds[name], item) for name, item in self.items() if name in olds)


@dataclass(frozen=True)
class Breach:
    """One place where a rule is broken: where, what was found there in both languages."""

    loc: Loc
    en: str
    zh: str
    eased: bool = False
    """Only a warning: the rule can be kept without another plan (what is assumed is still to be had, a colleague signs)."""
    by: frozenset[str] = frozenset()
    """Who breaks it, where that and not the words tells it from another breach at the same place: numbers and windows may change."""


@dataclass(frozen=True)
class Terms:
    """The numbers and names of a rule, as its file states them."""

    at_most: Mapping[str, int] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Predicate:
    """A pure function that finds where a rule is broken, and the numbers that the rule's file must state for it."""

    find: Callable[[Proposal, Terms], Iterator[Breach]]
    at_most: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()
    named: bool = False
    """Whether it needs names (`among:`)."""


def deciding(item: Item) -> tuple[str, CounterStep | TaskStep | MeetingStep] | None:
    """Return the step that decides, with its name."""
    return next(((n, s) for n, s in item.route.items() if isinstance(s, CounterStep | TaskStep | MeetingStep) and s.decides), None)


def decider(centre: Centre, item: Item) -> str:
    """Return the body that decides: that of the deciding pool, or the item's department where a counter decides in its name.

    At a meeting it is the item's department, if it sits there, else the first body of those who do.
    """
    step = deciding(item)
    if step is not None and isinstance(step[1], TaskStep):
        return centre.pools[step[1].pool].department
    if step is not None and isinstance(step[1], MeetingStep):
        bodies = [centre.pools[p].department for p in step[1].pools]
        return item.department if item.department in bodies else bodies[0]
    return item.department


def bodies(centre: Centre, name: str, item: Item) -> set[str]:
    """Return the bodies that handle an item until it is decided: who decides, whose pools work on it, whose items it joins."""
    found = {decider(centre, item)}
    if (step := deciding(item)) is not None:
        before = ancestors(predecessors(item.route), step[0])
        for work in (item.route[n] for n in {*before, step[0]}):
            pools = (work.pool,) if isinstance(work, TaskStep) else work.pools if isinstance(work, MeetingStep) else ()
            found |= {centre.pools[p].department for p in pools}
    event = centre.life_events.get(name)
    return found | {centre.items[part].department for part in (event.items if event is not None else ())}


def place(name: str, *more: str | int) -> Loc:
    """Return the place of an item in its scenario."""
    return ("centre", "items", name, *more)
