"""The three forms of joint handling: what each changes in a route, and nothing else; what does not fit is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from test_reforms import others, reform, refusal, tiny, wide, works  # noqa: F401  # two of them are fixtures

from simulation.centre import Pool
from simulation.frozen import Title
from simulation.items import Delivery, MeetingStep, SuspensionStep, TaskStep, TransferStep
from simulation.reforms import apply
from simulation.scenario import Scenario
from simulation.units import Count
from simulation.verbs import load, load_reform

TABLE = {"at": "9:30", "capacity": "4", "factor": "0.5"}


@pytest.fixture
def three(wide: Scenario) -> Scenario:  # noqa: F811
    """accept > inward > look (planning) > onward > check (police) > homeward > report > decide (market) > outward."""
    old = wide.centre.items["signboard"]
    look, decide = old.route["look"], old.route["decide"]
    assert isinstance(look, TaskStep) and isinstance(decide, TaskStep)
    police = Pool(title=Title(en="Police", zh="警"), department="security", people={"police": Count(2)})
    route = {
        **{n: old.route[n] for n in ("accept", "inward", "look", "onward")},
        "check": look.model_copy(update={"pool": "police", "work": {"check": look.work["look"]}}),
        "homeward": TransferStep(kind="transfer"),
        "report": decide.model_copy(update={"work": {"report": look.work["look"]}, "decides": False}),
        "decide": decide,
        "outward": TransferStep(kind="transfer"),
    }
    items = {**wide.centre.items, "signboard": old.model_copy(update={"route": route, "delivery": Delivery()})}
    pools = {**wide.centre.pools, "police": police}
    return wide.model_copy(update={"centre": wide.centre.model_copy(update={"pools": pools, "items": items})})


def joint(**fields: Any) -> dict[str, object]:
    return {"kind": "joint_approval", "items": ["signboard"], "lead": "market", **fields}


def links(scenario: Scenario) -> Mapping[str, set[str]]:
    return {n: set(s.after or ()) for n, s in scenario.centre.items["signboard"].route.items()}


def test_opinions_are_asked_of_the_others_and_joined_by_the_lead(three: Scenario) -> None:
    answer = {"objects": "0.1", "deadline_wd": "2", "late": "escalate"}
    plain = apply(three, reform(joint()))
    after = apply(three, reform(joint(opinion=answer, join={"rule": "k_of_n", "k": "1"})))
    route = after.centre.items["signboard"].route
    assert links(after) == links(plain)
    assert [n for n, s in route.items() if isinstance(s, TaskStep) and s.opinion] == ["look", "check"]
    assert [n for n, s in route.items() if isinstance(s, TaskStep) and s.join] == ["report"]
    assert others(three, after, "items")


def test_a_route_that_is_parallel_already_may_still_be_given_deadlines(three: Scenario) -> None:
    parallel = apply(three, reform(joint()))
    after = apply(parallel, reform(joint(opinion={"deadline_wd": "2", "late": "escalate"})))
    assert links(after) == links(parallel)
    assert "already run at the same time" in refusal(parallel, joint())


def test_a_joint_route_in_which_the_lead_looks_first_is_joined_in_one_place(three: Scenario) -> None:
    """The lead's review runs beside the others' looks: it waits for nobody, and the report, not the review, takes the opinions."""
    item = three.centre.items["signboard"]
    decide = item.route["decide"]
    assert isinstance(decide, TaskStep)
    review = decide.model_copy(update={"work": {"review": decide.work["decide"]}, "decides": False})
    names = [*item.route]
    route = {n: item.route[n] for n in names[:2]} | {"review": review, "to-look": TransferStep(kind="transfer")}
    route |= {n: item.route[n] for n in names[2:]}
    items = {**three.centre.items, "signboard": item.model_copy(update={"route": route})}
    begun = three.model_copy(update={"centre": three.centre.model_copy(update={"items": items})})
    parallel = apply(begun, reform(joint()))
    silence = joint(opinion={"deadline_wd": "2", "late": "escalate"}, join={"rule": "all"})
    after = apply(parallel, reform(silence))
    assert links(after) == links(parallel) == links(apply(begun, reform(silence)))
    assert "review" in links(after)["report"] and not links(after)["review"] & {"look", "check"}
    assert [n for n, s in after.centre.items["signboard"].route.items() if isinstance(s, TaskStep) and s.join] == ["report"]


def test_who_sits_at_a_table_is_not_asked_in_writing_too(three: Scenario) -> None:
    meeting = reform(joint(form="meeting", table=TABLE))
    assert "meet already, and joint handling has one form" in refusal(apply(three, meeting), joint())
    asked = apply(three, reform(joint(opinion={"objects": "0.1"}, join={"rule": "all"})))
    route = apply(asked, meeting).centre.items["signboard"].route
    assert not [n for n, s in route.items() if isinstance(s, TaskStep) and (s.join or s.opinion)]


def test_one_department_alone_asks_nobody(three: Scenario) -> None:
    pools = {n: p.model_copy(update={"department": "market"}) for n, p in three.centre.pools.items()}
    alone = three.model_copy(update={"centre": three.centre.model_copy(update={"pools": pools})})
    assert "only one department handles `signboard`" in refusal(alone, joint(opinion={"objects": "0"}, join={"rule": "all"}))


def test_at_a_meeting_the_others_say_what_they_would_have_written(three: Scenario) -> None:
    """Both opinions, half as long, between acceptance and report; the runs between the departments are gone, the lead decides as before."""
    after = apply(three, reform(joint(form="meeting", table=TABLE)))
    route = after.centre.items["signboard"].route
    assert list(route) == ["accept", "joint-meeting", "report", "decide", "outward"]
    meeting = route["joint-meeting"]
    assert isinstance(meeting, MeetingStep)
    assert set(meeting.pools) == {"market", "planning", "police"}
    assert (meeting.quorum, meeting.capacity, meeting.decides) == (3, 4, False)
    old = three.centre.items["signboard"].route["look"]
    assert isinstance(old, TaskStep)
    assert set(meeting.work) == {"look", "check"}
    assert meeting.work["look"].mean() == pytest.approx(old.work["look"].mean() / 2)
    assert set(works(after, "signboard")) == set(works(three, "signboard"))
    assert others(three, after, "items")


def test_deciders_who_sit_together_decide_at_the_table(three: Scenario) -> None:
    after = apply(three, reform(joint(form="concentrated", table={**TABLE, "factor": "1", "quorum": "2"})))
    route = after.centre.items["signboard"].route
    assert list(route) == ["accept", "joint-meeting"]
    meeting = route["joint-meeting"]
    assert isinstance(meeting, MeetingStep)
    assert (set(meeting.work), meeting.decides, meeting.quorum) == ({"look", "check", "report", "decide"}, True, 2)


def test_what_has_no_place_at_a_table_is_refused(three: Scenario) -> None:
    assert "a `table` when they meet" in refusal(three, joint(form="meeting"))
    assert "is not written to" in refusal(three, joint(form="meeting", table=TABLE, join={"rule": "all"}))
    item = three.centre.items["signboard"]
    visit = item.route["check"].model_copy(update={"people": Count(2)})
    experts = SuspensionStep.model_validate({"kind": "suspension", "reason": "expert_review", "lasts_wd": {"discrete": {"1": "1"}}})
    for step, words in ((visit, "a check on the spot"), (experts, "a procedure by others")):
        route = {**item.route, "check": step}
        centre = three.centre.model_copy(update={"items": {**three.centre.items, "signboard": item.model_copy(update={"route": route})}})
        assert words in refusal(three.model_copy(update={"centre": centre}), joint(form="meeting", table=TABLE))


def test_silence_is_no_consent_of_a_body_that_protects_health(three: Scenario) -> None:
    guard = three.centre.departments["planning"].model_copy(update={"risk": "health"})
    departments = {**three.centre.departments, "planning": guard}
    scenario = three.model_copy(update={"centre": three.centre.model_copy(update={"departments": departments})})
    silence = joint(opinion={"deadline_wd": "2", "late": "deemed_consent"})
    assert "silence is no consent where a body protects health" in refusal(scenario, silence)
    apply(three, reform(silence))


@pytest.mark.parametrize("name", ["joint-meeting", "concentrated-handling"])
def test_no_table_of_the_library_is_short_of_its_demand(name: str) -> None:
    """Cases a week that its needs bring against capacity times dates; of a signboard (4.88 + 0.8) x 5 = 28.4 against 10 x 5 = 50.

    A quarter of the room is left for dates without a quorum and for papers that come late.
    """
    district = load("district-hall")
    loads = {}
    for item, thing in apply(district, load_reform(name)).centre.items.items():
        for step in (s for s in thing.route.values() if isinstance(s, MeetingStep)):
            week = 5 * sum(float(need.rate) for need in district.world.needs.values() if item in need.items)
            loads[item] = week / (int(step.capacity) * (len(step.weekdays) or 5))
    assert loads and {item: load for item, load in loads.items() if load > 0.75} == {}
    if name == "concentrated-handling":
        assert loads["signboard"] == pytest.approx(0.568)
