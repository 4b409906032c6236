"""Whole small logs, each with its calculation by hand. Lines read: case | kind | step | entered | start | end | place | outcome."""

from __future__ import annotations

from strategies import counter, run, scenario, task, told

from simulation.measures import CATALOGUE, measure

RUNS = {"transfers": [{"leaves": "11:30", "arrives": "13:30"}, {"leaves": "16:30", "arrives": "9:05"}]}
NEVER_COMPLETE = {"complete": {"none": "0", "list": "0", "checked": "0"}}


def test_a_queue_is_served_in_order_and_finishes_its_overrun_at_lunch() -> None:
    """One window, 10 minutes each, lunch 12-13 with 40 minutes of overrun.

    The first two come together: 9:00-9:10, 9:10-9:20. 11:50 ends at 12:00; 11:55 came before noon and is still called. 12:05 came
    after noon and waits for 13:00. Who comes at 16:55 while the window is free is served past nothing: 16:55-17:05.
    """
    log = run(scenario(site={"overrun": "40 min"}), n="9:00, 9:00, 11:50, 11:55, 12:05, 16:55")
    assert told(log, "service", "queue") == [
        "0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done",
        "1 | service | serve | 9:00 | 9:10 | 9:20 | W1 | done",
        "2 | service | serve | 11:50 | 11:50 | 12:00 | W1 | done",
        "3 | service | serve | 11:55 | 12:00 | 12:10 | W1 | done",
        "4 | service | serve | 12:05 | 13:00 | 13:10 | W1 | done",
        "5 | service | serve | 16:55 | 16:55 | 17:05 | W1 | done",
    ]


def test_who_waits_at_closing_is_sent_home_and_a_service_begun_is_finished() -> None:
    """`send_home`: 16:55 is served until 17:05; 16:56 still waits at 17:00 and is sent home, and never comes back."""
    log = run(scenario(site={"closing": "send_home", "overrun": "40 min"}), n="16:55, 16:56")
    assert told(log, "service", "queue") == [
        "0 | service | serve | 16:55 | 16:55 | 17:05 | W1 | done",
        "1 | queue | serve | 16:56 | - | 17:00 | a | interrupted",
    ]
    assert log.cases["outcome"].tolist() == ["done", "withdrawn"]


def test_the_last_call_ends_the_overrun() -> None:
    """20 minutes each, overrun 10 minutes: at 17:05 the second is called, at 17:25 the third is past the last call of 17:10."""
    log = run(scenario(route={"serve": counter("a", "20 min")}, site={"overrun": "10 min"}), n="16:45, 16:46, 16:47")
    assert told(log, "service", "queue") == [
        "0 | service | serve | 16:45 | 16:45 | 17:05 | W1 | done",
        "1 | service | serve | 16:46 | 17:05 | 17:25 | W1 | done",
        "2 | queue | serve | 16:47 | - | 17:10 | a | interrupted",
    ]


def test_no_ticket_after_stop_but_the_chain_of_a_visit_begun_goes_on() -> None:
    """Tickets stop at 16:00. 15:55 goes on to the second counter at 16:05; 16:00 is turned away in that second."""
    route = {"accept": counter("a"), "pay": counter("b", "5 min")}
    log = run(scenario(route=route, windows={"W1": "a", "W2": "b"}, site={"stop_tickets_at": "16:00"}), n="15:55, 16:00")
    assert told(log, "service", "queue") == [
        "0 | service | accept | 15:55 | 15:55 | 16:05 | W1 | done",
        "0 | service | pay | 16:05 | 16:05 | 16:10 | W2 | done",
        "1 | queue | accept | 16:00 | - | 16:00 | a | interrupted",
    ]


