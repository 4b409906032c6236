"""Frames and picture of a roster: every number is one of the roster, in both languages."""

import numpy as np
import pytest

from optimization.naming import duties, misfits, name_people
from optimization.rosters import Contract, Group, Rostering, roster
from optimization.shifts import ShiftRule, shifts
from workbench.roster import cover_frame, roster_frame, roster_picture, windows_frame


@pytest.fixture(scope="module")
def week() -> Rostering:
    """Two people who may be asked for twice at 10:00 on Monday; on Tuesday one queue needs three and has two."""
    patterns = shifts([ShiftRule("day", (0,), (4,), rest=1, earliest=1, latest=2)], 2, 4, first=9 * 3600)
    return Rostering(
        groups=(Group("desk", "hall", "full", 2, ("Li", "Wang")),), contracts={"full": Contract()}, patterns=patterns,
        windows=np.array([2]), window_names=("counter",), serves={(0, 0): frozenset({0})},
        required=np.array([[[1, 1, 1, 1]], [[3, 0, 0, 0]]]),
        queue_names=("tax",), day_names=("Monday", "Tuesday"),
    )  # fmt: skip


def test_frames_are_those_of_the_hand_made_week(week: Rostering) -> None:
    """Monday asks for one person throughout: two with different breaks. Tuesday has two at 9:00 where three are asked for."""
    found = roster(week)
    named = name_people(week, [found], duties(week))
    assert misfits(week, [found], named) == []
    rows = roster_frame(week, named)
    assert rows.groupby("day").size().to_dict() == {"Monday": 2, "Tuesday": 2}
    monday = rows[rows["day"] == "Monday"]
    assert {*monday["person"]} == {"Li", "Wang"}
    assert {*monday["shift"]} == {"day 9:00-11:00, break 9:30", "day 9:00-11:00, break 10:00"}
    assert {*rows["from"]} == {"9:00"} and {*rows["to"]} == {"11:00"} and {*rows["hours"]} == {1.5}
    opened = windows_frame(week, found).set_index(["day", "half_hour"])["open"]
    assert opened["Monday"].to_dict() == {"9:00": 2, "9:30": 1, "10:00": 1, "10:30": 2}
    cover = cover_frame(week, found)
    assert cover[cover["day"] == "Tuesday"].to_dict("records") == [
        {"day": "Tuesday", "half_hour": "9:00", "queue": "tax", "required": 3, "served": 2.0, "missing": 1.0}
    ]
    assert (cover[cover["day"] == "Monday"]["missing"] == 0).all()


SAID = {"en": ("Who works when, week 1", "Monday", "missing"), "zh": ("第1周排班表", "周一", "缺员")}


@pytest.mark.parametrize(("language", "said"), SAID.items())
def test_the_picture_says_who_works_when_and_how_good_it_is(week: Rostering, language: str, said: tuple[str, ...]) -> None:
    found = roster(week)
    named = name_people(week, [found], duties(week))
    figure = roster_picture(week, found, named, language)
    figure.draw_without_rendering()
    words = [t.get_text() for t in figure.texts] + [figure.get_suptitle()]
    words += [t.get_text() for axis in figure.axes for t in (*axis.texts, *axis.get_xticklabels(), *axis.get_yticklabels())]
    words += [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    text = "\n".join(words)
    for one in (*said, "Li", "Wang", "9:00–9:30  10:00–11:00", f"{found.objective:,.1f}"):
        assert one in text
    assert sum(text.count(spans) for spans in ("9:00–9:30  10:00–11:00", "9:00–10:00  10:30–11:00")) == 4  # a break in each
