"""The rules of the house that can be read off the source, held as tests.

Every rule is a function from source text to findings, so that each has two tests: the tree keeps the rule, and a
snippet that breaks the rule is caught (a check that cannot fail is a defect). Words that a rule forbids in any
file are written here in two pieces.
"""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Who may import whom: the table of rooms.
ARROWS = {
    "simulation": frozenset[str](),
    "governance": frozenset({"simulation"}),
    "optimization": frozenset({"simulation", "governance"}),
    "workbench": frozenset({"simulation", "governance", "optimization"}),
    "scenarios": frozenset[str](),
}
OUTSIDE = frozenset({"tests", "notebooks"})
FACES = re.compile(r"(matplotlib|jupyter\w*|ipywidgets|IPython|rich|typer)(\.|$)")
LOG_READERS = re.compile(r"simulation/(measures|estimates)")
NOT_FOR_LOG_READERS = re.compile(r"simulation\.(plan|engines|scenario)(\.|$)")
VAGUE = frozenset({"util", "utils", "helper", "helpers", "manager", "managers", "common"})
LINES = 450

Rule = Callable[[str, str], list[str]]


# --- reading -----------------------------------------------------------------------------------------------------


def room(path: str) -> str:
    return PurePosixPath(path).parts[0]


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported; `from a import b` gives `a.b`, and a call of `import_module` counts."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(first := node.args[0], ast.Constant):
            called = dotted(node.func, {}).rpartition(".")[2]
            if called in {"import_module", "__import__"} and isinstance(first.value, str):
                yield node.lineno, first.value


def aliases(tree: ast.AST) -> dict[str, str]:
    """What a local name stands for: `import numpy as np` gives np -> numpy."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def dotted(node: ast.AST, names: dict[str, str]) -> str:
    """`np.random.seed` as `numpy.random.seed`; empty for what is no chain of names."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else f".{node.attr}"
    return ""


def root(node: ast.AST) -> str:
    """The name a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


# --- the rules ---------------------------------------------------------------------------------------------------


def wrong_arrows(path: str, source: str) -> list[str]:
    """A room imports only the rooms its row of the table allows."""
    here = room(path)
    shut = (frozenset(ARROWS) | OUTSIDE) - ARROWS[here] - {here}
    return [f"{path}:{line}: {here} imports {name}" for line, name in imports(source) if name.partition(".")[0] in shut]


def faces_outside_the_workbench(path: str, source: str) -> list[str]:
    """Only the workbench imports matplotlib, Jupyter, rich or typer."""
    if room(path) == "workbench":
        return []
    return [f"{path}:{line}: {name} belongs to the workbench" for line, name in imports(source) if FACES.match(name)]


def log_readers_that_know_the_centre(path: str, source: str) -> list[str]:
    """Measures and estimates import neither plan nor engines nor scenario, also not by way of the package itself."""
    if not LOG_READERS.match(path):
        return []
    found = []
    for line, name in imports(source):
        through_the_package = re.fullmatch(r"simulation(\.\w+)?", name) and not is_module(name)
        if NOT_FOR_LOG_READERS.match(name) or name == "simulation" or through_the_package:
            found.append(f"{path}:{line}: what reads a log imports {name}")
    return found


def is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").exists() or place.is_dir()


def relative_imports(path: str, source: str) -> list[str]:
    """Absolute imports only."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.level]
    return [f"{path}:{node.lineno}: relative import" for node in nodes]


def vague_names(path: str, source: str = "") -> list[str]:
    """No file or folder is called utils, helpers, manager or common, nor ends in such a word."""
    stems = PurePosixPath(path).with_suffix("").parts
    return [f"{path}: says nothing of what is inside" for stem in stems if stem.lower().split("_")[-1] in VAGUE]


SEEDED = {f"numpy.random.{name}" for name in ("default_rng", "SeedSequence", "Philox", "PCG64", "PCG64DXSM", "SFC64")} | {"random.Random"}
HARMLESS = {f"numpy.random.{name}" for name in ("Generator", "BitGenerator", "bit_generator")}


