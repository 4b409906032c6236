"""Approval flow: what is expected of a route by hand, which checks it has, lawful answers, and small halls from end to end."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from strategies import counter, run, scenario, task, told
from typer.testing import CliRunner

from optimization.flow import DAYS, Chosen, FlowSolution, optimize_flow
from optimization.flow import told as move_told
from optimization.flow_answers import FlowAnswer, answers
from optimization.flow_problem import FlowProblem
from optimization.flow_route import expected, links, round_of, veto
from optimization.levels import _visits
from optimization.problem import load_problem
from optimization.solution import Rule, Verified
from optimization.solvers import SolverFailed
from simulation import verbs
from simulation.errors import FileRefused, ReformRefused
from simulation.files import dump
from simulation.frozen import Title
from simulation.horizons import calendar_for
from simulation.plan import compile_plan
from simulation.reforms import Reform, apply
from simulation.routes import ancestors, predecessors
from simulation.scenario import Scenario
from workbench import figures
from workbench.cli import app
from workbench.drawing import BETTER
from workbench.flow import draw_flow, in_a_sentence, print_flow, saved
from workbench.flow_picture import MOST, before_and_after
from workbench.language import title_of

TITLE = {"en": "T", "zh": "题"}
DAY = 420
"""Office minutes of the small hall's day."""
BODIES = {d: {"title": TITLE} for d in ("d", "e", "f")}


@cache
def joint(runs: bool = False, slow: bool = False, risk: str = "none", **item: str) -> Scenario:
    """Department d looks, asks e (30 min) and then f (60 min), and decides; one case in five is denied. `slow`: in one day, in two."""

    def asked(d: str, work: str) -> dict[str, Any]:
        look = {**task(d, work), **({"delay_wd": {"discrete": {"1" if d == "e" else "2": "1"}}} if slow else {})}
        return {f"to-{d}": {"kind": "transfer"}, f"look-{d}": look, f"back-{d}": {"kind": "transfer"}} if runs else {f"look-{d}": look}

    route = {"accept": counter("a"), "review": task("d", "20 min"), **asked("e", "30 min"), **asked("f", "60 min")}
    route["report"] = {**task("d", "10 min"), "work": {"report": {"constant": "10 min"}}, "decides": True}
    return scenario(
        route=route,
        pools={d: {"department": d, "people": {d: "3"}} for d in BODIES},
        item={"denial": "0.2", "promise_wd": "5", **item},
        needs={"n": {"rate": "6 per day"}},
        site={"transfers": [{"leaves": "11:30", "arrives": "13:30"}]} if runs else {},
        centre={"departments": {d: {**body, "risk": risk} for d, body in BODIES.items()}},
        days=8,
    )


def problem(asked: dict[str, Any], **fields: Any) -> FlowProblem:
    text = {"kind": "flow_problem", "name": "q", "title": TITLE, "question": TITLE, "baseline": "small", "items": {"x": asked}}
    return FlowProblem.model_validate({**text, "replications": "4", "choosing": "2", **fields})


def rework(**how: Any) -> Reform:
    edit = {"kind": "rework_route", "items": {"x": how}}
    data = {"kind": "reform", "name": "r", "title": TITLE, "baseline": "small", "authority": "centre", "edits": [edit]}
    return Reform.model_validate(data)


# --- what is expected of a route ---------------------------------------------------------------------------------


def test_without_queues_the_model_is_the_simulation_to_the_minute() -> None:
    """By hand: 10 + 20 + 30 + 60 + 10 = 130 minutes of work and from receipt to decision, for who comes at nine."""
    there = expected(joint(), "x")
    assert (there.work, there.length, there.wd) == (pytest.approx(130), 130, pytest.approx(130 / DAY))
    log = run(joint(), n="9:00")
    assert int(log.cases["decided"].iloc[0]) - 9 * 3600 == 60 * there.length


