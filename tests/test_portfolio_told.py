"""How a portfolio is told and drawn, of a small answer made by hand: sequence, cost, what has no price, which choice to take when."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from optimization.bundles import Band, Ties
from optimization.choice import Candidate, FrontPoint, Instance, Robust, best_choices
from optimization.portfolio import Portfolio, Tried, instance_of
from optimization.portfolio_problem import PortfolioProblem
from optimization.problem import load_problem
from optimization.solution import Solution, Verified
from simulation.verbs import load
from workbench import portfolio_pictures as figures
from workbench.findings import of_portfolio
from workbench.portfolios import print_portfolio

EFFECTS = ((0,), (1,), (0, 1))
TITLES = {"a": ("Alpha", "甲"), "b": ("Beta", "乙")}


def portfolio(regrets: Mapping[str, tuple[int, int]], apart: bool = True) -> Portfolio:
    """Reform a (no lead time, no cost) from period 1 is proposed; b (10 days, 5,000 yuan) too, from period 2, is robust."""
    candidates = (Candidate("a", 0, 0, 0), Candidate("b", 1, 5000, 0, 1, "centre", 10.0))
    instance = Instance(candidates, Ties({}, frozenset()), EFFECTS, 4, 0.25)
    chosen = best_choices(instance, np.array([400.0, 0.0, 0.0]), 1)[0]
    solution = Solution("proved", 400.0, 400.0, 0.0, "x", 1, None, rows(), model=(("cost_over_the_calendar", 150.0),))
    effects = {names: Band(float(k), -2683.0, 250.0) for k, names in enumerate([("a",), ("b",), ("a", "b")], start=1)}
    points = (({0: 0}, 400, 400, 0, 0, 50), ({0: 0, 1: 0}, 410, 410, 5000, 1, 0), ({0: 0, 1: 1}, 405, 405, 5000, 2, 9))
    front = tuple(FrontPoint(*point) for point in points)
    other = {0: 0, 1: 1} if apart else {0: 0}
    robust = Robust(other, "proved", 10, regrets)
    tried = (Tried(chosen, ("a",), Band(390.0, 300.0, 480.0)),)
    return Portfolio(
        solution, instance, {0: 0}, {"none": effects, "tiny-surge": effects}, None, tried, (), None, front, (Band(1.0, 0.0, 2.0),) * 3,
        robust, TITLES,
    )  # fmt: skip


def rows() -> tuple[Verified, ...]:
    """Gain up, trips down, wait up, give-ups either way, charged time as today."""
    return (
        Verified("portfolio_gain", "all", "CNY", 0.0, 390.0, 300.0, 480.0, 6, "met", 0.0, 390.0, 300.0, 480.0, -10.0),
        Verified("trips", "all", "trips", 1.3, 1.2, 1.1, 1.3, 6, "met", 1.3, -0.1, -0.2, -0.05),
        Verified("wait_mean", "all", "s", 60.0, 120.0, 100.0, 140.0, 6, "missed", 60.0, 60.0, 40.0, 80.0),
        Verified("walk_away_share", "all", "share", 0.1, 0.11, 0.1, 0.12, 6, "undecided", 0.1, 0.01, -0.01, 0.03),
        Verified("lead_wd", "all", "wd", 1.0, 1.0, 1.0, 1.0, 6, "met", 1.0, 0.0, 0.0, 0.0),
    )


def told(language: str, capsys: pytest.CaptureFixture[str], **worth: str) -> str:
    problem = load_problem("tiny-portfolio", PortfolioProblem, load("tiny"))
    if worth:
        problem = problem.model_copy(update={"worth": tuple(w.model_copy(update=worth) for w in problem.worth)})
    print_portfolio(portfolio({"none": (0, 5), "tiny-surge": (50, 10)}), problem, load("tiny"), as_json=False, language=language)
    return capsys.readouterr().out


def test_what_begins_when_is_told_with_lead_time_and_every_bundle_with_its_sequence(capsys: pytest.CaptureFixture[str]) -> None:
    out = told("en", capsys)
    assert "period 1: Alpha, counted as in effect from its first day: no lead time and no cost stated" in out
    assert ",000, all in effect after period 1, gain 410, bound 410, interval [0 .. 2], regret 0: Alpha (period 1) + Beta (period 1)" in out
    assert ",000, all in effect after period 2, gain 405, bound 405, interval [0 .. 2], regret 9: Alpha (period 1) + Beta (period 2)" in out
    assert "cost 0, all in effect at once" in out and "periods, gain" not in out
    assert "第2期末全部生效" in told("zh", capsys)


def test_gains_are_said_to_be_before_cost_and_what_has_no_price_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """400 less 150 are 250 net; a price of waits, or of the time an errand costs, takes the wait off the list."""
    out = told("en", capsys)
    assert "cost: less its cost the proposal gains 250 CNY by the model. No price is put on: mean wait, share of tickets given" in out
    assert "平均等候时间、弃号率未定价" in told("zh", capsys)
    assert "No price is put on: share of tickets given up before the call;" in told("en", capsys, measure="burden_money")


def test_a_measure_is_held_against_today_in_words_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    out = told("en", capsys)
    for words in ("a gain over today", "lower than today", "longer than today", "not told apart from today", "as today (n=6)"):
        assert words in out
    assert "verdict" not in out and "missed" not in out
    chinese = told("zh", capsys)
    assert "比现状长（n=6）" in chinese and "结论" not in chinese and ": " not in chinese


def test_pairs_are_called_interactions_and_intervals_have_two_points(capsys: pytest.CaptureFixture[str]) -> None:
    out = told("en", capsys)
    assert "    Alpha: 1 [-2,683 .. 250]\n" in out and "    interaction of Alpha and Beta: 3 [-2,683 .. 250]\n" in out
    assert "甲与乙的交互：3 [-2,683 .. 250]" in told("zh", capsys)


def test_which_choice_to_take_when_is_said_in_one_sentence() -> None:
    """Under the stress the robust choice loses 10 and the proposal 50, in normal weeks 5 and nothing."""
    found = portfolio({"none": (0, 5), "tiny-surge": (50, 10)})
    assert (
        "Take the proposal where weeks like those of the baseline are expected, and Alpha (period 1), Beta (period 2) instead where twice "
        "the demand may well come: for 5,000 CNY in place of 0, by the model that gains 5 CNY less over the calendar in normal weeks and "
        "40 CNY more there."
    ) in of_portfolio(found)
    assert "若办件翻倍很可能出现，则改取甲（第1期）、乙（第2期）" in of_portfolio(found, "zh")
    better = of_portfolio(portfolio({"none": (5, 0), "tiny-surge": (50, 10)}))
    assert "Take Alpha (period 1), Beta (period 2) instead, for 5,000 CNY in place of 0: by the model it gains 40 CNY more" in better
    assert "Take" not in of_portfolio(portfolio({"none": (0, 5), "tiny-surge": (50, 10)}, apart=False))


def test_the_picture_of_the_sequence_has_the_lead_time_of_the_file() -> None:
    """b from period 2 of 90 days: 10 days of introducing, 80 until the model counts it, then in effect; a has no lead time, and says so."""
    found = replace(portfolio({"none": (0, 5), "tiny-surge": (50, 10)}), begins={0: 0, 1: 1})
    axis = figures.sequence(found, 90).axes[0]
    bars = [(box.get_x(), box.get_width()) for box in axis.patches if isinstance(box, Rectangle) and box.get_width()]
    assert bars == [(0, 360), (90, 10), (100, 80), (180, 180)]
    assert [text.get_text() for text in axis.texts] == ["no lead time stated", "1 busy"]


def test_the_picture_of_the_front_says_the_regret_of_both_choices() -> None:
    front = figures.choices_front(portfolio({"none": (0, 5000), "tiny-surge": (50_000, 10_000)}))
    legend = [text.get_text().replace("\n", " ") for one in front.legends for text in one.get_texts()]
    assert "proposed: Alpha; largest regret 50" in legend
    assert "least regret under stress: Alpha, Beta; largest regret 10" in legend


def test_lead_times_are_those_of_the_files() -> None:
    instance, _ = instance_of(load_problem("tiny-portfolio", PortfolioProblem, load("tiny")))
    assert [(c.lead, c.days) for c in instance.candidates] == [(0, 0.0), (1, 10.0), (1, 30.0)]

