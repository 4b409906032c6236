"""Opinions, joins and meetings: whole small logs, each with its calculation by hand, and controls that show a broken rule is caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import simpy
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strategies import LAWS, counter, prepared, run, scenario, second, task, told
from test_engine_properties import Shuffled

from simulation.engines import joint, meetings, phases, simulate
from simulation.log import EventLog
from simulation.measures import View
from simulation.scenario import Scenario

POOLS = {name: {"people": {name: "1"}} for name in ("o", "p", "q")}
NO = {"objects": "1"}
YES = {"objects": "0"}


def look(pool: str, work: str, opinion: dict[str, Any], name: str = "", **fields: Any) -> dict[str, Any]:
    """A department's opinion, asked when the case is accepted."""
    step = {"after": ["serve"], "opinion": opinion, **fields}
    return {**task(pool, work, **step), "work": {f"look-{name or pool}": {"constant": work}}}


def joined(rule: str, *opinions: str, k: str | None = None) -> dict[str, Any]:
    """The step that joins opinions and decides, ten minutes of pool o."""
    how = {"rule": rule} if k is None else {"rule": rule, "k": k}
    return task("o", after=list(opinions), decides=True, join=how)


@pytest.mark.parametrize(("rule", "outcome"), [("all", "denied"), ("lead_decides", "done")])
def test_one_negative_opinion_denies_unless_the_lead_decides(rule: str, outcome: str) -> None:
    """Served until 9:10; p objects at 9:30, q agrees at 9:40; the lead decides from 9:40 to 9:50."""
    route = {
        "serve": counter("a"), "p": look("p", "20 min", NO), "q": look("q", "30 min", YES), "decide": joined(rule, "p", "q"),
    }  # fmt: skip
    log = run(scenario(route=route, pools=POOLS), n="9:00")
    assert told(log, "task", "decision") == [
        "0 | task | p | 9:10 | 9:10 | 9:30 | p | denied",
        "0 | task | q | 9:10 | 9:10 | 9:40 | q | done",
        "0 | task | decide | 9:40 | 9:40 | 9:50 | o | done",
        f"0 | decision | - | 9:50 | 9:50 | 9:50 | - | {outcome}",
    ]
    assert log.cases["outcome"].tolist() == [outcome]


def vetoed() -> Scenario:
    """Three opinions on each case, two of them given by the one person of q; p objects."""
    route = {
        "serve": counter("a"), "p": look("p", "30 min", NO), "q": look("q", "60 min", YES), "s": look("q", "20 min", YES, "s"),
        "decide": joined("early_veto", "p", "q", "s"),
    }  # fmt: skip
    return scenario(route=route, pools=POOLS)


def test_a_veto_ends_the_case_while_others_work() -> None:
    """p objects at 9:40 and the case is denied then. q began at 9:10 and goes on until 10:10; s still waits for that person and is
    called back in the next second. Nobody decides at o.
    """
    log = run(vetoed(), n="9:00")
    assert told(log, "task", "decision") == [
        "0 | task | s | 9:10 | - | 9:40:01 | q | interrupted",
        "0 | task | p | 9:10 | 9:10 | 9:40 | p | denied",
        "0 | task | q | 9:10 | 9:10 | 10:10 | q | done",
        "0 | decision | - | 9:40 | 9:40 | 9:40 | - | denied",
    ]
    assert log.events.loc[log.events["kind"] == "decision", "reason"].tolist() == ["veto"]
    assert log.cases[["outcome", "decided", "delivered"]].to_numpy().tolist() == [["denied", second("9:40"), second("9:40")]]


def of_three(k: str, first: dict[str, str]) -> EventLog:
    """Opinions at 9:30, 9:50 and 15:10 (five hours from 9:10, one hour at noon off), of which k must be positive."""
    route = {
        "serve": counter("a"), "p": look("p", "20 min", first), "q": look("q", "40 min", YES), "s": look("s", "300 min", YES),
        "decide": joined("k_of_n", "p", "q", "s", k=k),
    }  # fmt: skip
    return run(scenario(route=route, pools={**POOLS, "s": {"people": {"s": "1"}}}), n="9:00")


def test_two_of_three_are_enough_and_nobody_waits_for_the_third() -> None:
    """The second positive opinion comes at 9:50: decided and handed over at 10:00, while s works until 15:10."""
    log = of_three("2", YES)
    assert told(log, "task", "decision", "delivery") == [
        "0 | task | p | 9:10 | 9:10 | 9:30 | p | done",
        "0 | task | q | 9:10 | 9:10 | 9:50 | q | done",
        "0 | task | s | 9:10 | 9:10 | 15:10 | s | done",
        "0 | task | decide | 9:50 | 9:50 | 10:00 | o | done",
        "0 | decision | - | 10:00 | 10:00 | 10:00 | - | done",
        "0 | delivery | delivery | 10:00 | 10:00 | 10:00 | - | done",
    ]


