"""What `optimize limits` is asked, and what it answers: for each item the tightest limit that holds, and how it was shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from optimization.certificates import Bounds, certify, loosest, needed
from optimization.kept import Counts
from optimization.limits_centre import ATTEMPTS
from optimization.problem import ProblemFile, replications_flaw
from optimization.solution import Solution
from simulation.clocks import LIMITS
from simulation.consistency import Loc
from simulation.errors import InputRefused, Problem, nearest
from simulation.items import Item
from simulation.measures.view import COMMITTED
from simulation.reforms import apply
from simulation.scenario import Scenario
from simulation.units import Count, Share
from simulation.verbs import load_stress

Shown = Literal["holds", "fails", "not shown"]
LEVELS = (0.9, 0.95, 0.99)
"""Shares of cases that may be asked to keep a limit."""


class LimitsProblem(ProblemFile):
    """What limits are asked for.

    Attributes
    ----------
    share : of the cases that must keep a limit: 0.9, 0.95 or 0.99.
    confidence : that all limits certified hold together.
    items : asked for; all that are promised by a date when empty.
    choosing : replications on which limits are chosen, two or more.
    replications : of the certificate, on fresh seeds. Nine in ten of one item ask 29 at least, 95 in a hundred 59, 99 in a hundred 299, of
        37 items 63, 129 and 658; and more where some cases are late.
    stresses : under which a limit must hold too, each on `stressed` fresh replications.
    stressed : fresh replications under each stress, and with more people at most.
    worlds : places of the assumptions within their ranges, one fresh replication in each; none when 0.
    staff_for : items for which it is asked what staffing would allow one day less; the three with most cases when empty.
    heads : people added, one after the other, to each of the two pools where its files wait longest; nothing is asked when empty. They
        are tried on 2.5 times as many replications as could just show the share, at most `stressed`, and today's people beside them.
    """

    kind: Literal["limits_problem"]
    share: Share = Share(0.9)
    confidence: Share = Share(0.95)
    items: tuple[str, ...] = ()
    choosing: Count = Count(20)
    replications: Count = Count(100)
    stresses: tuple[str, ...] = ()
    stressed: Count = Count(80)
    worlds: Count = Count(0)
    staff_for: tuple[str, ...] = ()
    heads: tuple[Count, ...] = ()

    def checks(self, scenario: Scenario) -> Iterator[Iterable[tuple[Loc, Problem]]]:
        """Yield checks for unknown items, stresses that do not fit, a share that is no level, replications too few or too many."""
        yield self._share()
        yield self._confidence()
        for place in ("items", "staff_for"):
            yield self._items(place, scenario)
        yield self._stresses(scenario)
        yield self._replications(scenario)
        yield self._heads()

    def _share(self) -> Iterator[tuple[Loc, Problem]]:
        if float(self.share) not in LEVELS:
            rule = "90 %, 95 % or 99 % of the cases keep a limit"
            yield ("share",), Problem("", str(self.share), rule, "write 0.9, 0.95 or 0.99")

    def _confidence(self) -> Iterator[tuple[Loc, Problem]]:
        if not 0.5 < float(self.confidence) < 1:
            yield ("confidence",), Problem("", str(self.confidence), "a confidence between 0.5 and 1", "0.95 is usual")

    def _items(self, place: str, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        able = candidates(scenario)
        for k, name in enumerate(getattr(self, place)):
            if name not in able:
                rule = "an item of the baseline that is promised by a date, the same on every channel"
                yield (place, k), Problem("", name, rule, nearest(name, able))

    def _stresses(self, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        for k, name in enumerate(self.stresses):
            try:
                apply(scenario, load_stress(name))
            except InputRefused as refused:
                yield from ((("stresses", k), Problem("", p.found, p.rule, p.remedy)) for p in refused.problems)

    def _replications(self, scenario: Scenario) -> Iterator[tuple[Loc, Problem]]:
        least = least_runs(scenario, self, 1)
        asked = {"replications": True, "stressed": bool(self.stresses or self.heads), "worlds": self.worlds > 0}
        for place in ("choosing", "replications", "stressed", "worlds"):
            n = int(getattr(self, place))
            if flaw := None if place == "replications" or (place == "worlds" and n == 0) else replications_flaw(n):
                yield (place,), flaw
            elif asked.get(place) and 2 <= n < least:
                yield (place,), too_few(n, least, self)

    def _heads(self) -> Iterator[tuple[Loc, Problem]]:
        yield from ((("heads", k), Problem("", "0", "people are added", "write 1 or more")) for k, n in enumerate(self.heads) if n < 1)


def least_runs(scenario: Scenario, problem: LimitsProblem, items: int) -> int:
    """Return how many replications without a late case can just show a limit of each of so many items: fewer never do.

    The error is divided among the items, and among the certificates that may be tried where promises change how files are handled.
    """
    if not (0 < problem.share < 1 and 0 < problem.confidence < 1):
        return 0
    parts = max(1, items) * (ATTEMPTS if scenario.centre.supervision else 1)
    return needed(float(problem.share), (1 - float(problem.confidence)) / parts)


def too_few(n: int, least: int, problem: LimitsProblem) -> Problem:
    """Return what is wrong with so few replications that not even one item's limit can be shown."""
    rule = f"{least} show {problem.share} of one item with confidence {problem.confidence} where no case is late, and fewer never do"
    return Problem("", str(n), rule, f"write {least} or more; more still for several items")


