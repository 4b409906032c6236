"""Readers of real logs: what a mapping says is what the log holds, and what does not fit is refused by file, row and column.

`tests/data/receipt_synthetic.csv` is made up. Its 40 cases, by design: 15 finished well in time; 5 finished on a later date than their
deadline; 4 on its date but after its hour; 4 on the edge (0.4 s after: late; the same second: in time; a millisecond before: in time;
half past midnight of the next day, which in UTC is still the day of the deadline: late); 5 open past their deadline, one of them due at
the very second of the last event; 4 open and not due; 3 finished whose deadline is after the last event.
"""

import gzip
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulation.calibration.mapping import Mapping, built_in, load_mapping
from simulation.calibration.readers import read_log
from simulation.calibration.stamps import parse
from simulation.clocks import MISSING
from simulation.errors import FileRefused, InputRefused, LogRefused
from simulation.log import EventLog, seconds

SYNTHETIC = Path(__file__).parent / "data" / "receipt_synthetic.csv"
REAL = Path(os.environ.get("ONEWINDOW_DATA", Path(__file__).parents[2] / "shared" / "data")) / "eventlogs" / "receipt.csv"

OWN = """kind: mapping
schema: 1
title: {en: Our permits}
source: a test
zone: Asia/Shanghai
delimiter: ";"
encoding: gb18030
calendar: cn
office: [8:30-12:00, 13:30-17:30]
formats: ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
missing: ["-"]
cases: {case: 编号, channel: 渠道, received: 收件, decided: 办结, deadline: 时限, legal_wd: 法定}
values: {channel: {窗口: counter, 网上: online}}
"""
OWN_ROWS = """编号;渠道;收件;办结;时限;法定
A-1;窗口;06.03.2023 09:00;10.03.2023 17:30;10.03.2023;20
A-2;网上;06.03.2023 10:30;11.03.2023 00:00;10.03.2023;20
A-3;电话;07.03.2023 11:00;-;20.03.2023 12:00;
"""


def own(tmp_path: Path, mapping: str = OWN, rows: str = OWN_ROWS) -> EventLog:
    (tmp_path / "ours.yaml").write_text(mapping, encoding="utf-8")
    (tmp_path / "ours.csv").write_bytes(rows.encode("gb18030"))
    return read_log(tmp_path / "ours.csv", tmp_path / "ours.yaml")


def table(tmp_path: Path, rows: str, mapping: str | Mapping | None = "onewindow") -> EventLog:
    file = tmp_path / "log.csv"
    file.write_text(rows, encoding="utf-8")
    return read_log(file, mapping)


def refusal(tmp_path: Path, rows: str, mapping: str | Mapping | None = "onewindow") -> str:
    with pytest.raises(LogRefused) as refused:
        table(tmp_path, rows, mapping)
    return str(refused.value)


