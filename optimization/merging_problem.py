"""The problem file of department merging: what a shared body saves and costs, what is forbidden, what stands beside the proposals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from optimization.problem import Amount, ProblemFile, no_group
from simulation.centre import Fading
from simulation.consistency import Loc
from simulation.errors import FileRefused, Problem, nearest
from simulation.files import find
from simulation.frozen import Frozen, Sourced, Title
from simulation.items import TaskStep
from simulation.measures import CATALOGUE
from simulation.scenario import Scenario
from simulation.units import Count, Duration, Factor, Price


class PairRule(Sourced):
    """Two departments that must, or must not, be one body."""

    bodies: tuple[str, str]
    because: Title


class Overlap(Sourced):
    """Powers that two departments both claim: officers' time a year spent on whose case it is, and on doing it twice."""

    bodies: tuple[str, str]
    hours: Duration


class Bounds(Sourced):
    """How many bodies there are after the reform, those that stay as they are included; set by the level above (Organic Law 79)."""

    least: Count | None = None
    most: Count | None = None


class MergingPrices(Sourced):
    """What two departments in one body save and cost. Times are officers' hours.

    What is paid once is counted for each two that are joined: exact for a body of two, and more than it is for a larger one. The cost that
    the reform states counts each department that joins once.
    """

    hour: Price
    """An officer's hour."""
    waiting: Price
    """An office hour that an applicant's file lies between two departments."""
    handing: Duration
    """Packing, registering and reading into a file that goes from one department to another, both ends together."""
    similar: Duration
    """A year, saved by two wholly similar departments: one policy, one training, one help desk, one set of papers."""
    span: Duration
    """A year, of the head and the sections, for each two former departments that must agree under one roof."""
    specialist: Duration
    """A year, lost by each officer of the smaller of two wholly different departments: he is asked what he is no specialist of."""
    merger: Price
    """Once, for two: moves, systems, seals, forms and training."""
    years: Count
    """Over which what is paid once is spread."""


class Likeness(Frozen):
    """Weights of the components of similarity (each between 0 and 1); they need not sum to one.

    Hand-overs are no component: they are priced as such (`handing`, `waiting`), and would count again here.
    """

    matters: Factor = Factor(0.25)
    """Cosine of the life events and joint items that both take part in."""
    applicants: Factor = Factor(0.15)
    """Share of applicants, by group, that both have."""


class Trial(Sourced):
    """By what the proposals are compared in simulation: KN on this measure, within `delta` in its unit, at most `cap` replications."""

    measure: str = "lead_wd"
    group: str = "all"
    delta: Amount = Amount(0.1)
    cap: Count = Count(30)


