"""Staffing: levels against theory, the cover model against enumeration, the checker against wrong plans, and tiny from end to end."""

import json
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from optimization.cover import Cover, Covered, breaches, cover, value
from optimization.levels import PERIODS, Stream, levels, loads, safety, streams
from optimization.solvers import Program, minimise, prices
from optimization.staffing import optimize_staffing
from optimization.staffing_case import staffing_case
from optimization.staffing_problem import Prices, StaffingProblem, usual
from simulation import verbs
from simulation.experiment import calendar_for
from simulation.files import dump
from simulation.plan import Plan, compile_plan
from simulation.reforms import apply, set_path
from simulation.scenario import Scenario
from simulation.theory import garnett_delay
from workbench.cli import app


def plan_of(name: str = "tiny") -> Plan:
    scenario = verbs.load(name)
    return compile_plan(scenario, calendar_for(scenario, scenario.horizon), scenario.horizon)


# --- levels ------------------------------------------------------------------------------------------------------


def test_the_work_of_a_day_is_arrivals_times_expected_counter_time() -> None:
    """Household: 30 a day x mean of the weekdays x 9 min lognormal, with supplements by the world's answers, and no online filing.

    complete .8, of the rest a fifth corrected at 1.2, else .6 and again with .9: up to four visits.
    """
    plan = plan_of()
    found = [s for s in streams(plan) if plan.classes[s.ticket_class][0] == "household"]
    reach, work = 1.0, 0.0
    for complete in (0.8, 0.9, 0.9, 0.9):
        mended = (1 - complete) * 0.2
        work += reach * (complete + 1.2 * mended + 0.6 * (1 - complete - mended))
        reach *= 1 - complete - mended
    expected = 30 * np.mean([1.2, 1.05, 1.0, 0.95, 0.9]) * work * 9 * 60 * np.exp(0.5**2 / 2)
    assert sum(float(s.rates[0].sum()) * 1800 * s.mean for s in found) == pytest.approx(expected, rel=1e-3)


def test_offered_load_carries_a_long_service_into_the_next_half_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """M_t/G/inf: load integrates to all the work, and is not over when the arrivals are."""
    plan, rates = plan_of(), np.zeros((2, PERIODS))
    rates[0, 20] = 10 / 1800
    monkeypatch.setattr("optimization.levels.streams", lambda _: [Stream(0, rates, 2400.0, 0.5, 0.0)])
    load = loads(plan)[0, 0]
    assert (load[:20] == 0).all()
    assert load[21] > 0.3 * load[20] > 0
    assert load[20] <= 10 / 1800 * 2400
    assert load.sum() * 1800 >= 10 * 2400


@pytest.mark.parametrize("delay", [0.1, 0.3, 0.6])
def test_safety_inverts_the_limit_of_halfin_and_whitt(delay: float) -> None:
    assert garnett_delay(safety(delay), float("inf")) == pytest.approx(delay, abs=1e-9)


def test_levels_are_whole_and_above_the_load() -> None:
    load = np.array([0.0, 0.3, 4.0, 9.5])
    asked = levels(load, 0.5)
    assert asked.tolist() == [0, 1, 5, 12]


# --- cover -------------------------------------------------------------------------------------------------------


def instance(rng: np.random.Generator) -> Cover:
    """Three groups of two bodies, two shifts, two kinds of windows, two classes, three periods."""
    serves = {(0, 0): frozenset({0}), (1, 0): frozenset({0, 1}), (1, 1): frozenset({1}), (2, 1): frozenset({1})}
    today = np.zeros((3, 2, 2), dtype=np.int64)
    today[0, 0, 0] = today[2, 1, 1] = 1
    return Cover(
        sizes=rng.integers(1, 3, 3),
        names=("a", "b", "c"),
        body=(("x", "posted"), ("x", "posted"), ("y", "posted")),
        covers=np.array([[True, True, False], [False, True, True]]),
        paid=np.array([2.0, 2.5]),
        windows=rng.integers(1, 3, 2),
        window_names=("v", "w"),
        serves=serves,
        required=rng.integers(0, 4, (2, 3)),
        hours=np.array([1.0, 1.0, 0.5]),
        today=today,
        missing=float(rng.integers(1, 6)),
        training=float(rng.choice([0.3, 2.0])),
        change=0.1,
    )


