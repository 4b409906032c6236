"""Department merging: rules by name, their prices, the smallest clash, weights from logs, and the reform that comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from strategies import counter, scenario, task
from typer.testing import CliRunner

from optimization import merging
from optimization.bodies import Bodies, Partitioned, bodies_of, breaches
from optimization.fourwords import OWNED, Point, on_front
from optimization.merging import Merger, Named, Proposal, as_reform, clash, instance, prices_of, rules_of
from optimization.merging_problem import MergingProblem
from optimization.partition import partition
from optimization.problem import load_problem
from optimization.solution import Solution
from optimization.weights import COMPONENTS, Measured, Weights, measured, weights
from simulation.errors import FileRefused
from simulation.frozen import Title
from simulation.measures.view import View
from simulation.reforms import apply
from simulation.scenario import Scenario
from simulation.units import Count
from simulation.verbs import Settings, load, load_reform, log_of
from workbench.cli import app
from workbench.mergers import counted_twice, print_merger
from workbench.solutions import write_reform


@cache
def hall() -> Scenario:
    return load("district-hall")


@cache
def asked() -> MergingProblem:
    return load_problem("district-hall-merging", MergingProblem, hall())


def seen(**pairs: tuple[str, str, float, float]) -> Measured:
    """Hand-overs and hours they lie, a year, of a few pairs."""
    names = tuple(hall().centre.departments)
    handed, lain = np.zeros((2, len(names), len(names)))
    for a, b, times, hours in pairs.values():
        handed[names.index(a), names.index(b)], lain[names.index(a), names.index(b)] = times, hours
    return Measured(names, handed, lain, {("signboard", "look-planning"): 500.0}, 1000.0)


def plain(money: np.ndarray) -> Weights:
    """Weights that are nothing but these sums of money."""
    n = len(money)
    parts = {c: np.zeros((n, n)) for c in COMPONENTS} | {"waiting": money}
    return Weights(tuple("abcdefgh"[:n]), np.ones(n), parts, {}, np.zeros((n, n)), 1.0)


def rule(words: str, **adds: object) -> Named:
    return Named(Title(en=words, zh=words), adds)


def all_partitions(n: int) -> Iterator[Bodies]:
    rows = [(0,)]
    for _ in range(n - 1):
        rows = [(*row, k) for row in rows for k in range(max(row) + 2)]
    return (bodies_of(np.array(row)) for row in rows)


def test_weights_by_hand() -> None:
    """City management and land, by hand.

    400 files a year that lie 1,000 h in all: 400 x 40 min = 266.7 h and 1,000 x 8 = 8,000 CNY; 500 opinions on signboards of median 18 min
    and cv 0.6: 500 x 18 x sqrt(1.36) / 60 = 174.9 h; 60 h of span; officers 3 and 25, dip 0.2 x 120 d x 250 / 365 x 8 h / 10 years =
    13.15 h each: 368.2 h; 120,000 CNY over ten years.
    """
    found = weights(
        hall(),
        asked(),
        seen(there=("city-management", "natural-resources", 300, 700), back=("natural-resources", "city-management", 100, 300)),
    )
    a, b = (found.names.index(n) for n in ("city-management", "natural-resources"))
    told = {c: float(part[a, b]) for c, part in found.parts.items()}
    assert told["handing"] == pytest.approx(266.667, abs=1e-3) and told["waiting"] == pytest.approx(8000)
    assert told["duplicates"] == pytest.approx(500 * 18 * 1.36**0.5 / 60) and told["span"] == -60 and told["overlaps"] == 0
    assert told["transition"] == pytest.approx(-28 * 0.2 * 120 * 250 / 365 * 8 / 10) and told["merger"] == -12_000
    likeness = {c: float(part[a, b]) for c, part in found.likeness.items()}
    mean = (0.25 * likeness["matters"] + 0.15 * likeness["applicants"]) / 0.4
    assert found.similarity[a, b] == pytest.approx(mean)
    assert told["similarity"] == pytest.approx(200 * mean) and told["specialisation"] == pytest.approx(-(1 - mean) * 3 * 16)
    hours = sum(v for c, v in told.items() if c not in ("waiting", "merger"))
    assert found.money[a, b] == pytest.approx(72 * hours + 8000 - 12_000)
    assert all(np.allclose(part, part.T) and not part.diagonal().any() for part in found.parts.values())


def test_hand_overs_of_the_log_are_counted_between_the_departments_that_the_route_names() -> None:
    """Every run of a signboard goes from city management to planning or back; nothing is handed over by departments that share no item."""
    log = log_of(hall(), Settings(days=5), 3)
    found = measured(hall(), [log])
    a, b, tax = (found.names.index(n) for n in ("city-management", "natural-resources", "tax"))
    assert found.handed[a, b] > 0 and found.handed[b, a] > 0 and found.lain[a, b] > 0
    assert not found.handed[tax].any() and not found.handed.diagonal().any()
    assert found.opinions["signboard", "look-planning"] > 0 and found.decided > 10_000
    twice = measured(hall(), [log, log])
    assert np.allclose(twice.handed, found.handed), "a year is a year, however many logs"


def test_a_run_to_two_departments_is_one_hand_over() -> None:
    """d sends one file to e and f at once, and both send it back in one run: two hand-overs a case, whatever lies lies once."""
    send, back = {"kind": "transfer", "after": ["look-d"]}, {"kind": "transfer", "after": ["look-e", "look-f"]}
    route = {
        "accept": counter("a"), "look-d": task("d"), "send": send, "look-e": {**task("e"), "after": ["send"]},
        "look-f": {**task("f"), "after": ["send"]}, "back": back, "decide": {**task("d", decides=True), "after": ["back"]},
    }  # fmt: skip
    centre = scenario(
        route=route, needs={"n": {"rate": "6 per day"}}, days=4, item={"promise_wd": "5"},
        pools={d: {"department": d, "people": {d: "3"}} for d in "def"},
        site={"transfers": [{"leaves": "11:30", "arrives": "13:30"}]},
        centre={"departments": {d: {"title": {"en": d, "zh": d}} for d in "def"}},
    )  # fmt: skip
    log = log_of(centre, Settings(), 3)
    found, year = measured(centre, [log]), 250 / View(log).working_days
    step = log.events["step"].astype(str)
    ended = log.events["end"] >= 0
    runs = {n: float((ended & (step == n)).sum()) for n in ("send", "back")}
    assert found.handed[0].sum() == pytest.approx(year * (ended & (step == "look-e")).sum()) and runs["send"] > 0
    assert found.handed[:, 0].sum() == pytest.approx(year * (ended & (step == "decide")).sum()) and runs["back"] > 0
    assert found.handed[0, 1] == found.handed[0, 2] and found.lain[0, 1] == found.lain[0, 2] > 0


def test_a_proposal_that_simulation_prefers_is_held_against_the_bound_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second best partition is best of those that differ from the first, and lies below the bound of all: `bounded`, with a gap."""
    front: list[str] = []
    monkeypatch.setattr(merging, "best", lambda *_, **__: SimpleNamespace(front=tuple(front)))
    monkeypatch.setattr(merging, "_verified", lambda *_: ((), ()))
    monkeypatch.setattr(merging, "prices_of", lambda *_: ((), True))
    few = asked().model_copy(update={"proposals": Count(2)})
    front[:] = ["district-hall-merging-2"]
    second = merging.optimize_merging(hall(), few, Settings(days=4))
    front[:] = ["district-hall"]
    first = merging.optimize_merging(hall(), few, Settings(days=4))
    assert first.solution.status == "proved" and first.solution.bound == pytest.approx(first.solution.objective)
    assert (second.solution.status, second.solution.bound) == ("bounded", first.solution.bound)
    assert second.solution.objective == second.proposals[1].answer.value
    assert second.solution.gap == pytest.approx(first.solution.bound / second.solution.objective - 1) and second.solution.gap > 1e-6
    leads = [sum("today is in front" in en for en, _ in one.solution.remarks) for one in (first, second)]
    assert leads == [1, 0] and all("without an interval" in one.solution.remarks[0][0] for one in (first, second))