def global_randomness(path: str, source: str) -> list[str]:
    """No draw from a generator that the whole process shares, and none from a generator without a seed."""
    tree = ast.parse(source)
    names = aliases(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and root(node) in names:
            name = dotted(node, names)
            if re.fullmatch(r"(random|numpy\.random)\.\w+", name) and name not in SEEDED | HARMLESS:
                found.append(f"{path}:{node.lineno}: {name} is shared by the whole process")
        if isinstance(node, ast.Call):
            name = dotted(node.func, names)
            if name in SEEDED and not node.args and not node.keywords:
                found.append(f"{path}:{node.lineno}: {name}() without a seed")
            if name.endswith(".rvs") and not any(k.arg == "random_state" for k in node.keywords):
                found.append(f"{path}:{node.lineno}: {name} without random_state draws from the shared generator")
    return found


def pickling(path: str, source: str) -> list[str]:
    """Nothing is stored or read as a pickle, by whatever name."""
    modules = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "shelve", "marshal"}
    found = [f"{path}:{line}: imports {name}" for line, name in imports(source) if name.partition(".")[0] in modules]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in {"read_pickle", "to_pickle"}:
            found.append(f"{path}:{node.lineno}: {node.attr}")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and not (
            isinstance(node.value, ast.Constant) and node.value.value is False
        ):
            found.append(f"{path}:{node.value.lineno}: allow_pickle")
    return found


def unsafe_yaml(path: str, source: str) -> list[str]:
    """YAML is read by ruamel, never by PyYAML (which reads 9:30 as 570), and never with tags that construct objects."""
    tree = ast.parse(source)
    names = aliases(tree)
    found = [f"{path}:{line}: PyYAML" for line, name in imports(source) if name.partition(".")[0] == "yaml"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func, names)
            given = [value.value for value in (*node.args, *(k.value for k in node.keywords)) if isinstance(value, ast.Constant)]
            if name in {"ruamel.yaml.load", "ruamel.yaml.unsafe_load"} or (name == "ruamel.yaml.YAML" and "unsafe" in given):
                found.append(f"{path}:{node.lineno}: a YAML reader that constructs any object")
    return found


def too_long(path: str, source: str) -> list[str]:
    """A file is one noun or one verb, and so has fewer than 450 lines; the compiled kernel may have more."""
    count = len(source.splitlines())
    return [f"{path}: {count} lines"] if count >= LINES and PurePosixPath(path).name != "kernel.py" else []


MACHINE = re.compile(r"(?<![\w.~})\]])/(?:work|root|home)/")
REGISTRY = re.compile(
    "|".join(["py" r"pi\.org", "python" r"hosted\.org", "npm" r"js\.(?:org|com)", "conda" r"\.anaconda\.org", "(?:extra-)?index" "-url"]),
    re.IGNORECASE,
)


def machine_paths(path: str, text: str) -> list[str]:
    """No text names a folder of the machine it was written on."""
    return [f"{path}:{n}: {line.strip()[:100]}" for n, line in enumerate(text.splitlines(), 1) if MACHINE.search(line)]


def registry_addresses(path: str, text: str) -> list[str]:
    """No text says where packages come from: that is the reader's choice."""
    return [f"{path}:{n}: {line.strip()[:100]}" for n, line in enumerate(text.splitlines(), 1) if REGISTRY.search(line)]


def kept_outputs(path: str, text: str) -> list[str]:
    """A notebook is committed without outputs, execution counts or the state of widgets."""
    book = json.loads(text)
    found = [f"{path}: state of widgets"] if "widgets" in book.get("metadata", {}) else []
    return found + [
        f"{path}: cell {n} has kept its output"
        for n, cell in enumerate(book["cells"], 1)
        if cell["cell_type"] == "code" and (cell.get("outputs") or cell.get("execution_count") is not None)
    ]


# --- the tree ----------------------------------------------------------------------------------------------------


def tracked() -> list[str]:
    """Paths of the files under version control; of all files, where there is no version control."""
    git = shutil.which("git")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode() if git else ""
    if listed:
        return sorted(path for path in listed.split("\0") if path and (ROOT / path).is_file())
    found = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return sorted(path for path in found if not LEFT_BY_RUNS.search(path))


LEFT_BY_RUNS = re.compile(r"(^|/)(\.(?!ci/|git(ignore|attributes)$)[^/]*|demo-output|__pycache__|build|dist)(/|$)")


