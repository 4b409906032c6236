"""What the store has: its runs with what they are of, thrown away by age or when they can serve nobody any more, or in one file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from simulation.errors import InputRefused, Problem
from simulation.experiment import codes, makers
from simulation.measures import CATALOGUE
from simulation.store import COLUMNS, RECORD, Record, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

TOGETHER = 100
"""Runs in a row group of the exported file."""
SCHEMA = pa.schema([
    ("run", pa.string()), ("scenario", pa.string()), ("stress", pa.string()), ("start", pa.string()), ("window_wd", pa.int64()),
    ("seed", pa.int64()), ("replication", pa.int64()), ("engine", pa.string()), ("measure", pa.string()), ("group", pa.string()),
    ("total", pa.float64()), ("n", pa.float64()), ("values", pa.list_(pa.list_(pa.int64()))), ("code", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One file of the store.

    Attributes
    ----------
    record : what it is of; None for a file from before records were kept, or one that cannot be read.
    measures : names.
    size : bytes.
    written : seconds since 1970.
    current : it can still be served: the code of its log, and of one measure at least, is today's.
    """

    path: Path
    record: Record | None
    measures: tuple[str, ...]
    size: int
    written: float
    current: bool


def runs(store: Store) -> Iterator[Run]:
    """Return the runs of a store in the order of their names; a file that goes meanwhile is left out."""
    made, measured = {makers(dated=False), makers(dated=True)}, codes(CATALOGUE.values())
    for path in _paths(store):
        try:
            about = path.stat()
            record, code = _record(path), _codes(path)
        except FileNotFoundError:
            continue
        served = record is not None and record.code in made and any(measured.get(name) == at for name, at in code.items())
        yield Run(path, record, tuple(code), about.st_size, about.st_mtime, served)


def prune(store: Store, unwanted: Callable[[Run], bool]) -> tuple[int, int, int]:
    """Delete the runs that are unwanted; return how many went, of how many, and how many bytes they took."""
    gone = seen = size = 0
    for run in runs(store):
        seen += 1
        if unwanted(run):
            run.path.unlink(missing_ok=True)
            gone, size = gone + 1, size + run.size
    return gone, seen, size


def export(store: Store, path: Path) -> tuple[int, int]:
    """Write all rows of a store to one Parquet file, a row a run, measure and group; return the number of runs and of rows.

    Ordered by scenario, stress, start, window, seed and replication. The same store gives the same bytes. A few runs are in memory
    at a time.

    Raises
    ------
    InputRefused
        A name that does not end in .parquet.
    """
    if path.suffix != ".parquet":
        raise InputRefused(Problem(str(path), path.suffix or "no ending", "what is exported is a Parquet file", "name it like x.parquet"))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")
    done = rows = 0
    tables: list[pa.Table] = []
    try:
        with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
            for source in sorted(_paths(store), key=lambda one: (*(_record(one) or ()), one.stem)):
                try:
                    tables.append(_table(source))
                except (OSError, ValueError):
                    continue
                done, rows = done + 1, rows + len(tables[-1])
                if len(tables) == TOGETHER:
                    writer.write_table(pa.concat_tables(tables))
                    tables.clear()
            if tables:
                writer.write_table(pa.concat_tables(tables))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return done, rows


def _paths(store: Store) -> list[Path]:
    return sorted((store.folder / "rows").glob("*/*.parquet"))


def _record(path: Path) -> Record | None:
    try:
        return _told(pq.read_schema(path).metadata or {})
    except (OSError, ValueError, TypeError):
        return None


def _told(metadata: Mapping[bytes, bytes]) -> Record | None:
    return Record(**json.loads(metadata[RECORD])) if RECORD in metadata else None


def _codes(path: Path) -> dict[str, str]:
    try:
        table = pq.read_table(path, columns=["measure", "code"])
    except (OSError, ValueError):
        return {}
    return dict(zip(table["measure"].to_pylist(), table["code"].to_pylist(), strict=True))


def _table(path: Path) -> pa.Table:
    table = pq.read_table(path, columns=list(COLUMNS))
    record = _told(table.schema.metadata or {})
    told = dict.fromkeys(Record._fields) if record is None else record._asdict()
    told = {"run": path.stem, "engine": told.pop("code"), **told}
    columns = [
        table[field.name].cast(field.type) if field.name in COLUMNS else pa.array([told[field.name]] * len(table), field.type)
        for field in SCHEMA
    ]
    return pa.table(columns, schema=SCHEMA)
