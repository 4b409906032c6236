"""Pooling against slowdown: six windows that are busy 83 per cent of the time, apart and as one pool of slower generalists.

Each window has 5 citizens an hour, each for 10 minutes on average (exponential). Apart they wait 50.0 minutes; as one pool 5.9 minutes
where a generalist is as fast as a specialist, 9.5 where he is 5 per cent slower, 17.2 at 10 per cent, 40.8 at 15 per cent; at 20 per cent
there is no steady state. As in `test_engine_theory` the engine is equal, ticket by ticket, to a recursion of a few lines, and the
recursion meets the values: 99 % simultaneous intervals (Student t over days, Bonferroni over the comparisons of this file), no wider
than 5 % either way.

So narrow an interval takes few days because of a control variate (Lavenberg and Welch 1981, Management Science 27, 322-335): one server
six times as fast, fed with the same arrivals and the same work, waits with the pool, and its mean is known (M/M/1).
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from strategies import DAY, counter, prepared, scenario
from test_engine_theory import by_day, engine_starts, first_come, hall, ratio, services

from simulation.engines import simulate
from simulation.errors import Broken
from simulation.log import EventLog
from simulation.reforms.windows import PoolWindows
from simulation.scenario import Scenario
from simulation.theory import mmc_wait
from simulation.units import Factor

COMPARISONS = 5
Floats = NDArray[np.float64]
RATE, SERVICE = 5 / 60, 10.0
"""A window's citizens a minute, and their minutes."""


def pool(slowdown: str, minute: int, days: int, windows: int = 6) -> Scenario:
    """A pool open day and night, empty each midnight; `minute` is how many seconds stand for a minute."""
    small = hall(windows * RATE * DAY / minute, {"exponential": {"mean": f"{SERVICE * minute:.0f} s"}}, windows, days)
    slower = {n: p.model_copy(update={"pace": Factor.parse(slowdown)}) for n, p in small.centre.staff.items()}
    return small.model_copy(update={"centre": small.centre.model_copy(update={"staff": slower})})


