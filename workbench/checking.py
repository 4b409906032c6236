"""What `onewindow check` does with one file: find its kind, read it with that kind's rules, and try it on what it names."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from simulation.errors import FileRefused, Problem, nearest
from simulation.files import find, load_model, read, shown
from simulation.mechanisms import register_path

FOLDERS = ("baselines", "reforms", "stresses", "experiments", "calendars", "mappings")


def locate(name: str) -> Path:
    """Return the file called `name`, by path or by stem in any folder of ``scenarios/``."""
    if Path(name).is_file():
        return Path(name)
    if name.removesuffix(".yaml") == register_path().stem:
        return register_path()
    for folder in FOLDERS:
        try:
            return find(name, folder)
        except FileRefused:
            continue
    stems = [p.stem for folder in FOLDERS for p in sorted(Path(str(files("scenarios").joinpath(folder))).glob("*.yaml"))]
    rule = f"a path, or a stem inside scenarios/{{{','.join(FOLDERS)}}}"
    raise FileRefused(Problem(name, "no such file", rule, nearest(Path(name).stem, stems)))


def check_file(name: str) -> str:
    """Return one line (and warnings) that says what a file is.

    Raises
    ------
    InputRefused
        With everything that is wrong.
    """
    path = locate(name)
    kind = read(path).data.get("kind", "")
    checks: dict[str, Callable[[Path], str]] = {
        "scenario": _scenario, "reform": _reform, "stress": _stress, "experiment": _experiment, "calendar": _calendar, "mapping": _mapping,
        "mechanisms": _mechanisms,
    }  # fmt: skip
    if kind not in checks:
        raise FileRefused(
            Problem(f"{shown(path)}: kind", str(kind or "missing"), f"one of {', '.join(checks)}", nearest(str(kind), checks))
        )
    return f"{shown(path)}: {kind}, {checks[kind](path)}"


def _scenario(path: Path) -> str:
    from simulation.consistency import warnings
    from simulation.result import Evidence
    from simulation.verbs import load

    scenario = load(path)
    told = "".join(f"\n  warning: {w}" for w in warnings(scenario))
    return f"{len(scenario.centre.windows)} windows, {len(scenario.centre.items)} items. {Evidence.of(scenario).line()}{told}"


def _reform(path: Path) -> str:
    from simulation.reforms import apply
    from simulation.verbs import load, load_reform

    reform = load_reform(path)
    apply(load(reform.baseline), reform)
    ad_hoc = "; ad hoc: `set` changes fields without a mechanism" if reform.ad_hoc else ""
    return f"{len(reform.edits)} edits of {reform.baseline}{ad_hoc}"


def _stress(path: Path) -> str:
    from simulation.reforms import apply
    from simulation.verbs import load, load_stress

    stress = load_stress(path)
    apply(load(stress.baseline), stress)
    return f"{len(stress.edits)} edits of the world of {stress.baseline}"


def _experiment(path: Path) -> str:
    from simulation.verbs import Settings, load, load_experiment, measures_named, prepared

    experiment = load_experiment(path)
    where = f"{shown(path)}: experiment"
    measures_named(experiment.measures, where)
    variants, _ = prepared(experiment, load(experiment.baseline), Settings())
    return f"{len(variants)} scenarios, {len(experiment.measures)} measures"


def _calendar(path: Path) -> str:
    from simulation.calendar import published

    return f"{len(published(path).years)} published years"


def _mapping(path: Path) -> str:
    from simulation.calibration.mapping import Mapping

    load_model(path, Mapping)
    return "columns of a foreign log"


def _mechanisms(path: Path) -> str:
    from workbench.register import check_register

    return check_register(path)
