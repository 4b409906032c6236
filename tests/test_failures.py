"""The failure map: targets judged by hand, a hall without people, one with three times the work, and waits that can only grow."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from strategies import scenario
from test_engine_theory import hall

from simulation import verbs
from simulation.draws import make_draws
from simulation.engines import simulate
from simulation.errors import Broken, InputRefused
from simulation.experiment import Experiment, calendar_for
from simulation.failures import Cell, FailureMap, failure_map, slowed
from simulation.frozen import Title
from simulation.plan import compile_plan
from simulation.scenario import Scenario
from simulation.targets import Judged, Source, Target, judged, quantity
from simulation.verbs import Settings, compare, load, load_experiment
from workbench.failures import COLOURS, GREY, colour_of, failure_document, letters, of_today, targets_in_words
from workbench.flip import grid

GUESS = Source(title=Title(en="a guess", zh="估计"), basis="judgement")
SCALE_LAWS: Sequence[dict[str, Any]] = (
    {"lognormal": {"median": "12 min", "sigma": "0.5"}}, {"lognormal": {"mean": "12 min", "cv": "0.5"}}, {"exponential": {"mean": "9 min"}},
    {"gamma": {"mean": "9 min", "cv": "0.4"}}, {"erlang": {"k": "3", "mean": "9 min"}}, {"uniform": {"low": "2 min", "high": "9 min"}},
    {"constant": "7 min"}, {"empirical": {"0": "2 min", "0.5": "9 min", "1": "60 min"}},
)  # fmt: skip


def most(measure: str, limit: str, group: str = "all") -> Target:
    return Target(measure=measure, at_most=limit, group=group, source=GUESS)


def row(value: float | None, low: float | None, high: float | None, note: str | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "note": note}


def asked(*targets: Target) -> Experiment:
    return load_experiment("tiny-questions").model_copy(update={"targets": targets})


def told(tmp_path: Path, **more: Any) -> Settings:
    return Settings(replications=3, days=2, workers=1, store=tmp_path, **more)


def states(found: FailureMap, name: str = "tiny") -> list[list[str]]:
    return [[one.state for one in cell.targets] for line in found.cells[name] for cell in line]


@pytest.mark.parametrize(
    ("low", "high", "above", "below"),
    [(600, 1200, "met", "undecided"), (1201, 1500, "missed", "met"), (900, 1500, "undecided", "undecided"), (1200, 1200, "met", "met"),
     (1300, None, "missed", "met"), (None, 1100, "met", "missed"), (None, None, "undecided", "undecided")],
)  # fmt: skip
def test_a_target_is_missed_or_met_by_the_whole_interval(low: float | None, high: float | None, above: str, below: str) -> None:
    """At most 20 minutes are 1200 s; at least 20 minutes, the other way round, but for an interval that ends at the limit itself."""
    upper, lower = most("wait_mean", "20 min"), Target(measure="wait_mean", at_least="20 min", source=GUESS)
    assert judged(upper, row(1000.0, low, high)).state == above
    assert judged(lower, row(1000.0, low, high)).state == ("undecided" if (low, high) == (600, 1200) else below)


def test_nobody_misses_nothing_but_a_quantile_beyond_the_end_of_the_log_does() -> None:
    lead = most("lead_p90", "10 wd")
    assert judged(lead, None).state == judged(lead, row(None, None, None, "no case")).state == "nothing"
    assert judged(lead, None, came=True).state == judged(lead, row(None, None, None, "no case"), came=True).state == "undecided"
    assert judged(lead, row(None, 12.0, None, "not reached")).state == "missed"
    assert judged(lead, row(None, 8.0, None, "not reached")).state == "undecided"


def test_a_hall_without_people_misses_nothing_and_one_with_three_times_the_work_loses_people(tmp_path: Path) -> None:
    """Nobody of some hundred citizens comes with a chance of one in a billion each. As stated hardly anybody leaves."""
    late = Target(measure="on_time_promise", at_least="90 %", source=GUESS)
    targets = (most("walk_away_share", "10 %"), late, most("wait_p90", "8 h"), most("lead_p90", "60 wd"))
    found = failure_map(asked(*targets), (), (1.0, 3.0), (1e-9, 1.0), told(tmp_path))
    nobody, _, stated, heavy = states(found)
    assert nobody == ["nothing"] * 4 and "missed" not in stated and heavy[0] == "missed"


def test_a_hall_that_serves_nobody_is_not_one_to_which_nobody_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window opens when all have long left: no wait of somebody served, no decision, and all walk away. Without demand nobody comes."""
    route = {"serve": {"kind": "counter", "queue": "a", "work": {"serve": {"constant": "10 min"}}}}
    closed = scenario(route=route, windows={"W1": "a"}, shifts={"W1": "16:59-17:00"}, behaviour={"patience": {"constant": "1 s"}},
                      needs={"n": {"rate": "9 per day (5..12)", "profile": "morning"}},
                      world={"profiles": {"morning": {"9:00": "1", "11:00": "0"}}})  # fmt: skip
    monkeypatch.setattr(verbs, "load", lambda name: closed)
    plain = asked(most("wait_mean", "10 min"), most("lead_p90", "9 wd"), most("walk_away_share", "10 %")).model_copy(update={"reforms": ()})
    found = failure_map(plain, (), (1.0,), (1e-9, 1.0), told(tmp_path))
    assert states(found, next(iter(found.cells))) == [["nothing"] * 3, ["undecided", "undecided", "missed"]]