def lateness(log: EventLog) -> tuple[int, int, int, int, int]:
    """Finished; of them late by stamp and by date; due by the cut-off; of these late: written out here, apart from the measures."""
    decided, deadline = seconds(log.cases["decided"]), seconds(log.cases["deadline"])
    done, due = decided != MISSING, deadline <= log.meta.horizon
    late = done & (decided > deadline)
    by_date = done & (decided // 86400 > deadline // 86400)
    return int(done.sum()), int(late.sum()), int(by_date.sum()), int(due.sum()), int((due & (late | ~done)).sum())


# --- stamps ------------------------------------------------------------------------------------------------------

ZONED = Mapping(kind="mapping", title={"en": "t"}, source="t", zone="Europe/Amsterdam", cases={"case": "c"})


def stamps(column: str, *texts: str, mapping: Mapping = ZONED) -> list[str]:
    found, refused = parse(texts, column, mapping)
    return ["refused" if i in refused else str(np.datetime64(int(s), "s")) if s != MISSING else "" for i, s in enumerate(found)]


def test_each_stamp_of_a_column_is_read_by_its_own_form() -> None:
    assert stamps(
        "end", "2011-12-06 13:41:31+01:00", "2011-10-11 13:42:22.688000+02:00", "2011-10-11T11:42:22Z", "2011-10-11 13:42", "",
        "2011-10-11",
    ) == [
        "2011-12-06T13:41:31", "2011-10-11T13:42:23", "2011-10-11T13:42:22", "2011-10-11T13:42:00", "", "2011-10-11T00:00:00",
    ]  # fmt: skip


def test_an_offset_is_converted_to_the_zone_before_it_is_dropped() -> None:
    assert stamps("end", "2023-05-26 22:30:00+00:00", "2023-01-26 23:30:00+00:00") == ["2023-05-27T00:30:00", "2023-01-27T00:30:00"]


def test_completions_are_rounded_up_and_deadlines_down_unless_the_mapping_says_otherwise() -> None:
    text = "2023-05-26 10:00:00.400+02:00"
    assert [stamps(c, text) for c in ("decided", "end", "deadline", "received")] == [
        ["2023-05-26T10:00:01"], ["2023-05-26T10:00:01"], ["2023-05-26T10:00:00"], ["2023-05-26T10:00:00"],
    ]  # fmt: skip
    assert stamps("decided", text, mapping=ZONED.model_copy(update={"rounding": {"decided": "down"}})) == ["2023-05-26T10:00:00"]


def test_a_deadline_that_is_a_bare_date_lasts_to_the_end_of_that_day() -> None:
    assert stamps("deadline", "2023-05-26") == ["2023-05-26T23:59:59"]
    assert stamps("deadline", "2023-05-26", mapping=ZONED.model_copy(update={"deadline_date": "midnight"})) == ["2023-05-26T00:00:00"]


@pytest.mark.parametrize("text", ["26.05.2023", "2023-02-30", "2023-05-26 25:00", "9999-12-31", "20230526", "2023", "44927.5", "n/a"])
def test_what_is_no_plain_stamp_is_refused_and_never_guessed(text: str) -> None:
    assert stamps("end", text) == ["refused"]


# --- logs --------------------------------------------------------------------------------------------------------


def test_the_synthetic_log_holds_what_it_was_made_to_hold() -> None:
    """Finished 15 + 5 + 4 + 4 + 3 = 31; late by stamp 5 + 4 + 2 = 11, by date 5 + 1 = 6; due 40 - 4 - 3 = 33, of them late 11 + 5 = 16."""
    log = read_log(SYNTHETIC)
    assert (len(log.cases), len(log.events)) == (40, 129)
    assert lateness(log) == (31, 11, 6, 33, 16)
    assert log.meta.origin["mapping"] == "wabo-receipt"
    assert log.meta.estimated == ("cases.outcome", "events.outcome", "meta.office", "meta.working")
    assert "entered" not in log.events and "start" not in log.events
    assert log.meta.labels["channel"]["counter"].en == "Desk"
    assert "EMPTY" not in log.events["queue"].cat.categories


def test_plain_flooring_would_lose_the_case_a_fraction_late() -> None:
    mapping = load_mapping("wabo-receipt")
    floored = mapping.model_copy(update={"rounding": mapping.rounding | {"decided": "down"}})
    assert lateness(read_log(SYNTHETIC, floored))[1] == 10


@pytest.mark.skipif(not REAL.is_file(), reason="the receipt log of the shared data is absent")
def test_the_receipt_log_gives_its_known_figures() -> None:
    log = read_log(REAL)
    assert (len(log.cases), len(log.events), int((log.cases["outcome"] == "open").sum())) == (1434, 8577, 105)
    assert lateness(log) == (1329, 377, 309, 1340, 416)
    assert log.meta.origin["moved cases.received"] == 2
    mapping = load_mapping("wabo-receipt")
    assert lateness(read_log(REAL, mapping.model_copy(update={"rounding": {"decided": "down"}})))[1] == 375


def test_a_gzipped_log_is_the_same_log(tmp_path: Path) -> None:
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(SYNTHETIC.read_bytes()))
    assert read_log(tmp_path / "log.csv.gz").digest() == read_log(SYNTHETIC, "wabo-receipt").digest()


