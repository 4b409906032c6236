"""A scenario from the tables that a centre fills in: one CSV file for each kind of thing, one row for each thing.

Cells carry numbers as the scenario's own texts, unit and range included: ``29 min (22..36)``. A law is written in one cell, its name
before its parameters (``lognormal; median 29 min (22..36); cv 0.5``), or as chances of whole numbers (``1: 0.5; 2: 0.3; 3: 0.2``). Lists
are separated by semicolons. A column ``source`` names a row of ``sources.csv`` or says ``assumption``, for all numbers of the row or field
by field (``legal_wd: al42; *: assumption``). The order of rows is that of the scenario: steps of a route, people to be seated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulation.consistency import problems
from simulation.distributions import LAWS
from simulation.errors import FileRefused, Problem, nearest
from simulation.explain import Loc, explain
from simulation.scenario import Scenario
from simulation.tables import Row, read_table
from simulation.text import shown

Convert = Callable[[str], Any]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def import_tables(folder: Path) -> Scenario:
    """Read the tables of `folder` as one Scenario.

    Raises
    ------
    FileRefused : with every problem of the tables by file, row and column: first those of reading; then, when all tables can be read, those
        of their values; then, when all values are right, those of the whole.
    """
    rows: dict[str, list[Row]] = {}
    refused: list[Problem] = []
    for name, table in TABLES.items():
        try:
            rows[name] = read_table(folder / f"{name}.csv", table.columns, table.key)
        except FileRefused as error:
            refused += error.problems
    if refused:
        raise FileRefused(refused)
    tree = _Tree(folder)
    for name, table in TABLES.items():
        for row in rows[name]:
            table.plant(tree, row)
    _attach(tree, rows)
    try:
        scenario = Scenario.model_validate(tree.data)
    except ValidationError as error:
        tree.refused += [flaw.problem(tree.where(flaw.loc)) for flaw in explain(error, Scenario, tree.data)]
    if not tree.refused:
        tree.refused += problems(scenario, tree.where)
    if tree.refused:
        raise FileRefused(tree.refused)
    return scenario


# --- cells -------------------------------------------------------------------------------------------------------


def listed(cell: str) -> list[str]:
    """Return the parts of a cell that semicolons separate."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def mapped(cell: str) -> dict[str, str]:
    """Return ``key: value; key: value`` as a mapping; a part without key stands under its own text, so that the model refuses it."""
    pairs = (part.partition(": ") for part in listed(cell))
    return {key.strip(): value.strip() for key, _, value in pairs}


def law(cell: str) -> Any:
    """Return the law that a cell writes, in the form of the scenario file.

    Example
    -------
    >>> law("lognormal; median 12 min (9..15); cv 0.5")
    {'lognormal': {'median': '12 min (9..15)', 'cv': '0.5'}}
    >>> law("1: 0.5; 2: 0.5")
    {'discrete': {'1': '0.5', '2': '0.5'}}
    """
    name, *parameters = listed(cell)
    if name not in LAWS:
        return {"discrete": mapped(cell)} if ": " in name else {name: {}}
    if LAWS[name].scalar is not None:
        return {name: "; ".join(parameters)}
    pairs = (part.partition(" ") for part in parameters)
    return {name: {key.rstrip(":"): value.strip() for key, _, value in pairs}}


def origin(cell: str) -> Any:
    """Return a source, or the sources field by field."""
    return mapped(cell) if ": " in cell else cell


def free(cell: str) -> Any:
    """Return the value of a parameter: a law, a mapping or a plain text."""
    name = listed(cell)[0]
    if name in LAWS or re.match(r"[0-9]+: ", cell):
        return law(cell)
    return mapped(cell) if re.match(r"[\w-]+: ", cell) else cell


def _text(cell: str) -> str:
    return cell


# --- tables ------------------------------------------------------------------------------------------------------