def test_a_visit_begun_before_closing_finishes_its_chain_before_those_who_came_later_but_rank_higher() -> None:
    """Accept 10 minutes at W1 (day shift), then pay 5 minutes at W2, which shuts for lunch too; overrun 40 minutes.

    11:55 is at counter two from 12:05, for his visit began before noon. An elderly citizen (first priority) who comes at 12:02 for
    counter two stands before him in the queue but began after noon: he waits for 13:00 and holds nobody up.
    """
    small = scenario(
        items={"x": {"route": {"accept": counter("a"), "pay": counter("b", "5 min")}}, "z": {"route": {"pay": counter("b", "5 min")}}},
        needs={"n": {}, "old": {"items": ["z"], "priority": "first"}},
        windows={"W1": "a", "W2": "b"},
        site={"overrun": "40 min"},
    )
    assert told(run(small, n="11:55", old="12:02"), "service", "queue") == [
        "0 | service | accept | 11:55 | 11:55 | 12:05 | W1 | done",
        "0 | service | pay | 12:05 | 12:05 | 12:10 | W2 | done",
        "1 | service | pay | 12:02 | 13:00 | 13:05 | W2 | done",
    ]


def test_a_ghost_ticket_costs_a_minute() -> None:
    """Patience 15 minutes, service 20. The second (9:01) leaves at 9:16. At 9:20 his number is called for a minute.

    The third starts at 9:21.
    """
    small = scenario(route={"serve": counter("a", "20 min")}, site={"no_show": "1 min"}, behaviour={"patience": {"constant": "15 min"}})
    assert told(run(small, n="9:00, 9:01, 9:10"), "service", "queue") == [
        "0 | service | serve | 9:00 | 9:00 | 9:20 | W1 | done",
        "1 | queue | serve | 9:01 | - | 9:16 | a | left",
        "1 | service | serve | - | 9:20 | 9:21 | W1 | no_show",
        "2 | service | serve | 9:10 | 9:21 | 9:41 | W1 | done",
    ]


def test_a_start_beats_an_abandonment_of_the_same_second() -> None:
    """Patience 10 minutes, service 10: the second came at 9:00 too, would leave at 9:10 and is called at 9:10. The third leaves."""
    log = run(scenario(behaviour={"patience": {"constant": "10 min"}}), n="9:00, 9:00, 9:00")
    assert told(log, "service", "queue") == [
        "0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done",
        "1 | service | serve | 9:00 | 9:10 | 9:20 | W1 | done",
        "2 | queue | serve | 9:00 | - | 9:10 | a | left",
    ]


def test_who_left_comes_back_another_day_to_the_counter_where_he_left() -> None:
    """Pay takes an hour and patience is half an hour. The second is accepted 9:10-9:20, waits for pay from 9:20, leaves at 9:50.

    He comes back one working day later straight to pay, as visit 2, alone.
    """
    route = {"accept": counter("a"), "pay": counter("b", "60 min")}
    small = scenario(
        route=route, windows={"W1": "a", "W2": "b"}, behaviour={"patience": {"constant": "30 min"}}, responses={"comes_back": "1"}, days=2
    )
    log = run(small, n="9:00, 9:00")
    lines = told(log, "service", "queue")
    assert lines[:4] == [
        "0 | service | accept | 9:00 | 9:00 | 9:10 | W1 | done",
        "0 | service | pay | 9:10 | 9:10 | 10:10 | W2 | done",
        "1 | service | accept | 9:00 | 9:10 | 9:20 | W1 | done",
        "1 | queue | pay | 9:20 | - | 9:50 | b | left",
    ]
    again = log.events[(log.events["case"] == 1) & (log.events["visit"] == 2) & (log.events["kind"] == "service")]
    assert again["step"].tolist() == ["pay"]
    assert again["entered"].iloc[0] // 86_400 == 1


