"""The commands that ask how sure we are take --engine and --on as `run` does: the asked engine runs, and all say the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from simulation import engines
from workbench.cli import app

EXPERIMENT = """\
kind: experiment
schema: 1
name: asked
title: {en: Asked, zh: 问题}
question: {en: Which?, zh: 哪个？}
baseline: tiny
reforms: [tiny-one-window]
measures: [wait_mean]
headline:
  - {reform: tiny-one-window, measure: wait_mean}
"""
SHORT = ["--days", "1", "--replications", "2"]
COMMANDS = {
    "best": ["asked.yaml", "--measure", "wait_mean", "--delta", "5 min", "--days", "1", "--cap", "10"],
    "sensitivity": ["asked.yaml", "--trajectories", "2", "--only", "pool_windows.pace", *SHORT],
    "flip": ["asked.yaml", "--slowdown", "1:1.2:0.2", "--demand", "1:1:0.1", *SHORT],
    "compare": ["asked.yaml", "--worlds", "4", "--groups", *SHORT],
    "regress": ["asked.yaml"],
}


def said(name: str, *more: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [name, *COMMANDS[name], *more, "--workers", "1", "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return dict(json.loads(result.stdout))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_engine_asked_for_runs_and_says_the_same_as_the_other(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("asked.yaml").write_text(EXPERIMENT, encoding="utf-8")
    if name == "regress":
        CliRunner().invoke(app, ["regress", "asked.yaml", "--update", *SHORT])
    real, used, documents = engines.simulate, set[str](), {}

    def simulate(plan: Any, draws: Any, engine: engines.Engine = "auto") -> Any:
        used.add(engine)
        return real(plan, draws, engine)

    monkeypatch.setattr(engines, "simulate", simulate)
    for engine in ("simpy", "compiled"):
        used.clear()
        documents[engine] = said(name, "--engine", engine, *([] if name == "regress" else ["--store", engine]))
        assert used == {engines.engine_named(engine)}
    assert documents["simpy"] == documents["compiled"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_place_or_an_engine_that_nobody_knows_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("asked.yaml").write_text(EXPERIMENT, encoding="utf-8")
    for option, word in (("--engine", "fortran"), ("--on", "nowhere")):
        if name == "regress" and option == "--on":
            CliRunner().invoke(app, ["regress", "asked.yaml", "--update", *SHORT])
        result = CliRunner().invoke(app, [name, *COMMANDS[name], option, word, "--workers", "2"])
        assert result.exit_code == 2 and word in result.stderr
