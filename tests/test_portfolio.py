"""Reform portfolio: the choice against brute force, shares against hand calculation, regret by hand, and the reform that comes out."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from functools import cache
from itertools import product
from json import loads
from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from typer.testing import CliRunner

from optimization.bundles import Band, Bundle, Floats, Ties, band, design, effects_of, fitted, predicted, shapley, shares, subsets
from optimization.choice import Candidate, Instance, best_choices, breaches, cost_of, front, gain_of, ready_of, robust
from optimization.flow import HARMS
from optimization.portfolio import Portfolio, optimize_portfolio
from optimization.portfolio_problem import PortfolioProblem
from optimization.problem import load_problem
from optimization.solvers import SolverFailed
from simulation.experiment import FRESH, Variant
from simulation.files import find
from simulation.reforms import apply
from simulation.scenario import seasoned
from simulation.units import Price
from simulation.verbs import Settings, load, load_reform, measures_named, rows_of
from workbench import figures
from workbench.cli import app
from workbench.findings import of_portfolio, under_stress
from workbench.portfolios import print_portfolio
from workbench.solutions import write_reform

FREE = Ties({}, frozenset())


def values(**game: float) -> dict[Bundle, Floats]:
    """Values of bundles of the letters a, b, c, in one replication."""
    found = {frozenset("abc".index(letter) for letter in name): np.array([v]) for name, v in game.items()}
    return {frozenset(): np.zeros(1)} | found


def test_shapley_of_the_glove_game_by_hand() -> None:
    """One left glove (a), two right ones (b, c), a pair is worth 6.

    Of the six orders a completes a pair in four (bac, bca, cab, cba), each worth 6: 24 / 6 = 4. b does in abc alone, c in acb: 1 each.
    """
    game = values(a=0, b=0, c=0, ab=6, ac=6, bc=0, abc=6)
    found = shapley(frozenset({0, 1, 2}), game, FREE)
    assert [float(found[i][0]) for i in range(3)] == pytest.approx([4, 1, 1])
    told = shares(frozenset({0, 1, 2}), game, FREE, "abc")
    assert [s.alone.value for s in told] == [0, 0, 0]
    assert [s.last.value for s in told] == [6, 0, 0]


def test_shapley_of_a_reform_that_needs_another() -> None:
    """b does nothing without a: v(a) = 4, v(ab) = 10. Orders ab: 4, 6; ba: 0, then a brings 10. So a has 7 and b has 3."""
    ties = Ties({1: frozenset({0})}, frozenset())
    game = values(a=4, ab=10)
    found = shapley(frozenset({0, 1}), game, ties)
    assert [float(found[i][0]) for i in range(2)] == [7, 3]
    assert [s.last.value for s in shares(frozenset({0, 1}), game, ties, "ab")] == [10, 6]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_shares_sum_to_the_bundle_in_every_replication(n: int) -> None:
    rng = np.random.default_rng(n)
    game = {b: rng.integers(-1000, 1000, 7).astype(float) if b else np.zeros(7) for b in subsets(range(n))}
    found = shapley(frozenset(range(n)), game, FREE)
    np.testing.assert_allclose(sum(found.values()), game[frozenset(range(n))], rtol=0, atol=1e-9)


def test_in_an_additive_game_each_has_his_own() -> None:
    own = np.array([[3.0, 5.0], [-2.0, 1.0], [7.0, 7.0]])
    game = {b: own[sorted(b)].sum(axis=0) for b in subsets(range(3))}
    found = shapley(frozenset(range(3)), game, FREE)
    for i in range(3):
        np.testing.assert_allclose(found[i], own[i], atol=1e-12)
    for share in shares(frozenset(range(3)), game, FREE, "abc"):
        assert share.shapley.value == pytest.approx(share.alone.value) == pytest.approx(share.last.value)


def test_interval_of_two_replications_by_hand() -> None:
    """Mean 2, deviation sqrt(2), error 1; t of one degree of freedom is 12.7062."""
    found = band(np.array([1.0, 3.0]))
    assert [found.low, found.high] == pytest.approx([2 - 12.7062, 2 + 12.7062], abs=1e-4)
    assert band(np.array([4.0])) == Band(4.0, None, None)


def test_effects_of_singles_and_pairs_are_the_plain_contrasts() -> None:
    """Five reforms: 1 + 5 + 10 bundles, 15 effects; the pair is v(ij) - v(i) - v(j)."""
    bundles, effects, rng = design(5, FREE), effects_of(5, FREE), np.random.default_rng(1)
    assert (len(bundles), len(effects)) == (16, 15)
    seen = {b: rng.normal(size=3) if b else np.zeros(3) for b in bundles}
    found = fitted(seen, effects)
    np.testing.assert_allclose(found[2], seen[frozenset({2})], atol=1e-9)
    pair = seen[frozenset({1, 3})] - seen[frozenset({1})] - seen[frozenset({3})]
    np.testing.assert_allclose(found[effects.index((1, 3))], pair, atol=1e-9)
    np.testing.assert_allclose(predicted({1, 3}, effects, found), seen[frozenset({1, 3})], atol=1e-9)


def test_a_design_keeps_to_what_hangs_together() -> None:
    """b needs a, and a and c exclude each other: b is never without a, and neither with c."""
    ties = Ties({1: frozenset({0})}, frozenset({frozenset({0, 2})}))
    assert {frozenset(b) for b in design(3, ties)} == {frozenset(), frozenset({0}), frozenset({2}), frozenset({0, 1})}
    assert effects_of(3, ties) == [(0,), (1,), (2,)]


def random_instance(rng: np.random.Generator) -> tuple[Instance, Floats]:
    n, periods = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    authorities = ("centre", "department", "city")
    candidates = tuple(
        Candidate(
            f"r{i}", int(rng.integers(0, 3)), int(rng.integers(0, 100)), int(rng.integers(-20, 60)), int(rng.integers(0, 3)),
            authorities[int(rng.choice(3, p=[0.6, 0.3, 0.1]))],
        )
        for i in range(n)
    )  # fmt: skip
    needs = {i: frozenset({int(rng.integers(0, i))}) for i in range(1, n) if rng.random() < 0.25}
    apart = {frozenset({i, k}) for i in range(n) for k in range(i) if rng.random() < 0.15}
    ties = Ties(needs, frozenset(apart))
    effects = tuple(effects_of(n, ties))
    gains = np.array([float(rng.integers(-40, 120)) if len(e) == 1 else float(rng.integers(-80, 80)) for e in effects])
    must = frozenset(i for i in range(n) if rng.random() < 0.1)

    def limit(share: float, most: int) -> int | None:
        return int(rng.integers(0, most)) if rng.random() < share else None

    least = limit(0.1, 150)
    return Instance(
        candidates, ties, effects, periods, 1.0, limit(0.7, 250), limit(0.3, 150), limit(0.4, 4), ("centre", "department"), must, least
    ), gains  # fmt: skip


def by_brute_force(instance: Instance, gains: Floats) -> tuple[int, int] | None:
    """Most gain, and least cost at it, over every beginning of every reform; None when nothing keeps the rules."""
    found = []
    for starts in product(*[[None, *range(instance.periods)] for _ in instance.candidates]):
        begins = {i: t for i, t in enumerate(starts) if t is not None}
        gain = gain_of(instance, begins, gains)
        if not breaches(instance, begins, gains):
            found.append((-gain, cost_of(instance, begins)))
    return None if not found else (-min(found)[0], min(found)[1])


@pytest.mark.parametrize("part", range(10))
def test_choice_is_that_of_brute_force(part: int) -> None:
    rng, infeasible, chosen = np.random.default_rng(1000 + part), 0, 0
    for _ in range(100):
        instance, gains = random_instance(rng)
        found, true = best_choices(instance, gains, 1)[0], by_brute_force(instance, gains)
        if true is None:
            assert (found.begins, found.status) == (None, "infeasible")
            assert found.answer.clash
            infeasible += 1
            continue
        assert found.begins is not None
        assert (found.gain, found.cost, found.status, found.bound) == (true[0], true[1], "proved", true[0])
        chosen += bool(found.begins)
    assert infeasible >= 5
    assert chosen >= 30


def small(**more: object) -> Instance:
    """Three reforms without lead time over one year: gains 100, 80, 60 less 50 for the first two together; 10, 10, 10 yuan."""
    candidates = tuple(Candidate(name, 0, 10, 0) for name in "abc")
    effects = ((0,), (1,), (2,), (0, 1))
    return Instance(candidates, FREE, effects, 1, 1.0, **more)  # type: ignore[arg-type]


GAINS = np.array([100.0, 80.0, 60.0, -50.0])


def test_a_pair_that_does_the_same_work_is_not_bought_twice() -> None:
    """For 20 yuan: a and c bring 160, a and b only 130, b and c 140; the next best bundles follow in this order."""
    found = best_choices(small(budget=20), GAINS, 3)
    assert [(sorted(c.bundle), c.gain) for c in found] == [([0, 2], 160), ([1, 2], 140), ([0, 1], 130)]


def test_what_gains_nothing_is_not_paid_for() -> None:
    assert best_choices(small(), np.array([0.0, 0.0, 5.0, 0.0]), 1)[0].bundle == {2}


def test_the_clash_is_named_and_nothing_else() -> None:
    instance = small(budget=15, must=frozenset({0, 2}), people=9, ask=("centre",))
    found = best_choices(instance, GAINS, 1)[0]
    assert found.status == "infeasible"
    assert {*found.answer.clash} == {"a is wanted", "c is wanted", "costs of at most 15 CNY over the calendar"}


def test_what_needs_another_begins_when_that_is_in_effect() -> None:
    """b (10 a period) needs a (1 a period, two periods of lead): b begins in period 2 and counts in 2 and 3; a counts in 2 and 3."""
    instance = Instance(
        (Candidate("a", 2, 5, 0), Candidate("b", 0, 5, 0)), Ties({1: frozenset({0})}, frozenset()), ((0,), (1,)), 4, 1.0
    )  # fmt: skip
    found = best_choices(instance, np.array([1.0, 10.0]), 1)[0]
    assert (found.begins, found.gain) == ({0: 0, 1: 2}, 22)


def test_regret_by_hand() -> None:
    """For 10 yuan one of a, b. Normal: a 100, b 90. Surge: a 20, b 70. Regret of a: 0 and 50; of b: 10 and 0. The robust choice is b."""
    instance = Instance(
        (Candidate("a", 0, 10, 0), Candidate("b", 0, 10, 0)), FREE, ((0,), (1,)), 1, 1.0, budget=10
    )  # fmt: skip
    gains = {"none": np.array([100.0, 90.0]), "surge": np.array([20.0, 70.0])}
    expected = best_choices(instance, gains["none"], 1)[0].begins
    assert expected == {0: 0}
    found = robust(instance, gains, "none", expected)
    assert (dict(found.begins), found.largest, found.status) == ({1: 0}, 10, "proved")
    assert dict(found.regrets) == {"none": (0, 10), "surge": (50, 0)}


def test_the_least_gain_is_asked_of_normal_weeks_alone() -> None:
    """At least 50 in normal weeks: a (100) or both (110). In a surge a loses 300 and both 280, so both is best there, and robust.

    Without the least, b alone gains 20 in a surge.
    """
    instance = Instance((Candidate("a", 0, 0, 0), Candidate("b", 0, 0, 0)), FREE, ((0,), (1,)), 1, 1.0, least=50)
    gains = {"none": np.array([100.0, 10.0]), "surge": np.array([-300.0, 20.0])}
    found = robust(instance, gains, "none", {0: 0})
    assert (dict(found.begins), found.largest, dict(found.regrets)) == ({0: 0, 1: 0}, 0, {"none": (10, 0), "surge": (20, 0)})
    assert [(dict(p.begins), p.regret) for p in front(instance, gains, "none")] == [({0: 0, 1: 0}, 0)]
    assert breaches(instance, {1: 0}, gains["none"]) == ["too little gain"]
    with pytest.raises(SolverFailed, match="no choice keeps the requirements"):
        robust(replace(instance, least=111), gains, "none", {0: 0})


def test_no_choice_that_keeps_the_least_gain_has_less_regret() -> None:
    """Against every beginning of every reform: the largest regret, and that the best of each scenario is of the same choices."""
    rng, binding, seen = np.random.default_rng(11), 0, 0
    while seen < 25:
        instance, normal = random_instance(rng)
        instance = replace(instance, least=int(rng.integers(0, 120)))
        gains = {"none": normal} | {f"s{k}": rng.integers(-120, 120, len(normal)).astype(float) for k in range(2)}
        starts = list(product(*[[None, *range(instance.periods)] for _ in instance.candidates]))
        every = [{i: t for i, t in enumerate(row) if t is not None} for row in starts]
        able = [begins for begins in every if not breaches(instance, begins, normal)]
        if not able:
            continue
        best = {name: max(gain_of(instance, begins, g) for begins in able) for name, g in gains.items()}
        lost = [max(best[name] - gain_of(instance, begins, g) for name, g in gains.items()) for begins in able]
        found = robust(instance, gains, "none", able[0])
        assert (found.largest, found.status) == (min(lost), "proved")
        assert max(mine for _, mine in found.regrets.values()) == min(lost) >= 0
        assert gain_of(instance, found.begins, normal) >= (instance.least or 0)
        seen += 1
        binding += len(able) < sum(not breaches(instance, begins) for begins in every)
    assert binding > 5


def test_the_front_is_that_of_all_choices() -> None:
    """Costs 0, 10, 20, 30 give at most 0, 100, 160, 190: all of them at once."""
    found = front(small(), {"none": GAINS}, "none")
    assert [(p.cost, p.gain, p.bound) for p in found] == [(0, 0, 0), (10, 100, 100), (20, 160, 160), (30, 190, 190)]


def test_points_of_the_front_are_not_beaten_by_any_choice() -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        instance, gains = random_instance(rng)
        for point in front(instance, {"none": gains}, "none"):
            for starts in product(*[[None, *range(instance.periods)] for _ in instance.candidates]):
                begins = {i: t for i, t in enumerate(starts) if t is not None}
                beside = cost_of(instance, begins) <= point.cost and ready_of(instance, begins) <= point.ready
                if beside and not breaches(instance, begins, gains):
                    assert gain_of(instance, begins, gains) <= point.gain


@cache
def asked() -> PortfolioProblem:
    return load_problem("tiny-portfolio", PortfolioProblem, load("tiny"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store, so that nothing is simulated twice."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def found(store: Path) -> Portfolio:
    return optimize_portfolio(load("tiny"), asked(), Settings(store=store, on="threads"))


def test_shares_of_the_simulated_bundle_sum_to_it(found: Portfolio) -> None:
    assert found.whole is not None
    assert len(found.shares) == len(found.begins) >= 2
    assert sum(s.shapley.value for s in found.shares) == pytest.approx(found.whole.value, rel=1e-12)


def test_the_reform_is_the_chosen_ones_one_after_the_other(found: Portfolio) -> None:
    reform = found.solution.reform
    assert reform is not None
    parts = [load_reform(asked().reforms[i]) for i in sorted(found.begins)]
    assert apply(load("tiny"), reform).centre == apply(load("tiny"), *parts).centre
    assert float(reform.cost.once) == sum(float(p.cost.once) for p in parts)
    assert reform.authority == "department"


def test_compare_confirms_the_verified_values(found: Portfolio, tmp_path: Path) -> None:
    """The reform file, simulated by itself on the same fresh replications, has the values that stand in the solution."""
    reform, scenario = found.solution.reform, load("tiny")
    assert reform is not None
    assert asked().horizon is not None
    path = write_reform(reform, tmp_path, "tiny")
    variant = Variant("again", "none", seasoned(apply(scenario, load_reform(path))))
    measures = measures_named([row.measure for row in found.solution.verified[1:]], "test")
    rows = rows_of(
        [variant], asked().horizon or scenario.horizon, 1, range(FRESH, FRESH + 6), measures, Settings(store=tmp_path, on="threads")
    )
    for row in found.solution.verified[1:]:
        again = rows[(rows["measure"] == row.measure) & (rows["group"] == row.group)]
        assert again["total"].sum() / again["n"].sum() == pytest.approx(row.value, rel=1e-12)


def test_gain_is_what_the_measures_are_worth(found: Portfolio) -> None:
    """The whole bundle gains what trips and days fell by, each at its price; means of replications stand close to sums over sums."""
    assert found.whole is not None
    fallen = {row.measure: -(row.difference or 0) for row in found.solution.verified}
    worth = sum(float(w.unit) * int(w.a_year) * fallen[w.measure] for w in asked().worth)
    assert found.whole.value == pytest.approx(worth, rel=0.05)


def test_what_the_whole_centre_pays_is_verified_beside_today_and_told_first(found: Portfolio) -> None:
    """Both who wait and who give up stand beside today; deciding at the window makes the wait of the tiny hall surely longer."""
    harm = {row.measure: row for row in found.solution.verified if row.group == "all" and row.measure in HARMS}
    assert set(harm) == set(HARMS)
    for row in harm.values():
        assert row.target == row.baseline and row.difference_low is not None and row.difference_high is not None
        assert row.verdict == ("met" if row.difference_high <= 0 else "missed" if row.difference_low > 0 else "undecided")
    assert harm["wait_mean"].verdict == "missed"
    assert "at the price of a mean wait in the whole centre" in of_portfolio(found)
    assert "代价是全中心平均等候延长" in of_portfolio(found, "zh")


def test_what_the_choice_does_under_a_stress_is_the_sum_of_its_effects_over_the_periods(found: Portfolio) -> None:
    """Twice the demand: what the model says of each period in effect, by hand; the headline tells what it misses, and who does better."""
    effects, length = found.effects["tiny-surge"], found.instance.year
    total = 0.0
    for p in range(found.instance.periods):
        on = {found.instance.candidates[i].name for i, t in found.begins.items() if t + found.instance.candidates[i].lead <= p}
        total += length * sum(effect.value for names, effect in effects.items() if set(names) <= on)
    assert under_stress(found)["tiny-surge"] == pytest.approx(total, abs=10)
    assert found.robust is not None
    missed, gain = found.robust.regrets["tiny-surge"][0], under_stress(found)["tiny-surge"]
    told = f"Under twice the demand it gains {gain:,.0f} CNY by the model, {missed:,.0f} less than the best there. Take the "
    assert f"{told}proposal where weeks like those of the baseline are expected, and Checked guides (period 1), " in of_portfolio(found)
    losing = replace(found, effects={"none": {}, "tiny-surge": {names: Band(-1000.0, None, None) for names in effects}})
    assert "Under twice the demand it loses" in of_portfolio(losing) and "期内损失" in of_portfolio(losing, "zh")


def test_command_writes_a_reform_that_passes_check_and_pictures(tmp_path: Path, store: Path) -> None:
    told = CliRunner().invoke(
        app, ["optimize", "portfolio", "tiny", "--json", "--out", str(tmp_path), "--store", str(store), "--on", "threads"]
    )
    assert told.exit_code == 0, told.output
    document = loads(told.stdout)
    assert document["status"] == "proved"
    assert {"objective", "bound", "gap", "backend", "seconds", "seed", "reform", "verified", "rules", "shares", "front"} <= document.keys()
    assert document["verified"][0]["measure"] == "portfolio_gain"
    for name in ("gain-shares", "portfolio-front", "reform-sequence"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "tiny-portfolio.yaml")])
    assert checked.exit_code == 0, checked.output


def test_command_names_the_clash_and_leaves_with_code_1_before_anything_runs(tmp_path: Path) -> None:
    text = find("tiny-portfolio", "problems").read_text(encoding="utf-8")
    path = tmp_path / "impossible.yaml"
    path.write_text(text.replace("budget: 30 kCNY", "budget: 1 kCNY").replace("best: 3", "must: [tiny-delegate]"), encoding="utf-8")
    told = CliRunner().invoke(app, ["optimize", "portfolio", "tiny", "--problem", str(path), "--store", str(tmp_path / "s")])
    assert told.exit_code == 1, told.output
    assert "The window decides is wanted" in told.output
    assert "costs of at most 1,000 CNY over the calendar" in told.output
    assert "exclude" not in told.output
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pictures_say_what_they_show(found: Portfolio, language: str) -> None:
    zh = language == "zh"
    shares = figures.gain_shares(found, language)
    names = [t.get_text() for t in shares.axes[0].get_yticklabels()]
    assert names[:-1] == [found.titles[s.reform][zh] for s in found.shares]
    assert found.whole is not None
    wide = [box.get_width() for box in shares.axes[0].patches if isinstance(box, Rectangle)]
    assert wide == pytest.approx([v / 1000 for v in [*(s.shapley.value for s in found.shares), found.whole.value]])
    assert len(figures.sequence(found, 90, language).axes[0].get_yticklabels()) == 3
    front_ = figures.choices_front(found, language)
    assert "30" in "".join(text.get_text() for text in front_.axes[0].texts if text.get_text().startswith(("budget", "预算")))
    chosen = ("、" if zh else ", ").join(found.titles[found.instance.candidates[i].name][zh] for i in sorted(found.begins))
    legend = [text.get_text().replace("\n", " " if not zh else "") for one in front_.legends for text in one.get_texts()]
    assert any(chosen in text for text in legend)
    for figure in (shares, front_):
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a letter that the font lacks
            figure.canvas.draw()
        small = figure.texts[-1].get_text().replace("\n", "" if zh else " ")
        words = ("逐项95%区间", "不保证同时成立") if zh else ("Single 95 % intervals", "need not hold together")
        assert all(one in small for one in words)
    lines = front_.axes[0].lines
    assert sum(np.size(line.get_xdata()) == 1 for line in lines) >= len(found.front)


def test_text_in_both_languages(found: Portfolio, capsys: pytest.CaptureFixture[str]) -> None:
    for language, words in (("en", "Shapley value"), ("zh", "沙普利值")):
        print_portfolio(found, asked(), load("tiny"), as_json=False, language=language)
        told = capsys.readouterr().out
        assert words in told
        assert f"{found.solution.objective:,.0f}" in told


def test_no_gain_of_the_front_is_printed_above_its_bound(found: Portfolio, capsys: pytest.CaptureFixture[str]) -> None:
    """By replications, not rounded in each period, the gain may be a yuan above the bound: it is the model's own that is printed."""
    above = tuple(Band(p.gain + 1.0, p.gain - 9.0, p.gain + 11.0) for p in found.front)
    print_portfolio(replace(found, services=above), asked(), load("tiny"), as_json=False, language="en")
    lines = re.findall(r"gain ([\d,-]+), bound ([\d,-]+), interval \[([\d,-]+) \.\. ([\d,-]+)\]", capsys.readouterr().out)
    told = [tuple(int(number.replace(",", "")) for number in line) for line in lines]
    assert told == [(p.gain, p.bound, p.gain - 9, p.gain + 11) for p in found.front]
    assert all(gain <= bound for gain, bound, _, _ in told) and told


def test_the_choice_at_the_end_of_a_price_is_that_of_a_problem_with_this_price(found: Portfolio, store: Path) -> None:
    """Both prices of the tiny problem have a range: four ends; at each the model's best is what the problem with that price gives."""
    problem, told = asked(), {(r.measure, r.price): r for r in found.repriced}
    ends = {(w.measure, float(e)) for w in problem.worth for e in (w.unit.low, w.unit.high) if e is not None}
    assert set(told) == ends and len(ends) == 4
    model = max(found.tried, key=lambda t: t.chosen.gain or 0).reforms
    assert all(r.same == (r.reforms == model) for r in found.repriced)
    for k, worth in enumerate(problem.worth):
        assert worth.unit.low is not None
        low = worth.model_copy(update={"unit": Price(worth.unit.low)})
        other = problem.model_copy(update={"worth": tuple(low if j == k else w for j, w in enumerate(problem.worth)), "stresses": ()})
        again = optimize_portfolio(load("tiny"), other, Settings(store=store, on="threads"))
        assert max(again.tried, key=lambda t: t.chosen.gain or 0).reforms == told[worth.measure, float(worth.unit.low)].reforms