@pytest.mark.parametrize(("visits", "contacts"), [("4", 0.32 * (1 + 0.4 + 0.16)), ("2", 0.32), ("1", 0.0)])
def test_papers_are_mended_at_every_contact_and_visits_end(visits: str, contacts: float) -> None:
    """Complete at first 0.6, later 0.5, mended on the spot 0.2: 0.4 x 0.8 come again, then 0.5 x 0.8 of them, as the levels count."""
    said = {"complete": dict.fromkeys(("none", "list", "checked"), "0.6"), "corrected": "0.2"}
    said |= {"complete_again": dict.fromkeys(("piecemeal", "one_time"), "0.5")}
    hall = scenario(responses=said, item={"max_visits": visits})
    plan = compile_plan(hall, calendar_for(hall, hall.horizon), hall.horizon)
    assert _visits(plan, 0.6, 0.5, int(visits))[0] - 1 == pytest.approx(contacts, abs=1e-6)
    assert expected(hall, "x").begins["serve"] == round(contacts * DAY)


def test_who_denies_early_spares_the_work_of_all_who_come_later() -> None:
    """By hand: half of the denials, a tenth of all cases, are found by e: 10 + 20 + 30 + 0.9 (60 + 10) = 123 minutes."""
    after = apply(joint(), rework(denies={"look-e": "0.1"}))
    assert veto(after.centre.items["x"]) == {"look-e": pytest.approx(0.1)}
    assert expected(after, "x").work == pytest.approx(123)
    assert float(after.centre.items["x"].denial) == pytest.approx(1 - 0.8 / 0.9)


def test_a_file_waits_for_the_next_run_from_a_moment_anywhere_in_the_day() -> None:
    """One run a day, 11:30 to 13:30: from 9 to 11:30 the mean wait is 75 minutes and the ride an hour of office time, else a day more.

    From 9:00 on a grid of a quarter: (10 moments before 11:30 and the one at it wait 150..0) / the rest reach it next day.
    """
    there = expected(joint(runs=True), "x")
    moments = [*range(540, 720, 15), *range(780, 1020, 15)]
    office = [m if m <= 720 else m - 60 for m in moments]
    mean = sum((750 - t) if t <= 690 else (750 + DAY - t) for t in office) / len(moments)
    assert there.lengths["to-e"] == round(mean)


def test_a_round_has_each_check_with_its_runs_and_leaves_first_and_last_look_out() -> None:
    centre = joint(runs=True)
    found = round_of(centre, centre.centre.items["x"])
    assert found is not None
    assert [c.steps for c in found.chains] == [("to-e", "look-e", "back-e"), ("to-f", "look-f", "back-f")]
    assert (found.anchors, found.waiting, found.after) == (("review",), {"report": ()}, (frozenset(), frozenset({0})))
    assert links(centre.centre.items["x"], found, found.after) == {}
    swapped = links(centre.centre.items["x"], found, (frozenset({1}), frozenset()))
    assert swapped == {"to-e": ("back-f",), "to-f": ("review",), "report": ("back-e",)}


def test_the_district_hall_has_rounds_in_all_joint_items_but_the_one_with_a_single_question() -> None:
    hall = verbs.load("district-hall")
    joint_items = [n for n, i in hall.centre.items.items() if i.case_class == "joint"]
    assert [n for n in joint_items if round_of(hall, hall.centre.items[n]) is None] == ["signboard"]


# --- the edit ----------------------------------------------------------------------------------------------------


def test_a_task_that_denies_ends_the_case_there() -> None:
    """Everybody is denied and e finds the ground: f and the report have nothing to do."""
    after = apply(joint(denial="1"), rework(denies={"look-e": "1"}))
    lines = told(run(after, n="9:00"), "task", "decision")
    assert [line.split(" | ")[2] for line in lines] == ["review", "look-e", "-"]
    assert lines[-1].endswith("denied")


