"""Numbers keep unit and range through text and back, and nothing that could be misread is read."""

import copy
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from simulation.errors import Broken
from simulation.units import Count, Day, Duration, Factor, Flag, Interval, Money, Number, Rate, Share, TimeOfDay, WorkingDays

KINDS: list[type[Number]] = [Count, Duration, Factor, Money, Rate, Share, WorkingDays]


def numbers(kind: type[Number]) -> st.SearchStrategy[Number]:
    """Any number of a kind, with or without range."""
    most = min(kind.most, 1e9)
    one: st.SearchStrategy[float] = st.integers(0, int(most)).map(float)
    if not kind.whole:
        one = one | st.floats(1e-9, most) | st.decimals(0, Decimal(str(most)), places=2).map(float)
    if kind is Factor:
        one = one.filter(bool)
    ranges = st.tuples(one, one, one).map(sorted).map(lambda ends: kind(ends[1], ends[0], ends[2]))
    return one.map(kind) | ranges


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_text_reads_back_as_the_equal_number_range_included(kind: type[Number], data: st.DataObject) -> None:
    number = data.draw(numbers(kind))
    back = kind.parse(str(number))
    assert back == number
    assert (float(back), back.low, back.high) == (float(number), number.low, number.high)


@pytest.mark.parametrize(
    ("kind", "text", "value", "low", "high", "written"),
    [
        (Duration, "12 min", 720, None, None, "12 min"),
        (Duration, "12min", 720, None, None, "12 min"),
        (Duration, "12 min (9..15)", 720, 540, 900, "12 min (9..15)"),
        (Duration, "90 s", 90, None, None, "90 s"),
        (Duration, "1.5 h", 5400, None, None, "90 min"),
        (Duration, "2 d", 172800, None, None, "2 d"),
        (Duration, "0 s", 0, None, None, "0 s"),
        (Duration, "0.1 s", 0.1, None, None, "0.1 s"),
        (Share, "0.45", 0.45, None, None, "0.45"),
        (Share, "45 %", 0.45, None, None, "0.45"),
        (Share, "20% ( 15 .. 25 )", 0.2, 0.15, 0.25, "0.2 (0.15..0.25)"),
        (Count, "12", 12, None, None, "12"),
        (Count, "12 (10..20)", 12, 10, 20, "12 (10..20)"),
        (WorkingDays, "20", 20, None, None, "20"),
        (Factor, "1.10", 1.1, None, None, "1.1"),
        (Money, "12 kCNY", 12000, None, None, "12000 CNY"),
        (Money, "-3.5 CNY", -3.5, None, None, "-3.5 CNY"),
        (Rate, "85 per  day (70..100)", 85, 70, 100, "85 per day (70..100)"),
    ],
)
def test_a_number_is_read_in_its_unit(
    kind: type[Number], text: str, value: float, low: float | None, high: float | None, written: str
) -> None:
    number = kind.parse(text)
    assert (float(number), number.low, number.high, str(number)) == (value, low, high, written)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (Duration, "12", "add the unit"),
        (Duration, "9:30", "this is a time of day"),
        (Duration, "12 minutes", "unit `minutes` is not one of"),
        (Duration, "min", "a number comes first"),
        (Duration, "", "a number comes first"),
        (Duration, "-1 min", "between 0"),
        (Duration, "12 min (9 min..15 min)", "is not a plain decimal"),
        (Duration, "12 min (15..9)", "low <= value <= high"),
        (Duration, "12 min (13..15)", "low <= value <= high"),
        (Duration, "12 min (9-15)", "(low..high)"),
        (Duration, "5000000 h", "between 0 and"),
        (Count, "010", "drop the zero"),
        (Count, "1e3", "an exponent is refused"),
        (Count, "1.2E+30", "an exponent is refused"),
        (Count, "1.5", "a whole number"),
        (Count, "-1", "at least 0"),
        (Count, "3 (2.5..4)", "a whole number"),
        (Count, "1,000", "is not a plain decimal"),
        (Count, "1_000", "is not a plain decimal"),
        (Count, "٣", "is not a plain decimal"),
        (Count, "１２", "is not a plain decimal"),
        (Count, "+3", "is not a plain decimal"),
        (Count, ".5", "is not a plain decimal"),
        (Count, "5.", "is not a plain decimal"),
        (Count, "0x10", "no unit"),
        (Count, "3 days", "leave out `days`"),
        (Count, "nan", "a number comes first"),
        (Count, "9" * 40, "a code, not a quantity"),
        (Count, "9" * 100_000, "a number comes first"),
        (Count, "(" * 100_000, "a number comes first"),
        (Share, "1.2", "between 0 and 1"),
        (Share, "120 %", "between 0 and 1"),
        (Share, "no", "a number comes first"),
        (Factor, "0", "greater than 0"),
        (Factor, "-0", "greater than 0"),
        (Money, "12000", "add the unit"),
        (Money, "12 USD", "unit `USD` is not one of"),
        (Rate, "85", "add the unit"),
        (Rate, "85 per week", "unit `per week` is not one of"),
        (WorkingDays, "5 d", "leave out `d`"),
    ],
)
def test_what_could_be_misread_is_refused_with_the_reason(kind: type[Number], text: str, words: str) -> None:
    with pytest.raises(Broken) as refused:
        kind.parse(text)
    assert words in str(refused.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e13])
