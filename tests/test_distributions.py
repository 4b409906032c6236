"""Laws of chance against scipy.stats; one uniform a draw, climbing with it; the same law from its text."""

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from scipy import stats

from simulation.distributions import LAWS, Discrete, Distribution, Law, Lognormal
from simulation.units import Duration, Factor, Share

U = np.concatenate([[1e-12, 1e-9, 1e-6], np.linspace(0.0005, 0.9995, 2001), [1 - 1e-6, 1 - 1e-9, 1 - 1e-12]])
ADAPTER: TypeAdapter[Any] = TypeAdapter(Distribution)


def law(written: Any) -> Law:
    found = ADAPTER.validate_python(written)
    assert isinstance(found, Law)
    return found


S2 = math.log1p(0.5**2)
EXPECTED: list[tuple[Any, Any]] = [
    ({"lognormal": {"median": "12 min", "sigma": "0.5"}}, stats.lognorm(0.5, scale=720)),
    ({"lognormal": {"mean": "12 min", "cv": "0.5"}}, stats.lognorm(math.sqrt(S2), scale=720 * math.exp(-S2 / 2))),
    ({"lognormal": {"median": "12 min", "cv": "0.5"}}, stats.lognorm(math.sqrt(S2), scale=720)),
    ({"lognormal": {"mean": "12 min", "sigma": "2"}}, stats.lognorm(2, scale=720 * math.exp(-2))),
    ({"exponential": {"mean": "8 min"}}, stats.expon(scale=480)),
    ({"gamma": {"mean": "8 min", "cv": "0.4"}}, stats.gamma(6.25, scale=480 / 6.25)),
    ({"gamma": {"mean": "8 min", "cv": "2"}}, stats.gamma(0.25, scale=480 / 0.25)),
    ({"erlang": {"k": "3", "mean": "9 min"}}, stats.erlang(3, scale=180)),
    ({"uniform": {"low": "2 min", "high": "6 min"}}, stats.uniform(120, 240)),
    ({"discrete": {"1": "0.7", "2": "0.2", "3": "0.1"}}, stats.rv_discrete(values=([1, 2, 3], [0.7, 0.2, 0.1]))),
    ({"discrete": {"5": "0", "0": "25 %", "9": "75 %"}}, stats.rv_discrete(values=([0, 5, 9], [0.25, 0, 0.75]))),
]


@pytest.mark.parametrize(("written", "expected"), EXPECTED, ids=[str(w) for w, _ in EXPECTED])
def test_the_inverse_the_mean_and_the_spread_are_those_of_scipy(written: Any, expected: Any) -> None:
    found = law(written)
    draws = found.ppf(U)
    assert draws.dtype == np.float64 and draws.shape == U.shape
    np.testing.assert_allclose(draws, expected.ppf(U), rtol=1e-9)
    assert found.mean() == pytest.approx(expected.mean(), rel=1e-12)
    assert found.cv() == pytest.approx(expected.std() / expected.mean(), rel=1e-9)


def test_an_empirical_law_runs_straight_between_its_quantiles() -> None:
    """Halves on [2, 9] and [9, 60] minutes: mean (5.5 + 34.5) / 2 = 20; E x² = ((4+18+81) + (81+540+3600)) / 6 = 720.67."""
    found = law({"empirical": {"0": "2 min", "0.5": "9 min", "1": "60 min"}})
    np.testing.assert_allclose(found.ppf(np.array([0.25, 0.5, 0.75])) / 60, [5.5, 9, 34.5])
    assert found.mean() / 60 == pytest.approx(20)
    assert found.cv() == pytest.approx(math.sqrt((103 + 4221) / 6 - 400) / 20)


def test_a_constant_ignores_its_uniform() -> None:
    found = law({"constant": "5 min"})
    assert (found.ppf(U) == 300).all() and found.ppf(np.full((2, 3), 0.5)).shape == (2, 3)
    assert (found.mean(), found.cv()) == (300, 0)


def durations(least: int = 0) -> st.SearchStrategy[str]:
    return st.tuples(st.integers(max(least, 1), 10**6), st.sampled_from(["s", "min", "h"])).map(lambda pair: f"{pair[0]} {pair[1]}")


FACTORS = st.integers(1, 300).map(lambda n: str(n / 100))
RANGED = st.integers(2, 10**4).map(lambda n: f"{n} min ({n - 1}..{2 * n})")


@st.composite
def laws(draw: st.DrawFn) -> dict[str, Any]:
    """Any law as a file would write it."""
    name, time = draw(st.sampled_from(sorted(LAWS))), draw(durations() | RANGED)
    values = draw(st.lists(st.integers(0, 99), min_size=1, max_size=8, unique=True))
    low, high = sorted(draw(st.tuples(st.integers(0, 999), st.integers(0, 999))))
    body: Any = {
        "lognormal": {draw(st.sampled_from(["median", "mean"])): time, draw(st.sampled_from(["sigma", "cv"])): draw(FACTORS)},
        "exponential": {"mean": time},
        "gamma": {"mean": time, "cv": draw(FACTORS)},
        "erlang": {"k": str(draw(st.integers(1, 30))), "mean": time},
        "uniform": {"low": f"{low} min", "high": f"{high} min"},
        "constant": time,
        "empirical": {"0": f"{low} s", "0.3": f"{high} s", "1": f"{high + 5} s"},
        "discrete": {str(value): str(1 / len(values)) for value in values},
    }[name]
    return {name: body}