def unmet_hours(c: Cover, people: np.ndarray) -> float:
    """What a seating leaves unmet, by Hall's condition for flows: the worst set of classes, needs minus those who can serve it."""
    on = np.einsum("gsw,st->gwt", people, c.covers.astype(int))
    classes = range(c.required.shape[0])
    total = 0.0
    for t, hours in enumerate(c.hours):
        sets = [set(some) for r in range(3) for some in combinations(classes, r)]
        reach = [sum(on[g, w, t] for (g, w), served in c.serves.items() if served & some) for some in sets]
        total += hours * max(sum(c.required[k, t] for k in some) - able for some, able in zip(sets, reach, strict=True))
    return total


def by_enumeration(c: Cover) -> float:
    cells = [(g, s, w) for (g, w) in c.serves for s in range(2)]
    best = float("inf")
    for there, back in product(range(int(c.sizes[0]) + 1), range(int(c.sizes[1]) + 1)):
        left = c.sizes + np.array([back - there, there - back, 0])
        for numbers in product(*(range(int(c.windows[w]) + 1) for _, _, w in cells)):
            people = np.zeros((3, 2, 2), dtype=np.int64)
            for cell, n in zip(cells, numbers, strict=True):
                people[cell] = n
            on = np.einsum("gsw,st->wt", people, c.covers.astype(int))
            if (people.sum(axis=(1, 2)) > left).any() or (on > c.windows[:, None]).any():
                continue
            cost = float(np.einsum("gsw,s->", people, c.paid)) + c.training * (there + back)
            cost += c.change * float(np.maximum(people - c.today, 0).sum())
            best = min(best, cost + c.missing * unmet_hours(c, people)) if cost < best else best
    return best


@pytest.mark.parametrize("seed", range(5))
def test_the_cover_is_as_cheap_as_enumeration_finds(seed: int) -> None:
    c = instance(np.random.default_rng(seed))
    found, answer, _ = cover(c)
    assert found is not None
    assert breaches(c, found, answer.objective) == []
    assert answer.gap == pytest.approx(0, abs=1e-6)
    assert answer.objective == pytest.approx(by_enumeration(c), abs=1e-5)


def test_the_checker_catches_every_kind_of_wrong_plan() -> None:
    c = instance(np.random.default_rng(3))
    c = replace(c, required=np.array([[1, 1, 1], [1, 1, 1]]), missing=5.0)
    good, answer, _ = cover(c)
    assert good is not None
    assert answer.objective is not None
    assert breaches(c, good, answer.objective) == []
    crowd = good.people.copy()
    crowd[0, 0, 0] += 5
    elsewhere = good.people.copy()
    elsewhere[2, 0, 0] += 1
    abroad = good.moved.copy()
    abroad[0, 2] = 1
    doubled = {cell: 2 * amount for cell, amount in good.flow.items()}
    wrong: dict[str, Covered] = {
        "more people than there are": replace(good, people=crowd),
        "more people than windows": replace(good, people=crowd),
        "may not sit": replace(good, people=elsewhere),
        "within employer and contract": replace(good, moved=abroad),
        "counted twice": replace(good, flow=doubled),
        "fewer people than asked": replace(good, flow={}, unmet=np.zeros_like(good.unmet)),
        "without the skill": replace(good, flow={**good.flow, (2, 0, 0, 0): 1.0}),
        "negative": replace(good, people=good.people - 1),
    }
    for words, plan in wrong.items():
        assert any(words in found for found in breaches(c, plan)), words
    assert any("objective" in found for found in breaches(c, good, answer.objective + 1))
    assert value(c, good) == pytest.approx(answer.objective)


def test_a_program_without_solution_is_infeasible_and_a_binding_row_has_a_price() -> None:
    program = Program()
    x = program.variable(cost=-3.0, whole=True)
    program.row({x: 1.0}, upper=4.0, rule="at most four")
    assert minimise(program).objective == pytest.approx(-12)
    assert prices(program) == pytest.approx({"at most four": 3.0})
    program.row({x: 1.0}, lower=5.0)
    assert minimise(program).values is None


# --- end to end --------------------------------------------------------------------------------------------------


def two_at_lunch() -> Scenario:
    """Tiny with two people at the licence windows over lunch, when nobody comes: one of them is paid for nothing."""
    return set_path(verbs.load("tiny"), "centre.staff.anna.shift", "lunch")


