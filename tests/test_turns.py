"""Where the preference changes: by hand along one assumption, and a flip map that agrees with the comparison."""

from pathlib import Path

import pytest

from simulation.errors import InputRefused
from simulation.experiment import Experiment, Headline
from simulation.turns import Gap, Ranking, Turn, flip_map, turn_of, turning_values
from simulation.units import Factor
from simulation.verbs import Settings, compare, load_experiment
from simulation.worlds import Assumption
from workbench.flip import grid
from workbench.sensitivity import stays, turn_document

PACE = Assumption("pool_windows.pace", (("file", Factor.parse("1.1 (1..1.4)")),))


def asked(measure: str = "wait_mean", reform: str = "tiny-one-window") -> Experiment:
    headline = (Headline(reform=reform, measure=measure),)
    return load_experiment("tiny-questions").model_copy(update={"reforms": (reform,), "measures": (measure,), "headline": headline})


def ranked(**gaps: Gap) -> Ranking:
    return Ranking({"a": 1.0}, "a", "a", gaps)


def turn(*gaps: tuple[float, float]) -> Turn:
    """A rival whose gap is value ± half width at equally spaced places."""
    places = tuple(k / (len(gaps) - 1) for k in range(len(gaps)))
    rankings = tuple(Ranking({"a": 1.0, "b": 1.0 + v}, "a", "a", {"b": Gap(v, v - h, v + h)}) for v, h in gaps)
    return turn_of(PACE, "a", places, rankings)


def test_the_preference_changes_where_the_gap_crosses_zero_and_is_open_where_its_interval_holds_it() -> None:
    """2 ± 1 to -2 ± 1: the line crosses at 1/2, its lower end at 1/4, its upper end at 3/4. Places are looked at in steps of 1/400."""
    found = turn((2.0, 1.0), (-2.0, 1.0))
    assert (found.to, found.at, found.low, found.high) == ("b", *map(pytest.approx, (0.5, 0.25, 0.75)))
    assert found.at is not None and float(PACE.at(found.at)) == pytest.approx(1.1)


def test_a_gap_that_stays_away_from_zero_turns_nowhere() -> None:
    found = turn((3.0, 1.0), (2.0, 1.0), (3.0, 1.0))
    assert (found.to, found.at, found.low, found.high) == (None, None, None, None)
    assert found.state == "sure" and found.whole and stays(found, "en") == "stays over the whole range"


def test_nothing_stays_for_sure_that_was_not_tested() -> None:
    """No interval at one place; a rival without a value there; the upper half of the range not run; chance that could close a gap."""
    bare = turn_of(PACE, "a", (0.0, 1.0), (ranked(b=Gap(3, 1, 5)), ranked(b=Gap(3, None, None))))
    gone = turn_of(PACE, "a", (0.0, 1.0), (ranked(b=Gap(3, 1, 5), c=Gap(3, 1, 5)), ranked(b=Gap(3, 1, 5))))
    half = turn_of(PACE, "a", (0.25, 0.5), (ranked(b=Gap(3, 1, 5)),) * 2)
    assert [t.state for t in (bare, gone, half, turn((1.0, 2.0), (3.0, 2.0)))] == ["unknown", "unknown", "sure", "open"]
    assert not half.whole and stays(half, "en") == "stays from 1.05 to 1.1; no more was run"
    assert "未检验" in stays(bare, "zh") and turn_document(half)["looked_at"] == [1.05, 1.1]


def test_gaps_without_intervals_that_change_sign_still_turn() -> None:
    found = turn_of(PACE, "a", (0.0, 1.0), (ranked(b=Gap(2, None, None)), ranked(b=Gap(-2, None, None))))
    assert (found.to, found.at, found.state) == ("b", pytest.approx(0.5), "unknown")


