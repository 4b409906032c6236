"""The cases that pictures of several logs compare, and what the pictures of their days show, in small logs worked out by hand."""

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from small_log import at, case, notice, small_log, task, ticket

from simulation.log import EventLog
from simulation.measures import View, path
from simulation.verbs import Settings, load, log_of
from workbench import figures
from workbench.cohort import Cohort, days_by_cause, decided_by, share_by, telling_case
from workbench.ribbon import Life


def labels(axis: Axes) -> list[str]:
    return [t.get_text() for t in axis.get_yticklabels()]


def served(one: int, days: int, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A case received on Monday at 9:00 that waits for the department and is worked on for its last hour, `days` days later to 10:00."""
    end = at(days, "10:00")
    return [task(one, at(0, "9:00"), at(days, "9:00"), end)], case(one, at(0, "9:00"), end, **more)


def log_with(*parts: tuple[list[dict[str, Any]], dict[str, Any]], **more: Any) -> EventLog:
    told: dict[str, Any] = {"horizon": at(30, "0:00"), **more}
    return small_log([e for events, _ in parts for e in events], [c for _, c in parts], **told)


def on_the_spot(one: int, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A case decided at the counter in the moment in which it is received."""
    end = at(0, "9:00")
    return [ticket(one, at(0, "8:30"), at(0, "8:40"), end)], case(one, end, end, **{"class": "instant", "promise_wd": 0, **more})


def test_days_by_cause_are_office_hours_of_working_dates() -> None:
    """Monday 9:00 to Wednesday 9:00 waiting, an hour of work: 2 days and a seventh. Over a weekend no hour passes."""
    log = log_with(served(1, 2), served(2, 7))
    days, cases = days_by_cause(log, Cohort.of(log))
    assert cases["market"] == 2
    assert days.loc["market", "waiting"] == pytest.approx(2 + 5)
    assert days.loc["market", "working"] == pytest.approx(2 / 7)


def test_bars_are_as_long_as_the_days_and_departments_with_most_days_come_first() -> None:
    few = [served(k, 1, item="permit", need="permit") for k in (1, 2, 3)]
    log = log_with(*few, served(4, 2), items={"licence": "market", "permit": "water"})
    axis = figures.where_days_go({"today": log}).axes[0]
    assert labels(axis) == ["water (3)", "market (1)"]
    bars: dict[float, list[float]] = {}
    for bar in axis.patches:
        bars.setdefault(round(bar.get_y() + bar.get_height() / 2), []).append(bar.get_width())  # type: ignore[attr-defined]
    assert sum(bars[0]) == pytest.approx(1 + 1 / 7)
    assert sum(bars[1]) == pytest.approx(2 + 1 / 7)


def test_the_cohort_is_what_either_log_promises_so_that_what_leaves_the_spot_is_seen() -> None:
    """`licence` is promised today and decided on the spot then; `quick` the other way round: both count, in both. Of two cases one takes
    2 days and a seventh today, the other 4 and a seventh then.
    """
    quick = {"item": "quick", "need": "quick"}
    items = {"licence": "market", "quick": "market"}
    today = log_with(served(1, 2), on_the_spot(2, **quick), items=items)
    then = log_with(on_the_spot(1, promise_wd=0), served(2, 4, **quick), items=items)
    assert View(today).case("case")[Cohort.of(today).members(View(today))].tolist() == [1]
    cohort = Cohort.of(today, then)
    assert View(today).case("case")[cohort.members(View(today))].tolist() == [1, 2]
    assert View(then).case("case")[cohort.members(View(then))].tolist() == [1, 2]
    axes = figures.where_days_go({"today": today, "then": then}).axes
    widths = [sum(bar.get_width() for bar in axis.patches) for axis in axes[:2]]  # type: ignore[attr-defined]
    assert widths == [pytest.approx(15 / 14), pytest.approx(29 / 14)]
    assert not any(t.get_visible() and t.get_text() for t in axes[1].get_yticklabels())


def test_a_new_item_of_a_need_of_the_cohort_belongs_to_it() -> None:
    today = log_with(served(1, 2), items={"licence": "market"})
    then = log_with(served(1, 1, item="package"), items={"package": "market"})
    assert Cohort.of(today).members(View(then)).tolist() == [True]


def test_consultations_and_cases_outside_the_window_are_not_measured() -> None:
    log = log_with(served(1, 2), served(2, 2, **{"class": "consultation"}), window=(0, at(20, "0:00")))
    assert Cohort.of(log).members(View(log)).tolist() == [True, False]
    later = log_with(served(1, 2), window=(at(1, "0:00"), at(20, "0:00")))
    assert not Cohort.of(later).members(View(later)).any()


def test_the_share_on_time_is_that_of_the_limit_of_each_item() -> None:
    """Promised 5: used 2 and 7 (that is 5 working days over a weekend) and 8 (6); legal 20: 10 %, 25 %, 30 %."""
    log = log_with(served(1, 2), served(2, 7), served(3, 8))
    moments, shares, n = decided_by(View(log), Cohort.of(log), "promise_wd")
    assert (n, moments.tolist()) == (3, [-3, 0, 1])
    assert [share_by(moments, shares, d) for d in (-4, -3, 0, 1)] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    moments, shares, _ = decided_by(View(log), Cohort.of(log), "legal_wd")
    assert moments.tolist() == [100, 250, 300]


def test_limits_are_those_of_the_first_log() -> None:
    """The reform promises 1 day and needs 2: two days late against its own, three days before today's 5."""
    today, then = log_with(served(1, 2)), log_with(served(1, 2, promise_wd=1))
    moments, _, _ = decided_by(View(then), Cohort.of(today), "promise_wd")
    assert moments.tolist() == [-3]


def test_an_open_case_counts_as_longer_than_so_far() -> None:
    open_one = ([task(2, at(0, "9:00"), at(1, "9:00"), at(1, "10:00"))], case(2, at(0, "9:00")))
    log = log_with(served(1, 2), open_one, horizon=at(4, "12:00"))
    moments, shares, n = decided_by(View(log), Cohort.of(log), "promise_wd")
    assert (n, moments.tolist(), shares.tolist()) == (2, [-3], [0.5])


def test_each_panel_has_one_post_and_lines_that_end_at_their_shares() -> None:
    log = log_with(served(1, 2), served(2, 8))
    left, right = figures.within({"today": log}).axes[:2]
    assert [line.get_xdata()[0] for line in left.lines if len(line.get_xdata()) == 2] == [0]  # type: ignore[index]
    assert [line.get_xdata()[0] for line in right.lines if len(line.get_xdata()) == 2] == [100.0]  # type: ignore[index]
    curve = left.lines[0]
    assert dict(zip(np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata()), strict=True))[0] == 0.5
    legend = left.get_legend()
    assert legend is not None and [t.get_text() for t in legend.get_texts()] == ["today: 50.0\u00a0% in time by today's promise"]
    other = right.get_legend()
    assert other is not None and [t.get_text() for t in other.get_texts()] == ["today: 100.0\u00a0% within the legal limit"]


