"""Reforms of route and structure: what each changes, what it leaves, and what it refuses by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from strategies import counter, run, scenario, task, told

from simulation.consistency import problems
from simulation.errors import ReformRefused
from simulation.frozen import SourceEntry
from simulation.items import CounterStep, TaskStep
from simulation.reforms import Reform, apply, redline
from simulation.scenario import Scenario
from simulation.verbs import load, load_reform

RUNS = [{"leaves": "11:30", "arrives": "13:30"}, {"leaves": "16:30", "arrives": "9:05"}]
RUN = {"kind": "transfer"}


def reform(*edits: Mapping[str, object]) -> Reform:
    data = {"kind": "reform", "name": "r", "title": {"en": "R", "zh": "改"}, "baseline": "tiny", "authority": "centre", "edits": edits}
    return Reform.model_validate(data)


def refusal(before: Scenario, *edits: Mapping[str, object]) -> str:
    with pytest.raises(ReformRefused) as refused:
        apply(before, reform(*edits))
    return "\n".join(f"{p.rule}; {p.remedy}" for p in refused.value.problems)


def at(pool: str, **fields: Any) -> dict[str, Any]:
    """A department step of ten minutes with work of its own name."""
    return {"kind": "task", "pool": pool, "work": {fields.pop("does", pool): {"constant": "10 min"}}, **fields}


@cache
def two() -> Scenario:
    """Departments d and e with officers, section head and leader; item x of d asks e for an opinion, item y of d does not."""
    heads = {
        f"{d}-{role}": {"people": {f"{d}-{role}": "2" if role == "officers" else "1"}, "role": role, "hours": hours}
        for d in ("d", "e")
        for role, hours in (
            ("officers", ["9:00-12:00", "13:00-17:00"]),
            ("section", ["11:00-12:00"]),
            ("leader", ["16:00-17:00"]),
        )
    }
    signed = {
        "section": at("d-section"),
        "leader": at("d-leader", share="0.9"),
        "make": at("d-officers", does="make", decides=True),
        "outward": RUN,
    }
    asking = {"accept": counter("a"), "inward": RUN, "review": at("d-officers", does="review"), "check": at("d-officers", does="check")}
    asked = {"to-e": RUN, "look": at("e-officers", stall=STALL), "sign": at("e-leader"), "back": RUN}
    asked["report"] = at("d-officers", does="report")
    items = {"x": {"route": {**asking, **asked, **signed}}, "y": {"route": {**asking, **signed}}}
    small = scenario(items=items, needs={"n": {}, "m": {"items": ["y"]}}, pools=heads, site={"transfers": RUNS}, days=10)
    departments = {**small.centre.departments, "e": small.centre.departments["d"]}
    pools = {n: p.model_copy(update={"department": n[0]}) for n, p in small.centre.pools.items()}
    centre = small.centre.model_copy(update={"departments": departments, "pools": pools})
    return small.model_copy(update={"centre": centre, "source": "toy", "sources": {"toy": SourceEntry(title="Made up", basis="choice")}})


STALL = {"share": "0.5", "lasts_wd": {"discrete": {"2": "1"}}}
SECTIONS: dict[str, object] = {"kind": "move_sections", "site": "hall", "departments": ["d"]}


def route(after: Scenario, item: str) -> list[str]:
    return [*after.centre.items[item].route]


def routed(name: str, steps: dict[str, Any]) -> Scenario:
    """The small centre with another route of one item."""
    centre = two().centre
    items = {**centre.items, name: centre.items[name].model_copy(update={"route": steps})}
    return two().model_copy(update={"centre": centre.model_copy(update={"items": items})})


def works(after: Scenario, item: str) -> set[str]:
    return {w for s in after.centre.items[item].route.values() if isinstance(s, TaskStep | CounterStep) for w in s.work}


# --- sections into the hall (S39) --------------------------------------------------------------------------------


def test_a_section_in_the_hall_signs_once_and_needs_no_run_of_its_own() -> None:
    after = apply(two(), reform(SECTIONS))
    assert route(after, "y") == ["accept", "review", "check", "section", "make"]
    assert route(after, "x") == ["accept", "review", "check", "to-e", "look", "sign", "back", "report", "section", "make"]
    chief = after.centre.pools["d-chief"]
    assert chief.people == {"d-section": 1} and (chief.role, chief.department) == ("section", "d")
    assert chief.hours == two().centre.sites["hall"].working
    assert "d-section" not in after.centre.pools and after.centre.pools["e-section"] == two().centre.pools["e-section"]
    assert works(two(), "y") - works(after, "y") == {"d-leader"}
    signed = after.centre.items["y"].route["section"]
    assert isinstance(signed, TaskStep) and signed.pool == "d-chief" and not signed.decides
    assert after.world == two().world


def test_two_signatures_are_both_given_by_the_chief() -> None:
    after = apply(two(), reform({**SECTIONS, "signatures": "2"}))
    assert {n: s.pool for n, s in after.centre.items["y"].route.items() if isinstance(s, TaskStep) and n in ("section", "leader")} == {
        "section": "d-chief", "leader": "d-chief",
    }  # fmt: skip
    assert works(after, "y") == works(two(), "y")


def test_what_a_dropped_signature_decided_the_chief_decides() -> None:
    steps = two().centre.items["y"].route
    leader = steps["leader"].model_copy(update={"decides": True, "share": type(steps["leader"].share)(1)})  # type: ignore[union-attr]
    before = routed("y", {n: leader if n == "leader" else s for n, s in steps.items() if n not in ("check", "make")})
    chief = apply(before, reform(SECTIONS)).centre.items["y"].route["section"]
    assert isinstance(chief, TaskStep) and chief.decides


def test_a_department_whose_opinion_is_asked_signs_it_in_the_hall_too() -> None:
    """With d and e both in the hall, no run is left in x, and e's chief signs the opinion in its leader's stead."""
    after = apply(two(), reform({**SECTIONS, "departments": ["d", "e"]}))
    assert route(after, "x") == ["accept", "review", "check", "look", "sign", "report", "section", "make"]
    sign = after.centre.items["x"].route["sign"]
    assert isinstance(sign, TaskStep) and sign.pool == "e-chief"


def test_the_leaders_hour_is_waited_for_no_more() -> None:
    """Accepted 9:10. Today: run 11:30, there 13:30, reviewed and checked 13:50, section head next day 11:10, leader 16:10, made 16:20.
    With the chief in the hall: review 9:20, check 9:30, signature 9:40, made 9:50."""
    ends = {}
    for name, after in (("today", two()), ("chief", apply(two(), reform(SECTIONS)))):
        ends[name] = [line.split(" | ")[5] for line in told(run(after, m="9:00"), "decision")]
    assert ends == {"today": ["1 16:20"], "chief": ["9:50"]}


def test_what_cannot_move_into_the_hall_is_refused_with_every_reason() -> None:
    found = refusal(two(), {**SECTIONS, "departments": ["d", "f"], "signatures": "3"})
    assert "Beijing 2024, Art 35" in found and "`f` is not a known department" in found
    tiny: Mapping[str, object] = {**SECTIONS, "departments": ["market"]}
    assert "no section head who could be its chief representative" in refusal(load("tiny"), tiny)
    steps = two().centre.items["x"].route
    early = ("accept", "inward", "review", "section", "to-e", "look", "sign", "back", "leader", "make", "outward")
    before = routed("x", {n: steps[n] for n in early})
    assert "signature `leader` of `x` comes after other work" in refusal(before, SECTIONS)


# --- transfers (S16) ---------------------------------------------------------------------------------------------


def test_files_are_carried_at_the_hours_that_the_reform_states() -> None:
    edit: dict[str, object] = {"kind": "change_transfers", "site": "hall", "runs": [{"leaves": "10:00", "arrives": "10:20"}, *RUNS]}
    after = apply(two(), reform(edit))
    assert [str(r.leaves) for r in after.centre.sites["hall"].transfers] == ["10:00", "11:30", "16:30"]
    assert len(redline(two(), after)) == 1
    assert told(run(after, m="9:00"), "transfer")[0] == "0 | transfer | inward | 9:10 | 10:00 | 10:20 | - | done"
    assert "do not leave at the same time" in refusal(two(), {**edit, "runs": [RUNS[0], RUNS[0]]})
    assert "files that go to the departments are carried" in refusal(two(), {**edit, "runs": []})


# --- routes (S40, S46) -------------------------------------------------------------------------------------------


def rework(**items: Mapping[str, object]) -> dict[str, object]:
    return {"kind": "rework_route", "items": items}


def test_a_dropped_step_takes_its_runs_and_its_time_with_it_and_nothing_else() -> None:
    after = apply(two(), reform(rework(x={"drop": ["look", "sign"]})))
    assert route(after, "x") == [n for n in two().centre.items["x"].route if n not in ("to-e", "look", "sign", "back")]
    assert works(two(), "x") - works(after, "x") == {"e-officers", "e-leader"}
    assert after.centre.items["y"] == two().centre.items["y"]


def test_merged_tasks_keep_their_work_and_are_taken_up_once() -> None:
    after = apply(two(), reform(rework(y={"merge": {"review": ["review", "check"]}})))
    assert route(after, "y") == [n for n in two().centre.items["y"].route if n != "check"]
    assert works(after, "y") == works(two(), "y")
    assert told(run(after, m="9:00"), "task")[0] == "0 | task | review | 13:30 | 13:30 | 13:50 | d-officers | done"


def test_branches_begin_together_and_all_are_waited_for() -> None:
    """Today e is asked after d's check, and d's report waits for e. Side by side with the check, both wait for the review alone."""
    after = apply(two(), reform(rework(x={"parallel": [["check"], ["to-e", "look", "sign", "back"]]})))
    steps = after.centre.items["x"].route
    assert (steps["check"].after or ("review",)) == ("review",) and steps["to-e"].after == ("review",)
    assert steps["report"].after is not None and {*steps["report"].after} == {"check", "back"}
    assert problems(after) == problems(two())


def test_shared_data_spare_the_look_its_signature_and_both_runs_by_one_luck() -> None:
    after = apply(two(), reform(rework(x={"share_data": {"look": "0.75"}})))
    steps = after.centre.items["x"].route
    assert {n: float(steps[n].share) for n in ("to-e", "look", "sign", "back")} == {  # type: ignore[union-attr]
        "to-e": 0.25, "look": 0.25, "sign": 0.25, "back": 0.25,
    }  # fmt: skip
    assert {getattr(steps[n], "share_of", None) for n in ("to-e", "sign", "back")} == {"look"}
    log = run(after, n=", ".join(["9:00"] * 40))
    met = log.events[log.events["step"].isin(["to-e", "look", "sign", "back"])].groupby("case")["step"].nunique()
    reached = log.events[log.events["step"] == "report"]["case"]
    assert 0 < len(met) < 40
    assert set(met[met.index.isin(reached)]) <= {4}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"drop": ["make"]}, "is not dropped: it decides"),
        ({"drop": ["accept"]}, "someone must take the papers in"),
        ({"drop": ["inward"]}, "a run is dropped with what it serves"),
        ({"drop": ["chek"]}, "did you mean `check`?"),
        ({"merge": {"review": ["review", "report"]}}, "something else comes between them"),
        ({"merge": {"check": ["check", "look"]}}, "not done by the same people"),
        ({"merge": {"review": ["review"]}}, "two tasks or more"),
        ({"parallel": [["section"], ["leader"]]}, "is a signature, and stays behind what it signs"),
        ({"parallel": [["review"], ["look"]]}, "today each step comes directly after the one before it"),
        ({"parallel": [["leader"], ["make"]]}, "stays behind what it signs"),
        ({"share_data": {"make": "0.5"}}, "spare no decision"),
        ({"merge": {"one": ["review", "check"]}, "parallel": [["review"], ["check"]]}, "`review` is dropped, or part of another step"),
        ({"drop": ["look"], "denies": {"look": "0.01"}}, "step that is left of `x`"),
    ],
)
def test_what_the_law_or_the_order_forbids_is_refused(how: dict[str, object], words: str) -> None:
    assert words in refusal(two(), rework(x=how))


def test_a_visit_by_two_and_a_procedure_of_law_are_not_dropped() -> None:
    steps = {
        "accept": counter("a"),
        "visit": at("o", people="2"),
        "hearing": {"kind": "suspension", "reason": "hearing", "lasts_wd": {"discrete": {"3": "1"}}},
        "publicity": {"kind": "suspension", "reason": "publicity", "lasts_wd": {"discrete": {"3": "1"}}},
        "sign": task("o", decides=True),
    }
    before = scenario(route=steps, pools={"o": {"people": {"o": "2"}}})
    found = refusal(before, rework(x={"drop": ["visit", "hearing"]}))
    assert "34(3), R17" in found and "hearing is a procedure of law (Administrative Licensing Law 45)" in found
    assert route(apply(before, reform(rework(x={"drop": ["publicity"]}))), "x") == ["accept", "visit", "hearing", "sign"]


# --- coordination (S45) ------------------------------------------------------------------------------------------


COORDINATE: dict[str, object] = {
    "kind": "coordinate", "asks": {"d": ["e"]}, "share": "0.4", "idle": "0.5", "liaison": {"constant": "5 min"},
}  # fmt: skip


def test_coordination_spares_questions_and_costs_the_one_who_asks() -> None:
    after = apply(two(), reform(COORDINATE))
    steps = after.centre.items["x"].route
    assert route(after, "x") == route(two(), "x")
    assert {n for n, s in steps.items() if getattr(s, "share", 1) == 0.6} == {"to-e", "look", "sign", "back"}
    look, check = steps["look"], steps["check"]
    assert isinstance(look, TaskStep) and isinstance(check, TaskStep) and look.stall is not None
    assert float(look.stall.share) == 0.25
    assert "liaison-look" in check.work
    assert after.centre.items["y"] == two().centre.items["y"]
    assert after.centre.departments == two().centre.departments and after.centre.pools == two().centre.pools
    assert "no item of `e` waits for an opinion of `d`" in refusal(two(), {**COORDINATE, "asks": {"e": ["d"]}})


def test_a_joint_submission_keeps_what_falls_away_together() -> None:
    life = {
        "kind": "life_event", "name": "both", "title": {"en": "Both", "zh": "一件事"}, "promise_wd": "6", "items": ["x", "y"], "lead": "d",
        "queue": "a", "needs": ["n"], "conclude": {"constant": "5 min"}, "delivery": {"mail_wd": {"discrete": {"1": "1"}}},
    }  # fmt: skip
    steps = apply(two(), reform(COORDINATE, life)).centre.items["both"].route
    assert {n for n, s in steps.items() if getattr(s, "share_of", None) == "x/look"} == {"x/to-e", "x/sign", "x/back"}


# --- steps by another's luck, steps that nobody waits for --------------------------------------------------------


def test_nobody_waits_for_what_is_done_afterwards() -> None:
    """Decided 9:20 and handed over then; the message to the regulator is read by the one officer who is there from 11:00 to 11:10."""
    steps = {"serve": counter("a"), "sign": task("o", decides=True), "push": at("r", afterwards=True)}
    small = scenario(route=steps, pools={"o": {"people": {"o": "1"}}, "r": {"people": {"r": "1"}, "hours": ["11:00-12:00"]}})
    log = run(small, n="9:00")
    assert told(log, "task", "delivery") == [
        "0 | task | sign | 9:10 | 9:10 | 9:20 | o | done",
        "0 | delivery | delivery | 9:20 | 9:20 | 9:20 | - | done",
        "0 | task | push | 9:20 | 11:00 | 11:10 | r | done",
    ]
    assert log.cases["outcome"].tolist() == ["done"]


def test_what_is_denied_is_not_passed_on() -> None:
    steps = {"serve": counter("a"), "sign": task("o", decides=True), "push": at("o", afterwards=True)}
    log = run(scenario(route=steps, pools={"o": {"people": {"o": "1"}}}, item={"denial": "1"}), n="9:00")
    assert [line.split(" | ")[2] for line in told(log, "task")] == ["sign"]


# --- levels of delegation (S15) ----------------------------------------------------------------------------------


def delegated(level: str, *items: str) -> Reform:
    return reform({"kind": "delegate", "items": list(items), "level": level})


def test_a_window_that_seals_hands_out_the_result_in_the_visit() -> None:
    """Nothing is left of y's route but the counter, which takes all the tasks' time: 10 + 5 x 10 minutes less a tenth of the leader's."""
    after = apply(two(), delegated("seal", "y"))
    assert route(after, "y") == ["accept"] and works(after, "y") == works(two(), "y")
    log = run(after, m="9:00")
    assert told(log, "delivery")[0].split(" | ")[5] == told(log, "service")[0].split(" | ")[5] == "9:59"
    decided = apply(two(), delegated("decide", "y"))
    assert decided.centre.items["y"] == after.centre.items["y"]