def test_a_cell_is_the_comparison_of_that_world_for_today_and_for_a_reform(tmp_path: Path) -> None:
    reform = "tiny-one-time-notice"
    found = failure_map(asked(most("trips", "1 trips"), most("wait_mean", "1 min")), [reform], (1.0, 1.2), (1.0,), told(tmp_path))
    result = compare(asked(), told(tmp_path))
    for name in ("tiny", reform):
        for one, measure in zip(found.cells[name][0][0].targets, ("trips", "wait_mean"), strict=True):
            expected = result.row(name, measure)
            assert one == Judged(expected["value"], expected["low"], expected["high"], one.state)
            assert one.state in ("missed", "undecided")
    assert found.cells["tiny"][0][1].targets[1].value != found.cells["tiny"][0][0].targets[1].value


def test_waits_of_patient_people_only_grow_with_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one queue of patient people, first come, first served, longer services make nobody wait less (Kiefer and Wolfowitz 1955)."""
    patient = hall(60, {"exponential": {"mean": "20 min"}}, 1, 2)
    monkeypatch.setattr(verbs, "load", lambda name: patient)
    plain = asked(most("wait_mean", "10 min"), most("wait_p90", "30 min")).model_copy(update={"reforms": ()})
    found = failure_map(plain, (), (0.2, 0.6, 1.0, 1.4, 1.8), (1.0,), told(tmp_path))
    (line,) = found.cells["tiny"] if "tiny" in found.cells else found.cells["small"]
    for k in range(2):
        waits = [cell.targets[k].value for cell in line]
        assert all(a is not None and b is not None and a < b for a, b in pairwise(waits))
    counts = [cell.count("missed") for cell in line]
    assert counts == sorted(counts) and counts[0] == 0 and counts[-1] == 2


@pytest.mark.parametrize("law", SCALE_LAWS, ids=lambda law: next(iter(law)))
def test_slowed_work_takes_so_many_times_as_long_in_every_service_whatever_its_law(law: dict[str, Any]) -> None:
    route = {"serve": {"kind": "counter", "queue": "a", "work": {"serve": law}}}

    def services(one: Scenario) -> np.ndarray:
        plan = compile_plan(one, calendar_for(one, one.horizon), one.horizon)
        events = simulate(plan, make_draws(plan, 1, 0)).events
        return (events["end"] - events["start"]).to_numpy(np.float64)[events["kind"].astype(str) == "service"]

    plain = scenario(route=route, needs={"n": {"rate": "10 per day"}})
    once, thrice = services(plain), services(slowed(plain, 3.0))
    # Fewer are served before closing, in the same order; each time is rounded to a second.
    assert len(thrice) > 2 and np.abs(thrice - 3 * once[: len(thrice)]).max() <= 2


def test_ranges_of_the_hall_are_those_of_its_work_and_its_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a range: work of 10 min (8..15) alone in the hall is 0.8 to 1.5 times; 20 citizens (18..26) a day are 0.9 to 1.3 times."""
    ranged = scenario(
        route={"serve": {"kind": "counter", "queue": "a", "work": {"serve": {"constant": "10 min (8..15)"}}}},
        needs={"n": {"rate": "20 per day (18..26)"}},
    )  # fmt: skip
    monkeypatch.setattr(verbs, "load", lambda name: ranged)
    plain = asked(most("wait_mean", "10 min")).model_copy(update={"reforms": ()})
    found = failure_map(plain, (), (1.0,), (1.0,), Settings(replications=2, days=1, workers=1, store=tmp_path))
    assert found.today_x == pytest.approx((0.8, 1.5)) and found.today_y == pytest.approx((0.9, 1.3))


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"measure": "wait_meen", "at_most": "5 min"}, "wait_mean"), ({"measure": "wait_mean"}, "one of `at_most`"),
     ({"measure": "wait_mean", "at_most": "5 min", "at_least": "1 min"}, "one of `at_most`"),
     ({"measure": "wait_mean", "at_most": "5 %"}, "a time, like 5 min"),
     ({"measure": "walk_away_share", "at_most": "5 min"}, "a share, like 2 %"),
     ({"measure": "on_time_promise", "at_least": "100 %"}, "less than 100 %"),
     ({"measure": "walk_away_share", "at_most": "0 %"}, "more than 0 %")],
)  # fmt: skip
def test_a_target_that_is_none_is_refused_in_words(fields: dict[str, str], words: str) -> None:
    with pytest.raises((ValidationError, Broken), match=words):
        Target(**fields, source=GUESS)  # type: ignore[arg-type]