def test_as_many_are_denied_whoever_pronounces_it() -> None:
    item = apply(joint(), rework(denies={"look-e": "0.1", "look-f": "0.05"})).centre.items["x"]
    assert (1 - float(item.denial)) * 0.9 * 0.95 == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"denies": {"look-e": "0.3"}}, "no more are denied than today: 20.0% of `x`"),
        ({"denies": {"report": "0.1"}}, "who denies before the decision is a task of every case"),
        ({"denies": {"lok-e": "0.1"}}, "`lok-e` is not a known step of `x`"),
        ({"after": {"accept": ["review"]}}, "is a counter, and one stands at one counter at a time"),
        ({"after": {"look-e": ["look-f"]}}, "a route has no cycle"),
        ({"after": {"look-f": ["nobody"]}}, "`nobody` is not a known step of `x`"),
    ],
)
def test_an_order_or_a_denial_that_cannot_be_is_refused(how: dict[str, Any], words: str) -> None:
    with pytest.raises(ReformRefused) as refused:
        apply(joint(), rework(**how))
    assert any(words in p.rule for p in refused.value.problems), str(refused.value)


# --- answers -----------------------------------------------------------------------------------------------------


def test_a_dear_day_puts_checks_side_by_side_and_a_cheap_one_asks_the_likely_denier_first() -> None:
    """By hand, at an hour a day: side by side saves 30 of 420 minutes, 4.3 minutes' worth; f after e saves 0.1 x 60 = 6 minutes."""
    asked = {"denies": {"look-e": "0.5 (0.4..0.6)"}}
    hour, two = (answers(joint(), problem(asked, day=day), "x", 1).best[0] for day in ("60 min", "120 min"))
    assert (hour.order.en, two.order.en) == ("look-e; then look-f", "look-e, look-f")
    assert hour.value == pytest.approx(123 + 60 * 130 / DAY)
    assert two.value == pytest.approx(10 + 20 + 30 + 60 + 0.9 * 10 + 120 * 100 / DAY)
    assert hour.value - hour.bound == pytest.approx(0, abs=1e-6)


def test_precedence_is_kept_in_the_route_that_comes_out() -> None:
    order = [{"first": "look-f", "then": "look-e", "article": TITLE}]
    best = answers(joint(runs=True), problem({"precedence": order}, day="600 min"), "x", 1).best[0]
    after = apply(joint(runs=True), Reform.model_validate({**rework(drop=["review"]).model_dump(by_alias=True), "edits": best.edits}))
    assert "look-f" in ancestors(predecessors(after.centre.items["x"].route), "look-e")


def test_today_is_not_taken_where_it_breaks_a_precedence_though_it_costs_least(tmp_path: Path) -> None:
    """By hand: today e is asked first and spares a tenth of the cases 70 minutes, 123 in all; with f first only the report, 129."""
    order = [{"first": "look-f", "then": "look-e", "article": TITLE}]
    hall = apply(joint(slow=True), rework(denies={"look-e": "0.1"}))
    asked = problem({"precedence": order}, replications="2", choosing="1", day="0 min")
    found = optimize_flow(hall, asked, verbs.Settings(store=tmp_path, workers=1, days=2))
    [route] = found.routes
    assert (route.today.work, route.taken.work) == (pytest.approx(123), pytest.approx(129))
    assert found.reform is not None and route.compared[0][0] == route.today
    assert "look-f" in ancestors(predecessors(apply(hall, found.reform).centre.items["x"].route), "look-e")
    assert "never taken" in found.remarks[0][0] and "ready in 90 days" in found.remarks[1][0] and len(found.remarks) == 2
    assert found.status == "proved" and found.objective == pytest.approx(found.bound) == pytest.approx(6 * 129)


def test_where_the_law_refuses_every_order_asked_for_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    import optimization.flow_answers as module

    monkeypatch.setattr(module, "_unlawful", lambda *_: "some article")
    order = [{"first": "look-f", "then": "look-e", "article": TITLE}]
    found = optimize_flow(joint(), problem({"precedence": order}))
    assert (found.status, found.reform, found.bound) == ("infeasible", None, None) and "some article" in found.clash[0]


