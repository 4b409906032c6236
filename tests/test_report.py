"""What commands print: nothing cut off, every measure by its name, and an answer in words that says what the rows say."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.cells import cell_len

from simulation.calibration.readers import read_log
from simulation.experiment import Experiment, Headline
from simulation.judgement import judge
from simulation.measures import CATALOGUE
from simulation.measures import CAUSES as CAUSES_OF_MEASURES
from simulation.measures.view import CASE_DIMENSIONS, TICKET_DIMENSIONS
from simulation.result import KEYS, Evidence, Result
from simulation.scenario import Scenario
from simulation.verbs import load, load_experiment, load_stress
from workbench.answer import careful_verdict, limits_in_words, sentence, sentences, verdict
from workbench.language import CAUSES, DIMENSIONS, MEASURES, MEMBERS, group_name, measure_name
from workbench.limits import Limits, limits_of
from workbench.quantities import UNITS, number, span, unit_name, written
from workbench.report import print_comparison, print_judgement, print_limits, print_run, print_sweep
from workbench.titles import labels_of, main_reforms, price, scenario_titles

Row = dict[str, Any]
NOTICE, WINDOW, BUNDLE = "tiny-one-time-notice", "tiny-one-window", "both"


def row(measure: str = "wait_mean", difference: tuple[float | None, ...] | None = None, **more: Any) -> Row:
    """A row of a result; `difference` is value, low, high."""
    apart = dict(zip(("difference", "difference_low", "difference_high"), difference or (None, None, None), strict=True))
    known = {
        "scenario": NOTICE, "baseline": "tiny", "stress": "none", "measure": measure, "group": "all", "unit": CATALOGUE[measure].unit,
        "value": 600.0, "low": 540.0, "high": 660.0, "n": 10, "identical": False, "simultaneous": False, "note": None,
    }  # fmt: skip
    return {key: {**known, **apart, **more}[key] for key in KEYS}


def experiment(**more: Any) -> Experiment:
    """The tiny questions with two reforms and a bundle of both."""
    told: Row = {
        "reforms": (NOTICE, WINDOW), "bundles": {BUNDLE: (NOTICE, WINDOW)},
        "headline": (Headline(reform=NOTICE, measure="trips"), Headline(reform=BUNDLE, measure="wait_mean")), **more,
    }  # fmt: skip
    return load_experiment("tiny-questions").model_copy(update=told)


def result(rows: list[Row], replications: pd.DataFrame | None = None) -> Result:
    columns = ("scenario", "stress", "replication", "measure", "group", "values")
    empty = pd.DataFrame({c: pd.Series([], dtype=object) for c in columns})
    return Result(tuple(rows), empty if replications is None else replications, Evidence.of(load("tiny")), {"replications": 10, "seed": 1})


def lengths(counts: Mapping[str, int]) -> pd.DataFrame:
    """Replications in which so many cases of each item were measured today."""
    rows = [("tiny", "none", 0, "lead_p90", f"item:{i}", np.zeros(n, dtype=np.int64)) for i, n in counts.items()]
    return pd.DataFrame(rows, columns=["scenario", "stress", "replication", "measure", "group", "values"])


# --- names -------------------------------------------------------------------------------------------------------


def test_every_measure_of_the_catalogue_has_a_name_in_both_languages() -> None:
    assert set(MEASURES) == set(CATALOGUE)
    for english, chinese in MEASURES.values():
        assert english.isascii() and not chinese.isascii()
        assert english[0].islower()
    for k in (0, 1):
        names = [both[k] for both in MEASURES.values()]
        assert len(set(names)) == len(names)


def test_every_unit_cause_and_dimension_has_a_name_in_both_languages() -> None:
    assert {m.unit for m in CATALOGUE.values()} <= set(UNITS)
    assert set(CAUSES) == set(CAUSES_OF_MEASURES)
    assert {*CASE_DIMENSIONS, *TICKET_DIMENSIONS, "window", "need", "cause"} <= set(DIMENSIONS)
    for english, chinese in [*CAUSES.values(), *DIMENSIONS.values(), *(both for by in MEMBERS.values() for both in by.values())]:
        assert english.isascii() and not chinese.isascii()


def test_a_group_is_called_by_its_title_where_one_is_known() -> None:
    assert group_name("item:trade-licence", "zh", labels_of(load("tiny"))) == "事项：经营许可"
    assert group_name("class:joint", "zh") == "办件类型：联办件"
    assert group_name("queue:q7", "en") == "queue: q7"


# --- figures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "value", "told"),
    [
        ("wait_mean", 141.0, "2.4"), ("wait_mean", -0.4, "0.0"), ("trips", 5.53e-06, "0.000"), ("trips", 1.23456, "1.235"),
        ("on_time_promise", 0.98765, "98.8"), ("lead_wd", 0.04261, "0.043"), ("lead_p90", 3.0, "3"), ("open_cases", 12345.0, "12,345.0"),
        ("queue_length", None, "–"),
    ],
)  # fmt: skip
def test_a_figure_has_the_decimals_of_its_unit(measure: str, value: float | None, told: str) -> None:
    assert number(row(measure, value=value), "value") == told


def test_a_difference_has_its_sign_and_nothing_has_none() -> None:
    assert [written(v, 1, signed=True) for v in (2.44, -2.44, 0.04, -0.04)] == ["+2.4", "-2.4", "0.0", "0.0"]
    assert span(row(difference=(-60.0, -90.0, 30.0)), "difference_low", "difference_high", signed=True) == "-1.5 .. +0.5"
    assert span(row(difference=(-60.0, None, 30.0)), "difference_low", "difference_high", signed=True) == "– .. +0.5"
    assert span(row(difference=(-60.0, None, None)), "difference_low", "difference_high") == ""


def test_the_unit_of_a_share_says_that_differences_are_percentage_points() -> None:
    assert unit_name("share", "en") == "%, differences in percentage points"
    assert unit_name("share", "zh") == "%，差值为百分点"
    assert unit_name("s", "zh") == "分钟"


# --- verdicts and sentences --------------------------------------------------------------------------------------

VERDICTS: Mapping[str, tuple[Row, str, str]] = {
    "shorter wait": (row(difference=(-60, -90, -30)), "better", "改善"),
    "longer wait": (row(difference=(60, 30, 90)), "worse", "变差"),
    "more in time": (row("on_time_promise", (0.1, 0.05, 0.15), value=0.9), "better", "改善"),
    "less in time": (row("on_time_promise", (-0.1, -0.15, -0.05), value=0.8), "worse", "变差"),
    "more in use": (row("utilisation", (0.1, 0.05, 0.15), value=0.5), "changed", "有变化"),
    "either": (row(difference=(-60, -90, 30)), "not resolved", "尚难判断"),
    "rounding": (row(difference=(-1e-17, -2e-17, -1e-18)), "not resolved", "尚难判断"),
    "the same": (row(difference=(0, 0, 0), identical=True), "identical", "无变化"),
    "no difference": (row(), "", ""),
    "no interval": (row(difference=(-60, None, None)), "not resolved", "尚难判断"),
}


@pytest.mark.parametrize("name", [*VERDICTS])
def test_a_verdict_follows_from_interval_and_direction(name: str) -> None:
    found, english, chinese = VERDICTS[name]
    assert (verdict(found), verdict(found, "zh")) == (english, chinese)


def test_a_verdict_on_less_than_a_hundredth_of_todays_value_says_so() -> None:
    """Today 603 s, then 600 s: 0.5 %. Up to 4 s more or less is none in practice, certain or not; up to 12 s is more than 1 %."""
    small = row(difference=(-3, -4, -2))
    assert (careful_verdict(small), careful_verdict(small, "zh"), verdict(small)) == ("under 1 %", "不足1%", "better")
    within = row(difference=(-3, -4, 2))
    assert (careful_verdict(within), careful_verdict(within, "zh"), verdict(within)) == ("no difference", "实际无差别", "not resolved")
    assert careful_verdict(row(difference=(-3, -12, 2))) == "not resolved"
    assert careful_verdict(row(difference=(-3, -12, -1))) == "better"
    assert careful_verdict(row(difference=(-60, -90, -30))) == "better"


SENTENCES: Mapping[str, tuple[Row, str, str]] = {
    "shorter": (
        row(difference=(-144.0, -174.0, -108.0)),
        "“R” shortens the mean wait by 2.4 minutes (1.8 to 2.9).", "“R”使平均等候时间缩短2.4分钟（1.8至2.9）。",
    ),
    "longer": (
        row("lead_wd", (0.0512, 0.044, 0.0587), value=1.0),
        "“R” lengthens the mean charged time to decision by 0.051 working days (0.044 to 0.059).",
        "“R”使平均计时办理时间延长0.051工作日（0.044至0.059）。",
    ),
    "share": (
        row("on_time_promise", (0.02, 0.017, 0.023), value=0.96),
        "“R” raises the share decided within the promised limit by 2.0 percentage points (1.7 to 2.3).",
        "“R”使承诺时限内办结率增加2.0百分点（1.7至2.3）。",
    ),
    "small": (
        row("on_time_promise", (-0.006, -0.008, -0.003), value=0.93),
        "“R” lowers the share decided within the promised limit by 0.6 percentage points (0.3 to 0.8), "
        "which is less than 1 % of today's value.",
        "“R”使承诺时限内办结率减少0.6百分点（0.3至0.8），不足现值的1%。",
    ),
    "smaller than shown": (
        row(difference=(-1.2, -1.8, -0.6)),
        "“R” shortens the mean wait by less than 0.1 minutes, which is less than 1 % of today's value.",
        "“R”使平均等候时间缩短不足0.1分钟，不足现值的1%。",
    ),
    "open": (
        row(difference=(-9.0, -54.0, 36.0)),
        "Whether “R” changes the mean wait cannot be told yet (-0.9 to +0.6 minutes); more replications would tell.",
        "“R”是否改变平均等候时间，尚难判断（差值-0.9至+0.6分钟）；请增加模拟次数。",
    ),
    "none in practice": (
        row(difference=(-1.2, -4.8, 3.6)),
        "“R” makes no difference in practice to the mean wait (-0.1 to +0.1 minutes, within 1 % of today's value).",
        "“R”对平均等候时间实际无影响（差值-0.1至+0.1分钟，在现值的1%以内）。",
    ),
    "identical": (
        row(difference=(0.0, 0.0, 0.0), identical=True),
        "“R” leaves the mean wait exactly as it is today.", "“R”下，平均等候时间与现状无变化。",
    ),
    "not reached": (
        row("lead_p90"),
        "“R”: what it does to the charged time to decision that 9 in 10 cases stay within cannot be said, too few cases came to an end.",
        "“R”对九成办件不超过的计时办理时间的影响无法判断：办结的件数太少。",
    ),
    "one replication": (
        row(difference=(-60.0, None, None)),
        "“R”: the mean wait differs from today by -1.0 minutes, without an interval.", "“R”下，平均等候时间与现状相差-1.0分钟，无区间。",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*SENTENCES])
def test_a_sentence_says_what_its_row_says(name: str) -> None:
    found, english, chinese = SENTENCES[name]
    assert sentence(found, "R", "en") == english
    assert sentence(found, "R", "zh") == chinese


def test_a_sentence_about_a_group_names_it() -> None:
    found, labels = row(difference=(-144.0, -174.0, -108.0), group="queue:licence"), labels_of(load("tiny"))
    assert "the mean wait (queue: Licences) by" in sentence(found, "R", "en", labels)
    assert "使平均等候时间（队列：证照）缩短" in sentence(found, "R", "zh", labels)


def test_a_sentence_about_a_stress_names_it() -> None:
    asked = experiment(headline=(Headline(reform=NOTICE, measure="wait_mean", stress="tiny-surge"),))
    whole = result([row(difference=(-144.0, -174.0, -108.0), stress="tiny-surge")])
    stress = load_stress("tiny-surge").title
    assert sentences(asked, whole, {NOTICE: "R"}, "en")[0].startswith(f"Under stress (“{stress.en}”): “R” shortens the mean wait")
    assert sentences(asked, whole, {NOTICE: "R"}, "zh")[0].startswith(f"压力情景“{stress.zh}”下：“R”使平均等候时间缩短")


# --- the tables --------------------------------------------------------------------------------------------------


def wide_rows() -> list[Row]:
    """Figures as long as they ever get, for every measure with a value over all."""
    rows = []
    for k, name in enumerate(("tiny", NOTICE, WINDOW, BUNDLE)):
        for measure in ("wait_mean", "trips", "on_time_promise", "lead_wd", "lead_p90", "utilisation", "open_cases"):
            factor = 1.0 if measure in ("trips", "on_time_promise", "utilisation", "lead_wd") else 14_216.0
            found = row(measure, scenario=name, value=0.97 * factor, low=-0.91 * factor, high=1.0 * factor, simultaneous=k == 3)
            apart = {"difference": -0.0171 * k * factor, "difference_low": -0.98 * factor, "difference_high": 0.93 * factor}
            rows.append({**found, **(apart if k else {})})
    return rows


def printed(capsys: pytest.CaptureFixture[str], draw: Callable[[], None]) -> str:
    draw()
    return capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("columns", ["40", "100", "300"])
def test_nothing_in_a_comparison_is_cut_off(
    language: str, columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    rows, asked = wide_rows(), experiment()
    out = printed(capsys, lambda: print_comparison(result(rows), asked, {"tiny": load("tiny")}, language=language))
    assert "…" not in out and "..." not in out.replace(" .. ", "")
    assert max(cell_len(line) for line in out.splitlines()) <= (120 if columns == "300" else 100)
    whole = "".join(out.split())
    for found in rows:
        parts = [number(found, "value"), span(found, "low", "high")]
        if found["difference"] is not None:
            parts += [number(found, "difference", signed=True), span(found, "difference_low", "difference_high", signed=True)]
        for part in parts:
            assert "".join(part.split()) in whole
        assert "".join(scenario_titles(asked, language)[found["scenario"]].split()) in whole or found["scenario"] == BUNDLE
    assert "e-0" not in out and "-0.0 " not in out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_section_says_its_measure_and_unit_once(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, lambda: print_comparison(result(wide_rows()), experiment(), {"tiny": load("tiny")}, language=language))
    tables = out.split("回答" if language == "zh" else "Answer")[0]
    assert tables.count(measure_name("wait_mean", language).capitalize()) == 1
    assert tables.count("分钟" if language == "zh" else "minutes") == 1
    assert tables.count("百分点" if language == "zh" else "percentage points") == 2
    assert ("现状" if language == "zh" else "today") in tables and ("* 同时" if language == "zh" else "* simultaneous") in tables


def test_a_comparison_ends_with_its_answer_and_names_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    rows = wide_rows()
    out = printed(capsys, lambda: print_comparison(result(rows), experiment(), {"tiny": load("tiny")}))
    answer = " ".join(out.split("\nAnswer\n")[1].split())
    bundle = next(r for r in rows if (r["scenario"], r["measure"]) == (BUNDLE, "wait_mean"))
    said, _, target = answer.rpartition(" Whether it meets its target, ")
    assert said.endswith(sentence(bundle, "Checked guides + Comprehensive windows", "en"))
    assert target.startswith("at most 20 minutes, is open: ")
    assert all(f"  {code}  " in out for code in ("tiny", NOTICE, WINDOW, BUNDLE))
    assert "today = A tiny hall" in out


def test_groups_of_the_headline_and_measures_without_a_total_have_sections_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(scenario=s, group=g) for s in ("tiny", NOTICE) for g in ("all", "queue:licence", "queue:household")]
    rows += [row("late_days_by_cause", scenario=s, group="cause:stall") for s in ("tiny", NOTICE)]
    asked = experiment(headline=(Headline(reform=NOTICE, measure="wait_mean", group="queue:licence"),))
    out = printed(capsys, lambda: print_comparison(result(rows), asked, {"tiny": load("tiny")}))
    assert "Mean wait, queue: Licences (minutes)" in out and "Household" not in out
    assert "cause: lying idle" in out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_names_every_measure_it_prints(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(name, group="cause:stall" if name == "late_days_by_cause" else "all") for name in CATALOGUE]
    out = printed(capsys, lambda: print_run(result(rows), load("tiny"), language=language))
    words = "".join(out.split()).lower()
    for name in CATALOGUE:
        assert name in out
        # A long name is folded, so only its beginning stands in one line.
        assert "".join(measure_name(name, language).split())[:12].lower() in words
    assert CAUSES["stall"][language == "zh"] in out and "…" not in out


def test_a_sweep_says_where_the_verdict_turns(capsys: pytest.CaptureFixture[str]) -> None:
    asked = experiment(headline=(Headline(reform=NOTICE, measure="wait_mean"),))
    better, small, worse = row(difference=(-60, -90, -30)), row(difference=(-3, -4, -2)), row(difference=(60, 30, 90))
    found = [(str(k), result([r])) for k, r in enumerate((better, small, worse))]
    out = printed(capsys, lambda: print_sweep(asked, "world.x", found, as_json=False, language="en"))
    assert "Checked guides: Mean wait (minutes)" in out
    assert [("turns" in line) for line in out.splitlines() if ".." in line] == [False, False, True]
    document = json.loads(printed(capsys, lambda: print_sweep(asked, "world.x", found, as_json=True, language="en")))
    assert [r["verdict"] for r in document["rows"]] == ["better", "better", "worse"]
    assert [r["flips"] for r in document["rows"]] == [False, False, True]


@pytest.mark.parametrize(
    ("language", "told"), [("en", "not measurable: mean wait (wait_mean;"), ("zh", "无法计算: 平均等候时间 (wait_mean;")]
)
def test_what_a_log_cannot_support_is_named(language: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    judgement = judge(read_log(Path(__file__).parent / "data" / "receipt_synthetic.csv"))
    out = printed(capsys, lambda: print_judgement(judgement, as_json=False, language=language))
    assert told in out and "…" not in out
    assert ("承诺时限内办结率" if language == "zh" else "Share decided within the promised limit") in out


# --- what could be promised --------------------------------------------------------------------------------------


def many_items(limits: Mapping[str, tuple[str, int, int]]) -> Scenario:
    """The tiny hall with these items: class, legal limit, promise."""
    tiny = load("tiny")
    one = tiny.centre.items["trade-licence"]
    wd = type(one.legal_wd)
    items = {}
    for name, (kind, law, own) in limits.items():
        title = one.title.model_copy(update={"en": f"Item {name}", "zh": f"事项{name}"})
        items[name] = one.model_copy(update={"title": title, "case_class": kind, "legal_wd": wd(law), "promise_wd": wd(own)})
    return tiny.model_copy(update={"centre": tiny.centre.model_copy(update={"items": items})})


@pytest.fixture
def found() -> Limits:
    """Five items; `kept` most often, then `broken`, `slow`, `rare`; `spot` is decided on the spot today and promised under the reform."""
    kept, rare = ("committed", 20, 5), ("joint", 45, 8)
    spot, slow = ("instant", 20, 0), ("upward", 10, 7)
    today = many_items({"rare": rare, "broken": ("committed", 20, 3), "kept": kept, "slow": slow, "spot": spot})
    then = many_items({"rare": rare, "broken": spot, "kept": kept, "spot": ("committed", 20, 3)})
    high: dict[tuple[str, str], float | None] = {
        ("tiny", "kept"): 3.0, ("tiny", "broken"): 4.0, ("tiny", "slow"): 11.0, ("tiny", "rare"): None, ("tiny", "spot"): 0.0,
        (NOTICE, "kept"): 2.0, (NOTICE, "broken"): 0.0, (NOTICE, "rare"): None, (NOTICE, "spot"): 1.0,
    }  # fmt: skip
    rows = [row("lead_p90", scenario=s, group=f"item:{i}", value=1.0, low=1.0, high=h) for (s, i), h in high.items()]
    counts = lengths({"kept": 90, "broken": 80, "slow": 70, "rare": 2, "spot": 500})
    return limits_of(result(rows, counts), {"tiny": today, NOTICE: then})


def test_what_holds_is_the_upper_end_of_the_interval(found: Limits) -> None:
    told = {(o["item"], o["scenario"]): o for o in found.documents()}
    assert told["kept", "tiny"] == {
        "item": "kept", "scenario": "tiny", "class": "committed", "legal_wd": 20, "promise_wd": 5, "holds_90_wd": 3, "cases": 90,
    }  # fmt: skip
    assert told["broken", NOTICE]["holds_90_wd"] == 0 and told["broken", NOTICE]["promise_wd"] == 0
    assert told["rare", "tiny"]["holds_90_wd"] is None
    assert ("slow", NOTICE) not in told


def test_items_promised_by_a_date_today_come_by_their_cases(found: Limits) -> None:
    assert found.promised() == ["kept", "broken", "slow", "rare"]
    assert found.newly_promised(NOTICE) == ["spot"]
    assert found.offers["broken"]["tiny"].broken and not found.offers["kept"]["tiny"].broken
    assert not found.offers["slow"]["tiny"].lawful


def test_the_counts_in_words_are_those_of_the_offers(found: Limits) -> None:
    """Today: known are kept 3 of 5, broken 4 of 3, slow 11 of 7. Then: kept 2 of 5, broken 0 of 3; `slow` is no item any more."""
    today, then = limits_in_words(found, {"tiny": "today", NOTICE: "R"}, "en")
    assert today.startswith("today: of 3 items with enough cases, 1 keep today's promise in 9 of 10 cases and 1 of them could")
    assert then.startswith("R: of 2 items with enough cases, 2 keep")
    assert then.endswith("1 items that are decided on the spot today would need a promised limit.")
    assert limits_in_words(found, {"tiny": "现状", NOTICE: "R"}, "zh")[1].endswith("现在当场办结的1个事项将需要承诺时限。")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_table_of_limits_marks_and_refuses(language: str, found: Limits, capsys: pytest.CaptureFixture[str]) -> None:
    print_limits(found, {"tiny": "today", NOTICE: "R"}, language)
    lines = capsys.readouterr().out.splitlines()
    head = "事项" if language == "zh" else "Item "
    texts = [" ".join(line.split()) for line in lines if line.startswith(head)]
    rows = {text.removeprefix(head).split()[0]: text for text in texts if text != head}
    few, day = ("件数太少", "当日") if language == "zh" else ("too few cases", "same day")
    assert rows["kept"] == f"{head}kept 20 5 3 2"
    assert rows["broken"] == f"{head}broken 20 3 4 ! {day}"
    assert rows["rare"] == f"{head}rare 45 8 {few} {few}"
    assert ("法定时限亦难守住" if language == "zh" else "not even the") in rows["slow"]
    out = " ".join(" ".join(lines).split())
    assert ("not confirmed on fresh seeds" if language == "en" else "尚未用新种子确认") in out
    assert ("Item spot (1)" if language == "en" else "事项spot（1）") in out
    assert ("Item broken (promised 3, holds 4)" if language == "en" else "事项broken（承诺3，守得住4）") in out


def test_at_most_twelve_items_are_printed_and_the_rest_counted(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"n{k:02}" for k in range(15)]
    today = many_items({name: ("committed", 20, 5) for name in names})
    rows = [row("lead_p90", scenario="tiny", group=f"item:{n}", value=1.0, low=1.0, high=2.0) for n in names]
    rows += [row("trips", (-0.1, -0.2, -0.05)), row(difference=(-60, -90, -30), scenario=BUNDLE), row("lead_p90", scenario="tiny")]
    counted = result(rows, lengths({name: 100 - k for k, name in enumerate(names)}))
    out = printed(capsys, lambda: print_comparison(counted, experiment(), {"tiny": today}))
    assert sum(line.startswith("Item n") for line in out.splitlines()) == 12
    assert "Item n11" in out and "Item n12" not in out
    assert "3 items with fewer cases are not shown" in out


def test_the_document_of_a_comparison_has_the_limits_beside_all_it_had(capsys: pytest.CaptureFixture[str]) -> None:
    today = many_items({"kept": ("committed", 20, 5)})
    rows = [row("lead_p90", scenario="tiny", group="item:kept", value=1.0, low=1.0, high=2.0)]
    whole = result(rows, lengths({"kept": 9}))
    document = json.loads(printed(capsys, lambda: print_comparison(whole, experiment(), {"tiny": today}, as_json=True)))
    assert document.keys() == {*whole.document(), "limits", "lawfulness"}
    assert [(o["item"], o["scenario"], o["holds_90_wd"]) for o in document["limits"]] == [("kept", "tiny", 2)]
    nothing = json.loads(printed(capsys, lambda: print_comparison(result([row()]), experiment(), {"tiny": today}, as_json=True)))
    assert nothing["limits"] == nothing["lawfulness"] == []


# --- titles ------------------------------------------------------------------------------------------------------


def test_the_main_reforms_are_the_first_and_the_last_of_the_headline() -> None:
    assert main_reforms(experiment()) == (NOTICE, BUNDLE)
    assert main_reforms(experiment(headline=(Headline(reform=WINDOW, measure="trips"),))) == (WINDOW,)
    assert main_reforms(experiment(headline=())) == (NOTICE, BUNDLE)


def test_a_price_is_one_month_or_several() -> None:
    assert price(experiment(), WINDOW, "en") == "CNY 20,000 once, 5,000 a year\ndecided by the centre; works after 1 month"
    assert price(experiment(), WINDOW, "zh") == "一次性2万元，每年0.5万元\n决定权：中心；1个月后见效"
    assert price(experiment(), NOTICE, "en") == "no cost named\ndecided by the centre; works at once"
