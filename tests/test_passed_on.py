"""Other ways of a file: sent on by the window 体外循环, or deferred against its class; papers completed at the desk. Small logs by hand."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from small_log import sums
from strategies import counter, prepared, run, scenario, scenarios, second, shown, task, told

from simulation.consistency import problems
from simulation.engines.process import simulate
from simulation.log import EventLog
from simulation.reforms.conduct import StandardOperation
from simulation.reforms.contact import ChangeChannels
from simulation.scenario import Scenario


def district(sent_on: str = "0", defers: str = "0", instant: bool = False, days: int = 3, **more: Any) -> Scenario:
    """One window; an officer of `office` takes in, half as quick (10 minutes), what does not come in there, and reviews for 30 minutes."""
    route = {"serve": counter("a", "20 min", decides=instant)}
    if not instant:
        route |= {"review": task("office", "30 min", decides=True)}
    item = {"route": route, "online": {"pool": "office", "factor": "0.5"}, "sent_on": sent_on, "promise_wd": "1"}
    return scenario(
        items={"x": {**item, "case_class": "instant" if instant else "committed"}},
        needs={"n": {}},
        pools={"office": {"people": {"o": "1"}, "hours": ["9:00-17:00"]}},
        days=days,
        **more,
        site={"discretion": {"spread": "0", "unlisted": "0", "defers": defers}},
    )


def figures(log: EventLog, *names: str) -> list[float]:
    return [float(sums(log, name)[0]) for name in names]


def test_who_is_sent_on_goes_to_the_department_the_next_day() -> None:
    """He comes at 9:00, the window needs the 2 minutes of a wrong window to send him on. At his second of day 1 (call it t) the office
    takes his papers in, 10 minutes of it, then reviews for 30: decided at t + 40 min. Two comings; t is when he is received.
    """
    log = run(district(sent_on="1"), n="9:00")
    t = int(log.cases["received"].iloc[0])
    assert second("1 9:00") <= t < second("1 17:00")
    assert told(log, "service", "queue", "task") == [
        "0 | service | serve | 9:00 | 9:00 | 9:02 | W1 | not_accepted",
        f"0 | task | serve | {shown(t)} | {shown(t)} | {shown(t + 600)} | office | done",
        f"0 | task | review | {shown(t + 600)} | {shown(t + 600)} | {shown(t + 2400)} | office | done",
    ]
    assert log.cases["channel"].tolist() == ["counter"]
    assert figures(log, "trips", "leakage", "first_contact_share", "bounces_per_visit", "incomplete_first") == [2, 1, 0, 0, 0]


def test_papers_that_nobody_has_looked_at_are_first_looked_at_in_the_department() -> None:
    """Nobody's papers are complete at the first look, everybody's at the second: sent on, he is told there what is missing, comes to the
    department again and is accepted. Three comings, and asked for papers once, as under the reform, where he comes twice.
    """
    answers = {"complete": {"none": "0", "list": "0", "checked": "0"}}
    log = run(district(sent_on="1", responses=answers, days=12), n="9:00")
    assert log.events.loc[log.events["step"] == "serve", "outcome"].tolist() == ["not_accepted", "supplement", "done"]
    assert figures(log, "trips", "supplement_rate") == [3, 1]
    inside = ChangeChannels(kind="change_channels", site="hall", enter=("x",)).edit(district(sent_on="1", responses=answers, days=12))
    assert figures(run(inside, n="9:00"), "trips", "supplement_rate") == [2, 1]


def test_what_enters_the_hall_is_taken_in_there() -> None:
    """The reform: one coming, 20 minutes at the window, 30 at the office."""
    edit = ChangeChannels(kind="change_channels", site="hall", enter=("x",))
    log = run(edit.edit(district(sent_on="1")), n="9:00")
    assert told(log, "service", "queue", "task") == [
        "0 | service | serve | 9:00 | 9:00 | 9:20 | W1 | done",
        "0 | task | review | 9:20 | 9:20 | 9:50 | office | done",
    ]
    assert figures(log, "trips", "leakage", "first_contact_share") == [1, 0, 1]


def test_a_window_may_defer_what_it_could_decide() -> None:
    """20 minutes at the window, then 10 of the office's own taking in, which decides: not on the spot. Nobody comes twice."""
    log = run(district(defers="1", instant=True), n="9:00")
    assert told(log, "service", "queue", "task", "decision") == [
        "0 | service | serve | 9:00 | 9:00 | 9:20 | W1 | done",
        "0 | task | serve | 9:20 | 9:20 | 9:30 | office | done",
        "0 | decision | - | 9:30 | 9:30 | 9:30 | - | done",
    ]
    assert figures(log, "trips", "leakage", "on_the_spot_share") == [1, 0, 0]
    kept = StandardOperation.model_validate({"kind": "standardise", "site": "hall", "defers": "0"}).edit(district(defers="1", instant=True))
    assert figures(run(kept, n="9:00"), "trips", "on_the_spot_share") == [1, 1]