@given(written=laws())
def test_a_law_reads_back_equal_and_climbs_with_its_uniform(written: dict[str, Any]) -> None:
    found = law(written)
    assert law(found.written()) == found == law(found)
    draws = found.ppf(U)
    assert (np.diff(draws) >= 0).all() and (draws >= 0).all() and np.isfinite(draws).all()
    assert math.isfinite(found.mean()) and found.cv() >= 0


@given(written=laws(), scale=st.integers(2, 50))
def test_the_mean_is_that_of_the_draws(written: dict[str, Any], scale: int) -> None:
    """Midpoints of a fine grid, the tails folded in by the law's own inverse: within 2 % where the spread is moderate."""
    found = law(written)
    if found.cv() <= 1:
        grid = (np.arange(1000 * scale) + 0.5) / (1000 * scale)
        assert found.ppf(grid).mean() == pytest.approx(found.mean(), rel=0.02, abs=0.01)


def test_ranges_in_parameters_are_kept() -> None:
    found = law({"lognormal": {"median": "12 min (9..15)", "sigma": "0.5 (0.4..0.6)"}})
    assert isinstance(found, Lognormal)
    assert found == Lognormal(median=Duration(720, 540, 900), sigma=Factor(0.5, 0.4, 0.6))
    assert found.written() == {"lognormal": {"median": "12 min (9..15)", "sigma": "0.5 (0.4..0.6)"}}


class Visit(BaseModel):
    """A union and one law alone as field types."""

    touch: Distribution
    again: Discrete | None = None


def test_a_law_is_a_field_type_alone_and_in_the_union() -> None:
    text = {"touch": {"constant": "5 min"}, "again": {"discrete": {"1": "0.5", "3": "0.5"}}}
    visit = Visit.model_validate(text)
    assert Visit.model_validate(visit.model_dump()) == visit == Visit.model_validate_json(visit.model_dump_json())
    assert visit.model_dump() == text
    assert visit.again and visit.again.shares[next(iter(visit.again.shares))] == Share(0.5)


@pytest.mark.parametrize(
    ("written", "loc", "words"),
    [
        ("12 min", (), "a law's name over its parameters"),
        ({}, (), "one law's name"),
        ({"constant": "1 s", "exponential": {"mean": "1 s"}}, (), "one law's name"),
        ({"lognormall": {}}, (), "did you mean `lognormal`?"),
        ({"lognormal": {"median": "9:30", "sigma": "1"}}, ("lognormal", "median"), "time of day"),
        ({"lognormal": {"median": "9 min", "mean": "9 min", "sigma": "1"}}, ("lognormal",), "one of `median` and `mean`"),
        ({"lognormal": {"median": "9 min", "sigma": "1", "cv": "1"}}, ("lognormal",), "one of `sigma` and `cv`"),
        ({"lognormal": {"median": "0 s", "sigma": "1"}}, ("lognormal",), "greater than 0"),
        ({"exponential": "5 min"}, ("exponential",), "named parameters (write them as `mean:`)"),
        ({"exponential": {"mean": "5"}}, ("exponential", "mean"), "add the unit"),
        ({"gamma": {"mean": "5 min", "cv": "0"}}, ("gamma", "cv"), "greater than 0"),
        ({"erlang": {"k": "0", "mean": "1 s"}}, ("erlang",), "at least one phase"),
        ({"erlang": {"k": "1.5", "mean": "1 s"}}, ("erlang", "k"), "whole number"),
        ({"uniform": {"low": "5 min", "high": "1 min"}}, ("uniform",), "`low` is at most `high`"),
        ({"constant": "300"}, ("constant", "value"), "add the unit"),
        ({"discrete": {"1": "0.7", "2": "0.2"}}, ("discrete",), "sum to 0.9"),
        ({"discrete": {}}, ("discrete",), "sum to 0"),
        ({"discrete": {"1.5": "1"}}, ("discrete", "shares", "1.5", "[key]"), "whole number"),
        ({"empirical": {"0": "1 s"}}, ("empirical",), "from 0 to 1"),
        ({"empirical": {"0": "1 s", "0.9": "2 s"}}, ("empirical",), "from 0 to 1"),
        ({"empirical": {"0": "5 s", "1": "2 s"}}, ("empirical",), "quantiles climb"),
    ],
)
def test_a_law_that_is_none_is_refused_where_it_fails(written: Any, loc: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ADAPTER.validate_python(written)
    [error] = refused.value.errors()
    assert error["loc"] == loc
    assert words in error["msg"]


def test_reading_laws_needs_neither_numpy_nor_scipy() -> None:
    code = "import sys, simulation.distributions; print(sorted({'numpy', 'scipy'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
