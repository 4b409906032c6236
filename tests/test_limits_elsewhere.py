"""What is simulated beside a certificate: people added, paired with today's, and variants that have a replication each."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_limits import ITEM, hall, problem

from optimization import limits_centre
from optimization.kept import Counts
from optimization.limits import least_to_tell, optimize_limits
from optimization.limits_centre import STRESSED
from optimization.limits_elsewhere import less
from optimization.promised import least_runs
from simulation import verbs
from simulation.experiment import Variant, run_variants
from simulation.measures import CATALOGUE
from simulation.reforms import apply
from simulation.scenario import Scenario
from simulation.store import Store
from workbench.certified import announced, print_limits


def test_a_paired_difference_of_a_hand_count() -> None:
    """450, 500, 400, 450 of 1,000 against 400, 420, 380, 400: .05, .08, .02, .05; t(3; .975) = 3.1824 times .0245 / 2 around it."""
    due, more, fewer = np.full((4, 1), 1000), np.array([[450], [500], [400], [450]]), np.array([[400], [420], [380], [400]])
    found = less(Counts(more, due), Counts(fewer, due), 0, 0.95)
    half = 3.1824 * 0.0244949 / 2
    assert (found.value, found.low, found.high) == pytest.approx((0.05, 0.05 - half, 0.05 + half), abs=1e-4)


def test_variants_apart_have_a_replication_each_and_are_what_each_is_alone(tmp_path: Path) -> None:
    scenario, measures = verbs.load("tiny"), [CATALOGUE["on_time_promise"]]
    variants = [Variant(name, "none", scenario) for name in ("a", "b", "c")]
    horizon = scenario.horizon
    rows = run_variants(variants, horizon, 1, [7, 8, 9], measures, Store(tmp_path), workers=1, apart=True)
    assert rows[["scenario", "replication"]].drop_duplicates().to_numpy().tolist() == [["a", 7], ["b", 8], ["c", 9]]
    alone = run_variants(variants[1:2], horizon, 1, [8], measures, Store(tmp_path), workers=1, fresh=True)
    assert rows[rows["scenario"] == "b"].reset_index(drop=True).equals(alone)


# --- what can show nothing is told and not simulated -----------------------------------------------------------------


def two(idle: float) -> Scenario:
    """The hall whose law is known with a second item like its licence: the error of 5 % is halved, and nine in ten need 36, not 29."""
    told = hall(idle).model_dump(mode="json", by_alias=True, exclude_unset=True)
    told["centre"]["items"]["second"] = told["centre"]["items"][ITEM]
    told["world"]["needs"]["again"] = {**told["world"]["needs"]["start-trade"], "items": ["second"]}
    return Scenario.model_validate(told)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """First replication and number of all simulations of limits, by block."""
    told: list[tuple[int, int]] = []
    rows = limits_centre.Centre.rows

    def watched(self: limits_centre.Centre, variants: Any, replications: Any, *more: Any, **apart: Any) -> Any:
        told.append((replications[0], len(replications)))
        return rows(self, variants, replications, *more, **apart)

    monkeypatch.setattr(limits_centre.Centre, "rows", watched)
    return told


def test_replications_needed_are_those_of_the_divided_error() -> None:
    """Without a late case R replications show error^(1/R): .9 at .05 / 2 from 36 on, at .05 / 37 from 63, at .05 / 4 (watched) from 42."""
    scenario, asked = two(0.05), problem()
    assert [least_runs(scenario, asked, n) for n in (1, 2, 37)] == [29, 36, 63]
    watched = scenario.model_copy(update={"centre": scenario.centre.model_copy(update={"supervision": (object(),)})})
    assert least_runs(watched, asked, 1) == 42
    for n, needs in ((35, False), (36, True)):
        assert ((0.05 / 2) ** (1 / n) >= 0.9) == needs


def test_a_share_not_asked_may_be_shown_where_the_one_asked_is_not() -> None:
    """Of 20 replications without a late case nine in ten of one item need 29; where 99 in 100 are asked of it these are worth running."""
    due = np.full((20, 64), 50)
    counts = {"a": Counts(due, due)}
    assert least_to_tell(counts, {"a": 20}, 0.99, 0.05, 0.05, feedback=False) == 29
    assert least_to_tell(counts, {"a": 20}, 0.99, 0.05, 0.05, feedback=True) == 299
    assert least_to_tell(counts, {"a": 20}, 0.9, 0.05, 0.05, feedback=False) == 29


def test_a_certificate_that_can_show_no_limit_is_not_simulated(tmp_path: Path, ran: list[tuple[int, int]]) -> None:
    """32 replications would do for one item; two are claimed."""
    found = optimize_limits(two(0.05), problem(replications="32"), verbs.Settings(store=tmp_path, workers=1, engine="compiled"))
    assert ran == [(0, 5)], "those that choose, and no others"
    assert (found.status, found.reform, found.attempts) == ("heuristic", None, 0)
    assert {p.note for p in found.promised} == {
        "not simulated on fresh replications: 32 could show no more than 89.1%; 36 are needed"
    }  # fmt: skip
    assert found.remarks[0][0] == "32 replications can show no limit here: 90% needs 36; not simulated."


def test_stresses_and_worlds_that_can_show_no_limit_are_not_simulated(
    tmp_path: Path, ran: list[tuple[int, int]], capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    """A fifth lies idle for four days, so that four can be promised; 30 replications elsewhere are six too few for two items.

    With more people they show no limit either, but what the people add, so that these are simulated.
    """
    asked = problem(stresses=["tiny-surge"], stressed="30", worlds="30", heads=["1"])
    scenario, settings = two(0.2), verbs.Settings(store=tmp_path, workers=1, engine="compiled")
    found = optimize_limits(scenario, asked, settings)
    assert [n for _, n in ran] == [5, 40, 30]
    assert [p.limit_wd for p in found.promised] == [4, 4] and all(p.only_in_normal_weeks and p.staffing for p in found.promised)
    assert [(h.name, h.shown, h.share) for h in found.promised[0].held] == [(n, "not shown", None) for n in ("tiny-surge", "ranges")]
    assert [english for english, _ in found.remarks if "can show no limit" in english] == [
        "30 worlds can show no limit here: 90% needs 36; not simulated.",
        "30 replications under stress can show no limit here: 90% needs 36; not simulated.",
        "30 replications with more people can show no limit here: 90% needs 36.",
    ]
    ran.clear()
    enough = problem(stresses=["tiny-surge"], stressed="36", worlds="0", heads=["1"])
    again = optimize_limits(scenario, enough, settings)
    assert [n for _, n in ran] == [5, 40, 36, 36] and all(p.staffing and p.held[0].share for p in again.promised)
    for language, words in (("en", "– on time"), ("zh", "按时率–")):
        print_limits(found, scenario, as_json=False, language=language)
        shown = capsys.readouterr().out
        assert words in shown and "worst of 0" not in shown and "0个世界" not in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("takes 36 replications at least where all 2 items share the error, 29 for one item", "40 to certify, 50 under each stress.")),
     ("zh", ("至少须重复36次（2个事项分担误差；仅一个事项时29次）", "验证40次、各压力情景50次。"))],
)  # fmt: skip
def test_what_the_replications_can_show_is_said_before_anything_runs(language: str, words: tuple[str, ...]) -> None:
    asked = problem(stresses=["tiny-surge"], stressed="50", worlds="0")
    told = announced(two(0.05), asked, verbs.Settings(), language)
    assert all(one in told for one in words)
    assert "7 to certify" in announced(two(0.05), problem(items=[ITEM]), verbs.Settings(replications=7), "en")
    assert "share the error" not in announced(two(0.05), problem(items=[ITEM]), verbs.Settings(), "en")


def test_todays_promise_is_judged_under_each_stress_in_the_same_runs(tmp_path: Path) -> None:
    """Simulated once more by hand: today's five days under twice the demand, on the block of fresh replications kept for stresses.

    The reason of the reform names the limit of normal weeks, that of all that was tried, and today's.
    """
    scenario = verbs.load("tiny")
    asked = problem(stresses=["tiny-surge"], stressed="40", worlds="0")
    found = optimize_limits(scenario, asked, verbs.Settings(store=tmp_path, workers=1, engine="compiled"))
    (row,) = found.promised
    (held,) = row.held
    variant = Variant("today", "tiny-surge", apply(scenario, verbs.load_stress("tiny-surge")))
    rows = run_variants(
        [variant], scenario.horizon, 1, range(STRESSED, STRESSED + 40), [CATALOGUE["on_time_promise"]], Store(tmp_path),
        workers=1, fresh=True, engine="compiled",
    )  # fmt: skip
    rows = rows[rows["group"] == f"item:{ITEM}"]
    assert held.today_share == rows["total"].sum() / rows["n"].sum()
    assert (held.today_shown, held.shown, row.limit_wd, row.any_week_wd) == ("not shown", "fails", 1, 6)
    assert found.reform is not None and found.reform.reason is not None
    assert "1 in normal weeks, 6 in all that was tried, 5 today" in found.reform.reason.en
    assert "平常时期1天，所试各情形6天，现承诺5天" in found.reform.reason.zh
    assert len(row.curve) == len(row.curve_low) == len(row.curve_high)
    assert all(low <= share <= high for low, share, high in zip(row.curve_low, row.curve, row.curve_high, strict=True) if share is not None)
