"""Problem: the file that says what an optimiser is asked; one kind of file for each optimiser, checked like all others."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from simulation.consistency import Loc
from simulation.errors import FileRefused, Problem
from simulation.files import find, load_model, read
from simulation.frozen import Sourced, SourceEntry, Title
from simulation.scenario import Horizon, Scenario
from simulation.units import Count

MODELS: dict[str, str] = {
    "flow_problem": "optimization.flow_problem:FlowProblem",
    "limits_problem": "optimization.promised:LimitsProblem",
    "merging_problem": "optimization.merging_problem:MergingProblem",
    "portfolio_problem": "optimization.portfolio_problem:PortfolioProblem",
    "staffing_problem": "optimization.staffing_problem:StaffingProblem",
}
"""Kind of file -> module:class of its model. The kind is what `onewindow optimize` is asked, with `_problem` behind."""


class ProblemFile(Sourced):
    """What all problems state; each optimiser adds its own targets, prices and permissions.

    Attributes
    ----------
    baseline : the scenario it is asked of, by stem.
    horizon : of the simulations; the scenario's own where it is not stated.
    replications : of the verification, on fresh seeds.
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
        """Return what in this file does not fit `scenario`, by place; a Problem's `where` is filled in by who reads the file."""
        return []


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
        With every problem of the file.
    """
    path = find(name, "problems")
    problem = load_model(path, model)
    where = read(path).where
    if flaws := problem.flaws(scenario):
        raise FileRefused([Problem(where(loc), flaw.found, flaw.rule, flaw.remedy) for loc, flaw in flaws])
    return problem


def default_problem(scenario: str, kind: str) -> str:
    """Return the stem of the problem that ships for a scenario: `district-hall` and `staffing_problem` give `district-hall-staffing`."""
    return f"{Path(scenario).stem}-{kind.removesuffix('_problem')}"
