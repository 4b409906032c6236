"""The compiled engine is the twin of the SimPy engine: equal logs, row for row, for whatever the random centres have.

The controls break one rule of the SimPy engine each; were the comparison blind to that rule, they would not be caught.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from strategies import calendar, counter, prepared, scenario, scenarios, task

from simulation.draws import Draws, make_draws
from simulation.engines import chance, compiled, jit, office, phases, process, simulate, tide
from simulation.errors import PlanRefused
from simulation.log import EventLog
from simulation.plan import Plan
from simulation.scenario import Scenario
from simulation.transition import compile_transition

GRIDS = st.sampled_from([1, 60, 300, 900])
"""Seconds between which citizens come: on a coarse grid very much happens in the same second."""
FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


def on_grid(draws: Draws, grid: int) -> Draws:
    """Citizens come at the full `grid` seconds before."""
    return replace(draws, citizens=tuple(replace(c, arrives=c.arrives // grid * grid) for c in draws.citizens))


def differ(plan: Plan, draws: Draws) -> bool:
    return process.simulate(plan, draws).digest() != compiled.simulate(plan, draws).digest()


def said(log: EventLog) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a log, as plain values."""
    tables = {"events": log.events, "cases": log.cases, "duty": log.duty}
    return {name: [*table.astype(object).where(table.notna(), None).itertuples(index=False, name=None)] for name, table in tables.items()}


@FEW
@seed(1)
@given(small=scenarios(), grid=GRIDS, replication=st.integers(0, 5))
def test_both_engines_write_the_same_rows(small: Scenario, grid: int, replication: int) -> None:
    plan, draws = prepared(small, seed=3, replication=replication)
    draws = on_grid(draws, grid)
    one, other = process.simulate(plan, draws), compiled.simulate(plan, draws)
    assert said(one) == said(other)
    assert one.digest() == other.digest()


@FEW
@seed(2)
@given(before=scenarios(), after=scenarios(), grid=GRIDS)
def test_both_engines_write_the_same_rows_across_a_reform(before: Scenario, after: Scenario, grid: int) -> None:
    """The queues and pools of one centre are handed to another in the middle of the horizon."""
    horizon = before.horizon.model_copy(update={"warm_up_wd": type(before.horizon.warm_up_wd)(2)})
    world = {"world": before.world}
    try:
        plan = compile_transition(before, after.model_copy(update=world), calendar(before.start.isoformat()), horizon)
    except (PlanRefused, ValueError, KeyError, StopIteration):
        return  # the world of the one does not fit the other
    assert not differ(plan, on_grid(make_draws(plan, 4, 0), grid))


@pytest.mark.campaign
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@seed(3)
@given(small=scenarios(), grid=GRIDS)
def test_both_engines_write_the_same_rows_ten_thousand_times(small: Scenario, grid: int) -> None:
    plan, draws = prepared(small)
    assert not differ(plan, on_grid(draws, grid))


# --- controls: each breaks one rule of the definition, and must be seen ---


def crowd() -> tuple[Plan, Draws]:
    """Constant times on a grid of five minutes: ends of service, arrivals, boundaries and abandonments meet."""
    route = {
        "accept": counter("a", "5 min"),
        "pay": counter("b", "10 min"),
        "one": task("o", after=["accept"], stall={"share": "0.5", "lasts_wd": {"discrete": {"1": "1"}}}),
        "two": task("o", after=["accept"], people="2"),
        "join": task("o", after=["one", "two", "pay"], decides=True),
    }
    small = scenario(
        items={
            "x": {"route": route, "promise_wd": "1", "online": {"pool": "o"}, "denial": "0.2"},
            "y": {"route": {"serve": counter("b", "5 min")}},
        },
        needs={"n": {"rate": "60 per day", "online": "0.3"}, "m": {"items": ["y"], "priority": "first", "rate": "30 per day"}},
        windows={"W1": "a", "W2": "a b", "W3": "b", "W4": "b a"},
        shifts={"W3": "9:10-11:00"},
        tides={"W4": ("2", "0")},
        pools={"o": {"people": {"o": "3"}, "hours": ["9:00-10:00", "10:00-12:00", "13:00-17:00"]}},
        behaviour={"patience": {"constant": "10 min"}},
        responses={"comes_back": "0.5", "complete": {"none": "0.5", "list": "0.6", "checked": "1"}},
        site={"no_show": "1 min", "overrun": "30 min"},
        staff={"wrong_acceptance": "0.3"},
        centre={"supervision": [{"level": "reminder", "used": "0.5", "ahead": "1", "wakes": "true"}]},
        days=4,
    )
    plan, draws = prepared(small)
    return plan, on_grid(draws, 300)


def test_the_crowd_is_equal() -> None:
    assert not differ(*crowd())


def _abandons_first(patch: pytest.MonkeyPatch) -> None:
    from simulation.engines import hall

    patch.setattr(hall, "ABANDON", phases.STATE)


def _dispatches_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(phases.Dispatcher, "ask", lambda self: self._action())


def _pools_last_come_first(patch: pytest.MonkeyPatch) -> None:
    def enqueue(self, case, step, row, ready, priority=None):  # type: ignore[no-untyped-def]
        place = self.steps[step]["place"]
        office.heapq.heappush(self.pools[place].queue, (case.standing, -ready, -case.id, step, case, row))
        self.dispatchers[place].ask()

    patch.setattr(office.Office, "_enqueue", enqueue)


