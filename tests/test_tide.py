"""Tidal windows: they open in the second after the board passes the threshold and close by the board; each log is worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from strategies import counter, run, scenario, second, shown, task, told

from simulation.centre import Absence
from simulation.engines import tide
from simulation.engines.phases import STATE, Moment
from simulation.log import EventLog
from simulation.scenario import Scenario


def tidal(*windows: str, above: str = "1", below: str = "0", **fields: Any) -> Scenario:
    """Window W1 and tidal windows T1 ... for queue a, ten minutes each; W1 stands first."""
    names = {w: "a" for w in ("W1", *windows)}
    return scenario(windows=names, tides={w: (above, below) for w in windows if w[0] == "T"}, **fields)


def tickets(log: EventLog) -> list[str]:
    return told(log, "service", "queue")


def duty(log: EventLog, post: str) -> list[str]:
    """Lines `from-to state people` of one post in the morning."""
    rows = log.duty[log.duty["post"] == post].sort_values("from")
    return [f"{shown(r[1])}-{shown(r[2])} {r.state} {r.people}" for r in rows.itertuples(index=False) if r[1] < second("12:00")]


def test_it_opens_a_second_after_the_threshold_is_passed_and_finishes_whom_it_serves() -> None:
    """1 waits from 9:01: one is not more than one. 2 comes at 9:02:00, the board shows two: T1 opens at 9:02:01 and calls 1. W1 calls 2 at
    9:10:00; the board shows nobody, T1 closes at 9:10:01, and is closed when it is free, at 9:12:01: nobody calls 3 before 9:20.
    """
    log = run(tidal("T1"), n="9:00, 9:01, 9:02, 9:11")
    assert tickets(log) == [
        "0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done",
        "1 | service | serve | 9:01 | 9:02:01 | 9:12:01 | T1 | done",
        "2 | service | serve | 9:02 | 9:10 | 9:20 | W1 | done",
        "3 | service | serve | 9:11 | 9:20 | 9:30 | W1 | done",
    ]
    assert duty(log, "T1") == ["9:00-9:02:01 standby 1", "9:02:01-9:12:01 open 1", "9:12:01-12:00 standby 1"]


def test_it_opens_in_the_second_its_last_citizen_leaves_the_queue_and_closes_by_the_next_board() -> None:
    """At the end of 9:09:59 two wait. At 9:10:00 T1 opens, but W1 and W2 are free in that very second, stand before it, and take both: T1
    finds nobody, the board is empty, it closes at 9:10:01. Who comes then waits for W1.
    """
    log = run(tidal("W2", "T1"), n="9:00, 9:00, 9:09:59, 9:09:59, 9:10:01")
    assert tickets(log)[2:] == [
        "2 | service | serve | 9:09:59 | 9:10 | 9:20 | W1 | done",
        "3 | service | serve | 9:09:59 | 9:10 | 9:20 | W2 | done",
        "4 | service | serve | 9:10:01 | 9:20 | 9:30 | W1 | done",
    ]
    assert duty(log, "T1") == ["9:00-9:10 standby 1", "9:10-9:10:01 open 1", "9:10:01-12:00 standby 1"]


CROWD = {"route": {"serve": counter("a", "60 min")}, "behaviour": {"patience": {"constant": "10 min"}}}


def test_who_loses_patience_in_a_second_is_not_on_its_board() -> None:
    """0 is served for an hour. 1 and 2 come at 9:01 and leave at 9:11:00, when 3 comes: the board of that second shows one, not three."""
    log = run(tidal("T1", above="2", **CROWD), n="9:00, 9:01, 9:01, 9:11")
    assert duty(log, "T1") == ["9:00-12:00 standby 1"]
    assert [line.rsplit(" ", 1)[-1] for line in tickets(log)] == ["done", "left", "left", "left"]


def test_a_citizen_about_to_leave_is_called_by_the_window_that_opens_in_that_second() -> None:
    """1 leaves at 9:11:00. At 9:10:59 comes 2: two wait, T1 opens at 9:11:00 and calls 1, for a start beats an abandonment."""
    log = run(tidal("T1", **CROWD), n="9:00, 9:01, 9:10:59")
    assert tickets(log)[1] == "1 | service | serve | 9:01 | 9:11 | 10:11 | T1 | done"


def test_a_shift_begins_on_standby_with_the_board_as_it_stands() -> None:
    """1 and 2 wait from 9:02; T1 comes at 9:30, reads the board of 9:29:59 and opens at once."""
    log = run(tidal("T1", shifts={"T1": "9:30-12:00"}, route=CROWD["route"]), n="9:00, 9:01, 9:02")
    assert tickets(log)[1] == "1 | service | serve | 9:01 | 9:30 | 10:30 | T1 | done"


def test_a_shift_that_ends_while_it_is_open_closes_it() -> None:
    """T1 is on duty until 9:05; open from 9:02:01, it finishes 1 at 9:12:01 and calls nobody else."""
    log = run(tidal("T1", shifts={"T1": "9:00-9:05"}), n="9:00, 9:01, 9:02, 9:03, 9:04")
    assert [line.split(" | ")[6] for line in tickets(log)] == ["W1", "T1", "W1", "W1", "W1"]
    assert duty(log, "T1") == ["9:00-9:02:01 standby 1", "9:02:01-9:05 open 1"]


def with_pool(**fields: Any) -> Scenario:
    """T1's person works in pool p with one other; what W3 accepts in a minute is worked on there for half an hour."""
    items = {"x": {"route": {"serve": counter("a")}}, "y": {"route": {"accept": counter("b", "1 min"), "do": task("p", "30 min")}}}
    pools = {"p": {"people": {"p": "1"}, "hours": ["9:00-12:00"]}}
    names = {"W1": "a", "T1": "a", "W3": "b"}
    return scenario(
        items=items, needs={"n": {}, "m": {"items": ["y"]}}, windows=names, pools=pools, tides={"T1": ("1", "0")}, homes={"T1": "p"},
        **fields,
    )  # fmt: skip