def test_one_replication_asked_is_two_run_as_one_has_no_interval(tmp_path: Path) -> None:
    told = Settings(replications=1, days=1, workers=1, store=tmp_path)
    (found,) = turning_values(asked(), ["pool_windows.pace"], told, (0.0, 0.5, 1.0))
    assert all(None not in gap for r in found.rankings for gap in r.gaps.values())


def test_a_gap_that_chance_alone_could_close_stays_but_says_where() -> None:
    """1 ± 2 at the low end, 3 ± 2 at the high end: the lower end of the interval crosses zero at 1/2."""
    found = turn((1.0, 2.0), (3.0, 2.0))
    assert (found.to, found.at, found.low) == (None, None, 0.0)
    assert found.high == pytest.approx(0.5)


def test_the_rival_that_turns_nearest_to_the_stated_value_is_named() -> None:
    rankings = tuple(
        Ranking({"a": 0.0}, "a", "a", {"far": Gap(far, far, far), "near": Gap(near, near, near)})
        for far, near in ((5.0, 4.0), (4.0, -1.0), (-1.0, -5.0))
    )
    assert turn_of(PACE, "a", (0.0, 0.5, 1.0), rankings).to == "near"


def test_a_measure_that_is_better_when_higher_prefers_the_higher(tmp_path: Path) -> None:
    told = Settings(replications=2, days=2, workers=1, store=tmp_path)
    experiment = asked("on_the_spot_share", "tiny-delegate")
    result = compare(experiment, told)
    assert result.row("tiny-delegate", "on_the_spot_share")["value"] > result.row("tiny", "on_the_spot_share")["value"]
    (found,) = turning_values(experiment, ["delegate.factor"], told, (0.0, 0.5, 1.0))
    assert found.preferred == "tiny-delegate"
    gap = found.rankings[1].gaps["tiny"]
    assert gap.value is not None and gap.low is not None and gap.high is not None and 0 < gap.low <= gap.value <= gap.high


def test_the_flip_map_at_the_stated_point_is_the_comparison_and_more_citizens_wait_longer(tmp_path: Path) -> None:
    told = Settings(replications=2, days=2, workers=1, store=tmp_path)
    found = flip_map(asked(), None, (0.8, 1.1), (1.0, 1.4), told)
    result = compare(asked(), told)
    assert (found.kind, found.today, found.today_x, found.today_y) == ("pool_windows.pace", (1.1, 1.0), (1.0, 1.2), (1.0, 1.0))
    (fast, stated), (_, busy) = found.cells
    assert stated.values == {name: result.row(name, "wait_mean")["value"] for name in ("tiny", "tiny-one-window")}
    assert busy.values["tiny"] > stated.values["tiny"]
    assert fast.values["tiny"] == stated.values["tiny"] and fast.values["tiny-one-window"] < stated.values["tiny-one-window"]


def test_an_assumption_that_nobody_makes_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputRefused, match=r"pool_windows\.pace"):
        flip_map(asked(), "pool_windows.pase", (1.0,), (1.0,), Settings())


def test_a_range_that_begins_at_zero_begins_there_on_the_map(tmp_path: Path) -> None:
    """0.1 (0..0.2)."""
    told = Settings(replications=1, days=1, workers=1, store=tmp_path)
    found = flip_map(asked(), "pool_windows.wrong_acceptance", (0.1,), (1.0,), told)
    assert (found.today_x, found.replications) == ((0.0, 0.2), 2)


def test_numbers_that_differ_have_no_one_value_along_a_map() -> None:
    with pytest.raises(InputRefused, match="the files that state it agree"):
        flip_map(load_experiment("does-one-window-pay"), "world.needs.*.rate", (1.0,), (1.0,), Settings())


@pytest.mark.parametrize("text", ["1:0.5:0.1", "a:b:c", "0:1:0.5", "1:2"])
def test_a_grid_that_is_none_is_refused_by_its_option(text: str) -> None:
    with pytest.raises(InputRefused, match="--demand"):
        grid(text, "--demand")
