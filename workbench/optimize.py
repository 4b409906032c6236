"""`onewindow optimize`: let OR-Tools propose a reform, proved and then simulated. One command for each optimiser."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from workbench.options import (
    Days,
    Fresh,
    From,
    InLanguage,
    Json,
    Language,
    On,
    Out,
    Replications,
    Seed,
    StoreFolder,
    Until,
    Workers,
    refusals,
    settings,
    writable,
)

if TYPE_CHECKING:
    from optimization.problem import ProblemFile
    from optimization.solution import Solution
    from simulation.reforms import Reform
    from simulation.scenario import Scenario
    from simulation.verbs import Settings

optimize = typer.Typer(help="Let OR-Tools propose a reform, proved and then simulated.", no_args_is_help=True)
ProblemFileName = Annotated[str | None, typer.Option("--problem", help="Problem file, by path or stem; by default that of the scenario.")]
STEADY = "The same bytes each time on one machine, slower: no time limit, no seconds in the answer."
Reproducible = Annotated[bool, typer.Option("--reproducible", help=STEADY)]
ScenarioFile = Annotated[str, typer.Argument(help="Scenario file, by path or stem.")]


class Answer(NamedTuple):
    """What an optimiser answers, and how it is told: as plain values, as text, as pictures and further files in a folder.

    `show` is handed what the law says of the proposal, to be told after the first sentence; nothing where the law says nothing.

    `steady` : the answer is to be the same bytes each time, so that it has no seconds.
    `instead` : reforms that are recommended in place of the solution's, the best first; each becomes a file.
    """

    solution: Solution
    document: dict[str, Any]
    show: Callable[[str], None]
    draw: Callable[[Path], Sequence[Path]] | None = None
    steady: bool = False
    instead: Sequence[Reform] = ()


Solve = Callable[["Scenario", Any, "Settings", str, str], Answer]
"""From a scenario, a problem, settings, the scenario's name as typed and the language to an answer."""


def proposing(kind: str, solve: Solve) -> None:
    """Make the command `kind`, with the options that optimisers share, of an optimiser; its docstring is the help."""

    def command(
        scenario: ScenarioFile, problem: ProblemFileName = None, json: Json = False, out: Out = None, seed: Seed = None,
        replications: Replications = None, days: Days = None, first: From = None, last: Until = None, store: StoreFolder = None,
        fresh: Fresh = False, workers: Workers = 2, on: On = "processes", language: InLanguage = Language.en,
    ) -> None:  # fmt: skip
        with refusals():
            told = settings(seed, replications, days, first, last, store, fresh, workers, on, language=language.value)
            propose(kind, solve, scenario, problem, told, json, out, language.value)

    optimize.command(kind, help=solve.__doc__)(command)


def propose(
    kind: str, solve: Solve, scenario: str, problem: str | None, told: Settings, as_json: bool, out: Path | None, language: str
) -> None:  # fmt: skip
    """Read a scenario and its problem, have it solved, say who decides and what the law says, write files; leave with 1 where there is no
    answer: nothing can be had, or nothing was found.
    """
    from optimization.problem import default_problem, load_problem, model_of, replications_flaw
    from optimization.staffing_problem import problem_for
    from simulation.errors import InputRefused, Problem
    from simulation.verbs import load
    from workbench.again import asked_by, command_of, not_again, print_again, write_again
    from workbench.solutions import WORDS, instead_words, law_said, print_answer, print_decision, write_reform
    from workbench.titles import labels_of

    if told.replications is not None and (flaw := replications_flaw(told.replications)):
        raise InputRefused(Problem("--replications", flaw.found, flaw.rule, flaw.remedy))
    loaded, of = load(scenario), f"{kind}_problem"
    if kind == "staffing":
        asked: Any = problem_for(scenario, loaded, problem)
    else:
        asked = load_problem(problem or default_problem(scenario, of), model_of(of), loaded)
    writable(out)
    began = time.monotonic()
    answer = solve(loaded, asked, told, scenario, language)
    solution, lasted = answer.solution, time.monotonic() - began
    if as_json:
        again = {"again": command_of(solution, out, told), "not_again": list(not_again(solution))}
        seconds = solution.seconds if solution.seconds is not None or answer.steady else lasted
        known = {"seconds": seconds, "digest": solution.digest or digest_of(loaded, asked, told), **again}
        print_answer({**answer.document, **known}, solution.reform, loaded)
    else:
        answer.show(law_said(solution.reform, loaded, language))
    if out is not None and answer.draw is not None:
        for path in answer.draw(out):
            typer.echo(os.path.relpath(path), err=as_json)
    if solution.reform is not None and not as_json:
        if answer.instead:
            typer.echo(instead_words(answer.instead, solution.reform, loaded, out, language))
        print_decision(solution.reform, loaded, out, language)
        print_again(solution, out, told, labels_of(loaded), language, asked_by(kind, scenario, problem, told))
    if out is not None and solution.reform is not None:
        path = write_reform(solution.reform, out, scenario)
        others = [write_reform(reform, out, scenario) for reform in answer.instead]
        for written in (*others, path, *write_again(solution, asked, path, scenario)):
            typer.echo(os.path.relpath(written), err=as_json)
    elif out is not None:
        typer.echo(WORDS["no file"][language == "zh"], err=True)
    if solution.objective is None:
        raise typer.Exit(1)


