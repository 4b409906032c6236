"""Everything OneWindow says no to, as one tree.

::

    OneWindowError
    ├── InputRefused               2   the input is wrong; every problem at once
    │   ├── FileRefused                a file of ours: YAML or a table
    │   ├── LogRefused                 an event log, ours or foreign
    │   ├── ReformRefused              an edit that does not fit its scenario
    │   ├── PlanRefused                a scenario that cannot be compiled or run
    │   ├── Unlawful                   a scenario or reform that the law does not allow as it stands
    │   └── CalendarYearNotPublished   a year whose working days nobody has announced
    ├── WorkerLost                 1   the input was fine, and a run killed whatever ran it
    └── Infeasible                 1   the input was fine and the answer is no

    Broken(ValueError)             one rule broken by one value, before its file and line are known
    Breaches(ValueError)           several of them

The number is the exit code of the command line. `Broken` and `Breaches` are raised inside validators, where a value
knows no file; `simulation.files` turns them into problems with file and line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    Attributes
    ----------
    where : "file:line: key path", or "file, row 3, column x"
    found : the value as it stands there
    rule : the rule it breaks
    remedy : what to do; may be empty
    """

    where: str
    found: str
    rule: str
    remedy: str = ""

    def __str__(self) -> str:
        lines = (("found", self.found), ("rule", self.rule), ("remedy", self.remedy))
        return "\n".join([self.where, *(f"  {name:<7} {text}" for name, text in lines if text)])


class OneWindowError(Exception):
    """The root: whatever OneWindow raises on purpose."""

    exit_code: ClassVar[int] = 2


class InputRefused(OneWindowError):
    """An input was refused; `problems` holds every reason found, in the order of the input."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class FileRefused(InputRefused):
    """A YAML file or a table breaks a rule of its format or of its kind."""


class LogRefused(InputRefused):
    """An event log lacks a column or breaks an invariant."""


class ReformRefused(InputRefused):
    """A reform or stress names what its scenario has not, or may not touch."""


class PlanRefused(InputRefused):
    """A scenario that is well written but cannot be compiled or run."""


class Unlawful(InputRefused):
    """A scenario or reform breaks a hard rule of law, or lacks an authorisation; each with rule, article and remedy."""


class CalendarYearNotPublished(InputRefused):
    """Working days were asked of a year that has no published calendar and that the scenario does not assume."""


class WorkerLost(OneWindowError):
    """Runs that are not done because their workers died, in words; whatever else could be done is done and stored."""

    exit_code: ClassVar[int] = 1
    told = "every worker that tried these runs died (most often: too little memory for so many at once); all others are done and stored"

    then = "the same command goes on from there"

    def __init__(self, runs: Iterable[str] = (), told: str = told, then: str = then) -> None:
        self.runs, self.told, self.then = tuple(runs), told, then
        super().__init__(self.runs, told, then)

    def __str__(self) -> str:
        return "\n".join([self.told, *(f"  - {run}" for run in self.runs), *([self.then] if self.then else [])])


class Infeasible(OneWindowError):
    """No solution exists; `requirements` are the fewest that clash, in words."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, requirements: Iterable[str] = ()) -> None:
        self.message = message
        self.requirements = tuple(requirements)
        super().__init__(message, self.requirements)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  - {requirement}" for requirement in self.requirements)])


class Broken(ValueError):
    """One rule broken by a value.

    Parameters
    ----------
    rule, remedy : as in `Problem`
    at : keys and indices that lead from the value validated to the part at fault
    found : that part; None stands for the value validated
    """

    def __init__(self, rule: str, remedy: str = "", at: tuple[str | int, ...] = (), found: object = None) -> None:
        self.rule, self.remedy, self.at, self.found = rule, remedy, at, found
        super().__init__(rule, remedy, at, found)

    def __str__(self) -> str:
        return f"{self.rule} ({self.remedy})" if self.remedy else self.rule


class Breaches(ValueError):
    """Several rules broken by one value, so that a validator can report all it finds."""

    def __init__(self, broken: Iterable[Broken]) -> None:
        self.broken = tuple(broken)
        super().__init__(self.broken)

    def __str__(self) -> str:
        return "; ".join(str(one) for one in self.broken)


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy in words: the known name nearest to `name`, or the known names when none is near."""
    names = [*dict.fromkeys(known)]
    begun = [one for one in names if name.startswith(one) and 2 * len(one) > len(name)]
    if close := sorted(begun, key=len)[-1:] or get_close_matches(name[:100], names, n=1, cutoff=0.6):
        return f"did you mean `{close[0]}`?"
    if not names:
        return ""
    more = f", … ({len(names)} in all)" if len(names) > 20 else ""
    return "known: " + ", ".join(f"`{one}`" for one in names[:20]) + more