def test_two_positive_opinions_of_three_are_waited_for_past_a_negative_one() -> None:
    """p objects at 9:30, q agrees at 9:50, s at 15:10: only then are two positive. The lead decides at 15:20, the case is granted."""
    log = of_three("2", NO)
    assert log.cases[["decided", "outcome"]].to_numpy().tolist() == [[second("15:20"), "done"]]


def test_fewer_positive_opinions_than_k_deny_the_case_when_all_are_in() -> None:
    """Three are needed, p objects: the lead waits for s at 15:10 and denies at 15:20."""
    log = of_three("3", NO)
    assert log.cases[["decided", "outcome"]].to_numpy().tolist() == [[second("15:20"), "denied"]]


def silent(late: str, work: str = "480 min") -> Scenario:
    """q answers in `work` and its leader signs from 16:00; after one working day an answer is late."""
    answer = {"objects": "1", "deadline_wd": "1", "late": late}
    route = {
        "serve": counter("a"), "p": look("p", "20 min", YES), "q": look("q", work, answer),
        "sign": task("l", "5 min", after=["q"]), "decide": joined("all", "p", "sign"),
    }  # fmt: skip
    leader = {"people": {"l": "1"}, "role": "leader", "hours": ["16:00-17:00"]}
    return scenario(route=route, pools={**POOLS, "l": leader}, days=3)


def test_silence_is_consent_whether_the_file_lies_or_is_worked_on() -> None:
    """Eight hours of q from 9:10 are done on day 1 at 10:10. Case 0 is deemed on day 1 at 9:10, in work: q goes on, but nobody waits, its
    objection comes too late, and its leader has nothing to sign. Case 1 waits in the queue until 9:20 and is taken out of it.
    """
    log = run(silent("deemed_consent"), n="9:00, 9:10")
    assert told(log, "alert", "decision") == [
        "0 | alert | q | 1 9:10 | 1 9:10 | 1 9:10 | q | done",
        "0 | decision | - | 1 9:20 | 1 9:20 | 1 9:20 | - | done",
        "1 | alert | q | 1 9:20 | 1 9:20 | 1 9:20 | q | done",
        "1 | decision | - | 1 9:30 | 1 9:30 | 1 9:30 | - | done",
    ]
    rows = log.events[log.events["step"].isin(["q", "sign"]) & (log.events["kind"] == "task")]
    assert rows["outcome"].tolist() == ["done", "interrupted"]
    assert rows["reason"].tolist() == ["deemed_consent", "deemed_consent"]
    assert rows["end"].tolist() == [second("1 10:10"), second("1 9:20")]
    alerts = log.events[log.events["kind"] == "alert"]
    assert set(alerts["department"]) == {"d"} and set(alerts["reason"]) == {"deemed_consent"}


def test_without_a_policy_a_late_opinion_is_waited_for() -> None:
    """q objects on day 1 at 10:10, its leader signs at 16:00, the lead denies at 16:15."""
    log = run(silent("block"), n="9:00")
    assert log.cases[["decided", "outcome"]].to_numpy().tolist() == [[second("1 16:15"), "denied"]]
    assert told(log, "alert") == []


def on_time(work: str) -> Scenario:
    """One opinion, due a working day after 9:10."""
    answer = {"objects": "1", "deadline_wd": "1", "late": "deemed_consent"}
    route = {"serve": counter("a"), "q": look("q", work, answer), "decide": joined("all", "q")}
    return scenario(route=route, pools=POOLS, days=3)


@pytest.mark.parametrize(("work", "outcome"), [("420 min", "denied"), ("421 min", "done")])
def test_an_opinion_given_in_the_due_second_is_in_time(work: str, outcome: str) -> None:
    """410 minutes of day 0 and ten of day 1: done at 9:10, the due second; one minute more is late."""
    log = run(on_time(work), n="9:00")
    assert log.cases["outcome"].tolist() == [outcome]


