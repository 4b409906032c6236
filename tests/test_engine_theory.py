"""The model against queueing theory, in two steps that together say that the engine's waits have the means of the formulas.

1. The engine equals, ticket by ticket and to the second, a recursion of a few lines (Lindley 1952; Kiefer and Wolfowitz 1955) fed
   with the same draws.
2. That recursion, fed with the draws of hundreds of days, meets the published values: 99 % simultaneous intervals (Student t over
   days, Bonferroni over all comparisons of this file), no wider than 5 % either way.

The values are literals from the collection of cases named beside each. What the model cannot express and therefore is not here: a
finite waiting room or loss (T11, T12: nobody is refused a ticket for want of room), a network with feedback (T16: routes are acyclic),
batches whose members take tickets of their own (T27: an agent's files share one ticket), infinitely many servers (T22), three levels
of priority (T13 is here with its two lower classes as one).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from strategies import DAY, prepared, scenario

from simulation.draws import Draws
from simulation.engines.process import simulate
from simulation.scenario import Scenario

COMPARISONS = 20
Times = list[int]
ROUND_THE_CLOCK = {f"{half // 2}:{half % 2 * 30:02}": "0.02" for half in range(48)}


def hall(
    rate: float, service: dict[str, Any], servers: int, days: int, first: float = 0.0, patience: dict[str, Any] | None = None
) -> Scenario:
    """A queue that is open day and night, empty each midnight; `rate` and `first` (of higher priority) are citizens a day."""
    windows = {f"W{k}": "a" for k in range(servers)}
    needs = {"n": {"rate": f"{rate} per day", "profile": "flat"}}
    if first:
        needs["first"] = {"rate": f"{first} per day", "profile": "flat", "priority": "first"}
    return scenario(
        route={"serve": {"kind": "counter", "queue": "a", "work": {"serve": service}}},
        item={"case_class": "consultation"},
        windows=windows,
        shifts=dict.fromkeys(windows, "0:00-24:00"),
        site={"working": ["0:00-24:00"]},
        needs=needs,
        behaviour={"patience": patience} if patience else None,
        world={"profiles": {"flat": ROUND_THE_CLOCK}},
        days=days,
    )


def services(draws: Draws, stream: int = 0, work: str = "x/serve", law: int = 0) -> Times:
    distribution = draws.plan.routes.distributions[law]
    return [draws.seconds(distribution, "work", stream, k, work) for k in range(len(draws.citizens[stream].day))]


def by_day(draws: Draws, *columns: Times, stream: int = 0) -> list[list[tuple[int, ...]]]:
    """Rows (second of the day, *columns) of each day, in order of arrival."""
    days: dict[int, list[tuple[int, ...]]] = {}
    for row in sorted(zip(draws.citizens[stream].arrives.tolist(), range(len(columns[0])), *columns, strict=True)):
        days.setdefault(row[0] // DAY, []).append((row[0] % DAY, *row[2:]))
    return list(days.values())


def first_come(rows: list[tuple[int, ...]], servers: int) -> Times:
    """Starts of (arrival, service) rows: each takes the server that is free first (Kiefer and Wolfowitz)."""
    free, starts = [0] * servers, []
    for arrives, service in rows:
        start = max(arrives, free[0])
        heapq.heapreplace(free, start + service)
        starts.append(start)
    return starts


def impatient(rows: list[tuple[int, ...]], servers: int) -> list[int | None]:
    """Starts of (arrival, service, patience) rows; None for who would start after his patience is over."""
    free, starts = [0] * servers, []
    for arrives, service, patience in rows:
        start: int | None = max(arrives, free[0])
        if start is not None and start <= arrives + patience:
            heapq.heapreplace(free, start + service)
        else:
            start = None
        starts.append(start)
    return starts


def by_priority(rows: list[tuple[int, ...]]) -> Times:
    """Starts of (arrival, service, level) rows at one server that interrupts nobody and calls the lowest level first."""
    starts, waiting, now, k = [0] * len(rows), [], 0, 0
    while k < len(rows) or waiting:
        if not waiting:
            now = max(now, rows[k][0])
        while k < len(rows) and rows[k][0] <= now:
            heapq.heappush(waiting, (rows[k][2], rows[k][0], k))
            k += 1
        _, _, j = heapq.heappop(waiting)
        starts[j] = now
        now += rows[j][1]
    return starts


def engine_starts(small: Scenario, replication: int) -> Times:
    """Starts of the tickets of day 0 by case, that is in order of arrival; 10 days where nobody was called."""
    plan, draws = prepared(small, replication=replication)
    events = simulate(plan, draws).validate().events
    rows = events[events["kind"].isin(["service", "queue"])].sort_values("case")
    return rows["start"].fillna(10 * DAY).astype(int).tolist()


def agrees(values: list[float] | NDArray[np.float64], expected: float) -> None:
    """The simultaneous interval of the mean of independent `values` covers `expected` and is narrow enough to fail."""
    sample = np.asarray(values, dtype=float)
    half = float(stats.t.ppf(1 - 0.01 / COMPARISONS / 2, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample)))
    assert half <= 0.05 * expected, f"half-width {half / expected:.1%} of {expected}: too wide to say anything"
    assert abs(sample.mean() - expected) <= half, f"{sample.mean():.4f} +- {half:.4f} misses {expected}"


def ratio(totals: list[float], counts: list[float]) -> NDArray[np.float64]:
    """One value a day whose mean is sum over sum and whose spread is that of the ratio (delta method)."""
    total, count = np.array(totals, dtype=float), np.array(counts, dtype=float)
    r = total.sum() / count.sum()
    return np.asarray(r + (total - r * count) / count.mean())


def same_in_the_engine(make: Callable[[int], Scenario], servers: int) -> None:
    """The engine's starts are those of the recursion, for all who are called before midnight."""
    for replication in range(2):
        small = make(1)
        _, draws = prepared(small, replication=replication)
        rows = by_day(draws, services(draws))[0]
        expected = [s if s < DAY else 10 * DAY for s in first_come(rows, servers)]
        assert engine_starts(small, replication) == expected


