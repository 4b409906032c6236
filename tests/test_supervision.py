"""Efficiency supervision inside the run: whole small logs of files that are moved forward, each with its calculation by hand."""

from __future__ import annotations

from typing import Any

import pytest
from strategies import counter, run, scenario, task, told

from simulation.engines import office
from simulation.log import EventLog
from simulation.scenario import Scenario

OFFICE = {"o": {"people": {"o": "1"}}}


def watched(*alarms: dict[str, Any], **fields: Any) -> Scenario:
    """A small centre under supervision; the promise is two working days unless `item` says otherwise."""
    return scenario(**{"pools": OFFICE, "item": {"promise_wd": "2"}, "centre": {"supervision": alarms}, **fields})


def alarm(level: str, used: str, **fields: str) -> dict[str, str]:
    return {"level": level, "used": used, **fields}


def alerts(log: EventLog) -> list[tuple[int, str, int]]:
    rows = log.events[log.events["kind"] == "alert"].astype(object)
    return list(zip(rows["case"], rows["reason"], rows["start"], strict=True))


LONG = {"serve": counter("a"), "review": task("o", "6 h", decides=True)}


def test_an_alarm_goes_off_at_midnight_after_its_share_of_the_promise() -> None:
    """Accepted on Monday 9:10, two days promised: half is used up at the end of Tuesday, all at the end of Wednesday. The officer works six
    hours a case, seven hours a day: the first is decided on Monday, the second (from 9:05 on) on Tuesday, the third on Wednesday 13:20
    and the fourth on Thursday, after its limit.
    """
    log = run(watched(alarm("warning", "0.5"), alarm("red", "1"), route=LONG, days=5), n="9:00, 9:05, 9:10, 9:15")
    assert told(log, "task") == [
        "0 | task | review | 9:10 | 9:10 | 16:10 | o | done",
        "1 | task | review | 9:20 | 16:10 | 1 15:10 | o | done",
        "2 | task | review | 9:30 | 1 15:10 | 2 14:10 | o | done",
        "3 | task | review | 9:40 | 2 14:10 | 3 13:10 | o | done",
    ]
    day = 86_400
    assert alerts(log) == [(2, "warning", 2 * day), (3, "warning", 2 * day), (3, "red", 3 * day)]


def test_a_file_that_is_warned_is_taken_before_files_that_came_earlier() -> None:
    """Item y came last and promises one day, x four: at the end of Tuesday y's day is used up and y goes before x's third case, which
    waited longer; without an alarm it would be x's turn.
    """
    items = {
        "x": {"route": LONG, "promise_wd": "4"},
        "y": {"route": {"serve": counter("a"), "look": task("o", "1 h", decides=True)}, "promise_wd": "1"},
    }
    needs = {"n": {"items": ["x"]}, "m": {"items": ["y"]}}
    came = {"n": "9:00, 9:05, 9:10, 9:12", "m": "9:14"}
    plain = told(run(watched(items=items, needs=needs, days=5), **came), "task")
    moved = told(run(watched(alarm("warning", "1", ahead="1"), items=items, needs=needs, days=5), **came), "task")
    assert plain[-1] == "4 | task | look | 9:50 | 3 13:10 | 3 14:10 | o | done"
    assert moved[2] == "2 | task | review | 9:30 | 1 15:10 | 2 14:10 | o | done"
    assert moved[3:] == [
        "3 | task | review | 9:40 | 2 15:10 | 3 14:10 | o | done",
        "4 | task | look | 9:50 | 2 14:10 | 2 15:10 | o | done",
    ]


def test_an_alarm_wakes_a_file_that_lies_idle() -> None:
    """The file would lie three days, to Thursday 9:10; half of two promised days are used up at the end of Tuesday: the officer takes it
    up on Wednesday at 9:00.
    """
    idle = {"stall": {"share": "1", "lasts_wd": {"discrete": {"3": "1"}}}}
    route = {"serve": counter("a"), "review": task("o", "10 min", decides=True, **idle)}
    asleep = run(watched(alarm("reminder", "0.5"), route=route, days=5), n="9:00")
    awake = run(watched(alarm("reminder", "0.5", wakes="true"), route=route, days=5), n="9:00")
    assert told(asleep, "task") == ["0 | task | review | 9:10 | 3 9:10 | 3 9:20 | o | done"]
    assert told(awake, "task") == ["0 | task | review | 9:10 | 2 9:00 | 2 9:10 | o | done"]


def test_an_alarm_is_set_anew_after_the_clock_has_stopped() -> None:
    """Experts look from Monday 9:10 to Wednesday 9:10: Tuesday and Wednesday are not charged, so the one day promised ends on Thursday
    and the alarm goes off at its midnight, not on Tuesday's.
    """
    experts = {"kind": "suspension", "reason": "expert_review", "lasts_wd": {"discrete": {"2": "1"}}}
    decide = {**task("o", decides=True), "delay_wd": {"discrete": {"3": "1"}}}
    route = {"serve": counter("a"), "experts": experts, "decide": decide}
    log = run(watched(alarm("yellow", "1"), route=route, item={"promise_wd": "1"}, days=6), n="9:00")
    assert alerts(log) == [(0, "yellow", 4 * 86_400)]


def test_who_decides_in_time_hears_no_alarm() -> None:
    route = {"serve": counter("a"), "sign": task("o", decides=True)}
    assert alerts(run(watched(alarm("red", "1", ahead="2"), route=route), n="9:00")) == []


def test_an_office_that_does_not_move_files_forward_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the rule the log of a warned file is another."""
    monkeypatch.setattr(office.Office, "advance", lambda self, case: None)
    with pytest.raises(AssertionError):
        test_a_file_that_is_warned_is_taken_before_files_that_came_earlier()