def bodies(*names: str) -> dict[str, Any]:
    return {"department": {name: {"en": name.title(), "zh": name} for name in names}}


def test_bodies_that_appear_or_disappear_have_a_row_that_says_so() -> None:
    """Water and market become one office; a single row is asked for, but all three are shown, and taxes, which stay, are not. The office
    has most days, market more than water.
    """
    licences, permits = [served(k, 4) for k in (1, 2)], [served(3, 1, item="permit", need="permit")]
    tax = [served(4, 9, item="tax", need="tax")]
    kept = {"tax": "taxes"}
    today = log_with(
        *licences, *permits, *tax, items={"licence": "market", "permit": "water", **kept}, labels=bodies("market", "water", "taxes")
    )
    then = log_with(*licences, *permits, *tax, items={"licence": "office", "permit": "office", **kept}, labels=bodies("office", "taxes"))
    left, right = figures.where_days_go({"today": today, "then": then}, most=1).axes
    assert labels(left) == ["Office (0 / 3)", "Market (2 / 0)", "Water (1 / 0)"]
    assert [t.get_text() for t in left.texts] == ["new with the reform"]
    assert [t.get_text() for t in right.texts] == ["merged into Office"] * 2


def test_departments_are_ranked_by_the_larger_side() -> None:
    """Market has 4 days and an hour today and 1 then, water 2 and 8."""
    items, more = {"licence": "market", "permit": "water"}, {"item": "permit", "need": "permit"}
    today, then = (log_with(served(1, a), served(2, b, **more), items=items) for a, b in ((4, 2), (1, 10)))
    assert labels(figures.where_days_go({"today": today, "then": then}, most=1).axes[0]) == ["water (1)"]


