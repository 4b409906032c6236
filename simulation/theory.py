"""Closed forms and exact numerical laws of queues: the oracle of the tests and the first guess of the optimiser.

Rates are per unit of time and durations in the same unit, whichever that is. A stationary answer is refused where there is none.

References
----------
Gross, Shortle, Thompson and Harris (2008), Fundamentals of Queueing Theory, is meant by "Gross and Harris".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, exp, lgamma, log, pi, prod, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulation.errors import Broken

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stationary:
    """A queue in its stationary regime.

    Attributes
    ----------
    p_wait
        Probability that one who enters finds all servers busy.
    p_lost
        Probability that an arrival is blocked or abandons.
    queue, wait
        Mean number waiting; mean time in queue of those who enter, the impatient included.
    throughput, utilisation
        Services completed per unit of time; mean share of servers busy.
    """

    p_wait: float
    p_lost: float
    queue: float
    wait: float
    throughput: float
    utilisation: float


@dataclass(frozen=True)
class Network:
    """An open Jackson network: per station, and in all."""

    rates: tuple[float, ...]
    utilisations: tuple[float, ...]
    waits: tuple[float, ...]
    in_network: float
    sojourn: float


@dataclass(frozen=True)
class Fluid:
    """A fluid queue: its content at the edges of the periods, when it was last emptied (None: never), its longest wait."""

    queue: tuple[float, ...]
    emptied: float | None
    longest_wait: float


# --- many servers ------------------------------------------------------------------------------------------------


def erlang_b(load: float, servers: int) -> float:
    """Blocking probability of M/G/c/c (Erlang 1917).

    >>> round(erlang_b(8, 10), 4)
    0.1217
    """
    blocked = 1.0
    for c in range(1, servers + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Probability of waiting in M/M/c (Erlang 1917).

    >>> round(erlang_c(10, 14), 6)
    0.174132
    """
    _stable(load, servers)
    blocked = erlang_b(load, servers)
    return servers * blocked / (servers - load * (1 - blocked))


def mmc_wait(arrivals: float, service: float, servers: int) -> float:
    """Mean wait in M/M/c, `service` being its mean duration (Gross and Harris 2.3).

    >>> round(mmc_wait(0.5, 5, 3), 6)
    7.022472
    """
    return erlang_c(arrivals * service, servers) * service / (servers - arrivals * service)


def mmc_wait_tail(arrivals: float, service: float, servers: int, t: float) -> float:
    """P(wait > t) in M/M/c, first come first served (Gross and Harris 2.3).

    >>> round(mmc_wait_tail(0.16, 5, 1, 15), 6)
    0.439049
    """
    return erlang_c(arrivals * service, servers) * exp(-(servers / service - arrivals) * t)


def mmc_wait_quantile(arrivals: float, service: float, servers: int, q: float) -> float:
    """The wait that a share q does not exceed in M/M/c, first come first served.

    >>> round(mmc_wait_quantile(0.5, 5, 3, 0.9), 6)
    19.491153
    """
    return max(0.0, log(erlang_c(arrivals * service, servers) / (1 - q)) / (servers / service - arrivals))


def mmc_sojourn_tail(arrivals: float, service: float, servers: int, t: float) -> float:
    """P(wait + service > t) in M/M/c, first come first served (Gross and Harris 2.3).

    >>> round(mmc_sojourn_tail(0.16, 5, 1, 57.564627), 6)
    0.1
    """
    busy, spare, x = erlang_c(arrivals * service, servers), servers - arrivals * service - 1, t / service
    # At spare = 0 wait and service have the same rate: their sum is Erlang.
    both = x * exp(-x) if abs(spare) < 1e-7 else (exp(-x) - exp(-x * (1 + spare))) / spare
    return exp(-x) + busy * both


def mmck(arrivals: float, service: float, servers: int, capacity: int) -> Stationary:
    """M/M/c/K: `capacity` places in all, the servers' included (Gross and Harris 2.4).

    >>> round(mmck(40 / 60, 5, 3, 10).p_lost, 6)
    0.154761
    """
    p = _birth_death([arrivals] * capacity, [min(n, servers) / service for n in range(1, capacity + 1)])
    return _stationary(p, arrivals * (1 - p[-1]), service, servers, p_wait=p[servers:-1].sum() / (1 - p[-1]), p_lost=p[-1])


