"""Joint staffing: targets against the catalogue, the search against every staffing there is, clashes, tides, and what the answer says."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from strategies import counter, scenario

from optimization.cover import Cover, Covered
from optimization.joint_staffing import Joint, ladder, monotone, proved_bound, search
from optimization.master import Limits, Master
from optimization.problem import Hours, load_problem
from optimization.solvers import SolverFailed
from optimization.staffing import _lacking, optimize_staffing
from optimization.staffing_case import as_reform, staffing_case
from optimization.staffing_problem import Prices, StaffingProblem, problem_for, usual
from optimization.staffing_verified import Question, _judged, verified
from optimization.targets import Target, measure_of
from optimization.trials import Trial, Trials, cost, sections
from simulation import verbs
from simulation.errors import FileRefused
from simulation.estimates import estimate
from simulation.experiment import calendar_for
from simulation.measures import CATALOGUE, View, measure
from simulation.plan import Plan, compile_plan
from simulation.reforms import apply
from simulation.scenario import Scenario
from simulation.units import Count, Duration, Share

HALL = {"W1": "a", "W2": "a", "V1": "b"}
HOURS = {"W1": "9:00-12:00 13:00-17:00", "W2": "9:00-12:00", "V1": "9:00-17:00"}


def hall(rate: int = 20, work: str = "12 min") -> Scenario:
    """Two queues, two people for one and one for the other, three shifts; everybody waits for ever."""
    items = {"x": {"route": {"serve": counter("a", work)}}, "y": {"route": {"serve": counter("b", work)}}}
    needs = {"n": {"items": ["x"], "rate": f"{rate} per day"}, "m": {"items": ["y"], "rate": f"{rate // 2} per day"}}
    return scenario(windows=HALL, shifts=HOURS, items=items, needs=needs, days=3)


def plan_of(of: Scenario) -> Plan:
    return compile_plan(of, calendar_for(of, of.horizon), of.horizon)


def asked(of: Scenario, *targets: Target, budget: float | None = None, keep: bool = False, seed: int = 1) -> tuple[Trials, Master]:
    plan = plan_of(of)
    case = staffing_case(plan, Prices())
    trials = Trials(of, of.horizon, seed, range(2), case, plan, targets)
    limits = Limits(trials.section_of_class, (case.present > 0) & keep, case.present.any(axis=1), budget)
    names, most = [f"{t.words} [{cell}]" for t, cell in trials.names], np.array([t.limit for t, _ in trials.names])
    return trials, Master(case.instance, limits, names, most)


def found(trials: Trials, master: Master, margin: float = 0.0) -> Joint:
    return search(trials, master, np.full(len(trials.names), margin), ladder(master), 400, 0.0)


def by_enumeration(trials: Trials, master: Master) -> float:
    """The least cost over every staffing that fits, each simulated."""
    i, best = trials.case.instance, float("inf")
    seats = [(g, s, w) for g, w in i.serves for s in range(len(i.paid))]
    still = np.zeros((len(i.sizes),) * 2, dtype=np.int64)
    for counts in product(*(range(master.most[g, w] + 1) for g, _, w in seats)):
        people = np.zeros_like(i.today)
        for seat, n in zip(seats, counts, strict=True):
            people[seat] = n
        if not master.broken(people, still):
            trial = trials.of(people, still)
            best = trial.cost if trial.cost < best and not trial.misses().any() else best
    return best


# --- targets -----------------------------------------------------------------------------------------------------


def test_plain_targets_are_the_measures_of_the_catalogue() -> None:
    log = verbs.log_of(verbs.load("tiny"), verbs.Settings(days=3))
    queues = tuple(verbs.load("tiny").centre.queues)
    for target in (Target(wait=Duration(60)), Target(walk_away=Share(0.1)), Target(wait=Duration(60), queue="each")):
        mine = measure(log, [measure_of(target, queues)]).set_index("group")
        known = CATALOGUE["walk_away_share" if target.walk_away else "wait_borne"]
        theirs = measure(log, [known]).set_index("group")
        assert len(mine) == (len(queues) if target.queue else 1)
        for group, row in mine.iterrows():
            assert (row["total"], row["n"]) == (theirs.loc[group, "total"], theirs.loc[group, "n"])


def test_served_within_counts_who_left_and_adds_up_over_half_hours_and_days() -> None:
    log = verbs.log_of(verbs.load("tiny"), verbs.Settings(days=5))
    queues = tuple(verbs.load("tiny").centre.queues)
    whole, n, taken = Target(served=Share(0.9), within=Duration(900)).sums(View(log), queues)
    parts, m, _ = Target(served=Share(0.9), within=Duration(900), half_hour="each", day="each").sums(View(log), queues)
    assert parts.sum(axis=(1, 2)) == pytest.approx(whole[:, 0, 0])
    assert m.sum(axis=(1, 2)) == pytest.approx(n[:, 0, 0])
    assert (taken == n).all()
    late = measure(log, [CATALOGUE["wait_over_15"]]).set_index("group").loc["all", "total"]
    left = measure(log, [CATALOGUE["walk_away_share"]]).set_index("group").loc["all", "total"]
    assert late <= whole.sum() <= late + left
    monday, *_ = Target(wait=Duration(60), day="mon", half_hour="9:00").sums(View(log), queues)
    every, *_ = Target(wait=Duration(60), day="each", half_hour="each").sums(View(log), queues)
    assert monday[:, 0, 0] == pytest.approx(every[:, 18, 0])


def test_a_queue_that_calls_nobody_is_missed_and_not_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty tickets of a are called after five minutes each; thirty of b wait an hour each and none is called."""
    of = hall()
    target = Target(wait=Duration(900), queue="each")
    problem = usual(of).model_copy(update={"targets": (target,)})
    numbers = [np.array(of).reshape(2, 1, 1) for of in ([60 * 300.0, 30 * 3600.0], [60.0, 0.0], [60.0, 30.0])]
    monkeypatch.setattr(Target, "sums", lambda self, view, queues: numbers)
    plan = plan_of(of)
    case = staffing_case(plan, Prices())
    question = Question(problem, of, of.horizon, 1, plan, case, verbs.Settings(replications=2, store=tmp_path, workers=1))
    row = verified(question, None, case.instance.today)[0][0]
    assert (row.group, row.value, row.verdict, row.cells, row.cells_met) == ("queue:b", None, "missed", 2, 1)
    excess = Trials(of, of.horizon, 1, range(2), case, plan, (target,)).of(case.instance.today, np.zeros((2, 2), dtype=np.int64)).excess
    assert excess.sum(axis=1).tolist() == [60 * (300.0 - 900.0), 30 * 3600.0]