def waits(make: Callable[[int], Scenario], servers: int, years: int, warm: float = 0.25) -> list[NDArray[np.float64]]:
    """Waits in seconds of those who come after `warm` of a day, a row for each of 240 days times `years`."""
    found = []
    for replication in range(years):
        _, draws = prepared(make(240), replication=100 + replication)
        for rows in by_day(draws, services(draws)):
            starts = first_come(rows, servers)
            found.append(np.array([s - r[0] for r, s in zip(rows, starts, strict=True) if r[0] >= warm * DAY], dtype=float))
    return found


def mean_wait(days: list[NDArray[np.float64]], unit: float) -> NDArray[np.float64]:
    return ratio([float(d.sum()) / unit for d in days], [len(d) for d in days])


def share_over(days: list[NDArray[np.float64]], seconds: float) -> NDArray[np.float64]:
    return ratio([float((d > seconds).sum()) for d in days], [len(d) for d in days])


@pytest.mark.theory
def test_one_window_is_mm1() -> None:
    """T01: 0.16 a minute, 5 minutes; wait 20 minutes, P(wait > 15) = 0.439. A minute is 12 s here."""

    def make(days: int) -> Scenario:
        return hall(0.16 * DAY / 12, {"exponential": {"mean": "60 s"}}, 1, days)

    same_in_the_engine(make, 1)
    days = waits(make, 1, 4)
    agrees(mean_wait(days, 12), 20.0)
    agrees(share_over(days, 15 * 12), 0.43904930887522114)


@pytest.mark.theory
def test_three_windows_are_mm3() -> None:
    """T02: 30 an hour, 5 minutes, three windows; wait 7.02 minutes, P(wait > 0) = 0.702. A minute is 36 s here."""

    def make(days: int) -> Scenario:
        return hall(30 / 60 * DAY / 36, {"exponential": {"mean": "180 s"}}, 3, days)

    same_in_the_engine(make, 3)
    days = waits(make, 3, 6)
    agrees(mean_wait(days, 36), 7.022471910112359)
    agrees(share_over(days, 0), 0.702247191011236)


@pytest.mark.theory
def test_constant_service_is_md1() -> None:
    """T05: 0.15 a minute, exactly 5 minutes; wait 7.5 minutes. A minute is 12 s."""

    def make(days: int) -> Scenario:
        return hall(0.15 * DAY / 12, {"constant": "60 s"}, 1, days)

    same_in_the_engine(make, 1)
    agrees(mean_wait(waits(make, 1, 2), 12), 7.5)


@pytest.mark.theory
def test_lognormal_service_is_mg1() -> None:
    """T07: 0.14 a minute, lognormal with mean 5 minutes and cv 1.5; wait 18.96 minutes (Pollaczek-Khinchine). A minute is 12 s."""

    def make(days: int) -> Scenario:
        return hall(0.14 * DAY / 12, {"lognormal": {"mean": "60 s", "cv": "1.5"}}, 1, days)

    same_in_the_engine(make, 1)
    agrees(mean_wait(waits(make, 1, 10), 12), 18.958333333333332)