def overtaken() -> Scenario:
    """q has an eight hours' file of y, another of y, then one of x, which is asked to answer within a working day."""
    answer = {"deadline_wd": "1", "late": "escalate"}
    items = {
        "x": {"route": {"serve": counter("a"), "q": look("q", "20 min", answer), "decide": joined("all", "q")}},
        "y": {"route": {"serve": counter("a"), "work": task("q", "480 min", decides=True)}},
    }
    return scenario(items=items, needs={"n": {}, "m": {"items": ["y"]}}, pools=POOLS, days=4)


def test_a_late_opinion_goes_before_files_that_came_earlier() -> None:
    """q is busy with case 0 until day 1, 10:10. Case 1 has waited since 9:20, case 2 since 9:30; at its due second, day 1 at 9:30, case 2
    goes before case 1.
    """
    log = run(overtaken(), m="9:00, 9:10", n="9:20")
    assert told(log, "task", "alert") == [
        "0 | task | work | 9:10 | 9:10 | 1 10:10 | q | done",
        "1 | task | work | 9:20 | 1 10:30 | 2 11:30 | q | done",
        "2 | task | q | 9:30 | 1 10:10 | 1 10:30 | q | done",
        "2 | alert | q | 1 9:30 | 1 9:30 | 1 9:30 | q | done",
        "2 | task | decide | 1 10:30 | 1 10:30 | 1 10:40 | o | done",
    ]
    assert log.events.loc[log.events["kind"] == "alert", "reason"].tolist() == ["late_opinion"]


def test_a_file_that_lies_idle_is_taken_up_when_its_answer_is_late() -> None:
    """It would lie for three days; at its due second, day 1 at 9:10, somebody looks."""
    answer = {"deadline_wd": "1", "late": "escalate"}
    idle = {"share": "1", "lasts_wd": {"discrete": {"3": "1"}}}
    route = {"serve": counter("a"), "q": look("q", "20 min", answer, stall=idle), "decide": joined("all", "q")}
    log = run(scenario(route=route, pools=POOLS, days=5), n="9:00")
    assert told(log, "task")[:1] == ["0 | task | q | 9:10 | 1 9:10 | 1 9:30 | q | done"]


# --- meetings ----------------------------------------------------------------------------------------------------


def meeting(*pools: str, **fields: Any) -> dict[str, Any]:
    """A meeting at 14:00 that takes half an hour a case and decides."""
    step = {"kind": "meeting", "pools": list(pools), "at": "14:00", "quorum": str(len(pools)), "capacity": "1"}
    return {**step, "work": {"talk": {"constant": "30 min"}}, "decides": True, **fields}


def test_cases_beyond_the_capacity_wait_for_the_next_meeting() -> None:
    """Ready at 9:10, 9:20 and, in the very second of the meeting, 14:00; two are handled a day."""
    route = {"serve": counter("a"), "meet": meeting("p", "q", capacity="2")}
    log = run(scenario(route=route, pools=POOLS, days=2), n="9:00, 9:10, 13:50")
    assert told(log, "meeting") == [
        "0 | meeting | meet | 9:10 | 14:00 | 14:30 | p, q | done",
        "1 | meeting | meet | 9:20 | 14:30 | 15:00 | p, q | done",
        "2 | meeting | meet | 14:00 | 1 14:00 | 1 14:30 | p, q | done",
    ]
    assert set(log.events.loc[log.events["kind"] == "meeting", "people"]) == {2}


def test_a_case_ready_in_the_second_of_the_meeting_takes_part() -> None:
    route = {"serve": counter("a"), "meet": meeting("p")}
    assert told(run(scenario(route=route, pools=POOLS), n="13:50"), "meeting") == [
        "0 | meeting | meet | 14:00 | 14:00 | 14:30 | p | done"
    ]


def test_without_a_quorum_nobody_is_handled() -> None:
    """q is absent every day: with a quorum of two the case is told twice and open at the horizon; with one, p handles it alone."""
    away = {"q": {"people": {"q": "1"}, "absence": {"starts": "1", "lasts_wd": {"discrete": {"1": "1"}}}}}
    route = {"serve": counter("a"), "meet": meeting("p", "q")}
    log = run(scenario(route=route, pools={**POOLS, **away}, days=2), n="9:00")
    assert told(log, "meeting", "alert") == [
        "0 | meeting | meet | 9:10 | - | - | p, q | open",
        "0 | alert | meet | 14:00 | 14:00 | 14:00 | - | done",
        "0 | alert | meet | 1 14:00 | 1 14:00 | 1 14:00 | - | done",
    ]
    assert log.cases["outcome"].tolist() == ["open"]
    alone = run(scenario(route={"serve": counter("a"), "meet": meeting("p", "q", quorum="1")}, pools={**POOLS, **away}), n="9:00")
    assert alone.events.loc[alone.events["kind"] == "meeting", ["start", "people"]].to_numpy().tolist() == [[second("14:00"), 1]]