def test_an_objective_below_its_bound_is_no_proof_but_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import optimization.flow as flow

    def too_high(*args: Any) -> Any:
        found = answers(*args)
        return replace(found, bound=found.bound + 1)

    monkeypatch.setattr(flow, "answers", too_high)
    with pytest.raises(SolverFailed, match="less than the bound"):
        optimize_flow(joint(), problem({}, replications="2", choosing="1"), verbs.Settings(store=tmp_path, workers=1, days=1))


def test_precedences_that_go_round_are_told_in_words_and_nothing_is_proposed() -> None:
    ring = enumerate([("look-e", "look-f"), ("look-f", "look-e")])
    law = [{"first": a, "then": b, "article": {"en": f"Art {k}", "zh": f"{k}"}} for k, (a, b) in ring]
    found = optimize_flow(joint(), problem({"precedence": law}))
    assert (found.status, found.reform, found.objective) == ("infeasible", None, None)
    assert set(found.clash) == {"x: look-e before look-f (Art 0)", "x: look-f before look-e (Art 1)"}


def test_the_command_says_no_to_what_clashes(tmp_path: Path) -> None:
    hall = load_problem("district-hall-flow", FlowProblem, verbs.load("district-hall"))
    now = hall.items["oversize-transport"].model_dump(by_alias=True, exclude_unset=True)
    back = {"first": "look-housing", "then": "look-police", "article": {"en": "a local habit", "zh": "本地惯例"}}
    items = {"oversize-transport": {"precedence": [*now["precedence"], back]}}
    path = tmp_path / "q.yaml"
    text = {"kind": "flow_problem", "name": "q", "title": TITLE, "question": TITLE, "baseline": "district-hall", "items": items}
    path.write_text(dump(FlowProblem.model_validate(text)), encoding="utf-8")
    for language, said in (
        ("en", "Housing and construction before Public security (a local habit)"), ("zh", "住房和城乡建设局先于公安局（本地惯例）"),
    ):  # fmt: skip
        told = ["--problem", str(path), "--store", str(tmp_path), "--language", language]
        done = CliRunner().invoke(app, ["optimize", "flow", "district-hall", *told])
        assert done.exit_code == 1, done.output
        assert said in done.stdout
        assert ("Road Traffic Safety Law 48" if language == "en" else "道路交通安全法第四十八条") in done.stdout


def move(edit: dict[str, Any], price: str) -> dict[str, Any]:
    return {"title": TITLE, "edits": [edit], "price": price, "article": TITLE}


def test_a_move_is_made_when_it_saves_more_than_its_price() -> None:
    """By hand: without f 60 minutes of work and 60 / 420 of a day at an hour are saved, 68.6 minutes; nobody denies early here."""
    drop = {"kind": "rework_route", "items": {"x": {"drop": ["look-f"]}}}
    cheap, dear = (answers(joint(), problem({"moves": {"drop": move(drop, price)}}), "x", 1).best[0] for price in ("62 min", "70 min"))
    # Side by side saves 30 / 420 x 60 = 4.3 minutes already, so dropping is worth 60 + 4.3 = 64.3 more.
    assert (cheap.moves, dear.moves) == (("drop",), ())


def test_what_the_law_refuses_is_no_answer_and_is_told() -> None:
    """A department that protects safety decides nothing on a mere commitment."""
    edit = {"kind": "clean_up_items", "commitment": ["x"], "checked": "0.1 (0.05..0.2)"}
    found = answers(joint(risk="safety"), problem({"moves": {"commit": move(edit, "0 min")}}), "x", 1)
    assert all(not a.moves for a in found.best)
    assert any("commit" in line and "Business Environment Regulation 40(3)" in line for line in found.refused)
    filed = answers(joint(risk="safety"), problem({"moves": {"file": move({"kind": "clean_up_items", "filing": ["x"]}, "0 min")}}), "x", 1)
    assert all(not a.moves for a in filed.best) and any("turned into a filing" in line for line in filed.refused)