class _Tree:
    """The scenario while it grows, as mappings of text, with the cell from which each part came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data: dict[str, Any] = {"kind": "scenario", "schema": "1"}
        self.places: dict[Loc, str] = {}
        self.refused: list[Problem] = []

    def put(self, loc: tuple[str, ...], value: Any, row: Row, column: str) -> None:
        """Set `value` at `loc`, and remember where it was written."""
        node = self.data
        for k, key in enumerate(loc[:-1]):
            self.places.setdefault(loc[: k + 1], row.where())
            node = node.setdefault(key, {})
        node[loc[-1]] = value
        self.places[loc] = row.where(column)

    def get(self, *loc: str) -> dict[str, Any]:
        """Return the mapping at `loc`; empty where nothing was put."""
        node: Any = self.data
        for key in loc:
            node = node.get(key, {})
        return dict(node)

    def drop(self, loc: tuple[str, ...]) -> None:
        """Take out what `put` has set at `loc`."""
        node = self.data
        for key in loc[:-1]:
            node = node[key]
        del node[loc[-1]]

    def where(self, loc: Loc) -> str:
        """Return the cell of `loc`, or of its nearest ancestor."""
        return next((self.places[loc[:n]] for n in range(len(loc), 1, -1) if loc[:n] in self.places), shown(self.folder))

    def known(self, row: Row, column: str, *loc: str) -> bool:
        """Say whether the thing that a row adds to has a row of its own; note it when not."""
        names = self.get(*loc)
        if row[column] in names:
            return True
        self.refused.append(_absent(row, column, loc[-1], names))
        return False

    def source(self, row: Row, parent: tuple[str, ...], field: str) -> None:
        """Note the source of one field of `parent`; all rows that fill it name the same."""
        noted = self.get(*parent).get("source", {})
        noted = noted if isinstance(noted, dict) else {"*": noted}
        if noted.setdefault(field, row["source"]) != row["source"]:
            rule = f"all rows of this table name one source: the first names `{noted[field]}`"
            self.refused.append(Problem(row.where("source"), row["source"], rule, "use one source that covers them"))
        self.put((*parent, "source"), noted, row, "source")


@dataclass(frozen=True)
class _Table:
    """How the rows of one table become things below `base`: column -> (path inside the thing, how its text is read)."""

    base: tuple[str, ...]
    key: tuple[str, ...]
    required: dict[str, tuple[str, Convert]]
    optional: dict[str, tuple[str, Convert]]
    fixed: bool = True
    """Whether each row is a thing by itself; other tables are laid on in `_attach`."""

    @property
    def columns(self) -> dict[str, bool]:
        return dict.fromkeys([*self.key, *self.required], True) | dict.fromkeys(self.optional, False)

    def plant(self, tree: _Tree, row: Row) -> None:
        if self.fixed:
            self.fill(tree, row, (*self.base, row[self.key[0]]))

    def fill(self, tree: _Tree, row: Row, at: tuple[str, ...]) -> None:
        for column, (path, convert) in {**self.required, **self.optional}.items():
            if column in row and path:
                tree.put((*at, *path.split(".")), convert(row[column]), row, column)


def _columns(text: str) -> dict[str, tuple[str, Convert]]:
    """Read ``column``, ``column=path``, ``column:reader`` or ``column=path:reader``, separated by spaces."""
    readers: dict[str, Convert] = {"": _text, "list": listed, "law": law, "map": mapped, "source": origin}
    result = {}
    for part in text.split():
        name, _, reader = part.partition(":")
        column, _, path = name.partition("=")
        result[column] = path or column, readers[reader]
    return result


def _table(base: str, key: str, required: str, optional: str = "", fixed: bool = True) -> _Table:
    return _Table(tuple(base.split(".")), tuple(key.split()), _columns(required), _columns(optional), fixed)


TITLE, SOURCE = "en=title.en zh=title.zh", "source:source"
TABLES = {
    "sources": _table("sources", "source", "title", "address note basis"),
    "parameters": _table("", "parameter", "value", "source", fixed=False),
    "sites": _table(
        "centre.sites",
        "site",
        f"{TITLE} working:list closing wrong_window:law {SOURCE}",
        "saturday:list stop_tickets_at overrun no_show guide_queue=guide.queue guide_touch=guide.touch:law late=attendance.late"
        " late_by=attendance.late_by:law gap=attendance.gap gap_lasts=attendance.gap_lasts:law patrol=attendance.patrol:list"
        " returns=attendance.returns cover cover_pace spread=discretion.spread unlisted=discretion.unlisted"
        " unlisted_spread=discretion.unlisted_spread defers=discretion.defers",
    ),
    "transfers": _table("centre.sites", "site leaves arrives", "source", fixed=False),
    "departments": _table("centre.departments", "department", f"{TITLE} level transferable {SOURCE}", "reason risk"),
    "queues": _table("centre.queues", "queue", f"{TITLE} site {SOURCE}", "department poolable reason"),
    "windows": _table("centre.windows", "window", f"site group department {SOURCE}"),
    "accepts": _table("centre.windows", "window queue", "source", fixed=False),
    "shifts": _table("centre.shifts", "shift", SOURCE, "working:list saturday:list"),
    "absences": _table("", "absence", f"starts lasts_wd:law {SOURCE}", fixed=False),
    "staff": _table("centre.staff", "person", f"employer contract skills:list shift {SOURCE}", "window pace absence wrong_acceptance"),
    "pools": _table("centre.pools", "pool", f"{TITLE} department people role {SOURCE}", "hours:list hall_share pace absence"),
    "items": _table(
        "centre.items",
        "item",
        f"{TITLE} department case_class stands_for {SOURCE}",
        "legal_wd promise_wd online_pool=online.pool online_factor=online.factor online_promise=online.promise_wd sent_on denial"
        " max_visits collect_queue=delivery.queue collect=delivery.collect collect_touch=delivery.touch:law mail_wd=delivery.mail_wd:law",
    ),
    "papers": _table("centre.items", "item", "papers guide notice source", fixed=False),
    "steps": _table(
        "centre.items",
        "item step",
        f"kind {SOURCE}",
        "after:list queue skill pool people touch:law share delay_wd:law stall_share=stall.share stall_lasts_wd=stall.lasts_wd:law reason"
        " lasts_wd:law noticed decides delegable",
        fixed=False,
    ),
    "life_events": _table("centre.life_events", "life_event", f"{TITLE} items:list lead {SOURCE}"),
    "groups": _table("world.groups", "group", "en zh"),
    "arrivals": _table("world.profiles", "profile half_hour", "share source", fixed=False),
    "weekdays": _table("world", "weekday", "factor source", fixed=False),
    "needs": _table(
        "world.needs",
        "need",
        f"{TITLE} items:list group rate profile {SOURCE}",
        "saturday online files:law dispersion priority complete:map",
    ),
    "backlog": _table("world.backlog", "need item step", f"cases age_wd:law {SOURCE}", fixed=False),
}


def _absent(row: Row, column: str, table: str, names: Iterable[str]) -> Problem:
    return Problem(row.where(column), row[column], f"`{row[column]}` has no row in {table}.csv", nearest(row[column], names))


def _attach(tree: _Tree, rows: dict[str, list[Row]]) -> None:
    """Lay on what several rows make together, and what a row adds to a thing of another table."""
    for row in rows["parameters"]:
        loc = tuple(row["parameter"].split("."))
        tree.put(loc, free(row["value"]), row, "value")
        if "source" in row:
            tree.source(row, loc[:-1], loc[-1])
    for row in rows["transfers"]:
        if tree.known(row, "site", "centre", "sites"):
            _append(tree, row, ("centre", "sites", row["site"], "transfers"), {"leaves": row["leaves"], "arrives": row["arrives"]})
    for row in rows["accepts"]:
        if tree.known(row, "window", "centre", "windows"):
            _append(tree, row, ("centre", "windows", row["window"], "queues"), row["queue"], "queue")
    for row in rows["papers"]:
        if tree.known(row, "item", "centre", "items"):
            item = ("centre", "items", row["item"])
            for column in ("papers", "guide", "notice"):
                tree.put((*item, column), row[column], row, column)
            tree.source(row, item, "papers")
    for row in rows["steps"]:
        if tree.known(row, "item", "centre", "items"):
            at = ("centre", "items", row["item"], "route", row["step"])
            TABLES["steps"].fill(tree, row, at)
            if "touch" in row:
                tree.drop((*at, "touch"))
                tree.put((*at, "work"), {row["step"]: law(row["touch"])}, row, "touch")
    for row in rows["arrivals"]:
        tree.put(("world", "profiles", row["profile"], row["half_hour"]), row["share"], row, "share")
        tree.source(row, ("world",), "profiles")
    for row in rows["pools"]:
        tree.put(("centre", "pools", row["pool"], "people"), {row["pool"]: row["people"]}, row, "people")
    days = {row["weekday"]: row for row in rows["weekdays"]}
    for row in rows["weekdays"]:
        if row["weekday"] not in WEEKDAYS:
            rule = "a row is one of Monday to Friday"
            tree.refused.append(Problem(row.where("weekday"), row["weekday"], rule, nearest(row["weekday"], WEEKDAYS)))
        tree.source(row, ("world",), "weekday")
    tree.data.setdefault("world", {})["weekday"] = [days[day]["factor"] for day in WEEKDAYS if day in days]
    tree.places |= {("world", "weekday", k): days[day].where("factor") for k, day in enumerate(WEEKDAYS) if day in days}
    for row in rows["backlog"]:
        entry = {c: convert(row[c]) for c, (_, convert) in TABLES["backlog"].required.items()}
        _append(tree, row, ("world", "backlog"), {"need": row["need"], "item": row["item"], "step": row["step"], **entry})
    _absences(tree, rows["absences"], [*rows["staff"], *rows["pools"]])


def _append(tree: _Tree, row: Row, loc: tuple[str, ...], value: Any, column: str = "") -> None:
    """Add one entry to the list at `loc`."""
    before = list(tree.get(*loc[:-1]).get(loc[-1], ()))
    tree.put(loc, [*before, value], row, column)
    tree.places[(*loc, len(before))] = row.where(column)
    if isinstance(value, dict):
        tree.places |= {(*loc, len(before), name): row.where(name) for name in value}


def _absences(tree: _Tree, absences: Iterable[Row], members: Iterable[Row]) -> None:
    """Write the habit of absence that a person or pool names in full."""
    known = {row["absence"]: row for row in absences}
    for row in members:
        if (name := row.get("absence")) is None:
            continue
        at = ("centre", "staff", row["person"]) if "person" in row else ("centre", "pools", row["pool"])
        if name not in known:
            tree.refused.append(_absent(row, "absence", "absences", known))
        else:
            tree.drop((*at, "absence"))
            for column, (path, convert) in TABLES["absences"].required.items():
                tree.put((*at, "absence", path), convert(known[name][column]), known[name], column)
