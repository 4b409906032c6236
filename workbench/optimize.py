"""`onewindow optimize`: let OR-Tools propose a reform, proved and then simulated. One command for each optimiser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from optimization.solution import Solution
    from simulation.scenario import Scenario

optimize = typer.Typer(help="Let OR-Tools propose a reform, proved and then simulated.", no_args_is_help=True)
ProblemFileName = Annotated[str | None, typer.Option("--problem", help="Problem file, by path or stem; by default that of the scenario.")]
STEADY = "The same bytes each time on one machine, slower: no time limit, no seconds in the answer."
Reproducible = Annotated[bool, typer.Option("--reproducible", help=STEADY)]
ScenarioFile = Annotated[str, typer.Argument(help="Scenario file, by path or stem.")]


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
    with refusals():
        from optimization.staffing import optimize_staffing
        from optimization.staffing_problem import problem_for
        from simulation.verbs import load
        from workbench.findings import of_staffing
        from workbench.rostered import write_roster
        from workbench.solutions import print_answer, print_solution, searching

        told = settings(seed, replications, days, first, last, store, fresh, workers, on)
        loaded = load(scenario)
        asked = problem_for(scenario, loaded, problem)
        writable(out)
        solution = optimize_staffing(loaded, told, asked, searching(language.value), steady=reproducible)
        if json:
            print_answer(solution.document(), solution.reform, loaded)
        else:
            typer.echo(of_staffing(solution, loaded, language.value))
            print_solution(solution, asked, loaded, as_json=False, language=language.value)
        if out is not None:
            for path in write_roster(solution, out, language.value):
                typer.echo(os.path.relpath(path), err=json)
        written(solution, out, scenario, loaded, json, language.value)


@optimize.command("limits")
def limits(
    scenario: ScenarioFile, problem: ProblemFileName = None, json: Json = False, out: Out = None, seed: Seed = None,
    replications: Replications = None, days: Days = None, first: From = None, last: Until = None, store: StoreFolder = None,
    fresh: Fresh = False, workers: Workers = 2, on: On = "processes", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Find the tightest limits that can be promised, certified on fresh seeds, tried under stress; the hall takes several minutes."""
    with refusals():
        from optimization.limits import optimize_limits
        from optimization.problem import default_problem, load_problem
        from optimization.promised import LimitsProblem
        from simulation.verbs import load
        from workbench.certified import draw_limits, item_titles, pool_titles, print_limits
        from workbench.findings import of_limits
        from workbench.solutions import print_answer

        told = settings(seed, replications, days, first, last, store, fresh, workers, on)
        loaded = load(scenario)
        asked = load_problem(problem or default_problem(scenario, "limits_problem"), LimitsProblem, loaded)
        writable(out)
        solution = optimize_limits(loaded, asked, told)
        if json:
            print_answer(solution.document(), solution.reform, loaded)
        else:
            names = (item_titles(loaded, language.value), pool_titles(loaded, language.value))
            typer.echo(of_limits(solution, *names, language.value))
            print_limits(solution, loaded, as_json=False, language=language.value)
        if out is not None:
            for path in draw_limits(solution, loaded, out, language.value):
                typer.echo(os.path.relpath(path), err=json)
        written(solution, out, scenario, loaded, json, language.value)