@pytest.mark.theory
def test_pooling_six_windows() -> None:
    """T25: six windows at 8 an hour and 6 minutes each wait 24 minutes; as one pool 2.589 minutes. A minute is 10 s (40 s)."""

    def alone(days: int) -> Scenario:
        return hall(8 / 60 * DAY / 10, {"exponential": {"mean": "60 s"}}, 1, days)

    def pooled(days: int) -> Scenario:
        return hall(48 / 60 * DAY / 40, {"exponential": {"mean": "240 s"}}, 6, days)

    same_in_the_engine(pooled, 6)
    agrees(mean_wait(waits(alone, 1, 4), 10), 24.0)
    agrees(mean_wait(waits(pooled, 6, 4), 40), 2.5888599959814367)


@pytest.mark.theory
def test_impatient_citizens_are_erlang_a() -> None:
    """T09: 48 an hour, 5 minutes, 4 windows, patience 20 minutes; 13.17 % leave, 70.8 % wait, 2.634 minutes in queue all told.

    A minute is 36 s.
    """

    def make(days: int) -> Scenario:
        return hall(48 / 60 * DAY / 36, {"exponential": {"mean": "180 s"}}, 4, days, patience={"exponential": {"mean": "720 s"}})

    def rows_of(draws: Draws) -> list[list[tuple[int, ...]]]:
        patience = [draws.seconds(draws.plan.patience, "patience", 0, k, "0") for k in range(len(draws.citizens[0].day))]
        return by_day(draws, services(draws), patience)

    small = make(1)
    rows = rows_of(prepared(small)[1])[0]
    assert engine_starts(small, 0) == [10 * DAY if s is None or s >= DAY else s for s in impatient(rows, 4)]

    left, waited, spent, n = [], [], [], []
    for replication in range(2):
        for day in rows_of(prepared(make(240), replication=100 + replication)[1]):
            seen = [(r, s) for r, s in zip(day, impatient(day, 4), strict=True) if r[0] >= DAY / 4]
            left.append(sum(s is None for _, s in seen))
            waited.append(sum(s is None or s > r[0] for r, s in seen))
            spent.append(sum(r[2] if s is None else s - r[0] for r, s in seen) / 36)
            n.append(len(seen))
    agrees(ratio(left, n), 0.13169408133540564)
    agrees(ratio(waited, n), 0.7078037570370688)
    agrees(ratio(spent, n), 2.6338816267081127)


@pytest.mark.theory
def test_two_priorities_are_cobhams() -> None:
    """T13 with its lower classes joined: 0.02 a minute go first and wait 4.167 minutes, 0.13 wait 16.667. Service 5 minutes, 60 s here."""

    def make(days: int) -> Scenario:
        return hall(0.13 * DAY / 12, {"exponential": {"mean": "60 s"}}, 1, days, first=0.02 * DAY / 12)

    def rows_of(draws: Draws) -> list[list[tuple[int, ...]]]:
        both = [by_day(draws, services(draws, n), [1 - n] * len(draws.citizens[n].day), stream=n) for n in (0, 1)]
        return [sorted(a + b, key=lambda r: (r[0], -r[2])) for a, b in zip(*both, strict=True)]

    small = make(1)
    rows = rows_of(prepared(small)[1])[0]
    assert engine_starts(small, 0) == [s if s < DAY else 10 * DAY for s in by_priority(rows)]

    totals: dict[int, list[list[float]]] = {0: [[], []], 1: [[], []]}
    for replication in range(4):
        for day in rows_of(prepared(make(240), replication=100 + replication)[1]):
            starts = by_priority(day)
            for level, (total, count) in totals.items():
                seen = [s - r[0] for r, s in zip(day, starts, strict=True) if r[2] == level and r[0] >= DAY / 4]
                total.append(sum(seen) / 12)
                count.append(len(seen))
    agrees(ratio(*totals[0]), 4.166666666666667)
    agrees(ratio(*totals[1]), 16.666666666666668)


@pytest.mark.theory
def test_a_day_from_empty_is_the_transient_mm4() -> None:
    """T24: 36 an hour, 5 minutes, 4 windows, empty at first; 3.8008 in the hall after 30 minutes, 4.4824 on average over the 18 half hours.

    The day of 9 hours is stretched to 24: a minute is 160 s.
    """

    def make(days: int) -> Scenario:
        return hall(324, {"exponential": {"mean": "800 s"}}, 4, days)

    same_in_the_engine(make, 4)
    published = [
        3.8007942002701043, 4.238670782353523, 4.393390386737052, 4.460628436829481, 4.492798438468684, 4.509096765536741,
        4.517677443710153, 4.522322097690708, 4.5248897417056515, 4.526332910529982, 4.527155010307315, 4.527628540043155,
        4.527903849459578, 4.5280651934571745, 4.5281604012398216, 4.528216921072326, 4.528250651950325, 4.528270877264895,
    ]  # fmt: skip
    times = np.arange(1, 19) * 30 * 160
    inside = []
    for replication in range(14):
        _, draws = prepared(make(240), replication=100 + replication)
        for rows in by_day(draws, services(draws)):
            starts = first_come(rows, 4)
            come = np.array([r[0] for r in rows])
            gone = np.sort([s + r[1] for r, s in zip(rows, starts, strict=True)])
            inside.append(np.searchsorted(come, times) - np.searchsorted(gone, times))
    counts = np.array(inside, dtype=float)
    agrees(counts[:, 0], published[0])
    agrees(counts.mean(axis=1), float(np.mean(published)))


