"""The rules of a cover, switched off one by one, and what a solution says as a document and in words."""

import json
from dataclasses import replace
from math import inf, isfinite
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from optimization.cover import Cover, cover, cover_program
from optimization.rules import RULES, UnknownRule
from optimization.solution import Rule, Solution, Verified, verdict
from optimization.solvers import minimise, prices, savings, violations
from optimization.staffing_problem import usual
from simulation.verbs import load, load_reform
from workbench.cli import app
from workbench.solutions import decision, law_said, print_decision, print_solution


def hall() -> Cover:
    """Two employers, one shift of two periods, one window: three people of x and one of y, all for one class that needs two and three."""
    today = np.zeros((2, 1, 1), dtype=np.int64)
    today[0, 0, 0] = 1
    return Cover(
        sizes=np.array([1, 3]),
        names=("tax", "land"),
        body=(("x", "posted"), ("y", "posted")),
        covers=np.array([[True, True]]),
        paid=np.array([2.0]),
        windows=np.array([2]),
        window_names=("general",),
        serves={(0, 0): frozenset({0})},
        required=np.array([[2, 3]]),
        hours=np.array([1.0, 1.0]),
        today=today,
        missing=10.0,
        training=1.0,
        change=0.5,
    )


@pytest.mark.parametrize(
    ("without", "cost"),
    [
        # One of tax sits there: 2 paid, and 1 + 2 hours missing at 10.
        ((), 2 + 30.0),
        # One of land is trained and placed anew: 4 paid, 1 + .5, one hour missing; the window has two places.
        (("employers",), 4 + 1.5 + 10.0),
        # Two are trained: 6 paid, 2 + 1, nothing missing.
        (("employers", "windows"), 6 + 3.0),
        # Nobody is counted: two seats are filled from nothing, the second anew.
        (("people",), 4 + 0.5 + 10.0),
        (("people", "windows"), 6 + 1.0),
        (("people", "windows", "anew"), 6.0),
        # Work needs nobody, or is not asked for.
        (("one_queue",), 0.0),
        (("levels",), 0.0),
        (("leave_once",), 2 + 30.0),
    ],
)
def test_each_rule_can_be_left_out_and_costs_what_the_hand_says(without: tuple[str, ...], cost: float) -> None:
    found, answer, _ = cover(hall(), without=without)
    assert found is not None
    assert (answer.status, answer.objective) == ("proved", pytest.approx(cost))


def test_one_more_and_no_rule_at_all_are_priced_apart() -> None:
    """Without a head count of tax a second sits there: 4 + .5 + 10 in place of 32. a third has no window.

    Another one saves 17.5, one fewer costs 18, since nobody is placed anew; between the two the dual may be anywhere.
    """
    program, _ = cover_program(hall())
    answer = minimise(program)
    assert prices(program) == {"people: tax": pytest.approx(17.75, abs=0.25 + 1e-9)}
    assert savings(program, answer, ("people: tax", "windows: general")) == pytest.approx({"people: tax": 17.5, "windows: general": 0.0})
    apart, _ = cover_program(hall(), ("employers",))
    told = savings(apart, minimise(apart), ("windows: general",))
    assert told == pytest.approx({"windows: general": 15.5 - 9.0})


def test_nobody_is_trained_on_behalf_of_one_who_came() -> None:
    """Tax and land have one person each: tax's to land, land's to roads and to tax. Head counts come out, yet two leave land."""
    c = replace(
        hall(),
        names=("tax", "land", "roads"),
        sizes=np.array([1, 1, 0]),
        body=(("x", "posted"),) * 3,
        serves={(2, 0): frozenset({0})},
        today=np.zeros((3, 1, 1), dtype=np.int64),
    )
    for without, said in (((), 1), (("leave_once",), 0)):
        program, v = cover_program(c, without)
        x = np.zeros(len(program.costs))
        x[[v.moved[0, 1], v.moved[1, 2], v.moved[1, 0]]] = 1
        x[list(v.unmet.values())] = 3
        wrong = violations(program, x)
        assert len(wrong) == said
        assert all("2 is above 1" in words for words in wrong)


def test_a_rule_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownRule, match="no rule is called lunch; the rules of a cover are people, leave_once, employers, windows"):
        cover(hall(), without=("windows", "lunch"))


def test_every_rule_states_its_inequality() -> None:
    assert all(any(sign in (rule.__doc__ or "").splitlines()[0] for sign in ("<=", ">=", "=")) for rule in RULES.values())


def test_a_budget_that_cannot_pay_the_level_clashes_with_it_by_name() -> None:
    program, v = cover_program(hall())
    for cell in v.unmet.values():
        program.row({cell: 1.0}, upper=0.0, rule="nobody is missing")
    program.row({seat: 1.0 for seat in v.people.values()}, upper=9.0, rule="nine at most")
    answer = minimise(program)
    assert answer.status == "infeasible"
    assert set(answer.clash) in ({"nobody is missing", "people: tax"}, {"nobody is missing", "windows: general"})
    assert "confirmed by" in answer.backend


ROW = Verified("wait_mean", "all", "s", 900.0, 800.0, 700.0, inf, 10, "undecided", None, None, None, None)
SOLUTION = Solution(
    "bounded", 10.0, -inf, None, "HiGHS", 1, None, (ROW,), (Rule("windows", 3.0, inf), Rule("people", 2.0)), (("hours", 4.0),), digest="d",
)  # fmt: skip


