"""The store: what one replication of one scenario measured, kept by content and never served for other code.

A run is named by the scenario, horizon, seed, replication and the source of everything that makes a log; its rows carry the
fingerprint of the module that measured them. Files are Parquet, written beside and moved into place; their metadata tell what they are of.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

if TYPE_CHECKING:
    import pandas as pd

    from simulation.scenario import Horizon, Scenario

MAKERS = (
    "units", "distributions", "calendar", "clocks", "frozen", "items", "site", "centre", "world", "scenario", "shifts", "seating",
    "routes", "halls", "joint", "demand", "plan", "transition", "draws", "log", "sorting", "invariants",
)  # fmt: skip
SHARED = ("measure", "view", "survival", "duty", "case_clocks", "comings", "capacity")
"""Modules of ``simulation.measures`` that measure nothing by themselves and are part of the code of every measure."""
RECORD = b"onewindow"
"""Where a file's `Record` stands in the metadata of Parquet."""
COLUMNS = ("measure", "group", "total", "n", "values", "code")


def fingerprint(sources: Iterable[bytes]) -> str:
    """Return the SHA-256 of several sources in order, in hexadecimal."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(hashlib.sha256(source).digest())
    return digest.hexdigest()


def fingerprint_of(*modules: ModuleType) -> str:
    """Return the fingerprint of the source of modules."""
    return fingerprint(Path(str(module.__file__)).read_bytes() for module in modules)


def engine_fingerprint() -> str:
    """Return the fingerprint of all source that turns a scenario into a log."""
    root = Path(str(files("simulation")))
    engine = sorted((root / "engines").glob("*.py"))
    return fingerprint(path.read_bytes() for path in [*(root / f"{name}.py" for name in MAKERS), *engine])


def scenario_digest(scenarios: Sequence[Scenario | int | None], horizon: Horizon, working: str) -> str:
    """Return the digest of all that the replications of a scenario have in common.

    Parameters
    ----------
    scenarios : what runs during the warm-up (None: the same as after it), perhaps a trial with its working days, and what runs after it.
    working : digest of the calendar.
    """
    content = [
        s if s is None or isinstance(s, int) else s.model_dump(mode="json", by_alias=True, exclude={"title", "sources"}) for s in scenarios
    ]
    return _digest([content, horizon.model_dump(mode="json"), working])


def run_key(scenario: str, seed: int, replication: int, code: str) -> str:
    """Return the name of a run, by the digest of its scenario and the fingerprint of the code that makes its log."""
    return _digest([scenario, seed, replication, code])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


class Record(NamedTuple):
    """What a stored run is of, for people; its name is made from content alone."""

    scenario: str
    stress: str
    start: str
    window_wd: int
    seed: int
    replication: int
    code: str
    """Fingerprint of the code that made its log."""


@dataclass(frozen=True)
class Store:
    """A folder of measured runs."""

    folder: Path

    def path(self, key: str) -> Path:
        """Return where the rows of a run are kept."""
        return self.folder / "rows" / key[:2] / f"{key}.parquet"

    def get(self, key: str, codes: dict[str, str]) -> pd.DataFrame | None:
        """Return the rows of a run, or None unless every measure of `codes` (name -> fingerprint) is there as it measures today."""
        rows = self._read(key)
        if rows is None:
            return None
        known = dict(zip(rows["measure"], rows["code"], strict=True))
        if any(known.get(name) != code for name, code in codes.items()):
            return None
        place = {name: k for k, name in enumerate(codes)}
        asked = rows[rows["measure"].isin(place)]
        return asked.sort_values("measure", key=lambda names: names.map(place), kind="stable").reset_index(drop=True)

    def _read(self, key: str) -> pd.DataFrame | None:
        import pandas as pd

        try:
            return pd.read_parquet(self.path(key))
        except (OSError, ValueError):
            return None

    def put(self, key: str, rows: pd.DataFrame, record: Record) -> None:
        """Keep the rows of a run beside those of its other measures; a reader sees the old file or the new one, never a half."""
        import pandas as pd
        import pyarrow as pa
        import pyarrow.parquet as pq

        path, old = self.path(key), self._read(key)
        if old is not None and len(others := old[~old["measure"].isin(set(rows["measure"]))]):
            rows = pd.concat([rows, others], ignore_index=True)
        table = pa.Table.from_pandas(rows, preserve_index=False)
        told = json.dumps(record._asdict(), ensure_ascii=False).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.stem}.{uuid4().hex}.part")
        try:
            pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), RECORD: told}), part)
            with part.open("rb") as handle:
                os.fsync(handle.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
