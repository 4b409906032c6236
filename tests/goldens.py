"""What the model says today, as small readable text; `make goldens` is the only writer.

A golden is no proof of anything: theory, hand-worked logs and properties are. It shows a change that nobody meant. A change that
somebody meant is written anew and gets a line under "Numbers moved" in CHANGELOG.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from simulation.calibration.readers import read_log
from simulation.judgement import judge
from simulation.log import EventLog
from simulation.reforms import apply, redline
from simulation.scenario import Horizon
from simulation.units import WorkingDays
from simulation.verbs import Settings, compare, load, load_experiment, load_reform, load_stress, log_of

FOLDER = Path(__file__).parent / "goldens"
LIBRARY = Path(__file__).parents[1] / "scenarios"
SHORT = Horizon(warm_up_wd=WorkingDays(1), window_wd=WorkingDays(2), run_out_wd=WorkingDays(1))


def _files(folder: str) -> list[Path]:
    return sorted((LIBRARY / folder).glob("*.yaml"))


def _counted(log: EventLog) -> list[str]:
    """Rows of a log by kind and outcome, and its digest."""
    counts = log.events.groupby(["kind", "outcome"], observed=True).size()
    lines = [f"  {len(log.cases):,} cases, {len(log.events):,} events, {len(log.duty):,} intervals of duty"]
    lines += [f"  {kind} {outcome}: {n:,}" for (kind, outcome), n in counts.items()]
    return [*lines, f"  sha256 {log.digest()}"]


def _clock(t: int) -> str:
    return "" if pd.isna(t) else f"{t // 86400}d{t // 3600 % 24:02}:{t // 60 % 60:02}:{t % 60:02}"


def tiny_day() -> str:
    """The first hours of the tiny hall, row for row."""
    log = log_of(load("tiny"), Settings(seed=1))
    first = log.events.dropna(axis="columns", how="all").head(40)
    clock = {c: first[c].map(_clock) for c in ("entered", "start", "end")}
    shown = first.assign(**clock).astype(object).where(first.notna(), "")[["case", "visit", "kind", "step", *clock, "post", "outcome"]]
    return "\n".join([*_counted(log), "", *(line.rstrip() for line in shown.to_string(index=False).splitlines())])


def tiny_questions() -> str:
    """The comparison of the tiny hall, six digits."""
    with TemporaryDirectory() as folder:
        rows = compare(load_experiment("tiny-questions"), Settings(store=Path(folder), workers=1)).rows
    columns = ("value", "low", "high", "difference", "difference_low", "difference_high")
    lines = []
    for row in rows:
        figures = ("-" if row[c] is None else f"{row[c]:.6g}" for c in columns)
        lines.append(" ".join((row["scenario"], row["measure"], row["group"], f"n={row['n']}", *figures)))
    return "\n".join([" ".join(("scenario measure group n", *columns)), *lines])


def scenarios() -> str:
    """Four days of every baseline, and of it under every reform and stress of the library."""
    lines, reforms, stresses = [], map(load_reform, _files("reforms")), map(load_stress, _files("stresses"))
    edits = [*reforms, *stresses]
    for path in _files("baselines"):
        baseline = load(path).model_copy(update={"horizon": SHORT})
        lines += [baseline.name, *_counted(log_of(baseline, Settings(seed=1)))]
        for edit in edits:
            if edit.baseline == baseline.name:
                lines += [f"{baseline.name} + {edit.name}", *_counted(log_of(apply(baseline, edit), Settings(seed=1)))]
    return "\n".join(lines)


def redlines() -> str:
    """What every reform of the library changes, in words; in both languages for the tiny hall."""
    lines = []
    for path in _files("reforms"):
        reform = load_reform(path)
        before = load(reform.baseline)
        after = apply(before, reform)
        for language in ("en", "zh") if reform.baseline == "tiny" else ("en",):
            lines += [f"{reform.name} ({language})", *(f"  {line}" for line in redline(before, after, language))]
    return "\n".join(lines)


def synthetic_receipt() -> str:
    """The headline of the small committed log."""
    return "\n".join(judge(read_log(Path(__file__).parent / "data" / "receipt_synthetic.csv", None)).said("en"))


GOLDENS: dict[str, Callable[[], str]] = {
    one.__name__.replace("_", "-"): one for one in (tiny_day, tiny_questions, scenarios, redlines, synthetic_receipt)
}


def main() -> None:
    """Write every golden whose text has changed, and say which."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in GOLDENS.items():
        path, new = FOLDER / f"{name}.txt", text() + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(LIBRARY.parent)} written: say so under Numbers moved in CHANGELOG.md\n")


if __name__ == "__main__":
    main()