def test_a_window_seals_nothing_of_which_a_part_stays_behind() -> None:
    steps = two().centre.items["y"].route
    kept = routed("y", {n: s.model_copy(update={"delegable": False}) if n == "check" else s for n, s in steps.items()})
    found = refusal(kept, {"kind": "delegate", "items": ["y"], "level": "seal"})
    assert "hands out the result in the visit: check would stay behind" in found


def test_a_review_at_the_window_leaves_the_runs_between_departments() -> None:
    """e is asked twice, and the file lies with d in between: the second run to e stays. The first is spared: the window's goes there."""
    steps = two().centre.items["x"].route
    look = steps["look"]
    assert isinstance(look, TaskStep)
    second = look.model_copy(update={"work": {"again": look.work["e-officers"]}})
    again = {"to-e-again": steps["to-e"], "look-again": second, "back-again": steps["back"]}
    asked = [*steps][: [*steps].index("report")]
    before = routed("x", {**{n: steps[n] for n in asked}, **again, **{n: s for n, s in steps.items() if n not in asked}})
    after = apply(before, reform({"kind": "delegate", "items": ["x"], "level": "review", "tasks": ["review", "check"]}))
    runs = [n for n, s in after.centre.items["x"].route.items() if s.kind == "transfer"]
    assert runs == ["inward", "back", "to-e-again", "back-again", "outward"]


