"""Chance is keyed by identity: what a citizen draws depends on nobody else, on no reform and on no horizon."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats
from strategies import counter, prepared, scenario

from simulation.draws import BLOCK, SURGE, Draws, _poisson, uniforms

NEEDS = {"n": {"rate": "40 per day", "dispersion": "0.3", "online": "0.3"}, "m": {"rate": "30 per day"}}


def people(draws: Draws, stream: int = 0) -> dict[tuple[int, int], tuple[int, bool, int]]:
    """(day, number) -> what is drawn for a citizen."""
    c = draws.citizens[stream]
    return {
        (int(d), int(k)): (int(a), bool(o), int(f)) for d, k, a, o, f in zip(c.day, c.number, c.arrives, c.online, c.files, strict=True)
    }


def drawn(days: int = 5, **fields: Any) -> Draws:
    return prepared(
        scenario(**{"needs": NEEDS, "item": {"online": {"pool": "o"}}, "pools": {"o": {"people": {"o": "1"}}}, "days": days, **fields})
    )[1]


def test_a_reform_of_the_centre_changes_nobody() -> None:
    """More windows, another route, fewer visits: the same people come at the same seconds with the same luck."""
    base = drawn()
    reformed = drawn(windows={"W1": "a", "W2": "a"}, route={"serve": counter("a", "3 min"), "pay": counter("a")})
    assert people(base) == people(reformed)
    for purpose in ("complete", "denial", "back"):
        assert [base.chance(purpose, 0, k) for k in range(50)] == [reformed.chance(purpose, 0, k) for k in range(50)]


def test_another_need_changes_nobody() -> None:
    more = drawn(needs={"first": {"rate": "80 per day"}, **NEEDS})
    assert people(drawn(), 0) == people(more, 1)


def test_a_longer_horizon_is_a_prefix() -> None:
    short, long = drawn(days=5), drawn(days=9)
    end = int(short.plan.days)
    assert people(short) == {key: value for key, value in people(long).items() if key[0] < end}
    n = len(short.citizens[0].day)
    assert [short.chance("complete", 0, k) for k in range(n)] == [long.chance("complete", 0, k) for k in range(n)]


def test_a_holiday_renumbers_nobody() -> None:
    """Qingming, 5 April 2023, lies in the second horizon: the days around it are those of a horizon that begins after it."""
    across, after = drawn(days=8, start="2023-03-31"), drawn(days=3, start="2023-04-06")
    dates = {key: value for key, value in people(across).items() if key[0] >= 6}
    assert {(d - 6, k): (a - 6 * 86_400, o, f) for (d, k), (a, o, f) in dates.items() if d - 6 < after.plan.days} == people(after)
    assert not [key for key in people(across) if key[0] == 5]


def test_a_surge_adds_and_a_reduction_thins_but_neither_renumbers() -> None:
    base = people(drawn())
    surged = people(drawn(world={"surges": [{"factor": "1.5"}]}))
    assert {key: surged[key] for key in base} == base
    assert all(number >= SURGE for _, number in set(surged) - set(base))
    assert 1.2 < len(surged) / len(base) < 1.9
    thinned = people(drawn(world={"surges": [{"factor": "0.6"}]}))
    assert thinned == {key: base[key] for key in thinned}
    assert 0.4 < len(thinned) / len(base) < 0.8


def test_the_order_of_use_does_not_matter() -> None:
    forward, backward = drawn(), drawn()
    law = forward.plan.patience
    there = [(forward.chance("complete", 0, k), forward.seconds(law, "patience", 0, k, "0")) for k in range(30)]
    back = [
        (backward.seconds(backward.plan.patience, "patience", 0, k, "0"), backward.chance("complete", 0, k)) for k in reversed(range(30))
    ]
    assert there == [(c, s) for s, c in reversed(back)]


def test_purposes_visits_and_replications_are_streams_of_their_own() -> None:
    draws = drawn()
    other = prepared(draws.plan.scenario, replication=1)[1]
    seen = {tuple(draws.chance("complete", 0, k, visit=v) for k in range(20)) for v in (1, 2)}
    seen |= {tuple(draws.chance("denial", 0, k, "x") for k in range(20)), tuple(other.chance("complete", 0, k) for k in range(20))}
    assert len(seen) == 4


def test_uniforms_are_uniform_and_independent_along_numbers_and_dates() -> None:
    """Kolmogorov-Smirnov along a stream and across dates, and no correlation between neighbours; the seed is fixed, p > 0.001."""
    day = np.array([738_000])
    along = uniforms((7, 0, "t"), np.full(20_000, 738_000), np.arange(20_000))
    across = uniforms((7, 0, "t"), 738_000 + np.arange(4000), np.full(4000, 3))
    names = np.array([uniforms((7, 0, f"t{k}"), day, day * 0)[0] for k in range(4000)])
    for sample in (along, across, names):
        assert stats.kstest(sample, "uniform").pvalue > 0.001
        assert abs(np.corrcoef(sample[1:], sample[:-1])[0, 1]) < 3.3 / np.sqrt(len(sample))
        assert 0 < sample.min() < sample.max() < 1


def test_a_stream_may_be_read_from_anywhere() -> None:
    """Any choice of (date, number) in any order, beyond a block and in the numbers of a surge too, gives what each gives alone."""
    dates, numbers = np.array([5, 5, 7, 7, 6, 5]), np.array([0, 3, 2, BLOCK + 2, SURGE + 1, 5 * BLOCK])
    whole = uniforms(("s",), dates, numbers)
    assert len(set(whole.tolist())) == len(whole)
    for k in range(len(dates)):
        assert uniforms(("s",), dates[k:][:1], numbers[k:][:1])[0] == whole[k]
    assert (uniforms(("s",), dates[::-1], numbers[::-1]) == whole[::-1]).all()


def test_nobody_shares_a_uniform() -> None:
    """Blocks of successive dates and of successive numbers do not overlap."""
    dates, numbers = (a.ravel() for a in np.meshgrid(np.arange(100, 108), np.arange(5 * BLOCK), indexing="ij"))
    assert len(np.unique(uniforms(("s",), dates, numbers))) == len(dates)


def test_counts_are_the_inverse_of_the_poisson_law() -> None:
    u = uniforms(("p",), np.ones(3000, dtype=np.int64), np.arange(3000))
    for mean in (0.01, 0.7, 4.0, 55.0, 800.0):
        assert (_poisson(u, np.full(len(u), mean)) == stats.poisson.ppf(u, mean)).all()
    assert (_poisson(u, np.zeros(len(u))) == 0).all()


def test_citizens_come_inside_opening_hours_as_the_profile_says() -> None:
    """0.4 of them 9:00-9:30, 0.1 11:00-11:30, 0.5 13:00-13:30, evenly inside."""
    c = drawn(days=60, needs={"n": {"rate": "60 per day"}}).citizens[0]
    second = c.arrives - c.day * 86_400
    shares = [((second >= h * 3600) & (second < h * 3600 + 1800)).mean() for h in (9, 11, 13)]
    n = len(second)
    for share, expected in zip(shares, (0.4, 0.1, 0.5), strict=True):
        assert abs(share - expected) < 3.3 * np.sqrt(expected * (1 - expected) / n)
    inside = second[(second >= 9 * 3600) & (second < 9 * 3600 + 1800)] - 9 * 3600
    assert stats.kstest(inside + 0.5, "uniform", args=(0, 1800)).pvalue > 0.001


def test_day_to_day_dispersion_has_the_stated_size() -> None:
    """Counts of a day: variance = mean + mean² cv², with a hall factor of cv 0.15 and a factor of the need of cv 0.2, mean 200."""
    small = scenario(needs={"n": {"rate": "200 per day", "dispersion": "0.2"}}, world={"dispersion": "0.15"}, days=230)
    counts = np.concatenate([np.unique(prepared(small, seed=s)[1].citizens[0].day, return_counts=True)[1] for s in (1, 2, 3, 4)])
    cv2 = (1 + 0.15**2) * (1 + 0.2**2) - 1
    assert abs(counts.mean() / 200 - 1) < 3.3 * np.sqrt((cv2 + 1 / 200) / len(counts))
    assert abs(counts.var() / (200 + 200**2 * cv2) - 1) < 0.2


def test_absence_is_a_spell_from_a_keyed_beginning() -> None:
    """Chance 0.05 a working day, 2 working days long: about 1 - 0.95² = 0.0975 of the working days, and never on a weekend."""
    absence = {"starts": "0.05", "lasts_wd": {"discrete": {"2": "1"}}}
    draws = drawn(days=240, pools={"o": {"people": {"o": "20"}, "absence": absence}})
    working = np.array([bool(draws.plan.calendar.is_working(d)) for d in range(draws.plan.days)])
    assert not draws.absent[:, ~working].any()
    assert abs(draws.absent[:, working].mean() - 0.0975) < 0.012
    fewer = drawn(days=240, pools={"o": {"people": {"o": "3"}, "absence": absence}})
    assert (fewer.absent == draws.absent[:3]).all()


def test_changes_of_demand_multiply() -> None:
    """A season of 0.5 under a surge of 1.5 leaves 0.75 of the citizens; 1.5 upon 1.5 brings 2.25 of them."""
    for factors, whole in ((("0.5", "1.5"), 0.75), (("1.5", "1.5"), 2.25)):
        demand = drawn(world={"surges": [{"factor": f} for f in factors]}).plan.demand[0]
        plain = drawn().plan.demand[0]
        assert np.allclose(demand.mean * demand.thin + demand.extra, plain.mean * whole)
