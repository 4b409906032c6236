"""The event log: types, order, invariants, and that what is written is what is read."""

import ast
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation import log as log_module
from simulation.clocks import MISSING
from simulation.errors import LogRefused
from simulation.log import EventLog, Meta, seconds

META = Meta(epoch=date(2023, 3, 6), horizon=86400, covered=(date(2023, 3, 1), date(2023, 3, 31)), working=(date(2023, 3, 6),))


def small(
    events: dict[str, Any] | None = None, cases: dict[str, Any] | None = None, duty: dict[str, Any] | None = None, meta: Meta = META
) -> EventLog:
    """Two people at one window, the second after the first; the third ticket still waits at the horizon."""
    rows: dict[str, Any] = {
        "case": [1, 2, 3], "visit": [1, 1, 1], "kind": ["service", "service", "queue"], "entered": [100, 150, 86000],
        "start": [200, 500, None], "end": [500, 900, None], "site": ["main"] * 3, "queue": ["licences"] * 3,
        "department": ["market"] * 3, "post": ["w01", "w01", None], "people": [1, 1, 1], "outcome": ["done", "denied", "open"],
        "reason": [None, "", None],
    }  # fmt: skip
    known: dict[str, Any] = {
        "case": [1, 2, 3], "item": ["licence"] * 3, "channel": ["counter"] * 3, "class": ["instant"] * 3, "arrived": [100, 150, 86000],
        "received": [500, 900, None], "complete": [500, 900, None], "accepted": [500, 900, None], "decided": [500, 900, None],
        "outcome": ["done", "denied", "open"], "legal_wd": [20, None, 20],
    }  # fmt: skip
    posts: dict[str, Any] = {"post": ["w01", "w01"], "from": [0, 600], "to": [600, 1000], "state": ["open"] * 2, "people": [1, 1]}
    return EventLog.make(rows | (events or {}), known | (cases or {}), posts | (duty or {}), meta)


def refusal(log: EventLog) -> str:
    with pytest.raises(LogRefused) as refused:
        log.validate()
    return str(refused.value)


def test_a_sound_log_passes_and_has_the_types_of_the_schema() -> None:
    log = small().validate()
    assert {c: str(t) for c, t in log.events.dtypes.items()} == {
        "case": "int64", "visit": "int16", "kind": "category", "entered": "Int64", "start": "Int64", "end": "Int64", "site": "category",
        "queue": "category", "department": "category", "post": "category", "people": "int16", "outcome": "category", "reason": "category",
    }  # fmt: skip
    assert str(log.cases["legal_wd"].dtype) == "Int16"
    assert log.events["reason"].isna().all()


def test_seconds_show_what_is_missing() -> None:
    assert seconds(pd.Series([5, None], dtype="Int64")).tolist() == [5, MISSING]
    assert seconds(pd.Series([5, 6])).dtype == np.int64


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    log = small()
    again = EventLog.read(log.write(tmp_path / "log"))
    assert again.digest() == log.digest()
    assert again.meta == log.meta
    for name in ("events", "cases", "duty"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(log, name), check_categorical=True)


def test_the_order_of_rows_and_categories_means_nothing() -> None:
    log = small()
    turned = log.events.iloc[::-1].assign(post=log.events["post"].cat.add_categories(["w99"]))
    assert EventLog.make(turned, log.cases.iloc[::-1], log.duty.iloc[::-1], META).digest() == log.digest()


def test_the_rows_of_a_case_stand_in_the_order_in_which_they_began() -> None:
    rows = {"case": [1, 1, 1], "kind": ["task", "notice", "task"], "entered": [300, None, 100], "start": [None, 200, 150]}
    assert EventLog.make(rows, {"case": [1]}, None, META).events["kind"].tolist() == ["task", "notice", "task"]
    assert seconds(EventLog.make(rows, {"case": [1]}, None, META).events["entered"]).tolist() == [100, MISSING, 300]


@pytest.mark.parametrize(
    "events", [{"end": [501, 900, None]}, {"outcome": ["supplement", "denied", "open"]}, {"reason": ["item", "", None]}]
)
def test_any_other_value_is_another_digest(events: dict[str, Any]) -> None:
    assert small(events).digest() != small().digest()


def test_where_a_log_came_from_is_no_part_of_its_digest_but_the_calendar_is() -> None:
    named = META.model_copy(update={"origin": {"engine": "process"}})
    assert small(meta=named).digest() == small().digest()
    assert small(meta=META.model_copy(update={"working": ()})).digest() != small().digest()


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ({"start": [90, 500, None]}, "entered <= start <= end"),
        ({"end": [150, 900, None]}, "entered <= start <= end"),
        ({"entered": [100, 901, 86000], "start": [200, None, None]}, "entered <= start <= end"),
        ({"start": [200, 499, None]}, "a post serves one at a time"),
        ({"case": [1, 2, 4]}, "every event's case is in `cases`"),
        ({"kind": ["service", "service", "wait"]}, "kind is one of"),
        ({"outcome": ["done", "left", "open"]}, "the outcome of a service is one of"),
        ({"outcome": ["done", "denied", None]}, "the outcome of a queue is one of"),
        ({"outcome": ["open", "denied", "open"]}, "`open` if and only if unfinished"),
        ({"outcome": ["done", "denied", "left"]}, "`open` if and only if unfinished"),
        ({"end": [500, 90000, None]}, "nothing is seen after the horizon 86400"),
    ],
)
def test_each_breach_among_events_is_caught(events: dict[str, Any], words: str) -> None:
    assert words in refusal(small(events))