def digest_of(scenario: Scenario, problem: ProblemFile, told: Settings) -> str:
    """Return the SHA-256 of what the answer is a function of, where there is no single program: scenario, problem, settings."""
    files = [one.model_dump(mode="json", by_alias=True, exclude_unset=True) for one in (scenario, problem)]
    settings = [told.seed, told.replications, told.days, str(told.first), str(told.last)]
    text = json.dumps([*files, *settings], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _first(answer: str, law: str) -> None:
    """Print what a planner reads first: the answer in a sentence, and what the law says of it."""
    typer.echo("\n".join(filter(None, (answer, law))))


@optimize.command("staffing")
def staffing(
    scenario: ScenarioFile, problem: ProblemFileName = None, json: Json = False, out: Out = None, seed: Seed = None,
    replications: Replications = None, days: Days = None, first: From = None, last: Until = None, store: StoreFolder = None,
    fresh: Fresh = False, workers: Workers = 2, on: On = "processes", language: InLanguage = Language.en,
    reproducible: Reproducible = False,
) -> None:  # fmt: skip
    """Propose who sits at which windows in which shift at the least paid hours that keep the targets, with a bound; simulate it; name a
    roster for some weeks. Ctrl-C gives the best so far.
    """

    def solve(loaded: Scenario, asked: Any, told: Settings, name: str, language: str) -> Answer:
        from optimization.staffing import optimize_staffing
        from workbench.findings import of_staffing
        from workbench.rostered import write_roster
        from workbench.solutions import print_solution, searching

        found = optimize_staffing(loaded, told, asked, searching(language), steady=reproducible)

        def show(law: str) -> None:
            _first(of_staffing(found, loaded, language), law)
            print_solution(found, asked, loaded, as_json=False, language=language)

        return Answer(found, found.document(), show, lambda out: write_roster(found, out, language), reproducible)

    with refusals():
        told = settings(seed, replications, days, first, last, store, fresh, workers, on, language=language.value)
        propose("staffing", solve, scenario, problem, told, json, out, language.value)


def limits(loaded: Scenario, asked: Any, told: Settings, name: str, language: str) -> Answer:
    """Find the tightest limits that can be promised, certified on fresh seeds, tried under stress; the hall takes several minutes."""
    from optimization.limits import optimize_limits
    from workbench.certified import announced, draw_limits, item_titles, pool_titles, print_limits
    from workbench.findings import of_limits

    typer.echo(announced(loaded, asked, told, language), err=True)
    found = optimize_limits(loaded, asked, told)

    def show(law: str) -> None:
        _first(of_limits(found, item_titles(loaded, language), pool_titles(loaded, language), language), law)
        print_limits(found, loaded, as_json=False, language=language)

    return Answer(found, found.document(), show, lambda out: draw_limits(found, loaded, out, language))


def merging(loaded: Scenario, asked: Any, told: Settings, name: str, language: str) -> Answer:
    """Propose which departments become one body, with a proof and the price of each rule, beside what could be done instead."""
    from optimization.merging import optimize_merging
    from optimization.outlay import as_one
    from simulation.verbs import load_reform
    from workbench.findings import of_merging
    from workbench.mergers import draw_merger, print_merger

    found = optimize_merging(loaded, asked, told, name)

    def show(law: str) -> None:
        _first(of_merging(found, asked, loaded, language), law)
        print_merger(found, asked, loaded, as_json=False, language=language)

    alternatives = {p: tuple(map(load_reform, asked.alternatives[p])) for p in found.instead if p in asked.alternatives}
    instead = [as_one(reforms, p, loaded.name) for p, reforms in alternatives.items()]
    return Answer(
        found.solution, found.document(), show, lambda out: draw_merger(found, asked, loaded, out, language), instead=instead
    )  # fmt: skip


def flow(loaded: Scenario, asked: Any, told: Settings, name: str, language: str) -> Answer:
    """Find which checks to do side by side, in which order, and which to drop, merge or decide elsewhere; proved, then simulated."""
    from optimization.flow import optimize_flow
    from workbench.flow import draw_flow, print_flow, saved

    found = optimize_flow(loaded, asked, told)
    return Answer(
        found, {**found.document(), "saves": saved(found, asked)},
        lambda law: print_flow(found, asked, loaded, as_json=False, language=language, law=law),
        lambda out: draw_flow(found, loaded, out, language),
    )  # fmt: skip


def portfolio(loaded: Scenario, asked: Any, told: Settings, name: str, language: str) -> Answer:
    """Propose which reforms to begin when, with a proof, each one's share of the gain, and what more money or time would buy."""
    from optimization.portfolio import optimize_portfolio
    from workbench.findings import of_portfolio
    from workbench.portfolios import draw_portfolio, print_portfolio

    found = optimize_portfolio(loaded, asked, told)

    def show(law: str) -> None:
        _first(of_portfolio(found, language), law)
        print_portfolio(found, asked, loaded, as_json=False, language=language)

    draw = None if found.solution.status == "infeasible" else lambda out: draw_portfolio(found, asked, out, language)
    return Answer(found.solution, found.document(), show, draw)


for kind, solve in (("limits", limits), ("merging", merging), ("flow", flow), ("portfolio", portfolio)):
    proposing(kind, solve)
