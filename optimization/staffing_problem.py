"""What the planner asks of window staffing, as a file: targets, budget, hours, the model's prices, and how hard to search."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field

from optimization.problem import ProblemFile, default_problem, load_problem
from optimization.targets import EACH, Target
from simulation.consistency import Loc
from simulation.errors import Problem, nearest
from simulation.frozen import Sourced, Title
from simulation.scenario import Scenario
from simulation.units import Count, Duration, Factor, Flag, Share


class Prices(Sourced):
    """What the model holds its wishes against; hours a week."""

    delay: Share = Share(0.3)
    """Share of visitors who may find everybody busy; sets the safety above the offered load in the first guess."""
    missing: Factor = Factor(20)
    """An hour in which one person is missing against that level; in the first guess only, simulated targets are requirements."""
    training: Factor = Factor(2)
    """A person trained for another queue of his employer."""
    change: Factor = Factor(0.1)
    """A person whose shift or kind of window changes."""


class Search(Sourced):
    """How hard to search: replications of each staffing tried (chance shared by all), how many are tried, and the gap that is enough."""

    replications: Count = Count(6)
    trials: Count = Count(120)
    gap: Share = Share(0.02)


class StaffingProblem(ProblemFile):
    """The file of a staffing problem. `horizon` is that of the search; the verification runs over the scenario's own."""

    kind: Literal["staffing_problem"]
    targets: tuple[Target, ...] = Field(min_length=1)
    budget: Factor | None = None
    """Paid hours at the windows a week, at most."""
    keep_hours: Flag = True
    """Whether each class of tickets keeps somebody at all hours at which somebody serves it today."""
    prices: Prices = Prices()
    search: Search = Search()
    method: Literal["joint", "levels"] = "joint"
    """Shifts chosen with the simulation in the loop; or a cover of levels by formula, simulated only afterwards."""

    def flaws(self, scenario: Scenario) -> list[tuple[Loc, Problem]]:
        """Return queues that the scenario does not have, and searches of nothing."""
        found: list[tuple[Loc, Problem]] = []
        queues = scenario.centre.queues
        for k, target in enumerate(self.targets):
            if target.queue not in (None, EACH, *queues):
                rule, remedy = "a target names a queue of the scenario, or `each`", nearest(str(target.queue), queues)
                found.append((("targets", k, "queue"), Problem("", str(target.queue), rule, remedy)))
        for name in ("replications", "trials"):
            if int(getattr(self.search, name)) < 2:
                rule = "a search tries two staffings or more, in two replications or more"
                found.append((("search", name), Problem("", str(getattr(self.search, name)), rule, "raise it")))
        return found


def problem_for(name: str, scenario: Scenario, problem: str | None = None) -> StaffingProblem:
    """Return the problem of a file; without one that which ships for the scenario in the file `name`, or of that name.

    Raises
    ------
    FileRefused : no such file, or it does not fit the scenario.
    """
    if problem is not None:
        return load_problem(problem, StaffingProblem, scenario)
    for stem in (default_problem(name, "staffing_problem"), default_problem(scenario.name, "staffing_problem")):
        shipped = Path(str(files("scenarios").joinpath("problems", f"{stem}.yaml")))
        if shipped.is_file():
            return load_problem(shipped, StaffingProblem, scenario)
    return usual(scenario)


def usual(scenario: Scenario) -> StaffingProblem:
    """Return what is asked where no file says it: a wait of 15 min, one in twenty walks away."""
    return StaffingProblem(
        kind="staffing_problem", name=f"{scenario.name}-staffing", baseline=scenario.name,
        title=Title(en="Window staffing", zh="窗口排班"),
        question=Title(en="How few paid hours keep waits short?", zh="最少用多少工时能保证等候不长？"),
        targets=(Target(wait=Duration(900)), Target(walk_away=Share(0.05))),
    )  # fmt: skip


__all__ = ["Prices", "Search", "StaffingProblem", "problem_for", "usual"]
