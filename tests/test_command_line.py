"""Every command and every option once: what it prints, where, and its exit code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from workbench.cli import app

ROOT = Path(__file__).parent.parent
RECEIPT = str(ROOT / "tests" / "data" / "receipt_synthetic.csv")
REFORMS = ROOT / "scenarios" / "reforms"
ROW_KEYS = {
    "scenario", "baseline", "stress", "measure", "group", "unit", "value", "low", "high", "difference", "difference_low",
    "difference_high", "n",
}  # fmt: skip
SHORT = ["--days", "1", "--replications", "2", "--workers", "1"]


@pytest.fixture(autouse=True, scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One empty working folder and one store for all."""
    with pytest.MonkeyPatch.context() as patched:
        folder = tmp_path_factory.mktemp("planner")
        patched.chdir(folder)
        patched.setenv("ONEWINDOW_STORE", str(folder / "kept"))
        yield folder


def call(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error; a traceback of ours fails the test."""
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def strict(text: str) -> Any:
    """One JSON document and nothing else; no NaN."""

    def never(name: str) -> None:
        raise AssertionError(name)

    return json.loads(text, parse_constant=never)


def texts(value: Any) -> list[str]:
    """Every key and text of a document."""
    if isinstance(value, dict):
        return [*map(str, value), *(t for v in value.values() for t in texts(v))]
    if isinstance(value, list):
        return [t for v in value for t in texts(v)]
    return [value] if isinstance(value, str) else []


COMMANDS = ("check", "import", "run", "compare", "best", "sensitivity", "flip", "failures", "judge", "trace", "lab", "optimize", "regress")


@pytest.mark.parametrize("words", [[], *([c] for c in COMMANDS)])
def test_every_command_explains_itself(words: list[str]) -> None:
    code, out, _ = call(*words, "--help")
    assert code == 0
    assert "Usage" in out


@pytest.mark.parametrize("words", [["run", "tiny"], ["compare", "tiny-questions"]])
def test_json_is_one_strict_document_with_every_key_and_no_path(words: list[str], workplace: Path) -> None:
    code, out, _ = call(*words, *SHORT, "--json", "--out", "pictures")
    assert code == 0
    found = strict(out)
    assert found["rows"]
    for row in found["rows"]:
        assert row.keys() >= ROW_KEYS
        assert row["group"] == "all" or ":" in row["group"]
        if row["scenario"] == row["baseline"]:
            assert row["difference"] is row["difference_low"] is row["difference_high"] is None
    assert not [t for t in texts(found) if str(workplace) in t or str(ROOT) in t or "elapsed" in t or "duration" in t]
    assert call(*words, *SHORT, "--json", "--fresh")[1] == out


def test_a_comparison_has_differences_for_its_reforms() -> None:
    rows = strict(call("compare", "tiny-questions", *SHORT, "--json")[1])["rows"]
    apart = [r for r in rows if r["scenario"] == "tiny-one-time-notice" and r["measure"] == "trips" and r["group"] == "all"]
    assert len(apart) == 1 and apart[0]["difference"] is not None


@pytest.mark.parametrize(
    ("language", "word", "done"), [("en", "measure", "2/2 replications"), ("zh", "指标", "仿真2/2次")]
)
def test_a_run_prints_a_table_and_lists_its_pictures(language: str, word: str, done: str) -> None:
    code, out, err = call("run", "tiny", *SHORT, "--language", language, "--out", f"seen/{language}")
    assert code == 0
    assert word in out and done in err
    pictures = [line for line in out.splitlines() if line.endswith(".png")]
    assert len(pictures) >= 3
    assert all(line.startswith("seen/") and Path(line).is_file() for line in pictures)


@pytest.mark.parametrize(("language", "word"), [("en", "What does a one-time notice"), ("zh", "一次性告知")])
def test_a_comparison_asks_its_question_and_marks_its_headline(language: str, word: str) -> None:
    code, out, _ = call("compare", "tiny-questions", *SHORT, "--language", language)
    assert code == 0
    assert word in out and "*" in out


def test_synchronisation_is_told_on_request_only() -> None:
    words = ("compare", "tiny-questions", *SHORT)
    assert "synchronisation" not in strict(call(*words, "--json")[1])
    rows = strict(call(*words, "--json", "--synchronisation")[1])["synchronisation"]
    assert {row["measure"] for row in rows} >= {"trips", "wait_mean"} and {row["baseline"] for row in rows} == {"tiny"}
    for language, word in (("en", "Synchronisation"), ("zh", "同步度")):
        assert word in call(*words, "--synchronisation", "--language", language)[1]
    assert call(*words, "--synchronisation", "--vary", "world.dispersion=0.1:0.2:0.1")[0] == 2


@pytest.mark.parametrize("words", [["run", "tiny"], ["compare", "tiny-questions"]])
def test_controls_are_told_on_request_only(words: list[str]) -> None:
    short = ["--days", "2", "--replications", "10", "--workers", "1"]
    assert "controls" not in strict(call(*words, *short, "--json")[1])
    rows = strict(call(*words, *short, "--json", "--controls")[1])["controls"]
    assert {row["measure"] for row in rows} >= {"trips", "wait_mean", "utilisation"}
    assert {row["of"] for row in rows} == {"value"} | ({"difference"} if words[0] == "compare" else set())
    for language, word in (("en", "With a control variate"), ("zh", "控制变量法")):
        assert word in call(*words, *short, "--controls", "--language", language)[1]


def test_the_best_is_told_confirmed_and_undecided_is_a_no() -> None:
    asked = ("best", "tiny-questions", "--measure", "trips", "--days", "1", "--workers", "1")
    code, out, _ = call(*asked, "--delta", "0.5", "--json")
    found = strict(out)
    assert code == 0 and found["decided"] and len(found["front"]) >= 1
    assert {one["against"] for one in found["confirmation"]} | {found["front"][0]} == {"tiny", "tiny-one-time-notice"}
    code, out, _ = call(*asked, "--delta", "0.000001", "--cap", "4", "--language", "zh")
    assert code == 1 and "上限" in out
    assert call(*asked, "--delta", "1 s")[0] == 2


@pytest.mark.parametrize(("language", "words"), [("en", ("Answer", "What time limits")), ("zh", ("回答", "办结时限"))])
def test_a_comparison_answers_in_words_and_draws_its_pictures(language: str, words: tuple[str, ...]) -> None:
    text = (ROOT / "scenarios" / "experiments" / "tiny-questions.yaml").read_text(encoding="utf-8")
    Path("promising.yaml").write_text(text.replace("lead_wd,", "lead_wd, lead_p90,"), encoding="utf-8")
    code, out, _ = call("compare", "promising.yaml", *SHORT, "--language", language, "--out", f"drawn/{language}")
    assert code == 0
    assert all(word in out for word in words)
    assert "…" not in out
    pictures = {Path(line).stem for line in out.splitlines() if line.endswith(".png")}
    assert pictures == {"reform-ladder", "limits", "hall", "where-days-go", "decided-within", "one-file"}
    limits = strict(call("compare", "promising.yaml", *SHORT, "--json")[1])["limits"]
    assert {(o["item"], o["scenario"]) for o in limits} == {("trade-licence", s) for s in ("tiny", "tiny-one-time-notice")}
    assert all(o.keys() >= {"item", "scenario", "legal_wd", "promise_wd", "holds_90_wd"} for o in limits)


def test_seed_store_and_dates_are_obeyed() -> None:
    same = ["run", "tiny", "--replications", "1", "--workers", "1", "--json", "--store", "mine"]
    march = strict(call(*same, "--from", "2023-03-20", "--until", "2023-03-20", "--seed", "7")[1])
    assert march["seed"] == 7
    assert march["start"] == "2023-03-16"
    assert [*Path("mine").rglob("*.parquet")]
    other = strict(call(*same, "--from", "2023-03-20", "--days", "1", "--seed", "8")[1])
    assert other["rows"] != march["rows"]


def test_vary_repeats_the_headline_and_says_its_verdict() -> None:
    words = ["compare", "tiny-questions", *SHORT, "--vary", "world.dispersion=0.1:0.2:0.1"]
    rows = strict(call(*words, "--json")[1])["rows"]
    assert [row["at"] for row in rows] == ["0.1", "0.2"]
    assert all(row.keys() >= {*ROW_KEYS, "verdict", "flips"} for row in rows)
    code, out, _ = call(*words)
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert code == 0 and all(row["verdict"] in lines[row["at"]] for row in rows)


def test_vary_keeps_to_the_law() -> None:
    code, _, err = call("compare", "tiny-questions", *SHORT, "--vary", "centre.items.trade-licence.promise_wd=15:25:5")
    assert code == 2
    assert "a promise is not beyond the law" in err and "promise_wd=25" in err


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Before the reform", "After", "promised clock")), ("zh", ("改革前", "改革后", "承诺时限"))]
)
def test_trace_tells_one_path_before_and_after(language: str, words: tuple[str, ...]) -> None:
    code, out, _ = call(
        "trace", "3", "--scenario", "tiny", "--days", "1", "--seed", "1", "--reform", "tiny-one-window", "--language", language
    )
    assert code == 0
    assert all(word in out for word in words)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ("Trade licence · Start a trade · Firms · window · #120", "counter: accept Comprehensive acceptance  -> left")),
        ("zh", ("经营许可 · 开办经营 · 企业 · 窗口 · #120", "accept 综合受理  -> 弃号离开", "sign 分管局长 (领导签批)")),
    ],
)
def test_trace_names_queues_and_back_offices_also_of_who_gave_up(language: str, lines: tuple[str, ...]) -> None:
    code, out, _ = call("trace", "120", "--scenario", "tiny", "--reform", "tiny-one-window", "--language", language)
    assert code == 0
    assert [line for line in lines if line not in out] == []


def test_judge_speaks_to_people_and_to_programs() -> None:
    found = strict(call("judge", RECEIPT, "--mapping", "wabo-receipt", "--json")[1])
    assert {h["name"] for h in found["headline"]} >= {"ended", "late_promise", "late_reported", "late_by_date"}
    code, out, _ = call("judge", RECEIPT, "--language", "zh")
    assert code == 0 and "指标" in out


def test_import_makes_a_file_that_check_accepts() -> None:
    code, out, _ = call("import", str(ROOT / "scenarios" / "tables" / "district-hall"), "--out", "made/hall.yaml")
    assert code == 0 and out.startswith("made/hall.yaml: ")
    code, out, _ = call("check", "made/hall.yaml", "tiny", "tiny-questions", "tiny-one-window", "tiny-surge", "cn", "wabo-receipt")
    assert code == 0
    assert len([line for line in out.splitlines() if not line.startswith("  ")]) == 7


def test_lab_opens_jupyter_and_hands_on_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def opened(command: list[str]) -> int:
        seen.append(command)
        return 3

    monkeypatch.setattr("subprocess.call", opened)
    assert call("lab")[0] == 3
    assert seen[0][1:4] == ["-m", "jupyter", "lab"]


HIRED = """kind: reform
schema: 1
name: hire
title: {en: Two more, zh: 增两人}
baseline: tiny
source: assumption
edits: [{kind: change_staff, add: {xia: {employer: market, skills: [licence], shift: day, window: W1}}}]
cost: {once: 20 kCNY (10..40), yearly: 5 kCNY}
lead_time: 60 d
authority: centre
"""


def test_a_reform_that_hires_at_a_manned_window_is_warned_of() -> None:
    Path("hire.yaml").write_text(HIRED, encoding="utf-8")
    told = "window `W1` has `anna` in 9:00-12:00, 13:00-17:00; `xia` is never seated and not paid"
    code, out, _ = call("check", "hire.yaml")
    assert code == 0 and out.splitlines() == ["hire.yaml: reform, 1 edit of tiny", f"  warning: {told}"]
    text = (ROOT / "scenarios" / "experiments" / "tiny-questions.yaml").read_text(encoding="utf-8")
    Path("hiring.yaml").write_text(text.replace("tiny-one-time-notice", "hire").replace("[hire]", "[hire.yaml]"), encoding="utf-8")
    assert f"  warning: hire: {told}" in call("check", "hiring.yaml")[1]
    code, out, err = call("compare", "hiring.yaml", *SHORT)
    assert code == 0 and f"warning: hire: {told}" in err and "identical: in all " in out and "replications may differ" in out


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("once: 20 kCNY (10..40)", "once: 20000 RMB", "write 20 kCNY"), ("20 kCNY (10..40)", "2 万元 (1..4)", "write 20 kCNY (10..40)"),
        ("lead_time: 60 d", "lead_time: 2 months", "write 60 d"),
    ],
)  # fmt: skip
def test_a_unit_of_the_street_is_refused_with_the_amount_in_ours(old: str, new: str, told: str) -> None:
    Path("street.yaml").write_text(HIRED.replace(old, new), encoding="utf-8")
    code, _, err = call("check", "street.yaml")
    assert code == 2 and f"remedy  {told}; unit `" in err


@pytest.mark.parametrize(("language", "told"), [("en", "guide: list -> checked"), ("zh", "办事指南")])
def test_check_tells_the_change_in_words(language: str, told: str) -> None:
    plain = call("check", "tiny-one-time-notice", "--language", language)[1]
    code, out, _ = call("check", "tiny-one-time-notice", "--redline", "--language", language)
    assert code == 0 and out.startswith(plain.rstrip()) and told in out and told not in plain


def test_check_refuses_with_file_and_line_and_the_nearest_name() -> None:
    text = (ROOT / "scenarios" / "baselines" / "tiny.yaml").read_text(encoding="utf-8")
    wrong = text.replace("    licence: {title", "    licence: {titel", 1)
    Path("wrong.yaml").write_text(wrong, encoding="utf-8")
    line = next(k for k, (a, b) in enumerate(zip(text.splitlines(), wrong.splitlines(), strict=True), 1) if a != b)
    code, out, err = call("check", "tiny", "wrong.yaml")
    assert code == 2
    assert "tiny.yaml: scenario" in out
    assert f"wrong.yaml:{line}" in err and "`title`" in err and "refused: 1 of 2 files" in err


REFUSED = {
    "a scenario": (["run", "tinny"], "`tiny`"),
    "an experiment": (["compare", "tiny-question"], "`tiny-questions`"),
    "a stress to compare": (["compare", str(REFORMS.parent / "stresses" / "tiny-surge.yaml")], "put it under `stresses:` of an experiment"),
    "a reform to run": (["run", str(REFORMS / "tiny-one-window.yaml")], "`onewindow compare` it, or put it under `reforms:` of an"),
    "an experiment to run": (["run", str(REFORMS.parent / "experiments" / "tiny-questions.yaml")], "`onewindow compare` it"),
    "a reform": (["trace", "1", "--scenario", "tiny", "--days", "1", "--reform", "tiny-onewindow"], "`tiny-one-window`"),
    "a file to check": (["check", "tiny-questoins"], "`tiny-questions`"),
    "a mapping": (["judge", RECEIPT, "--mapping", "wabo-receit"], "`wabo-receipt`"),
    "a field to vary": (["compare", "tiny-questions", "--vary", "world.dispersoin=0.1:0.2:0.1"], "`dispersion`"),
    "a span to vary": (["compare", "tiny-questions", "--vary", "world.dispersion=a:b:c"], "FROM:TO:STEP"),
    "steps without end": (["compare", "tiny-questions", "--vary", "world.dispersion=0:1:0"], "STEP > 0"),
    "a log": (["judge", "nowhere.csv"], "no such file"),
    "a folder of tables": (["import", "nowhere", "--out", "x.yaml"], "no such folder"),
    "a case": (["trace", "99999", "--scenario", "tiny", "--days", "1"], "a case of this run"),
    "dates exchanged": (["run", "tiny", "--from", "2023-03-09", "--until", "2023-03-01"], "exchange them"),
    "a window before the run": (["run", "tiny", "--until", "2022-12-01"], "--until"),
    "an unpublished year": (["run", "tiny", "--from", "2035-01-05"], "2035"),
    "the last year of all": (["run", "tiny", "--from", "9999-12-01"], "year"),
    "a length said twice": (["run", "tiny", "--days", "3", "--until", "2023-03-09"], "leave one out"),
    "no date": (["run", "tiny", "--from", "2023-13-05"], "%Y-%m-%d"),
    "no replication": (["run", "tiny", "--replications", "0"], "1"),
    "days without end": (["run", "tiny", "--days", "1000000"], "working days"),
    "no language of ours": (["run", "tiny", "--language", "fr"], "zh"),
    "a store that is a file": (["run", "tiny", *SHORT, "--store", "/dev/null"], "/dev/null"),
    "pictures into a file": (["run", "tiny", *SHORT, "--out", "/dev/null/x"], "/dev/null/x"),
    "pictures of a comparison into a file": (["compare", "does-one-window-pay", "--days", "200", "--out", "/dev/null/x"], "/dev/null/x"),
    "a folder to check": (["check", str(REFORMS)], "name its files, as in"),
    "a sweep beside worlds": (["compare", "tiny-questions", "--vary", "world.dispersion=0.1:0.2:0.1", "--worlds", "4"], "leave --vary out"),
    "a sweep beside groups": (["compare", "tiny-questions", "--vary", "world.dispersion=0.1:0.2:0.1", "--groups"], "leave --vary out"),
    "worlds too few": (["compare", "tiny-questions", "--worlds", "3"], "at least 4 worlds"),
    "an export that is no Parquet file": (["runs", "export", "all.csv"], "name it like x.parquet"),
    "a command": (["rum", "tiny"], "rum"),
}


@pytest.mark.parametrize("mistake", [*REFUSED])
def test_a_mistake_is_refused_in_words(mistake: str) -> None:
    words, told = REFUSED[mistake]
    code, _, err = call(*words)
    assert code == 2
    assert told in err
    assert "Traceback" not in err


def test_an_infeasible_answer_is_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulation.errors import Infeasible

    def no(*_: object, **__: object) -> None:
        raise Infeasible("no plan covers the day", ["two people at noon"])

    monkeypatch.setattr("simulation.verbs.load", no)
    code, _, err = call("run", "tiny")
    assert code == 1 and "two people at noon" in err


def test_the_command_itself_keeps_standard_output_clean() -> None:
    code = "from workbench.cli import main; main()"
    words = ["run", "tiny", "--days", "1", "--replications", "1", "--workers", "1", "--json"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert strict(done.stdout)["replications"] == 1