def by_levels(scenario: Scenario) -> StaffingProblem:
    """What the formulas alone propose."""
    return usual(scenario).model_copy(update={"method": "levels"})


def test_the_answer_for_tiny_is_proved_and_seats_whom_the_model_seats(tmp_path: Path) -> None:
    scenario = two_at_lunch()
    solution = optimize_staffing(scenario, verbs.Settings(replications=2, days=2, store=tmp_path, workers=1), by_levels(scenario))
    assert solution.status == "proved"
    assert solution.reform is not None
    assert dict(solution.model)["paid_hours_a_week"] == dict(solution.model)["paid_hours_a_week_today"] - 5
    after = staffing_case(compile_plan(apply(scenario, solution.reform), calendar_for(scenario, scenario.horizon)), Prices())
    assert float(np.einsum("gsw,s->", after.instance.today, after.instance.paid)) == dict(solution.model)["paid_hours_a_week"]
    assert {row.measure for row in solution.verified} == {"wait_borne", "walk_away_share", "rostered_hours", "paid_hours"}
    assert all(row.n == 2 and row.difference is not None for row in solution.verified)


def test_a_hall_that_the_model_would_leave_as_it_is_gets_no_reform(tmp_path: Path) -> None:
    told = verbs.Settings(replications=2, days=2, store=tmp_path, workers=1)
    solution = optimize_staffing(verbs.load("tiny"), told, by_levels(verbs.load("tiny")))
    assert (solution.status, solution.reform) == ("proved", None)
    assert all(row.difference is None for row in solution.verified)
    assert solution.document()["reform"] is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("points a week: paid hours, 2 for each person trained", "hires nobody", "problem `tiny-staffing`", "never lengthen",
                "What changes, at 1 of 2 kinds", "working day 9:00-12:00 13:00-17:00: 2 -> 1 people", "W1: 35 -> 0 h a week",
                "back to the employer: anna", "of 2 cells", "Hours a week and hours a day are one change on two scales. 110 to 75",
                "The change is -35 h a week, -7.0 h a day.", "What each rule costs is not told here")),
        ("zh", ("每周点数", "每培训一人计2", "不增人", "问题文件 tiny-staffing", "增人不会延长等候",
                "变化：2类窗口中的1类", "W1：每周35→0小时", "退回派驻单位：anna", "由窗口排班优化提出：退回派驻单位1人，培训0人",
                "变化为每周-35小时、每日-7.0小时。", "此处不报各项规则的代价")),
    ],
)
def test_the_command_says_unit_leave_targets_and_assumption(language: str, words: tuple[str, ...], tmp_path: Path) -> None:
    told = ["--days", "1", "--replications", "2", "--store", str(tmp_path), "--workers", "1", "--language", language]
    found = CliRunner().invoke(app, ["optimize", "staffing", "tiny", *told])
    assert found.exit_code == 0, found.output
    assert all(word in found.stdout for word in words), found.stdout
    assert "[–]" not in found.stdout
    kinds = found.stdout[found.stdout.index(*{"en": ("Windows with somebody, where",), "zh": ("有人在岗的窗口数（仅列",)}[language]) :]
    assert {"en": "Licences", "zh": "证照"}[language] in kinds and {"en": "Household", "zh": "户政"}[language] not in kinds


def test_the_command_prints_one_document_and_writes_a_reform_that_passes_check(tmp_path: Path) -> None:
    told = ["--json", "--replications", "2", "--store", str(tmp_path / "store"), "--out", str(tmp_path), "--workers", "1"]
    source = tmp_path / "two-at-lunch.yaml"
    source.write_text(dump(two_at_lunch()), encoding="utf-8")
    found = CliRunner().invoke(app, ["optimize", "staffing", str(source), "--days", "2", *told])
    assert found.exit_code == 0, found.output
    document = json.loads(found.stdout)
    assert set(document) >= {"status", "objective", "bound", "gap", "backend", "seconds", "seed", "reform", "verified", "rules"}
    assert document["seconds"] > 0
    assert set(document["verified"][0]) >= {"measure", "group", "target", "value", "low", "high", "n", "verdict"}
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "tiny-staffing.yaml")])
    assert checked.exit_code == 0, checked.output