def candidates(scenario: Scenario) -> dict[str, Item]:
    """Return the items promised by a date, whose promise is the same on every channel."""
    return {
        name: item
        for name, item in scenario.centre.items.items()
        if item.case_class in COMMITTED and item.promise_wd is not None and (item.online is None or item.online.promise_wd is None)
    }


def legal_wd(item: Item) -> int:
    """Return the limit by law in working days: the item's own, else that of its class (Administrative Licensing Law Art 42, 43)."""
    return int(item.legal_wd) if item.legal_wd is not None else LIMITS[item.case_class].wd


@dataclass(frozen=True)
class Held:
    """Whether a limit holds under other conditions.

    Attributes
    ----------
    name : a stress, or `ranges`: on average over worlds with the assumptions elsewhere in their ranges.
    share, low : of the cases on time, and its simultaneous lower bound.
    limit_wd : the tightest limit, not shorter than the one tried, that is shown to hold there; None where none within the law is.
    worst, worlds, dropped : of `ranges`, whose share is an average over worlds: the share in the worst of them, how many had cases, and
        how many places of the assumptions were dropped since they contradict the scenario's rules.
    today_share, today_shown : of today's promise there, in the same runs; None where it was not simulated: promises change what is done.
    """

    name: str
    share: float | None
    low: float
    shown: Shown
    limit_wd: int | None
    worst: float | None = None
    worlds: int = 0
    dropped: int = 0
    today_share: float | None = None
    today_shown: Shown | None = None


def held_at(name: str, counts: Counts, limit: int, target: float, error: float, start: int) -> Held:
    """Judge one limit under other conditions, and say which would hold there; one that too many cases have not reached is not shown."""
    far = loosest(counts, max(start, limit), target)
    answer = certify(counts, target, error, max(limit, far or 0), limit)
    known = Bounds(*(column[limit] for column in answer.bounds))
    share = None if known.share != known.share else float(known.share)
    low, high = float(known.low), float(known.high)
    if far is None or far < limit:
        return Held(name, share, low, "not shown", None)
    shown: Shown = "holds" if answer.limit == limit else "fails" if high < target else "not shown"
    return Held(name, share, low, shown, answer.limit)


