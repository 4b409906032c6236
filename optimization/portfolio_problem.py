"""The problem file of the reform portfolio: which reforms, what their gain is worth, and what limits the choice and its sequence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Literal

from pydantic import Field

from optimization.problem import ProblemFile
from simulation.consistency import Loc
from simulation.errors import FileRefused, Problem, ReformRefused, nearest
from simulation.files import find
from simulation.frozen import Sourced
from simulation.reforms import Authority, Reform, apply
from simulation.scenario import Scenario
from simulation.units import Count, Duration, Money, Price

MOST = 10
SUMS = ("mean", "ratio", "share", "rate", "count")
"""Kinds of measures that have a value in each replication that is a sum over a sum."""


class Worth(Sourced):
    """What one unit of a measure is worth for each of those it is counted over, and how many these are in a year.

    A lower value is better or a higher one, as the measure says.

    Attributes
    ----------
    measure : of the catalogue, a mean, share or rate.
    group : of what it is taken: `all`, or one item or queue say.
    unit : money for one unit of the measure, for each of those it is counted over.
    a_year : how many of these there are in a year.
    """

    measure: str
    group: str = "all"
    unit: Price
    a_year: Count


class Periods(Sourced):
    """So many periods of a length; a reform begins at the start of a period and counts from the first period after its lead time.

    Attributes
    ----------
    periods : how many, 24 at most.
    length : of each.
    """

    periods: Count = Count(4)
    length: Duration = Duration(90 * 86_400)


class Limits(Sourced):
    """What there is: money over all periods, money that may be begun with in one period, people who introduce reforms."""

    budget: Money | None = None
    """One-off costs, and yearly costs from the first day in effect to the end of the calendar."""
    once_a_period: Money | None = None
    """One-off costs of the reforms that begin in one period."""
    people: Count | None = None
    """Who introduce reforms, at one time."""


class PortfolioProblem(ProblemFile):
    """Which reforms to choose, and when to begin each.

    Within a bundle the edits of the reforms follow each other in the order of `reforms`, whichever begins first: edits do not commute.

    Attributes
    ----------
    reforms : files, by path or stem.
    worth : the gain is the sum of these, money a year.
    ask : whom the planner may ask for a decision.
    people : who are busy with a reform from its beginning until it is in effect.
    needs : reforms that must be in effect before one begins.
    excludes : pairs of which one is chosen at most.
    must : reforms that are wanted whatever they gain.
    least : gain over the calendar that is asked for.
    stresses : under which the choice is to be robust.
    exploring : replications of the designed experiment, two or more; `replications` verify on fresh seeds.
    calendar : the periods over which gains and costs are counted.
    limits : what there is of money and people.
    best : how many of the best bundles are compared in simulation.
    """

    kind: Literal["portfolio_problem"]
    reforms: tuple[str, ...]
    worth: tuple[Worth, ...]
    calendar: Periods = Periods()
    limits: Limits = Limits()
    ask: tuple[Authority, ...] = ("centre", "department", "district")
    people: dict[str, Count] = Field(default_factory=dict)
    needs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    excludes: tuple[tuple[str, str], ...] = ()
    must: tuple[str, ...] = ()
    least: Money | None = None
    stresses: tuple[str, ...] = ()
    exploring: Count = Count(10)
    best: Count = Count(3)

    def checks(self, scenario: Scenario) -> Iterator[Iterable[tuple[Loc, Problem]]]:
        """Yield checks for reforms, measures and stresses that are not there or do not fit `scenario`, and numbers that cannot be."""
        yield from (self._files(folder) for folder in ("reforms", "stresses"))
        yield self._unknown()
        yield self._tied()
        yield self._empty()
        yield from (self._least(*numbers) for numbers in (("exploring", 2), ("best", 1)))
        yield self._periods()
        yield self._priced(scenario)
        yield self._fitting(scenario)

    def _files(self, folder: str) -> Iterator[tuple[Loc, Problem]]:
        for k, name in enumerate(getattr(self, folder)):
            try:
                find(name, folder)
            except FileRefused as refused:
                yield from (((folder, k), Problem("", p.found, p.rule, p.remedy)) for p in refused.problems)

    def _fitting(self, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        """Whether the reforms fit, one after the other; asked where all of them are there and hang together without a circle."""
        if not [*self._files("reforms"), *self._unknown(), *self._tied()]:
            yield from self._unfit(scenario)

    def _unknown(self) -> Iterator[tuple[Loc, Problem]]:
        places: list[tuple[Loc, str]] = [(("people", name), name) for name in self.people]
        places += [(("needs", name), name) for name in self.needs]
        places += [(("needs", name, k), other) for name, others in self.needs.items() for k, other in enumerate(others)]
        places += [(("excludes", k, n), name) for k, pair in enumerate(self.excludes) for n, name in enumerate(pair)]
        places += [(("must", k), name) for k, name in enumerate(self.must)]
        for loc, name in places:
            if name not in self.reforms:
                yield loc, Problem("", name, "one of `reforms`", nearest(name, self.reforms))

    def _tied(self) -> Iterator[tuple[Loc, Problem]]:
        if len({*self.reforms}) < len(self.reforms):
            yield ("reforms",), Problem("", ", ".join(self.reforms), "each reform once", "leave the second one out")
        if not 1 <= len(self.reforms) <= MOST:
            yield ("reforms",), Problem("", str(len(self.reforms)), f"1 to {MOST} reforms", "name those that are serious")
        for name in self.needs:
            if name in self._behind(name):
                yield ("needs", name), Problem("", name, "no reform needs itself, by way of others neither", "break the circle")
        for k, pair in enumerate(self.excludes):
            if pair[0] == pair[1]:
                yield ("excludes", k, 1), Problem("", pair[1], "a pair names two reforms", "name another")

    def _empty(self) -> Iterator[tuple[Loc, Problem]]:
        if not self.worth:
            yield ("worth",), Problem("", "nothing", "a gain is worth something", "say what one unit of a measure is worth")
        if not self.ask:
            yield ("ask",), Problem("", "nobody", "somebody decides", "write centre, department, district or city")

    def _least(self, name: str, least: int) -> Iterator[tuple[Loc, Problem]]:
        if int(getattr(self, name)) < least:
            rule = "an interval needs two replications" if least == 2 else "at least 1"
            yield (name,), Problem("", str(int(getattr(self, name))), rule, f"write {least} or more")

    def _periods(self) -> Iterator[tuple[Loc, Problem]]:
        for name, number in (("periods", int(self.calendar.periods)), ("length", int(self.calendar.length))):
            if number < 1:
                yield ("calendar", name), Problem("", str(number), "at least 1", "write more")
        if int(self.calendar.periods) > 24:
            yield ("calendar", "periods"), Problem("", str(int(self.calendar.periods)), "24 periods at most", "write longer periods")

    def _behind(self, name: str) -> set[str]:
        found: set[str] = set()
        while more := {k for n in (found or {name}) for k in self.needs.get(n, ())} - found:
            found |= more
        return found

    def _priced(self, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        from simulation.measures import CATALOGUE

        lacking = {"meta.burden"} if scenario.world.burden is None else set()
        lacking |= {"meta.pay"} if scenario.centre.pay is None else set()
        for k, worth in enumerate(self.worth):
            measure = CATALOGUE.get(worth.measure)
            if measure is None:
                yield ("worth", k, "measure"), Problem("", worth.measure, "a measure of the catalogue", nearest(worth.measure, CATALOGUE))
            elif measure.kind not in SUMS or measure.direction == "none":
                rule = "a measure with a better side, that is a sum over a sum: no quantile"
                yield ("worth", k, "measure"), Problem("", worth.measure, rule, "take a mean or a share")
            elif without := lacking.intersection(measure.needs):
                rule = f"a measure for which `{scenario.name}` states the prices"
                yield ("worth", k, "measure"), Problem("", worth.measure, rule, f"state {', '.join(sorted(without))}")

    def _unfit(self, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        from simulation.verbs import load_reform

        loaded: dict[str, Reform] = {name: load_reform(name) for name in self.reforms}
        order = {name: k for k, name in enumerate(self.reforms)}
        for a, b in [(n, n) for n in self.reforms] + list(combinations(self.reforms, 2)):
            if (a, b) in self.excludes or (b, a) in self.excludes:
                continue
            members = sorted({a, b} | self._behind(a) | self._behind(b), key=order.__getitem__)
            if a != b and any({*pair} <= {*members} for pair in self.excludes):
                continue
            try:
                apply(scenario, *(loaded[n] for n in members))
            except ReformRefused as refused:
                first = refused.problems[0]
                rule = f"reforms that fit `{scenario.name}` one after the other; {first.where}: {first.found}, {first.rule}"
                remedy = "leave it out" if len(members) == 1 else "change their order, state what it `needs`, or that they are `excludes`"
                yield ("reforms", order[b]), Problem("", " then ".join(members), rule, remedy)
                if a == b:
                    return
