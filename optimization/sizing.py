"""Sizing: how many people serve a load of half hours to an aim, by methods that differ in what load they hold a half hour to carry.

Each method names a load in people busy at once; the aim turns a load into people by the stationary queue of that load:

- `sipp`: arrivals of the half hour x mean service. Stationary, independent, period by period: the reference known to be bad where
  services last about as long as periods, too many before a peak and too few after it (Green, Kolesar and Soares 2001, OR 49, 549-564).
- `lag_avg`, `lag_max`: the mean, or the largest, arrival rate of the half hour moved back by one mean service (the same authors).
- `offered`: m(t) = E[S] E[rate(t - S_e)] of the queue with unlimited servers, its largest value in the half hour (Eick, Massey and Whitt
  1993, Management Science 39, 241-252); fed to the stationary queue it is the modified offered load (MOL; Jennings, Mandelbaum, Massey
  and Whitt 1996, Management Science 42, 1383-1394).
- `isa`: no formula; people set by how many were present when a simulation was run with the people before (Feldman, Mandelbaum, Massey
  and Whitt 2008, Management Science 54, 324-338).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from simulation.errors import Broken
from simulation.theory import limited_mean_lognormal, mmc_wait_tail, offered_load

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SMALL = 0.01
"""People busy at once, below which a half hour asks for nobody."""


@dataclass(frozen=True)
class Aim:
    """Of those who come, at most a share `late` waits longer than `within` seconds; people give up after a mean of `patience` seconds."""

    late: float
    within: float = 0.0
    patience: float = inf

    def __post_init__(self) -> None:
        if not (0 < self.late < 1 and self.within >= 0 and self.patience > 0):
            found = f"late {self.late:g}, within {self.within:g} s, patience {self.patience:g} s"
            raise Broken("an aim is a share between 0 and 1, a time of 0 s or more and a patience above 0 s", "mend it", found=found)


def late_share(load: float, service: float, servers: int, within: float, patience: float = inf) -> float:
    """Return the share of arrivals for whom `servers` would take longer than `within`: Erlang C, or Erlang A with patience.

    Erlang A: who finds c + j present waits sum of Exp(c mu + i theta) over i = 0..j, so exp(-theta wait) is Beta(c mu / theta, j + 1), the
    product of Beta(c mu / theta + i, 1); P(wait > t) = sum of pi(c + j) I(exp(-theta t); c mu / theta, j + 1). The wait is the one offered:
    who gives up before it counts as late when it is longer than `within` (Palm 1957; Garnett, Mandelbaum and Reiman 2002, MSOM 4).

    Parameters
    ----------
    load : people busy at once, arrivals x service.
    service, within, patience : seconds; patience infinite for nobody gives up.

    >>> round(late_share(10, 1, 14, 0), 6)
    0.174132
    >>> round(late_share(4, 5, 4, 0, 20), 4), round(late_share(4, 5, 4, 5, 20), 4)
    (0.7078, 0.2533)
    """
    if patience == inf:
        return 1.0 if servers <= load else float(mmc_wait_tail(load / service, service, servers, within))
    from scipy.special import betainc

    mu, theta, rate = 1 / service, 1 / patience, load / service
    weights, weight, highest = [0.0], 0.0, 0.0
    while len(weights) <= servers or weight > highest - 45:
        n = len(weights)
        weight += log(rate / (min(n, servers) * mu + max(0, n - servers) * theta))
        weights.append(weight)
        highest = max(highest, weight)
    p = np.exp(np.array(weights) - highest)
    p /= p.sum()
    queue = np.arange(1.0, len(p) - servers + 1)
    return float(p[servers:] @ betainc(servers * mu / theta, queue, exp(-theta * within)))


def servers(load: float, service: float, aim: Aim) -> int:
    """Return the fewest servers whose `late_share` is not above that of the aim; 0 for next to no load.

    >>> servers(10, 300, Aim(late=0.2, within=20)), servers(10, 300, Aim(late=0.2, within=20, patience=600))
    (14, 13)
    """
    if load < SMALL:
        return 0
    c = 1
    while late_share(load, service, c, aim.within, aim.patience) > aim.late + 1e-12:
        c += 1
    return c


def staffed(load: Floats, service: float, aim: Aim) -> Ints:
    """Return `servers` for each period of `load` (T,): with a load of `sipp` it is SIPP, with `offered` MOL, and so on."""
    return np.array([servers(float(a), service, aim) for a in load], dtype=np.int64)


def sipp(rates: Floats, edges: Floats, mean: float) -> Floats:
    """Return rate x mean service of each period.

    Parameters
    ----------
    rates : arrivals a second, constant between `edges` (T,); `edges` (T + 1,) in seconds.
    mean : mean service, seconds.
    """
    return np.asarray(rates, dtype=np.float64) * mean


def lag_avg(rates: Floats, edges: Floats, mean: float) -> Floats:
    """Return mean service x the mean rate over the period moved back by one mean service; arguments as of `sipp`."""
    come = np.concatenate(([0.0], np.cumsum(rates * np.diff(edges))))
    moved = np.interp(edges - mean, edges, come, left=0.0)
    return np.asarray(np.diff(moved) / np.diff(edges) * mean, dtype=np.float64)


def lag_max(rates: Floats, edges: Floats, mean: float) -> Floats:
    """Return mean service x the largest rate over the period moved back by one mean service; arguments as of `sipp`."""
    highest = np.zeros(len(rates))
    for t in range(len(rates)):
        inside = (edges[1:] > edges[t] - mean) & (edges[:-1] < edges[t + 1] - mean)
        highest[t] = rates[inside].max(initial=0.0)
    return highest * mean


def offered(rates: Floats, edges: Floats, mean: float, cv: float = 1.0, delay: float = 0.0) -> Floats:
    """Return the largest offered load m(t) within each period, at its edges and middle, services lognormal with `cv`.

    Other arguments as of `sipp`; `delay` : seconds after arrival until this service is asked for.
    """
    times = np.sort(np.concatenate((edges, (edges[1:] + edges[:-1]) / 2)))
    found = offered_load(times - delay, edges, rates, limited_mean_lognormal(mean, max(cv, 0.05)))
    return np.asarray(np.maximum(np.maximum(found[:-1:2], found[1::2]), found[2::2]))


METHODS = ("sipp", "lag_avg", "lag_max", "offered")


def load_by(method: str, rates: Floats, edges: Floats, mean: float, cv: float, delay: float) -> Floats:
    """Return the load of each period by the method of that name; arguments as of `offered`."""
    if method == "offered":
        return offered(rates, edges, mean, cv, delay)
    of = {"sipp": sipp, "lag_avg": lag_avg, "lag_max": lag_max}[method]
    come = np.concatenate(([0.0], np.cumsum(rates * np.diff(edges))))
    late = np.diff(np.interp(edges - delay, edges, come, left=0.0)) / np.diff(edges)
    return of(np.asarray(late), edges, mean)


def isa(present: Callable[[Ints], Ints], start: Ints, late: float, rounds: int = 20) -> tuple[Ints, int]:
    """Return people by iterative staffing: c_{i+1}(t) = the fewest c with P(L_i(t) >= c) <= late, until no period changes.

    Parameters
    ----------
    present : how many are in the system in each of n sampled days and T periods, simulated with the people given (T,): shape (n, T). The
        same chance each time, else it never comes to rest.
    start : people of the first run (T,); so many that nobody waits, in the paper.
    late : share of arrivals who may find everybody busy.

    Returns
    -------
    people (T,) and the number of simulations; the last two rounds may differ where it swings between two answers: the larger is returned.
    """
    people, before, n = np.asarray(start, dtype=np.int64), None, 0
    while n < rounds:
        n += 1
        there = np.sort(present(people), axis=0)
        allowed = int(np.floor(late * len(there) + 1e-9))
        after: Ints = there[len(there) - 1 - allowed] + 1
        after = np.where(there.max(axis=0) > 0, after, 0).astype(np.int64)
        if (after == people).all():
            return after, n
        if before is not None and (after == before).all():
            return np.maximum(after, people), n
        before, people = people, after
    return people if before is None else np.maximum(people, before), n


__all__ = ["METHODS", "Aim", "isa", "lag_avg", "lag_max", "late_share", "load_by", "offered", "servers", "sipp", "staffed"]
