"""Files are read as text, refused with all their problems at once, and written so that they read back equal."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulation.distributions import Distribution
from simulation.errors import Breaches, Broken, FileRefused
from simulation.files import dump, find, load_model, load_table, read, read_table
from simulation.units import Count, Day, Duration, Factor, Flag, Interval, Money, Rate, Share, TimeOfDay, WorkingDays


class Frozen(BaseModel):
    """Base of the models below."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Colour(Enum):
    """An enumeration."""

    red = "red"
    no = "no"


class Pool(Frozen):
    """One kind of edit."""

    kind: Literal["pool_windows"] = "pool_windows"
    windows: tuple[str, ...]
    slower: Factor = Factor(1)


class Limit(Frozen):
    """Another kind of edit."""

    kind: Literal["limit"] = "limit"
    item: str
    promise_wd: WorkingDays
    cost: Money | None = None


class Item(Frozen):
    """A part with most field types."""

    title: str
    touch: Distribution
    opens: tuple[Interval, ...] = ()
    at: TimeOfDay | None = None
    colour: Colour = Colour.red
    share: Share = Share(0.5)
    rate: Rate | None = None
    hours: dict[TimeOfDay, Share] = {}


class Centre(Frozen):
    """A file of kind `centre`."""

    kind: Literal["centre"] = "centre"
    title: str
    items: dict[str, Item] = {}
    edits: tuple[Annotated[Pool | Limit, Field(discriminator="kind")], ...] = ()
    lasts: Duration = Duration(600)
    first: Day | None = None
    open: Flag = False
    note: str | None = None
    source: str | dict[str, str] | None = None
    more: dict[str, dict[str, tuple[str, ...]]] = {}

    @model_validator(mode="after")
    def _edits_name_items(self) -> "Centre":
        unknown = [
            Broken(f"`{edit.item}` is no item", "name an item", at=("edits", n, "item"), found=edit.item)
            for n, edit in enumerate(self.edits)
            if isinstance(edit, Limit) and edit.item not in self.items
        ]
        if unknown:
            raise Breaches(unknown)
        return self


def file(folder: Path, text: str, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, body: str) -> list[tuple[int, str, str, str, str]]:
    """Line, key path, found, rule and remedy of every problem of a centre with this body (which begins on line 3)."""
    path = file(folder, f"kind: centre\nschema: 1\n{body}")
    with pytest.raises(FileRefused) as refused:
        load_model(path, Centre)
    told = []
    for problem in refused.value.problems:
        line, _, keys = problem.where.removeprefix(f"{path.as_posix()}:").partition(": ")
        told.append((int(line), keys, problem.found, problem.rule, problem.remedy))
    return told


# --- reading -----------------------------------------------------------------------------------------------------


def test_every_scalar_is_text_and_an_empty_one_is_missing(tmp_path: Path) -> None:
    text = """kind: centre
schema: 1
plain: [no, 010, 9:30, 1e3, 0x1F, 1.10, 2023-02-03, 'null', "~", '']
missing:
null_too: ~
no: yes
block: |
  one
  two
"""
    document = read(file(tmp_path, text))
    assert document.data == {
        "kind": "centre",
        "schema": "1",
        "plain": ["no", "010", "9:30", "1e3", "0x1F", "1.10", "2023-02-03", "null", "~", ""],
        "no": "yes",
        "block": "one\ntwo\n",
    }
    assert document.lines[("missing",)] == 4 and document.lines[("plain", 3)] == 3 and document.lines[("block",)] == 7


def test_a_byte_order_mark_and_line_ends_of_windows_are_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffkind: centre\r\nschema: 1\r\ntitle: 大厅\r\n".encode())
    assert load_model(path, Centre) == Centre(title="大厅")


def test_all_problems_come_at_once_with_line_key_value_and_nearest_name(tmp_path: Path) -> None:
    told = refusal(
        tmp_path,
        """titel: x
first: 2023-02-30
items:
  a:
    title: A
    touch: {lognormal: {median: 9:30, sigm: 0.5}}
    opens: [9:30]
    colour: green
  b:
    title: B
    title: C
    touch: 5 min
    tuch: !!str x
edits:
- kind: limits
  item: a
- kind: limit
  promise_wdd: 3
- windows: [b]
- kind: pool_windows
  windows: a
  slower: 1e3
more: {a: {b: c}}
""",
    )
    assert [(line, keys, found) for line, keys, found, _, _ in told] == [
        (1, "title", "nothing"),
        (3, "titel", "`titel:`"),
        (4, "first", "2023-02-30"),
        (8, "items.a.touch.lognormal.median", "9:30"),
        (8, "items.a.touch.lognormal.sigm", "`sigm:`"),
        (9, "items.a.opens[0]", "9:30"),
        (10, "items.a.colour", "green"),
        (13, "items.b.title", "`title:`"),
        (14, "items.b.touch", "5 min"),
        (15, "items.b.tuch", "!!str"),
        (17, "edits[0].kind", "limits"),
        (19, "edits[1].item", "nothing"),
        (19, "edits[1].promise_wd", "nothing"),
        (20, "edits[1].promise_wdd", "`promise_wdd:`"),
        (21, "edits[2]", "{windows: [b]}"),
        (23, "edits[3].windows", "a"),
        (24, "edits[3].slower", "1e3"),
        (25, "more.a.b", "c"),
    ]
    remedies = {keys: remedy for _, keys, _, _, remedy in told}
    assert remedies["titel"] == "did you mean `title`?"
    assert remedies["items.a.touch.lognormal.sigm"] == "did you mean `sigma`?"
    assert remedies["edits[0].kind"] == "did you mean `limit`?"
    assert remedies["edits[1].promise_wdd"] == "did you mean `promise_wd`?"
    assert remedies["items.a.colour"] == "known: `red`, `no`"