def erlang_a(arrivals: float, service: float, servers: int, patience: float) -> Stationary:
    """M/M/c+M with mean patience (Palm 1957; Garnett, Mandelbaum and Reiman 2002, MSOM 4, 208-227).

    >>> round(erlang_a(0.8, 5, 4, 20).p_lost, 6)
    0.131694
    """
    deaths: list[float] = []
    weight = highest = 0.0
    while weight > highest - 45 or deaths[-1] < arrivals:  # on, in logarithms, until the tail left out is below rounding
        n = len(deaths) + 1
        deaths.append(min(n, servers) / service + max(0, n - servers) / patience)
        weight += log(arrivals / deaths[-1])
        highest = max(highest, weight)
    p = _birth_death([arrivals] * len(deaths), deaths)
    queue = float(np.maximum(np.arange(len(p)) - servers, 0) @ p)
    return _stationary(p, arrivals, service, servers, p_wait=p[servers:].sum(), p_lost=queue / patience / arrivals)


def finite_source(sources: int, think: float, service: float, servers: int) -> Stationary:
    """M/M/c with a finite number of sources, each away for an exponential `think` after its service (Gross and Harris 2.7).

    >>> round(finite_source(20, 60, 5, 3).wait, 6)
    0.579122
    """
    p = _birth_death([(sources - n) / think for n in range(sources)], [min(n, servers) / service for n in range(1, sources + 1)])
    rates = (sources - np.arange(sources + 1)) / think
    arrivals = float(rates @ p)
    return _stationary(p, arrivals, service, servers, p_wait=(rates * p)[servers:].sum() / arrivals, p_lost=0.0)


def garnett_delay(beta: float, patience: float) -> float:
    """Limit of P(wait > 0) with load + beta sqrt(load) servers, `patience` in mean services (Garnett and others 2002).

    Without abandonment (infinite patience) it is the limit of Halfin and Whitt (1981, Operations Research 29, 567-588).

    >>> round(garnett_delay(1, float("inf")), 4)
    0.2234
    >>> round(garnett_delay(0, 1), 4)
    0.5
    """
    from scipy.special import log_ndtr

    def hazard(x: float) -> float:
        return exp(-x * x / 2 - log(2 * pi) / 2 - float(log_ndtr(-x)))

    if patience == float("inf"):
        return 1 / (1 + beta / hazard(-beta)) if beta > 0 else 1.0
    return 1 / (1 + hazard(beta * sqrt(patience)) / hazard(-beta) / sqrt(patience))


def allen_cunneen(arrivals: float, service: float, servers: int, cv_arrivals: float, cv_service: float) -> float:
    """Approximate mean wait in G/G/c (Allen 1990, Probability, Statistics, and Queueing Theory, 5.4); exact for M/M/c and M/G/1.

    >>> round(allen_cunneen(0.14, 5, 1, 1, 1.5), 6)
    18.958333
    """
    return mmc_wait(arrivals, service, servers) * (cv_arrivals**2 + cv_service**2) / 2


# --- one server, classes, groups, branches, networks -------------------------------------------------------------


def mg1_wait(arrivals: float, service: float, cv: float) -> float:
    """Mean wait in M/G/1 with service of coefficient of variation `cv` (Pollaczek 1930, Khinchine 1932).

    >>> round(mg1_wait(0.15, 5, 0), 6)
    7.5
    """
    _stable(arrivals * service, 1)
    return arrivals * service**2 * (1 + cv**2) / (2 * (1 - arrivals * service))


def cobham(arrivals: Sequence[float], services: Sequence[float], cvs: Sequence[float]) -> tuple[float, ...]:
    """Mean wait by class in M/G/1 under non-preemptive priority, the first class being served first (Cobham 1954, OR 2, 70-76).

    >>> [round(wait, 4) for wait in cobham([0.02, 0.05, 0.08], [5, 5, 5], [1, 1, 1])]
    [4.1667, 6.4103, 23.0769]
    """
    classes = list(zip(arrivals, services, cvs, strict=True))
    residual = sum(rate * mean**2 * (1 + cv**2) for rate, mean, cv in classes) / 2
    return _by_priority(residual, [rate * mean for rate, mean, _ in classes])


def cobham_mmc(arrivals: Sequence[float], service: float, servers: int) -> tuple[float, ...]:
    """Mean wait by class in M/M/c under non-preemptive priority with one mean service for all (Cobham 1954).

    >>> [round(wait, 4) for wait in cobham_mmc([0.02, 0.05, 0.08], 5, 1)]
    [4.1667, 6.4103, 23.0769]
    """
    load = sum(arrivals) * service
    return _by_priority(erlang_c(load, servers) * service / servers, [rate * service / servers for rate in arrivals])