def test_no_instance_is_outside_its_bounds(value: float) -> None:
    with pytest.raises(Broken):
        Count(value)


@given(number=numbers(Duration))
def test_a_number_outlives_copying_and_travel_between_processes(number: Duration) -> None:
    reducer: Any = import_module("multiprocessing.reduction").ForkingPickler
    for twin in (copy.copy(number), copy.deepcopy(number), reducer.loads(reducer.dumps(number))):
        assert (type(twin), twin, twin.low, twin.high) == (Duration, number, number.low, number.high)


def test_a_number_is_frozen_and_a_range_tells_two_numbers_apart() -> None:
    number = Duration(720, 540, 900)
    with pytest.raises(AttributeError):
        number.low = 0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        number.note = "x"
    assert number != Duration(720)
    assert number == Duration.parse("12 min (9..15)") and hash(number) == hash(Duration.parse("12 min (9..15)"))
    assert number + 1 == 721.0


def test_a_count_serves_where_python_wants_an_integer() -> None:
    assert list(range(Count(3))) == [0, 1, 2]


class Form(BaseModel):
    """One field of each type."""

    lasts: Duration
    share: Share = Share(0.5)
    open: Interval | None = None
    at: TimeOfDay | None = None
    day: Day | None = None
    flag: Flag = True
    counts: dict[Count, Share] = {}


def test_a_field_takes_text_and_instances_and_writes_text() -> None:
    text: dict[str, Any] = {"lasts": "12 min (9..15)", "share": "0.2", "open": "9:00-12:00", "at": "9:05"}
    text |= {"day": "2023-02-03", "flag": "false", "counts": {"1": "1"}}
    form = Form.model_validate(text)
    for again in (dict(form), form.model_dump(), form.model_dump(mode="json")):
        assert Form.model_validate(again) == form
    assert form.model_dump(mode="json") == text | {"flag": False}
    assert (form.day, form.at, form.flag) == (date(2023, 2, 3), 32700, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lasts", 12), ("lasts", None), ("lasts", ["12 min"]), ("lasts", Count(3)), ("lasts", True),
        ("share", True), ("share", Factor(0.5)),
        ("open", "9:00"), ("open", "12:00-9:00"), ("open", "9:00-9:00"), ("open", "9:00-25:00"), ("open", 9),
        ("at", "930"), ("at", "9:60"), ("at", "24:01"), ("at", "9.30"), ("at", 570), ("at", "9:3"),
        ("day", "2023-02-30"), ("day", "2023-2-3"), ("day", "20230203"), ("day", "1672531200"), ("day", datetime(2023, 1, 1)), ("day", 7),
        ("flag", "no"), ("flag", "yes"), ("flag", "True"), ("flag", "1"), ("flag", 1), ("flag", "on"),
    ],
)  # fmt: skip
def test_a_field_refuses_another_type(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({"lasts": "1 min", field: value})
    assert [error["loc"][0] for error in refused.value.errors()] == [field]


@pytest.mark.parametrize("kind", [Share, Count, Factor, WorkingDays])
def test_a_number_without_unit_is_also_taken_from_python(kind: type[Number]) -> None:
    assert TypeAdapter(kind).validate_python(1) == kind(1)


@given(seconds=st.integers(0, 86400))
def test_a_time_of_day_reads_back(seconds: int) -> None:
    assert TimeOfDay.parse(str(TimeOfDay(seconds))) == seconds


@given(ends=st.lists(st.integers(0, 86400), min_size=2, max_size=2, unique=True).map(sorted))
def test_an_interval_reads_back(ends: list[int]) -> None:
    interval = Interval(TimeOfDay(ends[0]), TimeOfDay(ends[1]))
    assert Interval.parse(str(interval)) == interval


def test_a_schema_for_editors_tells_unit_and_example() -> None:
    properties = Form.model_json_schema()["properties"]
    assert properties["lasts"]["type"] == ["string"]
    assert properties["share"]["type"] == ["string", "number"]
    assert "12 min" in properties["lasts"]["description"]
