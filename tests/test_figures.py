"""Every picture in both languages without a missing glyph, and the figures under the pictures."""

import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulation.log import EventLog, seconds
from simulation.reforms import apply
from simulation.verbs import Settings, load, load_reform, log_of
from workbench import figures
from workbench.figures import CAUSES, DAY, days_by_cause, spells

LONG = ("committed", "joint", "upward")


@pytest.fixture(scope="module")
def logs() -> dict[str, EventLog]:
    told = Settings(seed=3, days=3)
    hall = load("tiny")
    return {"今天 today": log_of(hall, told), "综合窗口": log_of(apply(hall, load_reform("tiny-one-window")), told)}


@pytest.fixture(scope="module")
def today(logs: dict[str, EventLog]) -> EventLog:
    return logs["今天 today"]


def committed(log: EventLog) -> pd.DataFrame:
    """Decided cases of the measured window that are not decided on the spot."""
    low, high = log.meta.window or (0, log.meta.horizon)
    c = log.cases
    return c[c["class"].isin(LONG) & c["decided"].notna() & c["accepted"].ge(low) & c["accepted"].lt(high)]


@pytest.fixture(autouse=True)
def no_glyph_is_missing() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*[Gg]lyph.*")
        yield


def hall(logs: dict[str, EventLog], language: str) -> Figure:
    return figures.hall_strip(logs, language)


def life(logs: dict[str, EventLog], language: str) -> Figure:
    return figures.ribbon({title: (log, int(committed(log)["case"].iloc[0])) for title, log in logs.items()}, language)


def where(logs: dict[str, EventLog], language: str) -> Figure:
    return figures.where_days_go(logs, language)


def within(logs: dict[str, EventLog], language: str) -> Figure:
    return figures.within(logs, language)


def ladder(logs: dict[str, EventLog], language: str) -> Figure:
    del logs
    row = {"measure": "trips", "group": "all", "difference": -0.2, "difference_low": -0.3, "difference_high": -0.1}
    rows = [{**row, "scenario": "a"}, {**row, "scenario": "b", "difference_low": None, "difference_high": None}]
    notes = {"a": "一次性 30 千元；中心自主" if language == "zh" else "30 kCNY once; centre"}
    return figures.ladder(rows, {"a": "一次性告知", "b": "One window"}, notes, {"trips": ("跑动次数 trips", "次", 1.0)}, language)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("draw", [hall, life, where, within, ladder])
def test_a_picture_is_drawn_without_a_missing_glyph(
    draw: Callable[[dict[str, EventLog], str], Figure], language: str, logs: dict[str, EventLog]
) -> None:
    picture = BytesIO()
    draw(logs, language).savefig(picture, dpi=40)
    assert picture.getvalue().startswith(b"\x89PNG")


def test_the_glyph_filter_can_fail() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "\u0f00\U0001f9ff")
    with pytest.raises(UserWarning, match=r"[Gg]lyph"):
        figure.savefig(BytesIO(), dpi=40)


@pytest.mark.parametrize("key", [*figures.WORDS])
def test_a_word_of_the_pictures_stands_in_both_languages(key: str) -> None:
    english, chinese = figures.WORDS[key]
    assert english.isascii()
    assert not chinese.isascii()


def test_every_cause_has_its_word() -> None:
    assert set(CAUSES) <= set(figures.WORDS)


def test_spells_cover_a_cases_time_without_overlap(today: EventLog) -> None:
    accepted = today.cases[today.cases["accepted"].notna()]
    assert len(accepted) > 100
    for case in accepted.iloc[::7].itertuples():
        found = spells(today, int(case.case))
        begin, end = int(case.accepted), int(case.delivered) if pd.notna(case.delivered) else today.meta.horizon
        if begin == end:
            continue
        assert (found[0][0], found[-1][1]) == (begin, end)
        assert all(a < b for a, b, _ in found)
        assert all(one[1] == other[0] and one[2] != other[2] for one, other in pairwise(found))
        assert {cause for _, _, cause in found} <= set(CAUSES)


def test_nothing_is_worked_on_after_the_end_of_its_work(today: EventLog) -> None:
    case = int(committed(today)["case"].iloc[0])
    worked = sum(b - a for a, b, cause in spells(today, case) if cause == "working")
    e = today.events[(today.events["case"] == case) & today.events["kind"].isin(["task", "service"]) & today.events["start"].notna()]
    begin = int(today.cases.loc[today.cases["case"] == case, "accepted"].iloc[0])
    e = e[e["start"] >= begin]
    assert worked == int((seconds(e["end"]) - seconds(e["start"])).sum())


def test_days_by_cause_sum_to_the_working_days_taken(today: EventLog) -> None:
    cases = committed(today)
    took = today.meta.calendar().wd(seconds(cases["accepted"]) // DAY, seconds(cases["decided"]) // DAY)
    department = cases["item"].astype(str).map(today.meta.items)
    wanted = pd.Series(took, index=cases.index).groupby(department).mean()
    found = days_by_cause(today, sample=10**6).sum(axis=1)
    assert wanted.sum() > 0
    assert sorted(found.index) == sorted(wanted.index)
    np.testing.assert_allclose(found.reindex(wanted.index), wanted)