def test_what_a_validator_finds_is_told_at_the_line_of_each_part(tmp_path: Path) -> None:
    edits = "".join(f"- {{kind: limit, item: {item}, promise_wd: 3}}\n" for item in ("x", "a", "y"))
    told = refusal(tmp_path, f"title: T\nitems: {{a: {{title: A, touch: {{constant: 5 min}}}}}}\nedits:\n{edits}")
    assert [(line, keys, found, rule) for line, keys, found, rule, _ in told] == [
        (6, "edits[0].item", "x", "`x` is no item"),
        (8, "edits[2].item", "y", "`y` is no item"),
    ]


def test_a_file_of_another_kind_is_one_problem(tmp_path: Path) -> None:
    path = file(tmp_path, "kind: reform\nschema: 1\na: 1\nb: 2\n")
    with pytest.raises(FileRefused) as refused:
        load_model(path, Centre)
    [problem] = refused.value.problems
    assert (problem.found, problem.rule) == ("reform", "one of `centre` is due here")


RUBBISH = [b"", b"\n\n", b"\xff\xfe", b"kind", b"kind: [", b"\x80", b"kind: a\nschema: 1\n- a\n", b"&a [*a]", b"? ? ? a"]


@pytest.mark.parametrize("raw", RUBBISH)
def test_no_rubbish_gets_past_the_refusal(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(raw)
    with pytest.raises(FileRefused):
        load_model(path, Centre)


@given(text=st.text(st.sampled_from(" \n:-[]{}#&*!|>'\"%@`,?ab1\\"), max_size=40))
def test_no_text_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = file(tmp_path_factory.getbasetemp(), f"kind: centre\nschema: 1\n{text}")
    try:
        read(path)
    except FileRefused as refused:
        assert refused.problems


@pytest.mark.timeout(60)
@pytest.mark.parametrize("sign", ["[", "{a: ", "- ", "? ", "&a ", "!a "])
def test_a_bomb_is_refused_quickly(tmp_path: Path, sign: str) -> None:
    path = file(tmp_path, f"kind: centre\nschema: 1\na: {sign * 20_000}\n")
    with pytest.raises(FileRefused):
        read(path)


def test_a_missing_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"none\.yaml"):
        read(tmp_path / "none.yaml")
    with pytest.raises(FileRefused):
        read(tmp_path)


def test_a_file_is_found_by_path_and_by_stem_and_the_nearest_name_is_told(tmp_path: Path) -> None:
    path = file(tmp_path, "x")
    assert find(path, "baselines") == path
    assert find("tiny", "baselines").name == find("tiny.yaml", "baselines").name == "tiny.yaml"
    with pytest.raises(FileRefused, match="did you mean `tiny`"):
        find("tinny", "baselines")
    for outside in ("../__init__", "../calendars/cn", ""):
        with pytest.raises(FileRefused):
            find(outside, "baselines")


# --- writing -----------------------------------------------------------------------------------------------------

