"""A branch is opened with its queues, windows and people, and nothing else changes; what does not fit is refused by name."""

from __future__ import annotations

import pytest

from simulation.errors import ReformRefused
from simulation.experiment import calendar_for
from simulation.plan import compile_plan
from simulation.reforms import Reform, apply, redline
from simulation.scenario import Scenario
from simulation.verbs import load

BRANCH: dict[str, object] = {
    "kind": "open_branch", "site": "north", "title": {"en": "North branch", "zh": "城北分中心"}, "working": ["9:00-12:00"],
    "wrong_window": {"constant": "2 min"}, "items": ["trade-licence"], "windows": {"N1": ["licence"]}, "move": {"W2": "N1"},
}  # fmt: skip
HIRED = {"employer": "security", "skills": ["household"], "shift": "day", "window": "N2"}


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load("tiny")


def reform(**edit: object) -> Reform:
    data = {"kind": "reform", "name": "r", "title": {"en": "R", "zh": "改"}, "baseline": "tiny", "authority": "centre"}
    return Reform.model_validate({**data, "edits": [{**BRANCH, **edit}]})


def refusal(scenario: Scenario, **edit: object) -> str:
    with pytest.raises(ReformRefused) as refused:
        apply(scenario, reform(**edit))
    return str(refused.value)


def test_a_window_moves_with_its_people_and_the_branch_takes_the_tickets_of_its_queue(tiny: Scenario) -> None:
    after = apply(tiny, reform())
    assert set(after.centre.windows) - set(tiny.centre.windows) == {"N1"}
    assert set(tiny.centre.windows) - set(after.centre.windows) == {"W2"}
    assert after.centre.staff["bai"].window == "N1"
    assert after.centre.staff["bai"].skills == ("licence", "licence-north")
    assert after.centre.queues["licence-north"].serves == "licence"
    assert after.centre.windows["N1"].department == "market"
    assert after.centre.sites["north"].items == ("trade-licence",)
    assert after.world == tiny.world
    for table in ("departments", "pools", "items", "shifts", "life_events"):
        assert getattr(after.centre, table) == getattr(tiny.centre, table)
    for name, person in tiny.centre.staff.items():
        assert name == "bai" or after.centre.staff[name] == person
    plan = compile_plan(after, calendar_for(after, after.horizon))
    branch = plan.classes.index(("licence-north", "licence-north"))
    assert plan.halls.twins[plan.classes.index(("licence", "licence"))].tolist() == [plan.classes.index(("licence", "licence")), branch]
    assert plan.halls.several


def test_people_are_hired_for_a_branch_with_an_older_version_of_the_rules(tiny: Scenario) -> None:
    staff = {**HIRED, "window": "N1", "skills": ["licence"], "employer": "market"}
    after = apply(tiny, reform(move={}, hire={"dong": staff}, rules={"guide": "none"}))
    assert set(after.centre.windows) == {*tiny.centre.windows, "N1"}
    assert after.centre.staff["dong"].skills == ("licence", "licence-north")
    plan = compile_plan(after, calendar_for(after, after.horizon))
    assert (plan.halls.rules[1][0] <= plan.complete[0]).all()
    lines = redline(tiny, after)
    assert any(line.startswith("Site North branch (north): new") for line in lines)
    assert any(line.startswith("Queue Licences (North branch) (licence-north): new") for line in lines)


def test_a_window_for_several_departments_belongs_to_the_centre(tiny: Scenario) -> None:
    """Were the household register poolable, one window could take both; the centre gets a body of its own for it."""
    queue = tiny.centre.queues["household"].model_copy(update={"poolable": True, "reason": None})
    open_ = tiny.model_copy(update={"centre": tiny.centre.model_copy(update={"queues": {**tiny.centre.queues, "household": queue}})})
    staff = {**HIRED, "window": "N1", "skills": ["licence", "household"], "employer": "service-centre", "contract": "centre"}
    after = apply(open_, reform(move={}, windows={"N1": ["licence", "household"]}, hire={"dong": staff}))
    assert after.centre.windows["N1"].department == "service-centre"
    assert "service-centre" in after.centre.departments


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"site": "hall"}, "there is already a hall called `hall`"),
        ({"windows": {"W1": ["licence"]}, "move": {"W2": "W1"}}, "window `W1` is open already"),
        ({"windows": {"N1": ["licences"]}}, "`licences` is not a known queue"),
        ({"items": ["trade-licences"]}, "`trade-licences` is not a known item"),
        ({"move": {"W8": "N1"}}, "`W8` is not a known window"),
        ({"move": {"W2": "N9"}}, "`N9` is not a known window of the branch"),
        ({"windows": {"N1": ["household"]}, "move": {}}, "item `trade-licence` needs a window of the branch for queue `licence`"),
        ({"windows": {"N1": ["licence", "household"]}}, "queue `household` stays with windows and people of `security`"),
        ({"windows": {"N1": ["licence"], "N2": ["household"]}, "hire": {"d": {**HIRED, "employer": "market"}}}, "public security system"),
        ({"hire": {"anna": {**HIRED, "window": "N1"}}}, "there is already somebody called `anna`"),
        ({"hire": {"dong": {**HIRED, "window": None}}}, "who is hired for a branch has a window there"),
        ({"hire": {"dong": {**HIRED, "window": "N1", "shift": "night"}}}, "`night` is not a known shift"),
        ({"move": {}}, "a window has somebody to staff it"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(tiny: Scenario, edit: dict[str, object], words: str) -> None:
    assert words in refusal(tiny, **edit)


def test_a_branch_is_not_opened_from_a_branch(tiny: Scenario) -> None:
    after = apply(tiny, reform())
    again = {"site": "south", "windows": {"S1": ["licence-north"]}, "move": {"N1": "S1"}}
    assert "queue `licence-north` takes the tickets of `licence` itself" in refusal(after, **again)


def test_zones_must_know_the_way_to_a_new_hall(tiny: Scenario) -> None:
    from simulation.world import Zone

    zone = Zone.model_validate({"title": {"en": "Town", "zh": "城区"}, "share": "1", "travel": {"hall": "10 min"}, "source": "toy"})
    known = tiny.model_copy(update={"world": tiny.world.model_copy(update={"zones": {"town": zone}})})
    assert "a zone states its way to every hall: `north` is missing" in refusal(known)
