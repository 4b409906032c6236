"""Both bands: by hand, where nothing moves, how often the wide one holds the next world, and the tiny hall from end to end."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulation.errors import InputRefused
from simulation.estimates import student
from simulation.experiment import Experiment, Headline
from simulation.files import find
from simulation.plausible import chance_of, coverage, line_of, movers_of, preferred_reform
from simulation.result import Result
from simulation.verbs import Settings, compare, load_experiment
from workbench.bands import verdict_in_worlds

NOTICE = "tiny-one-time-notice"


def row(difference: float | None = -3.0, low: float | None = -4.0, high: float | None = -2.0, *, identical: bool = False) -> dict[str, Any]:
    return {
        "scenario": "a", "stress": "none", "measure": "trips", "group": "all", "unit": "trips", "difference": difference,
        "difference_low": low, "difference_high": high, "identical": identical,
    }  # fmt: skip


def asked(**more: Any) -> Experiment:
    headline = (Headline(reform="tiny-one-window", measure="wait_mean"), Headline(reform="tiny-delegate", measure="lead_wd"))
    changes = {"reforms": ("tiny-one-window", "tiny-delegate"), "measures": ("wait_mean", "lead_wd"), "headline": headline}
    return load_experiment("tiny-questions").model_copy(update={**changes, **more})


@pytest.fixture(scope="module")
def sure(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return compare(asked(), Settings(replications=3, days=2, workers=1, store=tmp_path_factory.mktemp("kept")), worlds=4)


def test_the_wide_band_adds_chance_and_shifts_as_independent_widths() -> None:
    """-3 ± 1 by chance, shifts -1 .. 1 around a median of 0: -3 ± sqrt(1 + 1). In each world the nearer end stays below 0."""
    line = line_of(row(), np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), 0.0)
    assert (line.wide_low, line.wide_high) == pytest.approx((-3 - 2**0.5, -3 + 2**0.5))
    assert line.there == (-4.0, -3.5, -3.0, -2.5, -2.0)
    assert (line.standing, line.same, line.other, line.unresolved) == ("holds", 5, 0, 0)


def test_a_difference_that_one_world_turns_holds_in_part() -> None:
    """Clopper-Pearson of 3 in 5, one-sided: 0.189.

    Shifts 2.5 and 5: -0.5 ± 1 is not told, 2 ± 1 lies on the other side; three of five stay.
    """
    line = line_of(row(), np.array([-1.0, 0.0, 0.0, 2.5, 5.0]), 0.0)
    assert (line.standing, line.same, line.other, line.unresolved) == ("in part", 3, 1, 1)
    assert verdict_in_worlds(line) == "holds in 60 % of plausible worlds (at least 19 %, 95 %)"
    assert verdict_in_worlds(line, "zh") == "在60%的可能情形下成立（至少19%，95%）"


def test_chance_in_the_shifts_makes_a_world_harder_to_tell() -> None:
    shifts = np.array([0.0, 0.0, 0.0, 1.5])
    assert line_of(row(), shifts, 0.0).same == 4
    assert line_of(row(), shifts, 2.0).same == 3


def test_chance_of_which_nothing_is_known_tells_no_world() -> None:
    """One replication, or single replications without a case: not zero chance."""
    one, gaps = np.zeros((6, 1, 1)), np.full((6, 5, 1), np.nan)
    assert np.isnan([chance_of(one), chance_of(gaps)]).all()
    line = line_of(row(), np.zeros(6), np.nan, np.nan)
    assert (line.standing, line.same, line.unresolved, line.wide_low) == ("undecided", 0, 6, None)


def test_what_holds_in_all_worlds_run_says_in_how_many_at_least() -> None:
    """All of five: 0.05 ** (1 / 5) = 0.549."""
    line = line_of(row(), np.zeros(5), 0.0)
    assert verdict_in_worlds(line) == "holds in all 5 worlds run (at least 55 % of worlds, 95 %)"
    assert "至少占全部情形的55%" in verdict_in_worlds(line, "zh")


def test_chance_by_hand_own_and_shared() -> None:
    """Two worlds, two replications: 0, 2 and 4, 6: each varies by 2, their means 2, 4 by 2; t(1) = 12.706 times sqrt(2 / 2)."""
    own, shared = chance_of(np.array([[[0.0], [2.0]], [[4.0], [6.0]]]))
    assert (own[0], shared[0]) == pytest.approx((12.706, 12.706), rel=1e-4)
    own, shared = chance_of(np.array([[[0.0], [2.0]], [[6.0], [4.0]]]))
    assert (own[0], shared[0]) == pytest.approx((12.706, 0), rel=1e-4)


@pytest.mark.parametrize(("stated", "world"), [(1.0, 0.0), (0.0, 1.0)])
def test_the_bands_hold_where_shifts_are_noisy(stated: float, world: float) -> None:
    """The scenario as stated has luck of its own, which is in all 39 shifts, or each world has. True differences 0.9 to 1.1, 20 and 5
    replications, 400 campaigns: the next world is held in 95 % (less 4 errors), and each world by its own half width likewise.
    Without the shared part and with two replications of each world the wide band of the first law held 54 %, its worlds 87 %.
    """
    chance, kept, each = np.random.default_rng(5), 0, []
    for _ in range(400):
        effects = 0.9 + 0.2 * (chance.permutation(40) + chance.random(40)) / 40
        own = 1 + stated * chance.standard_normal(20)
        singly = effects[:39, None] + world * chance.standard_normal((39, 5)) - own[:5]
        half = student(19, 0.95) * own.std(ddof=1) / 20**0.5
        d, (error, shared) = own.mean(), (float(x[0]) for x in chance_of(singly[:, :, None]))
        line = line_of(row(d, d - half, d + half), singly.mean(axis=1), error, shared)
        assert line.wide_low is not None and line.wide_high is not None
        kept += line.wide_low <= effects[39] <= line.wide_high
        each.append((np.abs(np.array(line.there) - effects[:39]) <= np.hypot(half, error)).mean())
    assert kept / 400 > 0.95 - 4 * (0.95 * 0.05 / 400) ** 0.5 and np.mean(each) > 0.92


def test_assumptions_that_move_nothing_leave_the_band_of_chance_alone() -> None:
    line = line_of(row(), np.zeros(6), 0.0)
    assert (line.wide_low, line.wide_high, line.standing) == (-4.0, -2.0, "holds")


def test_what_chance_does_not_tell_no_world_tells() -> None:
    line = line_of(row(-1.0, -3.0, 1.0), np.array([-9.0, -9.0, -9.0, -9.0]), 0.0)
    assert (line.standing, line.same, line.unresolved) == ("undecided", 0, 4)


def test_identical_stays_identical_only_while_no_world_differs() -> None:
    same = row(0.0, 0.0, 0.0, identical=True)
    assert line_of(same, np.zeros(4), 0.0).standing == "identical"
    assert line_of(same, np.array([0.0, 0.0, 0.0, 1.0]), 0.0).standing == "undecided"


def test_a_world_without_a_case_is_no_agreement() -> None:
    line = line_of(row(), np.array([0.0, 0.0, 0.0, 0.0, np.nan]), 0.0)
    assert (line.standing, line.same, line.unresolved) == ("in part", 4, 1)


@pytest.mark.parametrize(("n", "expected"), [(4, 3 / 5), (19, 0.9), (38, 37 / 39), (39, 0.95), (79, 0.95)])
def test_the_order_statistics_hold_the_next_world_as_often_as_said(n: int, expected: float) -> None:
    """(N - 1) / (N + 1) for the outermost of N independent worlds; 10,000 samples, four standard errors."""
    assert coverage(n) == pytest.approx(expected)
    chance = np.random.default_rng(n)
    shifts, later = chance.normal(size=(10_000, n)), chance.normal(size=10_000)
    # Half widths by chance of nothing leave the order statistics themselves.
    ends = np.array([(line.wide_low, line.wide_high) for line in (line_of(row(0.0, 0.0, 0.0), s, 0.0) for s in shifts)])
    held = float(((ends[:, 0] < later) & (later < ends[:, 1])).mean())
    assert abs(held - expected) < 4 * (expected * (1 - expected) / 10_000) ** 0.5


def test_the_assumption_that_decides_has_correlation_one_and_its_own_swing() -> None:
    places = np.random.default_rng(1).random((30, 5))
    correlations, swings, noise = movers_of(places, 3 * places[:, 2], seed=1)
    assert correlations[2] == pytest.approx(1) and swings[2] == pytest.approx(3)
    assert 0.3 < noise < 0.9


def test_no_assumption_exceeds_the_noise_by_chance_more_often_than_said() -> None:
    """Of 300 samples in which nothing matters, the largest of 20 correlations passes the level in about 5 %: at most 9 % (4 errors)."""
    chance = np.random.default_rng(7)
    passed = 0
    for k in range(300):
        correlations, _, noise = movers_of(chance.random((20, 20)), chance.normal(size=20), seed=k)
        passed += bool(np.abs(correlations).max() > noise)
    assert 0.01 < passed / 300 < 0.09


def test_what_moves_in_no_world_has_no_mover() -> None:
    correlations, _, noise = movers_of(np.random.default_rng(1).random((8, 3)), np.zeros(8), seed=1)
    assert not correlations.any() and noise == 0


def test_a_reform_without_assumptions_of_its_own_in_a_hall_without_any_has_no_mover() -> None:
    correlations, _, noise = movers_of(np.empty((8, 0)), np.arange(8.0), seed=1)
    assert correlations.shape == (0,) and noise == 0


def test_a_comparison_with_worlds_says_how_many_and_leaves_the_rest_as_it_was(sure: Result, tmp_path: Path) -> None:
    plain = compare(asked(), Settings(replications=3, days=2, workers=1, store=tmp_path))
    assert plain.plausible is None and plain.rows == sure.rows
    found = sure.plausible
    assert found is not None
    assert (found.asked, found.used, found.replications, found.kinds, found.numbers) == (4, 4, 3, 7, 7)
    assert [(line.reform, line.measure) for line in found.lines] == [("tiny-one-window", "wait_mean"), ("tiny-delegate", "lead_wd")]
    for line in found.lines:
        assert line.wide_low is not None and line.wide_high is not None and len(line.there) == 4
        assert line.difference == sure.row(line.reform, line.measure)["difference"]
    assert found.considered == 6 and not any(m.kind.startswith("delegate.") for m in found.movers)
    assert 0 < len(found.movers) <= 5 and found.preferred == "tiny-one-window"
    document = sure.document()["worlds"]
    assert document["lines"][0]["standing"] == found.lines[0].standing and "not included" not in sure.evidence.line(included=True)


def test_the_best_of_reforms_that_are_worse_than_today_is_said_to_be_so(sure: Result) -> None:
    """Less wait is better."""

    def seen(today: float, one: float) -> Result:
        rows = tuple({**r, "value": today if r["scenario"] == "tiny" else one} for r in sure.rows)
        return replace(sure, rows=rows)

    assert preferred_reform(seen(60, 50), asked()) == ("tiny-one-window", True)
    assert preferred_reform(seen(60, 70), asked()) == ("tiny-one-window", False)


@pytest.mark.parametrize(
    ("more", "worlds", "words"),
    [
        ({}, 3, "at least 4 worlds"),
        ({"headline": ()}, 4, "that of the headline"),
        ({"reforms": (NOTICE,), "headline": (Headline(reform=NOTICE, measure="lead_wd"),)}, 4, "states a range"),
    ],
)
def test_worlds_that_could_say_nothing_are_refused(more: dict[str, Any], worlds: int, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=words):
        compare(asked(**more), Settings(replications=2, days=1, workers=1, store=tmp_path), worlds=worlds)
    assert not [*tmp_path.iterdir()], "refused before anything runs"


def test_a_refusal_of_worlds_names_each_file_and_a_number_that_could_state_a_range(tmp_path: Path) -> None:
    """What stands behind the tiny hall is a source; the reform assumes a pace, and only its cost has a range, which moves no result."""
    text = find("tiny-one-window", "reforms").read_text(encoding="utf-8")
    bare = re.sub(r" \([\d.]+\.\.[\d.]+\)", "", text).replace("once: 20 kCNY", "once: 20 kCNY (10..40)")
    bare = bare.replace("name: tiny-one-window", "name: bare")
    (tmp_path / "bare.yaml").write_text(bare, encoding="utf-8")
    own = {"reforms": (str(tmp_path / "bare.yaml"),), "headline": (Headline(reform="bare", measure="lead_wd"),)}
    with pytest.raises(InputRefused) as refused:
        compare(asked(**own), Settings(replications=1, days=1, workers=1, store=tmp_path / "kept"), worlds=40)
    hall, reform = refused.value.problems
    assert hall.where.endswith(": tiny") and hall.remedy == "none of its numbers is an assumption"
    assert reform.where.endswith("bare.yaml") and "edits.0.collect_touch.value: 3 min (LOW..HIGH)" in reform.remedy
    assert "cost" in reform.rule and not (tmp_path / "kept").exists()