@optimize.command("merging")
def merging(
    scenario: ScenarioFile,
    problem: Annotated[str | None, typer.Option(help="Problem file, by path or stem; the one shipped for the scenario by default.")] = None,
    json: Json = False, out: Out = None, seed: Seed = None, replications: Replications = None, days: Days = None, first: From = None,
    last: Until = None, store: StoreFolder = None, fresh: Fresh = False, workers: Workers = 2, on: On = "processes",
    language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Propose which departments become one body, with a proof and the price of each rule, beside what could be done instead."""
    with refusals():
        from optimization.merging import optimize_merging
        from optimization.merging_problem import MergingProblem
        from optimization.problem import default_problem, load_problem
        from simulation.verbs import load
        from workbench.findings import of_merging
        from workbench.mergers import draw_merger, print_merger
        from workbench.solutions import print_answer

        told = settings(seed, replications, days, first, last, store, fresh, workers, on)
        loaded = load(scenario)
        asked = load_problem(problem or default_problem(scenario, "merging_problem"), MergingProblem, loaded)
        writable(out)
        merger = optimize_merging(loaded, asked, told, scenario)
        if json:
            print_answer(merger.document(), merger.solution.reform, loaded)
        else:
            typer.echo(of_merging(merger, asked, loaded, language.value))
            print_merger(merger, asked, loaded, as_json=False, language=language.value)
        if out is not None:
            for path in draw_merger(merger, asked, loaded, out, language.value):
                typer.echo(os.path.relpath(path), err=json)
        written(merger.solution, out, scenario, loaded, json, language.value)


@optimize.command("flow")
def flow(
    scenario: ScenarioFile, problem: ProblemFileName = None, json: Json = False, out: Out = None, seed: Seed = None,
    replications: Replications = None, days: Days = None, first: From = None, last: Until = None, store: StoreFolder = None,
    fresh: Fresh = False, workers: Workers = 2, on: On = "processes", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Find which checks to do side by side, in which order, and which to drop, merge or decide elsewhere; proved, then simulated."""
    with refusals():
        from optimization.flow import optimize_flow
        from optimization.flow_problem import FlowProblem
        from optimization.problem import default_problem, load_problem
        from simulation.verbs import load
        from workbench.flow import draw_flow, print_flow, saved
        from workbench.solutions import print_answer

        told = settings(seed, replications, days, first, last, store, fresh, workers, on)
        loaded = load(scenario)
        asked = load_problem(problem or default_problem(scenario, "flow_problem"), FlowProblem, loaded)
        writable(out)
        solution = optimize_flow(loaded, asked, told)
        if json:
            print_answer({**solution.document(), "saves": saved(solution, asked)}, solution.reform, loaded)
        else:
            print_flow(solution, asked, loaded, as_json=False, language=language.value)
        if out is not None:
            for path in draw_flow(solution, loaded, out, language.value):
                typer.echo(os.path.relpath(path), err=json)
        written(solution, out, scenario, loaded, json, language.value)


@optimize.command("portfolio")
def portfolio(
    scenario: ScenarioFile, problem: ProblemFileName = None, json: Json = False, out: Out = None, seed: Seed = None,
    replications: Replications = None, days: Days = None, first: From = None, last: Until = None, store: StoreFolder = None,
    fresh: Fresh = False, workers: Workers = 2, on: On = "processes", language: InLanguage = Language.en,
) -> None:  # fmt: skip
    """Propose which reforms to begin when, with a proof, each one's share of the gain, and what more money or time would buy."""
    with refusals():
        from optimization.portfolio import optimize_portfolio
        from optimization.portfolio_problem import PortfolioProblem
        from optimization.problem import default_problem, load_problem
        from simulation.verbs import load
        from workbench.findings import of_portfolio
        from workbench.portfolios import draw_portfolio, print_portfolio
        from workbench.solutions import print_answer

        told = settings(seed, replications, days, first, last, store, fresh, workers, on)
        loaded = load(scenario)
        asked = load_problem(problem or default_problem(scenario, "portfolio_problem"), PortfolioProblem, loaded)
        writable(out)
        found = optimize_portfolio(loaded, asked, told)
        if json:
            print_answer(found.document(), found.solution.reform, loaded)
        else:
            typer.echo(of_portfolio(found, language.value))
            print_portfolio(found, asked, loaded, as_json=False, language=language.value)
        if out is not None and found.solution.status != "infeasible":
            for path in draw_portfolio(found, asked, out, language.value):
                typer.echo(os.path.relpath(path), err=json)
        written(found.solution, out, scenario, loaded, json, language.value)


def written(solution: Solution, out: Path | None, name: str, scenario: Scenario, as_json: bool, language: str) -> None:
    """Say who decides on the reform and what the law says; write it into `out` and say where; leave with 1 where there is no answer."""
    from workbench.solutions import WORDS, print_decision, write_reform

    if solution.reform is not None and not as_json:
        print_decision(solution.reform, scenario, out, language)
    if out is not None and solution.reform is not None:
        typer.echo(os.path.relpath(write_reform(solution.reform, out, name)), err=as_json)
    elif out is not None:
        typer.echo(WORDS["no file"][language == "zh"], err=True)
    if solution.status == "infeasible":
        raise typer.Exit(1)
