"""Pictures and tables of how sure a comparison is: in both languages, nothing cut off; the commands; the slider's callback."""

import json
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from test_figures import strip
from typer.testing import CliRunner

from simulation.errors import InputRefused
from simulation.estimates import Estimate
from simulation.experiment import Headline
from simulation.failures import Cell, FailureMap
from simulation.measures import CATALOGUE
from simulation.occurrences import Share
from simulation.plausible import Line, Mover, Plausible
from simulation.result import Result, make_result
from simulation.sensitivity import Effect, Sensitivity
from simulation.targets import Judged
from simulation.turns import FlipMap, Gap, Ranking, Turn
from simulation.units import Factor
from simulation.verbs import Settings, load, load_experiment
from simulation.worlds import Assumption
from workbench import bands, failures, fates, figures, flip, sensitivity, synchronised, widgets
from workbench.cli import app

TITLES = {"tiny": "现状 today", "one": "综合窗口 comprehensive windows", "two": "窗口当场办结"}
HEAD = Headline(reform="one", measure="wait_mean")
PACE = Assumption("pool_windows.pace", (("one", Factor.parse("1.1 (1..1.4)")), ("two", Factor.parse("1.1 (1..1.4)"))))
ITEMS = Assumption("centre.items.*.route.*.work.*.median", PACE.numbers)
WORLDS = tuple(map(float, np.linspace(-200, 10, 18)))
SHORT = ["--days", "1", "--replications", "2", "--workers", "1"]


@pytest.fixture(autouse=True)
def no_glyph_is_missing() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*[Gg]lyph.*")
        yield


def plausible() -> Plausible:
    lines = (
        Line("one", "none", "wait_mean", "all", "s", -60.0, -90.0, -30.0, -200.0, 10.0, "in part", 15, 1, 2, WORLDS),
        Line("two", "none", "trips", "all", "trips", 0.0, 0.0, 0.0, 0.0, 0.0, "identical", 18, 0, 0, (0.0,) * 18),
        Line("two", "none", "lead_wd", "all", "wd", None, None, None, None, None, "undecided", 0, 0, 18, ()),
    )
    movers = (Mover("world.needs.*.rate", "25.3 per day (20.2..30.4)", 105, 0.81, 240.0), Mover(PACE.kind, PACE.example, 1, -0.2, -50.0))
    return Plausible(20, 18, 2, 17 / 19, 180, 2197, {"a promise is not beyond the law": 2}, lines, "one", True, movers, 180, 0.7)


def groups() -> list[Share]:
    def share(value: float) -> Estimate:
        return Estimate(value, value - 0.01, value + 0.01, 4)

    return [
        Share(
            reform, "none", aspect, side, group, 400 if group != "group:few" else 20, share(0.2), share(0.02), share(0.18), share(0.0),
            0.01, 0.198, 0.208, -0.01, 0.01,
        )
        for reform in ("one", "two") for group in ("all", "group:firms", "group:few")
        for aspect in fates.ASPECTS for side in ("better", "worse")
    ]  # fmt: skip


def turn(at: float | None) -> Turn:
    rankings = tuple(Ranking({"one": 60.0, "tiny": 60 + v}, "one", "one", {"tiny": Gap(v, v - 30, v + 30)}) for v in (90.0, 0.0, -90.0))
    return Turn(PACE, "one", (0.0, 0.5, 1.0), rankings, "tiny" if at else None, at, 0.4, 0.6, "open")


def effects() -> Sensitivity:
    found = (Effect(PACE, 60.0, 60.0, 12.0, 9.0, 20.0, 0.9, 0.001), Effect(ITEMS, -1.0, 2.0, 12.0, 9.0, 20.0, None, 1.0))
    return Sensitivity(HEAD, found, 4, 2, 128, 1)


def flips() -> FlipMap:
    def cell(best: str, low: float) -> Ranking:
        return Ranking({"tiny": 900.0, "one": 870.0}, best, best, {"other": Gap(30.0, low, 60.0)})

    cells = ((cell("one", 10.0), cell("tiny", -5.0)), (cell("one", -5.0), cell("tiny", 10.0)))
    return FlipMap(PACE.kind, (1.0, 1.2), (0.9, 1.1), cells, (1.1, 1.0), (1.0, 1.4), (0.8, 1.2), HEAD, 4)


def side_by_side() -> Result:
    """Waits that vary together with those of one, and never differ from those of two."""
    waits = {"tiny": (10.0, 12.0, 11.0, 15.0), "one": (9.0, 11.5, 10.0, 13.0), "two": (10.0, 12.0, 11.0, 15.0)}
    rows = pd.DataFrame([
        {"scenario": name, "stress": "none", "replication": k, "measure": "wait_mean", "group": "all", "total": x, "n": 1.0, "values": None}
        for name, each in waits.items() for k, x in enumerate(each)
    ])  # fmt: skip
    return make_result(rows, [CATALOGUE["wait_mean"]], dict.fromkeys(waits, "tiny"), (), load("tiny"), {"replications": 4})


