"""What a comparison says of its own certainty, in both languages."""

from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from simulation.estimates import ONE
from simulation.result import KEYS, Evidence, Result
from simulation.synchronisation import FEW, IDENTICAL, SHIFTED, UNSTABLE
from simulation.verbs import load
from workbench.certainty import NOTES, WORDS, _figure, narrowness, print_scores

NOTICE = "tiny-one-time-notice"
TITLES = {"tiny": "today", NOTICE: "Checked guides"}


def result(lines: list[dict[str, Any]], n: int = 30, cap: int = 30) -> Result:
    """A result with a row in seconds for each line of its headline."""
    rows = [{**dict.fromkeys(KEYS), "unit": "s", **{k: line[k] for k in ("scenario", "stress", "measure", "group")}} for line in lines]
    return Result(tuple(rows), replications(), Evidence.of(load("tiny")), {"replications": n, "cap": cap, "precision": lines})


def replications() -> pd.DataFrame:
    """Waits that move together, and tickets that are the same."""
    rows = []
    for scenario, totals in (("tiny", [0.0, 2, 4, 6]), (NOTICE, [1.0, 2, 3, 10])):
        rows += [(scenario, "none", r, "wait_mean", "all", t, 1.0, None) for r, t in enumerate(totals)]
        rows += [(scenario, "none", r, "tickets_per_day", "all", 5.0 + r, 1.0, None) for r in range(4)]
    return pd.DataFrame(rows, columns=["scenario", "stress", "replication", "measure", "group", "total", "n", "values"])


def line(measure: str = "wait_mean", **more: Any) -> dict[str, Any]:
    known = {"scenario": NOTICE, "stress": "none", "measure": measure, "group": "all", "half_width": 144.0, "wanted": 60.0,
             "reached": False, "needed": 1230, "drives": False}  # fmt: skip
    return {**known, **more}


def test_lines_that_are_too_wide_say_what_they_need_and_which_decides() -> None:
    lines = [line(drives=True), line("wait_p90", needed=None), line("wait_median", half_width=None, needed=None), line(reached=True)]
    found = narrowness(result(lines), TITLES, "en")
    assert found == [
        "Not yet as narrow as asked after 30 replications: 3 of 4 lines. The cap of 30 is reached.",
        "  “Checked guides”, mean wait: ±2.4, asked ±1 minutes; about 1,230 replications (this line decides the number)",
        "  “Checked guides”, wait that 9 in 10 visitors stay within: ±2.4, asked ±1 minutes; more than a million replications",
        "  “Checked guides”, median wait: ±–, asked ±1 minutes; no interval yet",
    ]
    assert "上限" in narrowness(result(lines), TITLES, "zh")[0] and "1,230次" in narrowness(result(lines), TITLES, "zh")[1]


def test_below_the_cap_the_cap_is_not_blamed() -> None:
    assert narrowness(result([line()], n=10), TITLES, "en")[0] == "Not yet as narrow as asked after 10 replications: 1 of 1 lines."


def test_all_arrived_is_one_line_and_nothing_asked_is_none() -> None:
    assert narrowness(result([line(reached=True)]), TITLES, "en") == ["As narrow as asked after 30 replications: all 1 lines."]
    assert narrowness(result([]), TITLES, "en") == []


def test_scores_are_printed_with_their_interval_and_no_limit_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """The score of (0, 2, 4, 6) and (1, 2, 3, 10) is 5: tests/test_synchronisation.py."""
    seen = result([])
    seen = Result(({"scenario": NOTICE, "baseline": "tiny"},), seen.replications, seen.evidence, seen.provenance)
    for language, words in (("en", ("Mean wait", "identical: no limit")), ("zh", ("平均等候时间", "完全相同：无上限"))):
        print_scores(Console(width=110), seen, TITLES, language)
        told = capsys.readouterr().out
        assert all(word in told for word in ("5.0", "Checked guides", *words))


def test_every_note_has_both_languages() -> None:
    assert {IDENTICAL, SHIFTED, FEW, UNSTABLE, ONE} == set(NOTES)
    for english, chinese in [*NOTES.values(), *WORDS.values()]:
        assert english != chinese and not chinese.isascii()


@pytest.mark.parametrize(("score", "told"), [(0.876, "0.88"), (3.14, "3.1"), (24.4, "24"), (1347.0, "1,347")])
def test_a_score_shows_the_digits_that_tell(score: float, told: str) -> None:
    assert _figure(score) == told
