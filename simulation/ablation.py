"""Ablation 逐项剥离: what each mechanism of the register was measured to do, alone and in pairs, and whether that is what the essay says.

The essay's claim reads: the mechanism alone moves its measure in the expected direction by at least the smallest effect of interest, a
part of today's value that the register states (of a share: of share or rest, the smaller). It is tried against that border, two-sided,
with Holm's correction over all rows that have a figure [1]_; pairs are a family of their own:

- *confirmed*: the difference is resolved to lie beyond the border;
- *too small*: it is resolved to fall short of it, and moves by less than the border, in whichever direction;
- *contradicted*: it is resolved to fall short of it, and may go the other way by as much;
- *not resolved*: neither. Today's value is taken as known in forming the border.

A pair is measured together against the sum of its parts: AB - A - B + baseline, formed within each replication on the same citizens.

References
----------
.. [1] Holm (1979), A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from pydantic import Field, ValidationError

from simulation.errors import FileRefused, Problem
from simulation.estimates import Estimate, estimate, paired, quantile_of
from simulation.experiment import codes
from simulation.files import find, shown
from simulation.frozen import Frozen
from simulation.measures import CATALOGUE
from simulation.mechanisms import Mechanism, Pair, Register, register_path
from simulation.reforms import Reform
from simulation.store import engine_fingerprint, fingerprint

if TYPE_CHECKING:
    from simulation.result import Result
    from simulation.scenario import Scenario

Found = Literal["confirmed", "too small", "contradicted", "not resolved"]
Status = Literal["measured", "stale", "not measured", "no switch", "not yet"]
Together = Literal["higher than the sum", "lower than the sum", "not resolved", "the sum"]

LEVEL = 0.05
"""Chance of one false verdict or more, over all rows (Holm)."""
LEAST = 1e-12
"""The smallest probability told apart from zero."""


class Figure(Frozen):
    """What was measured of a mechanism alone, or of a pair together; differences in the measure's unit."""

    id: str
    reforms: tuple[str, ...]
    measure: str
    group: str
    unit: str
    today: float | None
    effect: float | None
    """Of a pair: by how much both together differ from the sum of their effects alone."""
    low: float | None
    high: float | None
    p: float | None
    """Two-sided, of a mechanism: that the effect lies at the border; of a pair: that the effects add up."""
    alone: tuple[float | None, ...] = ()
    """Of a pair: the effects of its parts."""
    together: float | None = None
    n: int
    seed: int
    window_wd: int
    code: str
    baseline: str
    reform: str
    """Digests: of all code between the files and the figure, of the baseline's content, of what the reforms edit."""


class Figures(Frozen):
    """The file ``scenarios/mechanisms_measured.json``."""

    kind: Literal["mechanisms_measured"] = "mechanisms_measured"
    schema_: Literal["1"] = Field("1", alias="schema")
    figures: tuple[Figure, ...] = ()


def figures_path() -> Path:
    """Return where the committed figures are."""
    return register_path().with_name("mechanisms_measured.json")


def load_figures(path: Path) -> tuple[Figure, ...]:
    """Return the figures of a file that `write_figures` wrote; none when there is no such file."""
    if not path.exists():
        return ()
    try:
        return Figures.model_validate(json.loads(path.read_text(encoding="utf-8"))).figures
    except (ValidationError, ValueError) as error:
        rule = "figures are written by `onewindow mechanisms --measure` only"
        raise FileRefused(Problem(shown(path), str(error).splitlines()[0], rule, "delete the file and measure again")) from error