def texts(*suffixes: str, rooms: frozenset[str] | None = None) -> Iterator[tuple[str, str]]:
    """Path and text of tracked files that are text, have one of the suffixes (if any is named) and lie in one of the rooms."""
    for path in tracked():
        if (suffixes and not path.endswith(suffixes)) or (rooms is not None and room(path) not in rooms):
            continue
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


PACKAGES = frozenset(ARROWS)
PYTHON = PACKAGES | OUTSIDE


def broken(rule: Rule, files: Iterator[tuple[str, str]]) -> str:
    return "\n".join(finding for path, text in files for finding in rule(path, text))


def test_the_tree_is_seen_at_all() -> None:
    seen = {path for path, _ in texts(".py", rooms=PYTHON)}
    assert {f"{package}/__init__.py" for package in PACKAGES} <= seen


def test_a_room_imports_only_the_rooms_before_it() -> None:
    assert not broken(wrong_arrows, texts(".py", rooms=PACKAGES))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("simulation/plan.py", "import governance.decision"),
        ("simulation/plan.py", "from scenarios import baseline"),
        ("simulation/plan.py", "def f():\n    from workbench.cli import app"),
        ("simulation/plan.py", "import importlib\nimportlib.import_module('optimization.staffing')"),
        ("governance/decision.py", "from optimization import solution"),
        ("optimization/limits.py", "import workbench"),
        ("workbench/cli.py", "from tests.goldens import write"),
        ("scenarios/__init__.py", "import simulation"),
    ],
)
def test_an_import_against_the_arrows_is_caught(path: str, source: str) -> None:
    assert wrong_arrows(path, source)


def test_an_import_along_the_arrows_is_not_caught() -> None:
    assert not wrong_arrows("optimization/limits.py", "import numpy\nfrom governance import decision\nfrom simulation.plan import Plan")


def test_only_the_workbench_imports_matplotlib_jupyter_rich_or_typer() -> None:
    assert not broken(faces_outside_the_workbench, texts(".py", rooms=PACKAGES))


@pytest.mark.parametrize("name", ["matplotlib.pyplot", "jupyterlab", "ipywidgets", "rich.table", "typer", "IPython.display"])
def test_a_face_outside_the_workbench_is_caught(name: str) -> None:
    assert faces_outside_the_workbench("governance/appraisal.py", f"import {name}")
    assert not faces_outside_the_workbench("workbench/figures.py", f"import {name}")


def test_measures_and_estimates_know_neither_plan_nor_engines_nor_scenario() -> None:
    assert not broken(log_readers_that_know_the_centre, texts(".py", rooms=frozenset({"simulation"})))


@pytest.mark.parametrize(
    "source",
    [
        "from simulation.plan import Plan",
        "from simulation import scenario",
        "import simulation.engines.process",
        "import simulation",
        "from simulation import Scenario",
    ],
)
@pytest.mark.parametrize("path", ["simulation/measures.py", "simulation/measures/waits.py", "simulation/estimates.py"])
def test_a_log_reader_that_imports_the_centre_is_caught(path: str, source: str) -> None:
    assert log_readers_that_know_the_centre(path, source)
    assert not log_readers_that_know_the_centre("simulation/experiment.py", source)


def test_imports_are_absolute() -> None:
    assert not broken(relative_imports, texts(".py", rooms=PYTHON))


@pytest.mark.parametrize("source", ["from . import plan", "from .plan import Plan", "def f():\n    from ..simulation import plan"])
def test_a_relative_import_is_caught(source: str) -> None:
    assert relative_imports("simulation/draws.py", source)


def test_no_file_is_called_utils_helpers_manager_or_common() -> None:
    assert not broken(vague_names, texts(".py", rooms=PYTHON))


@pytest.mark.parametrize("path", ["simulation/utils.py", "tests/helpers/rows.py", "governance/case_manager.py", "workbench/common.py"])
def test_a_vague_file_name_is_caught(path: str) -> None:
    assert vague_names(path)
    assert not vague_names("simulation/common_numbers.py")


