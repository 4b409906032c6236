"""The benchmarks compare like with like; of time nothing is asserted."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count

import numpy as np
import pytest
from benchmarks import identity, measured, visits, year
from benchmarks.hall import ENGINES, ours, planned_hall, prepared_hall, tickets
from benchmarks.report import BEGINS, ENDS, README, RESULTS, shown, table, with_table
from benchmarks.rivals import RIVALS
from benchmarks.timing import Laps, lapped, ratio, total

from simulation.draws import make_draws
from simulation.engines import process, simulate


def test_contestants_run_in_turn_and_each_part_has_its_seconds() -> None:
    order: list[str] = []
    ticks: Iterator[int] = count()

    def run(laps: Laps, name: str) -> None:
        for part in (f"{name} first", f"{name} second"):
            order.append(part)
            laps(part)

    seconds = lapped({name: partial(run, name=name) for name in "ab"}, 2, lambda: float(next(ticks)) ** 2)
    assert order == 2 * ["a first", "a second", "b first", "b second"]
    # The clock says 0, 1, 4, 9 ...: it is read when a run begins, and twice at the end of each part.
    assert seconds == {"a first": [1 - 0, 121 - 100], "a second": [9 - 4, 169 - 144],
                       "b first": [36 - 25, 256 - 225], "b second": [64 - 49, 324 - 289]}  # fmt: skip
    assert total(seconds, "a first", "b second") == [16, 56]


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    """2/1, 9/3, 8/1: median 3, though the medians of the seconds are 8 and 1."""
    found = ratio("x", {"a": [2, 9, 8], "b": [1, 3, 1]}, "a", "b", scale=10)
    assert (found.ratio, found.least, found.most) == (30, 20, 80)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_simulates_the_same_hall(name: str, engine: str) -> None:
    """Textbook SimPy breaks ties as we do in this hall, so that every wait is ours; Ciw draws who is first, salabim has its own order."""
    pytest.importorskip(name.split()[0])
    customers, waits = tickets(ours(*prepared_hall(2), engine))
    assert len(customers) > 2_000 and waits.mean() > 60
    found = RIVALS[name](customers)
    assert not np.isnan(found).any()
    if name == "simpy":
        assert (found == waits).all()
    assert found.mean() == pytest.approx(waits.mean(), rel=measured.FAIR)


def test_the_parts_of_a_run_are_those_of_the_engines() -> None:
    """What is timed part by part writes the log that the engines write, whose digest says which engine it was from."""
    plan = planned_hall(1)
    logs = {simulate(plan, make_draws(plan, 1, 0), engine).digest() for engine in ENGINES}
    seen: list[str] = []
    assert {chain(plan, 1, 0, seen.append).digest() for chain in (year.simpy, year.twin)} == logs
    assert tuple(seen) == (*year.SIMPY, *year.TWIN)


def test_control_a_plan_on_which_the_engines_differ_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert identity.mismatches(3)[::2] == (3, 0)
    monkeypatch.setattr(identity.compiled, "simulate", lambda plan, draws: process.simulate(plan, replace(draws, seed=draws.seed + 1)))
    assert identity.mismatches(3)[2] > 0


def test_a_visit_has_its_seconds_and_its_bytes() -> None:
    """Another process runs one day: about 1,180 come, and the kernel's rows alone have some dozen bytes each."""
    found = visits.apart(1)
    assert 1_000 < found["visits"] < 1_400 and set(found["parts"]) == set(year.TWIN)
    assert found["written"] > 24 * found["visits"] and found["logged"] >= found["ran"]


def test_a_rival_of_another_hall_gets_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "RIVALS", {"simpy": lambda customers: 1.03 * RIVALS["simpy"](customers)})
    with pytest.raises(ValueError, match="does not simulate the same hall"):
        measured.rivals(1, 1)


def test_the_readme_shows_what_was_measured() -> None:
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert shown(README.read_text(encoding="utf-8")) == table(kept)
    assert list(kept["benchmarks"]) == [*measured.BENCHMARKS, *measured.LONG_ONES]


def test_the_table_is_written_between_its_marks_and_nothing_else_changes() -> None:
    kept = {"date": "2026-01-02", "machine": {"cores": 2, "python": "3.12"}, "versions": {"simpy": "4"}, "rounds": 3}
    one = {"what": "a / b", "ratio": 2.5, "least": 2, "most": 3.1234, "note": "n", "wanted": None, "date": "2026-01-02"}
    kept["benchmarks"] = {
        "rivals": [one, one | {"wanted": 2.5}, one | {"wanted": 3}],
        "bytes": [one | {"wanted": -2, "date": "2026-01-01"}],
    }
    text = with_table(f"above\n{BEGINS}\nold\n{ENDS}\nbelow", kept)
    assert text.startswith(f"above\n{BEGINS}\n2026-01-02") and text.endswith(f"\n{ENDS}\nbelow")
    assert [row[len("| a / b | 2.5 (2–3.12) |") :] for row in text.splitlines()[-6:-2]] == [
        "  | n |", " at least 2.5 | n |", " at least 3: **missed** | n |", " at most 2: **missed** | n (2026-01-01) |"
    ]  # fmt: skip
    with pytest.raises(ValueError, match="has no lines"):
        with_table("no marks", kept)