@pytest.mark.parametrize(("cells", "level"), [(1, 0.95), (18, 1 - 0.05 / 18)])
def test_cells_exactly_at_their_target_are_falsely_missed_in_one_of_twenty_halls_at_most(cells: int, level: float) -> None:
    """Waits of ten replications, normal around the target; a cell's chance of a false `missed` is half of what its interval leaves out, so
    with 18 cells at 95 % it would be 1 - .975^18 = 37 %."""
    chance, target, missed, halls = np.random.default_rng(7), Target(wait=Duration(900), queue="each"), 0, 300
    for _ in range(halls):
        waits = chance.normal(900, 60, (cells, 10))
        names = [f"queue:{k}" for k in range(cells)]
        frame = pd.DataFrame(
            [("s", target.measure, name, r, w * 50, 50) for name, of in zip(names, waits, strict=True) for r, w in enumerate(of)],
            columns=["scenario", "measure", "group", "replication", "total", "n"],
        )
        result = SimpleNamespace(replications=frame)
        verdicts = []
        for name in names:
            told = estimate(frame[frame["group"] == name], "ratio")
            verdicts.append(_judged(target, {"group": name, **vars(told)}, result, "s", cells))  # type: ignore[arg-type]
        missed += "missed" in verdicts
    false = 1 - (1 - (1 - level) / 2) ** cells
    assert false < 0.026
    assert missed <= halls * false + 4 * np.sqrt(halls * false)