def test_a_body_that_has_no_case_any_more_is_still_there() -> None:
    names = bodies("market", "water")
    today, then = (log_with(served(1, 2), items={"licence": lead}, labels=names) for lead in ("market", "water"))
    left, right = figures.where_days_go({"today": today, "then": then}).axes
    assert [t.get_text() for t in (*left.texts, *right.texts)] == ["no such cases"] * 2


def test_pictures_of_the_same_twice_say_that_nothing_changes() -> None:
    log, other = log_with(served(1, 2)), log_with(served(1, 3))
    for then, said in ((log, True), (other, False)):
        both = {"today": log, "then": then}
        where, soon = (draw(both).get_suptitle() for draw in (figures.where_days_go, figures.within))
        file = figures.ribbon({title: (one, 1) for title, one in both.items()}, chosen=True).axes[0].get_title()
        assert [text.endswith(": no change") for text in (where, soon, file)] == [said] * 3
    assert not figures.where_days_go({"today": log}).get_suptitle().endswith("change")


# --- one file ----------------------------------------------------------------------------------------------------


def test_the_case_told_is_the_one_with_the_median_change() -> None:
    """Changes of days: case 1 none, 2 one, 3 two, 4 four: the median change of those that changed is two."""
    today = log_with(*(served(k, 4) for k in (1, 2, 3)), served(4, 4))
    then = log_with(served(1, 4), served(2, 3), served(3, 2), served(4, 0))
    assert telling_case([today, then]) == (3, 3)


def test_without_a_change_the_case_told_is_in_the_upper_quartile() -> None:
    log = log_with(*(served(k, k) for k in (1, 2, 3, 4)))
    assert telling_case([log, log]) == (4, 4)
    assert telling_case([log]) == (4,)
    assert telling_case([log_with(on_the_spot(1))]) is None


def test_a_life_is_the_path_of_the_measures_and_the_way_of_the_result() -> None:
    """Received Monday 9:00, decided Wednesday 10:00, delivered Thursday 10:00; promise 5 days: Monday 13 March's midnight; law 20."""
    log = log_with(served(1, 2, delivered=at(3, "10:00")))
    found = Life.of(log, 1)
    assert found.stretches == (
        (at(0, "9:00"), at(2, "9:00"), "waiting"), (at(2, "9:00"), at(2, "10:00"), "working"),
        (at(2, "10:00"), at(3, "10:00"), "delivery"),
    )  # fmt: skip
    assert (found.used_wd, found.decided) == (2, at(2, "10:00"))
    assert (found.promise, found.law) == (at(8, "0:00"), at(29, "0:00"))


def test_the_ribbon_ends_soon_after_the_promise_and_points_to_a_law_beyond() -> None:
    log = log_with(served(1, 2))
    axis = figures.ribbon({"today": (log, 1)}).axes[0]
    assert axis.get_xlim() == pytest.approx((0, 1.3 * 8))
    widths = [(bar.get_x(), bar.get_width()) for bar in axis.patches if bar.get_height() == pytest.approx(0.42)]  # type: ignore[attr-defined]
    assert sorted(widths) == [pytest.approx((9 / 24, 2.0)), pytest.approx((2 + 9 / 24, 1 / 24))]
    said = [t.get_text() for t in axis.texts]
    assert "decided; 2 working days charged" in said and "promised limit" in said
    # The 20th working day after Monday 6 March is Monday 3 April.
    assert "legal limit\n2023-04-03" in said
    assert axis.get_title() == "One file's life: licence"


def test_a_file_with_missing_papers_waits_for_its_applicant() -> None:
    """Told on Monday at 10:00, complete on Tuesday at 10:00: that day is the applicant's, and the clock begins after it."""
    events = [notice(1, at(0, "10:00")), task(1, at(1, "10:00"), at(1, "10:00"), at(1, "12:00"))]
    one = case(1, at(0, "9:00"), at(1, "12:00"), complete=at(1, "10:00"), accepted=at(1, "10:00"))
    found = Life.of(log_with((events, one)), 1)
    assert [cause for _, _, cause in found.stretches] == ["unlogged", "applicant", "working"]
    assert (found.used_wd, found.promise) == (0, at(9, "0:00"))


def test_the_life_of_a_simulated_case_is_whole() -> None:
    log = log_of(load("tiny"), Settings(seed=3, days=2))
    known = path(log)
    for number in known["case"].drop_duplicates().iloc[::17].tolist():
        found = Life.of(log, number)
        assert all(a < b for a, b, _ in found.stretches)
        assert all(one[1] == other[0] for one, other in zip(found.stretches, found.stretches[1:], strict=False))
        assert not found.stretches or found.stretches[0][0] == found.received
