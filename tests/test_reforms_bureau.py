"""The approval bureau: who moves, what is signed once, what the regulator hears, and what the law asks for."""

from __future__ import annotations

from typing import Any

import pytest
from strategies import counter, run, scenario, told
from test_reforms_structure import RUNS, at, reform, refusal, route, two, works

from simulation.consistency import problems
from simulation.items import TaskStep
from simulation.measures import CATALOGUE, measure
from simulation.reforms import apply
from simulation.verbs import load, load_reform

BUREAU: dict[str, Any] = {
    "kind": "approval_bureau", "name": "b", "title": {"en": "Bureau", "zh": "审批局"}, "site": "hall", "departments": ["d", "e"],
    "people": {"d-officers": "1", "e-officers": "1", "d-section": "1", "d-leader": "1"}, "kept_share": "0.2", "pace": "1.2",
    "push": {"constant": "5 min"}, "push_wd": {"discrete": {"1": "1"}},
    "lost": "0.25", "sc_approval": "assumed", "prov_decision": "assumed",
}  # fmt: skip


def test_heads_move_and_nobody_is_hired() -> None:
    before, after = two(), apply(two(), reform(BUREAU))

    def heads(centre: Any) -> int:
        return sum(int(n) for pool in centre.pools.values() for n in pool.people.values())

    assert heads(after.centre) == heads(before.centre)
    assert after.centre.pools["b"].people == {"d-officers-approving": 1, "e-officers-approving": 1}
    assert after.centre.pools["d-officers"].people == {"d-officers": 1}
    assert after.centre.pools["b-section"].people == {"d-section": 1} and after.centre.pools["b-chief"].people == {"d-leader": 1}
    assert "d-section" not in after.centre.pools and {"d", "e", "b"} <= set(after.centre.departments)
    assert after.world == before.world


def test_officers_are_slower_by_what_was_not_theirs() -> None:
    """Two departments with a head each: half of the files meet a stranger, who takes 1.2 times as long: 1.1 on the whole."""
    assert float(apply(two(), reform(BUREAU)).centre.pools["b"].pace) == pytest.approx(1.1)


def test_one_body_signs_once_and_carries_nothing_to_itself() -> None:
    after = apply(two(), reform(BUREAU))
    assert route(after, "x") == ["accept", "review", "check", "look", "report", "section", "leader", "make", "push"]
    assert works(two(), "x") - works(after, "x") == {"e-leader"} and works(after, "x") - works(two(), "x") == {"push"}
    assert after.centre.items["x"].department == "b"
    tasks = {n: s for n, s in after.centre.items["x"].route.items() if isinstance(s, TaskStep)}
    assert {s.pool for n, s in tasks.items() if n != "push"} == {"b", "b-section", "b-chief"}
    carried = apply(two(), reform({**BUREAU, "in_hall": "false"}))
    assert route(carried, "y") == ["accept", "inward", "review", "check", "section", "leader", "make", "outward", "push"]


def test_a_pool_that_items_left_behind_still_need_is_not_emptied() -> None:
    found = refusal(two(), {**BUREAU, "items": ["y"]})
    assert "`d-section` is not a known pool" in found and "`d-leader` is not a known pool" in found


def test_the_regulator_reads_what_arrives_and_nobody_waits_for_him() -> None:
    """Accepted 9:10; the bureau works 1.1 times as long: reviewed 9:21, checked 9:32, section 9:42, chief 9:52, made 10:03, handed over.

    The message arrives at the same time of the next day, when the officer who stayed is there from 9:00 to 9:36 and from 13:00."""
    edit = {**BUREAU, "lost": "0"}
    log = run(apply(two(), reform(edit)), m="9:00")
    lines = told(log, "task", "delivery")
    assert [line.split(" | ")[2] for line in lines] == ["review", "check", "section", "leader", "make", "delivery", "push"]
    assert lines[-1].split(" | ")[3] == lines[-2].split(" | ")[4]
    push = lines[-1].split(" | ")
    assert push[3:7] == ["10:03", "1 10:03", "1 10:08", "d-officers"]
    assert log.cases["outcome"].tolist() == ["done"]


