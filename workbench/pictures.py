"""Which pictures a command makes, from which logs, into which files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.engines import replicate
from simulation.errors import LogRefused, Problem
from simulation.experiment import Experiment, code
from simulation.horizons import calendar_for
from simulation.log import EventLog
from simulation.result import Result
from simulation.scenario import Scenario
from simulation.verbs import Settings, load, log_of, prepared
from workbench import figures
from workbench.cohort import telling_case
from workbench.drawing import word
from workbench.language import title_of
from workbench.lawfulness import Lawfulness, mark
from workbench.limits import limits_of
from workbench.titles import labels_of, main_reforms, price, scenario_titles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = ("wait_mean", "trips", "lead_wd", "on_time_promise")
"""Measures of the ladder."""


def draw_run(result: Result, scenario: Scenario, settings: Settings, out: Path, language: str) -> list[Path]:
    """Draw one scenario: the hall, one file, where the days go, how soon cases are decided."""
    log = log_of(scenario, settings)
    return save(pictures_of_logs({title_of(scenario.title, language): log}, result, language), out)


def draw_log(log: EventLog, title: str, out: Path, language: str) -> list[Path]:
    """Draw a log that was read: where the days go and how soon cases are decided, as far as it has the columns."""
    pictures = {}
    if {"department", "entered"} <= {*log.events.columns}:
        pictures["where-days-go"] = figures.where_days_go({title: log}, language, "")
    if {"accepted", "decided", "class"} <= {*log.cases.columns}:
        pictures["decided-within"] = figures.within({title: log}, language, "")
    if not pictures:
        rule = "a picture needs columns of the log: events.department and events.entered, or cases.accepted, decided and class"
        raise LogRefused(Problem("--out", title, rule, "map them, or leave --out out"))
    return save(pictures, out)


def draw_comparison(
    result: Result, experiment: Experiment, scenarios: Mapping[str, Scenario], settings: Settings, out: Path, language: str,
    lawfulness: Lawfulness | None = None,
) -> list[Path]:  # fmt: skip
    """Draw a comparison: the ladder of all reforms, the limits, and the logs of the first replication under the first main reform.

    Parameters
    ----------
    scenarios : the baseline and the main reforms, by code.
    """
    titles = scenario_titles(experiment, language)
    names = experiment.names
    n = result.provenance["replications"]
    pictures = {
        "reform-ladder": figures.ladder(
            result.rows,
            {name: titles[name] for name in names},
            {name: f"{price(experiment, name, language)}\n{mark((lawfulness or {}).get(name, ()), language)}".strip() for name in names},
            [m for m in SHOWN if m in experiment.measures],
            language,
            word("replications", language).format(n=n),
        )
    }
    if result.plausible is not None:
        pictures["two-bands"] = figures.two_bands(result.plausible, titles, language, labels_of(*scenarios.values()))
    if result.groups:
        note = word("count", language).format(n=n)
        pictures["better-and-worse"] = figures.better_and_worse(result.groups, titles, language, labels_of(*scenarios.values()), note)
    limits = limits_of(result, scenarios)
    if limits.offers:
        pictures["limits"] = figures.promises(limits, titles, language, word("count", language).format(n=n))
    logs = {titles[name]: log for name, log in logs_of(result, experiment, settings).items()}
    which = word("one_of", language).format(n=len(names), title=[*logs][-1]) if len(names) > 1 else ""
    return save({**pictures, **pictures_of_logs(logs, result, language, which)}, out)


def logs_of(result: Result, experiment: Experiment, settings: Settings) -> dict[str, EventLog]:
    """Return the logs of the first replication, of the baseline and of the first main reform, as the comparison ran them."""
    variants, horizon = prepared(experiment, load(experiment.baseline), settings)
    by_name = {v.name: v for v in variants if v.stress == "none"}
    found = {}
    for name in dict.fromkeys([code(experiment.baseline), *main_reforms(experiment)[:1]]):
        plan = by_name[name].plan(calendar_for(by_name[name].scenario, horizon), horizon)
        found[name] = replicate(plan, int(result.provenance["seed"]), 0)
    return found


def pictures_of_logs(logs: Mapping[str, EventLog], result: Result, language: str, which: str = "") -> dict[str, Figure]:
    """Return the pictures of one or more logs of the first replication; `which` of several reforms they show is said in each."""
    note = word("replication", language).format(n=result.provenance["replications"])
    note = f"{which}{'' if language == 'zh' else ' '}{note}" if which else note
    pictures = {
        "hall": figures.hall_strip(logs, language, note),
        "where-days-go": figures.where_days_go(logs, language, note),
        "decided-within": figures.within(logs, language, note),
    }
    cases = telling_case(list(logs.values()))
    if cases is not None:
        files: dict[str, Any] = {title: (log, case) for (title, log), case in zip(logs.items(), cases, strict=True)}
        pictures["one-file"] = figures.ribbon(files, language, note, chosen=len(files) > 1)
    return pictures


def save(pictures: Mapping[str, Figure], out: Path) -> list[Path]:
    """Write pictures as PNG and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, picture in pictures.items():
        paths.append(out / f"{name}.png")
        picture.savefig(paths[-1], dpi=130)
    return paths
