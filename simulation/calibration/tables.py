"""A foreign CSV, plain or gzipped, as text: nothing is guessed from the look of a cell."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pandas as pd

from simulation.errors import LogRefused, Problem
from simulation.files import shown

SHOWN = 20


def read_csv(path: Path, delimiter: str, encoding: str) -> pd.DataFrame:
    """All cells as text without spaces around; the index is the row as a spreadsheet counts it, the header being row 1.

    Raises
    ------
    LogRefused : unreadable, another encoding, no header, a column named twice, a ragged row; all of them at once
    """
    problems: list[Problem] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    name = shown(path)
    with _records(path, delimiter, encoding) as records:
        header = [cell.strip() for cell in next(records, [])]
        for number, cells in enumerate(records, 2):
            if len(cells) == len(header):
                rows.append([cell.strip() for cell in cells])
                numbers.append(number)
            elif cells:
                rule, remedy = f"each row has {len(header)}, as the header", "a cell that holds the delimiter stands in quotes"
                problems.append(Problem(f"{name}, row {number}", f"{len(cells)} cells", rule, remedy))
    twice = sorted({column for column in header if header.count(column) > 1})
    first = [Problem(f"{name}, row 1, column {c}", f"`{c}` stands twice", "a column has one name", "rename one of them") for c in twice]
    if not any(header):
        first.append(Problem(f"{name}, row 1", "nothing", "the first row names the columns", "is it the right file?"))
    if first or problems:
        raise LogRefused([*first, *few(problems)])
    return pd.DataFrame(rows, columns=header, index=numbers, dtype=object)


def header_of(path: Path, delimiter: str, encoding: str) -> list[str]:
    """The names of the columns; raises `LogRefused` as `read_csv` does."""
    with _records(path, delimiter, encoding) as records:
        return [cell.strip() for cell in next(records, [])]


def few(problems: list[Problem]) -> list[Problem]:
    """The first problems of one sort, and how many more there are."""
    if len(problems) <= SHOWN:
        return problems
    last = problems[SHOWN]
    return [*problems[:SHOWN], Problem(last.where, f"{len(problems) - SHOWN} more like this, from here on", last.rule, last.remedy)]


@contextmanager
def _records(path: Path, delimiter: str, encoding: str) -> Iterator[Iterator[list[str]]]:
    rule, name = f"a log is a CSV in {encoding}, plain or gzipped", shown(path)
    try:
        with _open(path, encoding) as file:
            yield csv.reader(file, delimiter=delimiter, strict=True)
    except UnicodeDecodeError as error:
        remedy = "save it again, or name its `encoding` in the mapping"
        raise LogRefused(Problem(name, "bytes of another encoding", rule, remedy)) from error
    except csv.Error as error:
        raise LogRefused(Problem(name, str(error), rule, "a quote inside a cell is doubled")) from error
    except (OSError, EOFError, zlib.error) as error:
        found = (error.strerror if isinstance(error, OSError) else None) or str(error) or "unreadable"
        raise LogRefused(Problem(name, found, rule, "is it the right file?")) from error


def _open(path: Path, encoding: str) -> IO[str]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rt", encoding=encoding, newline="") if zipped else path.open(encoding=encoding, newline="")
