"""`onewindow kinds` tells a planner every field of every kind of edit, in the words of the models."""

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from optimization.problem import MODELS, Hours, model_of
from simulation.errors import Broken
from workbench.cli import app
from workbench.kinds import KINDS


def test_every_kind_is_listed_with_what_it_is() -> None:
    lines = CliRunner().invoke(app, ["kinds"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == [*KINDS, *MODELS] and len(KINDS) == 27
    assert all(len(line.split()) > 3 and len(line) <= 160 for line in lines)


@pytest.mark.parametrize(("kind", "model"), KINDS.items())
def test_a_kind_is_told_with_all_its_fields(kind: str, model: type[BaseModel]) -> None:
    done = CliRunner().invoke(app, ["kinds", kind])
    assert done.exit_code == 0, done.output
    assert all(f"  {field}: " in done.stdout for field in model.model_fields)
    assert done.stdout.startswith((model.__doc__ or "").splitlines()[0])


def test_types_defaults_notes_and_parts_are_told() -> None:
    told = CliRunner().invoke(app, ["kinds", "pool_windows"]).stdout
    assert "  windows: a count like 12; required\n" in told
    assert "  kept: a share like 0.45 or 45 %; 0.5 when left out\n      Part of the work of an item decided at the counter" in told
    assert "  collect_touch: a law of times like {constant: 12 min (9..15)}; required" in told
    assert "Law: acceptance in the name" in told and "\nFading: " in told and "  fades_over: a duration like" in told


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    done = CliRunner().invoke(app, ["kinds", "chang_staf"])
    assert done.exit_code == 2 and "`change_staff`" in done.stderr


@pytest.mark.parametrize("kind", MODELS)
def test_a_problem_file_is_told_with_all_its_keys_and_those_of_its_parts(kind: str) -> None:
    done = CliRunner().invoke(app, ["kinds", kind])
    assert done.exit_code == 0, done.output
    model = model_of(kind)
    assert all(f"  {field}: " in done.stdout for field in model.model_fields)
    assert "  window_wd: a number of working days like 5; required" in done.stdout
    assert done.stdout.startswith((model.__doc__ or "").splitlines()[0]) and "ApprovalBureau" not in done.stdout


def test_what_a_key_of_a_problem_means_is_told_where_it_is_part_of_another() -> None:
    told = CliRunner().invoke(app, ["kinds", "flow_problem"]).stdout
    price = "  price: a duration like 12 min, 90 s, 1.5 h or 2 d; 0 s when left out\n"
    assert f"{price}      Expected harm, and work that the route does not show, in people's time a case.\n" in told
    assert "  edits: [an edit, of a kind that `onewindow kinds` lists, ..]; empty when left out" in told


@pytest.mark.parametrize("kind", MODELS)
def test_every_field_of_a_problem_file_has_its_text_and_default_beside_it(kind: str) -> None:
    """No raw section of attributes, no name of our code, and under each line of a field of the file itself what it means."""
    told = CliRunner().invoke(app, ["kinds", kind]).stdout
    assert "Attributes" not in told and "----" not in told and "certificates." not in told and "S38" not in told
    fields = told.partition("\nFields\n")[2].partition("\n\n")[0].splitlines()
    heads = [k for k, line in enumerate(fields) if line.startswith("  ") and not line.startswith("      ")]
    assert len(heads) == len(model_of(kind).model_fields)
    assert all(line.endswith(("required", "when left out", "may be left out")) for line in (fields[k] for k in heads))
    bare = [fields[k] for k in heads if k + 1 == len(fields) or k + 1 in heads]
    assert not bare


def test_how_many_replications_are_asked_is_one_answer_everywhere() -> None:
    from optimization.problem import replications_flaw

    staffing, limits = (CliRunner().invoke(app, ["kinds", f"{kind}_problem"]).stdout for kind in ("staffing", "limits"))
    assert "replications: a count like 12; 10 when left out\n      Of the verification, on fresh seeds: two or more." in staffing
    assert "replications: a count like 12; 100 when left out\n      Of the certificate, on fresh seeds. Nine in ten of one item" in limits
    flaw = replications_flaw(1)
    assert flaw is not None and flaw.remedy == "write 2 or more; 10 are usual, and a time limit asks 29 at least"
    assert replications_flaw(2) is None


def test_hours_and_amounts_of_a_problem_are_not_called_factors() -> None:
    """What is hours, or in the unit of a measure, is asked for as that, and refused in the same words."""
    staffing, merging = (CliRunner().invoke(app, ["kinds", f"{kind}_problem"]).stdout for kind in ("staffing", "merging"))
    for key, left in (("budget", "may be left out"), ("weekly_hours", "40 when left out"), ("missing", "20 when left out")):
        assert f"  {key}: a number of hours like 40; {left}" in staffing
    assert "a factor" not in staffing
    assert "  delta: an amount in the unit of the measure like 0.1; 0.1 when left out" in merging
    assert "  pace: a factor like 1.2; 1 when left out" in merging
    for text in ("0", "-1", "40 h"):
        with pytest.raises(Broken, match="a number of hours is"):
            Hours.parse(text)
