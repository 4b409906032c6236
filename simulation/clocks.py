"""The clocks of a case: when the law counts it as accepted, which working days are charged, when it is due, what is late.

Used alike by the engines, the measures and the rules of governance; which reasons stop which clock is data (`ClockRules`).

Counting. Agency time limits are working days without statutory holidays (Administrative Licensing Law, ALL, Art. 82). The day of
the event is not counted (Civil Code Art. 201): from a to d the law counts the working dates in (a, d]. A suspension from s to e
follows the same rule: it takes out the working dates in (s, e], so one that ends on the day it began takes out none. Suspended dates
are a set: those of overlapping suspensions count once. A limit of n ends at 24:00 of the n-th chargeable working date; what comes on
the weekend after is late, although no further working day was charged.

All times are int64 seconds since the epoch's midnight, one array element a case; `MISSING` stands for what has not happened (or for a
limit that does not exist) and comes back as `MISSING`, or as False from a question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulation.calendar import DAY, Calendar, Ints

MISSING = int(np.iinfo(np.int64).min)

Flags = NDArray[np.bool_]

STATUTORY = frozenset({"hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"})
"""听证 招标 拍卖 检验 检测 检疫 鉴定 专家评审: the closed list of ALL Art. 45."""
LOCAL = frozenset({"publicity", "site_survey"})
"""What local rules usually take out of the promised time only."""


@dataclass(frozen=True)
class Limit:
    """A legal time limit in working days, and the extension that the competent head may approve."""

    wd: int
    extension_wd: int


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {"instant": Limit(20, 10), "committed": Limit(20, 10), "upward": Limit(20, 10), "joint": Limit(45, 15)}
)
"""By case class: ALL Art. 42(1) for one organ, 42(2) for unified, joint or concentrated handling, 43 for the lower body's review."""


@dataclass(frozen=True)
class ClockRules:
    """Which reasons stop which clock, and the two short legal limits.

    Attributes
    ----------
    legal : reasons that stop the legal clock, when the applicant was told in writing (ALL Art. 45)
    promise : reasons that stop the promised clock; those that are also in `legal` need the written notice here too
    notice_wd : to tell the applicant, once, everything that is missing (ALL Art. 32(4))
    issue_wd : to issue and deliver after the decision (ALL Art. 44)
    limits : legal limits by case class, where no special law has another
    """

    legal: frozenset[str] = STATUTORY
    promise: frozenset[str] = STATUTORY | LOCAL
    notice_wd: int = 5
    issue_wd: int = 10
    limits: Mapping[str, Limit] = field(default_factory=lambda: LIMITS)


@dataclass(frozen=True, eq=False)
class Suspensions:
    """Clock stops as parallel arrays.

    Attributes
    ----------
    case : position of the case in the arrays the functions below are given
    start, end : seconds; the end of an open one is `MISSING`
    reason : codes as text
    noticed : whether the applicant was told in writing
    """

    case: Ints
    start: Ints
    end: Ints
    reason: NDArray[np.object_] | NDArray[np.str_]
    noticed: Flags

    @classmethod
    def make(cls, case: ArrayLike, start: ArrayLike, end: ArrayLike, reason: ArrayLike, noticed: ArrayLike) -> Suspensions:
        """From sequences of plain values."""
        cases, starts, ends = (np.asarray(values, dtype=np.int64) for values in (case, start, end))
        return cls(cases, starts, ends, np.asarray(reason, dtype=object), np.asarray(noticed, dtype=bool))

    @classmethod
    def none(cls) -> Suspensions:
        """No clock ever stopped."""
        return cls.make([], [], [], [], [])

    def legal(self, rules: ClockRules) -> Suspensions:
        """Those that stop the legal clock."""
        return self._where(self._has(rules.legal) & self.noticed)

    def promise(self, rules: ClockRules) -> Suspensions:
        """Those that stop the promised clock."""
        return self._where(self._has(rules.promise) & (self.noticed | ~self._has(rules.legal)))

    def until(self, cut_off: int) -> Suspensions:
        """As known at the cut-off: a suspension still open then lasts to the cut-off."""
        return replace(self, end=np.where(self.end == MISSING, cut_off, np.minimum(self.end, cut_off)))

    def _has(self, reasons: frozenset[str]) -> Flags:
        return np.isin(self.reason, sorted(reasons))

    def _where(self, kept: Flags) -> Suspensions:
        return Suspensions(self.case[kept], self.start[kept], self.end[kept], self.reason[kept], self.noticed[kept])


