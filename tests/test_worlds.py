"""Plausible worlds: where their numbers lie, what does not move, and which worlds are left out."""

from pathlib import Path

import numpy as np
import pytest

from simulation.distributions import Discrete
from simulation.scenario import Scenario
from simulation.units import Count, Factor, Share
from simulation.verbs import load, load_experiment, load_reform, log_of, reforms_of
from simulation.worlds import STATED, assumptions, sampled_places, value_at, valued, world_at, worlds


@pytest.fixture(scope="module")
def hall() -> Scenario:
    return load("district-hall")


@pytest.fixture(scope="module")
def ranged(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The tiny hall, where two numbers and a list of shares are assumed with a range."""
    path = Path(__file__).parent.parent / "scenarios" / "baselines" / "tiny.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("    comes_back: 0.7\n", "    comes_back: 0.7 (0.5..0.8)\n    source: {comes_back: assumption, '*': toy}\n"),
        ("  dispersion: 0.1\n", "  dispersion: 0.1 (0.1..0.2)\n  source: {dispersion: assumption, behaviour: assumption, '*': toy}\n"),
        ("collect_wd: {discrete: {1: 0.4, 2: 0.3, 4: 0.3}}", "collect_wd: {discrete: {1: 0.4 (0.2..0.8), 2: 0.3, 4: 0.3}}"),
        ("comes_back_wd: {discrete: {1: 0.5,", "comes_back_wd: {discrete: {1: 0.5 (0.5..0.5),"),
        ("supplement_wd: {discrete: {1: 0.3,", "supplement_wd: {discrete: {1: 0.3 (0.3..0.3),"),
        ("patience: {lognormal: {median: 95 min,", "patience: {lognormal: {median: 95 min (95..95),"),
    ):
        assert old in text
        text = text.replace(old, new)
    there = tmp_path_factory.mktemp("ranged") / "ranged.yaml"
    there.write_text(text, encoding="utf-8")
    return load(there)


def test_a_value_lies_straight_between_low_end_stated_value_and_high_end() -> None:
    pace = Factor.parse("1.1 (1..1.4)")
    assert [value_at(pace, place) for place in (0, 0.25, 0.5, 0.75, 1)] == [1.0, 1.05, 1.1, 1.25, 1.4]


def test_a_whole_number_stays_whole_and_a_range_is_widened_to_hold_its_value() -> None:
    assert valued(Count.parse("2 (1..4)"), 2.5) == Count(3, 1, 4)
    assert valued(Factor.parse("1.1 (1..1.4)"), 0.8) == Factor(0.8, 0.8, 1.4)


def test_a_latin_hypercube_has_one_place_in_each_part_of_every_range() -> None:
    places = sampled_places(["a", "b", "c"], 10, seed=1)
    assert places.shape == (10, 3)
    for column in places.T:
        assert sorted((column * 10).astype(int)) == list(range(10))


def test_another_assumption_moves_no_column_and_another_seed_moves_all() -> None:
    few, more = sampled_places(["a", "c"], 10, seed=1), sampled_places(["a", "b", "c"], 10, seed=1)
    assert np.array_equal(few, more[:, [0, 2]])
    assert not (sampled_places(["a", "c"], 10, seed=2) == few).any()


def test_at_the_stated_place_everywhere_a_world_is_the_scenario_itself(hall: Scenario) -> None:
    reforms = reforms_of(load_experiment("does-one-window-pay"))
    there = world_at(hall, reforms, {a.kind: STATED for a in assumptions(hall, reforms)})
    assert there.scenario is hall and all(there.reforms[name] is reform for name, reform in reforms.items())


def test_numbers_of_one_kind_are_one_assumption_whatever_item_or_reform_states_them(hall: Scenario) -> None:
    reforms = reforms_of(load_experiment("does-one-window-pay"))
    known = {a.kind: a for a in assumptions(hall, reforms)}
    assert {file for file, _ in known["pool_windows.pace"].numbers} == {"one-window", "one-window-with-delegation"}
    assert len(known["centre.items.*.online.factor"].numbers) == 54
    assert not any("cost" in kind for kind in known)
    low = world_at(hall, reforms, {"pool_windows.pace": 0.0})
    paces = [edit.pace for reform in low.reforms.values() for edit in reform.edits if edit.kind == "pool_windows"]
    assert paces and all(float(pace) == pace.low for pace in paces)


def test_every_sampled_number_lies_in_its_range_and_only_assumptions_move(ranged: Scenario) -> None:
    kinds = [a.kind for a in assumptions(ranged, {})]
    assert kinds == ["world.behaviour.collect_wd.1", "world.dispersion", "world.responses.comes_back"]
    for world in worlds(ranged, {}, 8, seed=1):
        assert not world.problems
        assert 0.5 <= world.scenario.world.responses.comes_back <= 0.8 and 0.1 <= world.scenario.world.dispersion <= 0.2
        assert world.scenario.centre == ranged.centre and world.scenario.world.needs == ranged.world.needs


def test_the_shares_that_nobody_moved_fill_a_law_up_to_one(ranged: Scenario) -> None:
    """1: 0.4 -> 0.8 leaves 0.2 for the shares 0.3 and 0.3, which take 0.1 each."""
    law = world_at(ranged, {}, {"world.behaviour.collect_wd.1": 1.0}).scenario.world.behaviour.collect_wd
    assert isinstance(law, Discrete)
    assert [float(share) for share in law.shares.values()] == pytest.approx([0.8, 0.1, 0.1])


def test_a_profile_whose_half_hours_all_move_still_sums_to_one(hall: Scenario) -> None:
    places = {"world.profiles.*.9:30": 1.0, "world.profiles.*.14:00": 0.0, "world.profiles.*.10:00": 0.9}
    moved = world_at(hall, {}, places)
    assert not moved.problems
    for profile in moved.scenario.world.profiles.values():
        assert sum(map(float, profile.values())) == pytest.approx(1)
    name = next(iter(hall.world.profiles))
    half_hour = next(key for key in hall.world.profiles[name] if str(key) == "9:30")
    assert moved.scenario.world.profiles[name][half_hour] > hall.world.profiles[name][half_hour]


def test_zones_that_move_together_still_hold_everybody(hall: Scenario) -> None:
    zones = world_at(hall, {}, {"world.zones.*.share": 1.0}).scenario.world.zones
    assert sum(float(zone.share) for zone in zones.values()) == pytest.approx(1)
    assert all(isinstance(zone.share, Share) for zone in zones.values())


def test_a_world_that_contradicts_itself_says_which_rule_it_breaks(hall: Scenario) -> None:
    world = world_at(hall, {}, {"centre.items.*.promise_wd": 1.0, "centre.items.*.legal_wd": 0.0}, number=7)
    assert {p.rule.split(":")[0] for p in world.problems} == {"a promise is not beyond the law"}
    assert all(p.where.startswith("plausible world 7: centre.items.") for p in world.problems)


def test_most_sampled_worlds_of_the_district_hall_do_not_contradict_themselves(hall: Scenario) -> None:
    sample = worlds(hall, {"one-window": load_reform("one-window")}, 10, seed=1)
    assert sum(not world.problems for world in sample) >= 7


def test_the_same_citizens_come_where_an_assumption_of_theirs_is_not_moved(ranged: Scenario) -> None:
    moved = world_at(ranged, {}, {"world.behaviour.collect_wd.1": 1.0}).scenario
    a, b = (log_of(scenario).cases[["need", "number", "arrived"]] for scenario in (ranged, moved))
    keys = ["need", "number"]
    assert a.sort_values(keys).reset_index(drop=True).equals(b.sort_values(keys).reset_index(drop=True))
