"""Whom the law asks about: everybody who may decide a ticket, every body that handles an item before it is decided."""

from types import SimpleNamespace
from typing import Any

import pytest
from strategies import counter, scenario, task
from test_legality import AT_ONCE, RULES, alone, hall, moved, with_bodies

from governance.legality import of_reforms, of_scenario
from simulation.reforms import Reform
from simulation.scenario import Scenario


def test_one_stranger_among_those_who_may_decide_is_found_with_his_window() -> None:
    """Whoever is free calls the ticket: a competent colleague at W1 makes no decision lawful that is taken at W2."""
    wanted = with_bodies(scenario(route=AT_ONCE, windows={"W1": "a", "W2": "a"}), e={})
    staff = {n: s.model_copy(update={"employer": "e"}) if n == "of-W2" else s for n, s in wanted.centre.staff.items()}
    mixed = wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"staff": staff})})
    found = [f for f in of_scenario(mixed, RULES) if f.key == "R04.decides"]
    assert [(f.status, f.object) for f in found] == [("unlawful", "centre.items.x.route.serve")]
    assert found[0].found.en == "decided by people of e, not of d, at W2" and "22-24" in found[0].article.en
    assert alone(with_bodies(mixed, e={"entrusted_by": ("d",)}), "R04.decides") == []


def test_who_decides_at_a_branch_is_asked_too() -> None:
    wanted = with_bodies(scenario(route=AT_ONCE, windows={"W1": "a", "W2": "a"}), e={})
    branch = {"a-branch": wanted.centre.queues["a"].model_copy(update={"serves": "a"})}
    staff, windows = dict(wanted.centre.staff), dict(wanted.centre.windows)
    staff["of-W2"] = staff["of-W2"].model_copy(update={"employer": "e", "skills": ("a", "a-branch")})
    windows["W2"] = windows["W2"].model_copy(update={"queues": ("a-branch",)})
    fields = {"queues": {**wanted.centre.queues, **branch}, "staff": staff, "windows": windows}
    there = wanted.model_copy(update={"centre": wanted.centre.model_copy(update=fields)})
    assert alone(there, "R04.decides") == [("unlawful", "centre.items.x.route.serve")]


def hiring(**staff: dict[str, Any]) -> Reform:
    """A reform that posts people at the window W1."""
    people = {name: {"skills": ["a"], "shift": "at-W1", "window": "W1", **fields} for name, fields in staff.items()}
    title = {"en": "Hire", "zh": "增人"}
    data = {"kind": "reform", "name": "h", "title": title, "baseline": "x", "authority": "centre", "source": "assumption"}
    return Reform.model_validate({**data, "edits": [{"kind": "change_staff", "add": people}]})


def test_a_breach_of_today_is_not_new_because_others_can_decide_there_too() -> None:
    """Both are contracted today. A posted colleague makes it two of three, less than before; one of two becomes one of three. Another
    contracted one is new.
    """
    today = with_bodies(scenario(route=AT_ONCE, windows={"W1": "a", "W2": "a"}, staff={"contract": "contracted"}), d={})

    def new(**staff: dict[str, Any]) -> list[tuple[str, str]]:
        return [(f.status, f.found.en) for f in of_reforms(today, [hiring(**staff)], RULES) if f.key == "R04.contracted"]

    posted: dict[str, Any] = {"employer": "d", "contract": "posted"}
    hired: dict[str, Any] = {"employer": "d", "contract": "contracted"}
    assert new(colleague=posted) == []
    mixed = today.centre.staff | {"of-W2": today.centre.staff["of-W2"].model_copy(update={"contract": "posted"})}
    today = today.model_copy(update={"centre": today.centre.model_copy(update={"staff": mixed})})
    assert new(colleague=posted) == []
    assert new(another=hired) == [("warning", "2 of 3 who may decide there are contracted")]


def test_a_body_that_decides_without_power_at_one_window_more_is_no_new_breach() -> None:
    today = with_bodies(scenario(route=AT_ONCE, windows={"W1": "a", "W2": "a"}), e={}, g={})
    staff = {n: s.model_copy(update={"employer": "e"}) if n == "of-W2" else s for n, s in today.centre.staff.items()}
    today = today.model_copy(update={"centre": today.centre.model_copy(update={"staff": staff})})

    def new(body: str) -> list[str]:
        return [f.found.en for f in of_reforms(today, [hiring(more={"employer": body})], RULES) if f.key == "R04.decides"]

    assert new("e") == []
    assert new("g") == ["decided by people of e, g, not of d, at W1, W2"]


def of_two(**item: Any) -> Scenario:
    """The hall, whose office is another body's: it gives its opinion."""
    two = with_bodies(hall(**item), e={})
    office = two.centre.pools["office"].model_copy(update={"department": "e"})
    centre = two.centre.model_copy(update={"pools": {**two.centre.pools, "office": office}})
    return two.model_copy(update={"centre": centre})


def test_forty_five_days_are_for_what_several_bodies_handle() -> None:
    """A class is a word: 42(2) holds where another body's pool works on the file before it is decided, or another body's item is joined."""
    joint = {"legal_wd": "45", "case_class": "joint"}
    assert alone(of_two(**joint), "R21") == alone(of_two(**joint), "R22") == []
    assert alone(of_two(**{**joint, "legal_wd": "46"}), "R22") == [("unlawful", "centre.items.x.legal_wd")]
    assert moved(of_two(legal_wd="20"), of_two(**joint), key="R34.legal") == []
    plain = {"legal_wd": "45", "case_class": "committed"}
    assert alone(of_two(**plain), "R21") == [("unlawful", "centre.items.x.legal_wd")]
    sign = {"accept": counter("a"), "sign": task("leader", decides=True)}
    told = of_two(**joint, route={**sign, "told": task("office", after=["sign"], afterwards="true")})
    assert alone(told, "R21") == [("warning", "centre.items.x.legal_wd")]
    other = told.centre.items["x"].model_copy(update={"department": "e", "legal_wd": None})
    event: Any = SimpleNamespace(items=("x", "y"))
    centre = told.centre.model_copy(update={"items": {**told.centre.items, "y": other}, "life_events": {"x": event}})
    assert alone(told.model_copy(update={"centre": centre}), "R21") == []


@pytest.mark.parametrize(
    "title", ["Administrative Licensing Law, Art 42(2)", "PRC Administrative Licensing Law", "《中华人民共和国行政许可法》第42条"]
)
def test_the_licensing_law_itself_is_no_special_law(title: str) -> None:
    named = {"source": {"legal_wd": "al42-2", "*": "guess"}}
    sources = {
        "al42-2": {"title": title, "basis": "law"},
        "guess": {"title": "A guess", "basis": "judgement"},
    }
    wanted = Scenario.model_validate({**dict(hall(legal_wd="45", **named)), "sources": sources})
    assert alone(wanted, "R21") == [("unlawful", "centre.items.x.legal_wd")]
