"""What `optimize` says was verified, `compare` shows again: the very figures, by the command that the answer names."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimization.problem import load_problem
from optimization.promised import LimitsProblem
from optimization.solution import Solution, Verified
from simulation import verbs
from simulation.files import dump, find
from simulation.reforms import Reform, set_path
from workbench.again import asked_by, experiment_of, print_again
from workbench.cli import app
from workbench.language import measure_name


def asked(kind: str, folder: Path) -> list[str]:
    """What is typed after `optimize KIND`: tiny halls, few days, few replications; of merging one proposal for the district hall."""
    if kind == "merging":
        text = find("district-hall-merging", "problems").read_text(encoding="utf-8").partition("alternatives:")[0]
        few = folder / "few.yaml"
        few.write_text(text.replace("proposals: 3", "proposals: 1").replace("cap: 20", "cap: 10"), encoding="utf-8")
        return ["district-hall", "--problem", str(few), "--days", "1", "--replications", "2"]
    if kind == "staffing":  # two people at the licence windows over lunch, of whom one is paid for nothing
        hall = folder / "hall.yaml"
        hall.write_text(dump(set_path(verbs.load("tiny"), "centre.staff.anna.shift", "lunch")), encoding="utf-8")
        return [str(hall), "--days", "2", "--replications", "2"]
    return ["tiny", *{"limits": [], "flow": ["--replications", "3", "--from", "2025-04-07"], "portfolio": ["--replications", "3"]}[kind]]


@pytest.mark.parametrize("kind", ["staffing", "limits", "merging", "flow", "portfolio"])
def test_compare_shows_again_what_was_verified(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, common = CliRunner(), ["--json", "--workers", "1", "--store", str(tmp_path / "store")]
    done = run.invoke(app, ["optimize", kind, *asked(kind, tmp_path), "--out", str(tmp_path), *common])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    command = shlex.split(answer["again"])
    assert command[:2] == ["onewindow", "compare"] and Path(command[2]).is_file()
    assert run.invoke(app, ["check", command[2]]).exit_code == 0
    command[2] = str(Path(command[2]).resolve())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # what a file names lies beside the file
    again = run.invoke(app, [*command[1:], *common, "--fresh"])
    assert again.exit_code == 0, again.output
    rows = {(r["scenario"], r["measure"], r["group"]): r for r in json.loads(again.stdout)["rows"]}
    assert {row["measure"] for row in answer["verified"]} > {*answer["not_again"]}
    assert {"wait_mean", "walk_away_share", "trips", "paid_hours"} <= {measure for _, measure, group in rows if group == "all"}
    for row in answer["verified"]:
        if row["measure"] not in answer["not_again"]:
            other = rows[answer["reform"]["name"], row["measure"].partition(" ")[0], row["group"]]
            assert other["value"] == pytest.approx(row["value"], rel=1e-12)
            assert other["difference"] == pytest.approx(row["difference"], rel=1e-9)
    if kind == "staffing":  # a target of each queue is a measure of the catalogue by queue
        assert answer["not_again"] == ["rostered_hours"]
        assert any(row["measure"] == "wait_borne by queue" for row in answer["verified"])
    if kind == "limits":
        told = run.invoke(app, [*command[1:], "--workers", "1", "--store", str(tmp_path / "store"), "--language", "zh"]).stdout
        assert "变差：承诺时限内办结率（事项：经营许可）" in told.replace(" \n", "").replace("\n", "")


def test_what_the_comparison_leaves_out_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    reform = Reform.model_construct(name="sooner")
    row = Verified("wait_mean", "all", "s", None, 60.0, 50.0, 70.0, 2, None, 60.0, 0.0, 0.0, 0.0)
    said = []
    for names in (("wait_mean", "wait_borne by half_hour", "portfolio_gain"), ("wait_mean", "wait_borne by queue"), ("portfolio_gain",)):
        found = Solution("proved", 1.0, 1.0, 0.0, "by hand", 1, reform, tuple(replace(row, measure=name) for name in names))
        print_again(found, None, verbs.Settings(days=3), {}, "en", asked_by("flow", "my hall.yaml", None, verbs.Settings(seed=4, days=3)))
        said.append(capsys.readouterr().out)
    assert "sooner-verified.yaml" in said[0]
    left = f"It does not show: {measure_name('wait_borne', 'en')} by half hour, gain over the calendar; "
    assert f"{left}`onewindow optimize flow 'my hall.yaml' --seed 4 --days 3` does." in said[0]
    assert "sooner-verified.yaml" in said[1] and "does not show" not in said[1]
    assert said[2] == ""


def test_the_question_is_about_the_items_whose_limit_changes() -> None:
    """Of two items certified one keeps its limit; a target of a queue is asked by queue, one of a half hour is not of the catalogue."""
    row = Verified("on_time_promise", "all", "share", 0.9, 0.95, 0.93, 0.97, 40, "met", 1.0, -0.05, -0.06, -0.04)
    edit = {"kind": "change_limits", "promise_wd": {"trade-licence": "2"}}
    limits = Reform.model_validate({
        "kind": "reform", "name": "sooner", "title": {"en": "S", "zh": "S"}, "baseline": "tiny", "edits": [edit], "authority": "centre",
    })  # fmt: skip
    other = limits.model_copy(update={"edits": ()})
    problem = load_problem("tiny-limits", LimitsProblem, verbs.load("tiny"))
    cells = [("wait_borne at queue:household", "queue:household", "missed"), ("wait_borne by half_hour", "half_hour:09:00", "met"),
             ("walk_away_share by queue", "queue:licence", None), ("wait_mean", "all", "met")]  # fmt: skip
    for reform, rows, headline, limit in (
        (limits, [replace(row, group=f"item:{n}") for n in ("trade-licence", "move")],
         [("on_time_promise", "item:trade-licence")], ("90 %", None)),
        (other, [replace(row, measure=m, group=g, verdict=v, unit="s", target=900.0) for m, g, v in cells],
         [("wait_borne", "queue:household")], (None, "900 s")),
    ):  # fmt: skip
        found = Solution("proved", 1.0, 1.0, 0.0, "by hand", 1, reform, tuple(rows))
        question = experiment_of(found, problem, Path("sooner.yaml"), "tiny")
        assert question is not None
        assert [(h.reform, h.measure, h.group) for h in question.headline] == [("sooner", *one) for one in headline]
        assert "wait_borne by half_hour" not in question.measures
        assert [(t.measure, t.group, t.at_least, t.at_most) for t in question.targets] == [(*one, *limit) for one in headline]


def test_what_counts_from_the_first_replication_on_is_refused_beside_another_first(tmp_path: Path) -> None:
    text = find("tiny-questions", "experiments").read_text(encoding="utf-8")
    assert "\nreplications:" in text
    path = tmp_path / "late.yaml"
    path.write_text(re.sub(r"(?m)^replications:.*$", "replications: {first: 1000000, pilot: 2, cap: 2}", text), encoding="utf-8")
    for option in (["--worlds", "30"], ["--groups"], ["--extend", "2"]):
        done = CliRunner().invoke(app, ["compare", str(path), "--store", str(tmp_path / "s"), *option])
        assert done.exit_code == 2 and f"{option[0]}: replications are counted from 0 on" in done.stderr, done.output
