"""Experiments at any scale: the same rows wherever they are run, nothing run twice, nothing lost, and no log kept."""

import json
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from distributed import Client, LocalCluster
from test_executor import LOCAL
from typer.testing import CliRunner

import simulation.engines
from simulation.errors import WorkerLost
from simulation.experiment import Progress, Variant, run_variants
from simulation.horizons import with_days
from simulation.measures import CATALOGUE, Measure
from simulation.measures.measure import Rows
from simulation.measures.view import View
from simulation.store import Store
from simulation.verbs import Settings, compare, load, load_experiment, run
from workbench.cli import app
from workbench.options import progress_line

MEASURES = [CATALOGUE[name] for name in ("wait_mean", "wait_p90", "lead_p90", "trips")]
STOPPED = 10
"""Replications of a comparison that is stopped half way."""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A real cluster of two worker processes on this machine."""
    with LocalCluster(n_workers=2, **LOCAL) as cluster, Client(cluster, set_as_default=False) as client:
        yield client


def rows(store: Path, replications: Any = range(4), measures: Any = MEASURES, **told: Any) -> pd.DataFrame:
    """Rows of the tiny hall, today and under a surge."""
    hall = load("tiny")
    variants = [Variant("tiny", stress, hall.model_copy(update={"name": stress})) for stress in ("none", "surge")]
    return run_variants(variants, with_days(hall.horizon, 2), 1, replications, measures, Store(store), **told)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The rows that one worker finds, one after another."""
    return rows(tmp_path_factory.mktemp("plain"), workers=1)


@pytest.mark.parametrize(
    "told",
    [
        {"workers": 2, "chunk": 1},
        {"workers": 2, "on": "threads"},
        {"workers": 1, "chunk": 3, "replications": range(3, -1, -1)},
        {"on": "cluster", "chunk": 1},
    ],
    ids=str,
)
def test_rows_depend_on_no_back_end_no_number_of_workers_and_no_order(
    told: dict[str, Any], tmp_path: Path, plain: pd.DataFrame, request: pytest.FixtureRequest
) -> None:
    if told.get("on") == "cluster":
        told = {**told, "on": request.getfixturevalue("client").scheduler.address}
    pd.testing.assert_frame_equal(rows(tmp_path, **told), plain)
    pd.testing.assert_frame_equal(rows(tmp_path, workers=1), plain)


def test_a_worker_of_the_cluster_killed_during_a_task_costs_no_row(tmp_path: Path, plain: pd.DataFrame, client: Client) -> None:
    killed: list[str] = []

    def kill(p: Progress) -> None:
        if p.done and not killed:
            busy = next(address for address, tasks in client.processing().items() if tasks)
            killed.append(busy)
            os.kill(client.run(os.getpid, workers=[busy])[busy], signal.SIGKILL)

    pd.testing.assert_frame_equal(rows(tmp_path, on=client, chunk=1, progress=kill), plain)
    assert killed and killed[0] not in client.scheduler_info()["workers"]


def deadly(view: View) -> Rows:
    """Measure nothing; the second replication under the surge kills whoever measures it."""
    if view.meta.origin["replication"] == 1 and view.meta.origin["scenario"] == "surge":
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    return Rows(["all"], [1.0], [1.0])


DEADLY = Measure("deadly", "cases", "none", "count", (), "", "", "", deadly)


