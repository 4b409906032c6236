"""First contact: who stands at a wrong window. Whole small logs, each with its calculation by hand.

Lines read: case | kind | step | entered | start | end | place | outcome. Everybody's first ticket is for a wrong queue.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from strategies import counter, prepared, run, scenario, scenarios, second, told

from simulation.engines.process import simulate
from simulation.measures import CATALOGUE, measure
from simulation.scenario import Scenario
from simulation.site import FirstContact

DUTIES = ("none", "informs", "follows")


def hall(duty: str, touch: str = "1 min", bounced: str = "0", work: str = "10 min", windows: str = "a b", **fields: Any) -> Scenario:
    """Item x is handled at queue a (W1), y at b (W2); a wrong window takes 2 minutes, the duty of the first contact `touch` more."""
    names = windows.split()
    site = {} if duty == "none" else {"first_contact": {"duty": duty, "touch": {"constant": touch}}}
    return scenario(
        items={"x": {"route": {"serve": counter("a", work, decides=True)}}, "y": {"route": {"serve": counter("b", decides=True)}}},
        needs={"n": {}, "m": {"items": ["y"]}},
        windows={f"W{k}": name for k, name in enumerate(names, 1)},
        site=site,
        responses={"misrouted": {"desk": "0", "none": "1"}, "bounced": dict.fromkeys(DUTIES, bounced)},
        **fields,
    )


def test_without_a_duty_a_referred_citizen_stands_behind_everybody() -> None:
    """Cases 0 and 1 want a and stand at b: 9:00-9:02, 9:02-9:04. Case 2 wants b and stands at a from 9:03.

    W1 serves case 0 9:02-9:12. Then case 2 (ticket of 9:03) is first, before case 1, who was sent to a at 9:04.
    """
    log = run(hall("none"), n="9:00, 9:01", m="9:03")
    assert told(log, "service", "queue") == [
        "0 | service | referral | 9:00 | 9:00 | 9:02 | W2 | not_accepted",
        "0 | service | serve | 9:02 | 9:02 | 9:12 | W1 | done",
        "1 | service | referral | 9:01 | 9:02 | 9:04 | W2 | not_accepted",
        "1 | service | serve | 9:04 | 9:14 | 9:24 | W1 | done",
        "2 | service | referral | 9:03 | 9:12 | 9:14 | W1 | not_accepted",
        "2 | service | serve | 9:14 | 9:14 | 9:24 | W2 | done",
    ]


def test_who_is_informed_keeps_the_place_of_his_first_ticket() -> None:
    """A minute more at the wrong window: 9:00-9:03, 9:03-9:06. Cases 0 and 2 take a ticket for a at 9:03; the place of case 0 is 9:00.

    At 9:13 case 1, at a since 9:06 with the place of 9:01, goes before case 2 of 9:03.
    """
    log = run(hall("informs"), n="9:00, 9:01", m="9:03")
    assert told(log, "service", "queue") == [
        "0 | service | referral | 9:00 | 9:00 | 9:03 | W2 | not_accepted",
        "0 | service | serve | 9:03 | 9:03 | 9:13 | W1 | done",
        "1 | service | referral | 9:01 | 9:03 | 9:06 | W2 | not_accepted",
        "1 | service | serve | 9:06 | 9:13 | 9:23 | W1 | done",
        "2 | service | referral | 9:03 | 9:23 | 9:26 | W1 | not_accepted",
        "2 | service | serve | 9:26 | 9:26 | 9:36 | W2 | done",
    ]


@pytest.mark.parametrize(
    ("duty", "fate"),
    [("informs", "queue | serve | 9:10 | - | 9:20 | a | left"), ("follows", "service | serve | 9:10 | 9:23 | 9:38 | W1 | done")],
)  # fmt: skip
def test_a_file_that_was_brought_is_not_given_up(duty: str, fate: str) -> None:
    """Patience 10 minutes, the duty costs 3: case 0 is at b 9:00-9:05, case 1 9:05-9:10, case 2 at a 9:03-9:08.

    W1 serves case 0 9:08-9:23 (15 minutes). Case 1 waits at a from 9:10: informed, he leaves at 9:20; where the officer has brought his
    papers, he is called at 9:23.
    """
    log = run(hall(duty, "3 min", work="15 min", behaviour={"patience": {"constant": "10 min"}}), n="9:00, 9:01", m="9:03")
    assert told(log, "service", "queue") == [
        "0 | service | referral | 9:00 | 9:00 | 9:05 | W2 | not_accepted",
        "0 | service | serve | 9:05 | 9:08 | 9:23 | W1 | done",
        "1 | service | referral | 9:01 | 9:05 | 9:10 | W2 | not_accepted",
        f"1 | {fate}",
        "2 | service | referral | 9:03 | 9:03 | 9:08 | W1 | not_accepted",
        "2 | service | serve | 9:08 | 9:10 | 9:20 | W2 | done",
    ]


@pytest.mark.parametrize("duty", DUTIES)
def test_a_window_that_closes_meanwhile_owes_nothing_to_who_was_not_called(duty: str) -> None:
    """W2 serves until 12:00 today. Case 0 is looked at 11:58-12:00, or until 12:01 where there is a duty, and served at a, over lunch.

    Case 1 (11:59) is not called any more; he is sent home when the hall shuts at 17:00.
    """
    log = run(hall(duty, shifts={"W1": "9:00-17:00", "W2": "9:00-12:00"}), n="11:58, 11:59")
    out, home = ("12:00", "12:10") if duty == "none" else ("12:01", "12:11")
    assert told(log, "service", "queue") == [
        f"0 | service | referral | 11:58 | 11:58 | {out} | W2 | not_accepted",
        f"0 | service | serve | {out} | {out} | {home} | W1 | done",
        "1 | queue | referral | 11:59 | - | 17:00 | b | interrupted",
    ]


def test_a_place_is_kept_over_the_lunch_of_the_wrong_window() -> None:
    """W1 serves over lunch, W2 does not. Case 0 is at a 12:01-13:31 (90 minutes). Case 2 stands there wrongly from 12:05.

    Case 1 (11:59) is looked at 13:00-13:03 and goes before case 2, with the place of a ticket that W2 left lying for an hour.
    """
    log = run(hall("informs", work="90 min", shifts={"W1": "9:00-17:00"}), n="11:58, 11:59", m="12:05")
    assert told(log, "service", "queue") == [
        "0 | service | referral | 11:58 | 11:58 | 12:01 | W2 | not_accepted",
        "0 | service | serve | 12:01 | 12:01 | 13:31 | W1 | done",
        "1 | service | referral | 11:59 | 13:00 | 13:03 | W2 | not_accepted",
        "1 | service | serve | 13:03 | 13:31 | 15:01 | W1 | done",
        "2 | service | referral | 12:05 | 15:01 | 15:04 | W1 | not_accepted",
        "2 | service | serve | 15:04 | 15:04 | 15:14 | W2 | done",
    ]


def test_nobody_is_referred_more_than_four_times_nor_back_to_the_window_he_comes_from() -> None:
    """Of queues a, b and c he wants a, and is always led astray: four wrong windows of two minutes, W2 and W3 in turn, then W1."""
    log = run(hall("none", bounced="1", windows="a b c"), n="9:00")
    rows = log.events[log.events["kind"] == "service"].astype(object)
    assert rows["post"].tolist() in ([*["W2", "W3"] * 2, "W1"], [*["W3", "W2"] * 2, "W1"])
    assert rows["start"].tolist() == [second(t) for t in ("9:00", "9:02", "9:04", "9:06", "9:08")]
    assert len(run(hall("none", bounced="1"), n="9:00").events[lambda e: e["kind"] == "service"]) == 2  # there is one wrong queue only


@pytest.mark.parametrize("duty", DUTIES)
def test_what_shows_it(duty: str) -> None:
    """Case 0 finds his window at the fifth attempt: four referrals in one visit, and no first contact settled anything."""
    log = run(hall(duty, bounced="1", windows="a b c"), n="9:00")
    table = measure(log, [CATALOGUE["bounces_per_visit"], CATALOGUE["first_contact_share"]]).query("group == 'all'")
    assert (table["total"] / table["n"]).tolist() == [4, 0]


@settings(max_examples=20, deadline=None)
@given(scenarios())
def test_a_duty_without_anybody_misrouted_changes_nothing(small: Scenario) -> None:
    """The negative control: where nobody stands at a wrong window, the duty is worth and costs nothing."""
    responses = small.world.responses
    none = responses.model_copy(update={"misrouted": {k: type(v)(0) for k, v in responses.misrouted.items()}})
    small = small.model_copy(update={"world": small.world.model_copy(update={"responses": none})})
    duty = FirstContact.model_validate({"duty": "follows", "touch": {"constant": "5 min"}})
    sites = {n: s.model_copy(update={"first_contact": duty}) for n, s in small.centre.sites.items()}
    other = small.model_copy(update={"centre": small.centre.model_copy(update={"sites": sites})})
    assert simulate(*prepared(small)).digest() == simulate(*prepared(other)).digest()
