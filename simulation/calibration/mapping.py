"""Mapping: how the columns of somebody's CSV become the columns of an event log.

A mapping is a file (`kind: mapping`), so that a log of one's own needs no programming; the built-in ones lie in `scenarios/mappings`.
"""

from __future__ import annotations

import codecs
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from simulation.errors import Breaches, Broken, nearest
from simulation.files import find, load_model
from simulation.log import CASES, EVENTS, OUTCOMES, SECONDS, TEXT, Label
from simulation.units import Count, Day, Flag, Interval

EVENT_TIMES = tuple(column for column, dtype in EVENTS.items() if dtype == SECONDS)
CASE_TIMES = tuple(column for column, dtype in CASES.items() if dtype == SECONDS)
ROUNDED_DOWN = frozenset({"entered", "start", "arrived", "received", "deadline"})
"""Rounded down unless the mapping says otherwise: what begins, and deadlines. What is completed is rounded up, so that a completion a
fraction of a second after its deadline stays late."""

Rounding = Literal["up", "down"]


class Mapping(BaseModel):
    """Which column of a CSV is which column of the log, and how its texts are read."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: Literal["mapping"]
    schema_: Literal["1"] = Field(default="1", alias="schema")
    title: Label
    source: str
    """Where the columns are described, or who says so."""
    zone: str
    """Time zone of the centre: stamps with an offset are converted to it, stamps without one are taken as its local time."""
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    cases: dict[str, str] = {}
    """Column of `cases` -> column of the CSV; the same in all rows of one case."""
    events: dict[str, str] = {}
    """Column of `events` -> column of the CSV."""
    partial: Flag = False
    """Whether columns named here may be absent from the CSV."""
    formats: tuple[str, ...] = ()
    """Formats of stamps as in `strptime`, tried in order; none means ISO 8601, with or without offset and fractions, mixed."""
    rounding: dict[str, Rounding] = {}
    """To whole seconds, by column of the log; see `ROUNDED_DOWN` for what is left out."""
    deadline_date: Literal["end_of_day", "midnight"] = "end_of_day"
    """What a deadline without a time of day means; any other date without one is its midnight."""
    missing: tuple[str, ...] = ()
    """Texts that mean: nothing known. The empty text always does."""
    values: dict[str, dict[str, str]] = {}
    """Column of the log -> text of the CSV -> code; the text stays as the code's label. A text that is not listed is its own code,
    but for `kind` and `outcome`, where it is refused."""
    activities: dict[str, str] = {}
    """Step -> kind of its row, where that is not `default_kind`. The last `decision` of a case is the moment it is decided, the first
    `receipt` that of its receipt, where no column says so; these columns are then marked estimated."""
    default_kind: str = "task"
    out_of_order: Literal["refuse", "move"] = "refuse"
    """What to do with a stamp that is later than one which must follow it: refuse the log, or move it back to that one and count it."""
    calendar: str | None = None
    """Calendar file of the place; without one its working dates are assumed Monday to Friday, and marked estimated."""
    assume_years: tuple[Count, ...] = ()
    """Years not published in the calendar that are assumed Monday to Friday."""
    office: tuple[Interval, ...] = ()
    """Office hours; without them those of `Meta`, marked estimated."""
    seen_until: Day | None = None
    """The log was taken at the end of this day; without it its last stamp is the cut-off."""

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Broken("a zone is a name of the time zone database", "write it like Asia/Shanghai") from None
        return zone

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise Broken("an encoding is one Python knows", "write it like utf-8 or gb18030") from None
        return encoding

    @field_validator("delimiter")
    @classmethod
    def _delimiter_is_one_character(cls, delimiter: str) -> str:
        plain = "\t" if delimiter == "tab" else delimiter
        if len(plain) != 1 or plain in '"\r\n':
            raise Broken("a delimiter is one character, or the word tab", "write it like ;")
        return plain

    @model_validator(mode="after")
    def _names_what_a_log_has(self) -> Mapping:
        broken = [*self._unknown_columns(), *self._unknown_codes()]
        for table, columns in (("cases", self.cases), ("events", self.events)):
            if columns and "case" not in columns:
                broken.append(Broken(f"`{table}` says which column names the case", "add `case: ...`", (table,)))
        if not self.cases and not self.events:
            broken.append(Broken("a mapping has columns of `cases`, of `events`, or of both", "add `cases:`"))
        if self.events and not set(EVENT_TIMES) & set(self.events):
            broken.append(Broken(f"`events` has one of {', '.join(EVENT_TIMES)}", "say which column is the `end`", ("events",)))
        if broken:
            raise Breaches(broken)
        return self

    def _unknown_columns(self) -> list[Broken]:
        known = {"cases": set(CASES), "events": set(EVENTS), "rounding": {*EVENT_TIMES, *CASE_TIMES}, "values": {*_texts(), "kind"}}
        return [
            Broken(f"a column of `{field}` is one of the log's", nearest(column, sorted(names)), (field, column), column)
            for field, names in known.items()
            for column in getattr(self, field)
            if column not in names
        ]

    def _unknown_codes(self) -> list[Broken]:
        kinds = {*OUTCOMES, "receipt"}
        broken = [
            Broken("an activity has a kind of event rows, or is the `receipt`", nearest(kind, sorted(kinds)), ("activities", step), kind)
            for step, kind in self.activities.items()
            if kind not in kinds
        ]
        if self.default_kind not in OUTCOMES:
            rule = "`default_kind` is a kind of event rows"
            broken.append(Broken(rule, nearest(self.default_kind, sorted(OUTCOMES)), ("default_kind",), self.default_kind))
        return broken

    def rounds_up(self, column: str) -> bool:
        """Whether a fraction of a second in this column counts as a whole one."""
        return self.rounding.get(column, "down" if column in ROUNDED_DOWN else "up") == "up"


def _texts() -> set[str]:
    return {column for column, dtype in (CASES | EVENTS).items() if dtype == TEXT}


def load_mapping(name: str | Path) -> Mapping:
    """A mapping by path, or by stem inside `scenarios/mappings`; raises `FileRefused`."""
    return load_model(find(name, "mappings"), Mapping)


def built_in() -> dict[str, Mapping]:
    """The mappings that come with OneWindow, by name."""
    folder = Path(str(files("scenarios"))).joinpath("mappings")
    return {path.stem: load_model(path, Mapping) for path in sorted(folder.glob("*.yaml"))}