# --- from end to end ---------------------------------------------------------------------------------------------


DROP = move({"kind": "rework_route", "items": {"x": {"drop": ["review"]}}}, "40 min")


@cache
def solved(store: Path) -> FlowSolution:
    asked = {"denies": {"look-e": "0.5 (0.4..0.6)"}, "moves": {"one": DROP}}
    return optimize_flow(joint(slow=True), problem(asked, day="240 min"), verbs.Settings(store=store, workers=1))


@pytest.fixture(scope="module")
def solution(tmp_path_factory: pytest.TempPathFactory) -> FlowSolution:
    return solved(tmp_path_factory.mktemp("flow"))


def test_the_proposal_is_sooner_in_simulation_too_and_no_dearer_than_its_bound(solution: FlowSolution) -> None:
    assert solution.reform is not None
    assert solution.status == "proved"
    days = next(row for row in solution.verified if (row.measure, row.group) == (DAYS, "item:x"))
    assert (days.verdict, days.n) == ("met", 4)
    assert solution.bound is not None and solution.objective is not None
    assert solution.bound <= solution.objective + 1e-9
    assert len(solution.routes[0].compared) >= 2


def test_harm_to_the_whole_centre_is_held_against_today_by_its_paired_difference(solution: FlowSolution) -> None:
    """Met: surely no more of it; missed: surely more; of those who give up too."""
    harm = {row.measure: row for row in solution.verified if row.group == "all" and row.measure != DAYS}
    assert set(harm) == {"wait_mean", "walk_away_share"}
    for row in harm.values():
        assert row.target == row.baseline and row.difference_low is not None and row.difference_high is not None
        assert row.verdict == ("met" if row.difference_high <= 0 else "missed" if row.difference_low > 0 else "undecided")


def test_an_answer_that_hangs_on_the_worth_of_a_day_is_told(tmp_path: Path) -> None:
    """As above: side by side at two hours a day, one after the other at one; 84 minutes is where they cost the same."""
    asked = {"denies": {"look-e": "0.5 (0.4..0.6)"}}
    settings = verbs.Settings(store=tmp_path, workers=1, days=1)
    found = optimize_flow(joint(), problem(asked, day="60 min (50..120)", replications="2", choosing="1"), settings)
    assert [(day, a.order.en) for day, a in found.otherwise] == [(120, "look-e, look-f")]


def test_same_seed_same_bytes(solution: FlowSolution, tmp_path: Path) -> None:
    again = solved.__wrapped__(tmp_path)
    assert json.dumps(again.document(), sort_keys=True) == json.dumps(solution.document(), sort_keys=True)


