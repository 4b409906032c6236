"""Numbers that know their unit and the range in which they are believed.

Each type is a field type of pydantic models. It takes text (``12 min (9..15)``) or an instance of itself, and its
``str`` is text that reads back as an equal value. A number without the unit that is due is refused.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from simulation.errors import Broken

HUGE = 1e12
LONG = 200
NUMERAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]{1,40})?")
UNITED = re.compile(r"(?P<value>[^\s()%A-Za-z]+)\s*(?P<unit>[^()]*?)\s*(\(\s*(?P<low>[^()]+?)\s*\.\.\s*(?P<high>[^()]+?)\s*\))?")
CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?")


class Number(float):
    """A number with the range in which it is believed.

    Parameters
    ----------
    value : in the type's own unit (seconds for `Duration`)
    low, high : the range, both or neither; low <= value <= high
    """

    __slots__ = ("_high", "_low")

    noun: ClassVar[str] = "a number"
    example: ClassVar[str] = "0.45"
    units: ClassVar[dict[str, Decimal]] = {"": Decimal(1)}
    whole: ClassVar[bool] = False
    least: ClassVar[float] = 0
    most: ClassVar[float] = HUGE

    _low: float | None
    _high: float | None

    def __new__(cls, value: float, low: float | None = None, high: float | None = None) -> Self:
        self = super().__new__(cls, value)
        bounds = None if low is None or high is None else (float(low), float(high))
        if (low is None) != (high is None):
            raise Broken("a range has two ends", "write it as (low..high)")
        for number in (float(self), *(bounds or ())):
            cls._check(number)
        if bounds and not bounds[0] <= self <= bounds[1]:
            raise Broken("the value lies within its range: low <= value <= high", "mend the value or the range")
        object.__setattr__(self, "_low", bounds and bounds[0])
        object.__setattr__(self, "_high", bounds and bounds[1])
        return self

    @property
    def low(self) -> float | None:
        """Lower end of the range, if one is stated."""
        return self._low

    @property
    def high(self) -> float | None:
        """Upper end of the range, if one is stated."""
        return self._high

    @classmethod
    def _rule(cls) -> str:
        return f"{cls.noun} is written like {cls.example}"

    @classmethod
    def _check(cls, number: float) -> None:
        if not abs(number) <= HUGE:
            raise Broken("a number of at most 1,000,000,000,000 in size is due", "a longer digit string is a code, not a quantity")
        if not cls.least <= number <= cls.most:
            bounds = f"at least {cls.least:g}" if cls.most == HUGE else f"between {cls.least:g} and {cls.most:g}"
            raise Broken(f"{cls.noun} is {bounds}", f"write it like {cls.example}")
        if cls.whole and number != int(number):
            raise Broken(f"{cls.noun} is a whole number", f"write it like {cls.example}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read text such as ``12 min (9..15)``; raises `Broken`."""
        parts = UNITED.fullmatch(text.strip()) if len(text) <= LONG else None
        if CLOCK.match(text.strip()):
            raise Broken(cls._rule(), "this is a time of day")
        if parts is None:
            unit = "then its unit, " if any(cls.units) else ""
            raise Broken(cls._rule(), f"a number comes first, {unit}then its range if any: (low..high)")
        unit = " ".join(parts["unit"].split())
        if re.match(r"[eE][-+]?[0-9]", unit):
            raise Broken(cls._rule(), "write the number out: an exponent is refused")
        if unit not in cls.units:
            if not unit:
                raise Broken(cls._rule(), "add the unit: a bare number is refused here")
            if "" in cls.units and not any(cls.units.keys() - {""}):
                raise Broken(cls._rule(), f"leave out `{unit}`: this number has no unit")
            raise Broken(cls._rule(), f"unit `{unit}` is not one of " + ", ".join(f"`{one}`" for one in cls.units if one))
        numbers = [cls._decimal(parts[name]) for name in ("value", "low", "high") if parts[name] is not None]
        return cls(*(float(number * cls.units[unit]) for number in numbers))

    @classmethod
    def _decimal(cls, text: str) -> Decimal:
        if NUMERAL.fullmatch(text):
            return Decimal(text)
        if re.fullmatch(r"-?0[0-9]+", text):
            raise Broken(cls._rule(), f"`{text}` starts with 0: drop the zero")
        raise Broken(cls._rule(), f"`{text}` is not a plain decimal: write digits and at most one point, without exponent or separators")

    @classmethod
    def coerce(cls, value: object) -> Self:
        """What a field of this type accepts: an instance, text, or a Python number where no unit is due."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        if isinstance(value, int | float) and not isinstance(value, bool | Number) and "" in cls.units:
            return cls(value)
        raise Broken(cls._rule())

    def _unit(self) -> str:
        return next(iter(self.units))

    def __str__(self) -> str:
        unit = self._unit()
        value, *bounds = (_numeral(number, self.units[unit]) for number in (float(self), self.low, self.high) if number is not None)
        return " ".join([value, *([unit] if unit else []), *([f"({bounds[0]}..{bounds[1]})"] if bounds else [])])

    def __repr__(self) -> str:
        return f"{type(self).__name__}.parse({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Number):
            return (float(self), self.low, self.high) == (float(other), other.low, other.high)
        return float.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return float.__hash__(self)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __getnewargs__(self) -> tuple[float, float | None, float | None]:  # type: ignore[override]
        return float(self), self.low, self.high

    def __getstate__(self) -> None:
        return None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        return core_schema.no_info_plain_validator_function(cls.coerce, serialization=text)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        kinds = ["string", "integer" if cls.whole else "number"] if "" in cls.units else ["string"]
        return {"type": kinds, "description": cls._rule(), "examples": [cls.example]}


def _numeral(number: float, unit: Decimal) -> str:
    text = format(Decimal(repr(number)) / unit, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Duration(Number):
    """A length of time; the value is in seconds. ``12 min``, ``90 s``, ``1.5 h``, ``2 d`` (a day is 24 hours)."""

    __slots__ = ()
    noun = "a duration"
    example = "12 min, 90 s, 1.5 h or 2 d"
    units: ClassVar = {"d": Decimal(86400), "h": Decimal(3600), "min": Decimal(60), "s": Decimal(1)}
    most = 1e10

    def _unit(self) -> str:
        numbers = [number for number in (float(self), self.low, self.high) if number is not None]
        whole = (unit for unit, seconds in self.units.items() if all(number % float(seconds) == 0 for number in numbers))
        return next(whole, "s") if any(numbers) else "s"


class Share(Number):
    """A part of a whole, within 0..1. ``0.45`` or ``45 %``."""

    __slots__ = ()
    noun = "a share"
    example = "0.45 or 45 %"
    units: ClassVar = {"": Decimal(1), "%": Decimal("0.01")}
    most = 1


class Count(Number):
    """A whole number of things, at least 0; usable where Python wants an integer."""

    __slots__ = ()
    noun = "a count"
    example = "12"
    whole = True

    def __index__(self) -> int:
        return int(self)


class WorkingDays(Count):
    """A whole number of working days, written bare, in fields whose name ends in ``_wd``."""

    __slots__ = ()
    noun = "a number of working days"
    example = "5"
    most = 10_000


class Factor(Number):
    """A positive number without unit."""

    __slots__ = ()
    noun = "a factor"
    example = "1.2"

    @classmethod
    def _check(cls, number: float) -> None:
        super()._check(number)
        if number == 0:
            raise Broken("a factor is greater than 0", "write it like 1.2")


class Money(Number):
    """An amount in yuan; may be negative. ``12000 CNY`` or ``12 kCNY``."""

    __slots__ = ()
    noun = "an amount of money"
    example = "12000 CNY or 12 kCNY"
    units: ClassVar = {"CNY": Decimal(1), "kCNY": Decimal(1000)}
    least = -HUGE


class Price(Money):
    """What something costs: money, never negative."""

    __slots__ = ()
    noun = "a price"
    least = 0


class Rate(Number):
    """How many a day on average. ``85 per day``."""

    __slots__ = ()
    noun = "a rate"
    example = "85 per day"
    units: ClassVar = {"per day": Decimal(1)}


class TimeOfDay(int):
    """Seconds after midnight, 0..86400. ``9:00``, ``16:30``, ``24:00``; seconds may follow (``9:00:30``)."""

    __slots__ = ()

    def __new__(cls, seconds: int) -> Self:
        if not 0 <= seconds <= 86400:
            raise Broken("a time of day lies between 0:00 and 24:00", "write it like 9:00 or 16:30")
        return super().__new__(cls, seconds)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``9:00``; raises `Broken`."""
        clock = CLOCK.fullmatch(text.strip())
        if clock is None:
            raise Broken("a time of day lies between 0:00 and 24:00", "write it like 9:00 or 16:30")
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return cls(hours * 3600 + minutes * 60 + seconds)

    @classmethod
    def coerce(cls, value: object) -> Self:
        """What a field of this type accepts: an instance or text."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise Broken("a time of day is written like 9:00 or 16:30")

    def __str__(self) -> str:
        minutes, seconds = divmod(int(self), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")

    def __repr__(self) -> str:
        return f"TimeOfDay.parse({str(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _text_schema(cls.coerce)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "description": "a time of day", "examples": ["9:00"]}


@dataclass(frozen=True, order=True)
class Interval:
    """A stretch of one day, start included, end not. ``9:00-12:00``."""

    start: TimeOfDay
    end: TimeOfDay

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise Broken("an interval ends after it starts, on the same day", "write it like 9:00-12:00")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``9:00-12:00``; raises `Broken`."""
        ends = re.split(r"\s*[-–]\s*", text.strip())
        if len(ends) != 2:
            raise Broken("an interval is two times of day with a hyphen between", "write it like 9:00-12:00")
        return cls(TimeOfDay.parse(ends[0]), TimeOfDay.parse(ends[1]))

    @classmethod
    def coerce(cls, value: object) -> Self:
        """What a field of this type accepts: an instance or text."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise Broken("an interval is written like 9:00-12:00")

    def __str__(self) -> str:
        return f"{self.start}-{self.end}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Always text: pydantic would take a dataclass apart.
        text = core_schema.plain_serializer_function_ser_schema(str)
        return core_schema.no_info_plain_validator_function(cls.coerce, serialization=text)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "description": "an interval of one day", "examples": ["9:00-12:00"]}


def _text_schema(coerce: Any) -> CoreSchema:
    text = core_schema.plain_serializer_function_ser_schema(str, when_used="json")
    return core_schema.no_info_plain_validator_function(coerce, serialization=text)


def parse_day(value: object) -> date:
    """Read ``2023-05-04``; raises `Broken`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise Broken("a day is a date of the calendar", "this month has no such day, or the year no such month") from None
    raise Broken("a day is written as year-month-day", "write it like 2023-05-04")


def parse_flag(value: object) -> bool:
    """Read ``true`` or ``false``; raises `Broken`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip() in {"true", "false"}:
        return value.strip() == "true"
    raise Broken("a yes-or-no value is `true` or `false`", "write true or false")


Day = Annotated[
    date,
    PlainValidator(parse_day),
    PlainSerializer(date.isoformat, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Flag = Annotated[bool, PlainValidator(parse_flag), WithJsonSchema({"type": "boolean", "description": "true or false"})]