ODD = ["no", "null", "", "~", "010", "1e3", "9:30", "a: b", "a #b", "a:", "- a", " a", "a ", "[a", "{", "%", "@a", "#", "\ufffd", "\u202e"]
ODD += ["a, b", "a\nb", "a\n\n b\n", "a\n", "\\", '"', "'", "\t", "a\tb", "大厅：一", "𠮷", "---", "...", "a'b", "?"]
TEXT = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text != "<<")
LAW = st.sampled_from([
    {"lognormal": {"median": "12 min (9..15)", "sigma": "0.5"}},
    {"discrete": {"1": "0.7", "2": "0.3"}},
    {"constant": "5 min"},
    {"empirical": {"0": "1 s", "1": "2 min"}},
])  # fmt: skip
ITEM = st.fixed_dictionaries(
    {"title": TEXT, "touch": LAW},
    optional={
        "opens": st.just(["9:00-12:00", "13:30-17:00"]),
        "at": st.just("9:00"),
        "colour": st.sampled_from(["red", "no"]),
        "share": st.sampled_from(["0.5", "0.2 (0.1..0.3)"]),
        "rate": st.just("85 per day (70..100)"),
        "hours": st.just({"9:00": "0.4", "10:30": "0.6"}),
    },
)
EDIT = st.fixed_dictionaries({"kind": st.just("pool_windows"), "windows": st.lists(TEXT)}, optional={"slower": st.just("1.1")})
CENTRE = st.fixed_dictionaries(
    {"title": TEXT},
    optional={
        "items": st.dictionaries(NAME, ITEM, max_size=3),
        "edits": st.lists(EDIT, max_size=3),
        "lasts": st.just("12 min (9..15)"),
        "first": st.just("2023-02-03"),
        "open": st.sampled_from(["true", "false"]),
        "note": TEXT,
        "source": TEXT | st.dictionaries(NAME, TEXT, max_size=2),
        "more": st.dictionaries(NAME, st.dictionaries(NAME, st.lists(TEXT, max_size=2), max_size=2), max_size=2),
    },
)


@given(data=CENTRE)
def test_a_model_written_reads_back_equal(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    model = Centre.model_validate(data)
    assert load_model(file(tmp_path_factory.getbasetemp(), dump(model), "b.yaml"), Centre) == model


def test_what_is_written_is_meant_for_reading() -> None:
    item = {"title": "第一行\n第二行", "touch": {"lognormal": {"median": "12 min (9..15)", "sigma": "0.5"}}, "opens": ["9:00-12:00"]}
    edits = [{"kind": "pool_windows", "windows": ["W1", "010"]}, {"kind": "limit", "item": "证照", "promise_wd": "5", "cost": "12 kCNY"}]
    model = Centre.model_validate({"title": "no", "items": {"证照": item}, "edits": edits, "open": True, "first": "2023-02-01"})
    assert dump(model) == """kind: centre
schema: 1
title: "no"
items:
  证照:
    title: |-
      第一行
      第二行
    touch:
      lognormal:
        median: 12 min (9..15)
        sigma: 0.5
    opens:
      - 9:00-12:00
edits:
  - kind: pool_windows
    windows:
      - W1
      - "010"
  - kind: limit
    item: 证照
    promise_wd: 5
    cost: 12000 CNY
first: 2023-02-01
open: true
"""


# --- tables ------------------------------------------------------------------------------------------------------

COLUMNS = {"code": True, "title": True, "windows": False}


def test_a_table_is_text_by_column_and_knows_its_rows(tmp_path: Path) -> None:
    text = '\ufeff# items of the hall\r\n"code",title,windows\r\n010,"a, ""b""\r\nc",2\r\n,,\r\n 02 ,证照,\r\n'
    path = tmp_path / "items.csv"
    path.write_bytes(text.encode())
    rows = read_table(path, COLUMNS, key=["code"])
    assert rows == [{"code": "010", "title": 'a, "b"\nc', "windows": "2"}, {"code": "02", "title": "证照"}]
    assert [(row.number, row.line) for row in rows] == [(2, 3), (4, 6)]
    assert rows[1].where("windows").endswith("items.csv, row 4, column windows")


def test_all_problems_of_a_table_come_at_once_by_row_and_column(tmp_path: Path) -> None:
    path = file(tmp_path, "code,title,windows\na,A,2\n1.2E+30,B,2\na,,#REF!\nb,B\n", "t.csv")
    with pytest.raises(FileRefused) as refused:
        read_table(path, COLUMNS, key=["code"])
    assert [problem.where.partition(", ")[2] for problem in refused.value.problems] == [
        "row 3, column code",
        "row 4, column title",
        "row 4, column windows",
        "row 4, column code",
        "row 5",
    ]


class Window(Frozen):
    """A row."""

    code: str
    title: str
    windows: Count = Count(1)


def test_rows_become_models_and_their_problems_name_row_and_column(tmp_path: Path) -> None:
    good = file(tmp_path, "code,title,windows\na,A,2\nb,B,\n", "good.csv")
    assert load_table(good, Window, key=["code"]) == [Window(code="a", title="A", windows=Count(2)), Window(code="b", title="B")]
    bad = file(tmp_path, "code,title,windows\na,A,02\nb,,x\nc,C,3\n", "bad.csv")
    with pytest.raises(FileRefused) as refused:
        load_table(bad, Window)
    assert [(problem.where.partition(", ")[2], problem.found) for problem in refused.value.problems] == [
        ("row 2, column windows", "02"),
        ("row 3, column title", "nothing"),
        ("row 3, column windows", "x"),
    ]
