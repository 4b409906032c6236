"""The question that a reform file asks by itself: what it changes against its baseline, in what matters to a planner of any centre."""

from __future__ import annotations

from pathlib import Path

from simulation.errors import FileRefused
from simulation.experiment import Experiment
from simulation.files import read
from simulation.frozen import Title
from simulation.verbs import load_experiment, load_reform

MEASURES = (
    "wait_mean", "wait_p90", "trips", "walk_away_share", "lead_wd", "on_time_promise", "hops", "utilisation", "paid_hours",
)  # fmt: skip
HEADLINE = ("wait_mean", "trips", "lead_wd", "on_time_promise")


def load_question(name: str | Path) -> Experiment:
    """Return the experiment in a file, by path or stem; of a reform's file the comparison of that reform with its baseline.

    Raises
    ------
    FileRefused : with every problem of the file, or where there is none.
    """
    path = _reform(name)
    return load_experiment(name) if path is None else question_of(path)


def question_of(path: Path) -> Experiment:
    """Return the comparison of a reform, in a file, with its baseline by the measures that matter everywhere."""
    reform = load_reform(path)
    en, zh = f"What does “{reform.title.en}” change?", f"“{reform.title.zh or reform.title.en}”改变了什么？"
    headline = [{"reform": str(path), "measure": measure} for measure in HEADLINE]
    return Experiment.model_validate({
        "kind": "experiment", "name": path.stem, "title": reform.title, "question": Title(en=en, zh=zh), "baseline": reform.baseline,
        "reforms": (str(path),), "measures": MEASURES, "headline": headline,
    })  # fmt: skip


def _reform(name: str | Path) -> Path | None:
    """Return the path of a reform's file, named by its path; None where the name is that of anything else."""
    path = Path(name)
    try:
        return path if path.is_file() and read(path).data.get("kind") == "reform" else None
    except FileRefused:
        return None