def test_incomplete_papers_cost_part_of_the_service_and_a_second_visit() -> None:
    """Nobody is complete at first; the touch of an incomplete contact is the full one (factor 1); the next visit is one working day on."""
    log = run(scenario(responses=NEVER_COMPLETE, days=2), n="9:00")
    first, second = log.events[log.events["kind"] == "service"].itertuples()
    assert (first.visit, first.outcome, first.end - first.start) == (1, "supplement", 600)
    assert (second.visit, second.outcome, second.entered // 86_400) == (2, "done", 1)
    assert told(log, "notice") == ["0 | notice | - | 9:10 | 9:10 | 9:10 | - | done"]
    case = log.cases.iloc[0]
    assert (case["received"], case["accepted"], case["complete"]) == (first.end, second.end, second.end)


def test_the_cap_on_visits_ends_in_withdrawal() -> None:
    """Never complete, two visits at most: two notices, then withdrawn."""
    responses = {**NEVER_COMPLETE, "complete_again": {"piecemeal": "0", "one_time": "0"}}
    log = run(scenario(responses=responses, item={"max_visits": "2"}, days=4), n="9:00")
    assert log.events["kind"].value_counts()["notice"] == 2
    assert log.cases["outcome"].tolist() == ["withdrawn"]
    assert log.events.loc[log.events["kind"] == "alert", "reason"].tolist() == ["max_visits"]
    assert measure(log, [CATALOGUE["visit_cap_share"]]).query("group == 'all'")[["total", "n"]].to_numpy().tolist() == [[1, 1]]


def test_who_was_sent_home_before_he_showed_his_papers_is_still_at_his_first_contact() -> None:
    """One visit ends at closing, unserved; the second is the first contact, where nobody is complete; the third is a later one."""
    small = scenario(responses={**NEVER_COMPLETE, "comes_back": "1"}, site={"closing": "send_home"}, days=4)
    log = run(small, n="16:55, 16:59")
    assert log.events[log.events["case"].eq(1) & log.events["kind"].isin(["service", "queue"])]["outcome"].tolist() == [
        "interrupted",
        "supplement",
        "done",
    ]


def test_files_travel_in_batches_and_the_leader_signs_in_his_hour() -> None:
    """Accept 9:00-9:10 and 9:10-9:20; both files leave at 11:30 and arrive at 13:30; one officer, 30 minutes each, open 13-17.

    Review 13:30-14:00 and 14:00-14:30; the leader signs from 16:00, 2 minutes each; the decision at 16:02 and 16:04; back with the
    run of 16:30, that is at 9:05 of the next working day.
    """
    route = {
        "accept": counter("a"),
        "inward": {"kind": "transfer"},
        "review": task("office", "30 min"),
        "sign": task("leader", "2 min", decides=True),
        "outward": {"kind": "transfer"},
    }
    pools = {"office": {"people": {"o": "1"}}, "leader": {"people": {"l": "1"}, "role": "leader", "hours": ["16:00-17:00"]}}
    log = run(scenario(route=route, pools=pools, site=RUNS, days=2), n="9:00, 9:00")
    assert told(log) == [
        "0 | service | accept | 9:00 | 9:00 | 9:10 | W1 | done",
        "0 | transfer | inward | 9:10 | 11:30 | 13:30 | - | done",
        "0 | task | review | 13:30 | 13:30 | 14:00 | office | done",
        "0 | task | sign | 14:00 | 16:00 | 16:02 | leader | done",
        "0 | decision | - | 16:02 | 16:02 | 16:02 | - | done",
        "0 | transfer | outward | 16:02 | 16:30 | 1 9:05 | - | done",
        "0 | delivery | delivery | 16:02 | 1 9:05 | 1 9:05 | - | done",
        "1 | service | accept | 9:00 | 9:10 | 9:20 | W1 | done",
        "1 | transfer | inward | 9:20 | 11:30 | 13:30 | - | done",
        "1 | task | review | 13:30 | 14:00 | 14:30 | office | done",
        "1 | task | sign | 14:30 | 16:02 | 16:04 | leader | done",
        "1 | decision | - | 16:04 | 16:04 | 16:04 | - | done",
        "1 | transfer | outward | 16:04 | 16:30 | 1 9:05 | - | done",
        "1 | delivery | delivery | 16:04 | 1 9:05 | 1 9:05 | - | done",
    ]


def test_a_task_begun_goes_on_after_lunch_and_next_morning() -> None:
    """An officer's step of 5 hours from 9:10: 2 h 50 before lunch, 2 h 10 after it, done at 15:10.

    The next starts then: 1 h 50 until 17:00, 3 h next morning and 10 minutes after lunch, done at 13:10 of day 1.
    """
    log = run(
        scenario(route={"accept": counter("a"), "review": task("o", "300 min")}, pools={"o": {"people": {"o": "1"}}}, days=2),
        n="9:00, 9:00",
    )
    assert told(log, "task") == [
        "0 | task | review | 9:10 | 9:10 | 15:10 | o | done",
        "1 | task | review | 9:20 | 15:10 | 1 13:10 | o | done",
    ]


def test_a_shift_boundary_with_the_same_head_adds_no_capacity() -> None:
    """Pool hours 9-11 and 11-12 touch at 11:00; one officer, 90 minutes each: the second starts at 10:40, not at 11:00 beside the first."""
    pools = {"o": {"people": {"o": "1"}, "hours": ["9:00-11:00", "11:00-12:00"]}}
    log = run(scenario(route={"accept": counter("a"), "review": task("o", "90 min")}, pools=pools, days=2), n="9:00, 9:00, 9:00")
    assert told(log, "task") == [
        "0 | task | review | 9:10 | 9:10 | 10:40 | o | done",
        "1 | task | review | 9:20 | 10:40 | 1 9:10 | o | done",
        "2 | task | review | 9:30 | 1 9:10 | 1 10:40 | o | done",
    ]


def test_a_step_for_two_waits_for_both_holds_none_and_is_not_overtaken() -> None:
    """Two officers. Case 0 has single work 9:10-10:10. Case 1 needs two at 9:20: it waits, although one is free.

    Case 2 (single work, ready 9:30) may not overtake: it starts at 10:10 + 10 minutes, when case 1 is done.
    """
    small = scenario(
        items={
            "x": {"route": {"accept": counter("a"), "review": task("o", "60 min")}},
            "two": {"route": {"accept": counter("a"), "visit": task("o", "10 min", people="2")}},
        },
        needs={"n": {}, "m": {"items": ["two"]}},
        pools={"o": {"people": {"o": "2"}}},
    )
    log = run(small, n="9:00, 9:02", m="9:01")
    assert sorted(told(log, "task")) == [
        "0 | task | review | 9:10 | 9:10 | 10:10 | o | done",
        "1 | task | visit | 9:20 | 10:10 | 10:20 | o | done",
        "2 | task | review | 9:30 | 10:20 | 11:20 | o | done",
    ]


def test_absence_lowers_the_heads_of_a_pool_and_empties_a_window() -> None:
    """Absence certain: no officer, no work, and the duty says 0 people and 2 away; a window whose person is absent serves nobody."""
    certain = {"starts": "1", "lasts_wd": {"discrete": {"1": "1"}}}
    route = {"accept": counter("a"), "review": task("o")}
    log = run(scenario(route=route, pools={"o": {"people": {"o": "2"}, "absence": certain}}), n="9:00")
    assert told(log, "task") == ["0 | task | review | 9:10 | - | - | o | open"]
    rows = log.duty[log.duty["post"] == "pool:o"]
    assert sorted(zip(rows["state"], rows["people"], strict=True)) == [("away", 2)] * 2 + [("working", 0)] * 2

    log = run(scenario(staff={"absence": certain}), n="9:00")
    assert told(log, "service", "queue") == ["0 | queue | serve | 9:00 | - | 17:00 | a | interrupted"]
    assert set(log.duty["state"]) == {"absent"}


def test_branches_run_in_parallel_and_join_at_the_last() -> None:
    """After 9:10: branch one 20 minutes, branch two 50; the joint decision (5 minutes) begins at 10:00."""
    route = {
        "accept": counter("a"),
        "one": task("p", "20 min", after=["accept"]),
        "two": task("q", "50 min", after=["accept"]),
        "join": task("p", "5 min", after=["one", "two"], decides=True),
    }
    log = run(scenario(route=route, pools={"p": {"people": {"p1": "1"}}, "q": {"people": {"q1": "1"}}}), n="9:00")
    assert sorted(told(log, "task")) == [
        "0 | task | join | 10:00 | 10:00 | 10:05 | p | done",
        "0 | task | one | 9:10 | 9:10 | 9:30 | p | done",
        "0 | task | two | 9:10 | 9:10 | 10:00 | q | done",
    ]


def test_a_suspension_lasts_working_days_and_the_weekend_is_none() -> None:
    """Publicity of 2 working days from Thursday 9:10 ends on Monday 9:10."""
    publicity = {"kind": "suspension", "reason": "publicity", "lasts_wd": {"discrete": {"2": "1"}}}
    log = run(scenario(route={"accept": counter("a"), "publicity": publicity}, days=7), n="3 9:00")
    assert told(log, "suspension") == ["0 | suspension | publicity | 3 9:10 | 3 9:10 | 7 9:10 | - | done"]


def test_a_denied_case_ends_at_its_decision() -> None:
    """Denial certain: the decision is `denied`, nothing is delivered by mail."""
    route = {"accept": counter("a"), "review": task("o", decides=True), "outward": {"kind": "transfer"}}
    log = run(scenario(route=route, pools={"o": {"people": {"o": "1"}}}, item={"denial": "1"}, site=RUNS), n="9:00")
    assert told(log, "decision", "transfer", "delivery") == ["0 | decision | - | 9:20 | 9:20 | 9:20 | - | denied"]
    assert log.cases["outcome"].tolist() == ["denied"]


def test_the_result_is_collected_at_a_counter_or_comes_by_mail() -> None:
    """Decided at 9:20 on day 0. Collected in a later visit, the delivery ends with that service; by mail it takes 2 working days."""
    route = {"accept": counter("a"), "review": task("o", decides=True)}
    pools = {"o": {"people": {"o": "1"}}}
    touch = {"queue": "a", "touch": {"constant": "3 min"}, "mail_wd": {"discrete": {"2": "1"}}}
    log = run(scenario(route=route, pools=pools, item={"delivery": {**touch, "collect": "1"}}, days=3), n="9:00")
    visit = log.events[(log.events["kind"] == "service") & (log.events["step"] == "collect")].iloc[0]
    handed = log.events[log.events["kind"] == "delivery"].iloc[0]
    assert (visit["visit"], visit["entered"] // 86_400, visit["end"] - visit["start"]) == (2, 1, 180)
    assert (handed["end"], handed["reason"]) == (visit["end"], "counter")
    log = run(scenario(route=route, pools=pools, item={"delivery": {**touch, "collect": "0"}}, days=3), n="9:00")
    assert told(log, "delivery") == ["0 | delivery | delivery | 9:20 | 9:20 | 2 9:20 | - | done"]


def test_online_cases_load_the_department_and_no_window() -> None:
    """Submitted at 9:00; acceptance in the pool takes half of the counter's 10 minutes, then the review; no paper is carried."""
    route = {"accept": counter("a"), "inward": {"kind": "transfer"}, "review": task("o", decides=True)}
    item = {"online": {"pool": "o", "factor": "0.5"}}
    log = run(scenario(route=route, pools={"o": {"people": {"o": "1"}}}, item=item, site=RUNS), online=True, n="9:00")
    assert told(log) == [
        "0 | task | accept | 9:00 | 9:00 | 9:05 | o | done",
        "0 | task | review | 9:05 | 9:05 | 9:15 | o | done",
        "0 | decision | - | 9:15 | 9:15 | 9:15 | - | done",
        "0 | delivery | delivery | 9:15 | 9:15 | 9:15 | - | done",
    ]


def test_papers_wrongly_accepted_come_back_once_although_two_branches_find_it() -> None:
    """The clerk accepts everything; both branches stop for a supplement, the applicant is told once and comes once, both are redone."""
    route = {
        "accept": counter("a"),
        "one": task("p", "20 min", after=["accept"]),
        "two": task("q", "50 min", after=["accept"]),
        "join": task("p", "5 min", after=["one", "two"], decides=True),
    }
    pools = {"p": {"people": {"p1": "1"}}, "q": {"people": {"q1": "1"}}}
    log = run(scenario(route=route, pools=pools, responses=NEVER_COMPLETE, staff={"wrong_acceptance": "1"}, days=3), n="9:00")
    tasks = log.events[log.events["kind"] == "task"]
    assert sorted(zip(tasks["step"], tasks["outcome"], strict=True)) == [
        ("join", "done"),
        ("one", "done"),
        ("one", "supplement"),
        ("two", "done"),
        ("two", "supplement"),
    ]
    assert len(told(log, "notice")) == 1
    assert log.cases["outcome"].tolist() == ["done"]


def test_a_misrouted_citizen_is_referred_and_waits_twice() -> None:
    """Everybody is misrouted: 2 minutes at the other queue's window, referred on, then his own queue."""
    small = scenario(windows={"W1": "a", "W2": "b"}, responses={"misrouted": {"desk": "0", "none": "1"}})
    log = run(small, n="9:00, 9:00")
    assert told(log, "service") == [
        "0 | service | referral | 9:00 | 9:00 | 9:02 | W2 | not_accepted",
        "0 | service | serve | 9:02 | 9:02 | 9:12 | W1 | done",
        "1 | service | referral | 9:00 | 9:02 | 9:04 | W2 | not_accepted",
        "1 | service | serve | 9:04 | 9:12 | 9:22 | W1 | done",
    ]


def test_an_agent_hands_in_three_files_with_one_ticket() -> None:
    """Three files, 10 minutes each, one after another at one window; only the first row is a ticket."""
    assert told(run(scenario(), files=3, n="9:00"), "service") == [
        "0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done",
        "1 | service | serve | - | 9:10 | 9:20 | W1 | done",
        "2 | service | serve | - | 9:20 | 9:30 | W1 | done",
    ]


def test_a_life_event_goes_item_by_item_on_the_next_working_day() -> None:
    """Item y is done on day 0 at 9:10; item x is begun on day 1 at another second, by the same occurrence of the need."""
    items = {"y": {"route": {"serve": counter("a")}}, "x": {"route": {"serve": counter("a", "5 min")}}}
    log = run(scenario(items=items, needs={"n": {"items": ["y", "x"]}}, days=2), n="9:00")
    assert told(log, "service")[0] == "0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done"
    assert log.cases["item"].tolist() == ["y", "x"]
    assert log.cases["number"].nunique() == 1
    assert (log.cases["arrived"] // 86_400).tolist() == [0, 1]


def test_the_backlog_stands_in_the_queue_by_age_before_the_doors_open() -> None:
    """Two cases wait for the review, received one or five working days ago; one officer from 9:00, the older first, 30 minutes each."""
    backlog = [
        {"need": "n", "item": "x", "step": "review", "cases": "1", "age_wd": {"discrete": {"1": "1"}}},
        {"need": "n", "item": "x", "step": "review", "cases": "1", "age_wd": {"discrete": {"5": "1"}}},
    ]
    route = {"accept": counter("a"), "review": task("o", "30 min", decides=True)}
    log = run(scenario(route=route, pools={"o": {"people": {"o": "1"}}}, world={"backlog": backlog}))
    assert told(log, "task") == [
        "0 | task | review | -3 12:00 | 9:30 | 10:00 | o | done",
        "1 | task | review | -7 12:00 | 9:00 | 9:30 | o | done",
    ]
    assert (log.cases["received"] < 0).all()


def test_windows_with_fewer_queues_are_taken_first_and_a_ticket_goes_to_one_post_only() -> None:
    """W1 accepts a and b, W2 only a: a citizen for a goes to W2, so that b's at the same second finds W1 free."""
    small = scenario(
        items={"x": {"route": {"serve": counter("a")}}, "y": {"route": {"serve": counter("b")}}},
        needs={"n": {}, "m": {"items": ["y"]}},
        windows={"W1": "a b", "W2": "a"},
    )
    assert told(run(small, n="9:00", m="9:00"), "service") == [
        "0 | service | serve | 9:00 | 9:00 | 9:10 | W2 | done",
        "1 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done",
    ]


def test_priority_goes_before_time_but_interrupts_nobody() -> None:
    """The elderly citizen of 9:05 is called at 9:10, before the one of 9:01."""
    small = scenario(needs={"n": {}, "old": {"priority": "first"}})
    assert [line.split(" | ")[4] for line in told(run(small, n="9:00, 9:01", old="9:05"), "service")] == ["9:00", "9:20", "9:10"]