@dataclass(frozen=True)
class Staffed:
    """Whether a limit of one day less holds with more people.

    Attributes
    ----------
    pool, heads : `heads` more people in `pool`.
    share, low : of the cases on time at one day less.
    curve : share on time at limits of 0, 1, ... working days; same_curve : the same with today's people in the same replications.
    same_share : of the cases on time at one day less with today's people in the same replications.
    difference, difference_low, difference_high : what the people add, paired; the intervals of all options hold together.
    """

    pool: str
    heads: int
    share: float | None
    low: float
    shown: Shown
    curve: tuple[float | None, ...] = ()
    same_share: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    same_curve: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Promised:
    """The answer for one item.

    Attributes
    ----------
    cases : judged in all replications of the certificate.
    legal_wd, today_wd, limit_wd : by law, promised today, certified; None where no limit within the law is.
    share, low : of the cases on time at that limit, and its lower bound, simultaneous over all items.
    slack : share less what was asked.
    less_share, less_high : on time at one day less, and its upper bound (upper bounds are a second family at the same error: at 95 %
        both hold together with 90 %); the limit is exactly the tightest where that misses. None where
        promises feed back, as are `levels` and `curve` but for the limit itself: the simulation was of this limit and tells of no other.
    levels : limit certified at each share of `LEVELS`, by the same simulations; items of one level hold together, each level for itself,
        since the error is divided among the items tested at it.
    curve, curve_low, curve_high : share on time at limits of 0, 1, ... working days, with its bounds, each family simultaneous over items.
    low_any_law : lower bound of the mean replication's share at the limit that allows for any bad replications not seen, simultaneous too.
    runs, runs_reaching, runs_reaching_low : replications with cases, those whose own share reaches the one asked for, and the simultaneous
        lower bound of that chance.
    refuted : whether the share is surely missed even at the limit by law.
    note, note_zh : why there is no limit; empty where there is one.
    """

    item: str
    cases: int
    legal_wd: int
    today_wd: int
    limit_wd: int | None
    share: float | None
    low: float | None
    slack: float | None
    less_share: float | None
    less_high: float | None
    less_misses: bool
    levels: tuple[tuple[float, int | None], ...]
    curve: tuple[float | None, ...]
    low_any_law: float | None = None
    runs: int = 0
    runs_reaching: int = 0
    runs_reaching_low: float = 0.0
    refuted: bool = False
    note: str = ""
    note_zh: str = ""
    held: tuple[Held, ...] = ()
    staffing: tuple[Staffed, ...] = ()
    curve_low: tuple[float | None, ...] = ()
    curve_high: tuple[float | None, ...] = ()

    @property
    def only_in_normal_weeks(self) -> bool:
        """Whether the limit was not shown to hold under every stress and on average over the assumptions' ranges."""
        return self.limit_wd is not None and any(held.shown != "holds" for held in self.held)

    @property
    def any_week_wd(self) -> int | None:
        """The tightest limit shown to hold in normal weeks, under every stress and over the ranges; None where none is."""
        limits = [self.limit_wd, *(held.limit_wd for held in self.held)]
        known = [limit for limit in limits if limit is not None]
        return max(known) if len(known) == len(limits) else None

    def document(self) -> dict[str, Any]:
        """Return plain values."""
        told = {**asdict(self), "any_week_wd": self.any_week_wd}
        return {**told, "levels": {f"{level:g}": limit for level, limit in self.levels}, "only_in_normal_weeks": self.only_in_normal_weeks}


@dataclass(frozen=True)
class LimitsSolution(Solution):
    """Limits with their certificates.

    Attributes
    ----------
    promised : most cases first.
    share, confidence : that were asked.
    feedback : whether promises change how files are handled here (supervision), so that limits were set jointly until none moved.
    rounds : simulations of all limits together until then.
    cycle : limits that went round; the loosest of each item in the round was taken.
    attempts : certificates tried, each at a fixed part of the error; that of all together is 1 - confidence.
    """

    promised: tuple[Promised, ...] = ()
    share: float = 0.9
    confidence: float = 0.95
    feedback: bool = False
    rounds: int = 1
    cycle: tuple[str, ...] = ()
    attempts: int = 1

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        search = {"feedback": self.feedback, "rounds": self.rounds, "cycle": list(self.cycle), "attempts": self.attempts}
        asked = {"share": self.share, "confidence": self.confidence}
        return {**super().document(), "asked": asked, "search": search, "limits": [row.document() for row in self.promised]}
