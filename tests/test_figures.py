"""Every picture in both languages without a missing glyph, what it shows of small logs worked out by hand, and no picture of nothing."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from small_log import at, case, small_log, ticket, waits

from simulation.log import EventLog
from simulation.reforms import apply
from simulation.verbs import Settings, load, load_experiment, load_reform, log_of
from simulation.verbs import run as run_scenario
from workbench import drawing, figures
from workbench.cohort import telling_case
from workbench.drawing import STYLES, folded, word
from workbench.hall import BUSY, busy_queues, open_windows, waiting, which
from workbench.ladder import LOOKS, kind_of
from workbench.language import CAUSES
from workbench.limits import Limits, Offer
from workbench.pictures import draw_run
from workbench.turning import Point

TITLES = ("今天 today", "综合窗口")


@pytest.fixture(scope="module")
def logs() -> dict[str, EventLog]:
    told = Settings(seed=3, days=3)
    hall = load("tiny")
    return dict(zip(TITLES, (log_of(hall, told), log_of(apply(hall, load_reform("tiny-one-window")), told)), strict=True))


@pytest.fixture(autouse=True)
def no_glyph_is_missing() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*[Gg]lyph.*")
        yield


def hall(logs: dict[str, EventLog], language: str) -> Figure:
    return figures.hall_strip(logs, language, word("replication", language).format(n=10))


def life(logs: dict[str, EventLog], language: str) -> Figure:
    cases = telling_case(list(logs.values()))
    assert cases is not None
    return figures.ribbon({title: (log, k) for (title, log), k in zip(logs.items(), cases, strict=True)}, language, chosen=True)


def where(logs: dict[str, EventLog], language: str) -> Figure:
    return figures.where_days_go(logs, language)


def within(logs: dict[str, EventLog], language: str) -> Figure:
    return figures.within(logs, language)


def effect(scenario: str = "a", measure: str = "trips", **more: Any) -> dict[str, Any]:
    """A row of a result: -0.2 of 1.5 trips, give or take 0.1."""
    known = {
        "scenario": scenario, "measure": measure, "group": "all", "unit": "trips", "value": 1.3, "difference": -0.2, "difference_low": -0.3,
        "difference_high": -0.1, "identical": False, "simultaneous": False,
    }  # fmt: skip
    return {**known, **more}


def ladder(logs: dict[str, EventLog], language: str) -> Figure:
    del logs
    rows = [effect("a"), effect("b", difference_low=None, difference_high=None)]
    notes = {"a": "一次性3万元\n决定权：中心" if language == "zh" else "CNY 30,000 once\ndecided by the centre"}
    return figures.ladder(rows, {"a": "一次性告知＋综合窗口", "b": "One window"}, notes, ["trips"], language)


def limits() -> Limits:
    """Two items under two scenarios; law 20 and 45, promise 5 and 8."""
    title = load("tiny").centre.items["trade-licence"].title
    offers = {
        "one": {"now": Offer("one", "now", "committed", 20, 5, 3, 90, 2.5), "then": Offer("one", "then", "committed", 20, 5, 2, 91, 2.0)},
        "two": {"now": Offer("two", "now", "joint", 9, 8, 9, 40, 7.0), "then": Offer("two", "then", "joint", 9, 8, None, 4)},
    }
    return Limits(("now", "then"), offers, {"one": title, "two": title})


def promises(logs: dict[str, EventLog], language: str) -> Figure:
    del logs
    return figures.promises(limits(), {"now": "现状 today", "then": "改革后"}, language)


def months(logs: dict[str, EventLog], language: str) -> Figure:
    del logs
    rows = [effect("a", group=f"month:{k}", stress="none") for k in (1, 3)]
    return figures.months_after(rows, {"a": "合并建设管理部门"}, ["trips", "lead_wd"], 60, language)


def pooling(logs: dict[str, EventLog], language: str) -> Figure:
    del logs
    return figures.pooling_against_slowdown(5 / 60, 10.0, 6, [Point(1.1, 17.0, 15.0, 19.0)], language)


DRAWN = [hall, life, where, within, ladder, promises, months, pooling]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("draw", DRAWN)
def test_a_picture_is_drawn_without_a_missing_glyph(
    draw: Callable[[dict[str, EventLog], str], Figure], language: str, logs: dict[str, EventLog]
) -> None:
    picture = BytesIO()
    draw(logs, language).savefig(picture, dpi=40)
    assert picture.getvalue().startswith(b"\x89PNG")


def test_the_glyph_filter_can_fail() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "\u0f00\U0001f9ff")
    with pytest.raises(UserWarning, match=r"[Gg]lyph"):
        figure.savefig(BytesIO(), dpi=40)


@pytest.mark.parametrize("key", [*drawing.WORDS])
def test_a_word_of_the_pictures_stands_in_both_languages(key: str) -> None:
    english, chinese = drawing.WORDS[key]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_every_cause_has_a_colour_of_its_own() -> None:
    assert set(CAUSES) | {"delivery"} == set(STYLES)
    assert len(set(STYLES.values())) == len(STYLES)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("draw", DRAWN)
def test_no_text_of_a_picture_lies_outside_it(
    draw: Callable[[dict[str, EventLog], str], Figure], language: str, logs: dict[str, EventLog]
) -> None:
    figure = draw(logs, language)
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    inside = figure.get_tightbbox()
    assert inside.x0 >= 0 and inside.y0 >= 0 and inside.x1 <= width and inside.y1 <= height
    # The legend and the small print stand in a strip that the layout leaves free.
    for part in strip(figure):
        box = part.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width * figure.dpi
        assert not any(box.overlaps(axis.get_tightbbox()) for axis in figure.axes)
        assert not any(box.overlaps(other.get_window_extent()) for other in (*figure.legends, *figure.texts) if other is not part)


def strip(figure: Figure) -> list[Any]:
    """The legend and the small print below a picture; its title hangs from above."""
    return [*figure.legends, *(text for text in figure.texts if text.get_verticalalignment() == "bottom")]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("draw", DRAWN)
def test_a_cropped_picture_keeps_its_legend_and_small_print(
    draw: Callable[[dict[str, EventLog], str], Figure], language: str, logs: dict[str, EventLog]
) -> None:
    """Jupyter saves with `bbox_inches="tight"`, which keeps what is in the layout."""
    figure = draw(logs, language)
    figure.savefig(BytesIO(), dpi=40, bbox_inches="tight")
    figure.draw_without_rendering()
    kept = figure.get_tightbbox()
    assert strip(figure)
    for part in strip(figure):
        box = part.get_window_extent()
        assert kept.x0 * figure.dpi <= box.x0 + 1 and kept.y0 * figure.dpi <= box.y0 + 1
        assert box.x1 <= kept.x1 * figure.dpi + 1 and box.y1 <= kept.y1 * figure.dpi + 1


def test_long_names_are_folded_between_words_and_after_any_chinese_letter() -> None:
    assert folded("Say everything once + One window", 20) == "Say everything once\n+ One window"
    assert folded("一次性告知＋综合窗口", 10) == "一次性告\n知＋综合窗\n口"
    assert folded("one line\nand another", 40) == "one line\nand another"
    for text in ("办结：计2个工作日（承诺）。", "a  b", ""):
        assert "".join(folded(text, 6).split()) == "".join(text.split())


# --- the hall ----------------------------------------------------------------------------------------------------


def two_days() -> EventLog:
    """Monday and Tuesday. Queue a: one waits 9:00 to 9:30 on Monday, one 9:15 to 9:45 on Tuesday; queue b: one leaves after 6 minutes.

    Window w1 is open 9 to 12 on both days, w2 on Monday only; on Saturday one waits half an hour in vain.
    """
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:30"), at(0, "9:40")), ticket(2, at(1, "9:15"), at(1, "9:45"), at(1, "9:50")),
        waits(3, at(0, "10:00"), at(0, "10:06"), "left", queue="b"), waits(4, at(5, "9:00"), at(5, "9:30"), "left"),
        ticket(5, None, at(0, "9:00"), at(0, "9:01"), post="desk", step="guide", queue="guide"),
    ]  # fmt: skip
    duty = [
        ("w1", at(0, "9:00"), at(0, "12:00"), "open", 1), ("w1", at(1, "9:00"), at(1, "12:00"), "open", 1),
        ("w2", at(0, "9:00"), at(0, "12:00"), "open", 1), ("desk", at(0, "9:00"), at(0, "12:00"), "open", 1),
    ]  # fmt: skip
    return small_log(events, [case(k) for k in (1, 2, 3, 4, 5)], duty, horizon=at(6, "0:00"), window=(0, at(2, "0:00")))


def test_people_waiting_are_a_mean_over_the_working_dates_of_the_window() -> None:
    """9:00-9:30: (30 + 15) minutes in 2 half hours; 9:30-10:00: 15 minutes; b at 10:00: 6 minutes."""
    found = waiting(two_days())
    assert found.loc["a", 18] == pytest.approx(45 / 60)
    assert found.loc["a", 19] == pytest.approx(15 / 60)
    assert found.loc["b", 20] == pytest.approx(6 / 60)
    assert found.to_numpy().sum() == pytest.approx(66 / 60)


def test_open_windows_are_a_mean_over_the_working_dates_without_the_guide_desk() -> None:
    found = open_windows(two_days())
    assert (found[17], found[18], found[23], found[24]) == (0.0, 1.5, 1.5, 0.0)


def test_only_busy_queues_have_rows_but_five_at_least() -> None:
    quiet = pd.DataFrame({0: [BUSY + 0.1, 9.0, *[0.1] * 6]}, index=[f"q{k}" for k in range(8)])
    assert busy_queues([quiet]) == ["q1", "q0", "q2", "q3", "q4"]
    busy = pd.DataFrame({0: [1.0] * 7 + [BUSY]}, index=[f"q{k}" for k in range(8)])
    assert busy_queues([busy]) == [f"q{k}" for k in range(7)]
    assert len(busy_queues([pd.DataFrame({0: np.arange(1.0, 31)}, index=[f"q{k}" for k in range(30)])])) == 14


def test_the_caption_of_the_hall_says_which_queues_have_a_row() -> None:
    """Two queues, both shown; eight with two busy: five shown; eight with six busy; thirty busy: fourteen shown."""

    def said(*peaks: float) -> str:
        table = pd.DataFrame({0: peaks}, index=[f"q{k}" for k in range(len(peaks))])
        return which([table], busy_queues([table]), "en")

    assert said(1.0, 0.1) == "All queues."
    assert said(1.0, 1.0, *[0.1] * 6) == "The 5 queues in which most people wait."
    assert said(*[1.0] * 6, 0.1, 0.1) == "Queues in which more than 0.25 people wait on average at some time of the day."
    assert said(*[1.0] * 30).startswith("The 14 longest of the queues in which more than 0.25 people wait")


def test_the_hall_shares_axes_and_marks_a_queue_that_is_not_there() -> None:
    today = two_days()
    # Queue b does not exist any more.
    gone = small_log(
        [ticket(1, at(0, "9:00"), at(0, "9:30"), at(0, "9:40"))], [case(1)], [("w1", at(0, "9:00"), at(0, "12:00"), "open", 1)],
        horizon=at(6, "0:00"), window=(0, at(2, "0:00")),
    )  # fmt: skip
    figure = figures.hall_strip({"today": today, "then": gone})
    upper, other, lower, last = figure.axes[:4]
    assert lower.get_ylim() == last.get_ylim() and upper.get_xlim() == last.get_xlim()
    assert labels(upper) == ["a", "b"] and shown(upper) and not shown(other)
    assert [t.get_text() for t in lower.get_xticklabels()] == ["10:00", "12:00"]
    assert len(upper.images) == 1 and len(other.images) == 2
    grey: Any = np.ma.filled(np.ma.asarray(other.images[1].get_array()), np.nan)
    assert np.isnan(grey[0]).all() and not np.isnan(grey[1]).any()
    assert word("absent", "en") in texts(figure)


def test_a_queue_without_a_ticket_is_empty_and_not_absent() -> None:
    names = {"queue": {"a": {"en": "A"}, "c": {"en": "C"}}}
    log = small_log([ticket(1, at(0, "9:00"), at(0, "9:30"), at(0, "9:40"))], [case(1)], horizon=at(1, "0:00"), labels=names)
    found = waiting(log)
    assert found.index.tolist() == ["a", "c"] and found.loc["c"].sum() == 0


def labels(axis: Axes) -> list[str]:
    return [t.get_text() for t in axis.get_yticklabels()]


def shown(axis: Axes) -> bool:
    """Whether the axis writes its own y labels."""
    return any(t.get_visible() and t.get_text() for t in axis.get_yticklabels())


def texts(figure: Figure) -> list[str]:
    return [a.get_text() for a in figure.findobj(lambda a: hasattr(a, "get_text"))]  # type: ignore[attr-defined]


# --- results -----------------------------------------------------------------------------------------------------

KINDS: Mapping[str, dict[str, Any]] = {
    "better": effect(), "worse": effect(difference=0.2, difference_low=0.1, difference_high=0.3),
    "unresolved": effect(difference_high=0.1), "tiny": effect(value=1.3, difference=0.0002, difference_low=0.0001, difference_high=0.0003),
    "same": effect(value=1.3, difference=0.0001, difference_low=-0.0001, difference_high=0.0003),
    "identical": effect(difference=0.0, difference_low=0.0, difference_high=0.0, identical=True),
    "changed": effect(measure="utilisation", unit="share"),
}  # fmt: skip


@pytest.mark.parametrize("kind", [*LOOKS])
def test_the_ladder_draws_each_kind_of_difference_in_its_own_way(kind: str) -> None:
    row = KINDS[kind]
    assert kind_of(row) == kind
    figure = figures.ladder([row], {"a": "A"}, {}, [row["measure"]])
    interval, mark = figure.axes[0].lines[:2]
    factor = 100 if row["unit"] == "share" else 1
    assert np.asarray(interval.get_xdata()).tolist() == [row["difference_low"] * factor, row["difference_high"] * factor]
    assert np.asarray(mark.get_xdata()).tolist() == [row["difference"] * factor]
    shape, colour, filled = LOOKS[kind]
    assert (mark.get_marker(), mark.get_markeredgecolor()) == (shape, colour)
    assert mark.get_markerfacecolor() == (colour if filled else "white")
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [word(kind, "en")]


def test_the_ladder_names_measures_and_units_in_the_readers_language() -> None:
    assert figures.ladder([effect()], {"a": "甲"}, {}, ["trips"], "zh").axes[0].get_title() == "每件跑动次数\n[次]"
    row = effect(measure="on_time_promise", unit="share")
    assert figures.ladder([row], {"a": "A"}, {}, ["on_time_promise"]).axes[0].get_title().endswith("[percentage points]")


@pytest.mark.parametrize("high", [0.0012, 0.09, 0.11, 0.13, 0.16, 1.0, 7.3, 1234.5, 12000])
def test_the_numbers_of_a_narrow_panel_do_not_touch(high: float) -> None:
    rows = [effect("a", measure, difference=-high, difference_low=-1.2 * high, difference_high=-0.9 * high) for measure in "pqrs"]
    figure = figures.ladder(rows, {"a": "A"}, {}, [*"pqrs"])
    figure.draw_without_rendering()
    for axis in figure.axes:
        low, upper = axis.get_xlim()
        boxes = [t.get_window_extent() for t, x in zip(axis.get_xticklabels(), axis.get_xticks(), strict=True) if low <= x <= upper]
        assert len(boxes) > 2
        assert all(a.x1 + 4 < b.x0 for a, b in pairwise(boxes))


def test_what_could_be_promised_stands_beside_promise_and_law() -> None:
    """Item one: promise 5, law 20 beyond the edge, holds 3 (estimate 2.5) and 2 (2). Item two: promise 8, law 9, holds 9 (7) and too few
    cases; its promise is not sure to be kept, so it comes first.
    """
    axis = figures.promises(limits(), {"now": "today", "then": "R"}).axes[0]
    bars = [bar.get_width() for bar in axis.patches]  # type: ignore[attr-defined]
    assert bars == [8, 5]
    marks = [(float(np.asarray(x.get_xdata())[0]), x.get_marker()) for x in axis.lines if x.get_marker() not in ("None", "")]
    assert marks == [(7.0, "o"), (9.0, "|"), (2.5, "o"), (3.0, "|"), (2.0, "D"), (2.0, "|")]
    across = [tuple(np.asarray(x.get_xdata())) for x in axis.lines if len(np.asarray(x.get_xdata())) == 2]
    assert sorted(a for a, b in across if a == b and a != 2.0) == [5, 8, 9]
    assert [(a, b) for a, b in across if a != b] == [(7, 9), (2.5, 3)]
    assert axis.figure.legends[0].get_texts()[-1].get_text() == word("bound", "en")
    said = [t.get_text() for t in axis.texts]
    assert "law 20" in said and "too few cases" in said
    assert axis.get_xlim()[1] == pytest.approx(9 * 1.3 + 1)


@pytest.mark.parametrize("scenarios", [2, 3, 4])
def test_no_mark_of_a_promise_hides_another(scenarios: int) -> None:
    names = [f"s{k}" for k in range(scenarios)]
    offers = {f"i{n}": {s: Offer(f"i{n}", s, "committed", 20, 5, 3, 9, 3.0) for s in names} for n in range(12)}
    titles = {name: limits().titles["one"] for name in offers}
    axis = figures.promises(Limits(tuple(names), offers, titles), {s: s for s in names}).axes[0]
    axis.figure.draw_without_rendering()  # type: ignore[union-attr]
    found = [line for line in axis.lines if line.get_marker() == "|"]
    heights = sorted(float(axis.transData.transform((3.0, float(np.asarray(line.get_ydata())[0])))[1]) for line in found)
    tall = max(line.get_markersize() for line in found) * axis.figure.dpi / 72
    assert len(heights) == 12 * scenarios and all(b - a > tall for a, b in pairwise(heights))


def test_only_some_items_are_drawn_and_the_caption_says_which() -> None:
    one = limits()
    many = {f"n{k}": {"now": Offer(f"n{k}", "now", "committed", 20, 5, 3, 9)} for k in range(20)}
    figure = figures.promises(Limits(("now",), many, {name: one.titles["one"] for name in many}), {"now": "today"})
    assert len(labels(figure.axes[0])) == 12
    caption = "12 of 20 items: first those whose promise is not sure to be kept today, then those with most cases."
    assert any(text.startswith(caption) for text in texts(figure))


@pytest.mark.parametrize(("window", "held"), [(20, ["1"]), (60, ["1", "3"]), (240, ["1", "3", "12"])])
def test_only_months_that_the_window_holds_have_a_place(window: int, held: list[str]) -> None:
    """Rows of other months are not drawn either; each reform stands in the key."""
    rows = [effect(s, group=f"month:{k}", stress="none") for s in "ab" for k in (1, 3, 12)]
    figure = figures.months_after(rows, {"a": "A", "b": "B"}, ["trips"], window)
    axis = figure.axes[0]
    assert [t.get_text() for t in axis.get_xticklabels()] == held
    assert [len(np.asarray(line.get_xdata())) for line in axis.lines[:2]] == [len(held)] * 2
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["A", "B"]
    assert any("does not hold month" in text for text in texts(figure)) == (window < 240)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_crosses_a_text_of_the_pooling_picture(language: str) -> None:
    figure = figures.pooling_against_slowdown(5 / 60, 10.0, 6, language=language)
    figure.draw_without_rendering()
    axis = figure.axes[0]
    assert any("50" in t.get_text() and "6" in t.get_text() for t in axis.texts)
    assert any("83%" in text for text in texts(figure))
    for text in axis.texts:
        box = text.get_window_extent()
        for line in (*axis.lines, *axis.get_ygridlines()):
            assert not line.get_path().transformed(line.get_transform()).intersects_bbox(box, filled=False)
        assert not any(box.overlaps(other.get_window_extent()) for other in axis.texts if other is not text)


# --- nothing to draw ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [hall, where, within])
def test_a_log_without_any_case_gives_a_picture_all_the_same(draw: Callable[[dict[str, EventLog], str], Figure]) -> None:
    nothing = small_log([], [], horizon=at(3, "0:00"))
    draw({"a": nothing, "b": nothing}, "zh").savefig(BytesIO(), dpi=40)


def test_items_and_effects_may_be_missing() -> None:
    figures.promises(Limits(("now",), {}, {}), {"now": "today"}).savefig(BytesIO(), dpi=40)
    figures.ladder([], {"a": "A"}, {}, ["trips"]).savefig(BytesIO(), dpi=40)
    figures.ladder([effect(difference=None)], {"a": "A"}, {}, []).savefig(BytesIO(), dpi=40)


def test_a_run_of_one_day_with_few_cases_has_its_pictures(tmp_path: Any) -> None:
    tiny = load("tiny")
    told = Settings(seed=1, days=1, replications=1, store=tmp_path / "kept", workers=1)
    paths = draw_run(run_scenario(tiny, settings=told), tiny, told, tmp_path, "zh")
    assert {p.stem for p in paths} >= {"hall", "where-days-go", "decided-within"}


def test_the_experiment_measures_what_the_limits_need() -> None:
    assert "lead_p90" in load_experiment("does-one-window-pay").measures