def test_a_service_that_is_still_open_keeps_its_post_busy() -> None:
    """Case 1 is called at 200 and never finished, yet case 2 is served at the same window at 500."""
    said = refusal(small({"end": [None, 900, None], "outcome": ["open", "denied", "open"]}))
    assert "a post serves one at a time" in said
    assert "w01" in said


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ({"case": [1, 2, 2]}, "a case is one row"),
        ({"outcome": ["done", "denied", "left"]}, "an outcome is one of"),
        ({"outcome": ["open", "denied", "open"]}, "a case that is `open` has no decision"),
        ({"received": [50, 900, None]}, "arrived <= received"),
        ({"accepted": [400, 900, None]}, "received <= accepted <= decided"),
        ({"decided": [400, 900, None]}, "received <= accepted <= decided"),
        ({"decided": [500, 90000, None]}, "nothing is seen after the horizon"),
    ],
)
def test_each_breach_among_cases_is_caught(cases: dict[str, Any], words: str) -> None:
    assert words in refusal(small(cases=cases))


def test_a_case_deemed_accepted_before_its_papers_were_complete_is_sound() -> None:
    """No notice within five working days: accepted as of receipt (Art 32(4)), whatever day the papers became complete."""
    small(cases={"complete": [600, 900, None], "decided": [700, 900, None], "accepted": [500, 900, None]}).validate()


@pytest.mark.parametrize(
    ("duty", "words"),
    [
        ({"to": [0, 1000]}, "from < to"),
        ({"state": ["open", "idle"]}, "a state is one of"),
        ({"people": [1, -1]}, "people >= 0"),
        ({"from": [0, 599]}, "intervals of one post do not overlap"),
    ],
)
def test_each_breach_of_duty_is_caught(duty: dict[str, Any], words: str) -> None:
    assert words in refusal(small(duty=duty))


def test_who_is_away_stands_beside_who_sits_in_for_him() -> None:
    beside: dict[str, Any] = {"post": ["W1"] * 2, "from": [0, 0], "to": [600, 600]}
    small(duty={**beside, "state": ["open", "away"]})
    assert "do not overlap" in refusal(small(duty={**beside, "state": ["open", "absent"]}))


def test_all_breaches_come_at_once_with_their_rows() -> None:
    said = refusal(small({"start": [90, 500, None], "case": [1, 2, 9]}, {"received": [50, 900, None]}, {"state": ["open", "idle"]}))
    assert all(words in said for words in ("entered <= start", "every event's case", "arrived <= received", "a state is one of", "row 0"))


def test_a_frame_changed_after_making_is_caught_by_its_type() -> None:
    log = small()
    events = log.events.assign(start=log.events["start"].astype("float64")).assign(wait=1)
    said = refusal(EventLog(events, log.cases, log.duty, log.meta))
    assert "events: column start" in said
    assert "events: column wait" in said


def test_a_window_beyond_the_horizon_is_caught() -> None:
    assert "meta: window" in refusal(small(meta=META.model_copy(update={"window": (0, 90000)})))


@pytest.mark.parametrize(
    ("events", "cases", "words"),
    [
        ({"case": [1], "kind": ["task"], "wait": [3]}, {"case": [1]}, "events: column wait"),
        ({"case": [1]}, {"case": [1]}, "events: column kind"),
        ({"case": [1], "kind": ["task"], "start": [1.5]}, {"case": [1]}, "events: column start"),
        ({"case": [None], "kind": ["task"]}, {"case": [1]}, "events: column case"),
        ({"case": [1], "kind": ["task"], "people": [70000]}, {"case": [1]}, "events: column people"),
    ],
)
def test_columns_that_do_not_fit_the_schema_are_refused_by_name(events: dict[str, Any], cases: dict[str, Any], words: str) -> None:
    with pytest.raises(LogRefused, match=words):
        EventLog.make(events, cases, None, META)


def test_a_real_log_may_lack_columns() -> None:
    EventLog.make({"case": [1], "kind": ["task"], "end": [5]}, {"case": [1], "decided": [5]}, None, META).validate()


def test_a_log_knows_neither_plan_nor_engines_nor_scenario() -> None:
    tree = ast.parse(Path(log_module.__file__).read_text(encoding="utf-8"))
    known = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in known if name and name.startswith("simulation")} == {
        "simulation.calendar", "simulation.clocks", "simulation.errors", "simulation.invariants", "simulation.sorting",
    }  # fmt: skip
