"""The register of mechanisms is complete and true to the files; its measurement, pairs, verdicts and staleness by hand."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from rich.cells import cell_len
from typer.testing import CliRunner

from simulation.ablation import (
    Figure,
    border_of,
    digests,
    figures_path,
    holm,
    interaction,
    load_figures,
    measured,
    merged,
    probability,
    records,
    statuses,
    together,
    verdicts,
    write_figures,
)
from simulation.errors import FileRefused, InputRefused
from simulation.estimates import paired
from simulation.measures import CATALOGUE
from simulation.mechanisms import Mechanism, Pair, Register, ablation, load_register, misfits, register_path
from simulation.scenario import Scenario
from simulation.units import Share
from simulation.verbs import Settings, compare, load, load_reform
from workbench.cli import app
from workbench.register import measure_register, print_register

REGISTER = load_register()
KEYS = {"id", "english", "chinese", "status", "reform", "measure", "expected", "effect", "low", "high", "n", "verdict"}
SHORT = {"days": 2, "replications": 3, "workers": 1}


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load("tiny")


def small() -> Register:
    """The register, but of the tiny hall: S05 and S15 are switched on by its reforms, and a pair of them is asked for."""
    switched = {
        "S05": {
            "reform": "tiny-one-time-notice", "edits": ("one_time_notice",), "measure": "trips", "group": "item:trade-licence",
            "expected": "lower",
        },
        "S15": {"reform": "tiny-delegate", "measure": "on_the_spot_share", "group": "all", "expected": "higher"},
    }  # fmt: skip
    blank = {"form": ("not_yet",), "reform": None, "edits": ()}
    rows = tuple(m.model_copy(update=switched.get(m.id, blank)) for m in REGISTER.mechanisms)
    both = ("tiny-one-time-notice", "tiny-delegate")
    pair = REGISTER.pairs[0].model_copy(update={"id": "S05xS15", "reforms": both, "measure": "lead_wd"})
    return REGISTER.model_copy(update={"baseline": "tiny", "mechanisms": rows, "pairs": (pair,)})


def figure(name: str, **changes: Any) -> Figure:
    """A figure of today's 100 s and an effect of -10 s."""
    fields = {
        "id": name, "reforms": ("x",), "measure": "wait_mean", "group": "all", "unit": "s", "today": 100.0, "effect": -10.0, "low": -12.0,
        "high": -8.0, "p": 1e-6, "n": 10, "seed": 1, "window_wd": 20, "code": "c", "baseline": "b", "reform": "r",
    }  # fmt: skip
    return Figure.model_validate({**fields, **changes})


def rows(total: Iterable[float], n: Iterable[float] = (1, 1, 1)) -> pd.DataFrame:
    """One row a replication."""
    totals = list(total)
    return pd.DataFrame({"replication": range(len(totals)), "total": totals, "n": list(n)})


# --- the register ------------------------------------------------------------------------------------------------


def test_the_register_has_every_mechanism_once_and_in_order() -> None:
    assert [m.id for m in REGISTER.mechanisms] == [f"S{k:02}" for k in range(1, 52)]
    assert len({m.english for m in REGISTER.mechanisms}) == len({m.chinese for m in REGISTER.mechanisms}) == 51


def test_every_text_of_the_register_is_there_in_both_languages() -> None:
    for row in REGISTER.mechanisms:
        for text in (row.why, row.misses, row.assumes):
            assert text is None or (text.en.strip() and re.search("[一-鿿]", text.zh)), row.id


@pytest.mark.parametrize("row", REGISTER.rows(), ids=lambda row: str(row.id))
def test_what_the_register_names_is_there(row: Mechanism | Pair) -> None:
    """Each reform file loads and is one of the register's baseline, its kinds of edits are those named, the measure exists."""
    stems = row.reforms if isinstance(row, Pair) else (str(row.reform),)
    for reform in map(load_reform, stems):
        assert reform.baseline == REGISTER.baseline
        assert reform.expect
    if isinstance(row, Mechanism):
        assert {e.kind for e in load_reform(str(row.reform)).edits} == set(row.edits)
    assert row.measure in CATALOGUE