def test_a_deferred_case_that_was_wrongly_accepted_is_mended_at_the_window_and_stays_accepted() -> None:
    """The officer at the window overlooks what is missing and defers; the office finds it. The papers come to a window on another day."""
    answers = {"complete": {"none": "0", "list": "0", "checked": "0"}}
    log = run(district(defers="1", instant=True, responses=answers, days=12, staff={"wrong_acceptance": "1"}), n="9:00")
    assert log.events.loc[log.events["kind"].isin(["service", "task"]), "outcome"].tolist() == ["done", "supplement", "done", "done"]
    assert log.cases["accepted"].tolist() == [second("9:20")]
    assert figures(log, "trips") == [2]


def test_only_what_the_window_may_decide_alone_is_deferred() -> None:
    """A committed case goes to the office anyhow; a window that defers everything changes nothing for it."""
    assert told(run(district(defers="1"), n="9:00")) == told(run(district(), n="9:00"))


def test_what_is_sent_on_needs_somebody_who_takes_it_in() -> None:
    alone = district(sent_on="0.3")
    item = alone.centre.items["x"].model_copy(update={"online": None})
    found = problems(alone.model_copy(update={"centre": alone.centre.model_copy(update={"items": {"x": item}})}))
    assert "what is sent on is taken in by those who take in what is filed online" in [p.rule for p in found]


@settings(max_examples=8, deadline=None)
@given(scenarios())
def test_a_hall_that_sends_nobody_on_sends_nobody_on(small: Scenario) -> None:
    """The negative control: with no share to send on, no row says so, and every task that says so belongs to a case sent on."""
    log = simulate(*prepared(small))
    sent = set(log.events.loc[(log.events["kind"] == "service") & (log.events["reason"] == "sent_on"), "case"])
    taken = set(log.events.loc[(log.events["kind"] == "task") & (log.events["reason"] == "sent_on"), "case"])
    assert taken <= sent
    if not small.centre.items["x"].sent_on:
        assert sent == set()
    else:
        assert not log.cases.loc[log.cases["case"].isin(taken), "channel"].eq("online").any()


def helped(*edits: ChangeChannels) -> EventLog:
    """A guide desk (1 minute) that everybody asks, one window (10 minutes); no papers are complete but after a checked guide."""
    desk = scenario(
        windows={"W1": "a", "D": "desk"},
        route={"serve": counter("a", decides=True)},
        site={"guide": {"queue": "desk", "touch": {"constant": "1 min"}}},
        responses={"asks_desk": "1", "complete": {"none": "0", "list": "0", "checked": "1"}},
    )
    for edit in edits:
        desk = edit.edit(desk)
    return run(desk, n="9:00")


def test_a_desk_that_assists_completes_papers_and_takes_longer() -> None:
    """Without: a minute at the desk, sent home at the window for papers. With 4 minutes of assistance: 5 at the desk, then done."""
    assert told(helped(), "queue", "service")[:2] == [
        "0 | service | guide | - | 9:00 | 9:01 | D | done",
        "0 | service | serve | 9:01 | 9:01 | 9:11 | W1 | supplement",
    ]
    assists = ChangeChannels.model_validate({"kind": "change_channels", "site": "hall", "assists": {"constant": "4 min"}})
    assert told(helped(assists), "queue", "service") == [
        "0 | service | guide | - | 9:00 | 9:05 | D | done",
        "0 | service | serve | 9:05 | 9:05 | 9:15 | W1 | done",
    ]


def test_a_desk_completes_the_papers_of_each_file_and_of_no_question() -> None:
    """Three files: 1 + 3 x 4 minutes at the desk. A question: 1 minute."""
    for cls, files, end in (("instant", 3, "9:13"), ("consultation", 1, "9:01")):
        desk = scenario(
            windows={"W1": "a", "D": "desk"},
            items={"x": {"case_class": cls, "route": {"serve": counter("a", decides=cls == "instant")}}},
            site={"guide": {"queue": "desk", "touch": {"constant": "1 min"}, "assists": {"constant": "4 min"}}},
            responses={"asks_desk": "1"},
        )
        assert told(run(desk, files=files, n="9:00"), "service")[0] == f"0 | service | guide | - | 9:00 | {end} | D | done"

