"""CPU time of contestants in alternated runs, and ratios of it: machines differ and drift, ratios within one run less so."""

from __future__ import annotations

import gc
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
    """

    what: str
    ratio: float
    least: float
    most: float
    note: str = ""


def alternated(
    contestants: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = process_time
) -> dict[str, list[float]]:
    """Run the contestants in turn, A B C A B C, and return the seconds of each in each round; a first turn is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            gc.collect()
            start = clock()
            run()
            if turn:
                seconds[name].append(clock() - start)
    return seconds


def ratio(what: str, seconds: Mapping[str, list[float]], above: str, below: str, note: str = "", scale: float = 1.0) -> Ratio:
    """Return the ratio of two contestants, formed in each round, times `scale`."""
    each = [scale * a / b for a, b in zip(seconds[above], seconds[below], strict=True)]
    return Ratio(what, median(each), min(each), max(each), note)
