"""What the planner asks of window staffing, as a file: targets, budget, hours, the model's prices, and how hard to search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field

from optimization.problem import MOST, Hours, ProblemFile, default_problem, load_problem
from optimization.targets import EACH, Target
from simulation.centre import Contract
from simulation.consistency import Loc
from simulation.errors import Problem, nearest
from simulation.frozen import Sourced, Title
from simulation.reforms import Authority
from simulation.scenario import Scenario
from simulation.units import Count, Duration, Flag, Share


class Prices(Sourced):
    """What the model holds its wishes against; hours a week."""

    delay: Share = Share(0.3)
    """Share of visitors who may find everybody busy; sets the safety above the offered load in the first guess."""
    missing: Hours = Hours(20)
    """An hour in which one person is missing against that level; in the first guess only, simulated targets are requirements."""
    training: Hours = Hours(2)
    """A person trained for another queue of his employer."""
    change: Hours = Hours(0.1)
    """A person whose shift or kind of window changes."""


class Search(Sourced):
    """How hard to search: replications of each staffing tried (chance shared by all), how many are tried, and the gap that is enough.

    `seconds` by the clock are for all searches together, those with a margin included; in reproducible mode they have no part in it.
    """

    replications: Count = Count(6)
    trials: Count = Count(120)
    gap: Share = Share(0.02)
    seconds: Count = Count(150)


class Rota(Sourced):
    """The named roster that follows from the answer: how long, who takes turns when, and what a person may be asked."""

    weeks: Count = Count(4)
    turn: Literal["day", "week"] = "day"
    """Equal people change duties every day, which shares lunch duty best, or every week."""
    weekly_days: Count = Count(6)
    """Days a week that one person works at most: one day off in seven (Labour Law, article 38)."""
    weekly_hours: Hours = Hours(40)
    """Hours a week at the windows of one person at most (Regulation of the State Council on working hours of 1995, article 3)."""
    rest: Duration = Duration(11 * 3600)
    """Between two duties of a person."""
    sure: Share = Share(0.95)
    """Chance that the reserve for absence is enough."""


class Permission(Sourced):
    """People of one employer may be trained for the queues, and sit at the windows, of another; or of another kind of contract."""

    employer: str
    contract: Contract | None = None
    """Of whom it speaks; people of every contract when left out."""
    to: str
    to_contract: Contract | None = None
    """As whom they work there; the contract they have when left out."""
    authority: Authority
    """Who may decide it."""
    title: Title

    def permits(self, giver: tuple[str, str], taker: tuple[str, str]) -> bool:
        """Say whether people of one (employer, contract) may work among those of another."""
        wanted = giver[1] if self.to_contract is None else self.to_contract
        return (giver[0] == self.employer and self.contract in (None, giver[1])) and taker == (self.to, wanted)


class StaffingProblem(ProblemFile):
    """The file of a staffing problem. `horizon` is that of the search; the verification runs over the scenario's own."""

    kind: Literal["staffing_problem"]
    targets: tuple[Target, ...] = Field(min_length=1)
    budget: Hours | None = None
    """Paid hours a week, at most; those of `least_day` count."""
    keep_hours: Flag = True
    """Whether each class of tickets keeps somebody at all hours at which somebody serves it today."""
    least_day: Duration = Duration(7 * 3600)
    """Of a working day so much is paid to people whose day at the windows becomes shorter: full-time people are paid for their contract
    (Regulation of the State Council on working hours of 1995, article 3). 7 h, 9:00-12:00 and 13:00-17:00, is an assumption; 4 h where
    part-time contracts are made (Labour Contract Law, article 68); 0 h counts hours at the windows alone."""
    prices: Prices = Prices()
    search: Search = Search()
    roster: Rota = Rota()
    permissions: tuple[Permission, ...] = ()
    """People move within employer and contract only, but for these; what each is worth is told."""
    method: Literal["joint", "levels"] = "joint"
    """Shifts chosen with the simulation in the loop; or a cover of levels by formula, simulated only afterwards."""

    def checks(self, scenario: Scenario) -> Iterator[Iterable[tuple[Loc, Problem]]]:
        """Yield checks for queues and departments that the scenario does not have, and for searches of nothing."""
        yield from (self._queue(k, scenario) for k in range(len(self.__dict__.get("targets", ()))))
        yield from (self._permission(k, scenario) for k in range(len(self.__dict__.get("permissions", ()))))
        yield self._weeks()
        yield self._search()

    def _queue(self, k: int, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        queues, named = scenario.centre.queues, self.targets[k].queue
        if named not in (None, EACH, *queues):
            rule, remedy = "a target names a queue of the scenario, or `each`", nearest(str(named), queues)
            yield ("targets", k, "queue"), Problem("", str(named), rule, remedy)

    def _permission(self, k: int, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        yield from ((("permissions", k, place), flaw) for place, flaw in _not_permitted(self.permissions[k], scenario))

    def _weeks(self) -> Iterator[tuple[Loc, Problem]]:
        if self.roster.weeks < 1:
            yield ("roster", "weeks"), Problem("", str(self.roster.weeks), "a roster has a week or more", "raise it")

    def _search(self) -> Iterator[tuple[Loc, Problem]]:
        for name in ("replications", "trials"):
            if int(getattr(self.search, name)) < 2:
                rule = "a search tries two staffings or more, in two replications or more"
                yield ("search", name), Problem("", str(getattr(self.search, name)), rule, "raise it")
        if int(self.search.seconds) < 1:
            yield ("search", "seconds"), Problem("", str(self.search.seconds), "the searches have a second or more", "raise it")
        if int(self.search.replications) > MOST:
            rule = f"{MOST:,} replications of a staffing at most: those further on are used for something else"
            yield ("search", "replications"), Problem("", f"{int(self.search.replications):,}", rule, "lower it")


def _not_permitted(one: Permission, scenario: Scenario) -> Iterator[tuple[str, Problem]]:
    """What nobody may permit, and bodies that are not there."""
    centre = scenario.centre
    for place, name in (("employer", one.employer), ("to", one.to)):
        if name not in centre.departments:
            yield place, Problem("", name, "a permission names departments of the scenario", nearest(name, centre.departments))
    if one.authority == "none":
        rule = "a permission is decided by somebody: centre, department, district or city"
        yield "authority", Problem("", "none", rule, "name the authority")
    if one.employer == one.to and one.contract == one.to_contract:
        yield "to", Problem("", one.to, "people move within their employer and contract without a permission", "leave it out")
    theirs = [q for w in centre.windows.values() if w.department == one.to for q in w.queues]
    closed = [q for q in theirs if not centre.queues[q].poolable]
    if one.employer != one.to and theirs and len(closed) == len(theirs):
        reason = centre.queues[closed[0]].reason or "no reason stated"
        rule = f"queue `{closed[0]}` stays with `{one.to}`: it is not poolable, {reason} (R04, Administrative Licensing Law 22-24)"
        yield "to", Problem("", one.to, rule, "name another employer")


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


__all__ = ["Permission", "Prices", "Rota", "Search", "StaffingProblem", "problem_for", "usual"]
