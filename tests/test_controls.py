"""Control variates: by hand, true on known laws, with an expectation that really is known, and told where they help and where not."""

import doctest

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from rich.console import Console

from simulation import controls as module
from simulation.controls import COLUMNS, ENOUGH, citizens, controlled, controls, pseudo_values
from simulation.estimates import estimate
from simulation.experiment import calendar_for, with_days
from simulation.measures import CATALOGUE
from simulation.plan import Plan, compile_plan
from simulation.reforms import apply, set_path
from simulation.result import KEYS, Evidence, Result
from simulation.scenario import Scenario
from simulation.units import Factor
from simulation.verbs import Settings, controls_of, load, load_reform, run
from simulation.world import Surge
from workbench.certainty import print_controls

Floats = NDArray[np.float64]
COVERS = range(926, 972)
"""Of 1,000 true 95 % intervals so many hold, but for two campaigns in a thousand."""


def test_the_examples_are_true() -> None:
    assert doctest.testmod(module).failed == 0 < doctest.testmod(module).attempted


def test_a_controlled_value_by_hand() -> None:
    """Values 1, 2, 3, 6 on controls -1, 0, 1, 2: residuals 0.4, -0.2, -0.8, 0.6, so s^2 = 1.2 / 2; at 0 the variance is
    0.6 * (1 / 4 + 0.5^2 / 5) = 0.18 where the plain one is 14 / 3 / 4. Student's 0.975 quantile with 2 degrees of freedom is 4.302653.
    """
    found = controlled(np.array([1.0, 2, 3, 6]), np.array([[-1.0], [0], [1], [2]]), np.array([0.0]))
    assert found is not None and found.value == pytest.approx(2.2) and found.n == 4
    assert found.high - found.value == pytest.approx(4.302653 * 0.18**0.5, rel=1e-6)
    assert found.plain_high - 3 == pytest.approx(3.182446 * (7 / 6) ** 0.5, rel=1e-6)
    assert found.saved == pytest.approx(1 - 0.18 * 6 / 7)
    assert not found.helps, "four replications are too few to choose by"


def test_without_degrees_of_freedom_or_variation_there_is_nothing_to_control() -> None:
    values, zero = np.arange(12.0), np.zeros(1)
    assert controlled(values[:3], values[:3, None], zero) is None
    assert controlled(values, np.ones((12, 1)), zero) is None
    assert controlled(np.ones(12), values[:, None], zero) is None
    assert controlled(values, np.stack([values**2, 2 * values**2], axis=1), np.zeros(2)) is None


def held(correlation: float, n: int, controls_: int = 1, repetitions: int = 1000) -> tuple[int, int, int, float]:
    """How many intervals hold the mean 0: controlled, plain, the one that is offered; and the median share of variance saved."""
    rng = np.random.default_rng([n, controls_])
    known = rng.standard_normal((repetitions, n, controls_))
    values = correlation * known[:, :, 0] + (1 - correlation**2) ** 0.5 * rng.standard_normal((repetitions, n))
    found = [one for v, k in zip(values, known, strict=True) if (one := controlled(v, k, np.zeros(controls_))) is not None]
    assert len(found) == repetitions
    inside = np.array([(one.low <= 0 <= one.high, one.plain_low <= 0 <= one.plain_high) for one in found])
    offered = np.where([one.helps for one in found], inside[:, 0], inside[:, 1])
    return int(inside[:, 0].sum()), int(inside[:, 1].sum()), int(offered.sum()), float(np.median([one.saved for one in found]))


@pytest.mark.parametrize(("n", "controls_"), [(6, 1), (10, 1), (10, 3), (20, 1)])
@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9])
def test_the_interval_is_exact_on_normal_laws(correlation: float, n: int, controls_: int) -> None:
    assert held(correlation, n, controls_)[0] in COVERS


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6, 0.9])
def test_choosing_the_narrower_interval_costs_little(correlation: float) -> None:
    """Of 1,000 intervals that hold with probability 0.93 at least 904 do, but for one campaign in a thousand."""
    assert held(correlation, ENOUGH)[2] >= 904


