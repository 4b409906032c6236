"""Months after a reform: what a transition says of its first, third and twelfth month."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from simulation.experiment import Experiment, Replications, calendar_for
from simulation.measures import CATALOGUE, measure
from simulation.months import by_month, missing, months
from simulation.scenario import Horizon
from simulation.units import Count, WorkingDays
from simulation.verbs import Settings, compare, load, load_experiment, log_of
from workbench.months import lines, months_after, too_short


def horizon(window: int) -> Horizon:
    return Horizon(warm_up_wd=WorkingDays(2), window_wd=WorkingDays(window), run_out_wd=WorkingDays(2))


def asked(window: int, view: str = "transition") -> Experiment:
    question = load_experiment("tiny-questions")
    changes = {
        "view": view, "horizon": horizon(window), "reforms": ("tiny-one-window",), "bundles": {}, "stresses": (), "headline": (),
        "measures": ("wait_mean", "lead_wd"), "replications": Replications(pilot=Count(3), cap=Count(3)),
    }  # fmt: skip
    return question.model_copy(update=changes)


@pytest.mark.parametrize(
    ("window", "held", "short"), [(19, (), (1, 3, 12)), (20, (1,), (3, 12)), (60, (1, 3), (12,)), (240, (1, 3, 12), ())]
)
def test_a_month_is_shown_when_the_window_holds_it_whole(window: int, held: tuple[int, ...], short: tuple[int, ...]) -> None:
    assert (months(window), missing(window)) == (held, short)


def test_the_first_month_of_a_window_of_one_month_is_the_window() -> None:
    tiny = load("tiny")
    log = log_of(tiny.model_copy(update={"horizon": horizon(20)}))
    calendar = calendar_for(tiny, horizon(20))
    chosen = [CATALOGUE["wait_mean"], CATALOGUE["lead_wd"]]
    assert log.meta.window is not None
    (month,) = by_month(log, chosen, calendar, log.meta.window, 20)
    whole = measure(log, chosen).query("group == 'all'")
    assert np.array_equal(month["total"], whole["total"])
    assert set(month["group"]) == {"month:1"}


def test_months_are_disjoint_parts_of_the_window() -> None:
    """Tickets of months 1 and 3 of a window of three months, and of its second, sum to those of the whole."""
    tiny = load("tiny")
    log = log_of(tiny.model_copy(update={"horizon": horizon(60)}))
    calendar, window = calendar_for(tiny, horizon(60)), log.meta.window
    assert window is not None
    one, three = by_month(log, [CATALOGUE["wait_mean"]], calendar, window, 60)
    day = window[0] // 86_400
    first, last = (int(calendar.add_wd(day - 1, wd)) * 86_400 for wd in (21, 41))
    two = measure(log, [CATALOGUE["wait_mean"]], (first, last)).query("group == 'all'")
    whole = measure(log, [CATALOGUE["wait_mean"]]).query("group == 'all'")
    assert float(one["n"].iloc[0] + two["n"].iloc[0] + three["n"].iloc[0]) == float(whole["n"].iloc[0])


def test_a_transition_has_rows_by_month_and_a_steady_comparison_has_none(tmp_path: Path) -> None:
    """The store keeps both apart: asked in the other view first, the months are still there."""
    settings = Settings(store=tmp_path, workers=1)
    steady, moving = compare(asked(20, "steady"), settings), compare(asked(20), settings)
    assert not [r for r in steady.rows if r["group"].startswith("month:")]
    row = moving.row("tiny-one-window", "wait_mean", "month:1")
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert moving.provenance["window_wd"] == 20


def test_what_a_window_does_not_hold_is_said_in_words(tmp_path: Path) -> None:
    result = compare(asked(20), Settings(store=tmp_path, workers=1))
    told = lines(result.rows, {"tiny-one-window": "One window"}, ("wait_mean",), 20, "en")
    assert told[0] == "Mean wait (minutes)"
    assert told[1].startswith("  One window: month 1 ")
    assert told[2] == "The measured window of 20 working days does not hold month 3, 12: it needs `window_wd: 60` or more."
    assert too_short(240) == ""
    assert "第3、12个月" in lines(result.rows, {"tiny-one-window": "综窗"}, ("wait_mean",), 20, "zh")[2]
    assert isinstance(months_after(result.rows, {"tiny-one-window": "综窗"}, ("wait_mean", "lead_wd"), 20, "zh"), Figure)
