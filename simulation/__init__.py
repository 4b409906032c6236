"""How a centre runs: scenario, reforms, plan, draws, engines, event log, measures, experiments, calibration.

The verbs, imported on first use: `load, apply, redline, run, compare, best, judge, sweep`, and of how sure a comparison is
`elementary_effects, turning_values, flip_map, failure_map`; `Result.to_frame()` gives tidy pandas.
"""

from typing import Any

VERBS = {
    "load": "verbs", "load_reform": "verbs", "load_experiment": "verbs", "run": "verbs", "compare": "verbs", "sweep": "verbs",
    "Settings": "verbs", "log_of": "verbs", "controls_of": "verbs", "apply": "reforms", "redline": "reforms", "judge": "judgement",
    "best": "contest",
    "elementary_effects": "sensitivity", "turning_values": "turns", "flip_map": "turns",
    "failure_map": "failures",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in VERBS:
        raise AttributeError(f"module 'simulation' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"simulation.{VERBS[name]}"), name)