def test_a_written_log_is_read_from_its_folder(tmp_path: Path) -> None:
    log = read_log(SYNTHETIC)
    assert read_log(log.write(tmp_path / "log")).digest() == log.digest()


def test_a_mapping_of_ones_own_works_as_the_built_in_ones_do(tmp_path: Path) -> None:
    """Received on Monday 6 March at 9:00 = 32400 s; a deadline of the 10th is its last second, 5 x 86400 - 1 = 431999."""
    log = own(tmp_path)
    assert log.meta.epoch == date(2023, 3, 6)
    assert log.meta.office == ((30600, 43200), (48600, 63000))
    assert log.meta.estimated == ("cases.outcome",)
    assert date(2023, 1, 28) in log.meta.working and date(2023, 1, 23) not in log.meta.working
    assert log.cases["channel"].tolist() == ["counter", "online", "电话"]
    assert log.cases["received"].tolist()[0] == 32400
    assert log.cases["deadline"].tolist()[:2] == [431999, 431999]
    assert log.cases["outcome"].tolist() == ["done", "done", "open"]
    assert lateness(log) == (2, 1, 1, 2, 1)
    assert log.meta.labels["case"]["2"].en == "A-2"


def test_a_plain_table_of_cases_needs_no_mapping(tmp_path: Path) -> None:
    log = table(tmp_path, "case,received,decided\n7,2024-03-04 09:00,2024-03-05 10:00\n9,2024-03-04 09:30,\n", None)
    assert log.cases["case"].tolist() == [7, 9]
    assert log.meta.origin["mapping"] == "onewindow"
    assert log.cases["outcome"].tolist() == ["done", "open"] and not len(log.events)
    assert log.meta.horizon == 86400 + 36000


