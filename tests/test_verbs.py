"""The verbs that notebooks import are functions, whatever modules were imported before them; and what they measure unasked."""

import importlib
import pkgutil

import pytest

import simulation
from simulation.verbs import _priced, load

VERBS = [
    "load", "apply", "redline", "run", "compare", "judge", "sweep", "elementary_effects", "turning_values", "flip_map", "failure_map",
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_no_module_hides_a_verb(verb: str) -> None:
    assert verb not in {module.name for module in pkgutil.iter_modules(simulation.__path__)}
    assert callable(getattr(importlib.import_module("simulation"), verb))


def test_a_run_leaves_out_what_its_scenario_states_no_prices_for() -> None:
    money = {"burden_hours", "burden_money", "centre_cost", "cost_per_case"}
    assert not money & {m.name for m in _priced(load("tiny"))}
    assert money <= {m.name for m in _priced(load("district-hall"))}
