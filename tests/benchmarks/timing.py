"""CPU time of contestants in alternated runs, and ratios of it: machines differ and drift, ratios within one run less so."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import process_time


@dataclass(frozen=True)
class Ratio:
    """How many times the CPU time of one thing another takes.

    Attributes
    ----------
    what : in words, as the table shows it.
    ratio, least, most : median, smallest and largest over the rounds.
    note : what was found beside it; may be empty.
    wanted : what it is to reach; a negative number is what it may be at most.
    """

    what: str
    ratio: float
    least: float
    most: float
    note: str = ""
    wanted: float | None = None


class Laps:
    """A clock of one run that is told when a part of it is done; `seconds` has each part."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.seconds: dict[str, float] = {}
        self.since = clock()

    def __call__(self, part: str) -> None:
        """Everything since the last call was `part`."""
        self.seconds[part] = self.clock() - self.since
        self.since = self.clock()


def lapped(
    contestants: Mapping[str, Callable[[Laps], object]], rounds: int, clock: Callable[[], float] = process_time
) -> dict[str, list[float]]:
    """Run the contestants in turn, A B C A B C, and return the seconds of their parts in each round, by the parts' names.

    The first round counts: whoever has something to load or to compile is run once before.
    """
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for run in contestants.values():
            gc.collect()
            laps = Laps(clock)
            run(laps)
            for part, spent in laps.seconds.items():
                seconds.setdefault(part, []).append(spent)
    return seconds


def total(seconds: Mapping[str, list[float]], *parts: str) -> list[float]:
    """Return the sum of some parts in each round."""
    return [sum(one) for one in zip(*(seconds[part] for part in parts), strict=True)]


def ratio(
    what: str, seconds: Mapping[str, list[float]], above: str, below: str, note: str = "", scale: float = 1.0, wanted: float | None = None
) -> Ratio:
    """Return the ratio of two contestants, formed in each round, times `scale`."""
    each = [scale * a / b for a, b in zip(seconds[above], seconds[below], strict=True)]
    return Ratio(what, median(each), min(each), max(each), note, wanted)


def of_children() -> float:
    """CPU seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
