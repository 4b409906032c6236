"""Problem: the file that says what an optimiser is asked; one kind of file for each optimiser, checked like all others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from importlib import import_module
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import Field

from optimization.formed import formed, told
from simulation.consistency import Loc
from simulation.errors import Broken, FileRefused, Problem, nearest
from simulation.experiment import code
from simulation.files import beside, find, load_model, read, shown
from simulation.frozen import Sourced, SourceEntry, Title
from simulation.scenario import Horizon, Scenario
from simulation.units import Count, Factor
from simulation.verbs import load

MODELS: dict[str, str] = {
    "flow_problem": "optimization.flow_problem:FlowProblem",
    "limits_problem": "optimization.promised:LimitsProblem",
    "merging_problem": "optimization.merging_problem:MergingProblem",
    "portfolio_problem": "optimization.portfolio_problem:PortfolioProblem",
    "staffing_problem": "optimization.staffing_problem:StaffingProblem",
}
"""Kind of file -> module:class of its model. The kind is what `onewindow optimize` is asked, with `_problem` behind."""
FREE = ("channel", "half_hour", "cause", "post")
"""Dimensions of measures whose members no scenario lists."""
MORE = "write 2 or more; 10 are usual, and a time limit asks 29 at least"
MOST = 10_000
"""Fresh replications in a block; each is used for one thing."""


class Amount(Factor):
    """So much of something, in the unit that the field's text names, written bare; more than none."""

    __slots__ = ()
    noun = "an amount in the unit of the measure"
    example = "0.1"

    @classmethod
    def _check(cls, number: float) -> None:
        if number == 0:
            raise Broken(f"{cls.noun} is greater than 0", f"write it like {cls.example}")
        super()._check(number)


class Hours(Amount):
    """Hours of one person, written bare; more than none."""

    __slots__ = ()
    noun = "a number of hours"
    example = "40"


class ProblemFile(Sourced):
    """What all problems state; each optimiser adds its own targets, prices and permissions.

    Attributes
    ----------
    name : what results call it.
    kind : of file: which optimiser is asked.
    title : what it is called.
    question : what is asked, in words.
    baseline : the scenario it is asked of, by stem.
    horizon : of the simulations; the scenario's own where it is not stated.
    replications : of the verification, on fresh seeds: two or more.
    seed : of all chance.
    sources : where the numbers of this file come from, by the name that `source:` gives them.
    """

    name: str
    title: Title
    question: Title
    baseline: str
    horizon: Horizon | None = None
    replications: Count = Count(10)
    seed: Count = Count(1)
    sources: dict[str, SourceEntry] = Field(default_factory=dict)

    def flaws(self, scenario: Scenario) -> list[tuple[Loc, Problem]]:
        """Return what in this file does not fit `scenario`, by place, beside what all problems keep; its reader fills in `where`."""
        return [*chain.from_iterable(self.checks(scenario))]

    def checks(self, scenario: Scenario) -> Iterator[Iterable[tuple[Loc, Problem]]]:
        """Yield checks, each of what belongs together: where a part of the file is not well formed, those that do not ask for it still run.

        Each kind of problem has its own.
        """
        yield from ()


Asked = TypeVar("Asked", bound=ProblemFile)


def model_of(kind: str) -> type[ProblemFile]:
    """Return the model of a kind of problem file."""
    module, _, name = MODELS[kind].partition(":")
    found: type[ProblemFile] = getattr(import_module(module), name)
    return found


def load_problem(name: str | Path, model: type[Asked], scenario: Scenario) -> Asked:
    """Return the problem in a file, named by path or by stem, when it fits `scenario`.

    Raises
    ------
    FileRefused
        With every problem of the file; where none comes with the scenario, or it asks another optimiser, with what to do instead.
    """
    kind = get_args(model.model_fields["kind"].annotation)[0]
    path = _found(name, kind)
    document = read(path)
    asks, where = document.data.get("kind"), document.where
    if isinstance(asks, str) and asks in MODELS and asks != kind:
        command, due = asks.removesuffix("_problem"), kind.removesuffix("_problem")
        remedy = f"use `onewindow optimize {command} SCENARIO --problem {shown(path)}`"
        raise FileRefused(Problem(where(("kind",)), asks, f"this is a {command} problem; a {due} problem is due here", remedy))
    try:
        problem = load_model(path, model)
    except FileRefused as refused:
        if asks != kind:
            raise
        there = formed(model, {key: beside(path, value) for key, value in document.data.items() if key != "schema"})
        more = told(chain(_common(there, scenario), there.checks(scenario)))
        known = {flaw.where for flaw in refused.problems}
        also = [Problem(where(loc), flaw.found, flaw.rule, flaw.remedy) for loc, flaw in more if where(loc) not in known]
        raise FileRefused(sorted([*refused.problems, *also], key=_line)) from None
    if flaws := [*chain.from_iterable(_common(problem, scenario)), *problem.flaws(scenario)]:
        raise FileRefused([Problem(where(loc), flaw.found, flaw.rule, flaw.remedy) for loc, flaw in flaws])
    return problem


