"""What an answer about mergers says and draws: whether to merge at all, held against what, at what price, and what to do instead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from test_merging import asked, hall

from optimization.bodies import Partitioned
from optimization.fourwords import GAP, MEASURES, OWNED, WORDS, Point, judged, not_behind, on_front
from optimization.fourwords import TINY as FOUR_TINY
from optimization.merging import Merger, Proposal
from optimization.outlay import as_one
from optimization.solution import Solution
from optimization.weights import Weights
from simulation.reforms import apply
from simulation.verbs import Settings, load_reform
from workbench.findings import _paid_hours, of_merging
from workbench.language import measure_name
from workbench.merger_pictures import department_map, four_words
from workbench.mergers import _print_front, gain_between
from workbench.optimize import Answer, propose
from workbench.quantities import TINY
from workbench.solutions import instead_words


def plain() -> Weights:
    """Weights of which an answer says nothing."""
    return Weights((), np.ones(0), {}, {}, np.zeros((0, 0)), 72.0)


def test_the_gap_between_halls_is_the_word_unified_where_there_are_several_halls() -> None:
    """Unified is a figure with its interval like the others; a gap of a minute more, all else equal, is off the front."""

    def told(name: str, gap: float) -> Point:
        row = {"difference": gap - 120, "difference_low": gap - 130, "difference_high": gap - 110, "value": gap}
        figures = {GAP: row, ("lead_wd", "all"): {**row, "difference_low": -99, "difference_high": 99}}
        return Point(name, 3, None, None, figures, apart=figures)

    near, far, between = told("near", 60.0), told("far", 120.0), told("between", 115.0)
    assert [p.front for p in on_front([near, far])] == [True, False]
    assert WORDS["unified"] == (GAP,) and any(measure.name == GAP[0] for measure in MEASURES)
    assert [p.name for p in not_behind([near, far, between], far)] == ["near"], "5 s less, give or take 10: not told apart"
    assert not_behind([far, told("further", 180.0)], far) == ()


@pytest.mark.parametrize(
    ("measure", "value", "low", "high", "said"),
    [
        ("lead_wd", 3.0, -1.2, -0.8, "better"), ("lead_wd", 5.0, 0.8, 1.2, "worse"), ("lead_wd", 4.0, -0.2, 0.3, "open"),
        ("lead_wd", 4.02, 0.01, 0.03, "same"), ("paid_hours", 1183.9, 10.5, 10.5, "same"), ("late_promise", 0.0, 0.0, 0.0, "same"),
        (OWNED.name, 0.9, 0.04, 0.06, "better"), ("lead_wd", 4.0, None, None, "open"),
    ],
)  # fmt: skip
def test_a_difference_within_one_per_cent_is_neither_better_nor_worse(
    measure: str, value: float, low: float | None, high: float | None, said: str
) -> None:
    """4.00 to 4.02 days, 0.01 to 0.03 of interval, lies within 0.04; 1,173.4 to 1,183.9 hours within 11.7; more owned is better."""
    middle = 0.1 if low is None or high is None else (low + high) / 2
    assert judged({"value": value, "difference": middle, "difference_low": low, "difference_high": high}, measure) == said
    assert FOUR_TINY == TINY


def test_what_is_recommended_hurts_today_least_then_betters_the_proposal_most() -> None:
    """Three beat the merger: one is worse than today in paid hours, and of the two others one is better in two figures."""

    def told(name: str, lead: float, hours: float, today: float) -> Point:
        row = {"value": 100.0 + today, "difference": today, "difference_low": today, "difference_high": today}
        apart = {("lead_wd", "all"): {**row, "value": 4 + lead, "difference": lead, "difference_low": lead, "difference_high": lead},
                 ("paid_hours", "all"): {"value": 90 + hours, "difference": hours, "difference_low": hours, "difference_high": hours}}
        return Point(name, 3, None, None, {("paid_hours", "all"): row}, apart=apart)

    found = [told("merger", 0, 0, 0), told("dear", -1, -9, 5), told("one", -1, 0, 0), told("two", -1, -9, 0), told("worse", -1, 9, 0)]
    assert [p.name for p in not_behind(found, found[0])] == ["two", "one", "dear"]


@pytest.mark.parametrize("lead", [3.0, 5.0])
def test_a_merger_is_not_worth_it_where_another_way_is_surely_better(lead: float) -> None:
    """The merger takes 4 days and 10 hours; coordination 3 (or 5) days and as many hours, with one department more."""

    def told(name: str, bodies: int, days: float) -> Point:
        rest = {"low": None, "high": None, "difference": days - 6, "difference_low": days - 6.4, "difference_high": days - 5.6, "n": 5}
        hours = {**rest, "value": 10.0, "difference": 0.0, "difference_low": -0.5, "difference_high": 0.5}
        apart = {**rest, "difference": days - 4, "difference_low": days - 4.4, "difference_high": days - 3.6}
        figures = {("lead_wd", "all"): {"value": days, **rest}, ("paid_hours", "all"): hours}
        return Point(name, bodies, None, None, figures, apart={("lead_wd", "all"): {"value": days, **apart}, ("paid_hours", "all"): hours})

    problem = asked().model_copy(update={"alternatives": {"coordination": ("coordination",)}})
    names = tuple(hall().centre.departments)
    bodies = ((names[0], names[1]), *((name,) for name in names[2:]))
    reform = load_reform("coordination").model_copy(update={"name": "merged"})
    answer = Partitioned("proved", None, 29_000.0, 29_000.0, "by hand", 0)
    beside = (told("district-hall", 4, 6.0), told("merged", 3, 4.0), told("coordination", 4, lead))
    solution = Solution("proved", 29_000.0, 29_000.0, 0.0, "by hand", 1, reform)
    proposal = Proposal(reform, bodies, answer, {"merger": -12_000.0})
    merger = Merger(solution, plain(), (proposal,), (), (), None, beside)
    said, zh = (of_merging(merger, problem, hall(), language) for language in ("en", "zh"))
    better = lead < 4
    assert said.startswith("Do not merge: do “Coordination between departments”. Held against ") == better
    assert zh.startswith("不要合并：应改行“") == better
    assert said.startswith("Together become one: ") != better
    told = "better than the merger in mean charged time to decision, worse in nothing; better than today in mean charged time to decision,"
    assert (told in said) == better and ("(CNY 800,000 (400,000 to 2,000,000) once, CNY 250,000" in said) == better
    assert "gains 29,000 CNY a year" in said and "changes paid working time by 0.0 [-0.5 .. +0.5] hours a day. The two count" in said
    assert "spread over 10 years: with that at its low end the same merger gains 35,000 CNY a year, at its high end 1,000" in said
    assert "取其低端时同一合并收益35,000元/年，取其高端时1,000元/年" in zh


def test_paid_hours_that_surely_change_are_priced_beside_the_gain() -> None:
    """10.5 hours on 250 days at 72 CNY are 189,000; a high end of what merging costs below nothing is called a loss."""
    row = {"value": 1_183.9, "difference": 10.5, "difference_low": 10.4, "difference_high": 10.6}
    assert "+10.5 [+10.4 .. +10.6] hours a day, +189,000 CNY a year at the 72 CNY an hour" in _paid_hours(row, 72.0, "en")
    proposal = Proposal(None, (), Partitioned("proved", None, 90_926.0, 90_926.0, "by hand", 0), {"merger": -36_000.0})
    assert gain_between(proposal, asked()) == pytest.approx((6_926.0, 108_926.0))
    assert gain_between(replace(proposal, parts={}), asked()) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pictures_of_a_merger_explain_their_colours_and_bands(language: str) -> None:
    rest = {"low": None, "high": None, "n": 5, "value": 4.0, "difference": -1.0, "difference_low": -2.0, "difference_high": -0.5}
    beside = tuple(Point(name, 4, None, None, {("lead_wd", "all"): rest}) for name in ("today", "merged"))
    figure = four_words(cast(Any, SimpleNamespace(beside=beside)), {}, language)
    told = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    english = ["surely better than today", "surely worse than today", "none in practice: within 1 %", "not told apart"]
    wanted = english if language == "en" else ["确定优于现状", "确定差于现状", "实际无差别（1%以内）", "尚难区分"]
    assert told == wanted
    names = tuple(hall().centre.departments)
    bodies = ((names[0], names[1]), *((name,) for name in names[2:]))
    found = SimpleNamespace(names=names, parts={"handing": np.eye(len(names), k=1)})
    proposal = SimpleNamespace(reform=None, bodies=bodies, answer=SimpleNamespace(value=1.0, bound=1.0))
    assert figure.axes[1].get_title().startswith("“efficient”" if language == "en" else "“高效”")
    merger = SimpleNamespace(proposals=(proposal,), solution=SimpleNamespace(reform=None), weights=found, instead=("coordination",))
    drawn = department_map(cast(Any, merger), hall(), language)
    assert drawn.get_suptitle().startswith("Not worth it" if language == "en" else "不值得合并")
    assert drawn.axes[1].get_title().startswith("With the merger: " if language == "en" else "若合并：")
    texts = [text.get_text() for legend in drawn.legends for text in legend.get_texts()]
    assert ("wide band: becomes one body" if language == "en" else "宽弧：合为一个部门") in texts


def test_reforms_together_are_one_file_that_changes_what_they_change_one_after_the_other() -> None:
    """120,000 for the windows beside what joint approval states; the later lead time, the higher authority."""
    parts = [load_reform("delegate-to-window"), load_reform("joint-approval")]
    both = as_one(parts, "both", "district-hall")
    assert apply(hall(), both).centre == apply(hall(), *parts).centre
    assert float(both.cost.once) == sum(float(r.cost.once) for r in parts)
    assert float(both.lead_time) == max(float(r.lead_time) for r in parts) and both.title.zh == "＋".join(r.title.zh for r in parts)
    assert as_one(parts[:1], "x", "district-hall").edits == parts[0].edits


@pytest.mark.parametrize(("language", "words"), [
    ("en", ["out/coordination.yaml is recommended (“Coordination", "`onewindow compare out/coordination.yaml`",
            "out/merged.yaml is what was asked about and is not worth it"]),
    ("zh", ["建议采用 out/coordination.yaml", "out/merged.yaml 为所问方案"]),
])  # fmt: skip
def test_which_file_is_which_is_told_with_the_command_that_compares(language: str, words: list[str]) -> None:
    reform = load_reform("coordination")
    said = instead_words([reform], reform.model_copy(update={"name": "merged"}), hall(), Path("out"), language)
    assert all(one in said for one in words)
    assert "DIR/coordination.yaml" in instead_words([reform], reform, hall(), None, language)


def test_a_star_that_all_would_carry_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"value": 4.0, "low": None, "high": None}
    points = tuple(Point(name, 3, None, None, {("lead_wd", "all"): row}, front=True) for name in ("a", "b"))
    _print_front(points, {}, False)
    assert "*" not in capsys.readouterr().out
    _print_front((points[0], replace(points[1], front=False)), {}, False)
    assert "  * a" in capsys.readouterr().out


def test_every_measure_of_the_four_words_has_a_name_in_both_languages() -> None:
    assert all(measure_name(m.name, language) != m.name for m in MEASURES for language in ("en", "zh"))


def test_the_command_writes_what_is_recommended_beside_what_was_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recommended = load_reform("coordination")
    asked_about = recommended.model_copy(update={"name": "merged"})
    answer = Answer(Solution("proved", 1.0, 1.0, 0.0, "by hand", 1, asked_about), {}, lambda law: None, instead=[recommended])
    propose("merging", lambda *told: answer, "district-hall", None, Settings(), False, tmp_path, "en")
    said = capsys.readouterr().out
    assert "coordination.yaml is recommended" in said and "merged.yaml is what was asked about and is not worth it" in said
    assert said.index("is recommended") < said.index("Decided by")
    again = load_reform(str(tmp_path / "coordination.yaml"))
    assert again.edits == recommended.edits and (tmp_path / "merged.yaml").is_file()