def _forgets_who_is_busy(patch: pytest.MonkeyPatch) -> None:
    def hours(self, pool):  # type: ignore[no-untyped-def]
        for opens, closes, head in zip(pool.opens, pool.closes, pool.members, strict=True):
            if opens > self.env.now:
                yield self.env.timeout(opens - self.env.now)
            pool.open, pool.head, pool.busy = True, head, 0
            self.dispatchers[pool.index].ask()
            yield self.env.timeout(closes - self.env.now)
            pool.open = False

    patch.setattr(office.Office, "_hours", hours)


def _tide_reads_the_same_second(patch: pytest.MonkeyPatch) -> None:
    def at_once(self, cls):  # type: ignore[no-untyped-def]
        if cls in self.board:
            self.board[cls] = sum(entry[-1].state == 0 for entry in self.waiting[cls])
            self._tide()

    patch.setattr(tide.TidalHall, "_changed", at_once)


def _nobody_moves_ahead(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(office.Office, "advance", lambda self, case: None)


def _nobody_is_woken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(office.Office, "wake", lambda self, case: None)


def _old_papers_will_do(patch: pytest.MonkeyPatch) -> None:
    class Forgetful(process.Case):
        mended = property(lambda self: None, lambda self, value: None)  # type: ignore[assignment]

    patch.setattr(process, "Case", Forgetful)


@pytest.mark.parametrize(
    "broken",
    [
        _abandons_first, _dispatches_at_once, _pools_last_come_first, _forgets_who_is_busy, _tide_reads_the_same_second,
        _nobody_moves_ahead, _nobody_is_woken, _old_papers_will_do,
    ],
)  # fmt: skip
def test_control_a_broken_rule_is_caught(broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    plan, draws = crowd()
    equal = compiled.simulate(plan, draws).digest()
    broken(monkeypatch)
    try:
        log = process.simulate(plan, draws).digest()
    except Exception:  # it could not even go on
        return
    assert log != equal


# --- what the kernel computes itself ---


def as_called(function: Any) -> Any:
    """A function of the kernel, as Python may call it."""
    if jit.PLAIN:
        return function
    outer = jit.entry(function.py_func)
    jit.ready(outer, {}, lambda done, planned: None)
    return outer


hashed, philox = as_called(chance.hashed), as_called(chance.philox)


@given(st.binary(max_size=300))
def test_names_become_keys_as_hashlib_makes_them(text: bytes) -> None:
    low, high = hashed(np.frombuffer(text + b"?", dtype=np.uint8).copy(), len(text))
    assert int(low).to_bytes(8, "little") + int(high).to_bytes(8, "little") == hashlib.sha256(text).digest()[:16]


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(1, 2**63), st.integers(0, 2**63))
def test_words_are_those_of_numpy(low: int, high: int, first: int, second: int) -> None:
    key, before = np.array([low, high], dtype=np.uint64), np.array([first - 1, second, 0, 0], dtype=np.uint64)
    words = np.random.Philox(key=key, counter=before).random_raw(4).tolist()
    assert [int(philox(*map(np.uint64, (low, high, first, second)), lane)) for lane in range(4)] == words


# --- which engine runs ---


def test_a_short_run_needs_no_compiler_and_a_long_one_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    plan, draws = prepared(scenario(needs={"n": {"rate": "30 per day"}}))
    monkeypatch.delitem(sys.modules, "simulation.engines.kernel")
    assert simulate(plan, draws).meta.origin["engine"] == "process"
    assert simulate(plan, draws, "compiled").meta.origin["engine"] == "compiled"
    monkeypatch.setattr("simulation.engines.MANY", 10)
    assert simulate(plan, draws).meta.origin["engine"] == "compiled"


def test_an_unknown_engine_is_refused_by_name() -> None:
    plan, draws = prepared(scenario())
    with pytest.raises(PlanRefused, match="auto, process, compiled"):
        simulate(plan, draws, "compield")  # type: ignore[arg-type]


def test_what_the_kernel_cannot_hold_is_refused_by_name_and_left_to_the_other_engine() -> None:
    long = {"first": counter("a", "1 min")} | {f"step{k}": task("o", "1 min") for k in range(64)}
    small = scenario(route=long, pools={"o": {"people": {"o": "3"}}})
    plan, draws = prepared(small)
    with pytest.raises(PlanRefused, match="steps of a route"):
        simulate(plan, draws, "compiled")
    assert simulate(plan, draws).meta.origin["engine"] == "process"


def test_a_run_that_needs_more_room_than_was_thought_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, draws = crowd()
    wide = compiled._memory

    def narrow(*args: object) -> dict[str, object]:
        memory = wide(*args)  # type: ignore[arg-type]
        room = args[-1]
        for name in ("rows", "events", "tickets", "procs", "papers"):
            memory[name] = memory[name][: 16 * int(room)]  # type: ignore[call-overload]
        return memory

    equal = compiled.simulate(plan, draws).digest()
    monkeypatch.setattr(compiled, "_memory", narrow)
    assert compiled.simulate(plan, draws).digest() == equal