def write_figures(path: Path, figures: Sequence[Figure]) -> None:
    """Write figures, as small readable text."""
    document = Figures(schema="1", figures=tuple(figures)).model_dump(mode="json", by_alias=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")


def merged(register: Register, old: Iterable[Figure], new: Iterable[Figure]) -> tuple[Figure, ...]:
    """Return `old` with `new` in place of figures of the same name, in the order of the register; names it has not are dropped."""
    known = {f.id: f for f in (*old, *new)}
    return tuple(known[row.id] for row in register.rows() if row.id in known)


def interaction(
    both: pd.DataFrame, first: pd.DataFrame, second: pd.DataFrame, neither: pd.DataFrame, kind: str,
    replications: Sequence[int], level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Return AB - A - B + baseline: what two reforms do together beyond the sum of what each does alone.

    Each of the four is sum over sum across replications, so the interval is Student's t on the delete-one jackknife of their
    contrast: every replication is left out of all four at once, which keeps what the same citizens have in common.

    Parameters
    ----------
    both, first, second, neither : rows of one measure and group, as for `simulation.estimates.estimate`.
    """
    if quantile_of(kind) is not None:
        raise ValueError(f"{kind!r} does not add up: a mean, share, ratio, rate or count is due")
    signed = ((both, 1), (first, -1), (second, -1), (neither, 1))

    def contrast(numbers: Sequence[int]) -> float | None:
        values = [estimate(rows[rows["replication"].isin(numbers)], kind, level, numbers).value for rows, _ in signed]
        return None if None in values else sum(s * v for (_, s), v in zip(signed, values, strict=True) if v is not None)

    n, whole = len(replications), contrast(replications)
    left = [contrast([r for r in replications if r != one]) for one in replications] if n > 1 else []
    if whole is None or any(v is None for v in left):
        return Estimate(whole, None, None, n, note="no case")
    pseudo = [n * whole - (n - 1) * v for v in left if v is not None]
    if len(pseudo) < 2:
        return Estimate(whole, None, None, n, note="one replication: no interval")
    spread = estimate(pd.DataFrame({"replication": [*replications], "total": pseudo, "n": 1.0}), "mean", level).half_width
    assert spread is not None
    size = max(abs(v) for rows, _ in signed if (v := estimate(rows, kind, level, replications).value) is not None)
    if abs(whole) <= LEAST * size and spread <= LEAST * size:
        return Estimate(0.0, 0.0, 0.0, n, identical=True, note="identical")
    return Estimate(whole, whole - spread, whole + spread, n)


def probability(interval: Callable[[float], Estimate], border: float) -> float | None:
    """Return the two-sided probability of a difference as far from `border`: that at which the interval just reaches it.

    An interval without width says nothing of chance; there the sign test speaks: n replications on one side of the border, 2 / 2**n.

    Parameters
    ----------
    interval : the estimate with its interval at a level of confidence.
    """

    def excluded(p: float) -> bool:
        e = interval(1 - p)
        return e.low is not None and e.high is not None and not e.low <= border <= e.high

    middle = interval(0.95)
    if middle.low is None or middle.high is None:
        return None
    if middle.low == middle.high:
        return 1.0 if middle.value == border else float(min(1.0, 2.0 ** (1 - middle.n)))
    low, high = LEAST, 1.0
    if excluded(low):
        return low
    for _ in range(50):
        p = float((low * high) ** 0.5)
        low, high = (low, p) if excluded(p) else (p, high)
    return high


def holm(p: Mapping[str, float | None], level: float = LEVEL) -> frozenset[str]:
    """Return the names that Holm's procedure resolves: the smallest p at level / m, the next at level / (m - 1), until one fails.

    Example
    -------
    >>> sorted(holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}))
    ['a', 'd']
    """
    resolved: list[str] = []
    for name, value in sorted(p.items(), key=lambda pair: (pair[1] is None, pair[1] or 0.0)):
        if value is None or value > level / (len(p) - len(resolved)):
            break
        resolved.append(name)
    return frozenset(resolved)


def border_of(expected: str, smallest: float, today: float | None, unit: str) -> float:
    """Return the difference from which on an effect is of interest, in the expected direction: a part of today's value.

    Of a share it is a part of the smaller of share and rest, for one that is nearly the whole has little room to rise.
    """
    size = abs(today or 0.0)
    size = min(size, abs(1.0 - size)) if unit == "share" else size
    return (-1 if expected == "lower" else 1) * smallest * size


def measured(register: Register, result: Result, stamps: Mapping[str, Mapping[str, str]], window_wd: int) -> tuple[Figure, ...]:
    """Return the figures of a run of `ablation`.

    Parameters
    ----------
    stamps : the `digests` of each row that was run, taken before the run: code that changes meanwhile leaves the figure stale.
    window_wd : measured window of the run.
    """
    frame, today, found = result.replications, register.baseline, []
    n, seed = int(result.provenance["replications"]), int(result.provenance["seed"])

    def rows(scenario: str, row: Mechanism | Pair) -> pd.DataFrame:
        same = (frame["scenario"] == scenario) & (frame["measure"] == row.measure) & (frame["group"] == row.group)
        return frame[same & (frame["stress"] == "none")]

    for row in register.rows():
        if row.id not in stamps or row.measure is None:
            continue
        kind, before, numbers = CATALOGUE[row.measure].kind, rows(today, row), range(n)
        value = estimate(before, kind, replications=numbers).value
        more: dict[str, Any] = {}
        if isinstance(row, Pair):
            a, b, both = (rows(name, row) for name in (*row.reforms, row.bundle))
            gap: Callable[[float], Estimate] = partial(interaction, both, a, b, before, kind, numbers)
            border, parts = 0.0, [_digits(paired(x, before, kind, 0.95, numbers).value) for x in (a, b, both)]
            more = {"alone": tuple(parts[:2]), "together": parts[2]}
        else:
            gap = partial(_difference, rows(str(row.reform), row), before, kind, numbers)
            border = border_of(row.expected, float(register.smallest), value, CATALOGUE[row.measure].unit)
        effect = gap(0.95)
        found.append(
            Figure(
                id=row.id, reforms=_stems(row), measure=row.measure, group=row.group, unit=CATALOGUE[row.measure].unit,
                today=_digits(value), effect=_digits(effect.value), low=_digits(effect.low), high=_digits(effect.high),
                p=_digits(probability(gap, border)), n=n, seed=seed, window_wd=window_wd,
                **more, **stamps[row.id],
            )
        )  # fmt: skip
    return tuple(found)


def _difference(after: pd.DataFrame, before: pd.DataFrame, kind: str, replications: Sequence[int], level: float) -> Estimate:
    return paired(after, before, kind, level, replications)


def _stems(row: Mechanism | Pair) -> tuple[str, ...]:
    return row.reforms if isinstance(row, Pair) else () if row.reform is None else (row.reform,)


def _digits(value: float | None) -> float | None:
    """A figure as the file holds it."""
    return None if value is None else float(f"{value:.9g}")


def digests(register: Register, row: Mechanism | Pair, baseline: Scenario, reform_of: Callable[[str], Reform]) -> dict[str, str]:
    """Return the digests of today's code, baseline and reforms behind the figure of `row`; `code` holds the question asked as well."""
    root = Path(str(files("simulation")))
    edits = [path.read_bytes() for path in [*sorted((root / "reforms").glob("*.py")), root / "estimates.py", root / "ablation.py"]]
    asked = [row.measure, row.group, getattr(row, "expected", "none"), float(register.smallest)]
    measure = codes([CATALOGUE[str(row.measure)]])
    content = baseline.model_dump(mode="json", by_alias=True, exclude={"title", "sources"})
    days = find(baseline.calendar, "calendars").read_bytes()
    changes = [reform_of(stem).model_dump(mode="json", include={"edits"}) for stem in _stems(row)]
    return {
        "code": fingerprint([engine_fingerprint().encode(), *edits, _plain(measure), _plain(asked)]),
        "baseline": fingerprint([_plain(content), days]),
        "reform": fingerprint(map(_plain, changes)),
    }