# --- mergers (S43, S44) ------------------------------------------------------------------------------------------


MERGE: dict[str, object] = {"kind": "merge_departments", "departments": ["d", "e"], "into": "d"}


def gone_by_redline(before: Scenario, after: Scenario, item: str) -> set[str]:
    """The steps that the redline's line on an item's route strikes."""
    lines = [line.partition("route: ")[2] for line in redline(before, after) if f"({item}), route: " in line]
    old, new = (set(re.split(r"[ >|()]+", walk)) for walk in (lines[0] if lines else " -> ").split(" -> "))
    return old - new


def test_what_a_merger_removes_is_exactly_what_the_redline_says() -> None:
    """By itself the runs between the two bodies; with the look named as a duplicate, the look too; e's signature stays, nobody named it."""
    plain = apply(two(), reform(MERGE))
    assert gone_by_redline(two(), plain, "x") == {"to-e", "back"} and gone_by_redline(two(), plain, "y") == set()
    once = apply(two(), reform({**MERGE, "duplicates": {"x": ["look"]}}))
    assert gone_by_redline(two(), once, "x") == {"to-e", "look", "back"} == set(two().centre.items["x"].route) - set(route(once, "x"))
    assert works(two(), "x") - works(once, "x") == {"e-officers"} and works(once, "y") == works(two(), "y")
    assert once.centre.pools == plain.centre.pools and once.centre.items["y"] == plain.centre.items["y"]
    both = apply(two(), reform({**MERGE, "duplicates": {"x": ["look", "sign"]}}))
    assert gone_by_redline(two(), both, "x") == {"to-e", "look", "sign", "back"}


def test_a_wider_span_slows_the_merged_officers_for_good() -> None:
    after = apply(two(), reform({**MERGE, "pace": "1.1 (1..1.2)"}))
    assert float(after.centre.pools["d-officers"].pace) == pytest.approx(1.1)
    assert after.centre.pools["d-leader"].pace == two().centre.pools["d-leader"].pace


@pytest.mark.parametrize("steps", [["review"], ["make"], ["inward"], ["lok"]])
def test_what_is_no_opinion_of_one_merged_body_on_the_other_s_file_is_no_duplicate(steps: list[str]) -> None:
    found = refusal(two(), {**MERGE, "duplicates": {"x": steps}})
    assert "is no duplicate" in found or "did you mean `look`?" in found


# --- the library -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sections-in-hall", "re-engineered-routes", "one-matter-one-body", "coordination"])
def test_a_file_of_the_library_leaves_a_consistent_district(name: str) -> None:
    district = load("district-hall")
    assert problems(apply(district, load_reform(name))) == problems(district)
