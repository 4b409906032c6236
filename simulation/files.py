"""Files in and out: YAML documents whose scalars stay text until a model types them, and tables of text.

Nothing unsafe is ever built: no tag, anchor or alias, no key twice, UTF-8 only. All problems of a file come back at
once, each with its line (or row and column), the value found, the rule, and the nearest valid name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from simulation.errors import FileRefused, Problem, nearest
from simulation.explain import Flaw, Loc, explain
from simulation.tables import Row, load_table, read_table
from simulation.text import read_text, shown
from simulation.writing import dump

__all__ = ["Document", "Row", "dump", "find", "load_model", "load_table", "read", "read_table", "read_text", "shown"]

Model = TypeVar("Model")

SCHEMA = "1"
DEPTH = 40
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
BELONGS = {
    "reform": "this is a reform; `onewindow compare` it, or put it under `reforms:` of an experiment (README)",
    "stress": "this is a stress; put it under `stresses:` of an experiment",
    "scenario": "this is a scenario; put it under `baseline:` of an experiment, or `onewindow run` it",
    "experiment": "this is an experiment; `onewindow compare` it",
    "expectations": "these are expectations; `onewindow regress` them",
}
"""What to do with a file of another kind than the one due."""
OTHER_UNITS: dict[str, tuple[Decimal, str]] = {
    unit: (Decimal(factor), ours)
    for factor, ours, units in (
        ("0.001", "kCNY", ("RMB", "yuan", "元")), ("1", "kCNY", ("kRMB", "k RMB")), ("10", "kCNY", ("万元", "万")),
        ("1", "s", ("second", "seconds", "秒")), ("1", "min", ("minute", "minutes", "mins", "分钟")), ("1", "h", ("hour", "hours", "小时")),
        ("1", "d", ("day", "days", "天")), ("7", "d", ("week", "weeks", "周")), ("30", "d", ("month", "months", "月", "个月")),
        ("365", "d", ("year", "years", "年")),
    )
    for unit in units
}  # fmt: skip
"""Units that people write, each as so many of one of ours; a month has thirty days here, as in reports."""


@dataclass(frozen=True)
class Document:
    """A YAML file as read.

    Attributes
    ----------
    path : the file
    data : mappings, lists and text; a key without a value is left out
    lines : line, from 1, of each key and list item by its path
    """

    path: Path
    data: dict[str, Any]
    lines: Mapping[Loc, int]

    def where(self, loc: Loc) -> str:
        """ "file:line: key path" of a place; that of its nearest ancestor where the place itself is not written."""
        line = next((self.lines[loc[:n]] for n in range(len(loc), -1, -1) if loc[:n] in self.lines), 1)
        return _where(self.path, line, loc)


def _where(path: Path, line: int, loc: Loc) -> str:
    steps = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    return f"{shown(path)}:{line}" + (f": {steps}" if steps else "")


def find(name: str | Path, folder: str) -> Path:
    """A file by its path, or by its stem inside one folder of ``scenarios/``.

    Raises
    ------
    FileRefused : no such file; names the nearest
    """
    if Path(name).is_file():
        return Path(name)
    stored = {path.stem: path for path in sorted(Path(str(files("scenarios"))).joinpath(folder).glob("*.yaml"))}
    stem = str(name).removesuffix(".yaml")
    if stem in stored:
        return stored[stem]
    rule = f"a file is named by its path, or by its stem inside scenarios/{folder}"
    raise FileRefused(Problem(str(name), "no such file", rule, nearest(stem, stored)))


def read(path: Path) -> Document:
    """A YAML 1.2 file as mappings, lists and text.

    Raises
    ------
    FileRefused : with every problem found
    """
    reading = _Reading(path)
    if reading.problems:
        raise FileRefused(reading.problems.values())
    return reading.document


def load_model(path: Path, model: type[Model]) -> Model:
    """A file as an instance of `model`; the key `schema` is checked here and kept from models that lack it.

    Files that it names are looked for beside it, and then from the working folder.

    Raises
    ------
    FileRefused : with every problem of the reading and of the model
    """
    reading = _Reading(path)
    document = reading.document
    declared = getattr(model, "model_fields", {})
    names = {field.alias or name for name, field in declared.items()}
    data = {key: beside(path, value) for key, value in document.data.items() if key != "schema" or key in names}
    problems = dict(reading.problems)
    if not reading.whole:
        raise FileRefused(problems.values())
    loaded: list[Model] = []
    try:
        loaded.append(TypeAdapter(model).validate_python(data))
    except ValidationError as error:
        flaws = list(explain(error, model, data))
        # A file of another kind is that one mistake, not a hundred unknown keys.
        for flaw in [flaw for flaw in flaws if flaw.loc == ("kind",)] or flaws:
            if not any(flaw.loc == loc[:-1] for loc in reading.problems):
                problems.setdefault((*flaw.loc, flaw.rule), _advised(flaw).problem(document.where(flaw.loc)))
    if problems:
        raise FileRefused(sorted(problems.values(), key=_line))
    return loaded[0]


def beside(path: Path, told: Any) -> Any:
    """What a file says, with the names of files that lie beside it as paths from here; all other text as it stands.

    A name is one that ends in ``.yaml``, of a reform, a scenario, a calendar say. What lies beside the file goes before the working folder.
    """
    if isinstance(told, dict):
        return {beside(path, key): beside(path, value) for key, value in told.items()}
    if isinstance(told, list):
        return [beside(path, value) for value in told]
    there = path.parent / told if isinstance(told, str) and told.endswith(".yaml") and "\n" not in told and len(told) < 250 else None
    return str(there) if there is not None and there.is_file() else told


def _advised(flaw: Flaw) -> Flaw:
    """Return a flaw with a remedy of more use: where a file of another kind belongs, what an amount is in one of our units."""
    if flaw.loc == ("kind",):
        return replace(flaw, remedy=BELONGS.get(flaw.found, flaw.remedy))
    unit = re.match(r"unit `(.+?)` is not one of (.*)", flaw.remedy)
    factor, ours = OTHER_UNITS.get(unit[1], (None, "")) if unit else (None, "")
    if unit is None or factor is None or f"`{ours}`" not in unit[2]:
        return flaw
    value, *ends = (f"{(Decimal(number) * factor).normalize():f}" for number in re.findall(r"-?[0-9]+(?:\.[0-9]+)?", flaw.found))
    told = f"write {value} {ours}" + (f" ({'..'.join(ends)})" if ends else "")
    return replace(flaw, remedy=f"{told}; {flaw.remedy}")


def _line(problem: Problem) -> int:
    line = re.search(r":([0-9]+)(: |$)", problem.where)
    return int(line[1]) if line else 0


class _Reading:
    """One pass over the events of a YAML file, keeping text and lines and collecting problems by place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.whole = False
        self.problems: dict[Loc, Problem] = {}
        self.lines: dict[Loc, int] = {}
        self.document = Document(path, {}, self.lines)
        text = read_text(path)
        for n, line in enumerate(text.split("\n"), 1):
            if "\t" in line[: len(line) - len(line.lstrip())]:
                self._refuse((), n, "a tab", "indentation is made of spaces", "replace each tab by spaces")
        if not self.problems:
            self._read(text)

    def _refuse(self, loc: Loc, line: int, found: str, rule: str, remedy: str = "") -> None:
        self.problems.setdefault((*loc, line), Problem(_where(self.path, line, loc), found, rule, remedy))

    def _read(self, text: str) -> None:
        data: Any = None
        self.events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))
        try:
            for event in self.events:
                line = event.start_mark.line + 1
                if isinstance(event, DocumentStartEvent):
                    if event.version or event.tags:
                        self._refuse((), line, "a directive", "a file has no % directives", "delete this line")
                    if self.lines:
                        self._refuse((), line, "a second document", "a file is one document", "delete `---` or split the file")
                        break
                elif isinstance(event, NodeEvent):
                    data = self._node(event, (), 1)
        except MarkedYAMLError as error:
            # What is never closed is found out at the end; the place to look at is where it was opened.
            mark = error.problem_mark or error.context_mark
            if mark and error.context_mark and mark.index >= len(text.rstrip()):
                mark = error.context_mark
            remedy = "close each bracket and quote, indent evenly, quote a text that holds `: ` or begins with a sign"
            self._refuse((), mark.line + 1 if mark else 1, error.problem or "no YAML", "a file is YAML 1.2", remedy)
            return
        except _TooDeep as error:
            self._refuse((), error.args[0], f"more than {DEPTH} levels", "a file is not nested that deep", "is it the right file?")
            return
        if isinstance(data, dict):
            self.document.data.update(data)
            self._header(data)
        else:
            found = "nothing" if data is None else "a list" if isinstance(data, list) else "text"
            self._refuse((), 1, found, "a file is a mapping that begins with `kind:` and `schema: 1`")

    def _header(self, data: dict[str, Any]) -> None:
        keys = [*data]
        if keys[:1] != ["kind"] or not isinstance(data["kind"], str):
            self._refuse((), 1, f"`{keys[0]}:`" if keys else "nothing", "the first key is `kind:`", "say first what this file is")
        elif keys[1:2] != ["schema"]:
            found = f"`{keys[1]}:`" if keys[1:] else "nothing"
            self._refuse(("schema",), self.lines[("kind",)], found, f"the second key is `schema: {SCHEMA}`", "add it below `kind:`")
        elif data["schema"] != SCHEMA:
            found, rule = str(data["schema"]), f"this version reads `schema: {SCHEMA}`"
            self._refuse(("schema",), self.lines[("schema",)], found, rule, "a newer file needs a newer OneWindow")
        else:
            self.whole = True

    def _node(self, event: Any, loc: Loc, line: int) -> Any:
        self.lines.setdefault(loc, line)
        if len(loc) > DEPTH:
            raise _TooDeep(line)
        if isinstance(event, AliasEvent):
            self._refuse(loc, line, f"*{event.anchor}", "a file has no aliases", "write the value out")
            return ""
        if event.anchor is not None:
            self._refuse(loc, line, f"&{event.anchor}", "a file has no anchors", "delete it")
        if event.tag is not None:
            found = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._refuse(loc, line, found, "a file has no tags", "delete it: the kind of the file types its values")
        if isinstance(event, ScalarEvent):
            return None if event.style is None and event.value in NULLS and event.tag is None else event.value
        return self._mapping(loc) if isinstance(event, MappingStartEvent) else self._sequence(loc)

    def _mapping(self, loc: Loc) -> dict[str, Any]:
        found: dict[str, Any] = {}
        seen: dict[str, int] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            line = event.start_mark.line + 1
            name = event.value if isinstance(event, ScalarEvent) else ""
            place = (*loc, name)
            if name in {"", "<<"}:
                self._refuse(loc, line, name or "no plain key", "a key is one piece of text", "name the key")
            elif name in seen:
                rule = f"a key stands once; this one is already on line {seen[name]}"
                self._refuse(place, line, f"`{name}:`", rule, "keep one of the two")
                place = (*loc, f"{name}, again")
            self._node(event, place, line)
            value = self._node(next(self.events), place, line)
            if value is not None and name not in {"", "<<", *seen}:
                found[name] = value
            seen.setdefault(name, line)
        return found

    def _sequence(self, loc: Loc) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            line = event.start_mark.line + 1
            value = self._node(event, (*loc, len(found)), line)
            if value is None:
                self._refuse((*loc, len(found)), line, "nothing", "an item of a list has a value", "write it or delete the item")
            found.append("" if value is None else value)
        return found


class _TooDeep(Exception):
    """Raised to leave a file that nests without end."""