def missed() -> FailureMap:
    late, unsure, fine = Judged(1500.0, 1300.0, 1700.0, "missed"), Judged(0.05, 0.02, 0.09, "undecided"), Judged(9.0, 8.0, 9.5, "met")
    rows = ((Cell((fine, fine)), Cell((fine, unsure))), (Cell((late, unsure)), Cell((late, late._replace(value=0.2)))))
    return FailureMap(load_experiment("tiny-questions").targets[1:3], (1.0, 1.2), (1.0, 1.1), {"tiny": rows, "one": rows},
                      (0.8, 1.3), (0.9, 1.2), 4)  # fmt: skip


def slider(language: str) -> Figure:
    return widgets.redrawn(load("tiny"), "licence", 3, language, Settings(days=2, replications=1, workers=1, store=Path("kept")))


DRAWN: list[Callable[[str], Figure]] = [
    lambda language: figures.two_bands(plausible(), TITLES, language),
    lambda language: figures.better_and_worse(groups(), TITLES, language),
    lambda language: figures.effects(effects(), TITLES, language),
    lambda language: figures.turning_values([turn(0.5), turn(None)], HEAD, TITLES, language),
    lambda language: figures.flip_picture(flips(), TITLES, language),
    lambda language: figures.failure_picture(missed(), TITLES, language),
    lambda language: figures.synchronisation(side_by_side(), TITLES, language),
    slider,
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("draw", DRAWN)
def test_a_picture_has_every_glyph_and_no_text_outside_it(
    draw: Callable[[str], Figure], language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    figure = draw(language)
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    inside = figure.get_tightbbox()
    assert inside.x0 >= 0 and inside.y0 >= 0 and inside.x1 <= width and inside.y1 <= height
    assert strip(figure)
    for part in strip(figure):
        box = part.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width * figure.dpi
        assert not any(box.overlaps(axis.get_tightbbox()) for axis in figure.axes)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_long_title_of_a_bundle_widens_no_panel_and_is_not_cut_off(language: str) -> None:
    long = "、".join(["一次性告知"] * 12) if language == "zh" else " + ".join(["Say everything once"] * 9)
    figure = fates.better_and_worse(groups(), {**TITLES, "one": long}, language)
    figure.draw_without_rendering()
    panels = [axis.get_window_extent() for axis in figure.axes]
    assert len(panels) == 4 and max(p.width for p in panels) == pytest.approx(min(p.width for p in panels))
    (title,) = [text for text in figure.axes[-1].texts if text.get_text().replace("\n", "").replace(" ", "") == long.replace(" ", "")]
    box = title.get_window_extent()
    assert box.x0 >= panels[0].x0 and box.x1 <= panels[-1].x1 and "\n" in title.get_text()
    for axis, other in pairwise(figure.axes):
        for this, that in ((axis.title, other.title), (axis.xaxis.label, other.xaxis.label)):
            assert this.get_window_extent().x1 <= that.get_window_extent().x0
    bars = [patch.get_window_extent() for patch in figure.axes[0].patches if patch.get_facecolor()[:3] != (1.0, 1.0, 1.0)]
    assert len(bars) == 8 and not any(box.overlaps(bar) for bar in bars)


WORDY = (bands, failures, fates, flip, sensitivity, synchronised, widgets)


@pytest.mark.parametrize("words", [module.WORDS for module in WORDY])
def test_every_word_stands_in_both_languages(words: dict[str, tuple[str, str]]) -> None:
    for english, chinese in words.values():
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in english)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_say_the_verdict_the_noise_and_what_was_left_out(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    bands.print_bands(plausible(), TITLES, language, {})
    fates.print_fates(groups(), TITLES, language, {})
    told = "".join(capsys.readouterr().out.split())
    ends = "withthe1.0%open:better19.8..20.8,worse19.8..20.8,net-1.0..+1.0"
    for said in (("holdsin83%", "15of18worlds", "2of20sampledworlds", "0.70", "-0.20?", "20.0*", ends) if language == "en"
                 else ("在83%", "18种情形中15种", "抽取的20种情形中2种", "0.70", "-0.20?", "20.0*", "1.0%未办结")):  # fmt: skip
        assert said in told
    assert "0.0[-1.0,+1.0]" in told
    assert "few" not in told.replace("fewerthan", "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_captions_say_what_is_drawn_in_which_unit_and_which_interval(language: str) -> None:
    drawn = {
        "effects": figures.effects(effects(), TITLES, language), "turns": figures.turning_values([turn(0.5)], HEAD, TITLES, language),
        "flip": figures.flip_picture(flips(), TITLES, language), "failures": figures.failure_picture(missed(), TITLES, language),
    }  # fmt: skip
    for figure in drawn.values():
        caption = "".join("".join(text.get_text().split()) for text in figure.texts)
        assert ("minutes" if language == "en" else "分钟") in caption and ("95%interval" if language == "en" else "95%区间") in caption
        assert ("wait" if language == "en" else "等候") in caption


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_failure_map_prints_the_highest_demand_first_and_marks_what_is_not_told(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failures.print_failures(missed(), TITLES, language)
    lines = capsys.readouterr().out.splitlines()
    high, low = (next(line.split() for line in lines if line.startswith(number)) for number in ("1.1 ", "1 "))
    assert high == ["1.1", "A", "B?", "A", "B"] and low[-1] == "B?" and low[1] in ("all", "全部达到")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_flip_map_prints_the_highest_demand_first_and_marks_what_is_not_told(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flip.print_flip(flips(), TITLES, language)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("1.1", "0.9"))]
    assert [line[:3] for line in lines] == ["1.1", "0.9"]
    assert "?" in lines[0]


def test_a_turning_value_reads_in_the_unit_of_the_file() -> None:
    document = sensitivity.turn_document(turn(0.5))
    assert (document["at"], document["to"]) == (1.1, "tiny")
    assert document["low"] == pytest.approx(1.08) and document["high"] == pytest.approx(1.16)


def test_windows_are_closed_with_their_people_and_opened_like_the_first() -> None:
    tiny = load("tiny")
    fewer, more = widgets.with_windows(tiny, "licence", 1), widgets.with_windows(tiny, "licence", 4)
    assert widgets.windows_of(fewer, "licence") == ["W1"] and "bai" not in fewer.centre.staff
    assert len(widgets.windows_of(more, "licence")) == 4 and len(more.centre.staff) == len(tiny.centre.staff) + 2
    assert widgets.with_windows(tiny, "licence", 2) is tiny
    for queue, n, words in (("licence", 0, "at least one window"), ("licences", 2, "licence")):
        with pytest.raises(InputRefused, match=words):
            widgets.with_windows(tiny, queue, n)


def test_the_slider_redraws_when_it_is_moved(tmp_path: Path) -> None:
    told = Settings(days=1, replications=1, workers=1, store=tmp_path)
    box = widgets.window_slider(load("tiny"), "licence", most=3, settings=told)
    number, picture = box.children
    before = bytes(picture.value)
    assert before.startswith(b"\x89PNG") and (number.value, number.max) == (2, 3)
    number.value = 3
    assert bytes(picture.value) != before


EXPERIMENT = """kind: experiment
schema: 1
name: asked
title: {en: Asked, zh: 提问}
question: {en: What does pooling change?, zh: 合窗改变了什么？}
baseline: tiny
reforms: [tiny-one-window]
measures: [wait_mean]
headline:
  - {reform: tiny-one-window, measure: wait_mean}
"""


def call(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_commands_print_one_document_each_and_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("asked.yaml").write_text(EXPERIMENT, encoding="utf-8")
    documents: dict[str, Any] = {}
    for name, words in {
        "compare": ["compare", "asked.yaml", "--worlds", "4", "--groups"],
        "sensitivity": ["sensitivity", "asked.yaml", "--trajectories", "2", "--only", "pool_windows.pace"],
        "failures": ["failures", "tiny-questions", "--reform", "tiny-one-time-notice", "--slowdown", "1:2:1", "--demand", "1:1:0.1"],
        "flip": ["flip", "asked.yaml", "--slowdown", "1:1.2:0.2", "--demand", "1:1:0.1"],
    }.items():
        code, out, _ = call(*words, *SHORT, "--json", "--out", "drawn")
        assert code == 0
        documents[name] = json.loads(out)
    assert documents["compare"]["worlds"]["used"] == 4 and documents["compare"]["groups"][0]["reform"] == "tiny-one-window"
    assert documents["sensitivity"]["turns"][0]["assumption"] == "pool_windows.pace"
    assert [cell["slowdown"] for cell in documents["flip"]["cells"]] == [1.0, 1.2]
    failed = documents["failures"]["cells"]
    expected = [(name, x) for name in ("tiny", "tiny-one-time-notice") for x in (1.0, 2.0)]
    assert [(cell["scenario"], cell["slowdown"]) for cell in failed] == expected
    assert all({"value", "low", "high", "state"} == {*one} for cell in failed for one in cell["targets"])
    drawn = {path.stem for path in Path("drawn").iterdir()}
    assert {"two-bands", "better-and-worse", "effects", "turns", "flip-map", "failure-map"} <= drawn


def test_without_worlds_the_column_head_says_that_assumptions_are_not_included(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("asked.yaml").write_text(EXPERIMENT, encoding="utf-8")
    for language, parts in (("en", ("assumptions", "included)")), ("zh", ("区间", "假"))):
        code, out, _ = call("compare", "asked.yaml", *SHORT, "--language", language)
        # Heads of columns stand above the first line; those of value and difference fold side by side.
        heads = out.partition("─")[0]
        assert code == 0 and all(heads.count(part) == 2 for part in parts)
