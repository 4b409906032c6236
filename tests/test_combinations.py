"""Rules that meet: what two features do together, on whole small logs worked out by hand."""

from __future__ import annotations

from typing import Any

from small_log import sums
from strategies import counter, run, scenario, second, task, told

from simulation.log import EventLog

POOLS = {name: {"people": {name: "1"}} for name in ("p", "q", "r", "s", "o", "t")}
YES = {"objects": "0"}


def look(pool: str, work: str, after: str, opinion: dict[str, str] | None = None) -> dict[str, Any]:
    return {**task(pool, work, after=[after], opinion=opinion or YES), "work": {f"look-{pool}": {"constant": work}}}


def first_of(pool: str, *opinions: str, **fields: Any) -> dict[str, Any]:
    """A step that begins with the first positive opinion, ten minutes."""
    return task(pool, after=list(opinions), join={"rule": "k_of_n", "k": "1"}, **fields)


def test_two_joins_one_after_the_other_wait_for_one_opinion_each() -> None:
    """p answers at 9:20 and o goes on until 9:30; r answers at 9:40 and t decides until 9:50, while q and s work until the afternoon. What
    the first join gave up is not given up again: the case is decided, not merely over.
    """
    route = {
        "serve": counter("a"), "p": look("p", "10 min", "serve"), "q": look("q", "300 min", "serve"), "first": first_of("o", "p", "q"),
        "r": look("r", "10 min", "first"), "s": look("s", "300 min", "first"), "second": first_of("t", "r", "s", decides=True),
    }  # fmt: skip
    log = run(scenario(route=route, pools=POOLS), n="9:00")
    assert told(log, "decision") == ["0 | decision | - | 9:50 | 9:50 | 9:50 | - | done"]
    assert log.cases[["outcome", "delivered"]].to_numpy().tolist() == [["done", second("9:50")]]


def test_a_red_file_whose_opinion_is_late_goes_before_red_files_whose_is_not() -> None:
    """The officer needs six hours a case. The promise of one day is used up on Tuesday at midnight, when cases 2 to 4 wait and go red;
    case 4's opinion is due after one day, that of the others never: it goes first.
    """
    late = {"objects": "0", "deadline_wd": "1", "late": "escalate"}
    items = {
        name: {"route": {"serve": counter("a"), "look": look("p", "6 h", "serve", opinion), "sign": task("o", decides=True)}}
        for name, opinion in (("x", YES), ("y", late))
    }
    items = {name: {**item, "promise_wd": "1"} for name, item in items.items()}
    needs = {"n": {"items": ["x"]}, "m": {"items": ["y"]}}
    red = {"supervision": [{"level": "red", "used": "1", "ahead": "2"}]}
    log = run(scenario(items=items, needs=needs, pools=POOLS, centre=red, days=8), n="9:00, 9:01, 9:02, 9:03", m="9:04")
    looks = log.events[(log.events["kind"] == "task") & (log.events["step"] == "look")].sort_values("start")
    assert looks["case"].tolist() == [0, 1, 4, 2, 3]


def test_a_case_that_is_denied_waits_at_no_table() -> None:
    """p objects at 9:20; the meeting would be at 14:00: the case is called off in the next second."""
    route = {
        "serve": counter("a"), "p": look("p", "10 min", "serve", {"objects": "1"}),
        "meet": {
            "kind": "meeting", "pools": ["q"], "weekdays": ["monday"], "at": "14:00", "quorum": "1", "capacity": "5",
            "work": {"m": {"constant": "10 min"}}, "after": ["serve"],
        },
        "sign": task("o", after=["p", "meet"], decides=True, join={"rule": "early_veto"}),
    }  # fmt: skip
    log = run(scenario(route=route, pools=POOLS), n="9:00")
    assert told(log, "meeting") == ["0 | meeting | meet | 9:10 | - | 9:20:01 | q | interrupted"]


def machine_beside_officer() -> EventLog:
    items = {"x": {"route": {"serve": counter("a", decides=True)}, "self_service": {"queue": "kiosk"}}}
    small = scenario(items=items, machines={"K1": "kiosk"}, responses={"self_service": "1"})
    return run(small, n="9:00, 9:30")


def test_a_machine_is_no_contact_and_costs_no_hours() -> None:
    """Both cases are served by the machine: nobody met an officer, and seven hours are paid, those of the officer at W1."""
    log = machine_beside_officer()
    assert [line.split(" | ")[6] for line in told(log, "service")] == ["K1", "K1"]
    assert sums(log, "contacts_per_case")[0] == 0
    assert sums(log, "paid_hours")[0] == 7
    assert sums(log, "overtime_hours")[0] == 0
    assert {str(post) for post in log.duty.loc[log.duty["state"] == "machine", "post"]} == {"K1"}


def test_two_meetings_of_one_hour_do_not_share_one_head() -> None:
    """Items x and y meet at 14:00 in different rooms, both with q, who has one head: x's meeting is the first in the plan and has q; y's
    has no quorum of two and waits for the next day.
    """

    def route(name: str) -> dict[str, Any]:
        table = {"pools": ["q", name], "at": "14:00", "quorum": "2", "capacity": "5", "weekdays": ["monday", "tuesday"]}
        work = {f"m-{name}": {"constant": "2 h"}}
        return {"serve": counter("a"), "meet": {"kind": "meeting", **table, "work": work}, "sign": task("o", decides=True)}

    items = {"x": {"route": route("r")}, "y": {"route": route("s")}}
    log = run(scenario(items=items, needs={"n": {"items": ["x"]}, "m": {"items": ["y"]}}, pools=POOLS, days=2), n="9:00", m="9:00")
    assert sorted(told(log, "meeting")) == [
        "0 | meeting | meet | 9:10 | 14:00 | 16:00 | q, r | done",
        "1 | meeting | meet | 9:20 | 1 14:00 | 1 16:00 | q, s | done",
    ]
