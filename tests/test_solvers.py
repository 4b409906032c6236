"""The gateway: against enumeration, against itself, against solvers that lie, break off, run out of time or are interrupted."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_programs import covering, enumerated, falsely_told, fewest_that_clash, holds, partition, quarrel, small_program

from optimization import backends, opinions, solvers
from optimization.backends import Found, Told, highs
from optimization.cp_sat import cp_sat, tell_cp_sat
from optimization.explain import clash
from optimization.opinions import exact, sound
from optimization.program import Program, digest, violations
from optimization.scaling import implied_tops, scaled
from optimization.solvers import SolverFailed, minimise, prices, savings

THOUSANDS = [0, *(pytest.param(n, marks=pytest.mark.campaign) for n in range(1, 10))]


# --- against enumeration -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("thousand", THOUSANDS)
def test_no_answer_of_a_thousand_is_falsely_proved_or_infeasible(thousand: int) -> None:
    programs = [small_program(seed) for seed in range(1000 * thousand, 1000 * thousand + 1000)]
    assert [seed for seed, program in enumerate(programs) if falsely_told(program)] == []
    assert 100 < sum(enumerated(program) is None for program in programs) < 900


def test_control_what_is_told_falsely_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    program = next(one for one in map(small_program, range(100)) if enumerated(one) is not None)
    told = minimise(program, explain=False)
    assert told.objective is not None and not falsely_told(program)
    nothing = replace(told, status="infeasible", values=None, objective=None)
    for wrong in (replace(told, objective=told.objective - 1e-3), replace(told, status="bounded"), nothing):
        monkeypatch.setattr("small_programs.minimise", lambda program, explain, wrong=wrong: wrong)
        assert falsely_told(program)


@pytest.mark.parametrize("hundred", [0, *(pytest.param(n, marks=pytest.mark.campaign) for n in range(1, 10))])
def test_what_is_said_to_clash_clashes_and_nothing_less_does(hundred: int) -> None:
    sizes = set()
    for seed in range(100 * hundred, 100 * hundred + 100):
        for program in (small_program(seed), quarrel(seed)):
            if enumerated(program) is not None:
                continue
            found = minimise(program, reproducible=seed % 2 == 1).clash
            assert set(found) <= set(program.rules())
            assert not holds(program, found), seed
            assert all(holds(program, [r for r in found if r != rule]) for rule in found), seed
            assert len(found) == fewest_that_clash(program), seed
            sizes.add(len(found))
    assert sizes >= {0, 1, 2, 3}


def test_of_many_requirements_none_of_the_clash_is_superfluous() -> None:
    """Twenty requirements of one person each for a hall of nineteen seats, and one nobody needs: all but that one clash."""
    program = Program()
    x = [program.variable(1.0, 1.0, True) for _ in range(21)]
    for i in range(20):
        program.row({x[i]: 1.0}, lower=1.0, rule=f"queue {i}")
    program.row({x[20]: 1.0}, upper=0.0, rule="nobody at the back")
    program.row({i: 1.0 for i in x}, upper=19.0, rule="seats")
    assert minimise(program).clash == (*(f"queue {i}" for i in range(20)), "seats")


def test_a_feasible_program_has_no_clash_and_structure_alone_has_an_empty_one() -> None:
    program = Program()
    x = program.variable(whole=True, top=3.0)
    with pytest.raises(SolverFailed, match="there is one"):
        clash(program)
    program.row({x: 1.0}, lower=2.0, rule="two")
    program.row({x: 2.0}, lower=3.0, upper=3.0)
    assert minimise(program).clash == ()


def test_a_clash_is_confirmed_by_another_than_who_found_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three that are one in pairs: halves do, whole ones do not. Where HiGHS breaks off, CP-SAT finds that and SCIP confirms it."""
    asked = []

    def heard(name: str) -> Callable[..., Found | None]:
        solve = getattr(opinions, name)

        def instead(program: Program, told: Told) -> Found | None:
            asked.append(name)
            if name == "highs":
                raise SolverFailed("broke off")
            found: Found | None = solve(program, told)
            return found

        return instead

    program = Program()
    one = [program.variable(0.0, 1.0, True) for _ in range(3)]
    for k, rule in enumerate("abc"):
        program.row({one[k]: 1.0, one[(k + 1) % 3]: 1.0}, 1.0, 1.0, rule)
    for name in ("highs", "cp_sat", "scip"):
        monkeypatch.setattr(opinions, name, heard(name))
    assert clash(program) == ("a", "b", "c")
    assert asked[-2:] == ["highs", "scip"] and "cp_sat" in asked


