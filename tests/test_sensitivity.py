"""Elementary effects: exact on a linear function, nothing but noise on noise, exactly zero where nothing can change."""

import doctest
from pathlib import Path

import numpy as np
import pytest
from SALib.sample.morris import sample

from simulation import sensitivity as module
from simulation.errors import InputRefused
from simulation.experiment import Experiment, Headline
from simulation.sensitivity import LEVELS, effects_of, elementary_effects
from simulation.units import Factor
from simulation.verbs import Settings, compare, load_experiment
from simulation.worlds import Assumption

KNOWN = [Assumption(kind, (("file", Factor.parse("1.1 (1..1.4)")),)) for kind in ("a", "b", "c")]


def tracks(n: int) -> np.ndarray:
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0.0, 1.0]] * 3}
    return np.asarray(sample(problem, n, num_levels=LEVELS, seed=1)).reshape(n, 4, 3)


def asked() -> Experiment:
    headline = (Headline(reform="tiny-one-window", measure="wait_mean"),)
    changes = {"reforms": ("tiny-one-window",), "measures": ("wait_mean",), "headline": headline}
    return load_experiment("tiny-questions").model_copy(update=changes)


def test_the_effects_of_a_linear_function_are_its_slopes_without_spread_or_noise() -> None:
    """y = 2 a - 3 b, c does nothing; both replications agree."""
    x = tracks(5)
    y = 2 * x[:, :, 0] - 3 * x[:, :, 1]
    b, a, c = effects_of(KNOWN, x, np.stack([y, y], axis=2), seed=1)
    assert [e.assumption.kind for e in (b, a, c)] == ["b", "a", "c"]
    assert (a.mean, a.size, b.mean, b.size, c.size) == pytest.approx((2, 2, -3, 3, 0), abs=1e-9)
    assert (a.spread, b.by_chance) == pytest.approx((0, 0), abs=1e-9)
    assert a.told and b.told and not c.told and c.noise is None


def test_an_interaction_is_spread_that_is_no_noise() -> None:
    """y = 4 a b: the effect of a is 4 b, which differs between trajectories though the replications agree."""
    x = tracks(8)
    y = 4 * x[:, :, 0] * x[:, :, 1]
    by_kind = {e.assumption.kind: e for e in effects_of(KNOWN, x, np.stack([y, y], axis=2), seed=1)}
    assert by_kind["a"].spread > 0.5 and by_kind["a"].noise == pytest.approx(0)


def test_of_pure_noise_the_noise_share_is_one_and_the_size_what_chance_makes() -> None:
    """Without any effect mu* is the mean of |N(0, s²)|: by_chance is its expectation; 400 trajectories, a tenth of tolerance."""
    x = tracks(400)
    y = np.random.default_rng(3).normal(size=(400, 4, 2))
    for effect in effects_of(KNOWN, x, y, seed=1):
        assert effect.size == pytest.approx(effect.by_chance, rel=0.1)
        assert effect.noise is not None and effect.noise > 0.8


@pytest.mark.parametrize("trajectories", [4, 10])
def test_of_nothing_but_noise_hardly_ever_is_an_assumption_told_from_chance(trajectories: int) -> None:
    """400 campaigns of three assumptions without effect: in at most 5 % one of them is told, less than 4 errors more. mu* against its
    bootstrap interval told one in eight of them at four trajectories.
    """
    chance, x = np.random.default_rng(11), tracks(trajectories)
    told = sum(any(e.told for e in effects_of(KNOWN, x, chance.normal(size=(trajectories, 4, 2)), seed=1)) for _ in range(400))
    assert told / 400 < 0.05 + 4 * (0.05 * 0.95 / 400) ** 0.5
    clear = effects_of(KNOWN, x, 9 * x[:, :, :1] + chance.normal(size=(trajectories, 4, 2)), seed=1)
    assert clear[0].assumption.kind == "a" and clear[0].told


def test_the_examples_are_true() -> None:
    assert doctest.testmod(module).failed == 0 < doctest.testmod(module).attempted


def test_what_has_faded_has_no_effect_and_a_slower_pace_lengthens_the_wait(tmp_path: Path) -> None:
    told = Settings(replications=2, days=3, workers=1, store=tmp_path)
    patterns = ("pool_windows.training.*", "pool_windows.pace")
    found = elementary_effects(asked(), compare(asked(), told), 2, patterns, told)
    by_kind = {e.assumption.kind: e for e in found.effects}
    assert set(by_kind) == {"pool_windows.pace", "pool_windows.training.start", "pool_windows.training.fades_over"}
    assert by_kind["pool_windows.training.start"].size == by_kind["pool_windows.training.fades_over"].size == 0
    assert by_kind["pool_windows.pace"].mean > 0
    assert (found.trajectories, found.replications, found.runs, found.rejected) == (2, 2, 2 * 4 * 2 * 2, 0)


@pytest.mark.parametrize(
    ("patterns", "trajectories", "words"),
    [(("pool_windows.pase",), 2, "did you mean.*pool_windows.pace"), ((), 1, "two trajectories at least")],
)
def test_what_could_not_be_told_is_refused(patterns: tuple[str, ...], trajectories: int, words: str, tmp_path: Path) -> None:
    told = Settings(replications=2, days=1, workers=1, store=tmp_path)
    with pytest.raises(InputRefused, match=words):
        elementary_effects(asked(), compare(asked(), told), trajectories, patterns, told)
