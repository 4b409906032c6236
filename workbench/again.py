"""The experiment that shows again what an optimiser's reform was verified to do: the same citizens, the same figures."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimization.problem import ProblemFile
    from optimization.solution import Solution, Verified
    from simulation.experiment import Experiment
    from simulation.verbs import Settings
    from workbench.language import Labels

ALWAYS = ("wait_mean", "walk_away_share", "trips", "paid_hours")
"""What every written question looks at besides what was verified: who waits, who gives up, who comes again, what it takes in hours."""
WORDS = {
    "again": ("To see the verified values again: `{command}`.", "复现上述验证值：`{command}`。"),
    "without": ("It does not show: {names}; `{command}` does.", "其中不含：{names}；由 `{command}` 得出。"),
    "written": (" `--out DIR` writes that file.", "该文件由 `--out DIR` 写出。"),
}


def experiment_of(solution: Solution, problem: ProblemFile, reform: Path, baseline: str) -> Experiment | None:
    """Return the comparison of today with the written reform on the replications that verified it; of the catalogue's measures.

    Waits, giving up, trips and paid hours are always among them, so that "worse: nothing" never stands for what was not looked at.

    What was judged of a group, an item or a queue say, is the headline: so that `compare` shows it and concludes from it, and not from all.
    Of limits these are the items whose limit changes. Targets are those of the problem.

    Parameters
    ----------
    reform : its file. baseline : a stem, or a path from the folder of that file: what a file names lies beside it.

    Returns
    -------
    None where there is no reform or nothing verified is a measure of the catalogue.
    """
    from optimization.promised import LimitsProblem
    from optimization.staffing_problem import StaffingProblem
    from simulation.experiment import Experiment

    measures = tuple(dict.fromkeys(name for row in solution.verified if (name := shown_as(row)) is not None))
    if solution.reform is None or not measures:
        return None
    limits = {f"item:{item}" for edit in solution.reform.edits if edit.kind == "change_limits" for item in edit.promise_wd}
    judged = [r for r in solution.verified if r.group != "all" and r.verdict is not None and (not limits or r.group in limits)]
    measures = tuple(dict.fromkeys((*measures, *ALWAYS)))
    headline = [{"reform": reform.name, "measure": name, "group": r.group} for r in judged if (name := shown_as(r)) is not None]
    own = isinstance(problem, StaffingProblem | LimitsProblem)  # whose targets are not today's values
    held = [r for r in judged if own and r.target is not None and r.unit in ("share", "s") and shown_as(r) is not None]
    targets = [_target(row, problem) for row in held]
    n = str(max(row.n for row in solution.verified))
    searched = isinstance(problem, StaffingProblem)  # whose horizon is that of the search
    return Experiment.model_validate(
        {
            "kind": "experiment", "name": f"{solution.reform.name}-verified", "title": problem.title, "question": problem.question,
            "baseline": baseline, "reforms": [reform.name], "measures": measures, "headline": headline, "targets": targets,
            "seed": str(solution.seed),
            "replications": {"first": str(solution.first_replication), "pilot": n, "cap": n},
            **({} if problem.horizon is None or searched else {"horizon": problem.horizon}),
        }
    )  # fmt: skip


def _target(row: Verified, problem: ProblemFile) -> dict[str, Any]:
    """Return what a row is held against as a target of an experiment."""
    from simulation.measures import CATALOGUE

    name = shown_as(row) or ""
    side = "at_least" if CATALOGUE[name].direction == "higher" else "at_most"
    limit = f"{100 * (row.target or 0):g} %" if row.unit == "share" else f"{row.target:g} {row.unit}"
    return {"measure": name, "group": row.group, side: limit, "source": {"title": problem.title, "basis": "judgement"}}


def shown_as(row: Verified) -> str | None:
    """Return the measure of the catalogue that has this row in its group; None where there is none.

    A target of a queue, or of each, is that measure by queue; of half hours and days the catalogue has other cells.
    """
    from simulation.measures import CATALOGUE

    name = re.sub(r" (by queue|at queue:\S+)$", "", row.measure)
    return name if name in CATALOGUE else None


def write_again(solution: Solution, problem: ProblemFile, reform: Path, baseline: str) -> list[Path]:
    """Write that experiment beside the reform's file, where there is one; return its path. `baseline` is a stem or a path from here."""
    from simulation.files import dump
    from workbench.solutions import beside

    experiment = experiment_of(solution, problem, reform, beside(baseline, reform.parent))
    if experiment is None:
        return []
    path = reform.with_name(f"{experiment.name}.yaml")
    path.write_text(dump(experiment), encoding="utf-8")
    return [path]


def command_of(solution: Solution, folder: Path | None, settings: Settings) -> str | None:
    """Return what is typed to see the verified values again; DIR stands for a folder not yet named; None where no comparison shows any."""
    if solution.reform is None or len(not_again(solution)) == len({row.measure for row in solution.verified}):
        return None
    place = os.path.relpath(folder) if folder else "DIR"
    return f"onewindow compare {place}/{solution.reform.name}-verified.yaml{_dated(settings)}"


def asked_by(kind: str, scenario: str, problem: str | None, settings: Settings) -> str:
    """Return what was typed to have an optimiser's answer, as far as the answer depends on it."""
    told = [("--problem", problem), ("--seed", settings.seed), ("--replications", settings.replications)]
    options = "".join(f" {name} {shlex.quote(str(value))}" for name, value in told if value is not None)
    return f"onewindow optimize {kind} {shlex.quote(scenario)}{options}{_dated(settings)}"


def _dated(settings: Settings) -> str:
    told = [("--days", settings.days), ("--from", settings.first), ("--until", settings.last)]
    return "".join(f" {name} {value}" for name, value in told if value is not None)


def not_again(solution: Solution) -> tuple[str, ...]:
    """Return the measures verified that no comparison shows, since the catalogue does not have them: a target by half hour, say."""
    return tuple(dict.fromkeys(row.measure for row in solution.verified if shown_as(row) is None))


def print_again(solution: Solution, folder: Path | None, settings: Settings, labels: Labels, language: str, asked: str) -> None:
    """Print that command, and which of the verified values it does not show; `asked` : the command whose answer has these."""
    from workbench.requirements import scoped_measure

    if command := command_of(solution, folder, settings):
        zh = language == "zh"
        print(WORDS["again"][zh].format(command=command) + ("" if folder else WORDS["written"][zh]))
        if names := [scoped_measure(name, language, labels) for name in not_again(solution)]:
            print(WORDS["without"][zh].format(names=("、" if zh else ", ").join(names), command=asked))
