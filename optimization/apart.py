"""HiGHS in a process of its own, for MathOpt cannot interrupt it: run as a script on a folder with `model`, `parameters`, `hints`.

Lines of its log go to standard output as they come, the result to the file `answer`. It dies when its standard input is closed, so that
a parent that is killed leaves nothing behind. It knows nothing of this package.
"""

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path


def leave_with_the_parent() -> None:
    """End the process when nobody holds its standard input any more."""
    sys.stdin.buffer.read()
    os._exit(1)


def tell(lines: Sequence[str]) -> None:
    """Pass on lines of the log."""
    print("\n".join(lines), flush=True)


def main(folder: Path) -> None:
    """Solve what lies in `folder`."""
    from ortools.math_opt import callback_pb2, model_parameters_pb2, model_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver
    from ortools.util.python import solve_interrupter  # noqa: F401 - registers a type that `solve` names

    threading.Thread(target=leave_with_the_parent, daemon=True).start()
    try:
        found = solver.solve(
            model_pb2.ModelProto.FromString((folder / "model").read_bytes()),
            parameters_pb2.SOLVER_TYPE_HIGHS,
            parameters_pb2.SolverInitializerProto(),
            parameters_pb2.SolveParametersProto.FromString((folder / "parameters").read_bytes()),
            model_parameters_pb2.ModelSolveParametersProto.FromString((folder / "hints").read_bytes()),
            tell,
            callback_pb2.CallbackRegistrationProto(),
            None,
            None,
        )
        (folder / "answer").write_bytes(found.SerializeToString())
    except Exception as error:
        (folder / "error").write_text(f"{type(error).__name__}: {str(error)[:300]}", encoding="utf-8")
    os._exit(0)  # a plain exit would wait for the thread that waits for the parent


if __name__ == "__main__":
    main(Path(sys.argv[1]))