@pytest.mark.parametrize("bend", [0.5, 1.0, 1.5])
def test_of_values_that_bend_with_the_control_no_interval_is_offered(bend: float) -> None:
    """exp(b x), mean exp(b² / 2): the controlled interval of 20 holds in 80, 73 and 65 %; what is offered holds as often as the plain."""
    known = np.random.default_rng(3).standard_normal((400, 20, 1))
    found = [one for x in known if (one := controlled(np.exp(bend * x[:, 0]), x, np.zeros(1))) is not None]
    mean = np.exp(bend**2 / 2)
    assert sum(one.low <= mean <= one.high for one in found) / 400 < 0.87
    assert not any(one.helps for one in found)


def test_it_saves_what_the_correlation_explains_and_costs_where_there_is_none() -> None:
    """1 - (1 - 0.81) (n - 2) / (n - 3) on average for n = 20 [Lavenberg and Welch]: 0.80; without correlation a loss of 1 / 17."""
    assert held(0.9, 20)[3] == pytest.approx(0.80, abs=0.02)
    assert held(0.0, 20)[3] == pytest.approx(-1 / 17, abs=0.02)


def test_a_control_with_a_wrong_expectation_misleads() -> None:
    """The expectation must be known: half a deviation off, and most intervals miss."""
    rng = np.random.default_rng(6)
    known = rng.standard_normal((300, 20, 1))
    values = 0.9 * known[:, :, 0] + 0.4 * rng.standard_normal((300, 20))
    found = [controlled(v, k, np.array([0.5])) for v, k in zip(values, known, strict=True)]
    assert sum(one is not None and one.low <= 0 <= one.high for one in found) < 150


def test_pseudo_values_carry_the_plain_interval_of_a_ratio() -> None:
    rng = np.random.default_rng(7)
    n = rng.integers(50, 90, 12).astype(np.float64)
    total = n * (5 + rng.standard_normal(12))
    pseudo = pseudo_values(total, n)
    plain = estimate(pd.DataFrame({"replication": range(12), "total": total, "n": n}), "ratio")
    found = controlled(pseudo, rng.standard_normal((12, 1)), np.zeros(1))
    assert found is not None and plain.half_width is not None
    assert (found.plain_high - found.plain_low) / 2 == pytest.approx(plain.half_width)


# --- who comes ---------------------------------------------------------------------------------------------------


def plan_of(scenario: Scenario, days: int = 3) -> Plan:
    horizon = with_days(scenario.horizon, days)
    return compile_plan(scenario, calendar_for(scenario, horizon), horizon)


def surged(factor: float) -> Scenario:
    """The tiny hall, some of whose citizens are drawn by other days, thinned or more numerous."""
    hall = set_path(load("tiny"), "world.dispersion", "0.2")
    world = hall.world.model_copy(update={"surges": (Surge(factor=Factor(factor)),)})
    return hall.model_copy(update={"world": world})


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.5])
def test_as_many_come_on_average_as_are_expected(factor: float) -> None:
    """Mean of 400 replications: within 3.3 standard errors (one campaign in a thousand); a tenth more or less would be noticed."""
    came, expected = citizens(plan_of(surged(factor)), 1, range(400))
    error = came.std(ddof=1) / 20
    assert abs(came.mean() - expected) < 3.3 * error < 0.1 * expected
    assert came.var(ddof=1) > 1.5 * expected, "days differ by more than Poisson's law, or the factors were not looked at"


def test_the_same_citizens_come_under_a_reform_so_that_differences_have_nothing_to_control() -> None:
    hall = load("tiny")
    before, after = (citizens(plan_of(s), 1, range(3)) for s in (hall, apply(hall, load_reform("tiny-one-window"))))
    assert before[0].tolist() == after[0].tolist() and before[1] == after[1]


def test_those_who_are_counted_are_those_who_have_a_case_in_the_log() -> None:
    from simulation.draws import make_draws
    from simulation.engines import simulate

    plan = plan_of(load("tiny"), 5)
    log = simulate(plan, make_draws(plan, 1, 0))
    assert plan.window is not None
    arrived = log.cases["arrived"]
    seen = log.cases[(arrived >= plan.window[0]) & (arrived < plan.window[1])]
    (came,), _ = citizens(plan, 1, [0])
    assert came == len(seen.drop_duplicates(["need", "number", "arrived"]))


# --- rows and words ----------------------------------------------------------------------------------------------


