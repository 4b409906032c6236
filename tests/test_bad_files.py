"""Every file of tests/bad is refused, in the words of its first line (`# error: words`)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from optimization.merging_problem import MergingProblem
from optimization.portfolio_problem import PortfolioProblem
from optimization.problem import load_problem
from optimization.promised import LimitsProblem
from optimization.staffing_problem import StaffingProblem
from simulation.calendar import CalendarFile
from simulation.errors import FileRefused
from simulation.files import read_table
from simulation.regression import Expectations, load_expectations
from simulation.scenario import Scenario
from simulation.verbs import load, load_experiment

BAD = sorted((Path(__file__).parent / "bad").iterdir())
COLUMNS = {"code": True, "title": True, "windows": False}


def load_scenario(path: Path) -> None:
    load(path)


def load_table(path: Path) -> None:
    read_table(path, COLUMNS, key=["code"])


def load_limits(path: Path) -> None:
    load_problem(path, LimitsProblem, load("tiny"))


def load_merging(path: Path) -> None:
    load_problem(path, MergingProblem, load("district-hall"))


def load_portfolio(path: Path) -> None:
    load_problem(path, PortfolioProblem, load("tiny"))


def load_staffing(path: Path) -> None:
    load_problem(path, StaffingProblem, load("tiny"))


# The word before the first hyphen of a file's name says what the file pretends to be.
LOADERS: dict[str, Callable[[Path], object]] = {
    "file": load_scenario,
    "number": load_scenario,
    "scenario": load_scenario,
    "table": load_table,
    "expectations": load_expectations,
    "limits": load_limits,
    "merging": load_merging,
    "portfolio": load_portfolio,
    "experiment": load_experiment,
    "staffing": load_staffing,
}


def due_words(path: Path) -> str:
    """The words after `# error: `, whatever the encoding: they are ASCII."""
    first = path.read_bytes().replace(b"\0", b"").splitlines()[0]
    return first.partition(b"# error: ")[2].decode("utf-8")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_a_bad_file_is_refused_in_the_words_of_its_first_line(path: Path) -> None:
    words = due_words(path)
    assert words, "a bad file begins with the words its error must contain"
    with pytest.raises(FileRefused) as refused:
        LOADERS[path.name.partition("-")[0]](path)
    told = "\n".join(f"{p.where}: {p.found}; {p.rule}; {p.remedy}" for p in refused.value.problems)
    assert words in told, told


@pytest.mark.parametrize("path", [path for path in BAD if path.suffix == ".yaml"], ids=lambda path: path.stem)
def test_a_problem_is_told_with_file_line_and_key(path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        LOADERS[path.name.partition("-")[0]](path)
    if not path.stem.startswith("scenario-"):
        assert 1 <= len(refused.value.problems) <= 2, str(refused.value)
    for problem in () if path.stem.startswith("file-") else (problem for problem in refused.value.problems if problem.found != "nothing"):
        name, line, key = problem.where.split(":", 2)
        assert name.endswith(path.name)
        if path.stem.startswith("number-"):
            assert key.strip().split(".")[-1].partition("[")[0] in path.read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_there_are_bad_files_of_every_kind() -> None:
    assert {path.name.partition("-")[0] for path in BAD} == LOADERS.keys()
    assert len(BAD) >= 30


def untyped(schema: Any) -> Iterator[Any]:
    """Parts of a JSON Schema that take a number or boolean of Python's, which would read `010` as 10 and `no` as false."""
    if isinstance(schema, dict):
        kind = schema.get("type")
        if kind in ("integer", "number") or (kind == "boolean" and "description" not in schema):
            yield schema
        for part in schema.values():
            yield from untyped(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from untyped(part)


@pytest.mark.parametrize("model", [Scenario, CalendarFile, Expectations])
def test_every_number_of_a_file_has_a_type_of_ours(model: type[BaseModel]) -> None:
    assert not list(untyped(model.model_json_schema()))


def test_a_number_without_a_type_of_ours_is_caught() -> None:
    class Loose(BaseModel):
        count: dict[str, int]
        flag: bool | None = None

    assert len(list(untyped(Loose.model_json_schema()))) == 2
