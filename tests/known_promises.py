"""Halls whose law is known, limits promised there by the certificates, and how many of them hold or are the exact ones."""

import numpy as np
from numpy.typing import NDArray

from optimization.certificates import certify, chosen, loosest
from optimization.kept import DAYS, Counts

Floats = NDArray[np.float64]
DRAWN = 1000
START = 10
"""The longest limit tested."""
LEAST = 933
"""Of 1,000 answers that hold with 95 %, fewer hold with probability 1 %."""


def counts_of(late: NDArray[np.int64], n: int) -> Counts:
    """Counts of one repetition: late cases (replications, limits) of `n` in each."""
    return Counts(n - late, np.full_like(late, n))


def beyond(rng: np.random.Generator, tail: Floats, n: int, replications: int, spread: float) -> NDArray[np.int64]:
    """Late cases (replications, DAYS): `n` cases of a replication take more than L days with probability tail[L].

    Days are drawn by their tail, so that later limits see a subset of the cases; with a spread > 0 the share that is late in a
    replication is Beta about tail[0] as to its odds: a common factor that makes its cases depend on each other (intraclass
    correlation `spread`), which leaves the law of a single case as it is.
    """
    late = np.zeros((replications, DAYS), dtype=np.int64)
    first = np.full(replications, tail[0])
    if spread:
        scale = (1 - spread) / spread
        first = rng.beta(tail[0] * scale, (1 - tail[0]) * scale, replications)
    left = rng.binomial(n, first)
    late[:, 0] = left
    for limit in range(1, START + 1):
        left = rng.binomial(left, tail[limit] / tail[limit - 1] if tail[limit - 1] else 0.0)
        late[:, limit] = left
    return late


def tail(*shares: float) -> Floats:
    """P(T > L) for L = 0, 1, ...; the last is halved from day to day on."""
    told = list(shares)
    while len(told) <= START:
        told.append(told[-1] / 2)
    return np.array(told)


LAWS = {
    "independent, just missing": (tail(0.4, 0.2, 0.051), 60, 80, 0.0, 0.95),
    "independent, far apart": (tail(0.4, 0.2, 0.03), 60, 80, 0.0, 0.95),
    "nine in ten, just missing": (tail(0.5, 0.3, 0.102), 30, 40, 0.0, 0.9),
    "ninety-nine in a hundred": (tail(0.2, 0.05, 0.0105, 0.004), 200, 320, 0.0, 0.99),
    "few cases": (tail(0.5, 0.3, 0.105), 4, 40, 0.0, 0.9),
    "few replications": (tail(0.5, 0.3, 0.105), 40, 10, 0.0, 0.9),
    "days in common": (tail(0.3, 0.15, 0.052), 60, 100, 0.1, 0.95),
    "late cases soon too few for Student's": (tail(0.3, 0.2, 0.102, 0.04, 0.02), 12, 100, 0.05, 0.9),
    "bad days": (tail(0.25, 0.2, 0.106), 60, 60, 0.4, 0.9),
    "bad days, few replications": (tail(0.25, 0.2, 0.106), 30, 12, 0.4, 0.9),
}
"""P(T > L), cases of a replication, replications, intraclass correlation, share asked."""


def answers(law: Floats, n: int, replications: int, spread: float, target: float, key: int) -> list[int | None]:
    """Limits promised in 1,000 repetitions: chosen on some replications, certified on as many others."""
    rng = np.random.default_rng([11, key])
    found: list[int | None] = []
    for _ in range(DRAWN):
        first, second = (counts_of(beyond(rng, law, n, replications, spread), n) for _ in range(2))
        assert loosest(first, START, target) == START
        stop = chosen(first, target, START)
        found.append(None if stop is None else certify(second, target, 0.05, START, stop).limit)
    return found


def held(name: str) -> tuple[int, int]:
    """Return of how many repetitions under a law the answer holds, an answer "none" too, and how many promise a limit."""
    law, n, replications, spread, target = LAWS[name]
    found = answers(law, n, replications, spread, target, list(LAWS).index(name))
    return sum(limit is None or 1 - law[limit] >= target for limit in found), sum(limit is not None for limit in found)


def error_of(late: float, n: int, replications: int, first: float, spread: float) -> float:
    """Standard error of a certificate's share where cases late at limit 0 (share `first`, with the common factor) stay late by chance."""
    between = (late / first) ** 2 * first * (1 - first) * spread * (n - 1) / n
    return float(np.sqrt((between + late * (1 - late) / n) / replications))


def law_apart(target: float, errors: float, n: int, replications: int, spread: float) -> Floats:
    """The law whose limit 1 exceeds the target, and whose limit 0 misses it, by so many standard errors of the certificate."""

    def root(low: float, high: float, sign: int, first: float | None) -> float:
        for _ in range(60):
            late = (low + high) / 2
            off = sign * (late - (1 - target)) - errors * error_of(late, n, replications, first or late, spread)
            low, high = (low, late) if (off > 0) == (sign > 0) else (late, high)
        return low if sign < 0 else high

    missing = root(1 - target, 0.5, 1, None)
    return tail(missing, root(1e-9, 1 - target, -1, missing))


def found_exactly() -> list[int]:
    """Return how often the exact limit is found under four laws whose next limits lie three standard errors on each side of the share."""
    n, replications, exact = 400, 1000, []
    for target in (0.9, 0.95):
        for spread in (0.0, 0.02):
            law = law_apart(target, 3, n, replications, spread)
            found = answers(law, n, replications, spread, target, round(1000 * (target + spread)))
            exact.append(sum(limit == 1 for limit in found))
    return exact
