"""Moves: staffings next to a good one, tried in all sections at once, so that a search finds what one shift more or less would do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from optimization.master import Master
from optimization.trials import Trial
from optimization.whole_days import paid_hours

Ints = NDArray[np.int64]


def neighbours(master: Master, people: Ints, moved: Ints, known: list[Trial]) -> list[tuple[Ints, Ints]]:
    """Return staffings in which every section has one person less, in another shift, or more than in `people`, as long as that can be had
    and was not simulated in this section; the cheapest of each section first, all sections in the same staffings.
    """
    sections: list[list[Ints]] = []
    for c in range(master.sections):
        here = master.seats_of(c)
        seen = {_key(trial.people, here) for trial in known}
        mine: list[Ints] = []
        for after in _moves(master, people, here):
            if (key := _key(after, here)) not in seen and not master.broken(after, moved):
                seen.add(key)
                mine.append(after)
        sections.append(sorted(mine, key=lambda after: paid_hours(master.instance, after)))
    found = []
    for k in range(max(map(len, sections), default=0)):
        together = people.copy()
        for c, those in enumerate(sections):
            if k < len(those):
                for g, w in master.seats_of(c):
                    together[g, :, w] = those[k][g, :, w]
        if not master.broken(together, moved):
            found.append((together, moved))
    return found


def _moves(master: Master, people: Ints, here: list[tuple[int, int]]) -> Iterator[Ints]:
    """One person less in a seat, or in another seat, or more."""
    seats = [(g, s, w) for g, w in here for s in range(people.shape[1])]
    for seat in (None, *(one for one in seats if people[one])):
        for other in (None, *seats):
            if seat != other:
                after = people.copy()
                if seat is not None:
                    after[seat] -= 1
                if other is not None:
                    after[other] += 1
                yield after


def _key(people: Ints, here: list[tuple[int, int]]) -> bytes:
    return b"".join(people[g, :, w].tobytes() for g, w in here)


__all__ = ["neighbours"]