def sitting() -> Scenario:
    """The one person of p reviews files of y and sits at the meeting about x."""
    items = {
        "x": {"route": {"serve": counter("a"), "meet": meeting("p", "q")}},
        "y": {"route": {"serve": counter("a"), "work": task("p", "20 min", decides=True)}},
    }
    return scenario(items=items, needs={"n": {}, "m": {"items": ["y"]}}, pools=POOLS)


def test_who_sits_at_the_meeting_is_away_from_his_files() -> None:
    """Work begun at 13:45 goes on until 14:05; the file that comes at 14:00 waits until the meeting ends at 14:30."""
    log = run(sitting(), n="9:00", m="13:35, 13:50")
    assert told(log, "task") == [
        "1 | task | work | 13:45 | 13:45 | 14:05 | p | done",
        "2 | task | work | 14:00 | 14:30 | 14:50 | p | done",
    ]


def test_bodies_meet_on_a_make_up_saturday_and_on_no_other() -> None:
    """Thursday 4 May 2023; Saturday the 6th makes up for the holiday before, the 13th is an ordinary one."""
    route = {"serve": counter("a"), "meet": meeting("p", weekdays=["saturday"])}
    log = run(scenario(route=route, pools=POOLS, start="2023-05-04", days=8), n="9:00, 4 9:00")
    assert told(log, "meeting") == [
        "0 | meeting | meet | 9:10 | 2 14:00 | 2 14:30 | p | done",
        "1 | meeting | meet | 4 9:10 | - | - | p | open",
    ]


def test_a_suspension_runs_through_a_make_up_saturday() -> None:
    """From Friday 5 May 2023, 9:10, two working days are Saturday the 6th and Monday the 8th; the officer decides at 9:20. The legal clock
    counts from Friday: Saturday and Monday are suspended, so nothing is charged.
    """
    experts = {"kind": "suspension", "reason": "expert_review", "lasts_wd": {"discrete": {"2": "1"}}}
    route = {"serve": counter("a"), "experts": experts, "decide": task("o", decides=True)}
    log = run(scenario(route=route, pools=POOLS, start="2023-05-05", days=4), n="9:00")
    assert told(log, "suspension", "decision") == [
        "0 | suspension | experts | 9:10 | 9:10 | 3 9:10 | - | done",
        "0 | decision | - | 3 9:20 | 3 9:20 | 3 9:20 | - | done",
    ]
    assert View(log).clocks.legal_wd.tolist() == [0]


# --- order, and what holds always --------------------------------------------------------------------------------


def digests(monkeypatch: pytest.MonkeyPatch, make: Callable[[], EventLog]) -> set[str]:
    """The logs of some random orders of execution."""
    found = set()
    for seed in range(8):
        monkeypatch.setattr(Shuffled, "seed", seed)
        monkeypatch.setattr(simpy, "Environment", Shuffled)
        found.add(make().digest())
    return found


def both() -> EventLog:
    """p objects in the second in which q agrees and a run for its answer is due."""
    route = {
        "serve": counter("a"), "p": look("p", "30 min", NO), "q": look("q", "30 min", YES),
        "back": {"kind": "transfer", "after": ["q"]}, "decide": joined("early_veto", "p", "back"),
    }  # fmt: skip
    return run(scenario(route=route, pools=POOLS, site={"transfers": [{"leaves": "11:00", "arrives": "11:30"}]}), n="9:00, 9:10")


def begun() -> EventLog:
    """The first positive opinion is enough: what else the join waits for is there in the second in which the other opinion is late."""
    publicity = {"kind": "suspension", "after": ["serve"], "reason": "publicity", "lasts_wd": {"discrete": {"1": "1"}}}
    late = {**YES, "deadline_wd": "1", "late": "escalate"}
    route = {
        "serve": counter("a"), "p": look("p", "20 h", late), "q": look("q", "20 min", YES), "wait": publicity,
        "decide": joined("k_of_n", "p", "q", "wait", k="1"),
    }  # fmt: skip
    return run(scenario(route=route, pools=POOLS, days=4), n="9:00")


def two_due() -> EventLog:
    """Two opinions, one of which is enough, are late in one second."""
    late = {**YES, "deadline_wd": "1", "late": "deemed_consent"}
    route = {
        "serve": counter("a"), "p": look("p", "20 h", late), "q": look("q", "20 h", late),
        "decide": joined("k_of_n", "p", "q", k="1"),
    }  # fmt: skip
    return run(scenario(route=route, pools=POOLS, days=4), n="9:00")


