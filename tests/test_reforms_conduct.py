"""Edits of conduct at the windows change what their mechanism says and nothing else; what does not fit is refused by name."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from simulation.errors import ReformRefused
from simulation.files import find, load_model
from simulation.reforms import Reform, apply, redline
from simulation.scenario import Scenario
from simulation.site import Attendance, Discretion, Site


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load_model(find("tiny", "baselines"), Scenario)


@pytest.fixture(scope="module")
def lax(tiny: Scenario) -> Scenario:
    """The tiny hall with people who come late and leave, and who differ."""
    habits = {"late": "0.1", "late_by": {"constant": "8 min"}, "gap": "0.2 (0.1..0.3)", "gap_lasts": {"constant": "12 min"}}
    site = tiny.centre.sites["hall"].model_copy(
        update={
            "attendance": Attendance.model_validate(habits),
            "discretion": Discretion.model_validate({"spread": "0.2 (0.1..0.3)", "unlisted": "0.02", "unlisted_spread": "0.5"}),
        }
    )
    return tiny.model_copy(update={"centre": tiny.centre.model_copy(update={"sites": {"hall": site}})})


def edited(scenario: Scenario, **edit: object) -> Scenario:
    data = {"kind": "reform", "name": "r", "title": {"en": "R", "zh": "改"}, "baseline": "tiny", "authority": "centre", "edits": [edit]}
    return apply(scenario, Reform.model_validate(data))


def hall(scenario: Scenario) -> Site:
    return scenario.centre.sites["hall"]


def refused(scenario: Scenario, **edit: object) -> str:
    with pytest.raises(ReformRefused) as error:
        edited(scenario, **edit)
    return str(error.value)


def same_but(old: Site, new: Site, *fields: str) -> bool:
    return all(getattr(old, n) == getattr(new, n) for n in type(old).model_fields if n not in (*fields, "source"))


def test_daily_management_sets_what_it_names_and_nothing_else(lax: Scenario) -> None:
    after = edited(
        lax, kind="daily_management", site="hall", patrol=["9:10", "14:00"], returns="3 min", cover="department", cover_pace="1.2"
    )
    old, new = hall(lax), hall(after)
    assert same_but(old, new, "attendance", "cover", "cover_pace")
    assert (new.cover, float(new.cover_pace)) == ("department", 1.2)
    assert old.attendance is not None and new.attendance is not None
    assert new.attendance.model_copy(update={"patrol": (), "returns": old.attendance.returns, "source": None}) == old.attendance
    assert redline(lax, after) == [
        "Site The hall (hall), attendance rounds: none -> 9:10, 14:00",
        "Site The hall (hall), attendance back after a round: 0 s -> 3 min",
        "Site The hall (hall), cover for the absent: none -> department",
        "Site The hall (hall), pace of the cover: 1 -> 1.2",
    ]
    assert edited(lax, kind="daily_management", site="hall", late="0.02").centre.sites["hall"].attendance.late == 0.02  # type: ignore[union-attr]


def test_a_standard_leaves_a_part_and_the_range_of_both(lax: Scenario) -> None:
    after = edited(lax, kind="standardise", site="hall", spread="0.5 (0.25..1)", unlisted="0.25")
    old, new = hall(lax), hall(after)
    assert same_but(old, new, "discretion")
    assert old.discretion is not None and new.discretion is not None
    assert [str(x) for x in (new.discretion.spread, new.discretion.unlisted)] == ["0.1 (0.025..0.3)", "0.005"]
    assert new.discretion.unlisted_spread == old.discretion.unlisted_spread


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"kind": "daily_management", "site": "hal", "late": "0"}, "`hal` is not a known site"),
        ({"kind": "daily_management", "site": "hall"}, "states what it manages"),
        ({"kind": "daily_management", "site": "hall", "patrol": ["9:10"]}, "`hall` states no attendance"),
        ({"kind": "standardise", "site": "hal", "spread": "0.5"}, "`hal` is not a known site"),
        ({"kind": "standardise", "site": "hall", "spread": "0.5"}, "`hall` states no discretion"),
    ],
)
def test_what_has_nothing_to_manage_is_refused(tiny: Scenario, edit: Mapping[str, object], words: str) -> None:
    assert words in refused(tiny, **edit)


def test_cover_where_nobody_can_be_spared_is_refused(tiny: Scenario) -> None:
    pool = tiny.centre.pools["market"].model_copy(update={"people": {"licensing": 1}})
    lone = tiny.model_copy(update={"centre": tiny.centre.model_copy(update={"pools": {**tiny.centre.pools, "market": pool}})})
    assert "nobody here has one" in refused(lone, kind="daily_management", site="hall", cover="department")
    assert hall(edited(tiny, kind="daily_management", site="hall", cover="department")).cover == "department"


def test_a_round_outside_the_opening_hours_and_a_standard_without_effect_are_refused(lax: Scenario) -> None:
    assert "a round is made while the hall is open" in refused(lax, kind="daily_management", site="hall", patrol=["12:30"])
    assert "an edit changes something" in refused(lax, kind="standardise", site="hall")
