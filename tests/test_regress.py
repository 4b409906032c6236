"""Regression: what is kept agrees with what is found, or the difference is told, with its size and the right exit code."""

import json
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from typer.testing import CliRunner

from simulation.files import dump
from simulation.moved import compared, two_one_sided
from simulation.regression import Expectations, Run, Series, first_expectations, load_expectations, observed, question
from simulation.units import Count, Factor, Share
from workbench.cli import app
from workbench.regress import Request, regress, said, sentence

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
TINY = (ROOT / "scenarios" / "baselines" / "tiny.yaml").read_text(encoding="utf-8")
SHORT = TINY.replace("horizon: {warm_up_wd: 2, window_wd: 5, run_out_wd: 10}", "horizon: {warm_up_wd: 1, window_wd: 1, run_out_wd: 1}")
SMALL = Path("small.yaml")
KEPT = Path("small.expected.yaml")


@pytest.fixture(autouse=True)
def _workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with one small scenario."""
    monkeypatch.chdir(tmp_path)
    SMALL.write_text(SHORT, encoding="utf-8")


def call(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["regress", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def kept(_workplace: None) -> Path:
    """Expectations of the small scenario, written into the working folder, which may be pytester's."""
    SMALL.write_text(SHORT, encoding="utf-8")
    assert call("small.yaml", "--update", "--workers", "1")[0] == 0
    return KEPT


@pytest.fixture
def ten(kept: Path) -> Path:
    """The same with ten replications, as many as `--moved` asks for."""
    kept.write_text(kept.read_text(encoding="utf-8").replace("replications: 4", "replications: 10"), encoding="utf-8")
    assert call("small.yaml", "--update", "--workers", "1")[0] == 0
    return kept


