"""The compiled engine is the twin of the SimPy engine: equal logs, row for row, for whatever the random centres have.

The controls break one rule of the SimPy engine each; were the comparison blind to that rule, they would not be caught.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from strategies import calendar, counter, prepared, scenario, scenarios, second, task

from simulation.draws import Citizens, Draws, make_draws, uniforms
from simulation.engines import chance, columns, compiled, jit, kernel, office, phases, process, replicate, simulate, tide
from simulation.engines.packing import refusals
from simulation.errors import PlanRefused
from simulation.log import EventLog
from simulation.plan import Plan, compile_plan
from simulation.scenario import Scenario
from simulation.transition import compile_stages, compile_transition

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
    for name in ("events", "cases", "duty"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


@FEW
@seed(2)
@given(before=scenarios(), after=scenarios(), grid=GRIDS)
def test_both_engines_write_the_same_rows_across_a_reform(before: Scenario, after: Scenario, grid: int) -> None:
    """The queues and pools of one centre are handed to another in the middle of the horizon."""
    horizon = before.horizon.model_copy(update={"warm_up_wd": type(before.horizon.warm_up_wd)(2)})
    plan = compile_transition(before, after.model_copy(update={"world": before.world}), calendar(before.start.isoformat()), horizon)
    assert not differ(plan, on_grid(make_draws(plan, 4, 0), grid))


@pytest.mark.campaign
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@seed(3)
@given(small=scenarios(), grid=GRIDS)
def test_both_engines_write_the_same_rows_ten_thousand_times(small: Scenario, grid: int) -> None:
    plan, draws = prepared(small)
    assert not differ(plan, on_grid(draws, grid))


@settings(FEW, max_examples=40)
@seed(4)
@given(first=scenarios(), second=scenarios(), third=scenarios(), grid=GRIDS)
def test_both_engines_write_the_same_rows_through_a_trial(first: Scenario, second: Scenario, third: Scenario, grid: int) -> None:
    """Two successions: today, a pilot, what stays."""
    stages = [(0, first), *((day, s.model_copy(update={"world": first.world})) for day, s in ((1, second), (3, third)))]
    horizon = first.horizon.model_copy(update={"warm_up_wd": type(first.horizon.warm_up_wd)(3)})
    plan = compile_stages(stages, calendar(first.start.isoformat()), horizon)
    assert not differ(plan, on_grid(make_draws(plan, 4, 0), grid))


def at(plan: Plan, *times: str, files: int = 1) -> Draws:
    """Draws in which the citizens of the first Need come at these times, and nobody else."""
    moments, nobody = np.array([second(t) for t in times], dtype=np.int64), np.zeros(0, dtype=np.int64)
    n, empty = len(moments), Citizens(nobody, nobody, nobody, nobody > 0, nobody)
    first = Citizens(moments // 86_400, np.arange(n), moments, np.full(n, False), np.full(n, files))
    return replace(make_draws(plan, 1, 0), citizens=(first, *[empty] * (len(plan.needs) - 1)))


def test_who_is_led_astray_past_midnight_knows_the_windows_of_the_day_he_came() -> None:
    """Nine hours at the guide desk, then wrong windows, while a reform begins at midnight."""

    def centre(**more: str) -> Scenario:
        return scenario(
            windows={"W1": "a", "W2": "b", "W3": "c", "D": "desk", **more},
            items={"x": {"route": {"s": counter("a", "5 min")}}},
            site={"guide": {"queue": "desk", "touch": {"constant": "9 h"}}, "closing": "send_home"},
            responses={
                "asks_desk": "1", "misrouted": {"desk": "1", "none": "1"}, "bounced": dict.fromkeys(["none", "informs", "follows"], "1"),
            },
            days=4,
        )  # fmt: skip

    today, reformed = centre(), centre(W4="a", W5="b c")
    plan = compile_stages([(0, today), (1, reformed)], calendar(today.start.isoformat()), today.horizon)
    assert not differ(plan, at(plan, "15:00", "16:00", "16:10", "16:20"))


def test_more_texts_than_a_byte_counts() -> None:
    many = {f"W{k:03}": "a" for k in range(140)}
    plan, draws = prepared(scenario(windows=many, shifts=dict.fromkeys(many, "9:00-12:00"), needs={"n": {"rate": "3000 per day"}}))
    log = compiled.simulate(plan, draws)
    assert log.events["post"].nunique() > 127
    assert log.digest() == process.simulate(plan, draws).digest()


def test_more_windows_than_a_word_has_bits() -> None:
    many = {f"W{k:02}": "a" if k % 2 else "b a" for k in range(70)}
    small = scenario(windows=many, tides={"W64": ("2", "0"), "W65": ("3", "1")}, needs={"n": {"rate": "900 per day"}}, days=2)
    assert not differ(*prepared(small))


def test_a_hall_without_anybody_serves_nobody_in_both() -> None:
    full = scenario(needs={"n": {"rate": "30 per day"}})
    empty = full.model_copy(update={"centre": full.centre.model_copy(update={"staff": {}})})
    plan = compile_plan(empty, calendar())
    draws = make_draws(plan, 1, 0)
    log = compiled.simulate(plan, draws)
    assert not len(plan.posts) and not len(log.duty) and len(log.cases)
    assert not (log.events["kind"] == "service").any()
    assert log.digest() == process.simulate(plan, draws).digest()


def test_a_seed_of_any_length_is_the_same_chance_in_both() -> None:
    plan, _ = prepared(scenario(needs={"n": {"rate": "30 per day"}}, responses={"corrected": "0.5", "comes_back": "0.5"}))
    assert not differ(plan, make_draws(plan, int("7" * 400), 3))


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


@given(st.lists(st.tuples(st.integers(1, 800_000), st.integers(0, 2_000_000)), max_size=40), st.text(max_size=20))
def test_draws_in_bulk_are_those_of_the_stream(who: list[tuple[int, int]], name: str) -> None:
    dates, numbers = np.array(who, dtype=np.int64).reshape(-1, 2).T
    dates = 738_000 + dates % 900
    assert (chance.uniforms((name, 1), dates, numbers) == uniforms((name, 1), dates, numbers)).all()


def test_a_replication_drawn_in_bulk_is_the_replication() -> None:
    plan, _ = crowd()
    assert replicate(plan, 3, 1, "compiled").digest() == replicate(plan, 3, 1, "process").digest()


def test_a_time_beyond_all_numbers_is_for_ever_in_both() -> None:
    small = scenario(behaviour={"patience": {"lognormal": {"median": "100000 d", "sigma": "5"}}}, needs={"n": {"rate": "200 per day"}})
    plan, draws = prepared(small)
    log = compiled.simulate(plan, draws)
    assert log.digest() == process.simulate(plan, draws).digest()
    assert not (log.events["outcome"] == "left").any()


@pytest.mark.skipif(jit.PLAIN, reason="nothing is compiled")
def test_what_is_kept_compiled_knows_all_source_that_it_is_made_of() -> None:
    """The cache goes by what an outermost function closes over: the digest of its own file and of those whose functions it calls."""
    kept = {
        kernel.run: ("kernel", "chance", "tables", "memory"), chance._drawn: ("chance", "tables"),
        columns.survey: ("columns", "kernel", "tables", "memory"), columns.arrange: ("columns", "kernel", "tables", "memory"),
    }  # fmt: skip
    for entry, files in kept.items():
        called = {f"{one.py_func.__module__.rpartition('.')[2]}" for one in jit._callees_first(entry)}
        assert called <= {*files} and jit.source(*files) in [cell.cell_contents for cell in entry.py_func.__closure__ or ()]


# --- which engine runs ---


def test_a_short_run_needs_no_compiler_and_a_long_one_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_each_number_that_has_too_few_bits_is_refused_by_name() -> None:
    """Numbers of luck have 17 bits, of texts 15, of rows 31 (sixteen rows a case)."""
    plan, draws = prepared(scenario(pools={"o": {"people": {"o": "3"}}}))
    many = [str(n) for n in range(30_000)]
    works = tuple((f"w{n}", 0, 1000) for n in range(80_000))
    lucky = replace(plan, windows=tuple(many), items=tuple(many), routes=replace(plan.routes, works=(works,)))
    bodies = tuple(plan.pool_rows[0].model_copy(update={"department": f"d{n}"}) for n in many)
    told = replace(plan, pools=tuple(many), pool_rows=bodies)
    who = draws.citizens[0]
    crowded = replace(draws, citizens=(replace(who, files=np.full(20_000, 8_000, dtype=np.int32)),))
    for wide, drawn, what in ((lucky, draws, "luck of their own"), (told, draws, "names of"), (plan, crowded, "cases")):
        assert [what in str(problem) for problem in refusals(wide, drawn)] == [True]


def test_a_run_that_needs_more_room_than_was_thought_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, draws = crowd()
    wide = compiled._memory

    def narrow(*args: object) -> dict[str, object]:
        memory = wide(*args)  # type: ignore[arg-type]
        room = args[-1]
        for name in ("rows", "events", "tickets", "procs", "papers"):
            memory[name] = memory[name][: 256 * int(room)]  # type: ignore[call-overload]
        return memory

    equal = compiled.simulate(plan, draws).digest()
    monkeypatch.setattr(compiled, "_memory", narrow)
    assert compiled.simulate(plan, draws).digest() == equal




def test_more_files_than_a_word_counts_are_refused_before_any_engine_sees_them() -> None:
    with pytest.raises(ValidationError, match="at most 8,000 files"):
        scenario(needs={"n": {"rate": "30 per day", "files": {"discrete": {"4294967297": "1"}}}})


def test_more_files_than_a_name_has_room_for_are_refused() -> None:
    plan, _ = prepared(scenario())
    draws = at(plan, "9:00", files=9000)
    with pytest.raises(PlanRefused, match="files of one citizen"):
        simulate(plan, draws, "compiled")
    assert simulate(plan, at(plan, "9:00", files=300)).meta.origin["engine"] in ("process", "compiled")
    assert not differ(plan, at(plan, "9:00", files=300))


def test_the_engines_are_also_known_by_what_they_are_made_of() -> None:
    plan, draws = prepared(scenario(needs={"n": {"rate": "3 per day"}}))
    origins = [simulate(plan, draws, name).meta.origin for name in ("simpy", "numba")]  # type: ignore[arg-type]
    assert [o["engine"] for o in origins] == ["process", "compiled"]
    assert {o["version"] for o in origins} == {version("onewindow")}


SCRIPT = """
import sys; sys.path[:0] = [{root!r}, {tests!r}]
from threading import Barrier, Thread
from strategies import prepared, scenario
from simulation.engines import compiled, process
plan, draws = prepared(scenario(needs={{"n": {{"rate": "20 per day"}}}}))
equal, gate, found = process.simulate(plan, draws).digest(), Barrier({threads}), []
def go():
    gate.wait()
    found.append(compiled.simulate(plan, draws).digest())
crew = [Thread(target=go) for _ in range({threads})]
[t.start() for t in crew]; [t.join() for t in crew]
assert found == [equal] * {threads}, found
"""


def in_a_process_of_its_own(threads: int, **environment: str) -> subprocess.CompletedProcess[str]:
    here = Path(__file__).parent
    script = SCRIPT.format(root=str(here.parent), tests=str(here), threads=threads)
    return subprocess.run([sys.executable, "-c", script], env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_threads_that_find_nothing_compiled_wait_for_the_one_that_compiles() -> None:
    done = in_a_process_of_its_own(2)
    assert done.returncode == 0, done.stderr


def test_plain_python_runs_the_kernel_too() -> None:
    done = in_a_process_of_its_own(1, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
