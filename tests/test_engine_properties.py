"""What holds for every scenario, and controls that show how breaking one rule of order is caught."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pandas as pd
import pytest
import simpy
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strategies import DAY, counter, prepared, run, scenario, scenarios

from simulation.engines import hall, office, phases, process, simulate, tide
from simulation.engines.cases import Case
from simulation.engines.hall import WAITING
from simulation.log import EventLog
from simulation.scenario import Scenario

few = settings(
    max_examples=20, phases=[Phase.explicit, Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def log_of(small: Scenario, seed: int = 1) -> EventLog:
    return simulate(*prepared(small, seed))


def identified(log: EventLog) -> pd.DataFrame:
    """Events with the stable name of their occurrence in place of the case number."""
    names = log.cases[["case", "need", "number", "item"]].astype({"need": object, "item": object})
    return log.events.astype(object).merge(names, on="case").drop(columns="case")


def lines(events: pd.DataFrame) -> list[tuple[object, ...]]:
    return sorted((tuple(None if pd.isna(v) else v for v in row) for row in events.itertuples(index=False)), key=repr)


@few
@given(scenarios())
def test_every_log_is_valid_and_the_same_seed_gives_the_same_bytes(small: Scenario) -> None:
    log = log_of(small).validate()
    assert log.digest() == log_of(small).digest()


@few
@given(scenarios())
def test_every_citizen_is_accounted_for(small: Scenario) -> None:
    """Each file of each arrival is a case of the first item; each case came to an end with its stamps or is open; tickets add up."""
    plan, draws = prepared(small)
    log = simulate(plan, draws)
    for n, need in enumerate(plan.needs):
        people = draws.citizens[n]
        first = plan.items[plan.need_items[n][0]]
        cases = log.cases[(log.cases["need"] == need) & (log.cases["item"] == first) & (log.cases["number"] >= 0)]
        assert len(cases) == people.files[people.arrives < plan.end].sum()
    done = log.cases[log.cases["outcome"] == "done"]
    assert done["decided"].notna().all()
    assert log.cases.loc[log.cases["outcome"] == "open", "delivered"].isna().all()
    assert log.cases["arrived"].notna().all()
    left = log.events[log.events["kind"] == "queue"]
    assert set(left["outcome"]) <= {"left", "interrupted", "open"}


@few
@given(scenarios())
def test_littles_law_is_exact(small: Scenario) -> None:
    """The integral of the tickets waiting in the engine equals the sum of the waits in its log, queue by queue, to the second.

    The guide desk gives no tickets.
    """
    centre = process.Centre(*prepared(small))
    end, area = centre.plan.end, dict.fromkeys(small.centre.queues, 0)
    while (t := centre.env.peek()) < end:
        for c, tickets in enumerate(centre.hall.waiting):
            waiting = sum(entry[-1].state == WAITING for entry in tickets)
            area[centre.plan.classes[c][0]] += waiting * int(t - centre.env.now)
        centre.env.step()
    for c, tickets in enumerate(centre.hall.waiting):
        area[centre.plan.classes[c][0]] += sum(entry[-1].state == WAITING for entry in tickets) * int(end - centre.env.now)
    events = log_of(small).events
    tickets = events[events["kind"].isin(["service", "queue"]) & events["entered"].notna()]
    until = tickets["start"].fillna(tickets["end"]).fillna(end)
    waits = (until - tickets["entered"]).groupby(tickets["queue"].astype(object)).sum()
    area.pop("desk", None)
    assert {q: int(waits.get(q, 0)) for q in area} == area


@few
@given(scenarios())
def test_a_pool_never_has_more_people_at_work_than_the_largest_head_so_far(small: Scenario) -> None:
    """And while it is shut, nothing starts."""
    log = log_of(small)
    for pool in small.centre.pools:
        duty = log.duty[(log.duty["post"] == f"pool:{pool}") & (log.duty["state"] == "working")].sort_values("from")
        tasks = log.events[(log.events["kind"] == "task") & (log.events["queue"] == pool) & log.events["start"].notna()]
        for row in tasks.itertuples():
            here = duty[(duty["from"] <= row.start) & (row.start < duty["to"])]
            assert len(here) == 1
            busy = tasks[(tasks["start"] <= row.start) & (tasks["end"].isna() | (tasks["end"] > row.start))]["people"].sum()
            assert busy <= here["people"].iloc[0]


CLOCK = st.integers(9 * 3600, 16 * 3600)
TIMES = st.lists(CLOCK, min_size=1, max_size=25).map(lambda ts: ", ".join(f"{t // 3600}:{t % 3600 // 60}:{t % 60}" for t in ts))
TOUCH = st.sampled_from([{"exponential": {"mean": "12 min"}}, {"lognormal": {"median": "15 min", "sigma": "1"}}, {"constant": "10 min"}])


def one_class(windows: int, touch: dict[str, object]) -> Scenario:
    names = {f"W{k}": "a" for k in range(windows)}
    route = {"serve": {"kind": "counter", "queue": "a", "work": {"serve": touch}}}
    return scenario(route=route, windows=names, shifts=dict.fromkeys(names, "9:00-17:00"))


def starts(log: EventLog) -> pd.Series:
    rows = log.events[log.events["kind"].isin(["service", "queue"])].set_index("case").sort_index()
    return rows["start"].fillna(10 * DAY)


@few
@given(TIMES, st.integers(1, 3), TOUCH)
def test_a_class_is_served_first_come_first_served(times: str, windows: int, touch: dict[str, object]) -> None:
    """Case numbers follow the second of arrival, so that starts may not fall along them."""
    assert starts(run(one_class(windows, touch), n=times)).is_monotonic_increasing


@few
@given(TIMES, st.integers(1, 3), TOUCH)
def test_adding_an_identical_counter_never_lengthens_a_wait(times: str, windows: int, touch: dict[str, object]) -> None:
    """One class, FIFO, infinite patience, nobody returns: true citizen by citizen (Kiefer and Wolfowitz 1955)."""
    assert (starts(run(one_class(windows + 1, touch), n=times)) <= starts(run(one_class(windows, touch), n=times))).all()


@few
@given(scenarios())
def test_a_longer_horizon_only_adds_rows(small: Scenario) -> None:
    """Whatever ended before the shorter horizon is in both logs, row for row."""
    horizon = small.horizon.model_copy(update={"run_out_wd": type(small.horizon.run_out_wd)(2)})
    short, long = log_of(small), log_of(small.model_copy(update={"horizon": horizon}))
    end = short.meta.horizon
    finished = [log.events[log.events["end"].notna() & (log.events["end"] < end)] for log in (short, long)]
    assert lines(finished[0]) == lines(finished[1])


def test_a_minimally_different_world_changes_only_what_it_must() -> None:
    """A new need with its own item, queue and window leaves every row of the old one as it was; one more at its window does not."""
    route = {"serve": counter("a"), "pay": counter("b", "4 min")}
    needs = {"n": {"rate": "60 per day", "dispersion": "0.2"}}
    common = {"responses": {"complete": dict.fromkeys(["none", "list", "checked"], "0.6"), "comes_back": "0.5"}, "days": 3}
    common["behaviour"] = {"patience": {"exponential": {"mean": "40 min"}}}
    before = scenario(items={"x": {"route": route}}, needs=needs, windows={"W1": "a", "W2": "b"}, **common)
    other = {"x": {"route": route}, "z": {"route": {"serve": counter("c")}}}
    more = {**needs, "m": {"items": ["z"], "rate": "50 per day"}}
    after = scenario(items=other, needs=more, windows={"W1": "a", "W2": "b", "W3": "c"}, **common)
    old, new = identified(log_of(before)), identified(log_of(after))
    assert len(new) > len(old) > 100
    assert lines(old) == lines(new[new["need"] == "n"])
    touched = scenario(
        items={"x": {"route": route}, "z": {"route": {"serve": counter("b")}}}, needs=more, windows={"W1": "a", "W2": "b"}, **common
    )
    hit = identified(log_of(touched))
    assert lines(old) != lines(hit[hit["need"] == "n"])


def test_an_unrelated_queue_leads_nobody_from_one_old_queue_to_another() -> None:
    """Who stands at a wrong window is led there by its name: a new queue draws some away, and moves nobody else."""
    needs = {"n": {"rate": "90 per day"}, "m": {"items": ["y"], "rate": "20 per day"}}
    common = {"needs": needs, "responses": {"misrouted": {"desk": "0", "none": "0.5"}}}
    items = {name: {"route": {"serve": counter(queue)}} for name, queue in (("x", "a"), ("y", "b"))}
    windows = {"W1": "a", "W2": "b", "W3": "c", "W4": "d"}
    more = {**windows, "W5": "e"}

    def wrong(windows: dict[str, str]) -> dict[tuple[str, int], str]:
        log = identified(log_of(scenario(items=items, windows=windows, days=4, **common)))
        rows = log[(log["step"] == "referral") & (log["visit"] == 1)]
        return {(str(r.need), int(r.number)): str(r.queue) for r in rows.itertuples()}

    old, new = wrong(windows), wrong(more)
    drawn_away = {key for key in old if new[key] == "e"}
    assert len(old) > 150 and old.keys() == new.keys()
    assert 0.15 < len(drawn_away) / len(old) < 0.4
    assert {key: old[key] for key in old if key not in drawn_away} == {key: new[key] for key in old if key not in drawn_away}


# --- order within a second ---------------------------------------------------------------------------------------


class Shuffled(simpy.Environment):
    """Runs the events of one second and phase in a random order; a model with the rules of order does not notice."""

    seed = 0

    def __init__(self) -> None:
        super().__init__()
        self._eid = self._lots(random.Random(self.seed))

    @staticmethod
    def _lots(chance: random.Random) -> Iterator[tuple[float, int]]:
        k = 0
        while True:
            k += 1
            yield chance.random(), k


CROWDED = "9:00, " * 6 + "9:10, " * 4 + "9:20, 9:20, 9:30, 9:30, 9:40"


def crowded() -> EventLog:
    """Ten-minute services on the minute: arrivals, ends of service, boundaries and abandonments meet in the same seconds."""
    route = {
        "accept": counter("a"),
        "pay": counter("b"),
        "one": {"kind": "task", "pool": "o", "work": {"one": {"constant": "10 min"}}, "after": ["accept"]},
        "two": {"kind": "task", "pool": "o", "people": "2", "work": {"two": {"constant": "10 min"}}, "after": ["accept"]},
        "join": {"kind": "task", "pool": "o", "work": {"join": {"constant": "10 min"}}, "after": ["one", "two", "pay"], "decides": True},
    }
    small = scenario(
        items={"x": {"route": route}, "y": {"route": {"serve": counter("b")}}},
        needs={"n": {}, "m": {"items": ["y"], "priority": "first"}},
        windows={"W1": "a", "W2": "a b", "W3": "b"},
        shifts={"W3": "9:10-10:00"},
        pools={"o": {"people": {"o": "3"}, "hours": ["9:00-10:00", "10:00-12:00"]}},
        behaviour={"patience": {"constant": "20 min"}},
        site={"no_show": "1 min", "overrun": "30 min"},
    )
    return run(small, n=CROWDED, m="9:10, 9:10, 9:20, 9:20, 9:50, 10:00")


def digests(monkeypatch: pytest.MonkeyPatch, make: Callable[[], EventLog]) -> set[str]:
    found = set()
    for seed in range(6):
        monkeypatch.setattr(Shuffled, "seed", seed)
        monkeypatch.setattr(simpy, "Environment", Shuffled)
        found.add(make().digest())
    return found


def test_the_order_of_execution_within_a_second_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = crowded().digest()
    assert digests(monkeypatch, crowded) == {plain}


@few
@given(scenarios())
def test_the_order_of_execution_does_not_matter_in_random_scenarios(small: Scenario) -> None:
    with pytest.MonkeyPatch.context() as patch:
        plain = log_of(small).digest()
        patch.setattr(simpy, "Environment", Shuffled)
        assert log_of(small).digest() == plain


def at_the_tide() -> EventLog:
    """A hall with two tidal windows whose openings, closings, shift ends, returns to the pool and services meet in the same seconds."""
    route = {"accept": counter("a", "5 min"), "do": {"kind": "task", "pool": "o", "work": {"do": {"constant": "5 min"}}}}
    small = scenario(
        route=route,
        windows={"W1": "a", "T1": "a", "T2": "a"},
        shifts={"W1": "9:00-12:00 13:00-17:00", "T1": "9:00-9:25 9:25-12:00", "T2": "9:10-9:30 9:30-10:00"},
        tides={"T1": ("2", "1"), "T2": ("3", "2")},
        pools={"o": {"people": {"o": "1"}, "hours": ["9:00-12:00"]}},
        homes={"T1": "o", "T2": "o"},
        behaviour={"patience": {"constant": "20 min"}},
        site={"no_show": "1 min", "overrun": "5 min"},
    )
    return run(small, n="9:00, " * 6 + "9:04:59, 9:04:59, 9:09:59, 9:10, 9:20, 9:24:59, 9:25, 9:25, 9:25, 9:30, 9:30, 9:30")


def test_the_order_of_execution_within_a_second_does_not_matter_at_the_tide(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = at_the_tide()
    assert {"T1", "T2"} <= set(plain.events["post"].dropna().astype(str))
    assert digests(monkeypatch, at_the_tide) == {plain.digest()}


def test_control_tidal_windows_that_read_the_state_of_the_same_second_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = at_the_tide().digest()

    def at_once(self: tide.TidalHall, cls: int) -> None:
        self._read()
        self._tide()

    monkeypatch.setattr(tide.TidalHall, "_changed", at_once)
    assert at_the_tide().digest() != plain


def mended(work: str) -> EventLog:
    """Wrongly accepted papers: department A finds out and asks; B, which takes `work`, began before and may end as they come."""
    route = {
        "accept": counter("a"),
        "A": {"kind": "task", "pool": "o", "work": {"A": {"constant": "10 min"}}, "after": ["accept"]},
        "B": {"kind": "task", "pool": "p", "work": {"B": {"constant": work}}, "after": ["accept"]},
        "join": {"kind": "task", "pool": "o", "work": {"join": {"constant": "10 min"}}, "after": ["A", "B"], "decides": True},
    }
    pools = {name: {"people": {name: "1"}, "hours": ["0:00-24:00"]} for name in ("o", "p")}
    never = {"complete": dict.fromkeys(["none", "list", "checked"], "0")}
    return run(scenario(route=route, pools=pools, responses=never, staff={"wrong_acceptance": "1"}, days=4), n="9:00")


def test_a_task_that_ends_as_the_mended_papers_come_is_done_again_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    late = mended("60 h")
    papers, accepted = int(late.cases["complete"].iloc[0]), int(late.events.loc[late.events["kind"] == "service", "end"].iloc[0])
    work = f"{papers - accepted} s"
    rows = mended(work).events.query("step == 'B'")
    assert rows["end"].tolist()[0] == papers
    assert rows["outcome"].tolist() == ["supplement", "done"]
    assert len(digests(monkeypatch, lambda: mended(work))) == 1


def test_control_a_flaw_that_is_only_a_flag_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rule that a task begun with old papers is done again, the order of execution decides."""
    late = mended("60 h")
    papers, accepted = int(late.cases["complete"].iloc[0]), int(late.events.loc[late.events["kind"] == "service", "end"].iloc[0])

    class Forgetful(Case):
        mended = property(lambda self: None, lambda self, t: None)  # type: ignore[assignment]

    monkeypatch.setattr(process, "Case", Forgetful)
    assert len(digests(monkeypatch, lambda: mended(f"{papers - accepted} s"))) > 1


