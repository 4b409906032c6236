"""Pre-checks 预审: papers looked at before the visit are complete at it, and the officer who looks is missing in his back office."""

from __future__ import annotations

from strategies import counter, run, scenario, task, told

from simulation.reforms import Reform, apply
from simulation.scenario import Scenario
from simulation.verbs import load, load_reform

EDITS = [
    {"kind": "one_time_notice", "items": ["x"], "guide": "checked"},
    {"kind": "change_staff", "pools": {"o": {"o": "1"}}},
]


def hall(*edits: object) -> Scenario:
    """One window, two officers; without a check nobody's papers are complete at first, with it everybody's are."""
    today = scenario(
        route={"serve": counter("a"), "review": task("o", "30 min", decides=True)},
        pools={"o": {"people": {"o": "2"}}},
        responses={"complete": {"none": "0", "list": "0", "checked": "1"}, "complete_again": {"piecemeal": "1", "one_time": "1"}},
        days=2,
    )
    title = {"en": "P", "zh": "预"}
    data = {"kind": "reform", "schema": "1", "name": "p", "title": title, "baseline": "small", "authority": "centre", "edits": edits}
    return apply(today, Reform.model_validate(data)) if edits else today


def test_nobody_comes_twice_and_the_second_file_waits_for_the_officer_who_is_left() -> None:
    """Served 9:00-9:10 and 9:10-9:20. Two officers would begin at 9:10 and 9:20; the one who is left begins the second at 9:40."""
    tasks = ["0 | task | review | 9:10 | 9:10 | 9:40 | o | done", "1 | task | review | 9:20 | {} | o | done"]
    log = run(hall(*EDITS), n="9:00, 9:00")
    assert log.events["visit"].max() == 1
    assert told(log, "task") == [tasks[0], tasks[1].format("9:40 | 10:10")]
    assert told(run(hall(EDITS[0]), n="9:00, 9:00"), "task") == [tasks[0], tasks[1].format("9:20 | 9:50")]


def test_without_it_both_are_told_and_come_again() -> None:
    log = run(hall(), n="9:00, 9:00")
    assert (log.events["outcome"] == "supplement").sum() == 2
    assert log.events.groupby("case")["visit"].max().tolist() == [2, 2]


def test_the_file_of_the_library_is_these_two_edits() -> None:
    """One registration officer of twenty; each item asks for no more than before."""
    today, reform = load("district-hall"), load_reform("pre-check")
    assert [edit.kind for edit in reform.edits] == [edit["kind"] for edit in EDITS]
    after = apply(today, reform).centre
    assert sum(map(int, after.pools["registration"].people.values())) == 19
    changed = {name for name, item in after.items.items() if item != today.centre.items[name]}
    assert changed == {"new-house-transfer", "mortgage-registration", "commercial-transfer"}
    assert {after.items[name].guide for name in changed} == {"checked"} != {today.centre.items[name].guide for name in changed}