MADE = {
    "begun": begun,
    "two": two_due,
    "veto": both,
    "due": lambda: run(on_time("420 min"), n="9:00"),
    "sit": lambda: run(sitting(), n="9:00", m="13:50"),
    "late": lambda: run(silent("deemed_consent"), n="9:00, 9:10, 9:10"),
    "first": lambda: run(overtaken(), m="9:00, 9:10", n="9:20, 9:20"),
}


@pytest.mark.parametrize("name", MADE)
def test_the_order_of_execution_does_not_matter_to_joint_handling(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(digests(monkeypatch, MADE[name])) == 1


def test_control_a_veto_among_the_state_changes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint, "ABANDON", phases.STATE)
    assert len(digests(monkeypatch, both)) > 1


def test_control_a_deadline_that_does_not_know_who_is_done_in_its_second_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint, "DUE", phases.STATE)
    assert len(digests(monkeypatch, MADE["due"])) > 1
    assert len(digests(monkeypatch, MADE["begun"])) > 1


def test_who_is_waited_for_no_longer_in_his_due_second_is_not_late() -> None:
    """q agreed at 9:30 of day 0; the publicity ends on day 1 at 9:10, the due second of p, and the case is decided without p."""
    log = begun()
    assert told(log, "alert") == []
    assert told(log, "decision") == ["0 | decision | - | 1 9:20 | 1 9:20 | 1 9:20 | - | done"]


def test_of_two_that_are_late_in_one_second_the_first_of_the_route_is_enough() -> None:
    """p and q have said nothing by day 1, 9:10. Silence is consent: that of p begins the decision, and q's is asked for no longer."""
    assert [line.split(" | ")[2] for line in told(two_due(), "alert")] == ["p"]


def test_control_a_meeting_called_while_pools_dispatch_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "CALL", phases.DISPATCH)
    assert len(digests(monkeypatch, MADE["sit"])) > 1


@st.composite
def routes(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same two to four opinions one after another, and at the same time."""
    count = draw(st.integers(2, 4))
    serial: dict[str, Any] = {"serve": counter("a")}
    parallel: dict[str, Any] = {"serve": counter("a")}
    for k in range(count):
        step = {**task(draw(st.sampled_from(["p", "q", "l"]))), "work": {f"look-{k}": draw(LAWS)}, "opinion": YES}
        if draw(st.booleans()):
            step["stall"] = {"share": "0.3", "lasts_wd": {"discrete": {"1": "0.5", "3": "0.5"}}}
        if draw(st.booleans()):
            step["delay_wd"] = {"discrete": {"0": "0.5", "2": "0.5"}}
        carried = {"kind": "transfer"} if draw(st.booleans()) else None
        serial |= ({f"to-{k}": carried} if carried else {}) | {f"look-{k}": step}
        parallel |= {f"to-{k}": {**carried, "after": ["serve"]}} if carried else {}
        parallel[f"look-{k}"] = {**step, "after": [f"to-{k}" if carried else "serve"]}
    last = [f"look-{k}" for k in range(count)]
    rule = draw(st.sampled_from([{"rule": "all"}, {"rule": "lead_decides"}, {"rule": "k_of_n", "k": str(draw(st.integers(1, count)))}]))
    serial["decide"] = task("o", decides=True)
    parallel["decide"] = task("o", decides=True, after=last, join=rule)
    return serial, parallel


few = settings(
    max_examples=12, phases=[Phase.explicit, Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@few
@given(routes())
def test_with_ample_staff_and_no_denial_parallel_is_never_slower_than_serial(two: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Case by case under the same draws: a step begun earlier is never finished later, and the join waits for the last at most."""
    pools: dict[str, Any] = {name: {"people": {name: "300"}} for name in ("o", "p", "q")}
    pools["l"] = {"people": {"l": "300"}, "role": "leader", "hours": ["16:00-17:00"]}
    site = {"transfers": [{"leaves": "11:30", "arrives": "13:30"}, {"leaves": "16:30", "arrives": "9:05"}]}
    logs = [
        simulate(*prepared(scenario(route=route, pools=pools, site=site, needs={"n": {"rate": "12 per day"}}, days=6))) for route in two
    ]
    serial, parallel = (log.cases["decided"].astype("float").fillna(float("inf")) for log in logs)
    assert len(serial) == len(parallel) > 20
    assert (parallel <= serial).all()
    assert (parallel < serial).any()
