"""EventLog 办件日志: what happened in a centre, simulated or real; the one thing measures and rules read.

Three tables and a `Meta`. Times are int64 local wall-clock seconds since `meta.epoch` (before it: negative). Schema 1:

events, one row per activity
    service     one ticket (or one further file of it) at a counter: ticket taken / called / finished. Only a row with `entered` is a
                ticket; further files, the guide desk (`step` = `guide`) and calls of somebody who has gone (`no_show`) have none.
                `reason` is `wrong_window`; or `sent_on` to the department; or, of complete papers sent back for one that no list
                names, `unlisted_paper`
    queue       a ticket that was not served: taken / missing / left, sent home (`interrupted`) or `open`
    task        one department step: file available / started / finished; `queue` is the pool, `reason` `stall` or `leader` if so,
                `sent_on` or `deferred` where the department takes in what the window did not or did not decide;
                `denied` is a negative opinion, `interrupted` one taken out of the queue, `reason` `deemed_consent` or `veto`
    transfer    one file carried: ready / leaves / arrives
    meeting     one case at a meeting: ready / taken up / finished; `queue` names the bodies, `people` counts those present
    alert       a moment somebody is told of: `late_opinion`, `deemed_consent` (both name the department), `no_quorum`, `max_visits`
    suspension  one clock stop, `reason` its code; notice, decision: moments; delivery: decided / sent / received
cases, one row per application: see `CASES`. duty, one row per interval of a post (a window, `pool:NAME` or a person): see `DUTY`.

A log of a real centre may lack columns (a measure names the one it misses), but never `case` and `kind`. Row order carries no meaning:
`make` sorts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from simulation.calendar import Calendar
from simulation.clocks import LOCAL, MISSING, STATUTORY, ClockRules
from simulation.errors import LogRefused, Problem, nearest
from simulation.sorting import row_order

SECONDS = "Int64"
TEXT = "category"
EVENTS = {
    "case": "int64", "visit": "int16", "step": TEXT, "kind": TEXT, "entered": SECONDS, "start": SECONDS, "end": SECONDS, "site": TEXT,
    "queue": TEXT, "department": TEXT, "post": TEXT, "people": "int16", "outcome": TEXT, "reason": TEXT,
}  # fmt: skip
"""Columns of `events`; `visit` counts from 1, 0 where nobody came."""
CASES = {
    "case": "int64", "need": TEXT, "number": "int64", "item": TEXT, "channel": TEXT, "class": TEXT, "group": TEXT, "purpose": TEXT,
    "department": TEXT, "arrived": SECONDS, "received": SECONDS, "complete": SECONDS, "accepted": SECONDS, "decided": SECONDS,
    "delivered": SECONDS, "legal_wd": "Int16", "promise_wd": "Int16", "deadline": SECONDS, "outcome": TEXT,
    "zone": TEXT,
}  # fmt: skip
"""Columns of `cases`; `department` is optional and wins over `meta.items`; `deadline` only where a real log brings its own; `zone` where
one knows where people live."""
DUTY = {"post": TEXT, "from": "int64", "to": "int64", "state": TEXT, "people": "int16"}
"""Columns of `duty`; `state` is `open`, `unmanned` (open, nobody at it), `standby` (tidal, closed), `machine`, `absent`, `working`;
`away`, beside the others, counts people who are paid and missed at no window: absent from a pool, or somebody sits in for them."""
TABLES: dict[str, dict[str, str]] = {"events": EVENTS, "cases": CASES, "duty": DUTY}
NEEDED = {"events": ("case", "kind"), "cases": ("case",), "duty": tuple(DUTY)}

OUTCOMES = {
    "service": {"done", "supplement", "not_accepted", "denied", "no_show", "open"},
    "queue": {"left", "interrupted", "open"},
    "task": {"done", "denied", "supplement", "not_accepted", "interrupted", "open"},
    "transfer": {"done", "open"},
    "suspension": {"done", "open"},
    "notice": {"done"},
    "decision": {"done", "denied", "not_accepted"},
    "delivery": {"done", "open"},
    "meeting": {"done", "supplement", "interrupted", "open"},
    "alert": {"done", "open"},
}
"""The outcomes each kind of row may have."""
CASE_OUTCOMES = {"done", "denied", "not_accepted", "withdrawn", "open"}
STATES = {"open", "unmanned", "standby", "absent", "working", "machine", "away"}


PUSH = "push"
"""The step, alone or as `item/push`, by which whoever regulates is told of an approval."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Label(_Frozen):
    """What a code is called."""

    en: str
    zh: str = ""


class Place(_Frozen):
    """Where a post belongs: the dimensions of a window or a pool."""

    site: str | None = None
    group: str | None = None
    department: str | None = None


class Burden(_Frozen):
    """What coming to the hall costs applicants: seconds and CNY of a round trip, CNY an hour is worth, by group where it differs."""

    trip: float
    fare: float
    hour: float
    hour_of: dict[str, float] = {}