# --- the search --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "minutes", "rate"), [(1, 20, 20), (2, 40, 20), (3, 20, 14)])
def test_the_search_ends_at_the_least_cost_that_enumeration_finds(seed: int, minutes: int, rate: int) -> None:
    """Every staffing of the small hall is simulated; queue by queue targets, people who wait for ever."""
    trials, master = asked(hall(rate), Target(wait=Duration(60 * minutes), queue="each"), seed=seed)
    joint = found(trials, master)
    tried = joint.trials
    assert monotone(trials, master).broken == 0
    assert joint.best is not None
    assert (joint.bound, joint.gap) == (pytest.approx(joint.best.cost), pytest.approx(0, abs=1e-6))
    assert joint.best.cost == pytest.approx(by_enumeration(trials, master))
    assert tried < len(trials.known) / 2


def test_a_target_of_the_whole_hall_is_shared_out_between_its_queues() -> None:
    trials, master = asked(hall(), Target(wait=Duration(1500)))
    joint = found(trials, master)
    assert joint.best is not None
    assert joint.best.cost == pytest.approx(by_enumeration(trials, master))
    assert joint.bound == pytest.approx(joint.best.cost)


def test_an_impossible_target_clashes_by_name_and_not_with_what_could_be_kept() -> None:
    """Nobody serves 90 visitors of 12 minutes with two windows; the walk-aways, of whom there are none, are no part of it."""
    trials, master = asked(hall(90), Target(wait=Duration(300)), Target(walk_away=Share(0.5)), budget=400.0)
    joint = found(trials, master)
    assert joint.best is None
    assert joint.clash == ("wait at most 5 min [all]",)


def test_a_requirement_whose_words_begin_another_is_spared_alone() -> None:
    """The hall waits 15 minutes at least, one queue may have 5: only the second, longer named, cannot be kept."""
    trials, master = asked(hall(20), Target(wait=Duration(3600 * 5)), seed=1)
    master.requirements = ["wait", "wait [queue:a]"]
    master.at_most = np.array([1e9, 0.0])
    people, moved = master.fullest() or (None, None)
    assert people is not None and moved is not None
    worst = replace(trials.of(people, moved), excess=np.stack([np.full(master.sections, -1e9), np.full(master.sections, 1e9)]))
    assert master.clash([worst], np.zeros(2)) == ("wait [queue:a]",)


def test_a_budget_that_is_too_small_clashes_with_the_target_it_breaks() -> None:
    target = Target(wait=Duration(1800), queue="each")
    free = found(*asked(hall(), target)).best
    assert free is not None
    trials, master = asked(hall(), target, budget=free.cost - 10)
    joint = found(trials, master)
    assert joint.best is None
    assert "budget" in joint.clash
    assert any(words.startswith("wait at most 30 min, each queue") for words in joint.clash)


def test_a_margin_asks_for_more() -> None:
    trials, master = asked(hall(), Target(wait=Duration(3000), queue="each"))
    plain, safe = found(trials, master).best, found(trials, master, margin=30_000.0).best
    assert plain is not None
    assert safe is not None
    assert safe.cost >= plain.cost
    assert (safe.excess.sum(axis=1) <= -30_000 + 1e-6).all()


def test_sections_are_queues_that_share_somebody() -> None:
    plan = plan_of(hall())
    assert sections(staffing_case(plan, Prices()).instance, len(plan.classes)).tolist() == [0, 1]
    shared = plan_of(scenario(windows={"W1": "a b", "V1": "b"}, items={"x": {"route": {"s": counter("a"), "t": counter("b")}}}))
    assert sections(staffing_case(shared, Prices()).instance, len(shared.classes)).tolist() == [0, 0]