def branches(means: dict[str, str], people: str, rate: float, days: int) -> Scenario:
    """Online cases that fork into departments open day and night, after an acceptance of one second."""
    route: dict[str, Any] = {"accept": {"kind": "counter", "queue": "a", "work": {"accept": {"constant": "1 s"}}}}
    for name, mean in means.items():
        route[name] = {"kind": "task", "pool": name, "work": {name: {"exponential": {"mean": mean}}}, "after": ["accept"]}
    pools = {name: {"people": {f"of-{name}": people}, "hours": ["0:00-24:00"]} for name in means}
    pools["desk"] = {"people": {"clerk": "40"}, "hours": ["0:00-24:00"]}
    return scenario(
        route=route,
        pools=pools,
        item={"online": {"pool": "desk"}},
        needs={"n": {"rate": f"{rate} per day", "profile": "flat", "online": "1"}},
        world={"profiles": {"flat": ROUND_THE_CLOCK}},
        days=days,
    )


@pytest.mark.theory
def test_two_departments_with_queues_are_fork_and_join() -> None:
    """T18: two single officers at load 0.5; the mean time until both are done is 2.875 services (Flatto and Hahn 1984).

    A service is 60 s. Departments stop on Friday midnight and go on on Monday: weekends are taken out of all times.
    """
    small = branches({"one": "60 s", "two": "60 s"}, "1", 720, 5)

    def responses(draws: Draws) -> tuple[list[list[int]], list[int]]:
        """Response of each case, by day, and the ends of its last branch, in seconds of working time."""
        worked = {day: k for k, day in enumerate(np.unique(draws.citizens[0].day).tolist())}
        laws = draws.plan.routes.distributions
        law = next(k for k, d in enumerate(laws) if d.mean() > 2)
        columns = [services(draws, work=f"x/{name}", law=law) for name in ("one", "two")]
        order = sorted(range(len(columns[0])), key=lambda k: (draws.citizens[0].arrives[k], k))
        come = [worked[int(draws.citizens[0].day[k])] * DAY + int(draws.citizens[0].arrives[k]) % DAY + 1 for k in order]
        ends = [0] * len(order)
        for column in columns:
            rows = [(t, column[k]) for t, k in zip(come, order, strict=True)]
            ends = [max(e, s + r[1]) for e, r, s in zip(ends, rows, first_come(rows, 1), strict=True)]
        days: list[list[int]] = [[] for _ in worked]
        for t, end in zip(come, ends, strict=True):
            days[t // DAY].append(end - t)
        return days, ends

    plan, draws = prepared(small)
    events = simulate(plan, draws).validate().events
    ends = events[events["step"].isin(["one", "two"])].groupby("case")["end"].agg(lambda e: 0 if e.isna().any() else e.max())
    assert ends.tolist() == [e if e < 5 * DAY else 0 for e in responses(draws)[1]]

    days = [
        day
        for k in range(2)
        for day in responses(prepared(branches({"one": "60 s", "two": "60 s"}, "1", 720, 240), replication=100 + k)[1])[0]
    ]
    # A day's load carries over midnight a little: sections of five days are independent enough.
    weeks = [[r for day in days[k : k + 5] for r in day] for k in range(0, len(days), 5)]
    agrees(ratio([sum(w) / 60 for w in weeks], [len(w) for w in weeks]), 2.875)


@pytest.mark.theory
def test_five_departments_without_queues_take_the_longest() -> None:
    """T20: five independent exponentials of mean 4 days, enough officers: 9.133 on average in parallel, against 20 in a row.

    A day is 60 s. Straight from the engine.
    """
    small = branches({f"d{k}": "240 s" for k in range(5)}, "90", 700, 5)
    plan, draws = prepared(small)
    log = simulate(plan, draws).validate()
    tasks = log.events[log.events["step"].isin([f"d{k}" for k in range(5)])]
    by_case = tasks.groupby("case").agg(entered=("entered", "min"), end=("end", "max"), missing=("end", lambda e: e.isna().any()))
    whole = by_case[~by_case["missing"]]
    longest = (whole["end"] - whole["entered"]).astype(float) / 60
    assert len(whole) > 3000
    agrees(longest.to_numpy(), 9.133333333333333)
    work = (tasks["end"] - tasks["start"]).groupby(tasks["case"]).sum().loc[whole.index].astype(float) / 60
    agrees(work.to_numpy(), 20.0)
