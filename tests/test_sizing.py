"""How many people a half hour needs: against Erlang's tables, the limits of constant load, and a simulation of long services."""

from heapq import heappop, heappush
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray

from optimization.levels import loads, needed
from optimization.sizing import METHODS, Aim, isa, lag_avg, lag_max, late_share, load_by, offered, servers, sipp, staffed
from simulation import verbs
from simulation.errors import Broken
from simulation.experiment import calendar_for
from simulation.plan import compile_plan
from simulation.theory import erlang_a, erlang_c, limited_mean_exponential, mmc_wait_tail, offered_load

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HALF = 1800.0


def test_erlangs_table_for_ten_busy_and_fourteen_agents() -> None:
    """C(14, 10) = 0.174132, as pyworkforce and every table of Erlang C print it."""
    assert late_share(10, 300, 14, 0) == pytest.approx(0.174132, abs=1e-6)
    assert servers(10, 300, Aim(late=0.1742)) == 14
    assert servers(10, 300, Aim(late=0.1741)) == 15


@pytest.mark.parametrize(("load", "c"), [(2.5, 4), (10.0, 12), (0.3, 1)])
def test_very_patient_people_make_erlang_a_erlang_c(load: float, c: int) -> None:
    for within in (0.0, 200.0):
        patient = late_share(load, 300, c, within, patience=3e7)
        assert patient == pytest.approx(mmc_wait_tail(load / 300, 300, c, within), rel=1e-4)
    assert late_share(load, 300, c, 0) == pytest.approx(erlang_c(load, c))


def test_the_wait_under_erlang_a_integrates_to_the_queue() -> None:
    """Who waits w in the offered wait V is in the queue min(V, patience): E[Q] = rate x integral of P(V > t) exp(-theta t) dt."""
    rate, service, c, patience = 0.04, 300.0, 11, 900.0
    t = np.linspace(0, 20_000, 4001)
    tail = np.array([late_share(rate * service, service, c, x, patience) for x in t])
    law = erlang_a(rate, service, c, patience)
    assert rate * np.trapezoid(tail * np.exp(-t / patience), t) == pytest.approx(law.queue, rel=1e-4)
    assert tail[0] == pytest.approx(law.p_wait)


def test_an_aim_that_is_no_aim_is_refused() -> None:
    for wrong in ({"late": 0.0}, {"late": 0.2, "within": -1.0}, {"late": 0.2, "patience": 0.0}):
        with pytest.raises(Broken):
            Aim(**wrong)


@pytest.mark.parametrize("method", METHODS)
def test_at_constant_arrivals_every_method_is_the_stationary_one(method: str) -> None:
    """Once the day is longer than the longest service, all loads are rate x mean service."""
    edges = np.arange(49) * HALF
    load = load_by(method, np.full(48, 0.01), edges, 1200.0, 0.3, 0.0)
    assert load[10:] == pytest.approx(np.full(38, 12.0), rel=1e-6)
    assert staffed(load, 1200.0, Aim(late=0.2))[-1] == servers(12, 1200, Aim(late=0.2))