def batch_mm1_wait(groups: float, sizes: Mapping[int, float], service: float) -> float:
    """Mean wait of a member in M^[X]/M/1, groups of random size served one by one (Gross and Harris 3.1).

    Parameters
    ----------
    groups, sizes
        Rate at which groups arrive; probability of each size.

    >>> round(batch_mm1_wait(0.05, {3: 1.0}, 5), 6)
    35.0
    """
    first, second = (sum(p * size**k for size, p in sizes.items()) for k in (1, 2))
    load = groups * first * service
    _stable(load, 1)
    return load * (first + second) / (2 * first * (1 - load)) / (groups * first) - service


def fork_join_two(arrivals: float, service: float) -> float:
    """Mean time to both answers of two M/M/1 branches asked at once (Flatto and Hahn 1984; Nelson and Tantawi 1988).

    >>> fork_join_two(0.5, 1)
    2.875
    """
    load = arrivals * service
    _stable(load, 1)
    return (12 - load) / 8 * service / (1 - load)


def longest_exponential(means: Sequence[float]) -> float:
    """Mean of the longest of independent exponential durations, by inclusion and exclusion (Renyi 1953); up to about 15 of them.

    >>> round(longest_exponential([4] * 5), 6)
    9.133333
    """
    rates = [1 / mean for mean in means]
    return sum((1 if k % 2 else -1) / sum(some) for k in range(1, len(rates) + 1) for some in combinations(rates, k))


def longest_exponential_cdf(means: Sequence[float], t: float) -> float:
    """P(the longest of independent exponential durations <= t).

    >>> round(longest_exponential_cdf([4] * 5, 10), 6)
    0.651647
    """
    return prod(1 - exp(-t / mean) for mean in means)


def jackson(
    external: Sequence[float], routing: Sequence[Sequence[float]], servers: Sequence[int], services: Sequence[float]
) -> Network:
    """An open network of M/M/c stations (Jackson 1957, Operations Research 5, 518-521).

    Parameters
    ----------
    external
        Arrivals from outside per station, shape (stations,).
    routing
        Probability of going on from station i to station j, shape (stations, stations); the rest leaves.

    >>> round(jackson([0.08], [[0.25]], [1], [5]).sojourn, 6)
    14.285714
    """
    outside = np.asarray(external, dtype=np.float64)
    rates = np.linalg.solve(np.eye(len(outside)) - np.asarray(routing, dtype=np.float64).T, outside)
    stations = list(zip(map(float, rates), servers, services, strict=True))
    waits = tuple(mmc_wait(rate, mean, c) for rate, c, mean in stations)
    inside = sum(rate * (wait + mean) for (rate, _, mean), wait in zip(stations, waits, strict=True))
    utilisations = tuple(rate * mean / c for rate, c, mean in stations)
    return Network(tuple(map(float, rates)), utilisations, waits, inside, inside / float(outside.sum()))


# --- load that varies with time ----------------------------------------------------------------------------------


def offered_load(times: ArrayLike, edges: ArrayLike, arrivals: ArrayLike, limited_mean: Callable[[Floats], Floats]) -> Floats:
    """Mean number in service with unlimited servers, M_t/G/inf (Eick, Massey and Whitt 1993, Management Science 39, 241-252).

    m(t) = integral of arrivals(u) P(S > t - u) du, exact for arrival rates constant between edges.

    Parameters
    ----------
    times
        Shape (m,).
    edges, arrivals
        Shapes (k + 1,) and (k,): no arrivals before the first edge or after the last.
    limited_mean
        x -> E[min(S, x)], as `limited_mean_exponential` or `limited_mean_lognormal` make it.

    >>> [round(float(m), 3) for m in offered_load([0.5, 9], [0, 9], [10], limited_mean_exponential(0.5))]
    [3.161, 5.0]
    """
    since = np.maximum(np.asarray(times, dtype=np.float64)[:, None] - np.asarray(edges, dtype=np.float64), 0)
    served = limited_mean(since)
    load: Floats = (served[:, :-1] - served[:, 1:]) @ np.asarray(arrivals, dtype=np.float64)
    return load


def limited_mean_exponential(mean: float) -> Callable[[Floats], Floats]:
    """x -> E[min(S, x)] of an exponential duration."""
    return lambda x: -mean * np.expm1(-x / mean)


