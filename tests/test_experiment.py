"""Experiments: the same bytes from any store, any number of workers, any interruption; old numbers never under new code."""

import ast
import json
from importlib import import_module
from pathlib import Path

import pytest

import simulation.experiment as module
from simulation.errors import FileRefused, InputRefused
from simulation.experiment import Experiment, Headline, Progress, Replications
from simulation.files import find
from simulation.measures import CATALOGUE
from simulation.result import KEYS, Result, digest
from simulation.store import MAKERS, SHARED
from simulation.units import Count, Factor
from simulation.verbs import Settings, compare, load, load_experiment, prepared, run

REPLICATIONS = 2


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return load_experiment("tiny-questions")


class Told:
    """Settings that remember how far the run said it was."""

    def __init__(self, store: Path, replications: int = REPLICATIONS, workers: int = 1, days: int = 2, fresh: bool = False) -> None:
        self.seen: list[Progress] = []
        self.settings = Settings(None, replications, days, store=store, workers=workers, fresh=fresh, progress=self.seen.append)

    @property
    def ran(self) -> int:
        return self.seen[-1].done - self.seen[-1].stored


def document(result: Result) -> str:
    return json.dumps(result.document(), allow_nan=False)


def test_two_empty_stores_give_the_same_bytes(tmp_path: Path, experiment: Experiment) -> None:
    one, other = (compare(experiment, Told(tmp_path / name).settings) for name in "ab")
    assert document(one) == document(other)
    assert digest(one) == digest(other)
    assert one.to_frame().columns.tolist() == list(KEYS)


def test_another_seed_gives_other_numbers(tmp_path: Path) -> None:
    hall = load("tiny")
    one, other = (run(hall, settings=Settings(seed, 1, 1, store=tmp_path, workers=1)) for seed in (1, 2))
    assert [r["value"] for r in one.rows] != [r["value"] for r in other.rows]


def test_a_store_is_used_again_and_fresh_is_not(tmp_path: Path, experiment: Experiment) -> None:
    first, second, fresh = Told(tmp_path), Told(tmp_path), Told(tmp_path, fresh=True)
    results = [compare(experiment, told.settings) for told in (first, second, fresh)]
    assert (first.ran, second.ran, fresh.ran) == (4, 0, 4)
    assert len({document(r) for r in results}) == 1


def test_more_replications_run_nothing_again(tmp_path: Path, experiment: Experiment) -> None:
    compare(experiment, Told(tmp_path).settings)
    more = Told(tmp_path, replications=5)
    extended = compare(experiment, more.settings)
    assert (more.ran, more.seen[-1].planned) == (6, 10)
    assert document(extended) == document(compare(experiment, Told(tmp_path / "new", replications=5).settings))


