"""Shifts that may be worked: every start, length and break that a written rule allows, as half hours on duty and hours paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.errors import InputRefused, Problem

Floats = NDArray[np.float64]
SLOT = 1800
"""Seconds of a half hour."""


@dataclass(frozen=True)
class Patterns:
    """P shifts over D days of T half hours.

    Attributes
    ----------
    names : what each is called, (P,).
    on : whether somebody in it is on duty (P, D, T); breaks are off.
    paid : hours it pays on each day (P, D).
    first : clock time of half hour 0, in seconds since midnight.
    """

    names: tuple[str, ...]
    on: NDArray[np.bool_]
    paid: Floats
    first: int = 0

    def __post_init__(self) -> None:
        if self.on.ndim != 3 or self.paid.shape != self.on.shape[:2] or len(self.names) != len(self.on):
            found = f"{len(self.names)} names, on {self.on.shape}, paid {self.paid.shape}"
            raise InputRefused(Problem("shifts", found, "one name, half hours (P, D, T) and hours paid (P, D) for each shift"))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def worked(self) -> NDArray[np.bool_]:
        """Whether a shift is on duty at all on a day (P, D)."""
        return np.asarray(self.on.any(axis=2), dtype=np.bool_)

    @property
    def begins(self) -> NDArray[np.int64]:
        """First half hour on duty (P, D); of no meaning on days off."""
        begins: NDArray[np.int64] = self.on.argmax(axis=2)
        return begins

    @property
    def ends(self) -> NDArray[np.int64]:
        """Half hour after the last on duty (P, D); of no meaning on days off."""
        ends: NDArray[np.int64] = self.on.shape[2] - self.on[:, :, ::-1].argmax(axis=2)
        return ends


@dataclass(frozen=True)
class ShiftRule:
    """What a kind of shift may look like; all in half hours, starts and breaks counted from half hour 0 of the day.

    Attributes
    ----------
    starts : half hours it may start at.
    lengths : from start to end, the break included.
    rest : length of the break, unpaid; 0 for none.
    earliest, latest : when the break may start.
    stretch : half hours on duty at most without a break.
    days : days it may be worked; None for all.
    """

    name: str
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    rest: int = 0
    earliest: int = 0
    latest: int = 0
    stretch: int | None = None
    days: tuple[int, ...] | None = None


def shifts(rules: Iterable[ShiftRule], days: int, slots: int, first: int = 0, opened: NDArray[np.bool_] | None = None) -> Patterns:
    """Return every shift that the rules allow, each kind of day by day the same.

    Parameters
    ----------
    days, slots : D and T.
    first : clock time of half hour 0, in seconds since midnight.
    opened : half hours at which the hall has work for anybody (D, T); a shift is not worked on days on which it would stand before a
        closed door at any of its half hours. None: always open.

    Raises
    ------
    InputRefused : a rule allows no shift at all.

    Example
    -------
    >>> found = shifts([ShiftRule("full", (0, 1), (5,), rest=1, earliest=2, latest=3)], days=1, slots=6)
    >>> for name, on in zip(found.names, found.on[:, 0].astype(int)):
    ...     print(name, on)
    full 0:00-2:30, break 1:00 [1 1 0 1 1 0]
    full 0:00-2:30, break 1:30 [1 1 1 0 1 0]
    full 0:30-3:00, break 1:00 [0 1 0 1 1 1]
    full 0:30-3:00, break 1:30 [0 1 1 0 1 1]
    """
    found: dict[str, NDArray[np.bool_]] = {}
    for rule in rules:
        before = len(found)
        for start in rule.starts:
            for length in rule.lengths:
                for at in range(rule.earliest, rule.latest + 1) if rule.rest else (None,):
                    if (row := _laid(rule, start, length, at, slots)) is not None:
                        name = f"{rule.name} {clock(start, first)}-{clock(start + length, first)}"
                        name += "" if at is None else f", break {clock(at, first)}"
                        found[name] = _dated(row, rule.days, days, opened)
        if len(found) == before:
            fits = f"a kind of shift fits into {slots} half hours with its break"
            raise InputRefused(Problem(f"shift {rule.name}", f"{rule}", fits, "allow other starts, lengths or breaks"))
    kept = {name: on for name, on in found.items() if on.any()}
    if not kept:
        remedy = "look at the opening hours"
        raise InputRefused(Problem("shifts", f"{len(found)} shifts", "some shift is worked while the hall is open", remedy))
    on = np.array([*kept.values()])
    return Patterns(tuple(kept), on, on.sum(axis=2) * SLOT / 3600, first)


def clock(slot: int, first: int = 0) -> str:
    """Return the clock time at which a half hour begins.

    Example
    -------
    >>> clock(3, 9 * 3600)
    '10:30'
    """
    minutes = (first + slot * SLOT) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


def _laid(rule: ShiftRule, start: int, length: int, at: int | None, slots: int) -> NDArray[np.bool_] | None:
    """Return the half hours on duty of one shift; None where it does not fit."""
    end = start + length
    if start < 0 or length <= 0 or end > slots or (at is not None and not (start < at and at + rule.rest < end)):
        return None
    row = np.zeros(slots, dtype=bool)
    row[start:end] = True
    if at is not None:
        row[at : at + rule.rest] = False
    longest = length if at is None else max(at - start, end - at - rule.rest)
    return None if rule.stretch is not None and longest > rule.stretch else row


def _dated(row: NDArray[np.bool_], worked: tuple[int, ...] | None, days: int, opened: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    on = np.zeros((days, len(row)), dtype=bool)
    for day in range(days) if worked is None else worked:
        if opened is None or not (row & ~opened[day]).any():
            on[day] = row
    return on