def paced(seconds: list[int], slowdown: str) -> list[int]:
    """What a service takes at the pace of a generalist, by the one rule for factors."""
    permille = round(float(slowdown) * 1000)
    return [max(1, (s * permille + 500) // 1000) for s in seconds]


def mean_service(slowdown: str, minute: int) -> float:
    """Minutes of a service as they are drawn: exponential, rounded half up to whole seconds, at least one."""
    mean = SERVICE * minute
    drawn = np.exp(-0.5 / mean) / (1 - np.exp(-1 / mean)) + 1 - np.exp(-0.5 / mean)
    return float(drawn) / minute * float(slowdown)


def fast_server(rows: list[tuple[int, ...]], windows: int) -> Floats:
    """Waits at one server that is as fast as all windows together (Lindley)."""
    come, work = np.array([r[0] for r in rows], dtype=float), np.array([r[1] for r in rows]) / windows
    walk = np.concatenate(([0.0], np.cumsum(work[:-1] - np.diff(come))))
    waits: Floats = walk - np.minimum.accumulate(walk)
    return waits


def pooled(slowdowns: tuple[str, ...], minute: int, days: int, warm: float = 0.25, windows: int = 6) -> dict[str, list[Floats]]:
    """By slowdown a row of three for each day: minutes waited by those who come after `warm` of it, the same at the fast server, and how
    many they are. All slowdowns have the same citizens."""
    _, draws = prepared(pool("1", minute, days, windows), replication=100)
    base, found = services(draws), {s: [] for s in slowdowns}
    for slowdown in slowdowns:
        for rows in by_day(draws, paced(base, slowdown)):
            late = np.array([r[0] >= warm * DAY for r in rows])
            wait = np.array(first_come(rows, windows)) - np.array([r[0] for r in rows])
            found[slowdown].append(np.array([wait[late].sum() / minute, fast_server(rows, windows)[late].sum() / minute, late.sum()]))
    return found


def controlled(days: list[Floats], known: float) -> Floats:
    """Mean wait with the control taken out, one value a day."""
    total, control, n = np.array(days).T
    wait, other = ratio(list(total), list(n)), ratio(list(control), list(n))
    slope = float(np.cov(wait, other)[0, 1] / other.var(ddof=1))
    return wait - slope * (other - known)


def agrees(values: Floats, expected: float) -> None:
    """The simultaneous interval of the mean of independent `values` covers `expected` and is narrow enough to fail."""
    half = float(stats.t.ppf(1 - 0.01 / COMPARISONS / 2, len(values) - 2) * values.std(ddof=2) / np.sqrt(len(values)))
    assert half <= 0.05 * expected, f"half-width {half / expected:.1%} of {expected}: too wide to say anything"
    assert abs(values.mean() - expected) <= half, f"{values.mean():.4f} +- {half:.4f} misses {expected}"


@pytest.mark.parametrize(("slowdown", "windows"), [("1", 1), ("1", 6), ("1.05", 6), ("1.1", 6), ("1.15", 6), ("1.2", 6)])
def test_the_engine_pools_as_the_recursion_does(slowdown: str, windows: int) -> None:
    """To the second, a generalist's pace included; ten days late stands for those who are not called before midnight."""
    small = pool(slowdown, 20, 1, windows)
    for replication in range(2):
        _, draws = prepared(small, replication=replication)
        starts = first_come(by_day(draws, paced(services(draws), slowdown))[0], windows)
        assert engine_starts(small, replication) == [s if s < DAY else 10 * DAY for s in starts]


@pytest.mark.theory
def test_six_windows_apart_wait_fifty_minutes() -> None:
    """M/M/1; a minute is 4 s."""
    days = [d for k in range(3) for d in apart(k)]
    values = ratio([total for total, _ in days], [n for _, n in days])
    agrees(values, 50.0)


def apart(replication: int) -> list[tuple[float, float]]:
    """Minutes waited at one of the six windows, and by how many, each day from its quarter on."""
    _, draws = prepared(pool("1", 4, 240, 1), replication=100 + replication)
    found = []
    for rows in by_day(draws, services(draws)):
        late = np.array([r[0] >= DAY / 4 for r in rows])
        found.append((float(fast_server(rows, 1)[late].sum()) / 4, float(late.sum())))
    return found


@pytest.mark.theory
def test_pooling_pays_until_the_generalist_is_too_slow() -> None:
    """M/M/6 at slowdown 1.00, 1.05 and 1.10; a minute is 10 s. Intervals are about 1 % wide."""
    published = {"1": 5.9, "1.05": 9.5, "1.1": 17.2}
    for slowdown, days in pooled(tuple(published), 10, 120).items():
        fast = mmc_wait(6 * RATE, mean_service(slowdown, 10) / 6, 1)
        values = controlled(days, fast)
        agrees(values, mmc_wait(6 * RATE, SERVICE * float(slowdown), 6))
        assert values.mean() == pytest.approx(published[slowdown], rel=0.02)


@pytest.mark.campaign
@pytest.mark.theory
def test_near_saturation_the_gain_is_almost_gone() -> None:
    """M/M/6 at slowdown 1.15, 96 per cent busy; a minute is 4 s, and half of each day passes before waits are counted."""
    days = pooled(("1.15",), 4, 240, warm=0.5)["1.15"]
    fast = mmc_wait(6 * RATE, mean_service("1.15", 4) / 6, 1)
    agrees(controlled(days, fast), mmc_wait(6 * RATE, mean_service("1.15", 4), 6))
    assert controlled(days, fast).mean() == pytest.approx(40.8, rel=0.05)


@pytest.mark.campaign
@pytest.mark.theory
def test_without_a_steady_state_waits_go_on_growing() -> None:
    """At slowdown 1.20 the pool is 100 per cent busy: waits grow with the root of time, by 1.53 from the second to the fourth quarter of a
    day; at 1.10 they have settled by then."""
    grown = {}
    for slowdown in ("1.1", "1.2"):
        rows = pooled((slowdown,), 4, 60, warm=0.75)[slowdown], pooled((slowdown,), 4, 60, warm=0.25)[slowdown]
        fourth, from_second = (np.array(r).sum(axis=0)[[0, 2]] for r in rows)
        grown[slowdown] = float(fourth[0] / fourth[1] / (from_second[0] / from_second[1]))
    assert grown["1.2"] > 1.15 > 1.05 > grown["1.1"]


def test_the_formulas_give_the_turning_point_of_pooling() -> None:
    """The worked example to the last digit given; from 1.20 on there is no answer. Pooling pays as long as 50.0 minutes are not reached."""
    assert mmc_wait(RATE, SERVICE, 1) == pytest.approx(50.0)
    waits = {slowdown: mmc_wait(6 * RATE, SERVICE * slowdown, 6) for slowdown in (1.0, 1.05, 1.1, 1.15, 1.18)}
    assert {k: round(w, 1) for k, w in waits.items()} == {1.0: 5.9, 1.05: 9.5, 1.1: 17.2, 1.15: 40.8, 1.18: 112.6}
    for slowdown in (1.2, 1.25):
        with pytest.raises(Broken):
            mmc_wait(6 * RATE, SERVICE * slowdown, 6)


# --- what pooling conserves --------------------------------------------------------------------------------------


def departments(*, decides: bool) -> Scenario:
    """Two departments with a window each; `decides`: at the counter, else in the department after it."""
    work = {"a": {"exponential": {"mean": "9 min"}}, "b": {"lognormal": {"median": "8 min", "sigma": "0.6"}}}
    items = {}
    for queue, law in work.items():
        route = {"serve": counter(queue, decides=decides)}
        route["serve"]["work"] = {f"work-{queue}": law}
        if not decides:
            route["sign"] = {"kind": "task", "pool": "office", "work": {"sign": {"constant": "5 min"}}, "decides": True}
        items[f"item-{queue}"] = {"route": route, "promise_wd": "5"}
    return scenario(
        windows={"W1": "a", "W2": "b"},
        items=items,
        needs={f"n-{queue}": {"items": [f"item-{queue}"], "rate": "20 per day"} for queue in work},
        pools={"office": {"people": {"o": "30"}, "hours": ["0:00-24:00"]}},
        site={"transfers": [{"leaves": "11:00", "arrives": "11:30"}], "overrun": "6 h"},
        days=5,
    )


def touched(log: EventLog, *kinds: str) -> dict[tuple[str, int], int]:
    """Seconds of work of each case, by Need and number, of rows of these kinds; those without an end, and collecting, are left out."""
    cases = log.cases.set_index("case")
    rows = log.events[log.events["kind"].isin(kinds) & log.events["end"].notna() & (log.events["step"] != "collect")]
    seconds = (rows["end"] - rows["start"]).astype(int).groupby(rows["case"]).sum()
    return {(str(cases["need"][c]), int(cases["number"][c])): int(t) for c, t in seconds.items()}


def under(small: Scenario, pace: str, **fields: object) -> tuple[EventLog, EventLog]:
    """The same draws before and after pooling both queues at two windows."""
    reform = PoolWindows.model_validate(
        {
            "kind": "pool_windows", "site": "hall", "windows": "2", "staff": {"at-W1": "2"}, "issue_staff": {"at-W1": "1"}, "pace": pace,
            "collect_touch": {"constant": "1 min"}, **fields,
        }
    )  # fmt: skip
    before, after = (simulate(*prepared(s, seed=7)).validate() for s in (small, reform.edit(small)))
    return before, after


@pytest.mark.parametrize("pace", ["1", "1.1", "1.25"])
def test_pooled_acceptance_conserves_touch_time_up_to_the_slowdown(pace: str) -> None:
    """Counter by counter: the same work, by the one rule for factors; the department's work is untouched."""
    before, after = under(departments(decides=False), pace)
    counters, offices = touched(before, "service"), touched(before, "task")
    pooled_counters, pooled_offices = touched(after, "service"), touched(after, "task")
    both = counters.keys() & pooled_counters.keys()
    assert len(both) > 150
    assert {k: pooled_counters[k] for k in both} == {k: paced([counters[k]], pace)[0] for k in both}
    done = offices.keys() & pooled_offices.keys()
    assert len(done) > 100
    assert {k: pooled_offices[k] for k in done} == {k: offices[k] for k in done}


@pytest.mark.parametrize(("pace", "kept"), [("1", "0.5"), ("1.1", "0.3")])
def test_a_decision_that_moves_to_the_department_is_conserved_with_its_acceptance(pace: str, kept: str) -> None:
    """`kept` of the work stays at the counter, at the generalist's pace; the rest is done in the department. Rounding: a second each."""
    before, after = under(departments(decides=True), pace, kept=kept)
    whole, front, back = touched(before, "service"), touched(after, "service"), touched(after, "task")
    both = whole.keys() & front.keys() & back.keys()
    assert len(both) > 100
    for k in both:
        share = float(kept)
        assert abs(front[k] - whole[k] * share * float(pace)) <= 2
        assert abs(back[k] - whole[k] * (1 - share)) <= 1
    total = sum(front[k] / float(pace) + back[k] for k in both)
    assert total == pytest.approx(sum(whole[k] for k in both), rel=1e-3)


def test_two_systems_are_work_that_pooling_adds() -> None:
    """Negative control: with double entry of two minutes nobody's touch time is conserved."""
    before, after = under(departments(decides=False), "1", double_entry={"constant": "2 min"})
    counters, pooled_counters = touched(before, "service"), touched(after, "service")
    both = counters.keys() & pooled_counters.keys()
    assert {pooled_counters[k] - counters[k] for k in both} == {120}
