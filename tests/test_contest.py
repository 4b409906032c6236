"""Which is best, as a contest that runs replications: who is run how often, what is confirmed, what is refused and how it is told."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import simulation.contest as module
from simulation.contest import Contest, _verdict, best
from simulation.errors import InputRefused
from simulation.estimates import paired
from simulation.experiment import FRESH, Experiment, Replications, Variant
from simulation.units import Count
from simulation.verbs import Settings, load_experiment
from workbench.best import print_contest, tolerance
from workbench.cli import app

NOTICE, WINDOW = "tiny-one-time-notice", "tiny-one-window"


class World:
    """Instead of the engine: scenarios of known means with common luck; remembers what was run."""

    def __init__(self, means: dict[str, float], empty: tuple[str, int] | None = None) -> None:
        self.means, self.empty = means, empty
        self.ran: list[tuple[list[str], range]] = []

    def run(self, variants: Sequence[Variant], horizon: Any, seed: int, replications: range, measures: Any, *rest: Any, **more: Any) -> Any:
        self.ran.append(([v.name for v in variants], replications))
        rows = []
        for v in variants:
            for r in replications:
                luck, own = np.random.default_rng([r, 0]).standard_normal(), np.random.default_rng([r, *v.name.encode()]).standard_normal()
                n = 0.0 if (v.name, r) == self.empty else 10.0
                rows.append((v.name, "none", r, measures[0].name, "all", n * (600 + self.means[v.name] + 30 * luck + own), n, None))
        return pd.DataFrame(rows, columns=["scenario", "stress", "replication", "measure", "group", "total", "n", "values"])


@pytest.fixture
def experiment() -> Experiment:
    told = {"reforms": (NOTICE, WINDOW), "replications": Replications(pilot=Count(10), batch=Count(5), cap=Count(200))}
    return load_experiment("tiny-questions").model_copy(update=told)


def contest(monkeypatch: pytest.MonkeyPatch, experiment: Experiment, world: World, delta: float = 1.0, **more: Any) -> Contest:
    monkeypatch.setattr(module, "rows_of", world.run)
    return best(experiment, "wait_mean", delta, Settings(store=Path("unused")), **more)


def test_who_is_left_out_is_not_run_again_and_the_rest_is_confirmed_on_fresh_replications(
    monkeypatch: pytest.MonkeyPatch, experiment: Experiment
) -> None:
    """Less wait is better: the notice is 20 s ahead of today and 0.6 s ahead of the window."""
    world = World({"tiny": 20, NOTICE: 0, WINDOW: 0.6})
    found = contest(monkeypatch, experiment, world, 0.3)
    assert found.selection.decided and found.front == (NOTICE,)
    assert found.selection.out[0] == (0, 10) and found.names[0] == "tiny"
    (everybody, pilot), *batches, (last, fresh) = world.ran
    assert (everybody, pilot) == (["tiny", NOTICE, WINDOW], range(10))
    assert batches and all(some == [NOTICE, WINDOW] for some, _ in batches)
    assert [r for _, some in batches for r in some] == list(range(10, batches[-1][1].stop))
    assert (last, fresh) == (["tiny", NOTICE, WINDOW], range(FRESH, FRESH + found.selection.n))
    assert [one.other for one in found.beside] == [WINDOW, "tiny"]
    assert [one.searched["n"] for one in found.beside] == [found.selection.n, 10]
    assert [one.fresh["n"] for one in found.beside] == [found.selection.n] * 2
    assert [one.verdict for one in found.beside] == ["better", "better"]
    assert found.beside[1].fresh["difference"] == pytest.approx(-20, abs=2)
    # Two intervals that hold together: each at 97.5 %.
    sides = [world.run([Variant(name, "none", None)], None, 1, fresh, [found.measure]) for name in (NOTICE, "tiny")]  # type: ignore[arg-type]
    alone = paired(*sides, "mean", level=0.975)
    assert (found.beside[1].fresh["difference_low"], found.beside[1].fresh["difference_high"]) == pytest.approx((alone.low, alone.high))


def test_the_answer_depends_on_no_batch(monkeypatch: pytest.MonkeyPatch, experiment: Experiment) -> None:
    means = {"tiny": 20.0, NOTICE: 0, WINDOW: 0.6}
    one = contest(monkeypatch, experiment, World(means), 0.3)
    plan = experiment.replications.model_copy(update={"batch": Count(17)})
    other = contest(monkeypatch, experiment.model_copy(update={"replications": plan}), World(means), 0.3)
    assert one.document() == other.document()


def test_undecided_at_the_cap_names_who_is_in_and_what_would_decide(
    monkeypatch: pytest.MonkeyPatch, experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    found = contest(monkeypatch, experiment, World({"tiny": 20, NOTICE: 0, WINDOW: 0.1}), 0.1, cap=12)
    assert not found.selection.decided and set(found.front) == {NOTICE, WINDOW}
    assert found.selection.n == 12 < found.selection.latest
    print_contest(found, experiment, as_json=False, language="en")
    told = " ".join(capsys.readouterr().out.split())
    assert f"The cap of 12 replications is reached; by the variances so far at most {found.selection.latest:,} would decide" in told
    assert "Undecided among: “" in told and "probability" not in told.split("Procedure")[0]


def test_equal_scenarios_are_told_as_equally_good(
    monkeypatch: pytest.MonkeyPatch, experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World({"tiny": 20, NOTICE: 0, WINDOW: 0})
    run = world.run

    def alike(variants: Sequence[Variant], *rest: Any, **more: Any) -> Any:
        found = run(variants, *rest, **more)
        twin = found[found["scenario"] == NOTICE]["total"].to_numpy()
        found.loc[found["scenario"] == WINDOW, "total"] = twin
        return found

    world.run = alike  # type: ignore[method-assign]
    found = contest(monkeypatch, experiment, world)
    assert found.front == (NOTICE, WINDOW) and found.selection.decided
    assert [one.verdict for one in found.beside] == ["alike", "better"]
    print_contest(found, experiment, as_json=False, language="en")
    told = " ".join(capsys.readouterr().out.split())
    # Ten equal differences: 1 - 0.05 ** (1 / 10) = 0.259.
    assert "without a probability" in told and "up to 26 % of replications may differ" in told and "nominal 95 %" not in told
    assert found.document()["nominal_probability"] is None and found.confirmed == "unresolved"


def test_what_is_confirmed_is_what_was_selected(monkeypatch: pytest.MonkeyPatch, experiment: Experiment) -> None:
    """Notice: 10 s for the one citizen of nine replications in ten, 100 s for the hundred of the tenth; window: always 30 s or so. The mean
    over replications is 19 s against 30 s; over all citizens it is 93 s, which is another question.
    """

    def run(variants: Sequence[Variant], horizon: Any, seed: int, replications: range, *rest: Any, **more: Any) -> Any:
        rows = []
        for v in variants:
            for r in replications:
                many, own = r % 10 == 4, np.random.default_rng([r, *v.name.encode()]).standard_normal()
                value, n = ((100.0 if many else 10.0), (100.0 if many else 1.0)) if v.name == NOTICE else (30.0, 1.0)
                rows.append((v.name, "none", r, "wait_mean", "all", n * (value + own + 100 * (v.name == "tiny")), n, None))
        return pd.DataFrame(rows, columns=["scenario", "stress", "replication", "measure", "group", "total", "n", "values"])

    monkeypatch.setattr(module, "rows_of", run)
    found = best(experiment, "wait_mean", 8.0, Settings(store=Path("unused")), cap=2000)
    assert found.front == (NOTICE,)
    assert [one.fresh["difference"] for one in found.beside] == pytest.approx([-11, -111], abs=3) and found.confirmed == "confirmed"


def test_a_choice_that_fresh_replications_refute_is_told_and_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World({"tiny": 20, NOTICE: 0, WINDOW: 12})
    run = world.run

    def turns(variants: Sequence[Variant], horizon: Any, seed: int, replications: range, *rest: Any, **more: Any) -> Any:
        world.means[NOTICE] = 0 if replications.start < FRESH else 50
        return run(variants, horizon, seed, replications, *rest, **more)

    world.run = turns  # type: ignore[method-assign]
    found = contest(monkeypatch, experiment, world)
    assert found.front == (NOTICE,) and found.confirmed == found.document()["confirmed"] == "refuted"
    for language, words in (("en", "Not confirmed"), ("zh", "未获确认")):
        print_contest(found, experiment, as_json=False, language=language)
        assert words in capsys.readouterr().out
    monkeypatch.setattr(module, "best", lambda *_, **__: found)
    assert CliRunner().invoke(app, ["best", "tiny-questions", "--measure", "wait_mean", "--delta", "1 s"]).exit_code == 1


@pytest.mark.parametrize(
    ("ends", "delta", "verdict"),
    [
        ((0.1, 3), 1, "better"), ((-0.9, 3), 1, "within"), ((-1.1, 3), 1, "open"), ((-3, -1.1), 1, "worse"), ((None, None), 1, "alike"),
        ((-3, -0.1), -1, "better"), ((-3, 0.9), -1, "within"), ((-3, 1.1), -1, "open"), ((1.1, 3), -1, "worse"),
    ],
)  # fmt: skip
def test_the_verdict_on_fresh_replications(ends: tuple[float | None, float | None], delta: float, verdict: str) -> None:
    """Delta is negative where less is better."""
    assert _verdict({"difference_low": ends[0], "difference_high": ends[1]}, delta) == verdict


@pytest.mark.parametrize(
    ("measure", "more", "word"),
    [
        ("tickets_per_day", {}, "better side"), ("wait_mean", {"group": "item:nope"}, "group that wait_mean has"),
        ("wait_mean", {"cap": 5}, "first stage of 10"), ("wait_mean", {"alpha": 0.9}, "0 < alpha"),
        ("wait_mean", {"cap": FRESH + 1}, "kept for confirmation"),
    ],
)  # fmt: skip
def test_a_contest_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, experiment: Experiment, measure: str, more: dict[str, Any], word: str
) -> None:
    monkeypatch.setattr(module, "rows_of", World({"tiny": 2, NOTICE: 0, WINDOW: 0}).run)
    with pytest.raises(InputRefused, match=word):
        best(experiment, measure, 1.0, Settings(store=Path("unused")), **more)


def test_one_scenario_is_no_contest(experiment: Experiment) -> None:
    with pytest.raises(InputRefused, match="among several"):
        best(experiment.model_copy(update={"reforms": ()}), "wait_mean", 1.0)


def test_a_replication_without_a_value_is_refused_by_its_number(monkeypatch: pytest.MonkeyPatch, experiment: Experiment) -> None:
    with pytest.raises(InputRefused, match=f"wait_mean, all, {WINDOW}, replication 3"):
        contest(monkeypatch, experiment, World({"tiny": 2, NOTICE: 0, WINDOW: 0}, empty=(WINDOW, 3)))


def test_a_contest_tells_its_answer_in_both_languages_and_as_strict_json(
    monkeypatch: pytest.MonkeyPatch, experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    found = contest(monkeypatch, experiment, World({"tiny": 60, NOTICE: 0, WINDOW: 12}), 6.0)
    assert found.selection.decided
    for language, words in (("en", ("chosen by KN as the best, or within 0.1 minutes", "nominal 95 %", "Confirmed", "flatter")),
                            ("zh", ("最优", "名义把握95%", "新重复予以确认"))):
        print_contest(found, experiment, as_json=False, language=language)
        told = "".join(capsys.readouterr().out.split("\n"))
        assert all(word in told for word in words)
    print_contest(found, experiment, as_json=True, language="en")
    document = json.loads(capsys.readouterr().out)
    assert document["front"] == [NOTICE] and document["decided"] is True
    assert {one["against"] for one in document["confirmation"]} == {"tiny", WINDOW}
    assert [one["scenario"] for one in document["left_out"]] == ["tiny", WINDOW]


@pytest.mark.parametrize(
    ("text", "unit", "value"), [("1.5 min", "s", 90), ("2 %", "share", 0.02), ("0.5 wd", "wd", 0.5), ("30 min", "h", 0.5)]
)
def test_a_difference_is_written_with_its_unit(text: str, unit: str, value: float) -> None:
    assert tolerance(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [("2 %", "s", "a time, like 5 min"), ("2 %", "trips", "a plain number, like 0.5 or 0.5 trips"),
     ("5 min", "share", "a share, like 2 % or"), ("0 min", "s", "greater than 0")],
)  # fmt: skip
def test_a_delta_in_another_unit_is_refused_with_what_is_allowed_and_an_example(text: str, unit: str, words: str) -> None:
    with pytest.raises(InputRefused) as refused:
        tolerance(text, unit)
    assert words in str(refused.value) and text in str(refused.value)


@pytest.mark.parametrize(("text", "unit"), [("1", "s"), ("0 s", "s"), ("5 kg", "trips"), ("-1", "wd"), ("", "wd"), ("2 %", "trips")])
def test_a_difference_without_its_unit_or_size_is_refused(text: str, unit: str) -> None:
    with pytest.raises(InputRefused, match="--delta"):
        tolerance(text, unit)