@pytest.mark.parametrize("on", ["processes", "cluster"])
def test_a_run_that_always_kills_its_worker_is_named_and_the_rest_is_kept(on: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seen: list[Progress] = []
    where = request.getfixturevalue("client") if on == "cluster" else on
    with pytest.raises(WorkerLost) as lost:
        rows(tmp_path, range(3), [DEADLY], on=where, chunk=1, progress=seen.append)
    assert lost.value.runs == ("scenario tiny, stress surge, seed 1, replication 1",)
    assert seen[-1].done == 5 == len([*tmp_path.rglob("*.parquet")])
    assert "all others are done and stored" in str(lost.value) and lost.value.exit_code == 1


def test_no_log_outlives_its_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for logs is that of one, whatever the number of replications."""
    logs: list[weakref.ref[Any]] = []
    alive: list[int] = []
    simulate = simulation.engines.simulate

    def watched(*given: Any) -> Any:
        alive.append(sum(log() is not None for log in logs))
        log = simulate(*given)
        logs.append(weakref.ref(log))
        return log

    monkeypatch.setattr(simulation.engines, "simulate", watched)
    rows(tmp_path, range(5), workers=1, chunk=5)
    assert alive == [0] * 10
    assert not any(log() is not None for log in logs)


def simulated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The replications that are simulated from now on, in this process."""
    seen: list[int] = []
    simulate = simulation.engines.simulate

    def counted(*given: Any) -> Any:
        log = simulate(*given)
        seen.append(log.meta.origin["replication"])
        return log

    monkeypatch.setattr(simulation.engines, "simulate", counted)
    return seen


def test_extending_adds_replications_and_runs_none_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = load_experiment("tiny-questions")
    told = {"days": 2, "store": tmp_path / "a", "workers": 1}
    seen = simulated(monkeypatch)
    compare(experiment, Settings(extend=2, **told))
    assert sorted(seen) == [0, 0, 1, 1]
    seen.clear()
    extended = compare(experiment, Settings(extend=3, **told))
    assert sorted(seen) == [2, 2, 3, 3, 4, 4]
    again = compare(experiment, Settings(replications=5, days=2, store=tmp_path / "b", workers=1))
    assert extended.document() == again.document() and extended.provenance["replications"] == 5


def test_extending_goes_on_from_what_every_scenario_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Today was run three times, the reform never: two more than none are two of each, and those of today are read."""
    told = {"days": 2, "store": tmp_path, "workers": 1}
    experiment = load_experiment("tiny-questions")
    compare(experiment.model_copy(update={"reforms": (), "headline": ()}), Settings(replications=3, **told))
    seen = simulated(monkeypatch)
    assert compare(experiment, Settings(extend=2, **told)).provenance["replications"] == 2
    assert sorted(seen) == [0, 1]


def test_a_run_is_extended_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"days": 1, "store": tmp_path, "workers": 1}
    run(load("tiny"), settings=Settings(replications=1, **told))
    seen = simulated(monkeypatch)
    assert run(load("tiny"), settings=Settings(extend=2, **told)).provenance["replications"] == 3
    assert seen == [1, 2]


def test_the_command_says_what_came_from_the_store_and_how_to_go_on(tmp_path: Path) -> None:
    words = ["compare", "tiny-questions", "--days", "1", "--workers", "1", "--store", str(tmp_path)]
    assert CliRunner().invoke(app, [*words, "--replications", "2"]).exit_code == 0
    told = CliRunner().invoke(app, [*words, "--extend", "1"]).stderr
    assert "6/6 replications (4 from the store)" in told and "--replications 3" in told
    for wrong in (["--replications", "2"], ["--fresh"], ["--vary", "world.dispersion=0.1:0.2:0.1"]):
        refused = CliRunner().invoke(app, [*words, "--extend", "1", *wrong])
        assert refused.exit_code == 2 and "--extend" in refused.stderr


def test_the_time_left_is_told_at_the_rate_of_what_was_run() -> None:
    """Two of the six were run, in 10 s; four are left."""
    assert Progress(done=6, planned=10, stored=4, seconds=10.0).left == 20.0
    assert Progress(done=4, planned=10, stored=4, seconds=1.0).left is None


def test_a_terminal_shows_the_time_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    show = progress_line()
    for done, seconds in ((4, 0.0), (6, 10.0), (7, 600.0), (10, 700.0)):
        show(Progress(done, 10, 4, seconds))
    told = capsys.readouterr().err
    assert "6/10 replications (4 from the store), about 20 s left" in told
    assert "7/10 replications (4 from the store), about 10 min left" in told
    assert told.rstrip("\033[K\n").endswith("10/10 replications (4 from the store)")


def test_progress_is_told_in_the_language_asked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    show = progress_line(True, "zh")
    for done, seconds in ((6, 10.0), (7, 600.0), (10, 700.0)):
        show(Progress(done, 10, 4, seconds, 5))
    told = capsys.readouterr().err
    assert "每个方案扩展至5次重复" in told and "仿真6/10次（4次取自存储），约剩20秒" in told and "约剩10分钟" in told
    assert "仿真10/10次（4次取自存储）" in told and "replications (" not in told


def document(store: Path, seen: list[Progress] | None = None) -> str:
    settings = Settings(replications=STOPPED, days=2, store=store, workers=1, progress=None if seen is None else seen.append)
    return json.dumps(compare(load_experiment("tiny-questions"), settings).document())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    return document(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize(("how", "on"), [("SIGKILL", "processes"), ("SIGINT", "processes"), ("SIGINT", "threads")])
def test_a_comparison_that_is_stopped_leaves_no_process_and_goes_on_from_there(how: str, on: str, tmp_path: Path, undisturbed: str) -> None:
    """As Ctrl-C does it, all processes of the terminal are told; a killed command alone."""
    n = STOPPED
    options = ["--replications", str(n), "--days", "2", "--store", str(tmp_path / "store"), "--workers", "2", "--on", on]
    # What started the tests may have told them to ignore Ctrl-C.
    begin = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from workbench.cli import main; main()"
    command = [sys.executable, "-c", begin, "compare", "tiny-questions", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as started:
        until = time.monotonic() + 120
        while (done := len([*tmp_path.rglob("*.parquet")])) < n // 2:
            assert started.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        os.kill(started.pid, signal.SIGKILL) if how == "SIGKILL" else os.killpg(started.pid, signal.SIGINT)
        # The workers hold these pipes too: their end is the end of the last of them.
        _, told = started.communicate(timeout=60)
    kept = len([*tmp_path.rglob("*.parquet")])
    assert done <= kept < 2 * n, "the comparison was over before it was stopped"
    if how == "SIGINT":
        assert started.returncode == 130 and "the same command goes on from there" in told and "Traceback" not in told
        assert not [*tmp_path.rglob("*.part")]
    seen: list[Progress] = []
    assert document(tmp_path / "store", seen) == undisturbed
    assert (seen[0].stored, seen[-1].done) == (kept, 2 * n)