def test_hours_kept_hold_somebody_where_somebody_serves_today() -> None:
    trials, master = asked(hall(8), Target(wait=Duration(7200)), keep=True)
    best = found(trials, master).best
    assert best is not None
    on = np.einsum("gsw,st->t", best.people, trials.case.instance.covers.astype(int))
    now = np.einsum("gsw,st->t", trials.case.instance.today, trials.case.instance.covers.astype(int))
    assert ((on > 0) == (now > 0)).all()


# --- what a bound rests on ---------------------------------------------------------------------------------------

CHAINED = {(1, 1): 14, (1, 2): 12, (1, 3): 5, (2, 1): 8, (2, 2): 7, (2, 3): 4, (3, 1): 7, (3, 2): 6, (3, 3): 3}


class Chained:
    """Two queues in a chain, three people each; the wait at B, of 100 tickets, by people at A and B. One more never lengthens it."""

    def __init__(self) -> None:
        self.known: dict[tuple[bytes, bytes], Trial] = {}
        self.instance = Cover(
            sizes=np.array([3, 3]), names=("a", "b"), body=(("x", "p"), ("y", "p")), covers=np.array([[True]]), paid=np.array([40.0]),
            windows=np.array([3, 3]), window_names=("A", "B"), serves={(0, 0): frozenset({0}), (1, 1): frozenset({1})},
            required=np.zeros((2, 1), dtype=np.int64), hours=np.array([40.0]), today=np.zeros((2, 1, 2), dtype=np.int64),
            missing=20, training=2, change=0.0,
        )  # fmt: skip

    def of(self, people: np.ndarray, moved: np.ndarray) -> Trial:
        wait = CHAINED[int(people[0, 0, 0]), int(people[1, 0, 1])]
        excess, n = np.array([[0.0, (wait - 10.0) * 100]]), np.array([[0.0, 100.0]])
        worth = cost(self.instance, people, moved)
        return self.known.setdefault((people.tobytes(), moved.tobytes()), Trial(people, moved, excess, np.zeros(1), n, worth, True))

    def master(self) -> Master:
        limits = Limits(np.array([0, 1]), np.zeros((2, 1), dtype=bool), np.array([True, True]), None)
        return Master(self.instance, limits, ["wait at B at most 10"], np.array([10.0]))


@pytest.mark.parametrize("first", [[], [(1, 3)], [(3, 3), (1, 3)], [(3, 2), (1, 3)]])
def test_queues_in_a_chain_prove_no_bound_above_the_least_cost_and_no_clash(first: list[tuple[int, int]]) -> None:
    """Wait at B at most 10: two at A and one at B do, 120 hours; cuts by section say 160, or that nothing does."""
    trials, still = Chained(), np.zeros((2, 2), dtype=np.int64)
    master = trials.master()
    people = [np.array([[[a, 0]], [[0, b]]]) for a, b in first]
    joint = search(trials, master, np.zeros(1), [(p, still) for p in people], 50, 0.0)  # type: ignore[arg-type]
    answer, sure = proved_bound(trials, master)  # type: ignore[arg-type]
    assert sure
    assert answer is not None
    assert answer.values is not None
    assert answer.bound is not None
    assert answer.bound <= 120 + 1e-6
    if joint.best is not None and joint.best.cost > 120:
        assert answer.bound < joint.best.cost - 1


def test_searches_end_when_their_time_is_used_up_and_one_program_has_its_own() -> None:
    """No time at all: one staffing is simulated, no master is asked. A program of which nothing is known in time ends the search too."""
    trials, master = asked(hall(), Target(wait=Duration(3000), queue="each"))
    master.ends = 0.0
    joint = found(trials, master)
    assert (joint.late, joint.stopped, joint.trials, joint.bound, joint.clash) == (True, False, 1, None, ())
    assert joint.best is not None
    assert not joint.best.misses().any()
    master.steady = True
    assert not found(trials, master).late