def test_control_a_dispatch_among_the_state_changes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases.Dispatcher, "ask", lambda self: self._action())
    assert len(digests(monkeypatch, crowded)) > 1


def test_control_abandonment_among_the_state_changes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = crowded().digest()
    monkeypatch.setattr(hall, "ABANDON", phases.STATE)
    assert crowded().digest() != plain


def test_control_a_queue_in_order_of_execution_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pools whose key ends with the order of execution instead of case and step."""
    count = iter(range(10**9))

    def enqueue(self, case, step, row, ready):  # type: ignore[no-untyped-def]
        place = self.steps[step]["place"]
        office.heapq.heappush(self.pools[place].queue, (case.priority, ready, next(count), step, case, row))
        self.dispatchers[place].ask()

    monkeypatch.setattr(office.Office, "_enqueue", enqueue)
    assert len(digests(monkeypatch, crowded)) > 1


def test_control_a_pool_that_forgets_who_is_busy_at_a_shift_boundary_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """What every peer gets wrong: the head count of the new shift taken as free capacity."""
    plain = crowded().digest()

    def hours(self, pool):  # type: ignore[no-untyped-def]
        for opens, closes, head in zip(pool.opens, pool.closes, pool.members, strict=True):
            if opens > self.env.now:
                yield self.env.timeout(opens - self.env.now)
            pool.open, pool.head, pool.busy = True, head, 0
            self.dispatchers[pool.index].ask()
            yield self.env.timeout(closes - self.env.now)
            pool.open = False

    monkeypatch.setattr(office.Office, "_hours", hours)
    assert crowded().digest() != plain