def test_no_draw_comes_from_a_shared_or_unseeded_generator() -> None:
    assert not broken(global_randomness, texts(".py", rooms=PYTHON))


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.seed(1)",
        "import numpy\nx = numpy.random.exponential(3)",
        "from numpy.random import normal\nnormal()",
        "from numpy import random\nrandom.shuffle([])",
        "import numpy.random as r\nr.choice([1])",
        "import numpy as np\nnp.random.default_rng()",
        "import random\nrandom.random()",
        "from random import choice\nchoice([1])",
        "import random\nrandom.Random()",
        "from scipy import stats\nstats.norm.rvs(size=3)",
        "from scipy import stats\nstats.norm(0, 1).rvs(3)",
    ],
)
def test_a_shared_or_unseeded_generator_is_caught(source: str) -> None:
    assert global_randomness("simulation/draws.py", source)


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\ndef f(g: np.random.Generator): return g.random()",
        "import numpy as np\nnp.random.Generator(np.random.Philox(key=3)).random()",
        "import numpy as np\nnp.random.default_rng(np.random.SeedSequence(1, spawn_key=(2,)))",
        "import random\nrandom.Random(4).random()",
        "random = object()\nrandom.draw",
    ],
)
def test_a_keyed_generator_is_not_caught(source: str) -> None:
    assert not global_randomness("simulation/draws.py", source)


def test_nothing_is_pickled() -> None:
    assert not broken(pickling, texts(".py", rooms=PYTHON))


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from pickle import loads", "pd.read_pickle('x')", "f.to_pickle('x')", "load('x', allow_pickle=True)"],
)
def test_a_pickle_is_caught(source: str) -> None:
    assert pickling("simulation/files.py", source)


def test_yaml_is_read_by_ruamel_without_tags() -> None:
    assert not broken(unsafe_yaml, texts(".py", rooms=PYTHON))


@pytest.mark.parametrize(
    "source",
    ["import yaml", "from yaml import load", "from ruamel.yaml import YAML\nYAML(typ='unsafe')", "from ruamel import yaml\nyaml.load('a')"],
)
def test_an_unsafe_reader_of_yaml_is_caught(source: str) -> None:
    assert unsafe_yaml("simulation/files.py", source)
    assert not unsafe_yaml("simulation/files.py", "from ruamel.yaml import YAML\nyaml = YAML(typ='safe')\nyaml.load('a')")


def test_a_file_is_one_thought_and_so_has_fewer_than_450_lines() -> None:
    assert not broken(too_long, texts(".py", rooms=PYTHON))


def test_a_long_file_is_caught_unless_it_is_the_compiled_kernel() -> None:
    assert too_long("simulation/plan.py", "x = 1\n" * LINES)
    assert not too_long("simulation/plan.py", "x = 1\n" * (LINES - 1))
    assert not too_long("simulation/engines/kernel.py", "x = 1\n" * LINES)


def test_no_text_names_a_folder_of_one_machine() -> None:
    assert not broken(machine_paths, texts())


@pytest.mark.parametrize("folder", ["work", "root", "home"])
def test_a_folder_of_one_machine_is_caught(folder: str) -> None:
    for before in ("", "open('", "file://", "see ", "DIR="):
        assert machine_paths("README.md", f"{before}/{folder}/someone/x.csv")
    assert not machine_paths("README.md", f"docs/{folder}/x and www.gov.example/{folder}/index.html")


def test_no_text_says_where_packages_come_from() -> None:
    assert not broken(registry_addresses, texts())


@pytest.mark.parametrize("text", ["https://py" "pi.org/simple", "--index" "-url x", "files.python" "hosted.org", "registry.npm" "js.org"])
def test_an_address_of_a_registry_is_caught(text: str) -> None:
    assert registry_addresses("constraints.txt", text)
    assert not registry_addresses("constraints.txt", "httpx==0.28.1")


def test_notebooks_are_committed_without_outputs() -> None:
    assert not broken(kept_outputs, texts(".ipynb"))


def test_a_notebook_with_outputs_is_caught() -> None:
    def book(**cell: object) -> str:
        return json.dumps({"metadata": {}, "cells": [{"cell_type": "code", "source": "1", "outputs": [], "execution_count": None} | cell]})

    assert not kept_outputs("notebooks/a.ipynb", book())
    assert kept_outputs("notebooks/a.ipynb", book(outputs=[{"output_type": "stream"}]))
    assert kept_outputs("notebooks/a.ipynb", book(execution_count=3))
    assert kept_outputs("notebooks/a.ipynb", json.dumps({"metadata": {"widgets": {}}, "cells": []}))