def test_a_program_without_solution_in_time_ends_the_search_and_is_no_clash(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*args: object, **more: object) -> None:
        raise SolverFailed("HiGHS used up its limit of 10 without a solution; give it more time or a solution to start with")

    trials, master = asked(hall(), Target(wait=Duration(3000), queue="each"))
    first = ladder(master)
    monkeypatch.setattr("optimization.master.minimise", nothing)
    joint = search(trials, master, np.zeros(2), first, 400, 0.0)
    assert (joint.late, joint.bound, joint.clash) == (True, None, ())
    assert joint.best is not None
    assert proved_bound(trials, master)[0] is None
    assert master.recombined(list(trials.known.values()), np.zeros(2)) is None


def test_equal_people_in_a_section_with_another_excess_refute_that_sections_are_apart() -> None:
    trials, still = Chained(), np.zeros((2, 2), dtype=np.int64)
    for a in (1, 2):
        trials.of(np.array([[[a, 0]], [[0, 1]]]), still)
    # Section B has the same one person twice: both orders are looked at, and one is worse; section A: fewer people once, no excess.
    found = monotone(trials, trials.master())  # type: ignore[arg-type]
    assert (found.pairs, found.broken, found.equal, found.largest) == (3, 1, 1, pytest.approx(600 / 1000))
    whole = monotone(trials, trials.master(), whole=True)  # type: ignore[arg-type]
    assert (whole.pairs, whole.broken) == (1, 0)


def test_a_staffing_cheaper_than_the_bound_refutes_it() -> None:
    """That 1 at A and 3 at B fail, and 2 and 1 do not, is known; that (1, 2) and (3, 1) do not fail neither: infeasible by section."""
    trials, still = Chained(), np.zeros((2, 2), dtype=np.int64)
    trials.of(np.array([[[2, 0]], [[0, 1]]]), still)
    worse = trials.of(np.array([[[1, 0]], [[0, 1]]]), still)
    trials.known[b"B full", b""] = Trial(np.array([[[1, 0]], [[0, 3]]]), still, worse.excess, worse.spread, worse.n, 160.0, True)
    joint = search(trials, trials.master(), np.zeros(1), [], 50, 0.0)  # type: ignore[arg-type]
    assert joint.best is not None
    assert (joint.best.cost, joint.bound, joint.gap, joint.refuted, joint.clash) == (120.0, None, None, True, ())


def test_a_clash_that_rests_on_sections_apart_is_told_and_not_called_infeasible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clashing = Joint(None, None, 0, ("wait at most 60 min",), "HiGHS")
    monkeypatch.setattr("optimization.staffing.search", lambda *args, **more: clashing)
    problem = usual(hall()).model_copy(update={"targets": (Target(wait=Duration(3600)),)})
    solution = optimize_staffing(hall(), verbs.Settings(replications=2, days=3, store=tmp_path, workers=1), problem)
    assert (solution.status, solution.clash, solution.gap) == ("heuristic", (), None)
    assert solution.remarks[0][0].endswith("which is not proved, these cannot hold together: wait at most 60 min.")


def test_a_margin_is_at_most_the_half_width_and_of_one_cell_only_where_its_value_is_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = Target(wait=Duration(2400)), Target(wait=Duration(2400), queue="each")
    of = hall()
    trials, _ = asked(of, *targets)
    plan, still = plan_of(of), np.zeros((2, 2), dtype=np.int64)
    problem = usual(of).model_copy(update={"targets": targets})
    question = Question(problem, of, of.horizon, 1, plan, trials.case, verbs.Settings(store=tmp_path, workers=1))
    checked = {("wait_borne", "all"): (2000, 2600), ("wait_borne by queue", "queue:a"): (3000, 4000)}
    checked["wait_borne by queue", "queue:b"] = 2000, 5000
    rows = [{"measure": m, "group": g, "value": value, "high": high} for (m, g), (value, high) in checked.items()]
    monkeypatch.setattr("optimization.staffing.simulated", lambda *args: SimpleNamespace(rows=rows))
    best = trials.of(trials.case.instance.today, still)
    n = best.n.sum(axis=1)
    assert [cell for _, cell in trials.names] == ["all", "queue:a", "queue:b"]
    assert _lacking(question, best, trials).tolist() == [200 * n[0], 1000 * n[1], 0.0]


