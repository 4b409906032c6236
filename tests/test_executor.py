"""Tasks on any back end: the same answers, a dead worker costs its task another try, a deadly task is told from the rest."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

import simulation.executor as module
from simulation.errors import InputRefused, WorkerLost
from simulation.executor import executor

LOCAL: dict[str, Any] = {
    "processes": True, "threads_per_worker": 1, "host": "127.0.0.1", "silence_logs": logging.CRITICAL,
    "dashboard_address": "127.0.0.1:0", "scheduler_kwargs": {"dashboard": False, "allowed_failures": 1},
}  # fmt: skip
Task = tuple[int, Path, bool]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A real cluster of two worker processes on this machine."""
    with LocalCluster(n_workers=2, **LOCAL) as cluster, Client(cluster, set_as_default=False) as client:
        yield client


@pytest.fixture(params=["processes", "client", "address"])
def on(request: pytest.FixtureRequest) -> Any:
    """Each back end whose workers can die."""
    if request.param == "processes":
        return request.param
    client = request.getfixturevalue("client")
    return client if request.param == "client" else client.scheduler.address


def square(task: Task) -> int:
    """Kill the worker that was given a 3, after a moment: the first time, or always."""
    number, mark, always = task
    if number == 3 and (always or not mark.exists()):
        mark.touch()
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 4:
        raise ValueError("four")
    return number * number


def answers(on: Any, numbers: list[int], mark: Path, always: bool = False, workers: int = 2) -> dict[int, Any]:
    return {task[0]: answer for task, answer in executor(on, workers)(square, [(k, mark, always) for k in numbers])}


def test_a_killed_worker_costs_its_task_another_try_and_nothing_else(on: Any, tmp_path: Path) -> None:
    assert answers(on, [0, 1, 3, 5, 6, 7], tmp_path / "mark") == {0: 0, 1: 1, 3: 9, 5: 25, 6: 36, 7: 49}
    assert (tmp_path / "mark").exists()


@pytest.mark.parametrize("where", ["processes", "client"])
def test_a_task_that_always_kills_its_worker_is_told_and_the_rest_finishes(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    on = where if where == "processes" else request.getfixturevalue(where)
    found = answers(on, [3, 1, 4, 5, 6, 7], tmp_path / "mark", always=True)
    assert {k: v for k, v in found.items() if isinstance(v, int)} == {1: 1, 5: 25, 6: 36, 7: 49}
    assert isinstance(found[3], WorkerLost)
    assert isinstance(found[4], ValueError)


@pytest.mark.parametrize(("on", "workers"), [("processes", 1), ("threads", 2)])
def test_an_error_of_one_task_leaves_the_others(on: str, workers: int, tmp_path: Path) -> None:
    found = answers(on, [4, 5], tmp_path, workers=workers)
    assert isinstance(found[4], ValueError) and found[5] == 25


def handed_over(task: tuple[int, Path]) -> int | bytes:
    """The second task answers the first time with more than a pipe holds, when it is told to."""
    number, folder = task
    if number == 1 or (folder / "pid").exists():
        return number
    (folder / "pid").write_text(str(os.getpid()))
    while not (folder / "go").exists():
        time.sleep(0.01)
    return b"x" * 10**7


def test_a_worker_killed_while_it_hands_over_its_answer_is_not_waited_for(tmp_path: Path) -> None:
    found = executor("processes", 2)(handed_over, [(1, tmp_path), (2, tmp_path)])
    assert next(found)[1] == 1
    while not (tmp_path / "pid").exists() or not (pid := (tmp_path / "pid").read_text()):
        time.sleep(0.01)
    (tmp_path / "go").touch()
    time.sleep(0.5)
    os.kill(int(pid), signal.SIGKILL)
    assert [answer for _, answer in found] == [2]


class Odd(Exception):
    """Cannot be made again from its arguments."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(one + other)


def odd(task: int) -> Any:
    if task == 1:
        raise Odd(1, 2)
    return here if task == 2 else lambda: task


def test_an_answer_that_cannot_travel_is_an_error_of_its_task() -> None:
    found = dict(executor("processes", 2)(odd, [1, 2, 3]))
    assert isinstance(found[1], TypeError) and found[2] is here and "cannot be sent" in str(found[3])


def here(task: int) -> int:
    return os.getpid()


def test_threads_and_one_worker_stay_in_this_process_and_processes_do_not() -> None:
    def places(on: str, workers: int) -> set[Any]:
        return {answer for _, answer in executor(on, workers)(here, range(4))}

    assert places("threads", 2) == places("processes", 1) == {os.getpid()}
    assert os.getpid() not in places("processes", 2)


@pytest.mark.parametrize(
    ("on", "told"),
    [("proceses", "did you mean `processes`"), ("here", "tcp://HOST:PORT"), ("tcp://127.0.0.1:9", "dask scheduler"), ("x://y", "'x'")],
)
def test_a_place_where_nothing_runs_is_refused(on: str, told: str) -> None:
    with pytest.raises(InputRefused, match=told):
        list(executor(on, 2)(here, [1]))


def test_a_cluster_without_the_package_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(InputRefused, match=r"onewindow\[cluster\]"):
        list(executor("tcp://127.0.0.1:8786")(here, [1]))


def test_a_cluster_without_workers_is_given_up_by_name_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL", 0.1)
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    told = pytest.raises(WorkerLost, match="without a worker")
    with LocalCluster(n_workers=0, **LOCAL) as empty, Client(empty, set_as_default=False) as client, told as lost:
        list(executor(client)(here, [7]))
    assert lost.value.runs == ("7",)