def test_a_changed_engine_never_serves_old_rows(tmp_path: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(experiment, Told(tmp_path).settings)
    monkeypatch.setattr(module, "engine_fingerprint", lambda: "changed")
    monkeypatch.setattr(module, "code_as_imported", module.code_now)
    told = Told(tmp_path)
    compare(experiment, told.settings)
    assert told.ran == 4


def test_a_changed_measure_never_serves_old_rows(tmp_path: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(experiment, Told(tmp_path).settings)
    before = module.codes
    monkeypatch.setattr(module, "codes", lambda measures: {name: f"{code}!" for name, code in before(measures).items()})
    monkeypatch.setattr(module, "code_as_imported", module.code_now)
    told = Told(tmp_path)
    compare(experiment, told.settings)
    assert told.ran == 4


def test_a_changed_calendar_never_serves_old_rows(tmp_path: Path) -> None:
    hall = load("tiny")
    run(hall, settings=Told(tmp_path, 1).settings)
    told = Told(tmp_path, 1)
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patched:
        patched.setattr(module, "days_digest", lambda calendar: "other days")
        run(hall, settings=told.settings)
    assert told.ran == 1


def test_a_worker_that_imported_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "code_as_imported", lambda measures: "of yesterday")
    with pytest.raises(InputRefused, match="a worker runs the very code"):
        run(load("tiny"), settings=Told(tmp_path, 1).settings)
    assert not [*tmp_path.rglob("*.parquet")]


def test_another_choice_of_measures_loses_no_stored_rows(tmp_path: Path) -> None:
    hall = load("tiny")
    waits, trips = [CATALOGUE["wait_mean"]], [CATALOGUE["trips"]]
    first = run(hall, waits, Told(tmp_path, 1).settings)
    run(hall, trips, Told(tmp_path, 1).settings)
    told = Told(tmp_path, 1)
    again = run(hall, waits, told.settings)
    assert told.ran == 0
    assert document(again) == document(first)


def test_a_file_cut_short_is_run_again(tmp_path: Path) -> None:
    hall = load("tiny")
    first = run(hall, settings=Told(tmp_path, 1).settings)
    (kept,) = tmp_path.rglob("*.parquet")
    kept.write_bytes(kept.read_bytes()[:100])
    told = Told(tmp_path, 1)
    assert document(run(hall, settings=told.settings)) == document(first)
    assert told.ran == 1


def imported(path: Path) -> set[str]:
    """Modules of ours that a file imports."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    names = {f"{node.module}.{alias.name}" if node.module == "simulation" else str(node.module) for node in nodes for alias in node.names}
    return {name for name in names if name.startswith("simulation.")}


def test_the_engines_fingerprint_covers_all_that_makes_a_log() -> None:
    """What says no, and what reads files, changes no number of a log that is made."""
    root = Path(str(module.__file__)).parent
    makers = {*(f"simulation.{name}" for name in MAKERS), *(f"simulation.engines.{p.stem}" for p in (root / "engines").glob("*.py"))}
    used = {m for name in makers for m in imported(root.joinpath(*name.split(".")[1:]).with_suffix(".py"))}
    assert used - makers <= {"simulation.errors", "simulation.files", "simulation.text", "simulation.engines"}


def test_a_measures_fingerprint_covers_all_that_measures() -> None:
    shared = {f"simulation.measures.{name}" for name in SHARED}
    for name in {m.rows.__module__ for m in CATALOGUE.values()} | shared:
        used = {m for m in imported(Path(str(import_module(name).__file__))) if m.startswith("simulation.measures.")}
        assert used - shared <= {name}, name


def test_replications_grow_by_batches_until_the_headline_is_narrow_or_the_cap_is_reached(tmp_path: Path, experiment: Experiment) -> None:
    asked = experiment.headline[0].model_copy(update={"half_width": 1e-6})
    plan = experiment.replications.model_copy(update={"pilot": 2, "batch": 2, "cap": 4})
    grown = experiment.model_copy(update={"headline": (asked,), "replications": plan})
    wide = grown.model_copy(update={"headline": (asked.model_copy(update={"half_width": 1e6}),)})
    settings = Settings(days=2, store=tmp_path, workers=1)
    assert compare(grown, settings).provenance["replications"] == 4
    assert compare(wide, settings).provenance["replications"] == 2


def test_every_line_of_the_headline_says_whether_it_is_narrow_enough_and_which_drives_the_number(
    tmp_path: Path, experiment: Experiment
) -> None:
    reform = "tiny-one-time-notice"
    lines = (("trips", 1e-6), ("wait_mean", 1e6), ("lead_wd", None))
    asked = tuple(Headline(reform=reform, measure=m, half_width=None if w is None else Factor(w)) for m, w in lines)
    plan = Replications(pilot=Count(2), batch=Count(2), cap=Count(4))
    told = Told(tmp_path, 0, fresh=True)
    result = compare(experiment.model_copy(update={"headline": asked, "replications": plan}), told.settings)
    trips, wait = result.provenance["precision"]
    assert (trips["measure"], trips["reached"], trips["drives"]) == ("trips", False, True)
    assert (wait["measure"], wait["reached"], wait["drives"]) == ("wait_mean", True, False)
    row = result.row(reform, "trips")
    assert trips["half_width"] == pytest.approx((row["difference_high"] - row["difference_low"]) / 2)
    assert document(result) == document(compare(experiment.model_copy(update={"headline": asked, "replications": plan}), told.settings))
    ran = [p.planned for p in told.seen if p.done == p.planned and p.stored == 0]
    assert ran == [4, 4] * 2, "fresh replications are run once, not again with each batch"


def test_only_the_headline_is_simultaneous(tmp_path: Path, experiment: Experiment) -> None:
    result = compare(experiment, Told(tmp_path).settings)
    joint = {(r["scenario"], r["measure"], r["group"]) for r in result.rows if r["simultaneous"]}
    assert joint == {(h.reform, h.measure, h.group) for h in experiment.headline}


def test_the_reference_has_no_difference_and_a_reform_has(tmp_path: Path, experiment: Experiment) -> None:
    result = compare(experiment, Told(tmp_path).settings)
    assert {r["difference"] for r in result.rows if r["scenario"] == "tiny"} == {None}
    row = result.row("tiny-one-time-notice", "trips")
    assert row["difference"] == pytest.approx(row["value"] - result.row("tiny", "trips")["value"])


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"reform": "tiny-one-time-notise"}, "tiny-one-time-notice"),
        ({"measure": "tripps"}, "trips"),
        ({"stress": "nome"}, "none"),
        ({"reform": "tiny"}, "reform"),
    ],
)
def test_a_headline_about_nothing_that_runs_is_refused(experiment: Experiment, wrong: dict[str, str], word: str) -> None:
    headline = Headline(**{"reform": "tiny-one-time-notice", "measure": "trips", **wrong})
    with pytest.raises(FileRefused, match=word):
        compare(experiment.model_copy(update={"headline": (headline,)}), Settings())


@pytest.mark.parametrize("days", [9_999, 10**5, 10**12, 10**18])
def test_a_window_beyond_the_published_years_is_refused(days: int) -> None:
    with pytest.raises(InputRefused):
        run(load("tiny"), settings=Settings(days=days))


def test_the_experiment_of_the_tests_lies_where_experiments_lie() -> None:
    assert find("tiny-questions", "experiments").name == "tiny-questions.yaml"


def test_a_headline_about_a_quantile_may_ask_for_a_width(tmp_path: Path, experiment: Experiment) -> None:
    """Quantiles of cut-off times are estimated elsewhere; the rule for replications reads their intervals from the result."""
    asked = Headline(reform="tiny-one-time-notice", measure="lead_p90", half_width=Factor(0.001))
    plan = Replications(pilot=Count(2), batch=Count(1), cap=Count(3))
    grown = experiment.model_copy(update={"measures": ("lead_p90",), "headline": (asked,), "replications": plan})
    assert compare(grown, Told(tmp_path, 0).settings).provenance["replications"] == 3


def test_a_headline_about_a_group_that_does_not_occur_is_refused(tmp_path: Path, experiment: Experiment) -> None:
    asked = Headline(reform="tiny-one-time-notice", measure="trips", group="item:trade-license")
    with pytest.raises(FileRefused, match="did you mean `item:trade-licence`"):
        compare(experiment.model_copy(update={"headline": (asked,)}), Told(tmp_path).settings)


def test_the_steady_view_has_no_training_and_no_dip(experiment: Experiment) -> None:
    steady = experiment.model_copy(update={"reforms": ("tiny-one-window",), "headline": ()})
    transit = steady.model_copy(update={"view": "transition"})
    trained, fresh = (prepared(e, load("tiny"), Settings())[0][1] for e in (steady, transit))
    assert not any(s.training for s in trained.scenario.centre.staff.values())
    assert any(s.training for s in fresh.scenario.centre.staff.values())
