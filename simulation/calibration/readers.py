"""Readers: a foreign CSV, by a mapping, as an event log; all renaming and all estimating of columns happens here, and is said in `meta`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulation.calendar import DAY, Calendar, published
from simulation.calibration.mapping import CASE_TIMES, EVENT_TIMES, Mapping, built_in, load_mapping
from simulation.calibration.stamps import Ints, parse
from simulation.calibration.tables import few, header_of, read_csv
from simulation.clocks import MISSING
from simulation.errors import LogRefused, Problem, nearest
from simulation.files import shown
from simulation.log import CASE_OUTCOMES, CASES, EVENTS, OUTCOMES, SECONDS, TEXT, EventLog, Label, Meta

SCHEMAS = {"cases": CASES, "events": EVENTS}
TIMES = {"cases": CASE_TIMES, "events": EVENT_TIMES}
IN_ORDER = {
    "events": (("entered", "start", "end"),),
    "cases": (("arrived", "received", "complete", "decided", "delivered"), ("received", "accepted", "decided")),
}
NEVER = np.iinfo(np.int64).max
LOST_CODE = re.compile(r"\d(\.\d+)?E\+\d+")
"""What a spreadsheet makes of a long number."""


def read_log(path: Path | str, mapping: Mapping | Path | str | None = None) -> EventLog:
    """A log from a CSV (gzipped or not), from a folder with `cases.csv` and `events.csv`, or from a folder that a log was written to.

    Parameters
    ----------
    path : file or folder
    mapping : Mapping, or its built-in name, or a mapping file; None recognises a built-in one by the columns

    Raises
    ------
    LogRefused, FileRefused, CalendarYearNotPublished : with every problem found, by file, row and column
    """
    path = Path(path)
    if (path / "meta.json").is_file():
        return EventLog.read(path).validate()
    files = _files(path)
    if isinstance(mapping, Mapping):
        name, chosen = mapping.title.en, mapping
    elif mapping is not None:
        name, chosen = Path(mapping).stem, load_mapping(mapping)
    else:
        name, chosen = recognise(next(iter(files.values())))
    reading = _Reading(chosen)
    tables = {
        table: found
        for kind, file in files.items()
        for table, found in reading.tables(file, (kind,) if kind else ("cases", "events")).items()
    }
    reading.stop()
    return _log(tables, reading, {"file": path.name, "sha256": _sha256(files.values()), "reader": "csv", "mapping": name})


def recognise(path: Path) -> tuple[str, Mapping]:
    """Name and content of the built-in mapping whose columns the file has: all of them, or of a partial mapping the case and one time.

    Raises
    ------
    LogRefused : none fits; names for each what is missing
    """
    lacking: dict[str, str] = {}
    for name, mapping in sorted(built_in().items(), key=lambda pair: pair[1].partial):
        header = header_of(path, mapping.delimiter, mapping.encoding)
        wanted = {*mapping.cases.values(), *mapping.events.values()}
        missing = sorted(wanted - set(header))
        if not missing or (mapping.partial and any(_present(mapping, table, header) for table in SCHEMAS)):
            return name, mapping
        lacking[name] = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    header = header_of(path, ",", "utf-8-sig")
    known = "; ".join(f"{name} lacks {missing}" for name, missing in lacking.items())
    remedy = f"write a mapping file and name it ({known})"
    raise LogRefused(Problem(f"{shown(path)}, row 1", ", ".join(header[:8]), "a log is read by a mapping of its columns", remedy))


def _files(path: Path) -> dict[str, Path]:
    """Table name -> file; a single file may hold both tables and stands under its own name."""
    if path.is_file():
        return {"": path}
    found = {t: path / f"{t}.csv{z}" for t in SCHEMAS for z in (".gz", "") if (path / f"{t}.csv{z}").is_file()}
    if not found:
        what = "a folder without them" if path.is_dir() else "no such file"
        rule = "a log is a CSV, a folder with cases.csv or events.csv, or a folder with meta.json"
        raise LogRefused(Problem(shown(path), what, rule, "name one of these"))
    return found


def _sha256(files: Iterable[Path]) -> str:
    digest = sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _present(mapping: Mapping, table: str, header: Iterable[str]) -> dict[str, str]:
    """The columns of one table that the file has: none unless the case and, for events, a time are among them."""
    columns: dict[str, str] = getattr(mapping, table)
    there = set(header)
    if not mapping.partial:
        return columns
    found = {column: source for column, source in columns.items() if source in there}
    return found if "case" in found and set(TIMES[table]) & set(found) else {}


@dataclass
class _Table:
    """One table being read: text until typed; `where` gives the place of a cell."""

    path: Path
    columns: dict[str, str]
    rows: list[int]
    text: dict[str, list[str]]

    def where(self, position: int, column: str) -> str:
        return f"{shown(self.path)}, row {self.rows[position]}, column {self.columns.get(column, column)}"


class _Reading:
    """One pass over the files of a log: typed columns, labels, and every problem."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.problems: list[Problem] = []
        self.labels: dict[str, dict[str, set[str]]] = {}
        self.moved: dict[str, int] = {}

    def stop(self) -> None:
        if self.problems:
            raise LogRefused(self.problems)

    def tables(self, path: Path, allowed: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        frame = read_csv(path, self.mapping.delimiter, self.mapping.encoding)
        found: dict[str, dict[str, Any]] = {}
        for name in allowed:
            columns = _present(self.mapping, name, frame.columns)
            missing = {column: source for column, source in columns.items() if source not in frame}
            for column, source in missing.items():
                where, rule = f"{shown(path)}, row 1, column {source}", f"the mapping takes `{name}.{column}` from it"
                self.problems.append(Problem(where, "absent", rule, nearest(source, map(str, frame.columns))))
            if columns and not missing:
                empty = {"", *self.mapping.missing}
                text = {c: ["" if cell in empty else cell for cell in frame[source]] for c, source in columns.items()}
                found[name] = self._typed(name, _Table(path, columns, [int(n) for n in frame.index], text))
        if not self.problems and (not found or not len(frame)):
            what = "no row below the header" if found else "neither cases nor events"
            self.problems.append(Problem(shown(path), what, "a log has cases, or events with a time", "is it the right file?"))
        return found

    def _typed(self, name: str, table: _Table) -> dict[str, Any]:
        self._each(table, "case", lambda cell: not cell, "every row names its case", "fill it in")
        for column in sorted({"case", "item"} & {*table.columns}):
            self._each(table, column, lambda cell: bool(LOST_CODE.fullmatch(cell)), "a code is no rounded number", "export it as text")
        if name == "cases":
            table = self._one_row_each(table)
        typed: dict[str, Any] = {"case": table.text["case"]}
        for column in (c for c in table.columns if c != "case"):
            dtype = SCHEMAS[name][column]
            if dtype == TEXT:
                typed[column] = self._coded(table, column)
            elif dtype == SECONDS:
                typed[column], refused = parse(table.text[column], column, self.mapping)
                self.problems += few([Problem(table.where(i, column), table.text[column][i], b.rule, b.remedy) for i, b in refused.items()])
            else:
                rule, remedy = "a whole number is written in digits", "mend it"
                self._each(table, column, lambda cell: bool(cell) and not re.fullmatch(r"0|[1-9]\d{0,8}", cell), rule, remedy)
                typed[column] = [int(cell) if re.fullmatch(r"\d{1,9}", cell) else None for cell in table.text[column]]
        for order in IN_ORDER[name]:
            self._ordered(name, table, typed, [column for column in order if column in typed])
        self._known_words(name, table, typed)
        return typed

    def _each(self, table: _Table, column: str, wrong: Callable[[str], bool], rule: str, remedy: str) -> None:
        cells = enumerate(table.text[column])
        self.problems += few([Problem(table.where(i, column), cell or "nothing", rule, remedy) for i, cell in cells if wrong(cell)])

    def _one_row_each(self, table: _Table) -> _Table:
        """The first row of each case; the others must say the same of it."""
        first: dict[str, int] = {}
        for i, case in enumerate(table.text["case"]):
            first.setdefault(case, i)
        at = [first[case] for case in table.text["case"]]
        for column, cells in table.text.items():
            rule, remedy = "all rows of a case say the same of it", "take this column for `events`, or mend the rows"
            contrary = [(i, f"`{cells[i]}`, in row {table.rows[j]} `{cells[j]}`") for i, j in enumerate(at) if cells[i] != cells[j]]
            self.problems += few([Problem(table.where(i, column), found, rule, remedy) for i, found in contrary])
        keep = list(first.values())
        return _Table(table.path, table.columns, [table.rows[i] for i in keep], {c: [t[i] for i in keep] for c, t in table.text.items()})

    def _coded(self, table: _Table, column: str) -> list[str]:
        codes = self.mapping.values.get(column, {})
        for text in sorted({*table.text[column]} & {*codes}):
            self.labels.setdefault(column, {}).setdefault(codes[text], set()).add(text)
        return [codes.get(text, text) for text in table.text[column]]

    def _ordered(self, name: str, table: _Table, typed: dict[str, Any], columns: list[str]) -> None:
        """A stamp that is later than one which must follow it is refused, or moved back and counted."""
        soonest = np.full(len(table.rows), NEVER)
        for column in reversed(columns):
            values: Ints = typed[column]
            wrong = np.flatnonzero((values != MISSING) & (values > soonest))
            if len(wrong) and self.mapping.out_of_order == "move":
                self.moved[f"{name}.{column}"] = self.moved.get(f"{name}.{column}", 0) + len(wrong)
                values = typed[column] = np.minimum(values, soonest)
            else:
                rule, remedy = f"{' <= '.join(columns)}", "mend the stamps, or say `out_of_order: move` in the mapping"
                self.problems += few([Problem(table.where(int(i), column), table.text[column][i], rule, remedy) for i in wrong])
            soonest = np.where(values == MISSING, soonest, np.minimum(soonest, values))

    def _known_words(self, name: str, table: _Table, typed: dict[str, Any]) -> None:
        words = {"cases": {"outcome": CASE_OUTCOMES}, "events": {"kind": {*OUTCOMES}, "outcome": set().union(*OUTCOMES.values())}}[name]
        for column, known in words.items():
            for i, word in enumerate(typed.get(column, ())):
                if word and word not in known:
                    remedy = f"{nearest(word, sorted(known))}; the mapping's `values` translate words"
                    self.problems.append(Problem(table.where(i, column), word, f"{column} is one of {', '.join(sorted(known))}", remedy))


# --- the log -----------------------------------------------------------------------------------------------------


def _log(tables: dict[str, dict[str, Any]], reading: _Reading, origin: dict[str, str | int | float | None]) -> EventLog:
    mapping, estimated = reading.mapping, list[str]()
    events = tables.get("events", {"case": [], "kind": []})
    cases = tables.get("cases", {"case": [*dict.fromkeys(events["case"])]})
    moments = _events(events, mapping, estimated)
    _cases(cases, moments, estimated)
    _received(cases, events, estimated)
    numbers = _numbers([*cases["case"], *events["case"]])
    labels = {kind: {code: Label(en=" / ".join(sorted(names))) for code, names in found.items()} for kind, found in reading.labels.items()}
    if any(str(number) != name for name, number in numbers.items()):
        labels["case"] = {str(number): Label(en=name) for name, number in numbers.items()}
    origin = origin | {f"moved {column}": count for column, count in sorted(reading.moved.items())}
    meta = _meta({"cases": cases, "events": events}, mapping, estimated, labels, origin)
    shift = (meta.epoch - date(1970, 1, 1)).days * DAY
    for name, table in (("cases", cases), ("events", events)):
        table["case"] = [numbers[case] for case in table["case"]]
        for column in set(TIMES[name]) & set(table):
            stamps = np.asarray(table[column], dtype=np.int64)
            table[column] = pd.array(np.where(stamps == MISSING, 0, stamps - shift), dtype="Int64")
            table[column][stamps == MISSING] = pd.NA
    return EventLog.make(events, cases, None, meta).validate()


def _events(events: dict[str, Any], mapping: Mapping, estimated: list[str]) -> dict[str, dict[str, int]]:
    """Fill in kind and outcome; give the moments that activities tell: column of `cases` -> case -> second."""
    steps = events.get("step", [""] * len(events["case"]))
    said = [mapping.activities.get(step, mapping.default_kind) for step in steps]
    moments: dict[str, dict[str, int]] = {}
    times: Iterable[int] = next((events[column] for column in ("end", "start", "entered") if column in events), ())
    for case, kind, second in zip(events["case"], said, times, strict=False):
        if second != MISSING and kind in {"receipt", "decision"}:
            column, choose = ("received", min) if kind == "receipt" else ("decided", max)
            known = moments.setdefault(column, {})
            known[case] = choose(int(second), known.get(case, int(second)))
    inferred = [mapping.default_kind if kind == "receipt" else kind for kind in said]
    given = events.get("kind", inferred)
    events["kind"] = [one or other for one, other in zip(given, inferred, strict=True)]
    if "outcome" not in events and len(events["case"]):
        ends = events.get("end", np.full(len(events["case"]), MISSING))
        events["outcome"] = ["open" if end == MISSING else "done" for end in ends]
        estimated.append("events.outcome")
    return moments


def _cases(cases: dict[str, Any], moments: dict[str, dict[str, int]], estimated: list[str]) -> None:
    """Fill in what activities tell, and the outcome from whether there is a decision."""
    for column, known in moments.items():
        if column not in cases:
            cases[column] = np.array([known.get(case, MISSING) for case in cases["case"]], dtype=np.int64)
            estimated.append(f"cases.{column}")
    if "decided" not in cases:
        return
    inferred = ["open" if second == MISSING else "done" for second in cases["decided"]]
    given = cases.get("outcome", [""] * len(inferred))
    if any(not one and other == "done" for one, other in zip(given, inferred, strict=True)):
        estimated.append("cases.outcome")
    cases["outcome"] = [one or other for one, other in zip(given, inferred, strict=True)]


def _received(cases: dict[str, Any], events: dict[str, Any], estimated: list[str]) -> None:
    """Where the receipt of a case is not told, it is the first stamp of any of its rows: a case nobody received would not be measured."""
    received = np.asarray(cases.get("received", np.full(len(cases["case"]), MISSING)), dtype=np.int64)
    first = dict.fromkeys(cases["case"], NEVER)
    for table, columns in ((events, EVENT_TIMES), (cases, ("complete", "accepted", "decided", "delivered"))):
        for column in (c for c in columns if c in table):
            for case, second in zip(table["case"], np.asarray(table[column]).tolist(), strict=True):
                if second != MISSING:
                    first[case] = min(first.get(case, NEVER), second)
    found = np.array([first[case] for case in cases["case"]], dtype=np.int64)
    fill = (received == MISSING) & (found != NEVER)
    if fill.any():
        cases["received"] = np.where(fill, found, received)
        estimated.append("cases.received")


def _numbers(names: list[str]) -> dict[str, int]:
    """Whole numbers for the cases: their own, when all are such, or 1, 2, ... in the order of the file."""
    unique = [*dict.fromkeys(names)]
    if all(re.fullmatch(r"0|[1-9]\d{0,17}", name) for name in unique):
        return {name: int(name) for name in unique}
    return {name: number for number, name in enumerate(unique, 1)}


def _meta(
    tables: dict[str, dict[str, Any]],
    mapping: Mapping,
    estimated: list[str],
    labels: dict[str, dict[str, Label]],
    origin: dict[str, str | int | float | None],
) -> Meta:
    """Day 0 is that of the first stamp, the cut-off the last one that is no deadline; the calendar covers whole years."""
    seen = [np.asarray(t[c]) for name, t in tables.items() for c in TIMES[name] if c in t and c != "deadline"]
    stamps = np.concatenate([np.array([], dtype=np.int64), *seen])
    stamps = stamps[stamps != MISSING]
    if not len(stamps):
        raise LogRefused(Problem("the log", "no time in any row", "a log has a stamp besides deadlines", "is it the right column?"))
    zero = date(1970, 1, 1)
    first, last = (zero + timedelta(days=int(s) // DAY) for s in (stamps.min(), stamps.max()))
    until = mapping.seen_until
    if until and until < last:
        found = f"a stamp of {last}"
        raise LogRefused(Problem("the mapping: seen_until", str(until), f"nothing is seen after it; the log has {found}", "mend the date"))
    deadlines = np.asarray(tables["cases"].get("deadline", []), dtype=np.int64)
    farthest = max([last, until or last, *(zero + timedelta(days=int(s) // DAY) for s in deadlines[deadlines != MISSING])])
    span = date(first.year, 1, 1), date(farthest.year, 12, 31)
    if mapping.calendar is None:
        estimated.append("meta.working")
        days = (span[0] + timedelta(days=i) for i in range((span[1] - span[0]).days + 1))
        calendar = Calendar.listed((day for day in days if day.weekday() < 5), *span)
    else:
        calendar = Calendar.load(published(mapping.calendar), *span, assume=tuple(int(year) for year in mapping.assume_years))
        estimated += ["meta.working"] if calendar.assumed else []
    if not mapping.office:
        estimated.append("meta.office")
    office = tuple((int(span.start), int(span.end)) for span in mapping.office) or Meta.model_fields["office"].default
    cut = ((until - first).days + 1) * DAY - 1 if until else int(stamps.max()) - (first - zero).days * DAY
    return Meta(
        zone=mapping.zone, epoch=first, horizon=cut, covered=span, working=calendar.working_dates(), office=office,
        labels=labels, origin=origin, estimated=tuple(sorted({*estimated})),
    )  # fmt: skip