def test_it_is_told_in_both_languages_and_drawn(solution: FlowSolution, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = problem({"moves": {"one": DROP}})
    for language, word in (("en", "working days"), ("zh", "个工作日")):
        print_flow(solution, asked, joint(slow=True), as_json=False, language=language)
        assert word in capsys.readouterr().out
        paths = draw_flow(solution, joint(slow=True), tmp_path / language, language)
        assert [path.stem for path in paths] == ["routes", "days-sooner"] and all(path.stat().st_size > 10_000 for path in paths)


def test_the_picture_of_days_draws_each_simulated_difference_and_green_where_it_is_surely_sooner(solution: FlowSolution) -> None:
    rows = {row.group: row for row in solution.verified if row.measure == DAYS}
    drawn = [line for line in figures.sooner(solution, joint(slow=True)).axes[0].lines if line.get_marker() == "o"]
    assert sorted(float(line.get_xdata()[0]) for line in drawn) == pytest.approx(sorted(row.difference or 0.0 for row in rows.values()))
    told = " ".join(figures.sooner(solution, joint(slow=True)).axes[0].get_title().split())
    assert ("wait" in told and "give up" in told) or "given up" in told
    sure = sum(row.difference_high is not None and row.difference_high < 0 for row in rows.values())
    assert sure >= 1 and sum(line.get_color() == BETTER for line in drawn) == sure


def test_the_picture_of_routes_marks_today_too_where_the_grounds_of_a_denial_are_found(solution: FlowSolution) -> None:
    """A check that may deny in the proposal finds its ground today as well: a hollow cross there; a full one where a denial is spoken."""
    assert solution.reform is not None
    today, proposed = joint(slow=True), apply(joint(slow=True), solution.reform)
    heads = veto(proposed.centre.items["x"]).keys() - veto(today.centre.items["x"]).keys()
    before, after = before_and_after(today, proposed, ["x"], "en").axes
    hollow = [sum(line.get_marker() == "X" and line.get_markerfacecolor() == "white" for line in axis.lines) for axis in (before, after)]
    assert hollow == [len(heads), 0] and heads == {"look-e"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_of_routes_cuts_no_name_and_names_what_it_does_not_draw(language: str) -> None:
    hall = verbs.load("district-hall")
    asked = [*load_problem("district-hall-flow", FlowProblem, hall).items]
    figure = before_and_after(hall, hall, asked, language)
    ticks = [label.get_text().replace("\n", " ") for axis in figure.axes for label in axis.get_yticklabels()]
    known = {title_of(one.title, language) for one in hall.centre.departments.values()} | {"hall", "大厅"}
    assert len(asked) > MOST and ticks and {tick.replace(" ", "") for tick in ticks} <= {name.replace(" ", "") for name in known}
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert len(titles) == 2 * MOST and all(("working days in the model" if language == "en" else "个工作日") in one for one in titles)
    said = "".join("".join(text.get_text().split()) for text in [*figure.texts, *(t for a in figure.axes for t in a.texts)])
    said += "".join("".join(text.get_text().split()) for legend in figure.legends for text in legend.get_texts())
    said += "" if figure._supxlabel is None else "".join(figure._supxlabel.get_text().split())  # type: ignore[attr-defined]
    assert all("".join(title_of(hall.centre.items[name].title, language).split()) in said for name in asked[MOST:])


@pytest.mark.parametrize(
    ("low", "high", "en", "zh"),
    [
        (60.0, 180.0, ", at the price of a mean wait in {} 2.0 minutes longer [+1.0 .. +3.0] (8.3 to 10.0).", "+3.0]（8.3→10.0）"),
        (-180.0, -60.0, "sooner, and with it a mean wait in {} 2.0 minutes shorter [-3.0 .. -1.0] (8.3 to 10.0).", "平均等候缩短2.0分钟"),
        (-60.0, 180.0, "mean wait of {} is not told apart from today's: +1.0 minutes [-1.0 .. +3.0] (8.3 to 10.0).", "尚难区分"),
        (0.5, 2.7, ", at the price of a mean wait in {} less than 0.1 minutes longer.", "平均等候延长不足0.1分钟"),
        (-0.7, 2.7, "wait of {} is not told apart from today's: less than 0.1 minutes.", "尚难区分：不足0.1分钟"),
        (0.0, 0.0, "; the mean wait of {} stays what it is.", "全中心平均等候时间不变"),
    ],
)  # fmt: skip
def test_what_the_centre_pays_stands_first_in_a_sentence(
    solution: FlowSolution, low: float, high: float, en: str, zh: str, capsys: pytest.CaptureFixture[str]
) -> None:
    days = next(row for row in solution.verified if (row.measure, row.group) == (DAYS, "item:x"))
    wait = Verified("wait_mean", "all", "s", None, 600.0, None, None, 4, None, 500.0, (low + high) / 2, low, high)
    found, en = replace(solution, verified=(days, wait)), en.format("the whole centre")
    assert in_a_sentence(found, joint(slow=True), "en").endswith(en) and zh in in_a_sentence(found, joint(slow=True), "zh")
    print_flow(found, problem({"moves": {"one": DROP}}), joint(slow=True), as_json=False, language="en", law="What the law says")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "What the law says"
    rows = [line for line in lines if "fresh seeds [" in line]
    assert lines[0].endswith(en) and rows[0].startswith("Whole centre, Mean wait")
    assert ("verdict longer" in rows[0]) == (low > 0) and ("not told apart" in rows[0]) == (low < 0 < high)


def test_a_share_who_give_up_is_told_in_points_where_it_is_verified(solution: FlowSolution) -> None:
    gave = Verified("walk_away_share", "all", "share", None, 0.05, None, None, 4, None, 0.03, 0.02, 0.01, 0.03)
    said = in_a_sentence(replace(solution, verified=(gave,)), joint(slow=True), "en")
    assert "no item surely sooner, at the price of a share who give up in the whole centre 2.0 percentage points higher [+1.0 .." in said


def test_days_of_applicants_and_minutes_of_people_are_told_apart(solution: FlowSolution) -> None:
    """Ten cases a day, a day at 30 min. Today 50 + 2 x 30 = 110; taken 30 + 5 + 30 = 65; without b 40 + 2 + 30 = 72; without a 90."""
    asked = problem({"moves": {"a": DROP, "b": {**DROP, "title": {"en": "B", "zh": "乙"}}}}, day="30 min")

    def answer(moves: tuple[str, ...], work: float, wd: float, price: float) -> FlowAnswer:
        edits: Any = moves
        value = work + price + 30 * wd
        return FlowAnswer("x", moves, edits, work, wd, price, value, value, "", Title(en="", zh=""))

    today, taken, without = answer((), 50, 2, 0), answer(("a", "b"), 30, 1, 5), answer(("a",), 40, 1, 2)
    why = (Rule(move_told(asked, "x", "a").en, None, 250.0), Rule(move_told(asked, "x", "b").en, None, 70.0))
    chosen = Chosen(today, taken, ((today, 2.0), (taken, 1.0), (without, 1.0)), 10.0)
    rows = saved(replace(solution, routes=(chosen,), why=why), asked)
    assert [(r["move"], r["days"], r["minutes"], r["weighted"]) for r in rows] == [
        (None, 10.0, 150.0, 450.0), ("a", None, None, 250.0), ("b", 0.0, 70.0, 70.0),
    ]  # fmt: skip


def test_the_command_writes_a_reform_that_passes_check(tmp_path: Path) -> None:
    words = ["optimize", "flow", "tiny", "--json", "--out", str(tmp_path), "--store", str(tmp_path / "s"), "--workers", "1"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert {"status", "objective", "bound", "gap", "backend", "seconds", "seed", "reform", "verified", "rules", "routes"} <= told.keys()
    assert (told["authority"], told["lead_time_days"]) == ("department", 10.0) and {"cost", "warnings"} <= told.keys()
    assert "window" in told["routes"][0]["taken"]["moves"]
    assert told["rules"] and all(rule["price"] is None and rule["saving"] > 0 for rule in told["rules"])
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "tiny-flow.yaml")])
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize(
    ("asked", "fields", "words"),
    [
        ({"denies": {"look-g": "0.5"}}, {}, "`look-g` is not a check of `x`"),
        ({"denies": {"look-e": "0.6", "look-f": "0.6"}}, {}, "parts of the item's denials are 1 together at most"),
        ({"precedence": [{"first": "look-e", "then": "report", "article": TITLE}]}, {}, "`report` is not a check of `x`"),
        ({"moves": {"m": move({"kind": "rework_route", "items": {"x": {"drop": ["report"]}}}, "0 min")}}, {}, "it decides"),
        ({}, {"replications": "1"}, "an interval needs two replications"),
    ],
)
def test_a_question_that_does_not_fit_is_refused_by_name(asked: dict[str, Any], fields: dict[str, Any], words: str, tmp_path: Path) -> None:
    text = problem(asked, **fields)
    path = tmp_path / "q.yaml"
    path.write_text(dump(text), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        load_problem(path, FlowProblem, joint())
    assert any(words in f"{p.rule}" for p in refused.value.problems), str(refused.value)
    assert all("q.yaml" in p.where for p in refused.value.problems)
