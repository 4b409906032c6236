"""Reforms of the library that a planner combines: one follows the other, and the district that they leave has a plan."""

from __future__ import annotations

from functools import cache

import pytest

from simulation.experiment import calendar_for
from simulation.items import CounterStep, MeetingStep, TaskStep
from simulation.plan import compile_plan
from simulation.reforms import apply
from simulation.scenario import Scenario
from simulation.verbs import load, load_reform
from simulation.workload import unseated


@cache
def after(*names: str) -> Scenario:
    """The district hall after reforms, in their order."""
    return apply(after(*names[:-1]), load_reform(names[-1])) if names else load("district-hall")


@pytest.mark.parametrize(
    "names",
    [
        ("self-service", "one-window"),
        ("branch-halls", "one-window"),
        ("field-windows", "one-window"),
        ("one-window", "life-events"),
        ("approval-bureau", "life-events"),
        ("concentrated-handling", "life-events"),
        ("concentrated-handling", "approval-bureau"),
        ("approval-bureau", "joint-approval"),
        ("joint-approval", "deemed-consent"),
        ("deemed-consent", "joint-meeting"),
        ("deemed-consent", "one-matter-one-body"),
        ("re-engineered-routes", "deemed-consent"),
        ("re-engineered-routes", "delegate-to-window"),
        ("sections-in-hall", "one-window-with-delegation"),
        ("one-window", "extended-hours"),
        ("concentrated-handling", "sections-in-hall"),
    ],
    ids=" then ".join,
)
def test_one_reform_follows_another_and_leaves_a_plan(names: tuple[str, ...]) -> None:
    district = after(*names)
    assert compile_plan(district, calendar_for(district, district.horizon), district.horizon).items


def test_a_branch_takes_from_the_general_queue_what_its_people_can_serve() -> None:
    centre = after("branch-halls", "one-window").centre
    assert {n: q.serves for n, q in centre.queues.items() if q.serves} == {
        "general-north-branch": "general", "general-west-branch": "general"
    }  # fmt: skip
    assert centre.windows["north-2"].queues == ("general-north-branch",)
    assert set(centre.staff["north-officer"].skills) == {"social-security", "medical-insurance"}


def test_a_chief_sits_at_the_table_for_his_section_head_and_his_leader() -> None:
    """Housing moves in, so section head and leader are one chief, five seats become four; city management keeps its own."""
    centre = after("concentrated-handling", "sections-in-hall").centre
    tables = {n: centre.items[n].route["joint-meeting"] for n in ("presale-permit", "signboard")}
    seats = {n: (step.pools, int(step.quorum)) for n, step in tables.items() if isinstance(step, MeetingStep)}
    assert seats == {
        "presale-permit": (("housing", "registration", "planning", "housing-chief"), 4),
        "signboard": (("city-management", "planning", "city-management-section", "city-management-leader"), 4),
    }


def test_who_sits_in_at_lunch_at_a_window_that_was_pooled_is_told_to_have_none() -> None:
    """His window went with its queue; the general windows have people at noon themselves."""
    told = unseated(after("one-window", "extended-hours"))
    assert [line.split("`")[1] for line in told] == ["lunch-market", "lunch-transport"]
    assert not unseated(after("extended-hours"))


def test_machines_stay_when_windows_are_pooled() -> None:
    centre = after("self-service", "one-window").centre
    assert "query-machines" in centre.queues and centre.windows["query-machine-1"].machine_shift
    assert not any("query-machines" in s.skills for s in centre.staff.values())


def test_the_lead_of_a_life_event_decides_alone_and_tells_the_regulator_afterwards() -> None:
    route = after("approval-bureau", "life-events").centre.items["open-restaurant-at-once"].route
    push = route["signboard/push"]
    assert isinstance(push, TaskStep) and push.afterwards and push.after == ("conclude",)
    met = after("concentrated-handling", "life-events").centre.items["open-restaurant-at-once"].route
    table = met["signboard/joint-meeting"]
    assert isinstance(table, MeetingStep) and not table.decides and all("/" in w for w in table.work)
    accept = after("one-window", "life-events").centre.items["newborn-at-once"].route["accept"]
    assert isinstance(accept, CounterStep) and (accept.queue, accept.skill) == ("general", "social-security")


def test_a_bureau_leads_the_joint_handling_of_what_it_took_over() -> None:
    item = after("approval-bureau", "joint-approval").centre.items["oversize-transport"]
    assert (item.department, item.regulator) == ("approval-bureau", "transport")
    decider = next(s for s in item.route.values() if isinstance(s, TaskStep) and s.decides)
    assert decider.pool.startswith("approval-bureau")


def test_cases_begun_under_two_orders_end_by_a_route_each() -> None:
    district = after("re-engineered-routes", "delegate-to-window")
    assert {"pension-as-begun", "pension-as-begun-2"} <= set(district.centre.items)
    assert all(row.step in district.centre.items[row.item].route for row in district.world.backlog)