def test_the_register_fits_the_library() -> None:
    assert misfits(REGISTER, load_reform) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"measure": "wait_meen"}, "did you mean `wait_mean`?"),
        ({"measure": "lead_p90"}, "choose one that adds up"),
        ({"edits": ("set",)}, "write ['pool_windows']"),
        ({"reform": "tiny-one-window"}, "name another"),
        ({"reform": "no-such-reform"}, "no such file"),
    ],
)
def test_a_register_that_contradicts_the_library_is_told_so(changes: dict[str, Any], words: str) -> None:
    changed = tuple(m.model_copy(update=changes) if m.id == "S07" else m for m in REGISTER.mechanisms)
    found = misfits(REGISTER.model_copy(update={"mechanisms": changed, "pairs": ()}), load_reform)
    assert words in "\n".join(map(str, found))


def test_a_missing_row_is_refused() -> None:
    plain = REGISTER.model_dump(by_alias=True)
    with pytest.raises(ValidationError, match="each once and in order"):
        Register.model_validate({**plain, "mechanisms": plain["mechanisms"][:-1]})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"form": ["not_yet"]}, "represented in no other way"),
        ({"reform": None}, "go together"),
        ({"expected": "none"}, "in a direction"),
        ({"assumes": None}, "assumes something"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(changes: dict[str, Any], words: str) -> None:
    row = next(m for m in REGISTER.mechanisms if m.id == "S07").model_dump()
    with pytest.raises(ValidationError, match=words):
        Mechanism.model_validate({**row, **changes})


def test_the_ablation_runs_each_reform_once_and_each_pair_together() -> None:
    experiment = ablation(REGISTER)
    assert len(set(experiment.reforms)) == len(experiment.reforms)
    assert {m.reform for m in REGISTER.switched()} <= set(experiment.reforms)
    assert set(experiment.bundles.values()) == {p.reforms for p in REGISTER.pairs}
    only = ablation(REGISTER, ["S07"])
    assert (only.reforms, only.bundles, only.measures) == (("one-window",), {}, ("wait_borne",))


# --- pairs -------------------------------------------------------------------------------------------------------


def test_an_interaction_is_the_contrast_of_four_means() -> None:
    """AB - A - B + 0 by replication: 4-8-7+10 = -1, 7-9-8+10 = 0, 7-10-9+10 = -2; mean -1, deviation 1, t(2) = 4.30265 / sqrt(3)."""
    four = (rows([4, 7, 7]), rows([8, 9, 10]), rows([7, 8, 9]), rows([10, 10, 10]))
    found = interaction(*four, "mean", range(3))
    assert found.value == pytest.approx(-1.0)
    assert (found.low, found.high) == pytest.approx((-1 - 2.484138, -1 + 2.484138), abs=1e-5)


def test_effects_that_add_up_in_every_replication_are_identical() -> None:
    """9.9 - 8.8 - 7.7 + 6.6 is 0 but for the rounding of fractions."""
    found = interaction(rows([9.9] * 3), rows([8.8] * 3), rows([7.7] * 3), rows([6.6] * 3), "mean", range(3))
    assert (found.value, found.low, found.high, found.identical) == (0.0, 0.0, 0.0, True)


def test_a_pair_whose_second_part_does_nothing_is_a_paired_difference() -> None:
    """AB - A - 0 + 0 = AB - A: the interval is that of `estimates.paired`, with numbers of cases that differ."""
    rng = np.random.default_rng(3)
    cases = [rng.integers(20, 90, 6) for _ in range(3)]
    both, first, neither = (rows(n * rng.normal(5, 1, 6), n) for n in cases)
    found, known = interaction(both, first, neither, neither, "mean", range(6)), paired(both, first, "mean")
    assert (found.value, found.low, found.high) == pytest.approx((known.value, known.low, known.high))


def test_an_interaction_without_cases_or_of_one_replication_has_no_interval() -> None:
    one = rows([4], [1])
    assert interaction(one, one, one, one, "mean", range(1)).low is None
    none = rows([], [])
    assert interaction(none, none, none, none, "mean", range(3)).value is None


def test_quantiles_do_not_add_up() -> None:
    four = (rows([1, 2, 3]),) * 4
    with pytest.raises(ValueError, match="does not add up"):
        interaction(*four, "quantile(0.9)", range(3))


# --- verdicts ----------------------------------------------------------------------------------------------------


def test_a_probability_is_that_at_which_the_interval_reaches_the_border() -> None:
    """Differences -1, 0, -2: t = -sqrt(3) with 2 degrees of freedom, p = 1 - t / sqrt(t^2 + 2) = 1 - sqrt(3/5) = 0.225403."""
    a, b = rows([9, 10, 8]), rows([10, 10, 10])
    assert probability(lambda level: paired(a, b, "mean", level), 0.0) == pytest.approx(0.225403, abs=1e-5)


def test_a_difference_that_never_varies_is_judged_by_the_sign_test() -> None:
    """Three replications on one side of the border: 2 / 2**3 = 0.25, ten of them 2 / 2**10; at the border itself nothing is resolved."""
    a, ten = rows([10, 11, 12]), rows(range(10, 20), [1] * 10)
    assert probability(lambda level: paired(a, a, "mean", level), -0.1) == 0.25
    assert probability(lambda level: paired(ten, ten, "mean", level), -0.1) == 2 / 1024
    assert probability(lambda level: paired(a, a, "mean", level), 0.0) == 1.0
    assert probability(lambda level: paired(rows([1], [1]), rows([2], [1]), "mean", level), 0.0) is None


def test_holm_by_hand() -> None:
    """0.005 <= 0.05/4, 0.01 <= 0.05/3, 0.03 > 0.05/2: two resolved; 0.04 would pass alone, but comes after one that failed."""
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == {"a", "d"}
    assert holm({"a": 0.04}) == {"a"}
    assert holm({"a": 0.04, "b": None}) == frozenset()
    assert holm({}) == frozenset()


def test_the_smallest_effect_of_interest_lies_on_the_expected_side() -> None:
    assert [border_of(way, 0.01, today, "s") for way, today in (("lower", 200.0), ("higher", 200.0), ("lower", None))] == [-2.0, 2.0, 0.0]
    assert [border_of("higher", 0.01, today, "share") for today in (0.4, 0.98)] == pytest.approx([0.004, 0.0002])


def verdict_of(**changes: Any) -> str:
    """The verdict on S07 (wait_mean lower), the only row with a figure."""
    return verdicts(REGISTER, [figure("S07", **changes)], {"S07": "measured"})["S07"]


def test_what_is_claimed_is_confirmed_contradicted_or_not_resolved() -> None:
    """Today 100 s, smallest 1 %, so the border is -1 s: -10 is beyond it, -0.5 and +5 fall short, the one by an interval within a
    second of nought, the other not; and p above 0.05 resolves nothing.
    """
    assert REGISTER.smallest == 0.01
    found = [verdict_of(effect=e, low=e - 0.4, high=e + 0.4) for e in (-10.0, -0.5, 5.0)]
    assert found == ["confirmed", "too small", "contradicted"]
    assert [verdict_of(p=p) for p in (0.051, None)] == ["not resolved"] * 2


def test_a_stale_figure_counts_in_the_family_and_gets_no_verdict() -> None:
    """0.03 alone is resolved; with a stale 0.04 beside it, it would have to be below 0.025."""
    pair = [figure("S07", p=0.03), figure("S06", p=0.04)]
    assert verdicts(REGISTER, pair[:1], {"S07": "measured"}) == {"S07": "confirmed"}
    assert verdicts(REGISTER, pair, {"S07": "measured", "S06": "stale"}) == {"S07": "not resolved"}


@pytest.mark.parametrize(
    ("effect", "alone", "said"),
    [(-2.0, (-3.0, -4.0), "lower than the sum"), (2.0, (-3.0, 4.0), "higher than the sum"), (2.0, (3.0, 4.0), "higher than the sum")],
)
def test_a_pair_is_higher_or_lower_than_the_sum_whatever_its_parts(effect: float, alone: tuple[float, float], said: str) -> None:
    name = REGISTER.pairs[0].id
    status = {p.id: "stale" for p in REGISTER.pairs} | {name: "measured"}
    one = figure(name, effect=effect, alone=alone, together=sum(alone) + effect)
    assert together(REGISTER, [one], status) == {name: said}  # type: ignore[arg-type]


# --- measuring ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the figures of the small register."""
    folder = tmp_path_factory.mktemp("figures")
    measure_register(small(), folder, (), Settings(store=folder / "kept", **SHORT))  # type: ignore[arg-type]
    return folder


def test_a_figure_is_the_paired_difference_of_its_experiment(first: Path, tmp_path: Path, tiny: Scenario) -> None:
    register = small()
    result = compare(ablation(register), Settings(store=tmp_path, **SHORT))  # type: ignore[arg-type]
    found = {f.id: f for f in load_figures(first / figures_path().name)}
    assert list(found) == ["S05", "S15", "S05xS15"]
    for row in register.switched():
        known, said = found[row.id], result.row(str(row.reform), str(row.measure), row.group)
        assert (known.effect, known.low, known.high) == pytest.approx((said["difference"], said["difference_low"], said["difference_high"]))
        assert (known.n, known.seed, known.window_wd, known.unit) == (3, 1, 2, said["unit"])
        assert known.today == pytest.approx(result.row("tiny", str(row.measure), row.group)["value"])
    pair, bundle = found["S05xS15"], register.pairs[0].bundle
    apart = [result.row(name, "lead_wd")["difference"] for name in (*register.pairs[0].reforms, bundle)]
    assert (*pair.alone, pair.together) == pytest.approx(tuple(apart))
    assert pair.effect == pytest.approx(apart[2] - apart[0] - apart[1])
    stamps = {row.id: digests(register, row, tiny, load_reform) for row in register.rows()}
    assert measured(register, result, stamps, 2) == load_figures(first / figures_path().name)


def test_only_one_is_measured_again_and_the_rest_is_left(first: Path, tmp_path: Path) -> None:
    """Another seed moves the figure asked for, and no other."""
    before = load_figures(first / figures_path().name)
    write_figures(tmp_path / figures_path().name, before)
    measure_register(small(), tmp_path, ["S05"], Settings(seed=7, store=tmp_path / "kept", **SHORT))  # type: ignore[arg-type]
    after = load_figures(tmp_path / figures_path().name)
    assert [f.seed for f in after] == [7, 1, 1]
    assert after[1:] == before[1:]
    assert after[0] != before[0]


def test_a_figure_is_stale_when_code_baseline_reform_or_question_changed(first: Path, tiny: Scenario) -> None:
    register, figures = small(), load_figures(first / figures_path().name)
    assert {statuses(register, figures, tiny, load_reform)[name] for name in ("S05", "S15", "S05xS15")} == {"measured"}
    assert statuses(register, (), tiny, load_reform)["S15"] == "not measured"
    assert statuses(register, figures, tiny, load_reform)["S01"] == "not yet"

    def stale(register: Register = register, figures: tuple[Figure, ...] = figures, baseline: Scenario = tiny, swap: str = "") -> set[str]:
        status = statuses(register, figures, baseline, lambda stem: load_reform("tiny-one-window" if stem == swap else stem))
        return {name for name, said in status.items() if said == "stale"}

    everything = {"S05", "S15", "S05xS15"}
    assert stale(figures=tuple(f.model_copy(update={"code": "older"}) for f in figures)) == everything
    assert stale(baseline=tiny.model_copy(update={"zone": "Asia/Urumqi"})) == everything
    assert stale(register=register.model_copy(update={"smallest": Share(0.02)})) == everything
    assert stale(swap="tiny-delegate") == {"S15", "S05xS15"}
    assert stale() == set()


def test_the_title_of_a_baseline_makes_nothing_stale(tiny: Scenario) -> None:
    register = small()
    row = register.switched()[0]
    renamed = tiny.model_copy(update={"title": load("district-hall").title})
    assert digests(register, row, tiny, load_reform) == digests(register, row, renamed, load_reform)


def test_figures_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "figures.json"
    figures = (figure("S07", low=None), figure("S07xS15", alone=(1.0, None), together=2.0))
    write_figures(path, figures)
    assert load_figures(path) == figures
    assert load_figures(tmp_path / "none.json") == ()
    path.write_text('{"kind": "mechanisms_measured", "schema": "1", "figures": [{}]}', encoding="utf-8")
    with pytest.raises(FileRefused, match="measure again"):
        load_figures(path)


def test_figures_of_rows_that_are_gone_are_dropped() -> None:
    assert [f.id for f in merged(REGISTER, [figure("S99"), figure("S07")], [figure("S06")])] == ["S06", "S07"]


def test_the_committed_figures_can_be_read() -> None:
    known = {row.id for row in REGISTER.rows()}
    assert {f.id for f in load_figures(figures_path())} <= known


# --- what is printed ---------------------------------------------------------------------------------------------


def call(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["mechanisms", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_json_is_a_strict_list_of_every_mechanism() -> None:
    code, out, _ = call("--json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    assert [row["id"] for row in found] == [m.id for m in REGISTER.mechanisms]
    assert all(set(row) >= KEYS for row in found)
    assert {row["status"] for row in found if row["reform"] is None} == {"not yet", "no switch"}


def test_json_carries_the_figures(first: Path, capsys: pytest.CaptureFixture[str], tiny: Scenario) -> None:
    register = small()
    print_register(register, first, as_json=True)
    found = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    figures = {f.id: f for f in load_figures(first / figures_path().name)}
    row = found["S15"]
    assert (row["status"], row["effect"], row["low"], row["high"], row["n"]) == (
        "measured", figures["S15"].effect, figures["S15"].low, figures["S15"].high, 3,
    )  # fmt: skip
    assert row["verdict"] in {"confirmed", "too small", "contradicted", "not resolved"}
    assert [p["id"] for p in row["pairs"]] == ["S05xS15"]
    assert records(register, tuple(figures.values()), tiny, load_reform)[14]["effect"] == row["effect"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_narrow_and_nothing_is_cut_off(language: str, first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At most 100 columns; every mechanism and all that it does not capture is there, once line breaks are taken out."""
    print_register(small(), first, language=language)
    print_register(REGISTER, first, language=language)
    out = capsys.readouterr().out
    assert max(map(cell_len, out.splitlines())) <= 100
    assert "…" not in out
    for m in REGISTER.mechanisms:
        assert m.id in out
    whole = re.sub(r"\s+", "", out)
    details = [m.misses.zh if language == "zh" else m.misses.en for m in REGISTER.mechanisms if "not_yet" not in m.form]
    assert all(re.sub(r"\s+", "", text) in whole for text in details)


@pytest.mark.parametrize(("language", "said"), [("en", "Figures of {n} of {n} are stale"), ("zh", "{n}项中有{n}项的数字已过时")])
def test_the_page_says_above_its_tables_that_figures_are_stale(
    language: str, said: str, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register, told = small(), said.format(n=len(small().switched()))
    print_register(register, first, language=language)
    assert told not in capsys.readouterr().out
    old = tuple(f.model_copy(update={"code": "older"}) for f in load_figures(first / figures_path().name))
    write_figures(tmp_path / figures_path().name, old)
    print_register(register, tmp_path, language=language)
    assert told in "".join(capsys.readouterr().out.partition("─")[0].splitlines()[1:3])


def test_options_of_measuring_ask_for_measuring() -> None:
    code, out, err = call("--only", "S07")
    assert (code, out) == (2, "")
    assert "add --measure" in err


def test_what_has_no_reform_is_not_measured_alone() -> None:
    with pytest.raises(InputRefused, match="that a reform switches on"):
        measure_register(REGISTER, None, ["S01"], Settings())


def test_the_register_file_is_checked() -> None:
    result = CliRunner().invoke(app, ["check", str(register_path())])
    assert result.exit_code == 0, result.stderr
    assert "51 mechanisms" in result.stdout