def edited(path: Path, line: str, change: Any) -> None:
    """Change the numbers of one line of a file of expectations."""
    text = path.read_text(encoding="utf-8")
    (old,) = re.findall(rf"^ +{line}: .*$", text, re.MULTILINE)
    name, _, numbers = old.partition(": ")
    new = " ".join(f"{change(float(x)):.10g}" for x in numbers.split())
    path.write_text(text.replace(old, f"{name}: {new}"), encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios" / "expectations").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_library_gives_what_is_expected_of_it(path: Path) -> None:
    report = regress(str(path))
    assert report.exit_code == 0, "\n".join(said(report))


def test_an_update_writes_what_is_then_equal_and_a_second_update_writes_nothing(kept: Path) -> None:
    before = kept.read_bytes()
    code, out, _ = call("small.yaml", "--workers", "1")
    assert code == 0 and out.startswith("small.expected.yaml: equal (") and len(out.splitlines()) == 1
    code, out, _ = call(str(kept), "--update", "--workers", "1")
    assert code == 0 and "unchanged" in out and kept.read_bytes() == before
    assert load_expectations(kept).replications == 4


def test_a_count_that_differs_is_told_with_size_and_replication(kept: Path) -> None:
    cases = [float(x) for x in re.findall(r"cases: (.*)", kept.read_text(encoding="utf-8"))[0].split()]
    edited(kept, "cases", lambda x: x + 4 if x == cases[2] else x)
    code, out, _ = call("small.yaml", "--workers", "1")
    assert code == 1 and "differs" in out.splitlines()[0]
    mean = sum(cases) / 4
    assert f"cases: expected {mean + 1:.6g}, found {mean:.6g} on average, -1 (" in out and "in replications 2\n" in out
    assert "--moved" in out.splitlines()[-1]


def test_a_digest_that_differs_is_told(kept: Path) -> None:
    text = kept.read_text(encoding="utf-8")
    first = re.findall(r"- \"?([0-9a-f]{16})\"?\n", text)[0]
    kept.write_text(text.replace(first, "0" * 16), encoding="utf-8")
    code, out, _ = call("small.yaml", "--workers", "1")
    assert code == 1 and "digest of the log: not the same in replications 0" in out
    assert "(3/4 digests" in out, "four replications, the digest of one changed by hand"


@pytest.mark.parametrize(("times", "code"), [(1 + 5e-7, 0), (1 + 5e-6, 1)])
def test_a_value_may_differ_by_its_tolerance_and_no_more(kept: Path, times: float, code: int) -> None:
    edited(kept, "trips", lambda x: x * times)
    found, out, _ = call("small.yaml", "--workers", "1")
    assert found == code and ("trips [trips]: expected" in out) == bool(code)


@pytest.mark.parametrize(("times", "verdict", "code"), [(1.02, "equivalent", 0), (1.2, "not equivalent", 1)])
def test_what_was_meant_to_move_is_held_against_its_margin(ten: Path, times: float, verdict: str, code: int) -> None:
    edited(ten, "trips", lambda x: x * times)
    edited(ten, "cases", lambda x: x + 1)
    assert call("small.yaml", "--workers", "1")[0] == 1
    found, out, _ = call("small.yaml", "--workers", "1", "--moved", "--json")
    assert found == code
    (file,) = json.loads(out)["files"]
    verdicts = {f["what"]: f["verdict"] for f in file["findings"] if f["verdict"] != "equal"}
    assert verdicts == {"cases": "moved", "trips": verdict} and file["verdict"] == verdict


def test_an_update_of_what_was_meant_to_move_writes_only_within_the_margin(ten: Path) -> None:
    edited(ten, "trips", lambda x: x * 1.2)
    before = ten.read_bytes()
    code, out, _ = call("small.yaml", "--workers", "1", "--moved", "--update")
    assert code == 1 and "not written" in out and ten.read_bytes() == before
    edited(ten, "trips", lambda x: x / 1.2 * 1.01)
    assert call("small.yaml", "--workers", "1", "--moved", "--update")[0] == 0
    assert call("small.yaml", "--workers", "1")[0] == 0


def test_few_replications_tell_no_move(kept: Path) -> None:
    """Four of a change that shows in one of twenty mostly see nothing of it."""
    edited(kept, "trips", lambda x: x * 1.02)
    code, _, err = call("small.yaml", "--workers", "1", "--moved")
    assert code == 2 and "10 at least" in err and "replications: 4" in err


def test_a_changed_scenario_is_found_and_what_stands_above_the_file_stays(kept: Path) -> None:
    kept.write_text("# agreed in March\n" + kept.read_text(encoding="utf-8"), encoding="utf-8")
    SMALL.write_text(SHORT.replace("rate: 26 per day", "rate: 27 per day"), encoding="utf-8")
    code, out, _ = call("small.yaml", "--workers", "1")
    assert code == 1 and "cases: expected" in out
    assert call("small.yaml", "--workers", "1", "--update")[0] == 0
    assert kept.read_text(encoding="utf-8").startswith("# agreed in March\nkind: expectations\n")


def test_who_edits_what_is_stated_writes_the_rest_anew(kept: Path) -> None:
    """With other replications what was found no longer fits: a comparison is refused, an update writes it."""
    kept.write_text(kept.read_text(encoding="utf-8").replace("replications: 4", "replications: 2"), encoding="utf-8")
    code, _, err = call("small.yaml")
    assert code == 2 and "one entry for each of the 2 replications" in err and "write anew with --update" in err
    assert call("small.yaml", "--update", "--workers", "1")[0] == 0
    assert len(load_expectations(kept).runs[0].digests) == 2 and call("small.yaml", "--workers", "1")[0] == 0
    kept.write_text(kept.read_text(encoding="utf-8").replace("margin:", "margn:"), encoding="utf-8")
    code, _, err = call("small.yaml", "--update")
    assert code == 2 and "did you mean `margin`?" in err


def test_what_is_refused_is_exit_code_2_with_words_and_the_rest_is_run(kept: Path) -> None:
    code, out, err = call("small.yaml", "tiny-question", "--workers", "1")
    assert code == 2 and "small.expected.yaml: equal" in out and "did you mean `tiny-questions`?" in err
    Path("other.yaml").write_text(SHORT, encoding="utf-8")
    code, _, err = call("other.yaml")
    assert code == 2 and "`onewindow regress other.yaml --update` writes" in err
    kept.write_text(kept.read_text(encoding="utf-8").replace("margin:", "margn:"), encoding="utf-8")
    line = kept.read_text(encoding="utf-8").splitlines().index("margn: 0.05") + 1
    code, _, err = call("small.yaml")
    assert code == 2 and f"small.expected.yaml:{line}: margn" in err and "did you mean `margin`?" in err
    code, _, err = call("tiny-questions", "--days", "2")
    assert code == 2 and "--update" in err


def test_another_kind_of_file_is_refused() -> None:
    reform = ROOT / "scenarios" / "reforms" / "tiny-one-window.yaml"
    Path("reform.yaml").write_text(reform.read_text(encoding="utf-8"), encoding="utf-8")
    code, _, err = call("reform.yaml", "--update")
    assert code == 2 and "this is a reform" in err


def test_junit_has_a_case_for_each_entry_a_failure_for_what_moved_and_an_error_for_what_is_refused(kept: Path) -> None:
    edited(kept, "trips", lambda x: x * 2)
    assert call("small.yaml", "nowhere", "--junit", "out/report.xml", "--workers", "1")[0] == 2
    first, second = fromstring(Path("out/report.xml").read_bytes())
    expected = load_expectations(kept)
    assert int(first.attrib["tests"]) == len(first) == 1 + len(expected.runs[0].counts) + len(expected.runs[0].values)
    (failed,) = [case for case in first if case.find("failure") is not None]
    assert failed.attrib["name"] == "value: trips" and "expected" in failed.find("failure").attrib["message"]  # type: ignore[union-attr]
    assert (first.attrib["failures"], second.attrib["errors"]) == ("1", "1")


def test_junit_stays_xml_whatever_a_file_holds(kept: Path) -> None:
    kept.write_text(kept.read_text(encoding="utf-8").replace("margin: 0.05", 'margin: "a\\u0001b<"'), encoding="utf-8")
    assert call("small.yaml", "--junit", "report.xml")[0] == 2
    (error,) = fromstring(Path("report.xml").read_bytes()).iter("error")
    assert "margin" in (error.text or "")


def test_seed_replications_and_window_are_stated_when_a_file_is_first_written() -> None:
    assert call("small.yaml", "--update", "--seed", "7", "--replications", "2", "--days", "2", "--workers", "1")[0] == 0
    expected = load_expectations(KEPT)
    assert (expected.seed, expected.replications, expected.horizon and expected.horizon.window_wd) == (7, 2, 2)
    assert call("small.yaml", "--workers", "1")[0] == 0


def test_more_replications_keep_the_first_ones() -> None:
    """Six replications are two tasks of five and one; the first two are the same as when only two are run."""
    few, many = (observed(question(SMALL, e), e) for e in (first_expectations(SMALL, replications=n) for n in (2, 6)))
    assert many[0].digests[:2] == few[0].digests and len(set(many[0].digests)) == 6
    assert many[0].values["trips"].numbers[:2] == few[0].values["trips"].numbers


def test_groups_of_the_headline_and_of_what_has_no_sum_are_kept() -> None:
    text = (ROOT / "scenarios" / "experiments" / "tiny-questions.yaml").read_text(encoding="utf-8")
    text = text.replace("measure: trips}", "measure: trips, group: month:1}\nview: transition").replace("utilisation]", "days_by_cause]")
    Path("months.yaml").write_text(text, encoding="utf-8")
    expected = first_expectations(Path("months.yaml"), replications=1, days=20)
    baseline, reformed = observed(question(Path("months.yaml"), expected), expected)
    assert (baseline.scenario, reformed.scenario) == ("tiny", "tiny-one-time-notice")
    assert {"trips", "trips month:1", "days_by_cause cause:working"} <= baseline.values.keys()
    assert not any("class:" in what for what in baseline.values)


# --- the comparison itself ---------------------------------------------------------------------------------------


def expectations(*runs: Run, **more: Any) -> Expectations:
    told = {"replications": Count(3), "seed": Count(1), "tolerance": Share(0.000001), "margin": Share(0.05), "runs": runs, **more}
    return Expectations(kind="expectations", **told)


def one(wait: str, scenario: str = "tiny", left: str | None = None) -> Run:
    counts = {"cases": Series.parse("5 5 5")} | ({} if left is None else {"queue left": Series.parse(left)})
    return Run(scenario=scenario, digests=("0" * 16,) * 3, counts=counts, values={"wait_mean": Series.parse(wait)})


@pytest.mark.parametrize(("margin", "verdict"), [(3.69, "equivalent"), (3.68, "not equivalent")])
def test_two_one_sided_tests_by_hand(margin: float, verdict: str) -> None:
    """Differences 1, 2, 3: mean 2, standard error 1/sqrt(3), t(2; 0.95) = 2.919986, interval 2 -+ 1.685854."""
    low, high = two_one_sided([1, 2, 3])
    assert low == pytest.approx(0.314146, abs=1e-6) and high == pytest.approx(3.685854, abs=1e-6)
    expected = expectations(one("10 20 30"), margins={"wait_mean": Factor(margin)})
    (found,) = [f for f in compared(expected, [one("11 22 33")], moved=True) if f.part == "value"]
    assert (found.verdict, found.low, found.high, found.margin) == (verdict, low, high, margin)


def test_a_margin_is_a_part_of_the_mean_expected_unless_stated_for_the_measure() -> None:
    (found,) = [f for f in compared(expectations(one("10 20 30")), [one("10 20 31")], moved=True) if f.part == "value"]
    assert found.margin == pytest.approx(0.05 * 20)


@pytest.mark.parametrize(
    ("before", "after", "plain", "moved"),
    [
        ("10 none 30", "10 none 30", "equal", "equal"),
        ("10 20 30", "10 none 30", "differs", "not equivalent"),
        ("none none none", "10 20 30", "differs", "not equivalent"),
    ],
)
def test_what_was_not_to_be_measured_is_equal_to_itself_only(before: str, after: str, plain: str, moved: str) -> None:
    for meant, verdict in ((False, plain), (True, moved)):
        (found,) = [f for f in compared(expectations(one(before)), [one(after)], meant) if f.part == "value"]
        assert found.verdict == verdict


@pytest.mark.parametrize(("margin", "verdict"), [(2.01, "equivalent"), (1.99, "not equivalent")])
def test_a_difference_that_is_always_the_same_has_no_interval_and_says_how_many_may_differ(margin: float, verdict: str) -> None:
    """2 in each of three replications: 1 - 0.05^(1/3) = 63 % of replications may still differ."""
    expected = expectations(one("10 20 30"), margins={"wait_mean": Factor(margin)})
    (found,) = [f for f in compared(expected, [one("12 22 32")], moved=True) if f.part == "value"]
    assert (found.verdict, found.low, found.high, found.constant) == (verdict, None, None, 2)
    assert found.may_differ == pytest.approx(0.6316, abs=1e-4)
    assert "63%" in sentence(found) and "no interval" in sentence(found) and "无区间" in sentence(found, "zh")


def test_moves_are_held_against_what_was_first_accepted() -> None:
    """Margin 2 around 20: expected 21.5 by now, 22.9 is only 1.4 more, but 2.9 since the first 20; back at 20.5 it is within."""
    since = one("11.5 21.5 31.5").model_copy(update={"first": {"wait_mean": Series.parse("10 20 30")}})
    expected = expectations(since, margins={"wait_mean": Factor(2)})
    for now, verdict in (("12.8 22.9 33", "not equivalent"), ("10.4 20.5 30.6", "equivalent")):
        (found,) = [f for f in compared(expected, [one(now)], moved=True) if f.part == "value"]
        assert found.verdict == verdict and found.first == (10, 20, 30)
        assert "first accepted at 20" in sentence(found)


def test_small_moves_that_are_accepted_do_not_add_up_beyond_the_margin_unseen(ten: Path) -> None:
    """Trips found are 4 % above the first accepted; then 8 %: each move is 4 %, the margin 5 %. A plain --update begins anew."""
    found = ten.read_text(encoding="utf-8")
    edited(ten, "trips", lambda x: x / 1.04)
    assert call("small.yaml", "--moved", "--update", "--workers", "1")[0] == 0
    once = ten.read_text(encoding="utf-8")
    assert "first:" in once
    assert call("small.yaml", "--workers", "1")[0] == 0, "what was accepted is what is expected"
    (line, first) = re.findall(r"^ +trips: .*$", once, re.MULTILINE)
    down = " ".join(f"{float(x) / 1.04:.10g}" for x in first.partition(": ")[2].split())
    halfway = " ".join(f"{float(x) / 1.04:.10g}" for x in line.partition(": ")[2].split())
    ten.write_text(once.replace(first, f"      trips: {down}").replace(line, f"      trips: {halfway}"), encoding="utf-8")
    code, out, _ = call("small.yaml", "--moved", "--update", "--workers", "1")
    assert code == 1 and "first accepted" in out
    assert call("small.yaml", "--update", "--workers", "1")[0] == 0
    assert ten.read_text(encoding="utf-8") == found


def test_one_replication_shows_no_equivalence() -> None:
    assert two_one_sided([0.0]) == (None, None)


def test_a_scenario_that_came_or_went_differs_also_where_numbers_were_meant_to_move() -> None:
    for meant in (False, True):
        found = compared(expectations(one("1 2 3"), one("1 2 3", "old")), [one("1 2 3"), one("1 2 3", "new")], meant)
        assert [(f.scenario, f.part) for f in found if not f.good] == [("new", "run"), ("old", "run")]


def test_a_count_without_a_line_is_zero() -> None:
    """A kind of event that did not happen has no line; one that happens now was expected not to."""
    assert all(f.good for f in compared(expectations(one("1 2 3", left="0 0 0")), [one("1 2 3")]))
    (found,) = [f for f in compared(expectations(one("1 2 3")), [one("1 2 3", left="0 2 0")]) if not f.good]
    assert (found.what, found.expected, found.found, found.differing) == ("queue left", (0, 0, 0), (0, 2, 0), (1,))


def test_what_is_written_reads_back_as_the_same_numbers() -> None:
    line = Series.of([1 / 3, None, 1e-7, 123456789012.0, -0.0])
    assert str(line) == "0.3333333333 none 0.0000001 123456789000 0"
    expected = expectations(one("1 2 3"))
    Path("x.expected.yaml").write_text(dump(expected), encoding="utf-8")
    assert Series.parse(str(line)) == line and load_expectations(Path("x.expected.yaml")) == expected


def test_a_report_is_told_in_chinese(ten: Path) -> None:
    edited(ten, "trips", lambda x: x * 2)
    told = "\n".join(said(regress("small.yaml", Request(moved=True)), "zh"))
    assert "未能证明等效" in told and "每件跑动次数" in told and "90%区间" in told and "expected" not in told.replace(KEPT.name, "")


def test_the_workflow_to_copy_calls_what_there_is() -> None:
    text = (ROOT / "scenarios" / "examples" / "regress.yml").read_text(encoding="utf-8")
    (words,) = re.findall(r"onewindow regress (.*)", text)
    named = CliRunner().invoke(app, ["regress", "--help"], env={"COLUMNS": "200"}).stdout
    assert all(word in named for word in words.split() if word.startswith("--"))
    assert (Path("x") / words.split()[-1]).name in text.partition("path: ")[2], "the report that is kept is the one that is written"


# --- the plug-in -------------------------------------------------------------------------------------------------


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Words that load the plug-in once, installed or not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return ["-p", "workbench.pytest_plugin", "--strict-config", "--strict-markers", "-q"]


def test_pytest_alone_runs_what_is_expected(pytester: pytest.Pytester, kept: Path, alone: list[str]) -> None:
    Path("foreign.expected.yaml").write_text("kind: Deployment\n", encoding="utf-8")
    pytester.runpytest(*alone).assert_outcomes(passed=1)
    edited(kept, "trips", lambda x: x * 2)
    done = pytester.runpytest(*alone)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*trips [[]trips[]]: expected*found*"])
    assert "Traceback" not in done.stdout.str()


def test_a_broken_file_fails_in_pytest_with_its_words(pytester: pytest.Pytester, kept: Path, alone: list[str]) -> None:
    kept.write_text(kept.read_text(encoding="utf-8").replace("margin:", "margn:"), encoding="utf-8")
    done = pytester.runpytest(*alone)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*did you mean `margin`?*"])


def test_the_plug_in_is_announced_to_pytest_and_does_not_reach_our_own_files() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (name,) = project["project"]["entry-points"]["pytest11"].values()
    assert callable(import_module(name).pytest_collect_file)
    assert import_module(name).ENDING == import_module("simulation.regression").ENDING
    for folder in project["tool"]["pytest"]["ini_options"]["testpaths"]:
        assert not [*(ROOT / folder).rglob("*.expected.yaml")], "what lies there is run by the plug-in and by this file"