def test_quantities_are_written_in_units_of_their_measure() -> None:
    assert [quantity(*one) for one in (("2 h", "s"), ("90 min", "h"), ("3 %", "share"), ("1.5", "trips"), ("2 wd", "wd"))] == [
        7200, 1.5, 0.03, 1.5, 2,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "names", "words"),
    [({"targets": ()}, (), "targets"), ({"targets": (most("wait_mean", "5 min", "group:nobody"),)}, (), "group:nobody"),
     ({"targets": (most("wait_mean", "5 min"),)}, ("tiny-one-time-notise",), "tiny-one-time-notice")],
)  # fmt: skip
def test_what_cannot_be_mapped_is_refused(change: dict[str, Any], names: tuple[str, ...], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=words):
        failure_map(asked().model_copy(update=change), names, (1.0,), (1.0,), told(tmp_path))


def test_the_experiments_of_the_library_state_where_each_target_comes_from() -> None:
    for name in ("tiny-questions", "does-one-window-pay"):
        targets = load_experiment(name).targets
        assert targets and all(t.source.basis == "judgement" or t.source.address for t in targets)
    assert targets_in_words(targets, "en")[2].startswith("C: ") and "40分钟（判断" in targets_in_words(targets, "zh")[1]
    assert load("tiny").name == "tiny"


def test_the_document_has_every_cell_with_values_and_intervals_and_letters_name_the_targets() -> None:
    missed, open_ = Judged(1500.0, 1300.0, 1700.0, "missed"), Judged(0.05, 0.02, 0.09, "undecided")
    cell, good = Cell((missed, open_)), Cell((Judged(1.0, 0.5, 1.5, "met"), Judged(None, None, None, "nothing")))
    found = FailureMap((most("wait_mean", "20 min"), most("walk_away_share", "5 %")), (1.0, 1.2), (1.0,), {"tiny": ((good, cell),)},
                       (0.9, 1.1), (1.0, 1.0), 3)  # fmt: skip
    assert [letters(one) for one in (good, cell)] == ["", "A B?"]
    document = failure_document(found)
    assert [(one["slowdown"], one["missed"], one["undecided"]) for one in document["cells"]] == [(1.0, 0, 0), (1.2, 1, 1)]
    assert document["cells"][1]["targets"][0] == {"value": 1500.0, "low": 1300.0, "high": 1700.0, "state": "missed"}
    assert document["targets"][0]["limit"] == 1200 and document["targets"][0]["source"]["basis"] == "judgement"


def judged_as(*of_each: str) -> Cell:
    return Cell(tuple(Judged(1.0, 0.5, 1.5, state) for state in of_each))  # type: ignore[arg-type]


def test_a_cell_that_misses_nothing_is_painted_as_met_only_where_all_is_decided() -> None:
    cells = [("met", "nothing"), ("met", "undecided"), ("missed", "undecided"), ("missed", "missed")]
    assert [colour_of(judged_as(*states)) for states in cells] == [COLOURS[0], GREY, COLOURS[1], COLOURS[2]]
    assert GREY not in COLOURS


@pytest.mark.parametrize(
    ("states", "en", "zh"),
    [
        (
            ("missed", "undecided", "met"),
            "it surely misses A; B undecided; all others met, or nobody came.",
            "确定未达A；B尚难判断；其余达到",
        ),
        (("undecided", "met", "undecided"), "as stated: A, C undecided; all others", "A、C尚难判断"),
        (("met", "met", "met"), "it misses none of its targets.", "各项目标均无未达。"),
    ],
)
def test_the_cell_of_today_is_told_in_a_sentence(states: tuple[str, ...], en: str, zh: str) -> None:
    targets = (most("wait_mean", "20 min"), most("wait_p90", "40 min"), most("walk_away_share", "5 %"))
    worse = judged_as("missed", "missed", "missed")
    there = {"tiny": ((worse, worse), (judged_as(*states), worse)), "r": ((worse, worse), (worse, worse))}
    found = FailureMap(targets, (1.0, 1.2), (0.9, 1.0), there, (1.0, 1.0), (1.0, 1.0), 3)
    assert en in of_today(found, "en") and zh in of_today(found, "zh")
    elsewhere = FailureMap(targets, (1.1, 1.2), (0.9, 1.0), there, (1.0, 1.0), (1.0, 1.0), 3)
    assert "--slowdown" in of_today(elsewhere, "en") and "现状" in of_today(elsewhere, "zh")


def test_a_row_of_factors_is_refused_in_its_own_words() -> None:
    with pytest.raises(InputRefused, match="FROM:TO:STEP") as refused:
        grid("1.2", "--slowdown")
    assert "PATH" not in str(refused.value) and "unit" not in str(refused.value)