def test_a_row_that_wants_more_than_it_allows_clashes_with_itself() -> None:
    program = Program()
    program.row({program.variable(): 1.0}, lower=2.0, upper=1.0, rule="two of one")
    answer = minimise(program)
    assert (answer.status, answer.clash) == ("infeasible", ("two of one",))


@pytest.mark.parametrize("first", [0, pytest.param(60, marks=pytest.mark.campaign)])
def test_highs_and_cp_sat_agree_also_in_reproducible_mode(first: int) -> None:
    for seed in range(first, first + 60):
        program, best = small_program(seed, whole=True), enumerated(small_program(seed, whole=True))
        for told in (Told(), Told(steady=True)):
            for found in (sound(program, told), cp_sat(program, told)):
                assert found is not None
                assert found.verdict == ("infeasible" if best is None else "optimal"), (seed, found)
                assert best is None or found.objective == pytest.approx(best, abs=1e-5), (seed, found)


def test_a_logical_program_gets_the_same_answer() -> None:
    program = partition(8)
    answers = [minimise(p) for p in (program, replace(program, logical=False))]
    assert [a.status for a in answers] == ["proved", "proved"]
    assert answers[0].objective == pytest.approx(answers[1].objective)
    assert [a.backend.split()[0] for a in answers] == ["CP-SAT", "HiGHS"]
    assert answers[0].digest == answers[1].digest


def test_costs_without_a_common_denominator_are_rounded_with_a_bound_that_holds() -> None:
    for seed in range(20):
        program = small_program(seed, whole=True)
        program.costs = [float(c) for c in np.random.default_rng(seed).normal(size=len(program.costs)) * 1e4]
        best, found = enumerated(program), cp_sat(program, Told())
        assert found is not None
        if best is not None:
            assert found.objective == pytest.approx(best, rel=1e-9)
            assert found.bound is not None
            assert best - 1e-4 <= found.bound <= best + 1e-9 * abs(best)


def test_tops_are_taken_from_rows_and_what_is_not_whole_is_not_scaled() -> None:
    """2x + 3y <= 12 gives x <= 6, y <= 4; z - x <= 1 then z <= 7; w has no top at all."""
    program = Program()
    x, y, z = (program.variable(whole=True) for _ in range(3))
    program.row({x: 2.0, y: 3.0}, upper=12.0)
    program.row({z: 1.0, x: -1.0}, upper=1.0)
    assert implied_tops(program).tolist() == [6, 4, 7]
    assert scaled(program) is not None
    thirds = replace(program, rows=[*program.rows, (1.0, {x: float(np.pi)}, inf, "")])
    assert scaled(thirds) is None
    program.variable(whole=True)
    assert scaled(program) is None
    assert scaled(Program(costs=[1.0], tops=[1.0], whole=[False])) is None


# --- prices ------------------------------------------------------------------------------------------------------


def test_the_price_of_one_unit_and_of_the_whole_rule_are_told_apart() -> None:
    """Earn 3 a piece, at most 4 for one rule and 6 for another: one more saves 3, no such rule saves 6."""
    program = Program()
    x = program.variable(cost=-3.0, whole=True)
    program.row({x: 1.0}, upper=4.0, rule="at most four")
    program.row({x: 1.0}, upper=6.0, rule="at most six")
    answer = minimise(program)
    assert prices(program) == pytest.approx({"at most four": 3.0})
    assert savings(program, answer, program.rules()) == pytest.approx({"at most four": 6.0, "at most six": 0.0})