def test_offered_load_solves_its_differential_equation_for_exponential_services() -> None:
    """m' = rate - m / E[S] by small steps, for the formula that `offered` takes its largest values from."""
    edges, mean = np.arange(49) * HALF, 1500.0
    rates = 0.01 * (1 + np.sin(np.arange(48) / 48 * 2 * np.pi)) + 0.002
    step, m, largest = 5.0, 0.0, np.zeros(48)
    for k in range(int(48 * HALF / step)):
        m += step * (rates[int(k * step // HALF)] - m / mean)
        largest[int(k * step // HALF)] = max(largest[int(k * step // HALF)], m)
    times = np.arange(48 * 60 + 1) * (HALF / 60)
    load = offered_load(times, edges, rates, limited_mean_exponential(mean))
    inside = np.array([load[t * 60 : t * 60 + 61].max() for t in range(48)])
    assert inside == pytest.approx(largest, rel=2e-3)
    lognormal = offered(rates, edges, mean, cv=1.0)
    assert lognormal[4:] == pytest.approx(largest[4:], rel=0.03)


def test_lags_move_the_load_back_by_a_service() -> None:
    """Arrivals only in the second of four periods, services of half a period: half of the lagged mean is in each of periods 2 and 3."""
    edges, rates = np.arange(5) * HALF, np.array([0.0, 0.01, 0.0, 0.0])
    assert sipp(rates, edges, 900) == pytest.approx([0, 9, 0, 0])
    assert lag_avg(rates, edges, 900) == pytest.approx([0, 4.5, 4.5, 0])
    assert lag_max(rates, edges, 900) == pytest.approx([0, 9, 9, 0])


# --- simulated ---------------------------------------------------------------------------------------------------


def arrived(rates: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Poisson arrivals of a day, and lognormal services of mean 40 min and cv 0.5."""
    n = rng.poisson(rates * HALF)
    times = np.sort(np.concatenate([t * HALF + rng.random(k) * HALF for t, k in enumerate(n)]))
    sigma = np.sqrt(np.log1p(0.25))
    return times, rng.lognormal(np.log(2400) - sigma**2 / 2, sigma, len(times))


def day(people: Ints, times: Floats, services: Floats) -> tuple[Floats, Ints]:
    """First come, first served by `people` (T,) who finish what they began; return waits, and the most present in each half hour."""
    busy: list[float] = []
    waits, free_from = np.zeros(len(times)), 0.0
    ends = np.zeros(len(times))
    for k, (t, s) in enumerate(zip(times, services, strict=True)):
        at = max(t, free_from)
        while True:
            while busy and busy[0] <= at:
                heappop(busy)
            period = min(len(people) - 1, int(at // HALF))
            if len(busy) < people[period]:
                break
            at = min(x for x in ((period + 1) * HALF, *busy[:1], inf) if x > at)
        heappush(busy, at + s)
        waits[k], ends[k], free_from = at - t, at + s, at
    marks = np.arange(len(people) * 6) * (HALF / 6)
    there = (times[:, None] <= marks) & (marks < ends[:, None])
    return waits, there.sum(axis=0).reshape(len(people), 6).max(axis=1)


def late_after_peak(people: Ints, rates: Floats, periods: slice, days: int = 60) -> float:
    """Of those who come in `periods`, the share that waits at all, over `days` days."""
    late = came = 0
    for seed in range(days):
        times, services = arrived(rates, np.random.default_rng(seed))
        waits, _ = day(people, times, services)
        here = (times >= periods.start * HALF) & (times < periods.stop * HALF)
        late, came = late + int((waits[here] > 0).sum()), came + int(here.sum())
    return late / came


PEAK = np.array([4, 6, 10, 16, 16, 10, 6, 4, 4, 4, 4, 4, 4, 4, 4, 4]) / HALF
TAIL = slice(5, 9)
"""The two hours after the peak."""


def test_long_services_break_sipp_after_the_peak_and_not_the_offered_load() -> None:
    """Services of 40 min, an aim of one in five who waits at all: SIPP leaves most of those waiting who come after the peak."""
    edges, aim = np.arange(len(PEAK) + 1) * HALF, Aim(late=0.2)
    late = {m: late_after_peak(staffed(load_by(m, PEAK, edges, 2400.0, 0.5, 0.0), 2400.0, aim), PEAK, TAIL) for m in METHODS}
    assert late["sipp"] > 0.5, late
    assert late["offered"] < 0.25, late
    assert late["lag_max"] < late["lag_avg"] < late["sipp"], late


def test_iterative_staffing_comes_to_rest_and_holds_its_aim_in_every_half_hour() -> None:
    """The same chance in every round; at rest nobody present in more than a fifth of the days is beyond the people of that half hour."""
    rng = [np.random.default_rng(seed) for seed in range(60)]
    chance = [arrived(PEAK, one) for one in rng]

    def present(people: Ints) -> Ints:
        return np.array([day(people, *luck)[1] for luck in chance])

    people, n = isa(present, np.full(len(PEAK), 60), late=0.2)
    assert 2 <= n < 20
    assert ((present(people) >= people).mean(axis=0) <= 0.2).all()
    assert late_after_peak(people, PEAK, TAIL) < 0.25


def test_methods_of_a_plan_agree_on_the_work_of_the_day_and_differ_on_when() -> None:
    scenario = verbs.load("tiny")
    plan = compile_plan(scenario, calendar_for(scenario, scenario.horizon), scenario.horizon)
    by = {m: loads(plan, m) for m in METHODS}
    assert by["lag_avg"].sum() == pytest.approx(by["sipp"].sum(), rel=1e-6)
    assert (by["lag_max"].sum(axis=2) >= by["lag_avg"].sum(axis=2)).all()
    assert by["sipp"][0, :, 18].max() > by["lag_avg"][0, :, 18].max()
    asked = needed(plan, "offered", Aim(late=0.3))
    assert ((asked > 0) == (by["offered"] >= 0.01)).all()
    assert (needed(plan, "offered", Aim(late=0.3, patience=3600)) <= asked).all()
    assert Aim(late=0.3).patience == inf
