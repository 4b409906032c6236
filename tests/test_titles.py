"""What a reform costs and rests on, as reports say it."""

from pathlib import Path

import pandas as pd
import pytest

from simulation.result import KEYS
from simulation.verbs import load, load_experiment
from workbench.titles import in_words, numbers_added, price

REFORM = """kind: reform
schema: 1
name: {name}
title: {{en: R, zh: 改}}
baseline: tiny
source: assumption
edits: [{{kind: set, path: centre.sites.hall.overrun, value: 20 min}},
  {{kind: change_staff, add: {{xia: {{employer: market, skills: [licence], shift: day, pace: 1.1 (1..1.2), source: {source}}}}}}}]
cost: {{once: {once}, yearly: 5 kCNY}}
lead_time: 60 d
authority: centre
"""


def test_a_price_shows_its_range_and_a_bundle_the_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """20 (10 to 40) and 7 without a range are 27 (17 to 47)."""
    monkeypatch.chdir(tmp_path)
    for name, once, source in (("a", "20 kCNY (10..40)", "toy"), ("b", "7 kCNY", "assumption")):
        Path(f"{name}.yaml").write_text(REFORM.format(name=name, once=once, source=source), encoding="utf-8")
    update = {"reforms": ("a.yaml", "b.yaml"), "bundles": {"both": ("a.yaml", "b.yaml")}, "headline": ()}
    asked = load_experiment("tiny-questions").model_copy(update=update)
    english = [price(asked, name, "en", ranges=True).partition("\n")[0] for name in ("a", "b", "both")]
    assert english == [
        "CNY 20,000 (10,000 to 40,000) once, 5,000 a year", "CNY 7,000 once, 5,000 a year",
        "CNY 27,000 (17,000 to 47,000) once, 10,000 a year",
    ]  # fmt: skip
    assert price(asked, "a", "zh", ranges=True).startswith("一次性2万元（1至4），每年0.5万元")
    assert price(asked, "a", "en").startswith("CNY 20,000 once")
    assert numbers_added(asked) == (3, 1), "two fields set by hand and a pace that is assumed; a pace with a source"


def test_a_table_in_words_has_names_for_codes_and_figures_in_the_unit_it_names() -> None:
    """-144 seconds are -2.4 minutes; a table without units keeps its figures."""
    row = {"scenario": "a", "baseline": "tiny", "measure": "wait_mean", "group": "queue:licence", "unit": "s", "value": 600.0}
    frame = pd.DataFrame([{**row, "difference": -144.0}], columns=list(KEYS))
    told = in_words(frame, {"a": "甲", "tiny": "现状"}, "zh", load("tiny")).iloc[0]
    assert told[["scenario", "baseline", "measure", "group", "unit"]].tolist() == ["甲", "现状", "平均等候时间", "队列：证照", "分钟"]
    assert (told["value"], told["difference"]) == (10.0, pytest.approx(-2.4))
    plain = in_words(frame[["measure", "group", "value"]].assign(group="all"), {}, "en").iloc[0]
    assert plain.tolist() == ["mean wait", "all", 600.0]
