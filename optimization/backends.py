"""HiGHS, GLOP and SCIP through MathOpt, each behind one function that returns Found; what every solver is told, and Ctrl-C.

MathOpt neither passes an interruption on to HiGHS nor lets `threads` be set for
it, and its error path raises AttributeError: so HiGHS runs here for what ends soon and in `apart` for what does not, and every exception
becomes SolverFailed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from math import inf, isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

import numpy as np

from optimization.program import TOLERANCE, Floats, Program, SolverFailed

Verdict = Literal["optimal", "feasible", "infeasible", "unbounded", "unsound", "nothing"]
Note = Callable[[float | None, float | None], None]
T = TypeVar("T")
NODES_A_SECOND = 100
"""Nodes of HiGHS and SCIP that count as one unit of work, beside a deterministic second of CP-SAT."""
LINE = re.compile(r"\d+\.\d+%\s+(\S+)\s+(\S+)\s+(?:\S+%|\S+)\s+\d+\s+\d+\s+\d+\s+\d+\s+[\d.]+s")


@dataclass(frozen=True)
class Told:
    """What a solver is told.

    Attributes
    ----------
    seconds : wall-clock limit; None without.
    work : limit that the clock has no part in: hundreds of nodes of HiGHS and SCIP, deterministic seconds of CP-SAT; None without.
    steady : the same bytes each time, at the cost of speed.
    start : a solution to begin with (n,).
    note : called with objective and bound as they become known.
    """

    seed: int = 1
    seconds: float | None = None
    work: float | None = None
    steady: bool = False
    start: Floats | None = None
    note: Note | None = None


@dataclass(frozen=True)
class Found:
    """What a solver says: `unsound` when it cannot tell infeasible from unbounded; `values`, `bound` and its own count of the
    `objective` are None where it has none."""

    verdict: Verdict
    values: Floats | None
    bound: float | None
    backend: str
    interrupted: bool = False
    objective: float | None = None


def waited(work: Callable[[], T], stop: Callable[[], object]) -> tuple[T, bool]:
    """Run `work` beside this thread and return its result, and whether Ctrl-C called `stop` meanwhile; a second Ctrl-C is let through.

    Raises
    ------
    SolverFailed : whatever `work` raised.
    """
    kept: list[T] = []
    failed: list[Exception] = []
    done, interrupted = threading.Event(), False

    def run() -> None:
        try:
            kept.append(work())
        except Exception as error:  # MathOpt raises AttributeError in place of its own errors
            failed.append(error)
        done.set()

    threading.Thread(target=run, daemon=True).start()
    while not done.is_set():
        try:
            done.wait(0.2)
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            stop()
    if failed:
        raise SolverFailed(f"the solver broke off: {type(failed[0]).__name__}: {str(failed[0])[:300]}") from failed[0]
    return kept[0], interrupted


# --- MathOpt -----------------------------------------------------------------------------------------------------


def mathopt_model(program: Program, relaxed: bool = False) -> tuple[Any, list[Any], list[tuple[Any, str]]]:
    """Return the model, its variables, and its constraints with the names of their rules."""
    from ortools.math_opt.python import mathopt

    model = mathopt.Model()
    sides = zip(program.tops, program.whole, strict=True)
    variables = [model.add_variable(lb=0.0, ub=top, is_integer=bool(whole) and not relaxed) for top, whole in sides]
    rows = []
    for lower, terms, upper, rule in program.rows:
        # A row that wants more than it allows is two rows: MathOpt refuses it in place of calling it infeasible.
        for low, high in [(lower, upper)] if lower <= upper else [(lower, inf), (-inf, upper)]:
            row = model.add_linear_constraint(lb=low, ub=high)
            for variable, factor in terms.items():
                row.set_coefficient(variables[variable], float(factor))
            rows.append((row, rule))
    for variable, cost in zip(variables, program.costs, strict=True):
        model.objective.set_linear_coefficient(variable, cost)
    return model, variables, rows


def glop(program: Program) -> tuple[Found, dict[str, float]]:
    """Solve the linear relaxation; return its answer and what one unit of relief of each named rule saves in it."""
    from ortools.math_opt.python import mathopt

    model, variables, rows = mathopt_model(program, relaxed=True)
    said, _ = waited(lambda: mathopt.solve(model, mathopt.SolverType.GLOP), lambda: None)
    found = _read(program, said, variables, f"GLOP in OR-Tools {version('ortools')}")
    total: dict[str, float] = {}
    if said.has_dual_feasible_solution():
        for row, rule in rows:
            if rule:
                total[rule] = total.get(rule, 0.0) + abs(float(said.dual_values(row)))
    return found, total


def highs(program: Program, told: Told, apart: bool = False) -> Found:
    """Solve by HiGHS: here, where Ctrl-C waits for its limit, or `apart`, where it does not."""
    from ortools.math_opt.python import mathopt

    model, variables, _ = mathopt_model(program)
    name = f"HiGHS in OR-Tools {version('ortools')}"
    given, hints = _parameters(told), _hints(variables, told)
    if apart:
        return _apart(program, model, variables, given, hints, told, name)

    def work() -> Any:
        return mathopt.solve(model, mathopt.SolverType.HIGHS, params=given, model_params=hints, msg_cb=lambda lines: _heard(lines, told))

    said, interrupted = waited(work, lambda: None)
    return _read(program, said, variables, name, interrupted)


def scip(program: Program, told: Told) -> Found:
    """Solve by SCIP, the second opinion on programs with parts that are not whole; Ctrl-C waits for its limit."""
    from ortools.math_opt.python import mathopt

    model, variables, _ = mathopt_model(program)
    given, hints = _parameters(told), _hints(variables, told)
    said, interrupted = waited(lambda: mathopt.solve(model, mathopt.SolverType.GSCIP, params=given, model_params=hints), lambda: None)
    return _read(program, said, variables, f"SCIP in OR-Tools {version('ortools')}", interrupted)


def _parameters(told: Told) -> Any:
    from ortools.math_opt.python import mathopt

    return mathopt.SolveParameters(
        random_seed=told.seed % 2**31,
        relative_gap_tolerance=0.0,
        absolute_gap_tolerance=TOLERANCE / 10,
        time_limit=None if told.seconds is None else timedelta(seconds=max(0.0, told.seconds)),
        node_limit=None if told.work is None else int(told.work * NODES_A_SECOND),
    )


def _hints(variables: list[Any], told: Told) -> Any:
    from ortools.math_opt.python import mathopt

    hints = mathopt.ModelSolveParameters()
    if told.start is not None:
        hints.solution_hints = [mathopt.SolutionHint(variable_values=dict(zip(variables, map(float, told.start), strict=True)))]
    return hints


def _heard(lines: Any, told: Told) -> None:
    """Read objective and bound from lines of the log of HiGHS."""
    for line in lines:
        found = LINE.search(line)
        if found and told.note is not None:
            bound, objective = (float(word) for word in found.groups())
            told.note(objective if isfinite(objective) else None, bound if isfinite(bound) else None)


def _read(program: Program, said: Any, variables: list[Any], name: str, interrupted: bool = False) -> Found:
    from ortools.math_opt.python import mathopt

    reason, bound = said.termination.reason, float(said.termination.objective_bounds.dual_bound)
    verdicts: dict[Any, Verdict] = {
        mathopt.TerminationReason.OPTIMAL: "optimal",
        mathopt.TerminationReason.FEASIBLE: "feasible",
        mathopt.TerminationReason.INFEASIBLE: "infeasible",
        mathopt.TerminationReason.UNBOUNDED: "unbounded",
        mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED: "unsound",
    }
    verdict = verdicts.get(reason, "nothing")
    if verdict == "unsound" and not any(program.costs):
        verdict = "infeasible"  # what costs nothing cannot fall without end
    values = None
    if verdict in ("optimal", "feasible") and said.has_primal_feasible_solution():
        values = np.array([said.variable_values(v) for v in variables], dtype=np.float64)
    elif verdict in ("optimal", "feasible"):
        verdict = "nothing"
    objective = None if values is None else float(said.objective_value())
    return Found(verdict, values, bound if isfinite(bound) else None, name, interrupted, objective)


def _apart(program: Program, model: Any, variables: list[Any], given: Any, hints: Any, told: Told, name: str) -> Found:
    from ortools.math_opt import result_pb2
    from ortools.math_opt.python import result

    last: list[float | None] = [None]

    def heard(line: str) -> None:
        def note(objective: float | None, bound: float | None) -> None:
            last[0] = bound
            if told.note is not None:
                told.note(objective, bound)

        _heard([line], Told(note=note))

    with TemporaryDirectory(prefix="onewindow-") as place:
        folder = Path(place)
        given.highs.string_options["mip_improving_solution_file"] = str(folder / "solutions")
        given.highs.bool_options["mip_improving_solution_save"] = True
        (folder / "model").write_bytes(model.export_model().SerializeToString())
        (folder / "parameters").write_bytes(given.to_proto().SerializeToString())
        (folder / "hints").write_bytes(hints.to_proto().SerializeToString())
        script = str(Path(__file__).with_name("apart.py"))
        child = subprocess.Popen(
            [sys.executable, "-P", script, place],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip

        def work() -> None:
            for line in child.stdout or ():
                heard(line)

        try:
            _, interrupted = waited(work, child.kill)
        finally:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
        if (folder / "answer").exists():
            said = result_pb2.SolveResultProto.FromString((folder / "answer").read_bytes())
            return _read(program, result.parse_solve_result(said, model, validate=False), variables, name, interrupted)
        if not interrupted:
            words = (folder / "error").read_text(encoding="utf-8") if (folder / "error").exists() else f"exit code {child.returncode}"
            raise SolverFailed(f"HiGHS ended without an answer: {words}")
        values = _last_solution(folder / "solutions", len(variables))
    return Found("nothing" if values is None else "feasible", values, last[0], name, True)


def _last_solution(path: Path, n: int) -> Floats | None:
    """Read the last complete block that HiGHS wrote: a line `Objective`, a line `# Columns n`, then n values; None without."""
    blocks = path.read_text(encoding="utf-8").split("Objective ")[1:] if path.exists() else []
    for block in reversed(blocks):
        lines = block.split("\n")
        # The last line of a whole block ends in a line break.
        if len(lines) >= n + 3:
            return np.array([float(line.split()[-1]) for line in lines[2 : n + 2]], dtype=np.float64)
    return None
