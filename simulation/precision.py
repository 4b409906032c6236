"""Precision: whether the intervals of a headline are as narrow as asked, and how many replications that takes, line by line.

The lines are looked at together: replications go on, in batches, until the last of them is narrow enough or the cap is reached [1]_.
The projection scales the half width of today by t(n - 1) / sqrt(n); of an interval that does not shrink so (whole days, nearly all or
nothing) it is a guess that the next batch corrects.

Stopping at a width that the same replications showed costs a little coverage: of normal 95 % intervals from a pilot of ten in batches of
ten, a line alone held in 94 of 100 sequences (4,000), all of four lines at once in 95 (2,000); `tests/test_precision.py` holds the bounds.

References
----------
.. [1] Law (2015), Simulation Modeling and Analysis, 9.4.1 (sequential procedure). Chow and Robbins (1965), On the asymptotic theory of
   fixed-width sequential confidence intervals. Annals of Mathematical Statistics 36, 457-462.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from simulation.estimates import Estimate, student

SURE = 20
"""Replications that must agree before an interval without width counts as narrow: up to 14 % may still differ."""
ENDLESS = 1_000_000
"""Beyond so many replications a projection only says that there is none."""


@dataclass(frozen=True)
class Precision:
    """How narrow one line of a headline is, and how narrow it is wanted.

    Attributes
    ----------
    half_width, wanted
        In the unit of the measure; `half_width` is None where there is no interval yet.
    reached
        The interval is as narrow as asked, or the difference is identical.
    needed
        Replications at which it is expected to be, in whole batches; None where that cannot be told or is beyond a million.
    drives
        No other line needs more.
    """

    half_width: float | None
    wanted: float
    reached: bool
    needed: int | None
    drives: bool = False

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        return dict(vars(self))


def precisions(
    found: Sequence[Estimate], targets: Sequence[float], batch: int = 10, level: float = 0.95, among: int | None = None
) -> tuple[Precision, ...]:
    """Judge every line of a headline.

    Parameters
    ----------
    found : differences over the replications run so far.
    targets : the half width wanted for each, in its measure's unit.
    batch : replications are added so many at a time.
    among : of how many simultaneous intervals these are part; of themselves alone when left out.

    Example
    -------
    From ten replications with half width 2 to half width 1: 10 * 4 = 40, a little less because t shrinks too.

    >>> [line.needed for line in precisions([Estimate(5, 3, 7, 10), Estimate(5, 4.5, 5.5, 10)], [1, 1])]
    [40, 10]
    """
    each = 1 - (1 - level) / max(1, len(found) if among is None else among)
    lines = [_line(one, target, batch, each) for one, target in zip(found, targets, strict=True)]
    most = max((_rank(line) for line in lines), default=0)
    return tuple(
        Precision(line.half_width, line.wanted, line.reached, line.needed, not line.reached and _rank(line) == most) for line in lines
    )


def replications_needed(
    pilot: Sequence[Estimate], targets: Sequence[float], cap: int, batch: int = 10, level: float = 0.95, among: int | None = None
) -> int:
    """Replications, in whole batches beyond the pilot, at which every headline interval is expected to be narrow enough.

    Ask again after running them: the answer is the number already run once all are narrow enough or the cap is reached. A line without
    an interval asks for one batch more. Parameters as for `precisions`.
    """
    ran = max((one.n for one in pilot), default=0)
    lines = precisions(pilot, targets, batch, level, among)
    needs = [ran + batch if line.half_width is None else line.needed or cap for line in lines if not line.reached]
    return min(cap, max(needs, default=ran))


def _rank(line: Precision) -> float:
    return 0 if line.reached else float("inf") if line.needed is None else line.needed


def _line(found: Estimate, wanted: float, batch: int, level: float) -> Precision:
    half, n = found.half_width, found.n
    if half is None:
        return Precision(None, wanted, False, None)
    if half == 0 and n < SURE:
        return Precision(half, wanted, False, n - (n - SURE) // batch * batch)
    if half <= wanted:
        return Precision(half, wanted, True, n)
    spread = half * sqrt(n) / student(n - 1, level)

    def wide(batches: int) -> bool:
        ran = n + batches * batch
        return spread * student(ran - 1, level) / sqrt(ran) > wanted

    most = 1
    while wide(most):
        most *= 2
        if n + most * batch > 2 * ENDLESS:
            return Precision(half, wanted, False, None)
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if wide(middle) else (least, middle)
    needed = n + most * batch
    return Precision(half, wanted, False, needed if needed <= ENDLESS else None)
