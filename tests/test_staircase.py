"""Pictures of promises: what they show of a small answer, in both languages without a missing glyph, and of no answer."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from optimization.promised import Held, LimitsSolution, Promised, Staffed
from workbench.staircase import frontier, staircase

TITLES = {"a": "Trade licence 经营许可", "b": "Building permit", "c": "Land permit"}


@pytest.fixture(autouse=True)
def no_glyph_is_missing() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*[Gg]lyph.*")
        yield


def row(item: str, limit: int | None, **more: Any) -> Promised:
    """An item promised in 5 days of 20 by law, of which `limit` are certified."""
    told: dict[str, Any] = {
        "cases": 100, "legal_wd": 20, "today_wd": 5, "share": 0.93, "low": 0.91, "slack": 0.03, "less_share": 0.8, "less_high": 0.85,
        "less_misses": True, "levels": ((0.9, limit), (0.95, 4), (0.99, None)), "curve": (0.1, 0.5, 0.8, 0.93, 0.96, 0.99, 1.0),
    }  # fmt: skip
    return Promised(item=item, limit_wd=limit, **{**told, **more})


def solution(*rows: Promised) -> LimitsSolution:
    return LimitsSolution("bounded", 3.0, 2.0, 0.3, "x", 1, None, promised=rows)


def answer() -> LimitsSolution:
    surge, flu = Held("surge", 0.85, 0.8, "fails", 7), Held("absence", 0.5, 0.4, "fails", None)
    more = (Staffed("market", 2, 0.94, 0.92, "holds", (0.2, 0.7, 0.94, 0.97, 0.99, 1.0, 1.0)),)
    return solution(row("a", 3, held=(surge,), staffing=more), row("b", 3, held=(flu,)), row("c", None))


@pytest.mark.parametrize(
    ("language", "never", "none"), [("en", "only in normal weeks", "not certified"), ("zh", "仅平常时期守得住", "未获验证")]
)
def test_the_staircase_marks_what_holds_only_in_normal_weeks_and_what_is_not_certified(language: str, never: str, none: str) -> None:
    figure = staircase(answer(), TITLES, language)
    figure.draw_without_rendering()
    (axis,) = figure.axes
    texts = [text.get_text() for text in axis.texts]
    assert texts.count(never) == 1  # b: no limit holds under the wave of sickness; a has a diamond instead
    assert [text.xy for text in axis.texts if text.get_text() == never] == [(3, 1)]  # type: ignore[attr-defined]
    assert texts.count(none) == 1
    diamonds = [line.get_xdata()[0] for line in axis.lines if line.get_marker() == "D"]  # type: ignore[index]
    assert diamonds == [7]
    assert sorted(bar.get_width() for bar in axis.patches) == [3, 3, 4, 4, 4]


def test_the_legend_of_the_staircase_names_nothing_that_is_not_drawn() -> None:
    """No limit moves under stress, so that no diamond stands there; the law of 60 days lies beyond the axis, as an arrow."""

    def names(*rows: Promised) -> str:
        figure = staircase(solution(*rows), TITLES)
        return " ".join(text.get_text() for one in figure.legends for text in one.get_texts())

    held = row("a", 3, held=(Held("surge", 0.95, 0.92, "holds", 3),), legal_wd=60)
    assert "stress" not in names(held) and "legal limit" not in names(held)
    weak = row("a", 3, held=(Held("surge", 0.85, 0.8, "fails", 7),), legal_wd=8)
    assert "stress" in names(weak) and "legal limit" in names(weak)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_frontier_shows_the_items_whose_staffing_was_asked_with_a_curve_for_each(language: str) -> None:
    figure = frontier(answer(), TITLES, {"market": "Market 市场"}, language)
    figure.draw_without_rendering()
    (axis,) = figure.axes
    curves = [line for line in axis.lines if len(line.get_xdata()) > 2]  # type: ignore[arg-type]
    assert len(curves) == 2
    assert [list(line.get_xdata()) for line in curves] == [[1, 2, 3, 4, 5, 6]] * 2  # type: ignore[arg-type]
    assert curves[1].get_ydata()[1] == 0.94  # type: ignore[index]


def test_the_frontier_draws_the_bounds_that_are_known_and_asks_for_no_day_less_than_one() -> None:
    """Bounds at 1 and 2 days stand as bars; a limit of one day is no question of a day less."""
    bounds = {"curve_low": (None, 0.45, 0.75), "curve_high": (None, 0.55, 0.85)}
    figure = frontier(solution(row("a", 1, **bounds)), TITLES, {})
    thin = [line for line in figure.axes[0].lines if line.get_linewidth() == 1.2 and line.get_linestyle() == "-"]
    bars = [list(line.get_ydata()) for line in thin]  # type: ignore[arg-type]
    assert bars == [[0.45, 0.55], [0.75, 0.85]]
    assert figure.get_suptitle() == "How many cases keep each promise"
    assert "Bars: bounds" in figure.texts[-1].get_text() and "estimates" not in figure.texts[-1].get_text()
    plain = frontier(solution(row("b", 3)), TITLES, {})
    assert plain.get_suptitle() == "What a day less would take" and "estimates" in plain.texts[-1].get_text()


def test_the_staircase_says_what_can_be_cut_and_what_is_too_short_under_stress_too() -> None:
    """Of 5 days: a can be 3, and 7 in all that was tried; b can be 3 there too."""
    weak = row("a", 3, held=(Held("surge", 0.85, 0.8, "fails", 7),))
    strong = row("b", 3, held=(Held("surge", 0.95, 0.92, "holds", 3),))
    said = staircase(solution(weak, strong), TITLES).get_suptitle().replace("\n", " ")
    assert "2 of 2 can be cut, 0 too short now, in normal weeks; in all that was tried, stresses too, 1 can be cut, " in said
    assert said.endswith("too short now or not shown: 1")
    assert "stresses" not in staircase(solution(strong), TITLES).get_suptitle()


def test_no_answer_is_said_and_not_drawn() -> None:
    for figure in (staircase(solution(), TITLES), frontier(solution(), TITLES, {})):
        figure.draw_without_rendering()
        assert figure.axes[0].texts[0].get_text()


def test_the_staircase_marks_the_certified_limit_and_says_how_many_promises_move() -> None:
    """Of 5 days today: a can be 3, b must be 7, c stays, d was not shown; steps of 99 in 100, which nobody has, are not in the legend."""
    figure = staircase(solution(row("a", 3), row("b", 7), row("c", 5), row("d", None)), {**TITLES, "d": "D"})
    figure.draw_without_rendering()
    (axis,) = figure.axes
    marks = [(int(line.get_xdata()[0]), int(line.get_ydata()[0])) for line in axis.lines if line.get_marker() == ">"]  # type: ignore[index]
    assert marks == [(3, 0), (7, 1), (5, 2)]
    assert [t.get_text() for t in axis.texts if t.get_text().endswith(" d")] == ["3 d", "7 d", "5 d"]
    said = figure.get_suptitle().replace("\n", " ")
    assert "90% of cases" in said and "1 of 4 can be cut, 1 too short now" in said
    names = {text.get_text() for legend in figure.legends for text in legend.get_texts()}
    assert "95% of cases keep it" in names and "99% of cases keep it" not in names


def test_the_frontier_does_not_ask_for_less_than_a_day() -> None:
    """An item of one day gives way to one that can be shortened; alone it is drawn and says that there is no shorter promise."""
    both = frontier(solution(row("a", 1), row("b", 3)), TITLES, {})
    assert [axis.get_title() for axis in both.axes] == ["Building permit"]
    (axis,) = frontier(solution(row("a", 1)), TITLES, {}).axes
    assert any("shortest promise" in text.get_text().replace("\n", " ") for text in axis.texts)
    assert min(day for line in axis.lines if len(line.get_xdata()) > 2 for day in line.get_xdata()) == 1  # type: ignore[arg-type, union-attr]


def test_the_frontier_shows_where_the_curve_crosses_the_line_of_what_was_asked() -> None:
    """Certified are 6 days, at 2 days 80 % are on time and at 3 93 %: the curve begins at 2, below the 90 % asked."""
    (axis,) = frontier(solution(row("a", 6)), TITLES, {}).axes
    (curve,) = [line for line in axis.lines if len(line.get_xdata()) > 2]  # type: ignore[arg-type]
    assert (int(curve.get_xdata()[0]), float(curve.get_ydata()[0])) == (2, 0.8)  # type: ignore[index, arg-type]
