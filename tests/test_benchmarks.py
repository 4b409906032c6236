"""The benchmarks compare like with like; of time nothing is asserted."""

import json
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
from benchmarks import measured
from benchmarks.hall import ENGINES, ours, prepared_hall, tickets
from benchmarks.report import BEGINS, ENDS, README, RESULTS, shown, table, with_table
from benchmarks.rivals import RIVALS
from benchmarks.timing import alternated, ratio


def test_contestants_run_in_turn_and_the_first_turn_is_not_counted() -> None:
    order: list[str] = []
    ticks: Iterator[int] = count()
    seconds = alternated({name: lambda name=name: order.append(name) for name in "ab"}, 2, lambda: float(next(ticks)) ** 2)  # type: ignore[misc]
    assert "".join(order) == "ababab"
    # The clock says 0, 1, 4, 9 ...; it is read twice in each counted run and once before each in the first turn.
    assert seconds == {"a": [3**2 - 2**2, 7**2 - 6**2], "b": [5**2 - 4**2, 9**2 - 8**2]}


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


def test_a_rival_of_another_hall_gets_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "RIVALS", {"simpy": lambda customers: 1.03 * RIVALS["simpy"](customers)})
    with pytest.raises(ValueError, match="does not simulate the same hall"):
        measured.rivals(1, 1)


def test_the_readme_shows_what_was_measured() -> None:
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert shown(README.read_text(encoding="utf-8")) == table(kept)
    assert list(kept["benchmarks"]) == list(measured.BENCHMARKS)


def test_the_table_is_written_between_its_marks_and_nothing_else_changes() -> None:
    kept = {"date": "2026-01-02", "machine": {"cores": 2, "python": "3.12"}, "versions": {"simpy": "4"}, "rounds": 3}
    kept["benchmarks"] = {"rivals": [{"what": "a / b", "ratio": 2.5, "least": 2, "most": 3.1234, "note": "n"}]}
    text = with_table(f"above\n{BEGINS}\nold\n{ENDS}\nbelow", kept)
    assert text.startswith(f"above\n{BEGINS}\n2026-01-02") and text.endswith(f"| a / b | 2.5 (2–3.12) | n |\n{ENDS}\nbelow")
    with pytest.raises(ValueError, match="has no lines"):
        with_table("no marks", kept)