def notice_late(
    calendar: Calendar, received: ArrayLike, complete: ArrayLike, noticed: ArrayLike, cut_off: int, rules: ClockRules
) -> Flags:
    """Whether papers were incomplete at receipt and nobody said so within `notice_wd` (ALL Art. 32(4), 72(4)).

    Parameters
    ----------
    received, complete : papers first handed in; papers complete. Complete at receipt: complete is not later
    noticed : the first supplement notice
    cut_off : last second known; before the time for a notice has passed, none is late
    """
    received, complete, noticed = _seconds(received, complete, noticed)
    incomplete = (complete == MISSING) | (complete > received)
    told = np.where(noticed == MISSING, cut_off, noticed)
    found: Flags = incomplete & late(told, _end_of(calendar, received, rules.notice_wd))
    return found


def legal_acceptance(
    calendar: Calendar, received: ArrayLike, complete: ArrayLike, noticed: ArrayLike, cut_off: int, rules: ClockRules
) -> Ints:
    """The second from which the law counts, whenever the clerk stamped the case as accepted (ALL Art. 32(4)-(5)).

    Papers complete at receipt: receipt. Incomplete and the applicant told within `notice_wd`: completion, so that the applicant's
    own time is not charged. Otherwise deemed accepted (视为受理) from receipt, also where the applicant completed the papers untold.
    `MISSING` while it cannot be said: told in time and not complete yet, or neither complete nor told while the time for it runs.
    Parameters as in `notice_late`.
    """
    untold = notice_late(calendar, received, complete, noticed, cut_off, rules)
    received, complete, noticed = _seconds(received, complete, noticed)
    told = (noticed != MISSING) & ~untold
    undecided = (noticed == MISSING) & (complete == MISSING) & ~untold
    at_receipt = (complete != MISSING) & (complete <= received)
    return np.where((received == MISSING) | undecided, MISSING, np.where(told & ~at_receipt, complete, received))


def legal_limit_wd(case_class: ArrayLike, special_wd: ArrayLike, extended: ArrayLike, rules: ClockRules) -> Ints:
    """The legal limit in working days; `MISSING` for a class that has none (consultation).

    Parameters
    ----------
    case_class : names as in `rules.limits`
    special_wd : the limit of a special law, which prevails; `MISSING` where there is none
    extended : whether the extension of the class counts: approved by the competent head, applicant told, before expiry, and not
        shut out by a special law (ALL Art. 42), which is for the caller to judge
    """
    classes = np.atleast_1d(np.asarray(case_class, dtype=object))
    special, longer = np.atleast_1d(np.asarray(special_wd, dtype=np.int64)), np.atleast_1d(np.asarray(extended, dtype=bool))
    base, extension = np.full(classes.shape, MISSING), np.zeros(classes.shape, dtype=np.int64)
    for name, limit in rules.limits.items():
        base[classes == name], extension[classes == name] = limit.wd, limit.extension_wd
    base = np.where(special != MISSING, special, base)
    return np.where(longer & (base != MISSING), base + extension, base)


def suspended_wd(calendar: Calendar, accepted: ArrayLike, until: ArrayLike, stops: Suspensions) -> Ints:
    """Working dates in (accepted, until] that lie in a suspension, each once.

    A suspension that began before the day of acceptance stops no clock. `stops` are those of one clock, with known ends:
    `suspensions.until(cut_off).legal(rules)`.
    """
    accepted, until = _seconds(accepted, until)
    runs = _runs(calendar, accepted, stops)
    last = _wd(calendar, accepted, until)
    days = np.clip(np.minimum(runs.high, last[runs.case]) - runs.low, 0, None)
    return np.where(last == MISSING, MISSING, _total(runs.case, days, len(accepted)))


def chargeable_wd(calendar: Calendar, accepted: ArrayLike, until: ArrayLike, stops: Suspensions) -> Ints:
    """Working days charged to the agency: working dates in (accepted, until] minus the suspended ones; `stops` as in `suspended_wd`."""
    accepted, until = _seconds(accepted, until)
    used = _wd(calendar, accepted, until)
    return np.where(used == MISSING, MISSING, used - suspended_wd(calendar, accepted, until, stops))


def due_day(calendar: Calendar, accepted: ArrayLike, limit_wd: ArrayLike, stops: Suspensions) -> Ints:
    """The last day, as day index, on which a decision is in time: the `limit_wd`-th working date after acceptance, moved by
    suspensions. With a limit of 0 it is the day of acceptance itself.

    A suspension of d working dates that begins not later than the due day, as moved by those before it, moves it by d; one that begins
    later revives nothing. `stops` as in `suspended_wd`.
    """
    accepted, limit = _seconds(accepted, limit_wd)
    runs = _runs(calendar, accepted, stops)
    length = runs.high - runs.low
    charged_before = runs.low - _before(runs.case, length)
    in_time = (charged_before < limit[runs.case]) | ((charged_before == limit[runs.case]) & runs.on_the_day)
    counts = in_time & (_before(runs.case, ~in_time) == 0)
    moved = _total(runs.case, np.where(counts, length, 0), len(accepted))
    return _add_wd(calendar, accepted, np.where(limit == MISSING, MISSING, limit + moved))


