"""Judge: what the measures say of one log, real or simulated, and which of them it cannot support.

One log is one replication, so nothing in it shows how much a number would move if the year were lived again. A share gets Wilson's
interval [1]_ as if its cases were independent: they are not (a backlog makes neighbours late together), so the interval is too narrow
and every row says so. Any other measure gets none.

References
----------
.. [1] Wilson (1927), Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

import numpy as np

from simulation.log import EventLog, Meta
from simulation.measures import CATALOGUE, Measure, Unsupported, measure, supported

Z = 1.959963984540054
"""Normal quantile of a 95 % interval."""
INDEPENDENT = "one log: Wilson, as if cases were independent; too narrow where they are late together"
NO_INTERVAL = "one log: no interval"
DUE, FINISHED, BY_DATE = "late_promise", "late_reported", "late_by_date"
"""The measures of the headline: cases whose deadline has passed; finished cases only, by stamp; finished cases only, by date."""


@dataclass(frozen=True)
class Part:
    """One sentence of the headline: `count` cases of `of`, in English and Chinese."""

    name: str
    count: int
    of: int
    en: str
    zh: str


@dataclass(frozen=True)
class Judgement:
    """What a log says.

    Attributes
    ----------
    rows : mappings with `measure, group, unit, value, low, high, n, note`; `n` is the number of cases (or tickets, ...) behind the value;
        what is absent is None
    unsupported : measures that the log cannot support, each with the first column it lacks
    parts : the headline
    meta : of the log: origin, estimated columns, cut-off
    """

    rows: tuple[Mapping[str, Any], ...]
    unsupported: tuple[Unsupported, ...]
    parts: tuple[Part, ...]
    meta: Meta

    @property
    def headline(self) -> tuple[str, ...]:
        """The headline in English, a sentence a line."""
        return self.said("en")

    def said(self, language: str) -> tuple[str, ...]:
        """The headline in `en` or `zh`."""
        return tuple(part.zh if language == "zh" else part.en for part in self.parts)

    def caveats(self, language: str) -> tuple[str, ...]:
        """What a reader of the rows must know, in `en` or `zh`: how intervals were made, and what was estimated or moved on reading."""
        changed = [*self.meta.estimated, *(f"{key} ({n})" for key, n in self.meta.origin.items() if key.startswith("moved "))]
        told = ", ".join(changed)
        if language == "zh":
            lines = ["区间：仅一份日志，比率按威尔逊法、假定各件相互独立，故偏窄；其他指标不给区间", f"读取时估计或调整的列：{told}"]
        else:
            lines = [f"intervals: {INDEPENDENT}; other measures have none", f"estimated or moved on reading: {told}"]
        return tuple(lines if changed else lines[:1])

    def row(self, name: str, group: str = "all") -> Mapping[str, Any]:
        """One row by measure and group; raises KeyError."""
        for row in self.rows:
            if (row["measure"], row["group"]) == (name, group):
                return row
        raise KeyError((name, group))

    def document(self) -> dict[str, Any]:
        """Plain values for strict JSON: no duration, no path, absent = None."""
        return {
            "log": dict(self.meta.origin),
            "zone": self.meta.zone,
            "cut_off": cut_off(self.meta).isoformat(sep=" "),
            "headline": [{"name": p.name, "count": p.count, "of": p.of, "text": p.en} for p in self.parts],
            "rows": [dict(row) for row in self.rows],
            "unsupported": [{"measure": name, "column": column} for name, column in self.unsupported],
            "estimated": list(self.meta.estimated),
            "caveats": list(self.caveats("en")),
        }


def judge(log: EventLog, measures: Sequence[Measure] | None = None) -> Judgement:
    """Measure a log by all measures it can support.

    An outcome that a reader only inferred from whether there is an end knows of no denial and no supplement. A measure that needs the
    outcome is unsupported then: a share of 0 % would be read as a finding.

    Parameters
    ----------
    log : EventLog
    measures : those wanted; all of the catalogue when None
    """
    wanted = list(CATALOGUE.values()) if measures is None else list(measures)
    able, unable = supported(log, wanted)
    guessed = {m.name: column for m in able for column in m.needs if column.endswith(".outcome") and column in log.meta.estimated}
    lacking = {**dict(unable), **guessed}
    known = {m.name: m for m in able if m.name not in guessed}
    found = measure(log, list(known.values()))
    rows = tuple(
        _row(known[name], group, total, n, values)
        for name, group, total, n, values in found[["measure", "group", "total", "n", "values"]].itertuples(index=False)
    )
    unsupported = tuple(Unsupported(m.name, lacking[m.name]) for m in wanted if m.name in lacking)
    return Judgement(rows, unsupported, _parts(log, rows), log.meta)


def cut_off(meta: Meta) -> datetime:
    """The last second seen, on the wall clock."""
    return datetime.combine(meta.epoch, datetime.min.time()) + timedelta(seconds=meta.horizon)


def wilson(hits: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share of `hits` among `n` independent trials [1]_."""
    share, spread = hits / n, Z * Z / n
    centre = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    return (centre - half if hits else 0.0), (centre + half if hits < n else 1.0)


def _row(m: Measure, group: str, total: float, n: float, values: Any) -> dict[str, Any]:
    count = len(values) if values is not None else int(n)
    value = m.value(total, n, values)
    low, high = wilson(total, n) if m.kind == "share" and count else (None, None)
    note = INDEPENDENT if low is not None else NO_INTERVAL
    return {"measure": m.name, "group": group, "unit": m.unit, "value": value, "low": low, "high": high, "n": count, "note": note}


def _parts(log: EventLog, rows: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    parts = [_ended(log)] if "decided" in log.cases else []
    overall = {row["measure"]: row for row in rows if row["group"] == "all" and row["n"]}
    texts = {
        DUE: ("whose deadline had passed by the last event", "截至最后事件时限已届满的"),
        FINISHED: ("finished cases only, by the stamp of the deadline", "仅计已办结件，按时限的时刻"),
        BY_DATE: ("finished cases only, by local date", "仅计已办结件，按当地日期"),
    }
    for name, (en, zh) in texts.items():
        if name in overall:
            parts.append(_late(name, overall[name], en, zh))
    return tuple(parts)


def _ended(log: EventLog) -> Part:
    cases, ended = len(log.cases), int(np.count_nonzero(log.cases["decided"].notna()))
    at = cut_off(log.meta).isoformat(sep=" ")
    return Part(
        "ended", ended, cases,
        f"{cases:,} cases: {ended:,} ended, {cases - ended:,} open at the last event ({at})",
        f"共 {cases:,} 件：已办结 {ended:,} 件，截至最后事件（{at}）在办 {cases - ended:,} 件",
    )  # fmt: skip


def _late(name: str, row: Mapping[str, Any], en: str, zh: str) -> Part:
    n = int(row["n"])
    late = round(n * row["value"])
    share = f"{100 * late / n:.1f} %"
    if name == DUE:
        return Part(name, late, n, f"late: {late:,} of the {n:,} cases {en} ({share})", f"超期：{zh} {n:,} 件中 {late:,} 件（{share}）")
    return Part(name, late, n, f"{en}: {late:,} of {n:,} ({share})", f"{zh}：{n:,} 件中 {late:,} 件（{share}）")
