"""A real log judged by the measures that judge simulated ones, with the figures of the synthetic log worked out by hand.

Of its 40 cases (see `test_readers`) 33 are due by the last event. By channel: online 9 in time + 3 + 2 + 2 late + 1 in the very second
+ 3 open = 20, late 10; counter 3 + 1 + 2 + 1 (a millisecond before) + 1 open = 8, late 4; mail 3 + 1 open = 4, late 1; e-mail 1, late 1;
internal none. By department: Experts 3, late 1; General 30, late 15; Customer contact none due.
"""

import json
import os
from pathlib import Path

import pytest

from simulation.calibration.readers import read_log
from simulation.judgement import BY_DATE, DUE, FINISHED, INDEPENDENT, NO_INTERVAL, Judgement, judge, wilson
from simulation.measures import CATALOGUE

SYNTHETIC = Path(__file__).parent / "data" / "receipt_synthetic.csv"
REAL = Path(os.environ.get("ONEWINDOW_DATA", Path(__file__).parents[2] / "shared" / "data")) / "eventlogs" / "receipt.csv"


@pytest.fixture(scope="module")
def judged() -> Judgement:
    return judge(read_log(SYNTHETIC))


def late(judgement: Judgement, measure: str, group: str = "all") -> tuple[int, int]:
    row = judgement.row(measure, group)
    return round(row["value"] * row["n"]), row["n"]


def test_the_headline_counts_what_is_due_and_stands_beside_the_finished_only_rates(judged: Judgement) -> None:
    assert [(part.name, part.count, part.of) for part in judged.parts] == [
        ("ended", 31, 40), (DUE, 16, 33), (FINISHED, 11, 31), (BY_DATE, 6, 31),
    ]  # fmt: skip
    assert judged.headline[0] == "40 cases: 31 ended, 9 open at the last event (2023-06-30 15:30:00)"
    assert judged.headline[1] == "late: 16 of the 33 cases whose deadline had passed by the last event (48.5 %)"
    assert judged.headline[2] == "finished cases only, by the stamp of the deadline: 11 of 31 (35.5 %)"
    assert judged.said("zh")[3] == "仅计已办结件，按当地日期：31 件中 6 件（19.4 %）"


def test_lateness_is_told_by_channel_and_by_department(judged: Judgement) -> None:
    by_channel = {c: late(judged, DUE, f"channel:{c}") for c in ("online", "counter", "mail", "email")}
    assert by_channel == {"online": (10, 20), "counter": (4, 8), "mail": (1, 4), "email": (1, 1)}
    assert late(judged, DUE, "department:General") == (15, 30)
    assert late(judged, DUE, "department:Experts") == (1, 3)
    with pytest.raises(KeyError):
        judged.row(DUE, "channel:internal")


def test_what_the_log_cannot_support_is_named_with_the_missing_column(judged: Judgement) -> None:
    missing = dict(judged.unsupported)
    assert missing["wait_mean"] == "events.entered"
    assert missing["utilisation"] in {"events.start", "duty.from"}  # it lacks both
    assert not set(missing) & {row["measure"] for row in judged.rows}
    assert set(missing) | {row["measure"] for row in judged.rows} <= set(CATALOGUE)


def test_a_log_without_outcomes_does_not_say_that_nothing_was_denied(judged: Judgement, tmp_path: Path) -> None:
    """The same measure is given where the log does tell: one denial among two decisions."""
    assert dict(judged.unsupported)["denied_share"] == "cases.outcome"
    assert dict(judged.unsupported)["supplement_rate"] == "events.outcome"
    file = tmp_path / "cases.csv"
    file.write_text(
        "case,received,decided,outcome\n1,2024-03-04,2024-03-05,denied\n2,2024-03-04,2024-03-06,done\n3,2024-03-04,,\n", encoding="utf-8"
    )
    row = judge(read_log(file)).row("denied_share")
    assert (row["value"], row["n"]) == (0.5, 2)


def test_a_share_of_one_log_has_an_interval_with_its_caveat_and_anything_else_none(judged: Judgement) -> None:
    for row in judged.rows:
        share = CATALOGUE[row["measure"]].kind == "share" and row["n"]
        assert row["note"] == (INDEPENDENT if share else NO_INTERVAL)
        assert (row["low"] is not None) == bool(share)
        assert not share or row["low"] <= row["value"] <= row["high"]


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
)
def test_wilson_gives_the_published_intervals(hits: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3. Statistics in Medicine 17, 857-872."""
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_the_document_is_strict_json_without_a_path(judged: Judgement) -> None:
    text = json.dumps(judged.document(), allow_nan=False)
    assert "/" not in json.loads(text)["log"]["file"]
    assert json.loads(text)["headline"][1]["count"] == 16


def test_what_was_estimated_on_reading_is_said_in_both_languages(judged: Judgement) -> None:
    told = "cases.outcome, events.outcome, meta.office, meta.working"
    assert judged.caveats("en")[1].endswith(told) and judged.caveats("zh")[1].endswith(told)


def test_only_the_measures_asked_for_are_given() -> None:
    judgement = judge(read_log(SYNTHETIC), [CATALOGUE[DUE], CATALOGUE["wait_mean"]])
    assert {row["measure"] for row in judgement.rows} == {DUE}
    assert [name for name, _ in judgement.unsupported] == ["wait_mean"]


@pytest.mark.skipif(not REAL.is_file(), reason="the receipt log of the shared data is absent")
def test_the_receipt_log_is_judged_with_its_known_figures() -> None:
    judgement = judge(read_log(REAL))
    assert [(part.count, part.of) for part in judgement.parts] == [(1329, 1434), (416, 1340), (377, 1329), (309, 1329)]
    assert "(31.0 %)" in judgement.headline[1] and "(28.4 %)" in judgement.headline[2]
    by_channel = {c: late(judgement, DUE, f"channel:{c}") for c in ("online", "counter", "mail", "email", "internal")}
    assert by_channel == {"online": (351, 1158), "counter": (40, 108), "mail": (17, 52), "email": (8, 21), "internal": (0, 1)}
    by_department = [late(judgement, DUE, f"department:{d}") for d in ("General", "Experts", "Customer contact")]
    assert by_department == [(409, 1300), (6, 15), (1, 25)]
