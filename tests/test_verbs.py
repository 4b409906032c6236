"""The verbs that notebooks import are functions, whatever modules were imported before them."""

import importlib
import pkgutil

import pytest

import simulation

VERBS = ["load", "apply", "redline", "run", "compare", "judge", "sweep"]


@pytest.mark.parametrize("verb", VERBS)
def test_no_module_hides_a_verb(verb: str) -> None:
    assert verb not in {module.name for module in pkgutil.iter_modules(simulation.__path__)}
    assert callable(getattr(importlib.import_module("simulation"), verb))