def test_what_is_lost_on_the_way_is_measured() -> None:
    """Of 60 approvals a quarter is lost; nothing is hidden: they stay in the denominator."""
    log = run(apply(two(), reform(BUREAU)), m=", ".join(f"{9 + k // 20}:{k % 20 * 3:02}" for k in range(60)))
    found = measure(log, [CATALOGUE["regulator_told"]])
    told_in, n = found.loc[found["group"] == "all", ["total", "n"]].to_numpy(dtype=float).tolist()[0]
    assert 30 < n <= 60
    assert 0.4 < told_in / n < 0.95


def test_a_regulator_is_told_in_time_when_he_has_read_by_the_second_working_day() -> None:
    """Decided on Monday, 9:20 and 9:30; x's message comes on Tuesday, y's on Thursday; a third one, of the last day, is too young."""

    def steps(wd: str) -> dict[str, Any]:
        push = at("o", does="push", afterwards=True, delay_wd={"discrete": {wd: "1"}})
        return {"serve": counter("a"), "sign": at("o", does="sign", decides=True), "push": push}

    items = {"x": {"route": steps("1")}, "y": {"route": steps("3")}}
    small = scenario(items=items, needs={"n": {}, "m": {"items": ["y"]}}, pools={"o": {"people": {"o": "3"}}}, days=8)
    told_in = measure(run(small, n="9:00, 9 9:00", m="9:00"), [CATALOGUE["regulator_told"]]).set_index("group")
    assert told_in.loc[["all", "item:x", "item:y"], ["total", "n"]].to_numpy().tolist() == [[1, 2], [1, 1], [0, 1]]


def test_an_item_whose_messages_are_all_lost_is_not_forgotten() -> None:
    """x tells and is heard; of y every message is lost: one of two, not one of one."""

    def steps(share: str) -> dict[str, Any]:
        push = at("o", does="push", afterwards=True, share=share)
        return {"serve": counter("a"), "sign": at("o", does="sign", decides=True), "push": push}

    items = {"x": {"route": steps("1")}, "y": {"route": steps("0")}}
    small = scenario(items=items, needs={"n": {}, "m": {"items": ["y"]}}, pools={"o": {"people": {"o": "3"}}}, days=8)
    log = run(small, n="9:00", m="9:00")
    told_in = measure(log, [CATALOGUE["regulator_told"]]).set_index("group")
    assert told_in.loc[["all", "item:x", "item:y"], ["total", "n"]].to_numpy().tolist() == [[1, 2], [1, 1], [0, 1]]
    assert log.meta.tells == ("x", "y") and run(two(), m="9:00").meta.tells == ()


def test_a_log_without_messages_tells_nothing_of_them() -> None:
    log = run(two(), m="9:00")
    assert measure(log, [CATALOGUE["regulator_told"]])["n"].sum() == 0


def test_without_the_state_council_no_power_moves() -> None:
    found = refusal(two(), {k: v for k, v in BUREAU.items() if k not in ("sc_approval", "prov_decision")})
    assert found.count("Administrative Licensing Law 25, R05") == 2
    assert "state `sc_approval:`" in found and "state `prov_decision:`" in found


def test_what_does_not_fit_a_bureau_is_refused_with_every_reason() -> None:
    tiny = refusal(load("tiny"), {**BUREAU, "departments": ["market", "security"], "people": {"market": "9", "market-leader": "1"}})
    assert "powers of `security` are not transferable: vertical system" in tiny
    assert "`market` has 6 heads" in tiny and "the bureau has officers, a section head and a chief" in tiny
    everybody = {**BUREAU, "people": {**BUREAU["people"], "d-officers": "2", "d-leader": "1"}}
    assert "is left to regulate" in refusal(two(), everybody)
    alone = scenario(route={"serve": counter("a")}, pools={}, site={"transfers": RUNS})
    assert "two departments or more" in refusal(alone, {**BUREAU, "departments": ["d"]})


def test_the_library_s_bureau_leaves_a_consistent_district() -> None:
    district = load("district-hall")
    after = apply(district, load_reform("approval-bureau"))
    assert problems(after) == problems(district)