# --- tides, machines, files --------------------------------------------------------------------------------------


def test_tidal_windows_and_machines_stay_as_they_are_and_are_said() -> None:
    of = scenario(
        windows={"W1": "a", "W2": "a", "T1": "a"}, tides={"T1": ("5", "1")}, homes={"T1": "p"}, pools={"p": {"people": {"x": "2"}}},
        machines={"M1": "a"}, shifts={"M1": "9:00-17:00"}, days=2,
    )  # fmt: skip
    case = staffing_case(plan_of(of), Prices())
    assert case.members == (("of-W1", "of-W2"),)
    assert case.windows == (("W1", "W2"),)
    assert [en.split(" ", 1)[1] for en, _ in case.remarks] == [
        "tidal window(s) and their people stay as they are; the simulation opens and closes them.",
        "self-service machine(s) stay as they are.",
    ]
    fewer = case.instance.today.copy()
    fewer[0, 1, 0] = 0
    reform = as_reform(of, case, Covered(fewer, np.zeros((1, 1), dtype=np.int64), {}, np.zeros((0, 0))))
    assert reform is not None
    after = apply(of, reform)
    assert set(after.centre.windows) == {"W1", "T1", "M1"}
    assert set(after.centre.staff) == {"of-W1", "of-T1"}


def test_the_problem_that_ships_is_that_of_the_scenario_and_a_wrong_queue_is_refused(tmp_path: Path) -> None:
    tiny = verbs.load("tiny")
    assert problem_for("tiny", tiny).name == "tiny-staffing"
    assert problem_for("elsewhere.yaml", hall()) == usual(hall())
    text = (Path(__file__).parent.parent / "scenarios/problems/tiny-staffing.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("queue: each", "queue: licences"), encoding="utf-8")
    with pytest.raises(FileRefused, match="licence"):
        load_problem(wrong, StaffingProblem, tiny)
    wrong.write_text(text.replace("wait: 30 min", "wait: 30 min, walk_away: 0.1"), encoding="utf-8")
    with pytest.raises(FileRefused, match="asks one thing"):
        load_problem(wrong, StaffingProblem, tiny)


def test_the_answer_of_patient_people_is_proved_verified_and_reproduced_by_applying_the_reform(tmp_path: Path) -> None:
    of = hall()
    problem = usual(of).model_copy(
        update={"targets": (Target(wait=Duration(3600), queue="each"),), "search": usual(of).search.model_copy(
            update={"replications": Count(3), "gap": Share(0)}), "prices": Prices(change=Hours(0.1))}
    )  # fmt: skip
    told = verbs.Settings(replications=3, days=3, store=tmp_path, workers=1)
    solution = optimize_staffing(of, told, problem)
    assert solution.status == "proved"
    assert solution.reform is not None
    assert solution.bound == pytest.approx(solution.objective)
    assert dict(solution.model)["paid_hours_a_week"] < dict(solution.model)["paid_hours_a_week_today"]
    after = staffing_case(plan_of(apply(of, solution.reform)), Prices())
    assert float(np.einsum("gsw,s->", after.instance.today, after.instance.paid)) == dict(solution.model)["paid_hours_a_week"]
    worst = solution.verified[0]
    assert worst.target == 3600
    assert worst.group.startswith("queue:")
    assert any("failed in 0" in en and "of this sample of 3 replications alone" in en for en, _ in solution.remarks)
    assert solution.roster is not None
    assert solution.roster.differences == ()
