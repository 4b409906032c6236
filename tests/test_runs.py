"""What the store has is listed, thrown away and exported, files from before it told what they are of included."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import simulation.stored as module
from simulation.store import RECORD, Store
from simulation.stored import runs
from simulation.verbs import Settings, compare, load, load_experiment, run
from workbench.cli import app
from workbench.runs import bytes_in_words, spans

DAY = 86400


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A comparison of two scenarios with two replications, and a run of one of them over a day."""
    compare(load_experiment("tiny-questions"), Settings(replications=2, days=2, store=tmp_path, workers=1))
    run(load("tiny"), settings=Settings(seed=7, replications=1, days=1, store=tmp_path, workers=1))
    return tmp_path


def call(store: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["runs", *words, "--store", str(store)])
    assert done.exit_code == 0, done.output
    return done.stdout


def listed(store: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(call(store, "--json"))["runs"]
    return rows


def forget(path: Path) -> None:
    """Make a file what it was before files told what they are of."""
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({k: v for k, v in table.schema.metadata.items() if k != RECORD}), path)


def test_the_list_tells_scenarios_seeds_replications_measures_and_size(store: Path) -> None:
    rows = listed(store)
    told = [(r["scenario"], r["stress"], r["seed"], r["start"], r["window_wd"], r["replications"], r["current"]) for r in rows]
    assert told == [
        ("tiny", "none", 1, "2023-03-06", 2, [0, 1], True),
        ("tiny", "none", 7, "2023-03-06", 1, [0], True),
        ("tiny-one-time-notice", "none", 1, "2023-03-06", 2, [0, 1], True),
    ]
    assert set(rows[0]["measures"]) == set(load_experiment("tiny-questions").measures)
    assert sum(r["bytes"] for r in rows) == sum(p.stat().st_size for p in store.rglob("*.parquet"))
    assert str(store) not in json.dumps(rows)


@pytest.mark.parametrize(("language", "words"), [("en", ("replications", "0–1", "current")), ("zh", ("重复序号", "0–1", "有效"))])
def test_the_list_is_a_table_for_people(language: str, words: tuple[str, ...], store: Path) -> None:
    told = call(store, "--language", language)
    assert all(word in told for word in words) and "prune" not in told
    assert "tiny-one-time-notice" in told


def test_an_empty_store_is_said_to_be_empty(tmp_path: Path) -> None:
    assert "no run is stored" in call(tmp_path)
    assert listed(tmp_path) == []


def test_runs_of_older_code_are_stale_and_pruned_and_no_other(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of the engine nothing old is served; what is run after it is current."""
    assert call(store, "prune", "--stale").startswith("removed 0 of 5 runs")
    monkeypatch.setattr(module, "makers", lambda dated: "newer code")
    assert not any(r["current"] for r in listed(store))
    assert "prune --stale" in call(store)
    monkeypatch.setattr("simulation.experiment.makers", lambda dated: "newer code")
    monkeypatch.setattr("simulation.experiment.code_as_imported", __import__("simulation.experiment").experiment.code_now)
    run(load("tiny"), settings=Settings(seed=7, replications=1, days=1, store=store, workers=1))
    assert call(store, "prune", "--stale").startswith("removed 5 of 6 runs")
    assert [r["seed"] for r in listed(store)] == [7]


def test_a_run_is_stale_when_every_one_of_its_measures_is(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `trips` as the only measure that did not change, all runs that have it are served for it."""
    before = module.codes
    monkeypatch.setattr(module, "codes", lambda m: {n: c if n == "trips" else "newer" for n, c in before(m).items()})
    assert all(r.current for r in runs(Store(store)))
    monkeypatch.setattr(module, "codes", lambda m: dict.fromkeys(before(m), "newer"))
    assert not any(r.current for r in runs(Store(store)))


def test_a_transition_is_as_current_as_any_run(tmp_path: Path) -> None:
    experiment = load_experiment("tiny-questions").model_copy(update={"view": "transition"})
    compare(experiment, Settings(replications=1, days=20, store=tmp_path, workers=1))
    assert [r.current for r in runs(Store(tmp_path))] == [True, True]


def test_pruning_by_age_and_all_of_it(store: Path) -> None:
    old = sorted(store.rglob("*.parquet"))[0]
    os.utime(old, (time.time() - 40 * DAY,) * 2)
    assert call(store, "prune", "--older-than", "41").startswith("removed 0 of 5 runs")
    assert call(store, "prune", "--older-than", "30", "--stale").startswith("removed 0 of 5 runs")
    assert call(store, "prune", "--older-than", "30").startswith("removed 1 of 5 runs") and not old.exists()
    assert call(store, "prune", "--all").startswith("removed 4 of 4 runs")
    assert not [*store.rglob("*.parquet")]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["prune"], "--older-than DAYS"),
        (["prune", "--all", "--stale"], "--all and a condition"),
        (["--store", "elsewhere", "prune", "--all"], "runs prune --store elsewhere"),
        (["export", "/dev/null/x.parquet"], "/dev/null"),
    ],
)
def test_throwing_away_says_what(words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["runs", *words])
    assert done.exit_code == 2 and told in done.stderr


def test_a_file_without_a_record_and_a_broken_one_are_listed_served_no_more_and_pruned(store: Path) -> None:
    kept = sorted(store.rglob("*.parquet"))
    forget(kept[0])
    kept[1].write_bytes(kept[1].read_bytes()[:100])
    unknown = [r for r in listed(store) if r["scenario"] is None]
    assert sorted(r["runs"] for r in unknown) == [1, 1] and not any(r["current"] for r in unknown)
    assert "(no record)" in call(store)
    call(store, "export", str(store / "all.parquet"))
    assert pd.read_parquet(store / "all.parquet")["run"].nunique() == 4
    (store / "all.parquet").unlink()
    assert call(store, "prune", "--stale").startswith("removed 2 of 5 runs")


def test_the_whole_store_is_one_file_with_every_row_of_every_run(store: Path) -> None:
    assert call(store, "export", str(store / "a.parquet")).startswith(f"{store / 'a.parquet'}: 5 runs, ")
    call(store, "export", str(store / "b.parquet"))
    assert (store / "a.parquet").read_bytes() == (store / "b.parquet").read_bytes()
    found = pd.read_parquet(store / "a.parquet")
    assert len(found) == sum(len(pd.read_parquet(p)) for p in (store / "rows").rglob("*.parquet"))
    result = compare(load_experiment("tiny-questions"), Settings(replications=2, days=2, store=store, workers=1))
    asked = ["scenario", "stress", "replication", "measure", "group", "total", "n"]
    mine = found[found["window_wd"] == 2][asked].sort_values(asked).reset_index(drop=True)
    theirs = result.replications[asked].sort_values(asked).reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)
    waits = found[(found["measure"] == "wait_p90") & (found["group"] == "all")]["values"]
    assert all(len(values) > 0 for values in waits) and found["run"].nunique() == 5


def test_spans_and_sizes_in_words() -> None:
    assert spans([0, 1, 2, 5, 7, 8]) == "0–2, 5, 7–8" and spans([]) == ""
    assert [bytes_in_words(n) for n in (999, 1_500, 2_340_000, 5 * 10**12)] == ["999 B", "1.5 kB", "2.3 MB", "5000.0 GB"]
