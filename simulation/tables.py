"""Tables: CSV as text by row and column."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from simulation.errors import FileRefused, Problem, nearest
from simulation.explain import explain
from simulation.text import read_text, shown

Model = TypeVar("Model")

CODE = re.compile(r"[+-]?[0-9](\.[0-9]+)?[Ee]\+[0-9]+")
FAILED = re.compile(r"#(REF|N/A|NAME|VALUE|DIV/0|NUM|NULL|SPILL|CALC)[!?]?|#{3,}")


class Row(dict[str, str]):
    """One row of a table as text by column; empty cells of optional columns are left out.

    Attributes
    ----------
    path : the table
    number : the row as a spreadsheet counts it, the header being row 1
    line : the line of the file at which the row begins
    """

    def __init__(self, cells: Mapping[str, str], path: Path, number: int, line: int) -> None:
        super().__init__(cells)
        self.path, self.number, self.line = path, number, line

    def where(self, column: str = "") -> str:
        """ "file, row 3, column x"."""
        return f"{shown(self.path)}, row {self.number}" + (f", column {column}" if column else "")


def read_table(path: Path, columns: Mapping[str, bool], key: Sequence[str] = ()) -> list[Row]:
    """Rows of a CSV table (commas, UTF-8, the first line that is no ``# comment`` names the columns).

    Parameters
    ----------
    columns : name of each column that may stand in the table -> whether it must, with no cell empty
    key : columns that together may not repeat

    Raises
    ------
    FileRefused : with every problem by row and column
    """
    table = _Table(path, columns)
    table.refuse_repeats(key)
    table.refuse_all()
    return table.rows


def load_table(path: Path, model: type[Model], key: Sequence[str] = ()) -> list[Model]:
    """Rows of a table as instances of `model`, whose fields are its columns.

    Raises
    ------
    FileRefused : with every problem of the table and of the model, by row and column
    """
    fields = getattr(model, "model_fields", {})
    table = _Table(path, {field.alias or name: field.is_required() for name, field in fields.items()})
    table.refuse_repeats(key)
    adapter, loaded = TypeAdapter(model), []
    refused = {problem.where for _, problem in table.problems}
    for row in table.rows:
        try:
            loaded.append(adapter.validate_python(dict(row)))
        except ValidationError as error:
            flaws = [flaw.problem(row.where(".".join(map(str, flaw.loc)))) for flaw in explain(error, model, dict(row))]
            table.problems += [(row.number, problem) for problem in flaws if problem.where not in refused]
    table.refuse_all()
    return loaded


class _Table:
    """One pass over a table: its rows and its problems."""

    def __init__(self, path: Path, columns: Mapping[str, bool]) -> None:
        self.path, self.columns = path, columns
        self.rows: list[Row] = []
        self.problems: list[tuple[int, Problem]] = []
        lines = read_text(path).split("\n")
        skipped = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
        reader = csv.reader(io.StringIO("\n".join(lines[skipped:]), newline=""), strict=True)
        try:
            self._header(next(reader, []), skipped + 1)
            line = skipped + reader.line_num + 1
            for number, cells in enumerate(reader, 2):
                if any(cell.strip() for cell in cells) and self.names:
                    self._row([cell.strip() for cell in cells], number, line)
                line = skipped + reader.line_num + 1
        except csv.Error as error:
            where = f"{shown(path)}:{skipped + reader.line_num}"
            self._refuse(where, str(error), "a table is CSV", "close every quote; double those inside a text")

    def _refuse(self, where: str, found: str, rule: str, remedy: str = "", number: int = 0) -> None:
        self.problems.append((number, Problem(where, found, rule, remedy)))

    def refuse_all(self) -> None:
        """Raise the problems, if any, in the order of the rows."""
        if self.problems:
            raise FileRefused(problem for _, problem in sorted(self.problems, key=itemgetter(0)))

    def _header(self, cells: list[str], line: int) -> None:
        names, where = [cell.strip() for cell in cells], f"{shown(self.path)}:{line}"
        self.names = names
        if not any(names):
            self.names = []
            return self._refuse(where, "nothing", "a table begins with the names of its columns")
        if len(names) == 1 and len(self.columns) > 1 and (other := re.search(r"[;\t|]", names[0])):
            self.names = []
            found = f"{other[0]!r} between the names"
            return self._refuse(where, found, "columns are separated by commas", "export the table again with commas")
        for name in dict.fromkeys(names):
            if names.count(name) > 1 and name:
                found = f"`{name}` {names.count(name)} times"
                self._refuse(f"{where}, column {name}", found, "a column stands once", "delete or rename one")
            if name not in self.columns:
                found = f"`{name}`" if name else f"column {names.index(name) + 1} without a name"
                place = f"{where}, column {name}" if name else where
                self._refuse(place, found, "this table has no such column", nearest(name, self.columns))
        for name, required in self.columns.items():
            if required and name not in names:
                self._refuse(where, "no such column", f"the column `{name}` is required", nearest(name, set(names) - self.columns.keys()))

    def _row(self, cells: list[str], number: int, line: int) -> None:
        row = Row({}, self.path, number, line)
        if len(cells) != len(self.names):
            found, rule = f"{len(cells)} cells", f"a row has as many cells as the header has names: {len(self.names)}"
            return self._refuse(row.where(), found, rule, "quote texts that contain a comma", number)
        for name, cell in zip(self.names, cells, strict=True):
            if CODE.fullmatch(cell):
                rule = "a code is written out: a spreadsheet has turned this one into a number and lost its digits"
                self._refuse(row.where(name), cell, rule, "format the column as text, enter the code again, export again", number)
            elif FAILED.fullmatch(cell):
                rule = "a cell holds a value, not an error of a spreadsheet"
                self._refuse(row.where(name), cell, rule, "mend the formula or widen the column", number)
            elif cell:
                row[name] = cell
            elif self.columns.get(name):
                self._refuse(row.where(name), "nothing", f"`{name}` is required in every row", "fill the cell", number)
        self.rows.append(row)

    def refuse_repeats(self, key: Sequence[str]) -> None:
        """Note every row whose `key` an earlier row has."""
        first: dict[tuple[str | None, ...], int] = {}
        for row in self.rows if key else ():
            value = tuple(row.get(name) for name in key)
            if (earlier := first.setdefault(value, row.number)) != row.number:
                found, rule = ", ".join(part or "" for part in value), f"each row has its own key; row {earlier} has this one"
                self._refuse(row.where(" and ".join(key)), found, rule, "delete or rename one", row.number)