def rows() -> tuple[pd.DataFrame, Floats]:
    """24 replications: tickets follow who came, waits do not; the reform changes tickets by one and no wait."""
    rng = np.random.default_rng(8)
    came = rng.poisson(100, 24).astype(np.float64)
    wait = 60 * rng.random(24)
    found = []
    for scenario, more in (("tiny", rng.random(24)), ("other", rng.random(24) + 1)):
        for r in range(24):
            found.append((scenario, "none", r, "tickets_per_day", "all", came[r] + more[r], 1.0, None))
            found.append((scenario, "none", r, "wait_mean", "all", 10 * wait[r], 10.0, None))
            found.append((scenario, "none", r, "wait_p90", "all", 0.0, 0.0, np.array([1, 2])))
    return pd.DataFrame(found, columns=["scenario", "stress", "replication", "measure", "group", "total", "n", "values"]), came


def test_rows_of_an_experiment_are_controlled_where_they_are_sums_and_vary() -> None:
    frame, came = rows()
    found = controls(frame, list(CATALOGUE.values()), {"tiny": "tiny", "other": "tiny"}, {"none": (came, 100.0)})
    assert tuple(found.columns) == COLUMNS
    assert [tuple(r) for r in found[["scenario", "measure", "of"]].to_numpy().tolist()] == [
        ("tiny", "tickets_per_day", "value"), ("tiny", "wait_mean", "value"),
        ("other", "tickets_per_day", "value"), ("other", "tickets_per_day", "difference"), ("other", "wait_mean", "value"),
    ]  # fmt: skip
    tickets = found[(found["measure"] == "tickets_per_day") & (found["of"] == "value")]
    assert tickets["helps"].all() and (tickets["saved"] > 0.98).all()
    assert set(found["came"]) == {float(came.mean())} and set(found["expected"]) == {100.0}


def test_a_share_near_the_edge_has_no_controlled_interval_and_none_leaves_its_range() -> None:
    rng = np.random.default_rng(9)
    frames = []
    for name, hits in (("walk_away_share", rng.integers(0, 2, 12)), ("wait_over_15", np.array([1, *[60] * 11]))):
        told = {"scenario": "tiny", "stress": "none", "replication": range(12), "measure": name, "group": "all"}
        frames.append(pd.DataFrame({**told, "total": hits.astype(float), "n": 100.0, "values": None}))
    came = rng.poisson(100, 12).astype(np.float64)
    found = controls(pd.concat(frames), list(CATALOGUE.values()), {"tiny": "tiny"}, {"none": (came, 160.0)})
    assert found["measure"].tolist() == ["wait_over_15"]
    assert 0 <= found["low"][0] <= found["high"][0] <= 1 and (found["low"][0] == 0 or found["high"][0] == 1)


@pytest.mark.parametrize(("language", "words"), [("en", ("With a control variate", "No narrower")), ("zh", ("控制变量法", "保持原样"))])
def test_what_the_control_gains_is_told(language: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    frame, came = rows()
    found = controls(frame, list(CATALOGUE.values()), {"tiny": "tiny", "other": "tiny"}, {"none": (came, 100.0)})
    known = tuple(
        {**dict.fromkeys(KEYS), "scenario": s, "measure": m, "group": "all", "stress": "none", "unit": CATALOGUE[m].unit}
        for s in ("tiny", "other") for m in ("tickets_per_day", "wait_mean")
    )  # fmt: skip
    seen = Result(known, frame, Evidence.of(load("tiny")), {})
    print_controls(Console(width=110), seen, found, {"tiny": "today", "other": "another"}, language)
    told = capsys.readouterr().out
    assert all(word in told for word in (*words, "today", "another", f"{-100 * found['saved'][0]:.0f} %"))


def test_a_run_has_controlled_values_over_its_own_replications(tmp_path: pytest.TempPathFactory) -> None:
    hall, settings = load("tiny"), Settings(replications=4, days=2, store=tmp_path, workers=1)
    result = run(hall, [CATALOGUE["tickets_per_day"]], settings)
    found = controls_of(result, hall, settings)
    came, expected = citizens(plan_of(hall, 2), 1, range(4))
    assert found["came"].tolist() == [came.mean()] and found["expected"].tolist() == [expected]
    row = result.row("tiny", "tickets_per_day")
    assert (found["plain_low"][0], found["plain_high"][0]) == pytest.approx((row["low"], row["high"]))
