"""What moved 变动: runs of today held against those expected, entry by entry.

Digests of logs and counts are exact, for a log holds whole numbers only. Values of measures are equal within a stated tolerance. Where
numbers were meant to move, each value that moved is held against a stated margin by two one-sided tests over the differences of
replications [1]_: the citizens are the same, so the differences are paired. All values must pass, each at its own 5 %, which holds for
all of them together without a correction (an intersection-union test [2]_). The 5 % are those of differences that are near normal: a change
that shows in rare replications only passes more often, and with fewer than `FEWEST` the command refuses to test. `equal` is no test: it
means equal on these replications. Moves accepted one after another do not add up
unseen: each is held against the value when it was first accepted, which the file keeps (`Run.first`), with the margin of that value; an
`--update` without `--moved` is a new start. A difference that is the same in all replications has no interval: it is held against the
margin as it is, and with how many replications it may still differ.

References
----------
.. [1] Schuirmann (1987), A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of
   average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
.. [2] Berger and Hsu (1996), Bioequivalence trials, intersection-union tests and equivalence confidence sets. Statistical Science 11,
   283-319.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose, sqrt
from statistics import fmean
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simulation.regression import Expectations, Run, Series

ALPHA = 0.05
"""Level of each of the two one-sided tests; their interval is that of 1 - 2 * ALPHA."""
FEWEST = 10
"""Replications below which a t test of differences whose law nobody knows says too little."""
ROUNDED = 1e-9
"""Part of the values within which differences of kept numbers, of ten digits, are the same."""
Verdict = Literal["equal", "differs", "moved", "equivalent", "not equivalent"]
GOOD = frozenset({"equal", "moved", "equivalent"})


@dataclass(frozen=True)
class Finding:
    """One thing compared, over all replications.

    Attributes
    ----------
    part : `run` (there at all), `digest`, `count` or `value`.
    expected, found : an entry for each replication; empty where that side has none.
    verdict : `moved` is a digest or count that was allowed to; `differs` and `not equivalent` are failures.
    first : the entries when first accepted, where moves were accepted since.
    low, high, margin : of the mean difference, found minus first (or expected), in the measure's unit, where the two tests were made.
    constant : that difference where it is the same in every replication, so that there is no interval; None where it is not.
    """

    scenario: str
    stress: str
    part: Literal["run", "digest", "count", "value"]
    what: str
    expected: tuple[float | str | None, ...]
    found: tuple[float | str | None, ...]
    verdict: Verdict
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    first: tuple[float | None, ...] = ()
    constant: float | None = None

    @property
    def may_differ(self) -> float:
        """The share of replications that may still differ by something else where all so far agree, at most (95 %; Clopper and Pearson)."""
        return 1 - float(ALPHA ** (1 / max(1, len(self.found))))

    @property
    def good(self) -> bool:
        """Whether it does not fail."""
        return self.verdict in GOOD

    @property
    def differing(self) -> tuple[int, ...]:
        """Numbers of the replications in which the entries are not the same to the last digit kept."""
        return tuple(k for k, (a, b) in enumerate(zip(self.expected, self.found, strict=False)) if a != b)


def compared(expected: Expectations, found: Sequence[Run], moved: bool = False) -> list[Finding]:
    """Compare what was expected with what was found, in the order of what was found; what is no longer there comes last.

    Parameters
    ----------
    moved : numbers were meant to move: digests and counts may differ, values must be equivalent within their margin.
    """
    known = {(run.scenario, run.stress): run for run in expected.runs}
    now = {(run.scenario, run.stress): run for run in found}
    rows = []
    for key in [*now, *(key for key in known if key not in now)]:
        a, b = known.get(key), now.get(key)
        if a is None or b is None:
            there, away = ("there",), ()
            rows.append(Finding(*key, "run", "scenario", there if a else away, there if b else away, "differs"))
            continue
        rows.append(Finding(*key, "digest", "digest of the log", a.digests, b.digests, _exact(a.digests == b.digests, moved)))
        for what, left, right in _pairs(a.counts, b.counts):
            # No event of that kind and outcome in any replication is as good as no line.
            none = (0.0,) * len(a.digests)
            left, right = left or none, right or none
            rows.append(Finding(*key, "count", what, left, right, _exact(left == right, moved)))
        for what, left, right in _pairs(a.values, b.values):
            first = a.first[what].numbers if what in a.first else ()
            rows.append(_value(*key, what, left, right, first, expected, moved))
    return rows


Numbers = tuple[float | None, ...]


def _pairs(a: Mapping[str, Series], b: Mapping[str, Series]) -> Iterator[tuple[str, Numbers, Numbers]]:
    for what in dict.fromkeys([*b, *a]):
        yield what, a[what].numbers if what in a else (), b[what].numbers if what in b else ()


def _exact(same: bool, moved: bool) -> Verdict:
    return "equal" if same else "moved" if moved else "differs"


def _value(scenario: str, stress: str, what: str, a: Numbers, b: Numbers, first: Numbers, expected: Expectations, moved: bool) -> Finding:
    tolerance = float(expected.tolerance)
    if len(a) == len(b) and all(_close(x, y, tolerance) for x, y in zip(a, b, strict=True)):
        return Finding(scenario, stress, "value", what, a, b, "equal")
    since = first or a
    pairs = [(x, y) for x, y in zip(since, b, strict=False) if x is not None and y is not None]
    lost = len(since) != len(b) or any((x is None) != (y is None) for x, y in zip(since, b, strict=True))
    if not moved or lost:
        return Finding(scenario, stress, "value", what, a, b, "not equivalent" if moved else "differs")
    own = expected.margins.get(what.partition(" ")[0])
    margin = float(own) if own is not None else float(expected.margin) * abs(fmean(x for x, _ in pairs))
    apart = [y - x for x, y in pairs]
    low, high = two_one_sided(apart)
    constant = None
    if len(apart) > 1 and max(apart) - min(apart) <= ROUNDED * max(abs(x) for pair in pairs for x in pair):
        low, high, constant = None, None, fmean(apart)
    least, most = (low, high) if constant is None else (constant, constant)
    within = least is not None and most is not None and -margin < least and most < margin
    verdict: Verdict = "equivalent" if within else "not equivalent"
    return Finding(scenario, stress, "value", what, a, b, verdict, low, high, margin, first, constant)


def _close(x: float | None, y: float | None, tolerance: float) -> bool:
    return x is y if x is None or y is None else isclose(x, y, rel_tol=tolerance, abs_tol=1e-9)


def two_one_sided(differences: Sequence[float]) -> tuple[float | None, float | None]:
    """Return the interval that lies within (-margin, margin) just when both one-sided t tests at `ALPHA` refuse a larger mean difference.

    None where one replication tells nothing.

    >>> two_one_sided([1.0, 2.0, 3.0])[0]  # 2 - t(2; 0.95) * 1 / sqrt(3), t = 2.919986
    0.31414...
    """
    from scipy.special import stdtrit

    n = len(differences)
    if n < 2:
        return None, None
    mean = fmean(differences)
    half = float(stdtrit(n - 1, 1 - ALPHA)) * sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1) / n)
    return mean - half, mean + half