def _plain(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()


def statuses(
    register: Register, figures: Iterable[Figure], baseline: Scenario, reform_of: Callable[[str], Reform]
) -> dict[str, Status]:
    """Return for each row and pair whether there is a figure, and whether code, baseline and reform are still those behind it."""
    known = {f.id: f for f in figures}
    found: dict[str, Status] = {m.id: "not yet" if "not_yet" in m.form else "no switch" for m in register.mechanisms}
    for row in register.rows():
        if (figure := known.get(row.id)) is None:
            found[row.id] = "not measured"
        else:
            now = digests(register, row, baseline, reform_of)
            found[row.id] = "measured" if all(getattr(figure, name) == now[name] for name in now) else "stale"
    return found


def verdicts(register: Register, figures: Iterable[Figure], status: Mapping[str, Status]) -> dict[str, Found]:
    """Return what became of the essay's claims, by id; a stale figure counts in Holm's family and gets no verdict."""
    known = {f.id: f for f in figures}
    rows = [m for m in register.switched() if m.id in known]
    resolved = holm({m.id: known[m.id].p for m in rows})
    found: dict[str, Found] = {}
    for row in rows:
        figure = known[row.id]
        if status[row.id] != "measured":
            continue
        if row.id not in resolved or figure.effect is None:
            found[row.id] = "not resolved"
            continue
        border = border_of(row.expected, float(register.smallest), figure.today, figure.unit)
        small = figure.low is not None and figure.high is not None and -abs(border) < figure.low and figure.high < abs(border)
        confirmed = (figure.effect > border) == (row.expected == "higher")
        found[row.id] = "confirmed" if confirmed else "too small" if small else "contradicted"
    return found


def together(register: Register, figures: Iterable[Figure], status: Mapping[str, Status]) -> dict[str, Together]:
    """Return for each measured pair whether the measure is higher or lower than the sum of what each does alone would have it."""
    known = {f.id: f for f in figures}
    resolved = holm({p.id: known[p.id].p for p in register.pairs if p.id in known})
    found: dict[str, Together] = {}
    for pair in register.pairs:
        if status[pair.id] != "measured":
            continue
        figure = known[pair.id]
        if figure.effect == figure.low == figure.high == 0:
            found[pair.id] = "the sum"
        elif pair.id not in resolved or figure.effect is None:
            found[pair.id] = "not resolved"
        else:
            found[pair.id] = "higher than the sum" if figure.effect > 0 else "lower than the sum"
    return found


def records(
    register: Register, figures: Sequence[Figure], baseline: Scenario, reform_of: Callable[[str], Reform]
) -> list[dict[str, Any]]:
    """Return the register as plain values for strict JSON, a row for each mechanism; what is absent is None."""
    status = statuses(register, figures, baseline, reform_of)
    said, sums, known = verdicts(register, figures, status), together(register, figures, status), {f.id: f for f in figures}
    names = ("unit", "today", "effect", "low", "high", "n", "seed", "window_wd")

    def numbers(name: str, *more: str) -> dict[str, Any]:
        figure = known.get(name)
        return dict.fromkeys((*names, *more)) if figure is None else figure.model_dump(mode="json", include={*names, *more})

    found = []
    for row in register.mechanisms:
        pairs = [
            {**p.model_dump(mode="json"), "status": status[p.id], **numbers(p.id, "alone", "together"), "verdict": sums.get(p.id)}
            for p in register.pairs if row.reform in p.reforms
        ]  # fmt: skip
        head = {**row.model_dump(mode="json"), "status": status[row.id]}
        found.append({**head, **numbers(row.id), "verdict": said.get(row.id), "pairs": pairs})
    return found