def test_the_document_has_the_promised_names_and_is_strict_json() -> None:
    document = SOLUTION.document()
    json.dumps(document, allow_nan=False)
    promised = {"status", "objective", "bound", "gap", "backend", "seconds", "seed", "reform", "verified", "rules"}
    assert promised | {"digest", "clash", "first_replication", "model", "remarks"} == set(document)
    assert {"measure", "group", "target", "value", "low", "high", "n", "verdict"} <= set(document["verified"][0])
    assert document["rules"] == [{"rule": "windows", "price": 3.0, "saving": None}, {"rule": "people", "price": 2.0, "saving": None}]
    assert (document["bound"], document["verified"][0]["high"]) == (None, None)
    assert not isfinite(SOLUTION.why[0].saving or 0.0)


@pytest.mark.parametrize(("language", "words"), [("en", "cannot hold together"), ("zh", "不能同时满足")])
def test_an_infeasible_solution_is_told_by_what_clashes(language: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    infeasible = replace(SOLUTION, status="infeasible", objective=None, bound=None, clash=("budget", "level of land"))
    print_solution(infeasible, usual(load("tiny")), load("tiny"), as_json=False, language=language)
    told = capsys.readouterr().out
    assert words in told
    assert told.splitlines()[-2:] == [f"  {'工时预算' if language == 'zh' else 'budget'}", "  level of land"]
    print_solution(replace(infeasible, clash=()), usual(load("tiny")), load("tiny"), as_json=False, language=language)
    assert words not in capsys.readouterr().out


def test_an_answer_says_who_decides_when_what_it_costs_and_every_rule_of_law(capsys: pytest.CaptureFixture[str]) -> None:
    """As the file of `one-window` states it; tickets are taken for departments (R04) and promises get longer (R34)."""
    reform, hall = load_reform("one-window"), load("district-hall")
    told = decision(reform, hall)
    assert (told["authority"], told["lead_time_days"]) == ("district", 180.0)
    assert told["cost"] == {name: {"value": yuan, "low": None, "high": None} for name, yuan in (("once", 900_000.0), ("yearly", 480_000.0))}
    assert {(row["rule"], row["status"]) for row in told["warnings"]} == {("R04", "warning"), ("R34", "warning")}
    for language, words in (
        ("en", "Ready in 180 days. Cost: CNY 900,000 once, CNY 480,000 a year."),
        ("zh", "180天后就绪。费用：一次性90万元，每年48万元。"),
    ):
        print_decision(reform, hall, Path("out"), language)
        said = capsys.readouterr().out
        assert words in said and "onewindow check out/one-window.yaml" in said
        assert not any(rule in said for rule in ("R04", "R34", "no rule of law", "法律规则"))


@pytest.mark.parametrize(
    ("language", "rule", "whom"),
    [
        ("en", "  warning R04, Administrative Licensing Law 24, 26; Business Environment Regulation 36: A service centre accepts and ",
         "    “Enrolment in social insurance”, step “acceptance” (Service centre accepts for Human resources and social security); "),
        ("zh", "  提示 R04，行政许可法第24、26条；优化营商环境条例第36条：政务服务中心受理、送达，",
         "    “社会保险参保登记”的“受理”环节（由 政务服务中心 代 人力资源和社会保障局 受理）；"),
    ],
)  # fmt: skip
def test_the_law_is_told_by_rule_article_and_whom_it_concerns_and_not_by_keys_of_a_file(language: str, rule: str, whom: str) -> None:
    lines = law_said(load_reform("one-window"), load("district-hall"), language).splitlines()
    assert lines[1].startswith(rule) and lines[2].startswith(whom)
    assert "centre.items" not in "\n".join(lines) and ("and 28 more" in lines[2] or "另有28处" in lines[2])
    merged = law_said(load_reform("large-department"), load("district-hall"), language)
    assert merged.count("assumed: to be authorised" if language == "en" else "暂按已获批处理") == 1  # thrice, of the proposal itself
    assert law_said(load_reform("tiny-one-time-notice"), load("tiny"), language) == law_said(None, load("tiny"), language) == ""


def test_what_the_law_says_stands_after_the_first_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.solutions.law_said", lambda reform, scenario, language: f"LAW OF {reform.name}")
    words = ["optimize", "staffing", "tiny", "--replications", "2", "--days", "3", "--store", str(tmp_path), "--workers", "1"]
    lines = CliRunner().invoke(app, words).stdout.splitlines()
    assert lines[0].startswith("75 paid hours a week in place of 110 would do by the search") and lines[1] == "LAW OF tiny-staffing"
    assert sum("LAW" in line for line in lines) == 1


def test_without_a_reform_nobody_decides_and_a_reform_that_costs_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert decision(None, load("tiny")) == {"authority": None, "lead_time_days": None, "cost": None, "warnings": []}
    print_decision(load_reform("tiny-one-time-notice"), load("tiny"), None, "en")
    assert capsys.readouterr().out.startswith("Decided by: the centre. Ready at once. Cost: none stated.\nIt breaks no rule of law")


def test_a_target_outside_the_interval_is_decided_and_one_inside_is_not() -> None:
    assert [verdict(3, 5, t) for t in (6, 5, 4, 3, 2, None)] == ["met", "met", "undecided", "undecided", "missed", None]
