"""Where applicants may choose their officer, who waits for one is called by no other until that officer's interval ends."""

from __future__ import annotations

from strategies import counter, run, scenario, told

from simulation.log import EventLog
from simulation.scenario import Scenario


def choosing(share: str, **fields: object) -> Scenario:
    """Windows W1 and W2 for queue a, ten minutes each."""
    plain = {"windows": {"W1": "a", "W2": "a"}, "site": {"assignment": "applicant"}, "responses": {"chooses": share}}
    return scenario(**{**plain, **fields})  # type: ignore[arg-type]


def tickets(log: EventLog) -> list[str]:
    return told(log, "service", "queue")


def seats(log: EventLog) -> list[str]:
    return [line.split(" | ")[6] for line in tickets(log)]


COMERS = "9:00, 9:00, 9:00, 9:00, 9:00, 9:00, 9:00, 9:00"


def test_who_chooses_waits_for_his_officer_while_another_is_free() -> None:
    """Eight come at 9:00 and choose, three W1 and five W2 (their draws say so): each is called in the order of the tickets for his window;
    W1 is done at 9:30 and stands idle while W2 goes on until 9:50.
    """
    assert [line.split(" | ")[4::2] for line in tickets(run(choosing("1"), n=COMERS))] == [
        ["9:00", "W2"], ["9:10", "W2"], ["9:20", "W2"], ["9:00", "W1"], ["9:10", "W1"], ["9:30", "W2"], ["9:40", "W2"], ["9:20", "W1"],
    ]  # fmt: skip


def test_the_officer_of_choice_is_anybody_s_when_his_interval_ends() -> None:
    """W2 leaves at 9:15: who still waits for it then is called by W1, as it becomes free."""
    log = run(choosing("1", shifts={"W2": "9:00-9:15"}), n=COMERS)
    rows = [line.split(" | ") for line in tickets(log)]
    wanted = seats(run(choosing("1"), n=COMERS))
    for row, window in zip(rows, wanted, strict=True):
        assert row[6] == window or (window == "W2" and row[6] == "W1" and row[4] >= "9:20")
    assert [row[6] for row in rows].count("W2") == 2
    assert sorted(row[4] for row in rows if row[6] == "W1") == [f"9:{k}0" if k else "9:00" for k in range(6)]


def test_nobody_waits_for_one_officer_where_the_next_free_serves() -> None:
    """Without the site's word, or without anybody who cares, tickets go to the first free window, byte by byte."""
    plain = run(choosing("0"), n=COMERS).digest()
    assert run(choosing("1", site={}), n=COMERS).digest() == plain
    assert run(choosing("1"), n=COMERS).digest() != plain


def test_whom_one_chooses_is_not_moved_by_another_window() -> None:
    """A third window draws some away; all others choose as before."""
    two = seats(run(choosing("1"), n=COMERS))
    three = seats(run(choosing("1", windows={"W1": "a", "W2": "a", "W3": "a"}, route={"serve": counter("a")}), n=COMERS))
    assert "W3" in three
    assert all(new in (old, "W3") for old, new in zip(two, three, strict=True))