class ClockReasons(_Frozen):
    """Reasons of suspension that stop the legal clock (closed list: Administrative Licensing Law, Art 45), and the promise's."""

    legal: tuple[str, ...] = tuple(sorted(STATUTORY))
    promise: tuple[str, ...] = tuple(sorted(STATUTORY | LOCAL))

    def rules(self) -> ClockRules:
        """The rules of the clocks with these lists."""
        return ClockRules(legal=frozenset(self.legal), promise=frozenset(self.promise))


class Meta(_Frozen):
    """All a log needs beside its tables, so that it can be judged alone."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    zone: str = "Asia/Shanghai"
    epoch: date
    """Local midnight of this day is second 0."""
    horizon: int
    """The cut-off: the last second seen; of a real log its last event."""
    window: tuple[int, int] | None = None
    """[from, to) of the measured window; absent means everything."""
    covered: tuple[date, date]
    """First and last date of which the calendar is known."""
    working: tuple[date, ...]
    """The working dates among them."""
    office: tuple[tuple[int, int], ...] = ((32400, 43200), (46800, 61200))
    """Office hours of a working date, in seconds after midnight: the clock of working time."""
    clocks: ClockReasons = ClockReasons()
    posts: dict[str, Place] = {}
    """Windows and pools (`pool:NAME`)."""
    items: dict[str, str] = {}
    """The department that leads each item."""
    tells: tuple[str, ...] = ()
    """Items whose approvals a regulator is told of."""
    labels: dict[str, dict[str, Label]] = {}
    """Names by kind (`item`, `queue`, `department`, ...) and code."""
    origin: dict[str, str | int | float | None] = {}
    """Engine, version, digests, seed and replication; or file and reader. Not part of the digest."""
    burden: Burden | None = None
    pay: dict[str, float] = {}
    """CNY a year that a person on duty at a post costs. Prices are not part of the digest either: they say nothing of what happened."""
    notices: bool = False
    """Whether every written notice is a row, so that a suspension without one was not notified; otherwise all are taken as notified."""
    estimated: tuple[str, ...] = ()
    """Columns a reader had to estimate, as `table.column`."""
    travel: dict[str, dict[str, int]] = {}
    """Seconds one way by zone and site, where zones are known."""

    def calendar(self) -> Calendar:
        """The working calendar of the covered span."""
        return Calendar.listed(self.working, *self.covered, epoch=self.epoch)


Columns = Mapping[str, Any] | pd.DataFrame


@dataclass(frozen=True, eq=False)
class EventLog:
    """An event log of schema 1; make one with `EventLog.make`, which sets types and order."""

    events: pd.DataFrame
    cases: pd.DataFrame
    duty: pd.DataFrame
    meta: Meta

    @classmethod
    def make(cls, events: Columns, cases: Columns, duty: Columns | None, meta: Meta) -> EventLog:
        """A log from columns of plain values, in the types and the order of the schema.

        Parameters
        ----------
        events, cases, duty : mapping of column name to values, or DataFrame
            Missing numbers are `None`, `NA` or NaN; missing text is `None` or the empty string. `visit` and `people` are 0 and 1
            where missing. Columns may be left out.
        meta : Meta

        Raises
        ------
        LogRefused
            When a column is unknown, `case` or `kind` is absent, or a value does not fit its type.
        """
        problems: list[Problem] = []
        given: dict[str, Columns] = {"events": events, "cases": cases, "duty": duty if duty is not None else {c: [] for c in DUTY}}
        tables = {name: _typed(name, columns, problems) for name, columns in given.items()}
        if problems:
            raise LogRefused(problems)
        return cls(**{name: _ordered(name, frame) for name, frame in tables.items()}, meta=meta)

    def validate(self) -> EventLog:
        """This log, when it keeps every invariant.

        Raises
        ------
        LogRefused
            With all breaches at once, each with table, row and rule.
        """
        from simulation.invariants import breaches

        if problems := breaches(self):
            raise LogRefused(problems)
        return self

    def write(self, folder: Path | str) -> Path:
        """Write `events`, `cases`, `duty` as Parquet and `meta.json` into a folder, which is made when it is absent."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            cast(pd.DataFrame, getattr(self, name)).to_parquet(folder / f"{name}.parquet", index=False)
        (folder / "meta.json").write_text(self.meta.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")
        return folder

    @classmethod
    def read(cls, folder: Path | str) -> EventLog:
        """The log written into a folder."""
        folder = Path(folder)
        meta = Meta.model_validate_json((folder / "meta.json").read_text(encoding="utf-8"))
        events, cases, duty = (pd.read_parquet(folder / f"{name}.parquet") for name in TABLES)
        return cls.make(events, cases, duty, meta)

    def digest(self) -> str:
        """SHA-256 over all rows and `meta` but origin and prices, in hexadecimal: equal logs, equal digests, whatever engine made them."""
        digest = hashlib.sha256()
        blank = [name for name in ("travel", "tells") if not getattr(self.meta, name)]
        said = self.meta.model_dump(mode="json", by_alias=True, exclude={"origin", "burden", "pay", *blank})
        digest.update(json.dumps(said, sort_keys=True, ensure_ascii=False).encode())
        for name in TABLES:
            table = cast(pd.DataFrame, getattr(self, name))
            for column in table.columns:
                values = table[column]
                digest.update(f"{name}.{column}:{len(values)}".encode())
                if isinstance(values.dtype, pd.CategoricalDtype):
                    digest.update("\x1f".join(values.cat.categories).encode())
                    digest.update(values.cat.codes.to_numpy().astype("<i4").tobytes())
                else:
                    digest.update(values.isna().to_numpy().tobytes())
                    digest.update(seconds(values).astype("<i8").tobytes())
        return digest.hexdigest()


def table(name: str, columns: Columns) -> pd.DataFrame:
    """One table of a log alone, as `EventLog.make` makes it.

    Raises
    ------
    LogRefused
        As `EventLog.make`.
    """
    problems: list[Problem] = []
    frame = _typed(name, columns, problems)
    if problems:
        raise LogRefused(problems)
    return _ordered(name, frame)


def seconds(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A whole-number column as int64, `MISSING` where it is missing."""
    if column.dtype.kind == "f":
        return column.fillna(MISSING).to_numpy(dtype=np.int64)
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy(dtype=np.int64)
    return column.to_numpy(dtype=np.int64, na_value=MISSING)


# --- making ------------------------------------------------------------------------------------------------------


def _typed(name: str, columns: Columns, problems: list[Problem]) -> pd.DataFrame:
    """The columns in the order and the types of the schema."""
    frame = columns if isinstance(columns, pd.DataFrame) else pd.DataFrame(dict(columns))
    schema = TABLES[name]
    problems += [
        Problem(f"{name}: column {c}", str(c), f"columns of {name} are {', '.join(schema)}", nearest(str(c), schema))
        for c in frame.columns
        if c not in schema
    ]
    problems += [Problem(f"{name}: column {c}", "absent", "every log has it", "add it") for c in NEEDED[name] if c not in frame]
    out: dict[str, pd.Series[Any]] = {}
    for column, dtype in schema.items():
        if column not in frame.columns:
            continue
        values = frame[column]
        try:
            if dtype == TEXT:
                out[column] = _text(values)
            else:
                out[column] = _whole(values, dtype, absent=int(column == "people") if dtype == "int16" else None)
        except (TypeError, ValueError, OverflowError) as error:
            problems.append(Problem(f"{name}: column {column}", str(error)[:120], f"its type is {dtype}", "give whole numbers"))
    return pd.DataFrame(out)


def _whole(values: pd.Series[Any], dtype: str, absent: int | None) -> pd.Series[Any]:
    """Whole numbers in their type; a missing one becomes `absent`, where that is given. Pandas would wrap what is too large."""
    wide = pd.Series(values).astype("Int64")
    if absent is not None:
        wide = wide.fillna(absent)
    span = np.iinfo(dtype.lower())
    if not wide.dropna().between(span.min, span.max).all():
        raise OverflowError(f"a value outside {span.min}..{span.max}")
    return wide.astype(cast(Any, dtype))


def _text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Categorical with sorted categories, those in use only."""
    known = values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("category")
    names, codes = [str(name) for name in known.cat.categories], known.cat.codes.to_numpy()
    used = np.bincount(codes + np.int64(1), minlength=len(names) + 1)[1:] > 0
    order = sorted({name for name, here in zip(names, used, strict=True) if name and here})
    place = {name: code for code, name in enumerate(order)}
    recode = np.array([place.get(name, -1) for name in names] + [-1], dtype=np.int32)
    dtype = pd.CategoricalDtype(pd.Index(order, dtype=object))
    return pd.Series(pd.Categorical.from_codes(recode[codes], dtype=dtype, validate=False), index=values.index)


def _ordered(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Rows in one order that depends on nothing but what they say."""
    first = {"events": ("case", "entered", "start", "end"), "cases": ("case",), "duty": ("post", "from", "to")}[name]
    columns = [c for c in first if c in table] + [c for c in table if c not in first]
    keys = [table[c].cat.codes.to_numpy() if isinstance(table[c].dtype, pd.CategoricalDtype) else seconds(table[c]) for c in columns]
    if name == "events":
        moment = _first_present(table)
        keys = [keys[0], moment, *keys[1:]]
    return table.take(row_order(keys, len(table))).reset_index(drop=True)


def _first_present(events: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The first second a row speaks of."""
    moment = np.full(len(events), MISSING)
    for column in ("end", "start", "entered"):
        if column in events:
            values = seconds(events[column])
            moment = np.where(values == MISSING, moment, values)
    return moment