def test_a_rule_without_which_costs_fall_without_end_saves_without_end() -> None:
    program = Program()
    program.row({program.variable(cost=-1.0): 1.0}, upper=4.0, rule="the only one")
    assert savings(program, minimise(program), ("the only one",)) == {"the only one": inf}


def test_savings_are_those_of_enumeration() -> None:
    for seed in range(40):
        program = small_program(seed, whole=True)
        answer = minimise(program, explain=False)
        if answer.objective is None:
            continue
        for rule, saved in savings(program, answer, program.rules()).items():
            best = enumerated(program.keeping([r for r in program.rules() if r != rule]))
            assert best is not None
            assert saved == pytest.approx(answer.objective - best, abs=1e-5)


# --- the checker and solvers that lie ----------------------------------------------------------------------------


def knapsack() -> Program:
    """Earn 5 for x and 4 for y; 2x + y <= 5, x + y <= 4, both whole: best is x 1, y 3, -17."""
    program = Program()
    x, y = program.variable(-5.0, 10.0, True), program.variable(-4.0, 10.0, True)
    program.row({x: 2.0, y: 1.0}, upper=5.0, rule="hours")
    program.row({x: 1.0, y: 1.0}, upper=4.0, rule="seats")
    return program


@pytest.mark.parametrize(
    ("values", "objective", "words"),
    [
        ([2, 3], -22.0, "hours: 7 is above 5"),
        ([0, 5], -20.0, "seats: 5 is above 4"),
        ([0.5, 3.5], -16.5, "x0 is 0.5, not whole"),
        ([-1, 3], -7.0, "x0 is -1, below 0"),
        ([1, 3], -18.0, "the objective is -17, not -18"),
        ([1, nan], -17.0, "x1 is no number"),
        ([1, 3, 0], -17.0, "3 values for 2 variables"),
        ([11, 0], -55.0, "x0 is 11, above its top 10"),
    ],
)
def test_the_checker_says_what_a_corrupted_answer_breaks(values: list[float], objective: float, words: str) -> None:
    assert any(words in found for found in violations(knapsack(), np.array(values, dtype=float), objective))
    assert violations(knapsack(), np.array([1.0, 3.0]), -17.0) == []
    assert minimise(knapsack()).objective == -17.0