def _line(problem: Problem) -> int:
    """The line in a place, `file:line: key`."""
    found = re.search(r":([0-9]+)(: |$)", problem.where)
    return int(found[1]) if found else 0


def _common(problem: ProblemFile, scenario: Scenario) -> Iterator[Iterable[tuple[Loc, Problem]]]:
    """What every problem keeps: it is asked of this scenario, in replications of which there can be an interval and a block."""
    yield _of_this(problem, scenario)
    yield _runs(problem)


def _of_this(problem: ProblemFile, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
    if code(problem.baseline) != scenario.name:
        try:
            known = load(problem.baseline).name
        except FileRefused as refused:
            known, first = "", refused.problems[0]
            yield ("baseline",), Problem("", problem.baseline, f"{first.found}; {first.rule}", first.remedy)
        if known not in ("", scenario.name):
            rule, remedy = f"a problem is asked of its own baseline; `{scenario.name}` is given", "name that one, or mend a copy"
            yield ("baseline",), Problem("", problem.baseline, rule, remedy)


def _runs(problem: ProblemFile) -> Iterator[tuple[Loc, Problem]]:
    if flaw := replications_flaw(int(problem.replications)):
        yield ("replications",), flaw


def replications_flaw(n: int, most: int = MOST) -> Problem | None:
    """Return what is wrong with a number of replications, if anything: two for an interval, and no more than a block of fresh ones has."""
    if n < 2:
        return Problem("", str(n), "an interval needs two replications", MORE)
    if n > most:
        return Problem("", f"{n:,}", f"fresh replications come in blocks of {most:,}, used for one thing each", "write fewer")
    return None


def no_group(group: str, scenario: Scenario) -> Problem | None:
    """Return what is wrong with a group of a measure, `queue:tax`, that names something `scenario` does not have; None where it may be."""
    centre, world = scenario.centre, scenario.world
    members: dict[str, Collection[str]] = {
        "item": centre.items, "queue": centre.queues, "department": centre.departments, "site": centre.sites, "pool": centre.pools,
        "window": centre.windows, "need": world.needs, "group": world.groups, "zone": world.zones,
        "class": {item.case_class for item in centre.items.values()},
    }  # fmt: skip
    known = ["all", *(f"{kind}:{name}" for kind, names in members.items() for name in sorted(names))]
    if group in known or (group.partition(":")[0] in FREE and group.partition(":")[2]):
        return None
    return Problem("", group, f"`all`, or a dimension and a name that `{scenario.name}` has, as in {known[1]}", nearest(group, known))


def _found(name: str | Path, kind: str) -> Path:
    """Return the file of a problem; one that would come with a scenario and does not is refused with what to copy."""
    try:
        return find(name, "problems")
    except FileRefused:
        asked = kind.removesuffix("_problem")
        scenario = str(name).removesuffix(f"-{asked}")
        shipped = sorted(p for p in Path(str(files("scenarios").joinpath("problems"))).glob(f"*-{asked}.yaml"))
        if scenario == str(name) or not shipped:
            raise
        rule, remedy = f"no {asked} problem comes with `{scenario}`", f"copy {shown(shipped[0])}, mend it and pass --problem FILE"
        raise FileRefused(Problem(str(name), "no such file", rule, remedy)) from None


def default_problem(scenario: str, kind: str) -> str:
    """Return the stem of the problem that ships for a scenario: `district-hall` and `staffing_problem` give `district-hall-staffing`."""
    return f"{Path(scenario).stem}-{kind.removesuffix('_problem')}"