class MergingProblem(ProblemFile):
    """Which departments become one body.

    Departments whose powers are not transferable stay as they are, and whoever approves an item is never in one body with whoever
    regulates it. Both are rules with names like those stated here.

    Attributes
    ----------
    alone : further departments that stay as they are, and why; of one whose powers are not transferable: why, in both languages.
    apart, together : pairs that must not, and must, be one body.
    most_heads : heads of one body at most: members of pools and posted officers.
    span : former departments in one body at most.
    bodies : how many there may be.
    duplicates : by item, opinions that a merged body need not give itself, as in `merge_departments`.
    dip : how productivity of merged officers dips.
    pace : touch time of merged officers for good, as a factor.
    proposals : how many different partitions are simulated.
    differ : in how many pairs of departments each two of them differ at least.
    alternatives : reforms, alone or several together, that stand beside the proposals.
    """

    kind: Literal["merging_problem"]
    alone: dict[str, Title] = Field(default_factory=dict)
    apart: tuple[PairRule, ...] = ()
    together: tuple[PairRule, ...] = ()
    most_heads: Count | None = None
    span: Count | None = None
    bodies: Bounds = Bounds()
    prices: MergingPrices
    likeness: Likeness = Likeness()
    overlaps: tuple[Overlap, ...] = ()
    duplicates: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    dip: Fading | None = None
    pace: Factor = Factor(1)
    proposals: Count = Count(3)
    differ: Count = Count(1)
    trial: Trial = Trial()
    alternatives: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def checks(self, scenario: Scenario) -> Iterator[Iterable[tuple[Loc, Problem]]]:
        """Yield checks for departments, items and steps that `scenario` does not have, and for numbers that cannot be."""
        yield self._alone(scenario)
        yield from (self._pairs(field, scenario) for field in ("apart", "together", "overlaps"))
        yield self._measured(scenario)
        yield self._alternatives()
        yield self._steps(scenario)
        yield self._bodies()
        yield from (self._numbers(name) for name in ("span", "most_heads", "proposals", "differ"))
        yield self._years()
        yield self._cap()

    def _alone(self, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        yield from (_unknown(scenario, ("alone", n), n, "department") for n in self.alone if n not in scenario.centre.departments)

    def _pairs(self, field: str, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        for k, pair in enumerate(getattr(self, field)):
            for n, name in enumerate(pair.bodies):
                if name not in scenario.centre.departments:
                    yield _unknown(scenario, (field, k, "bodies", n), name, "department")
            if pair.bodies[0] == pair.bodies[1]:
                yield (field, k, "bodies", 1), Problem("", pair.bodies[1], "a pair names two departments", "name another")

    def _measured(self, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        if self.trial.measure not in CATALOGUE:
            rule = "a measure of the catalogue"
            yield ("trial", "measure"), Problem("", self.trial.measure, rule, nearest(self.trial.measure, sorted(CATALOGUE)))
        if (flaw := no_group(self.trial.group, scenario)) is not None:
            yield ("trial", "group"), flaw

    def _alternatives(self) -> Iterator[tuple[Loc, Problem]]:
        for name, files in self.alternatives.items():
            for k, file in enumerate(files):
                try:
                    find(file, "reforms")
                except FileRefused as refused:
                    yield ("alternatives", name, k), refused.problems[0]

    def _steps(self, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        items = scenario.centre.items
        for item, steps in self.duplicates.items():
            if item not in items:
                yield _unknown(scenario, ("duplicates", item), item, "item")
                continue
            for k, step in enumerate(steps):
                found = items[item].route.get(step)
                if found is None:
                    rule = f"a step of `{item}` of `{scenario.name}`"
                    yield ("duplicates", item, k), Problem("", step, rule, nearest(step, sorted(items[item].route)))
                elif not isinstance(found, TaskStep) or found.decides or found.people > 1:
                    rule = "a duplicate is one department's opinion on another's file: no decision, no visit by two"
                    yield ("duplicates", item, k), Problem("", step, rule, "leave it out")

    def _bodies(self) -> Iterator[tuple[Loc, Problem]]:
        least, most = self.bodies.least, self.bodies.most
        if least is not None and most is not None and least > most:
            yield ("bodies", "most"), Problem("", str(int(most)), f"at least the {int(least)} of `least`", "raise it")
        if most is not None and most < 1:
            yield ("bodies", "most"), Problem("", "0", "at least 1", "raise it")

    def _numbers(self, name: str) -> Iterator[tuple[Loc, Problem]]:
        if (found := getattr(self, name)) is not None and found < 1:
            yield (name,), Problem("", "0", "at least 1", "raise it")

    def _years(self) -> Iterator[tuple[Loc, Problem]]:
        if self.prices.years < 1:
            yield ("prices", "years"), Problem("", "0", "at least 1", "raise it")

    def _cap(self) -> Iterator[tuple[Loc, Problem]]:
        if self.trial.cap < 10:
            yield ("trial", "cap"), Problem("", str(int(self.trial.cap)), "a first stage has ten replications", "raise it")


def _unknown(scenario: Scenario, loc: Loc, name: str, what: str) -> tuple[Loc, Problem]:
    """Return a department, or an item, that `scenario` does not have as a flaw."""
    known = scenario.centre.departments if what == "department" else scenario.centre.items
    return loc, Problem("", name, f"{'an' if what == 'item' else 'a'} {what} of `{scenario.name}`", nearest(name, sorted(known)))