@pytest.mark.parametrize("at", ["the search", "the pricing"])
def test_what_ctrl_c_ended_is_told(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    search = merging.best_partitions

    def stopped(*told: Any, **named: Any) -> list[Partitioned]:
        return [replace(answer, stopped=at == "the search") for answer in search(*told, **named)]

    priced = list[int]()
    monkeypatch.setattr(merging, "best", lambda *_, **__: SimpleNamespace(front=("district-hall",)))
    monkeypatch.setattr(merging, "_verified", lambda *_: ((), ()))
    monkeypatch.setattr(merging, "best_partitions", stopped)
    none = Partitioned("bounded", None, None, 1.0, "by hand", stopped=True)
    monkeypatch.setattr(merging, "partition", lambda *_, **__: priced.append(1) or none)
    few = asked().model_copy(update={"proposals": Count(1)})
    solution = merging.optimize_merging(hall(), few, Settings(days=1)).solution
    assert f"{at} " in solution.remarks[0][0].lower() and "stopped by hand" in solution.remarks[0][0]
    assert (len(priced), solution.why) == (0 if at == "the search" else 1, ())
    monkeypatch.undo()
    monkeypatch.setattr(merging, "partition", lambda *_, **__: none)
    with pytest.raises(KeyboardInterrupt):
        clash(plain(np.zeros((2, 2))), [rule("one", least=3)])


def point(name: str, lead: float | None, owned: float | None) -> Point:
    figures = {("lead_wd", "all"): {"value": lead}, ("late_days_owned", "all"): {"value": owned}}
    return Point(name, 3, None, None, figures, () if lead is not None else ("lead_wd",))


def test_no_late_case_leaves_nothing_unowned_and_no_decision_is_no_speed() -> None:
    """Of three with as many bodies: 4 days with no late case beat 5 with all owned and 4 with half owned; who decides nobody is off."""
    found = on_front([point("none late", 4, None), point("slower", 5, 1.0), point("half", 4, 0.5), point("nobody", None, None)])
    assert [p.front for p in found] == [True, False, False, False]
    assert any("lead_wd" in en for en, _ in merging.remarks_of(False, found))


def test_prices_of_rules_are_differences_of_optima_by_brute_force() -> None:
    """All 52 partitions of five, with and without each rule."""
    rng = np.random.default_rng(11)
    for _ in range(20):
        raw = np.triu(rng.normal(10, 100, (5, 5)), 1)
        found = plain(raw + raw.T)
        rules = [
            rule("apart", apart=((0, 1),)),
            rule("alone", alone=(2,)),
            rule("span", span=3),
            rule("least", least=2),
            rule("most", most=4),
        ]
        best = {
            k: max(
                sum(found.money[i, j] for body in p for i in body for j in body if i < j)
                for p in all_partitions(5)
                if not breaches(instance(found, [r for n, r in enumerate(rules) if n != k]), p)
            )
            for k in range(-1, len(rules))
        }
        answer = partition(instance(found, rules))
        assert answer.value == pytest.approx(best[-1])
        rows = prices_of(found, rules, answer)[0]
        told = {row.rule: row.saving or 0.0 for row in rows}
        assert {row.price for row in rows} <= {None}  # what leaving a rule out saves is no price of a unit of it
        for k, one in enumerate(rules):
            assert told.get(one.words.en, 0.0) == pytest.approx(best[k] - best[-1], abs=0.5)


def test_the_clash_is_smallest_and_its_own() -> None:
    """a and b together, b and c together, a and c apart cannot be; a limit of heads and a lonely d have nothing to do with it."""
    found = plain(np.zeros((5, 5)))
    rules = [
        rule("d alone", alone=(3,)), rule("ab", together=((0, 1),)), rule("four heads", most_heads=4), rule("bc", together=((1, 2),)),
        rule("ac", apart=((0, 2),)), rule("at least 2", least=2),
    ]  # fmt: skip
    assert partition(instance(found, rules)).status == "infeasible"
    assert [words.en for words in clash(found, rules)] == ["ab", "bc", "ac"]
    few = [rule("two heads", most_heads=2), rule("d alone", alone=(3,)), rule("two bodies", most=2)]
    assert [words.en for words in clash(found, few)] == ["two heads", "two bodies"]


def test_rules_name_law_and_wish_and_keep_who_regulates_apart() -> None:
    rules = rules_of(hall(), asked())
    said = [r.words.en for r in rules]
    assert sum("is not transferable" in words for words in said) == 5
    told = [r.words.zh for r in rules]
    assert "公安局的职权不得划转：公安权力，行政许可法第二十五条将限制人身自由的强制措施排除在外；使用专网" in told
    assert sum("的职权不得划转：" in words for words in told) == 5
    assert not any("stays as it is" in words for words in said if "Public security" in words)
    bare = rules_of(hall(), asked().model_copy(update={"alone": {}}))
    assert any("职权不得划转：police power" in r.words.zh for r in bare), "a reason in one language is better than none"
    assert any("Finance stays as it is" in words for words in said) and "at most 18 bodies" in said
    item = hall().centre.items["signboard"].model_copy(update={"regulator": "market"})
    centre = hall().centre.model_copy(update={"items": {**hall().centre.items, "signboard": item}})
    watched = rules_of(hall().model_copy(update={"centre": centre}), asked())
    names = tuple(centre.departments)
    pair = (names.index("city-management"), names.index("market"))
    assert any(r.adds.get("apart") == (pair,) and "regulates" in r.words.en for r in watched)


def test_a_partition_becomes_a_reform_that_merges_just_its_bodies() -> None:
    names = tuple(hall().centre.departments)
    at = names.index
    heads = np.array([len(names) - k for k in range(len(names))], dtype=float)
    bodies = (
        (at("natural-resources"), at("city-management")),
        *((k,) for k in range(len(names)) if names[k] not in ("natural-resources", "city-management")),
    )
    reform = as_reform(hall(), asked(), names, heads, tuple(sorted(bodies)), 1)
    assert reform is not None and len(reform.edits) == 1
    assert float(reform.cost.once) == 120_000 and reform.authority == "city"
    after = apply(hall(), reform).centre
    assert set(names) - set(after.departments) == {"city-management"}
    assert "look-planning" not in after.items["signboard"].route
    assert as_reform(hall(), asked(), names, heads, tuple((k,) for k in range(len(names))), 1) is None


def test_a_body_of_three_costs_two_mergers() -> None:
    """Two departments join the largest: 2 x 120,000 CNY, not one for each of the three pairs."""
    names = tuple(hall().centre.departments)
    three = [k for k, n in enumerate(names) if hall().centre.departments[n].transferable][:3]
    bodies = tuple(sorted([tuple(three), *((k,) for k in range(len(names)) if k not in three)]))
    reform = as_reform(hall(), asked(), names, np.ones(len(names)), bodies, 1)
    assert reform is not None and (float(reform.cost.once), reform.cost.once.low, reform.cost.once.high) == (240_000, 120_000, 800_000)


def test_what_the_model_counts_for_each_pair_is_told_of_a_body_of_three_only(capsys: pytest.CaptureFixture[str]) -> None:
    """Three departments, merging at 12,000 CNY a year for two, dips of 10 h each at 72 CNY: the pairs count 36,000 and 60 h.

    Two join and each dips once: 24,000 and 30 h. Too much: 12,000 + 30 x 72 = 14,160.
    """
    names = tuple(list(hall().centre.departments)[:4])
    apart = 1 - np.eye(4)
    parts = {c: np.zeros((4, 4)) for c in COMPONENTS} | {"merger": -12_000 * apart, "transition": -20 * apart, "waiting": 50_000 * apart}
    found = Weights(names, np.ones(4), parts, {}, np.zeros((4, 4)), 72.0)

    def merger(*bodies: tuple[str, ...]) -> Merger:
        answer = Partitioned("proved", None, 100.0, 100.0, "by hand", 0)
        shown = Proposal(None, bodies, answer, {})
        return Merger(Solution("proved", 100.0, 100.0, 0.0, "by hand", 1, None), found, (shown,), (), (), None, ())

    three, two = merger(names[:3], names[3:]), merger(names[:2], names[2:])
    assert counted_twice(three, three.proposals[0]) == pytest.approx(14_160) and counted_twice(two, two.proposals[0]) == 0
    for language, words in (("en", "14,160 CNY a year too low"), ("zh", "少算14,160元/年")):
        print_merger(three, asked(), hall(), as_json=False, language=language)
        assert words in capsys.readouterr().out
        print_merger(two, asked(), hall(), as_json=False, language=language)
        assert words.split(" ")[0] not in capsys.readouterr().out


def test_the_file_of_the_reform_reads_back_as_the_same_change(tmp_path: Path) -> None:
    """So that `compare` runs the very scenario that was verified."""
    names, at = tuple(hall().centre.departments), tuple(hall().centre.departments).index
    joined = (at("natural-resources"), at("city-management"))
    bodies = tuple(sorted([tuple(sorted(joined)), *((k,) for k in range(len(names)) if k not in joined)]))
    reform = as_reform(hall(), asked(), names, np.ones(len(names)), bodies, 1)
    assert reform is not None
    read = load_reform(write_reform(reform, tmp_path, "district-hall"))
    assert apply(hall(), read) == apply(hall(), reform)


def test_a_problem_that_does_not_fit_is_refused_with_all_its_flaws(tmp_path: Path) -> None:
    text = Path("scenarios/problems/district-hall-merging.yaml").read_text(encoding="utf-8")
    wrong = text.replace("finance:", "finances:").replace("[water, agriculture]", "[water, water]").replace("span: 3", "span: 0")
    file = tmp_path / "wrong.yaml"
    file.write_text(wrong.replace("[look-planning]", "[leader, nobody]").replace("{most: 18}", "{least: 20, most: 18}"), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        load_problem(file, MergingProblem, hall())
    said = [(p.where.rsplit(": ", 1)[-1], p.found) for p in refused.value.problems]
    assert {found for _, found in said} >= {"finances", "water", "nobody", "0", "18"}


SMALL = """
kind: merging_problem
schema: 1
name: small
title: {en: One body of two, zh: 二合一}
question: {en: Which become one?, zh: 哪些合并？}
baseline: tiny
apart:
  - {bodies: [market, security], because: {en: they watch each other, zh: 相互监督}}
most_heads: 1000
span: 2
bodies: {least: 1, most: 1}
prices: {hour: 72 CNY, waiting: 8 CNY, handing: 40 min, similar: 200 h, span: 60 h, specialist: 16 h, merger: 120 kCNY, years: 10}
"""


def test_impossible_wishes_come_back_as_the_clash_without_a_simulation(tmp_path: Path) -> None:
    """Two departments, one body at most, and these two apart: both rules are needed for the clash; heads, span and least are not."""
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    for language, wanted in (
        ("zh", ["市场监管局与公安局不得合并：相互监督", "部门不多于1个"]),
        ("en", ["Market regulation and Public security stay apart: they watch each other", "at most 1 bodies"]),
    ):
        told = ["--problem", str(file), "--days", "2", "--language", language, "--store", str(tmp_path / "store")]
        found = CliRunner().invoke(app, ["optimize", "merging", "tiny", *told])
        assert found.exit_code == 1, found.output
        assert [line.removeprefix("  - ") for line in found.output.splitlines() if line.startswith("  - ")] == wanted
        assert ("无可行方案" if language == "zh" else "infeasible") in found.output
        assert not (tmp_path / "store").exists(), "nothing was simulated beside today"
    file.write_text(SMALL.replace("most: 1}", "most: 2}"), encoding="utf-8")
    able = CliRunner().invoke(app, ["optimize", "merging", "tiny", "--replications", "2", *told])
    assert able.exit_code == 0 and "infeasible" not in able.output, "with two bodies there is an answer, in a hall without joint items"


def test_owned_late_days_are_the_sum_over_departments() -> None:
    from simulation.measures import CATALOGUE

    view = View(log_of(hall(), Settings(days=5), 3))
    parts, whole = CATALOGUE["late_days_by_department"].rows(view), OWNED.rows(view)
    assert whole.total[0] == pytest.approx(sum(parts.total)) and whole.n[0] == parts.n[0] and whole.total[0] <= whole.n[0]