def due_second(day: ArrayLike) -> Ints:
    """24:00 of the due day: the first second that is late."""
    days = np.atleast_1d(np.asarray(day, dtype=np.int64))
    return np.where(days == MISSING, MISSING, (np.where(days == MISSING, 0, days) + 1) * DAY)


def late(moment: ArrayLike, due: ArrayLike) -> Flags:
    """Whether `moment` came at the due second or after, so on a later date than the due day."""
    moment, due = _seconds(moment, due)
    known: Flags = (moment != MISSING) & (due != MISSING)
    return known & (moment >= due)


def breach(calendar: Calendar, accepted: ArrayLike, until: ArrayLike, limit_wd: ArrayLike, stops: Suspensions) -> Flags:
    """Whether a limit, legal or promised (`stops` say which), was overrun (ALL Art. 42).

    `until` is the decision, or the cut-off where there is none. On a chargeable date this is `chargeable_wd > limit_wd`.
    """
    return late(until, due_second(due_day(calendar, accepted, limit_wd, stops)))


def issue_breach(calendar: Calendar, decided: ArrayLike, until: ArrayLike, rules: ClockRules) -> Flags:
    """Whether the result was handed over, or not yet at the cut-off, after more than `issue_wd` from the decision (ALL Art. 44)."""
    return late(until, _end_of(calendar, decided, rules.issue_wd))


@dataclass(frozen=True, eq=False)
class _Runs:
    """Suspended dates of each case as disjoint runs, sorted; `low` and `high` count working dates after acceptance: (low, high]."""

    case: Ints
    low: Ints
    high: Ints
    on_the_day: Flags
    """Whether the stop began on the working date number `low` (or goes on from another), and not on the weekend after it."""


def _runs(calendar: Calendar, accepted: Ints, stops: Suspensions) -> _Runs:
    if np.any(stops.end == MISSING):
        raise ValueError("a suspension is open: say until when, with Suspensions.until(cut_off)")
    start, end = stops.start // DAY, np.maximum(stops.end, stops.start) // DAY
    valid = (accepted[stops.case] != MISSING) & (accepted[stops.case] // DAY <= start)
    order = np.flatnonzero(valid)[np.lexsort((end[valid], start[valid], stops.case[valid]))]
    case, start, end = stops.case[order], start[order], end[order]
    since = accepted[case] // DAY
    # One running maximum serves all cases, because each case's numbers lie above all of the case before.
    first = int(start.min(initial=0))
    floor = case * (int(end.max(initial=0)) - first + 1) - first
    reached = (np.concatenate(([-1], np.maximum.accumulate(floor + end)))[:-1] - floor) if len(case) else end
    on_the_day = (start <= reached) | (start == since) | calendar.is_working(start)
    start, end = np.maximum(start, reached), np.maximum(end, reached)
    return _Runs(case, calendar.wd(since, start), calendar.wd(since, end), on_the_day)


def _before(case: Ints, amount: NDArray[np.generic]) -> Ints:
    """Sum of the amounts of the same case that stand before each; `case` is sorted."""
    amounts = amount.astype(np.int64)
    sums = np.cumsum(amounts) - amounts
    answer: Ints = sums - sums[np.searchsorted(case, case)]
    return answer


def _total(case: Ints, amount: Ints, cases: int) -> Ints:
    total = np.zeros(cases, dtype=np.int64)
    np.add.at(total, case, amount)
    return total


def _seconds(*values: ArrayLike) -> tuple[Ints, ...]:
    """As int64 arrays of one shape."""
    return tuple(np.broadcast_arrays(*(np.atleast_1d(np.asarray(value, dtype=np.int64)) for value in values)))


def _wd(calendar: Calendar, x: Ints, y: Ints) -> Ints:
    """Working dates in (x, y] of seconds."""
    known = (x != MISSING) & (y != MISSING)
    days = np.full(len(x), MISSING)
    days[known] = calendar.wd(x[known] // DAY, y[known] // DAY)
    return days


def _add_wd(calendar: Calendar, t: Ints, n: Ints) -> Ints:
    """Day index of the n-th working date after second `t`."""
    known = (t != MISSING) & (n != MISSING)
    days = np.full(len(t), MISSING)
    days[known] = calendar.add_wd(t[known] // DAY, n[known])
    return days


def _end_of(calendar: Calendar, t: ArrayLike, limit_wd: int) -> Ints:
    """The due second of a limit that nothing suspends."""
    since, limit = _seconds(t, limit_wd)
    return due_second(_add_wd(calendar, since, limit))