def limited_mean_lognormal(mean: float, cv: float) -> Callable[[Floats], Floats]:
    """x -> E[min(S, x)] of a lognormal duration (Klugman, Panjer and Willmot 2012, Loss Models, A.5).

    >>> round(float(limited_mean_lognormal(20, 0.6)(np.array(1e6))), 6)
    20.0
    """
    from scipy.special import ndtr

    sigma = sqrt(np.log1p(cv**2))
    middle = log(mean) - sigma**2 / 2

    def limited(x: Floats) -> Floats:
        z = (np.log(np.maximum(x, 1e-300)) - middle) / sigma
        found: Floats = mean * ndtr(z - sigma) + x * ndtr(-z)
        return found

    return limited


def mmc_transient(
    arrivals: Sequence[float], servers: Sequence[int], service: float, step: float, start: int = 0, room: int | None = None
) -> Floats:
    """Law of the number present in M_t/M/s_t at the end of each period, by uniformisation (Jensen 1953; Grassmann 1977).

    Parameters
    ----------
    arrivals, servers
        Constant within each period of length `step`. Where servers drop, the customer at a closed one goes back to the queue.
    start
        Number present at the beginning.
    room
        Largest number followed; by default so many that more is out of reach.

    Returns
    -------
    ndarray
        Shape (periods + 1, room + 1); the first row is the beginning.

    >>> law = mmc_transient([0.6] * 18, [4] * 18, 5, 30)
    >>> round(float(law[1] @ np.arange(law.shape[1])), 6)
    3.800794
    """
    if room is None:
        growth = np.cumsum([(rate - c / service) * step for rate, c in zip(arrivals, servers, strict=True)])
        climb = float(growth.max() - min(0.0, float(growth.min())))
        room = start + ceil(max(0.0, climb) + 12 * sqrt(sum(arrivals) * step) + max(servers) + 60)
    present = np.arange(room + 1)
    law = np.zeros((len(arrivals) + 1, room + 1))
    law[0, start] = 1.0
    for period, (rate, c) in enumerate(zip(arrivals, servers, strict=True)):
        down = np.minimum(present, c) / service
        total = rate + c / service
        stay = 1 - (down + np.where(present < room, rate, 0.0)) / total
        jumps, now, after = total * step, law[period], np.zeros(room + 1)
        # Weights through logarithms: the first of them underflows beyond 745 expected jumps.
        for k in range(ceil(jumps + 9 * sqrt(jumps) + 30)):
            after += exp(k * log(jumps) - jumps - lgamma(k + 1)) * now
            now = now * stay + np.append(0.0, now[:-1] * rate / total) + np.append(now[1:] * down[1:] / total, 0.0)
        law[period + 1] = after
    return law


def fluid_queue(arrivals: Sequence[float], lengths: Sequence[float], capacity: float) -> Fluid:
    """Newell's fluid queue, empty at first: arrivals per unit of time in each period, `capacity` served per unit (Newell 1982).

    >>> fluid_queue([120, 30], [2, 3], 96).queue
    (0.0, 48.0, 0.0)
    """
    queue, at, emptied = [0.0], 0.0, None
    for rate, length in zip(arrivals, lengths, strict=True):
        left = queue[-1] + (rate - capacity) * length
        if queue[-1] > 0 and left <= 0:
            emptied = at + queue[-1] / (capacity - rate)
        queue.append(max(0.0, left))
        at += length
    return Fluid(tuple(queue), emptied, max(queue) / capacity)


# --- within ------------------------------------------------------------------------------------------------------


def _stable(load: float, servers: int) -> None:
    if not 0 <= load < servers:
        raise Broken(f"a load of {load:g} on {servers} server(s) has no stationary answer", f"keep it below {servers}")


def _birth_death(births: Sequence[float], deaths: Sequence[float]) -> Floats:
    """Stationary law of a birth-death process on 0..len(births); the logarithm keeps long chains from overflow."""
    weights = np.concatenate([[0.0], np.cumsum(np.log(births) - np.log(deaths))])
    p: Floats = np.exp(weights - weights.max())
    p /= p.sum()
    return p


def _stationary(p: Floats, entering: float, service: float, servers: int, p_wait: float, p_lost: float) -> Stationary:
    present = np.arange(len(p))
    busy, queue = float(np.minimum(present, servers) @ p), float(np.maximum(present - servers, 0) @ p)
    return Stationary(float(p_wait), float(p_lost), queue, queue / float(entering), busy / service, busy / servers)


def _by_priority(residual: float, loads: Sequence[float]) -> tuple[float, ...]:
    """residual / ((1 - load of those before) (1 - load of those before and of the class itself))."""
    _stable(sum(loads), 1)
    edges = 1 - np.concatenate([[0.0], np.cumsum(loads)])
    return tuple(float(residual / (edges[k] * edges[k + 1])) for k in range(len(loads)))