def test_the_pool_is_one_short_while_the_window_is_open() -> None:
    """The first file is begun at 9:01 and goes on. T1 is open from 9:02:01 to 9:12:01, as in the first test: the second file is ready at
    9:04 and begun when he is back. Standing by he counts in the pool and not at the window.
    """
    log = run(with_pool(), n="9:00, 9:01, 9:02", m="9:00, 9:03")
    assert told(log, "task") == [
        "1 | task | do | 9:01 | 9:01 | 9:31 | p | done",
        "4 | task | do | 9:04 | 9:12:01 | 9:42:01 | p | done",
    ]
    assert duty(log, "pool:p") == ["9:00-9:02:01 working 2", "9:02:01-9:12:01 working 1", "9:12:01-12:00 working 2"]
    assert duty(log, "T1") == ["9:00-9:02:01 standby 0", "9:02:01-9:12:01 open 1", "9:12:01-12:00 standby 0"]


def test_who_is_absent_is_absent_from_window_and_pool() -> None:
    """T1 never opens, and the second file waits for the only one there until 9:31."""
    plain = with_pool()
    absence = Absence.model_validate({"starts": "1", "lasts_wd": {"discrete": {"1": "1"}}})
    person = plain.centre.staff["of-T1"].model_copy(update={"absence": absence})
    centre = plain.centre.model_copy(update={"staff": {**plain.centre.staff, "of-T1": person}})
    log = run(plain.model_copy(update={"centre": centre}), n="9:00, 9:01, 9:02", m="9:00, 9:03")
    assert told(log, "task")[1] == "4 | task | do | 9:04 | 9:31 | 10:01 | p | done"
    assert duty(log, "pool:p") == ["9:00-12:00 working 1"]
    assert duty(log, "T1") == ["9:00-12:00 absent 1"], "paid once: he is not away from his pool as well"


@pytest.mark.parametrize(("above", "seats"), [("1", ["W1", "T1", "T2"]), ("3", ["W1", "T1", "W1"])])
def test_each_window_reads_the_board_for_itself(above: str, seats: list[str]) -> None:
    """Two wait at the end of 9:02: with the same threshold both open at 9:02:01; one that opens above three stands by."""
    small = scenario(windows={"W1": "a", "T1": "a", "T2": "a"}, tides={"T1": ("1", "0"), "T2": (above, "0")})
    log = run(small, n="9:00, 9:01, 9:02")
    assert [line.split(" | ")[6] for line in tickets(log)] == seats
    assert tickets(log)[1] == "1 | service | serve | 9:01 | 9:02:01 | 9:12:01 | T1 | done"


def test_control_a_hall_that_reads_and_acts_in_the_same_second_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens a second too early, and for people who leave in that second."""

    def at_once(self: tide.TidalHall, cls: int) -> None:
        def look() -> None:
            self._read()
            self._tide()

        Moment(self.env, STATE, 0, look)

    monkeypatch.setattr(tide.TidalHall, "_changed", at_once)
    assert tickets(run(tidal("T1"), n="9:00, 9:01, 9:02"))[1].split(" | ")[4] == "9:02"
    assert duty(run(tidal("T1", above="2", **CROWD), n="9:00, 9:01, 9:01, 9:11"), "T1") != ["9:00-12:00 standby 1"]
