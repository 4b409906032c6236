"""The one gateway to OR-Tools: which solver is asked, for how long, who confirms, and what is made of the answer.

HiGHS is asked first, here for what ends in seconds and in a process of its own for what does not; CP-SAT first where a program is marked
`logical`, one worker and then eight, and where HiGHS breaks off (DECISIONS 47 has the measurements). Nothing trusts a solver: `violations`
checks each solution, a bound above a checked solution is an error, and a second solver confirms that there is none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from typing import Literal

import numpy as np

from optimization.backends import Found, Told, glop, highs, scip
from optimization.cp_sat import cp_sat
from optimization.explain import clash
from optimization.opinions import confirmed, exact
from optimization.program import NEAR, TOLERANCE, Floats, Program, SolverFailed, digest, refuse_nonsense, value, violations

__all__ = ["TOLERANCE", "Answer", "Program", "SolverFailed", "minimise", "prices", "violations"]

Status = Literal["proved", "bounded", "heuristic", "infeasible"]
Progress = Callable[[float, float | None, float | None], None]
Moment = tuple[float, float | None, float | None]
QUICK, QUICK_WORK = 5.0, 1.0
"""Seconds, and in reproducible mode units of work, for which HiGHS runs in this process, where Ctrl-C waits for it."""


@dataclass(frozen=True)
class Answer:
    """What the solver says, checked.

    Attributes
    ----------
    values, objective : the best solution (n,) and its costs @ values by our own count; None when infeasible.
    bound : no solution costs less; None when nothing is known.
    backend : solver and version, and who confirmed that there is no solution.
    status : `proved` (gap at most 1e-6), `bounded`, `heuristic` (no bound), `infeasible` (confirmed by a second solver).
    seconds : by the wall clock; None in reproducible mode.
    digest : SHA-256 of the program.
    trace : (seconds, objective, bound) whenever one became better; empty in reproducible mode.
    clash : names of requirements that cannot hold together, none of them superfluous; empty where rows without a name clash.
    stopped : what ended the search before a proof: "" for nothing, `limit`, `interrupted`.
    """

    values: Floats | None
    objective: float | None
    bound: float | None
    backend: str
    status: Status
    seed: int = 1
    digest: str = ""
    seconds: float | None = None
    trace: tuple[Moment, ...] = ()
    clash: tuple[str, ...] = ()
    stopped: Literal["", "limit", "interrupted"] = ""

    @property
    def gap(self) -> float | None:
        """Return (objective - bound) / max(1, |objective|)."""
        if self.objective is None or self.bound is None:
            return None
        return max(0.0, self.objective - self.bound) / max(1.0, abs(self.objective))


@dataclass
class Course:
    """The course of one search: what is known, since when, and who is told."""

    progress: Progress | None
    began: float = field(default_factory=time.monotonic)
    moments: list[Moment] = field(default_factory=list)
    failed: Exception | None = None

    @property
    def seconds(self) -> float:
        """Return the wall-clock seconds since the search began."""
        return time.monotonic() - self.began

    def note(self, objective: float | None, bound: float | None) -> None:
        """Take in what a solver tells; a listener that raises is asked no more, and heard at the end."""
        _, best, proved = self.moments[-1] if self.moments else (0.0, None, None)
        best_now = best if objective is None else objective if best is None else min(best, objective)
        known = (best_now, proved if bound is None else bound if proved is None else max(proved, bound))
        if known == (best, proved):
            return
        self.moments.append((self.seconds, *known))
        if self.progress is not None and self.failed is None:
            try:
                self.progress(*self.moments[-1])
            except Exception as error:  # an exception must not cross the solver's own frames
                self.failed = error


def minimise(
    program: Program,
    seed: int = 1,
    limit: float = 120.0,
    *,
    reproducible: bool = False,
    start: Floats | None = None,
    progress: Progress | None = None,
    explain: bool = True,
) -> Answer:
    """Solve `program` to a proved optimum, or to the best solution and bound within `limit`. Ctrl-C ends the search with the best so far.

    Parameters
    ----------
    limit : wall-clock seconds; in reproducible mode units of work (a hundred nodes of HiGHS or a deterministic second of CP-SAT).
    reproducible : the same bytes each time on one machine, slower: the clock has no part in it.
    start : a solution to begin with (n,).
    progress : called with seconds, objective and bound whenever one becomes better, from another thread.
    explain : say which requirements clash when there is no solution.

    Raises
    ------
    SolverFailed : neither a solution nor a proof that there is none; an objective without bound; an answer, a proof or a start that the
        checker rejects; two solvers that contradict each other.
    """
    refuse_nonsense(program)
    if start is not None and (wrong := violations(program, start)):
        raise SolverFailed("the solution to start with breaks: " + "; ".join(wrong[:5]))
    course = Course(progress)
    told = Told(seed=seed, steady=reproducible, start=start, note=course.note)
    found = _search(program, told, limit, course)
    if found.verdict in ("infeasible", "unsound"):
        second = confirmed(program, found, replace(told, start=None, note=None), limit)
        status: Status = "infeasible"
        why = clash(program, seed, reproducible) if explain else ()
        known = Answer(None, None, None, f"{found.backend}, confirmed by {second}", status, clash=why)
    elif found.verdict == "unbounded":
        raise SolverFailed(f"{found.backend}: costs fall without end, so a requirement is missing")
    else:
        known = _settled(program, found, start, limit, course)
    if course.failed is not None:
        raise course.failed
    seconds, moments = (None, ()) if reproducible else (course.seconds, tuple(course.moments))
    return replace(known, seed=seed, digest=digest(program), seconds=seconds, trace=moments)


def _search(program: Program, told: Told, limit: float, course: Course) -> Found:
    """Ask the solvers in order until one has a proof, the limit is used up or the user stops it."""

    def within(most: float = inf, work: float = inf) -> Told:
        if told.steady:
            return replace(told, work=min(work, limit))
        return replace(told, seconds=min(most, max(0.0, limit - course.seconds)))

    broken, found = False, None
    if program.logical:
        try:
            found = _logical(program, told, within)
        except SolverFailed:
            broken = True
        if found is not None:
            return found
    try:
        found = highs(program, within(QUICK, QUICK_WORK))
        if _over(found) or limit <= (QUICK_WORK if told.steady else course.seconds + 0.1):
            return found
        told = replace(told, start=found.values if found.values is not None else told.start)
        return _joined(program, found, highs(program, within(), apart=True))
    except SolverFailed:
        other = (None if broken else cp_sat(program, within())) or scip(program, within())
        if not _over(other) and other.values is None and found is None:
            raise
        return other if found is None else _joined(program, found, other)


def _logical(program: Program, told: Told, within: Callable[..., Told]) -> Found | None:
    """Ask CP-SAT: one worker with all cuts, then, if it may be steady no longer, eight from the best so far."""
    found = cp_sat(program, replace(within(QUICK), steady=True))
    if found is None or told.steady or _over(found) or within().seconds == 0:
        return found
    later = cp_sat(program, replace(within(), start=found.values if found.values is not None else told.start))
    return found if later is None else _joined(program, found, later)


def _joined(program: Program, before: Found, after: Found) -> Found:
    """Return what came after, with the better solution and the better bound of the two."""
    if after.values is None and _over(after) and not after.interrupted:
        return after
    best = min((f for f in (after, before) if f.values is not None), key=lambda f: value(program, np.asarray(f.values)), default=after)
    bounds = [f.bound for f in (before, after) if f.bound is not None]
    return replace(after, values=best.values, objective=best.objective, bound=max(bounds, default=None))


def _over(found: Found) -> bool:
    return found.interrupted or found.verdict in ("optimal", "infeasible", "unbounded", "unsound")


def _settled(program: Program, found: Found, start: Floats | None, limit: float, course: Course) -> Answer:
    """Make an answer of what a solver found: whole values made exact, all checked."""
    if found.values is None and start is None:
        ended = "was interrupted" if found.interrupted else f"used up its limit of {limit:g}"
        raise SolverFailed(f"{found.backend} {ended} without a solution; give it more time or a solution to start with")
    values = start if found.values is None else exact(program, found.values)
    assert values is not None
    if wrong := violations(program, values, found.objective if found.values is not None else None):
        raise SolverFailed(f"the checker rejects the answer of {found.backend}: " + "; ".join(wrong[:5]))
    if start is not None and value(program, start) < value(program, values):
        values = start
    objective, bound = value(program, values), found.bound
    if bound is not None and bound > objective + NEAR * max(1.0, abs(objective)):
        raise SolverFailed(f"{found.backend} says that nothing costs less than {bound:.9g}, but the checker accepts {objective:.9g}")
    bound = None if bound is None else min(bound, objective)
    course.note(objective, bound)
    known = Answer(values, objective, bound, found.backend, "heuristic" if bound is None else "bounded")
    if known.gap is not None and known.gap <= TOLERANCE:
        return replace(known, status="proved")
    return replace(known, stopped="interrupted" if found.interrupted else "" if found.verdict == "optimal" else "limit")


def prices(program: Program) -> dict[str, float]:
    """Return what one unit of relief of each named rule saves in the linear relaxation; rules of price zero are left out.

    Where one unit more saves less than one unit less costs, the price lies somewhere between the two; `savings` is exact.
    """
    refuse_nonsense(program)
    _, total = glop(program)
    return {rule: price for rule, price in total.items() if price > TOLERANCE}


def savings(program: Program, answer: Answer, rules: tuple[str, ...], limit: float = 30.0) -> dict[str, float]:
    """Return what leaving a named rule out entirely saves, by solving again without it: exact where both searches are proved.

    Rules without which costs fall without end save inf. An answer that is not proved gives the saving found, not the largest.

    Raises
    ------
    SolverFailed : as in `minimise`, for another reason than costs that fall without end.
    """
    if answer.objective is None:
        return {}
    saved = {}
    for rule in rules:
        without = program.keeping([r for r in program.rules() if r != rule])
        try:
            found = minimise(without, answer.seed, limit, reproducible=answer.seconds is None, start=answer.values, explain=False)
        except SolverFailed as error:
            if "without end" not in str(error):
                raise
            saved[rule] = inf
            continue
        if found.stopped == "interrupted":
            break
        if found.objective is not None:
            saved[rule] = max(0.0, answer.objective - found.objective)
    return saved
