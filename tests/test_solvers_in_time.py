"""The gateway in time: limits, progress, Ctrl-C, processes that are left behind, and the same bytes twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_programs import covering, partition

from optimization import backends, solvers
from optimization.backends import Found, Told
from optimization.program import Program, value, violations
from optimization.solvers import SolverFailed, minimise


def test_no_time_is_an_error_unless_there_is_a_solution_to_start_with() -> None:
    program = covering(100)
    with pytest.raises(SolverFailed, match="without a solution"):
        minimise(program, limit=0)
    everything = np.ones(100)
    answer = minimise(program, limit=0, start=everything)
    assert (answer.status, answer.stopped, answer.objective) == ("heuristic", "limit", value(program, everything))
    with pytest.raises(SolverFailed, match="start with breaks: row"):
        minimise(program, limit=0, start=np.zeros(100))


def test_progress_tells_of_a_gap_that_only_shrinks() -> None:
    heard: list[tuple[float, float | None, float | None]] = []
    answer = minimise(covering(60), progress=lambda *moment: heard.append(moment))
    assert answer.status == "proved"
    assert answer.trace == tuple(heard)
    assert len(heard) > 1
    for before, after in pairwise(heard):
        assert before[0] <= after[0]
        assert before[1] is None or (after[1] is not None and after[1] <= before[1])
        assert before[2] is None or (after[2] is not None and after[2] >= before[2])
    assert heard[-1][1:] == (answer.objective, answer.bound)


def test_a_listener_that_fails_is_heard_of() -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no more paper")

    with pytest.raises(RuntimeError, match="no more paper"):
        minimise(covering(20), progress=fail)


def interrupt_when(ready: Callable[[], bool]) -> None:
    """Send this process the signal of Ctrl-C once `ready`; never, when it takes a minute."""

    def wait() -> None:
        ends = time.monotonic() + 60
        while not ready() and time.monotonic() < ends:
            time.sleep(0.05)
        if ready():
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait, daemon=True).start()


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """A process that was begun in the background has Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_a_long_search_with_the_best_so_far_and_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[subprocess.Popen[str]] = []
    plain = subprocess.Popen

    def started(command: list[str], **told: Any) -> subprocess.Popen[str]:
        children.append(plain(command, **told))
        place = Path(command[-1])
        interrupt_when(lambda: (place / "solutions").exists() and (place / "solutions").stat().st_size > 0)
        return children[-1]

    monkeypatch.setattr(subprocess, "Popen", started)
    monkeypatch.setattr(solvers, "QUICK", 0.0)
    program = covering(400)
    answer = minimise(program, limit=90)
    assert (answer.status, answer.stopped) in {("bounded", "interrupted"), ("heuristic", "interrupted")}
    assert answer.values is not None
    assert violations(program, answer.values, answer.objective) == []
    assert answer.seconds is not None
    assert answer.seconds < 80
    assert [child.poll() is None for child in children] == [False]


def test_ctrl_c_ends_cp_sat_with_the_best_so_far() -> None:
    seen: list[object] = []
    interrupt_when(lambda: len(seen) > 2)
    answer = minimise(partition(40), limit=90, progress=lambda *moment: seen.append(moment))
    assert (answer.status, answer.stopped) == ("bounded", "interrupted")
    assert answer.gap is not None
    assert answer.gap > 0


def test_the_process_apart_dies_when_nobody_waits_for_it(tmp_path: Path) -> None:
    model, variables, _ = backends.mathopt_model(covering(400))
    (tmp_path / "model").write_bytes(model.export_model().SerializeToString())
    (tmp_path / "parameters").write_bytes(backends._parameters(Told(seconds=300)).to_proto().SerializeToString())
    (tmp_path / "hints").write_bytes(backends._hints(variables, Told()).to_proto().SerializeToString())
    command = [sys.executable, "-P", str(Path(backends.__file__).with_name("apart.py")), str(tmp_path)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(timeout=60) == 1


@pytest.mark.parametrize(
    ("program", "limit", "status"),
    [(covering(60), 60.0, "proved"), (partition(10), 60.0, "proved"), (covering(100), 0.04, "bounded"), (partition(24), 0.3, "bounded")],
    ids=["proved", "logical", "limited", "logical and limited"],
)
def test_reproducible_mode_gives_the_same_bytes(program: Program, limit: float, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limited one stops after two nodes here and goes on for four in the process apart."""
    monkeypatch.setattr(solvers, "QUICK_WORK", 0.02)
    first, second = (minimise(program, 3, limit, reproducible=True) for _ in range(2))
    assert first.values is not None and second.values is not None
    assert first.values.tobytes() == second.values.tobytes()
    assert repr(replace(first, values=None)) == repr(replace(second, values=None))
    assert (first.seconds, first.trace) == (None, ())
    assert first.status == status


def test_logic_is_asked_of_one_worker_and_then_of_eight_from_its_best(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bool, bool]] = []
    plain = solvers.cp_sat
    program = partition(12)
    rough = np.zeros(len(program.costs))

    def noting(program: Program, told: Told) -> Found | None:
        asked.append((told.steady, told.start is not None))
        return Found("feasible", rough, None, "CP-SAT", False, 0.0) if told.steady else plain(program, told)

    monkeypatch.setattr(solvers, "cp_sat", noting)
    answer = minimise(program)
    assert asked == [(True, False), (False, True)]
    assert answer.status == "proved"
    assert minimise(program, reproducible=True).bound is None
    assert asked[2:] == [(True, False)]