def test_a_table_of_events_and_one_of_cases_make_one_log(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("case,received\n1,2024-03-04 09:00\n2,2024-03-04 09:30\n")
    (tmp_path / "events.csv").write_text("case,kind,start,end,post\n1,service,2024-03-04 09:10,2024-03-04 09:20,w1\n")
    log = read_log(tmp_path)
    assert (log.cases["case"].tolist(), log.events["kind"].tolist(), log.events["end"].tolist()) == ([1, 2], ["service"], [33600])


def test_activities_tell_receipt_and_decision_where_no_column_does(tmp_path: Path) -> None:
    mapping = Mapping(
        kind="mapping", title={"en": "t"}, source="t", zone="Asia/Shanghai", events={"case": "id", "step": "what", "end": "when"},
        activities={"take in": "receipt", "sign": "decision"}, seen_until=date(2024, 3, 8),
    )  # fmt: skip
    rows = "id,what,when\nx,take in,2024-03-04 09:00\nx,sign,2024-03-05 09:00\nx,sign,2024-03-06 09:00\ny,take in,2024-03-05 09:00\n"
    log = table(tmp_path, rows, mapping)
    assert log.cases["received"].tolist() == [32400, 118800]
    assert seconds(log.cases["decided"]).tolist() == [2 * 86400 + 32400, MISSING]
    assert sorted(log.events["kind"]) == ["decision", "decision", "task", "task"]
    assert {"cases.received", "cases.decided", "cases.outcome"} <= {*log.meta.estimated}
    assert log.meta.horizon == 5 * 86400 - 1


def test_a_receipt_nobody_wrote_down_is_the_first_stamp_of_the_case(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("case,received,decided\n1,,2024-03-05 09:00\n2,2024-03-04 09:30,\n3,,\n")
    (tmp_path / "events.csv").write_text("case,end\n1,2024-03-04 10:00\n1,2024-03-04 09:00\n")
    log = read_log(tmp_path)
    assert seconds(log.cases["received"]).tolist() == [32400, 34200, MISSING]
    assert "cases.received" in log.meta.estimated


def test_a_stamp_that_contradicts_a_later_one_is_refused_or_moved_back_and_counted(tmp_path: Path) -> None:
    rows = "case,received,decided\n1,2024-03-05 09:00,2024-03-04 10:00\n2,2024-03-04 09:00,2024-03-04 10:00\n"
    assert "log.csv, row 2, column received" in refusal(tmp_path, rows)
    lenient = load_mapping("onewindow").model_copy(update={"out_of_order": "move"})
    log = table(tmp_path, rows, lenient)
    assert log.cases["received"].tolist() == [36000, 32400]
    assert log.meta.origin["moved cases.received"] == 1


# --- refusals ----------------------------------------------------------------------------------------------------


def test_every_fault_of_a_log_is_named_at_once_with_file_row_and_column(tmp_path: Path) -> None:
    said = refusal(
        tmp_path, "case,item,received,legal_wd,outcome\n1,1.2E+30,yesterday,5,done\n,x,2024-03-04,five,finished\n1,x,2024-03-04,5,done\n"
    )
    for place in ("row 2, column item", "row 2, column received", "row 3, column case", "row 3, column outcome", "row 4, column received"):
        assert f"log.csv, {place}" in said, said
    assert "row 3, column legal_wd" in said and "five" in said


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", "row 1"),
        ("case,case,received\n1,1,2024-03-04\n", "`case` stands twice"),
        ("case,received\n1,2024-03-04,x\n", "row 2"),
        ("case,received\n", "no row below the header"),
        ("when,what\n2024-03-04,x\n", "neither cases nor events"),
        ('case,received\n"1,2024-03-04\n', "log.csv"),
        ("case,decided\n1,\n", "no time in any row"),
        ("case,kind,end\n1,dance,2024-03-04\n", "row 2, column kind"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_fault(tmp_path: Path, rows: str, words: str) -> None:
    assert words in refusal(tmp_path, rows)


def test_a_column_the_mapping_names_and_the_file_lacks_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(LogRefused, match="did you mean `时限日`"):
        own(tmp_path, rows=OWN_ROWS.replace("时限", "时限日"))


def test_another_encoding_is_refused_and_not_turned_into_rubbish(tmp_path: Path) -> None:
    with pytest.raises(LogRefused, match="bytes of another encoding"):
        own(tmp_path, OWN.replace("gb18030", "utf-8"))


def test_a_log_nobody_knows_is_refused_with_what_each_mapping_lacks(tmp_path: Path) -> None:
    said = refusal(tmp_path, "when,what\n2024-03-04,x\n", None)
    assert "wabo-receipt lacks" in said and "write a mapping file" in said


def test_no_such_log_and_no_such_mapping_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LogRefused, match="no such file"):
        read_log(tmp_path / "none.csv")
    with pytest.raises(FileRefused, match="wabo-receipt"):
        read_log(SYNTHETIC, "wabo-reciept")


def test_a_mapping_with_several_faults_is_refused_with_all_their_lines(tmp_path: Path) -> None:
    faulty = OWN.replace("Asia/Shanghai", "Asia/Shangai").replace("deadline:", "dead_line:").replace('";"', '";;"')
    with pytest.raises(InputRefused) as refused:
        own(tmp_path, faulty)
    assert "ours.yaml:5" in str(refused.value) and "ours.yaml:6" in str(refused.value)
    with pytest.raises(InputRefused, match="did you mean `deadline`"):
        own(tmp_path, OWN.replace("deadline:", "dead_line:"))


def test_an_unpublished_year_is_not_assumed_silently(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="2031"):
        own(tmp_path, rows=OWN_ROWS.replace("20.03.2023", "20.03.2031"))


def test_every_built_in_mapping_loads() -> None:
    assert {"onewindow", "wabo-receipt"} <= {*built_in()}