def lying(monkeypatch: pytest.MonkeyPatch, found: Found | Exception) -> None:
    def instead(program: Program, told: Told, apart: bool = False) -> Found:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(solvers, "highs", instead)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Found("optimal", np.array([2.0, 3.0]), -22.0, "liar", False, -22.0), "the checker rejects the answer of liar: hours"),
        (Found("optimal", np.array([1.0, 3.0]), -18.0, "liar", False, -18.0), "the objective is -17, not -18"),
        (Found("optimal", np.array([1.0, 2.0]), -13.0, "liar", False, -12.0), "the objective is -13, not -12"),
        (Found("optimal", np.array([1.0, 2.0]), -11.0, "liar", False, -13.0), "nothing costs less than -11"),
        (Found("infeasible", None, None, "liar"), "liar says that there is no solution, HiGHS .* has one"),
        (Found("unsound", None, None, "liar"), "costs fall without end"),
        (Found("unbounded", None, None, "liar"), "costs fall without end"),
        (Found("nothing", None, None, "liar"), "without a solution"),
    ],
)
def test_a_solver_that_lies_is_not_believed(found: Found, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lying(monkeypatch, found)
    with pytest.raises(SolverFailed, match=words):
        minimise(knapsack())


@pytest.mark.parametrize("rows", [[], [({}, 1.0, inf)], [({}, -inf, -1.0)], [({0: 0.0}, 1.0, 1.0)]])
def test_rows_without_variables_count(rows: list[tuple[dict[int, float], float, float]]) -> None:
    """CP-SAT calls an empty row kept, whatever it asks."""
    for whole in (True, False):
        program = Program()
        program.variable(1.0, 2.0, whole)
        for terms, lower, upper in rows:
            program.row(terms, lower, upper)
        assert [minimise(replace(program, logical=told)).status for told in (True, False)] == ["infeasible" if rows else "proved"] * 2


def test_where_highs_breaks_off_another_solver_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    lying(monkeypatch, SolverFailed("broken"))
    program = knapsack()
    assert minimise(program).backend.startswith("CP-SAT")
    program.row({program.variable(): 1.0}, upper=3.5)
    answer = minimise(program)
    assert (answer.backend.split()[0], answer.status, answer.objective) == ("SCIP", "proved", -17.0)


def test_where_the_process_apart_breaks_off_the_solution_so_far_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    program = covering(60)
    program.variable(top=1.0)  # not whole: nothing for CP-SAT
    quick = Found("feasible", np.append(np.ones(60), 0.0), 100.0, "HiGHS", False, sum(program.costs))

    def instead(program: Program, told: Told, apart: bool = False) -> Found:
        if apart:
            raise SolverFailed("killed")
        return quick

    monkeypatch.setattr(solvers, "highs", instead)
    monkeypatch.setattr(solvers, "scip", lambda *_: Found("nothing", None, 200.0, "SCIP"))
    answer = minimise(program)
    assert (answer.status, answer.objective, answer.bound) == ("bounded", sum(program.costs), 200.0)


def test_an_exception_inside_the_solver_is_our_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """`threads` is refused for HiGHS, and MathOpt's own error path then raises AttributeError."""
    plain = backends._parameters

    def threaded(told: Told) -> Any:
        given = plain(told)
        given.threads = 2
        return given

    monkeypatch.setattr(backends, "_parameters", threaded)
    for apart in (False, True):
        with pytest.raises(SolverFailed, match=r"threads|canonical_code"):
            highs(knapsack(), Told(), apart)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda p: p.variable(cost=nan), "cost nan"),
        (lambda p: p.variable(top=-1.0), "top -1"),
        (lambda p: p.row({7: 1.0}, upper=1.0, rule="seven"), "seven: .* unknown variable"),
        (lambda p: p.row({0: inf}, upper=1.0), "row 2: .* no number"),
    ],
)
def test_nonsense_is_refused_before_a_solver_sees_it(broken: Callable[[Program], object], words: str) -> None:
    program = knapsack()
    broken(program)
    with pytest.raises(SolverFailed, match=words):
        minimise(program)


def test_whole_values_are_made_whole_and_the_others_follow() -> None:
    """y >= 1e6 x: with x = 1 - 1e-6 in place of 1, y is one too low until it is worked out anew."""
    program = Program()
    x, y = program.variable(whole=True), program.variable(1.0)
    program.row({y: 1.0, x: -1e6}, lower=0.0)
    program.row({x: 1.0}, lower=0.5)
    rough = np.array([1 - 1e-6, 1e6 - 1])
    assert exact(program, rough).tolist() == pytest.approx([1.0, 1e6])
    assert minimise(program).objective == pytest.approx(1e6)


def test_every_parameter_of_cp_sat_goes_through_one_function_that_knows_typing_errors() -> None:
    with pytest.raises(SolverFailed, match="has no parameter num_workers"):
        tell_cp_sat(SimpleNamespace(parameters=SimpleNamespace()), Told())
    from ortools.sat.python import cp_model

    for steady, workers in ((False, 8), (True, 1)):
        solver = cp_model.CpSolver()
        tell_cp_sat(solver, Told(steady=steady, work=3.0))
        assert (solver.parameters.num_workers, solver.parameters.max_deterministic_time) == (workers, 3.0)


def test_the_digest_knows_every_number_and_no_name() -> None:
    program = knapsack()
    told = digest(program)
    assert digest(knapsack()) == told
    program.rows = [(low, dict(reversed(terms.items())), high, "") for low, terms, high, _ in program.rows]
    assert digest(program) == told
    for changed in (
        replace(program, costs=[-5.0, -4.1]),
        replace(program, tops=[10.0, 11.0]),
        replace(program, whole=[True, False]),
        replace(program, rows=program.rows[:1]),
        replace(program, rows=[(-inf, {0: 2.0, 1: 1.0}, 5.5, ""), program.rows[1]]),
        replace(program, rows=program.rows[::-1]),
    ):
        assert digest(changed) != told
