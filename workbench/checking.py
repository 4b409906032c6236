"""What `onewindow check` does with one file: find its kind, read it with that kind's rules, try it on what it names, judge it by law."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from optimization.problem import MODELS
from simulation.errors import FileRefused, InputRefused, Problem, Unlawful, nearest
from simulation.files import beside, find, load_model, read, shown
from simulation.mechanisms import register_path

if TYPE_CHECKING:
    from governance.legality import Finding
    from simulation.consistency import Loc
    from simulation.experiment import Experiment
    from simulation.scenario import Scenario

FOLDERS = ("baselines", "reforms", "stresses", "experiments", "calendars", "mappings", "rules", "expectations", "problems")


def locate(name: str) -> Path:
    """Return the file called `name`, by path or by stem in any folder of ``scenarios/``."""
    if Path(name).is_file():
        return Path(name)
    if Path(name).is_dir():
        raise FileRefused(Problem(name, "a folder", "files are checked, not folders", f"name its files, as in {Path(name) / '*.yaml'}"))
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


def check_file(name: str, overlays: Sequence[str] = (), redlined: str | None = None) -> str:
    """Return one line (and warnings) that says what a file is.

    Parameters
    ----------
    overlays : local rules, by path or stem, laid over the national ones.
    redlined : language in which a reform's change is told in words; not at all when None.

    Raises
    ------
    InputRefused
        With everything that is wrong, or everything in it that is unlawful.
    """
    path = locate(name)
    kind = read(path).data.get("kind", "")
    checks: dict[str, Callable[[Path], str]] = {
        "scenario": lambda path: _scenario(path, overlays), "reform": lambda path: _reform(path, overlays, redlined), "stress": _stress,
        "experiment": lambda path: _experiment(path, overlays), "calendar": _calendar, "mapping": _mapping, "mechanisms": _mechanisms,
        "rules": _rules, "expectations": _expectations, **dict.fromkeys(MODELS, _problem),
    }  # fmt: skip
    if kind not in checks:
        raise FileRefused(
            Problem(f"{shown(path)}: kind", str(kind or "missing"), f"one of {', '.join(checks)}", nearest(str(kind), checks))
        )
    return f"{shown(path)}: {kind}, {checks[kind](path)}"


def _judged(findings: Sequence[Finding], where: Callable[[Loc], str], prefix: str = "") -> str:
    """Return what is soft in `findings` as lines; refuse what is hard."""
    from workbench.lawfulness import lines, problems

    if wrong := problems(findings, where):
        raise Unlawful(wrong)
    return "".join(f"\n  {prefix}{line}" for line in lines(findings))


def _scenario(path: Path, overlays: Sequence[str]) -> str:
    from governance.legality import of_scenario
    from governance.rules import load_rules
    from simulation.consistency import warnings
    from simulation.result import Evidence
    from simulation.verbs import load

    scenario = load(path)
    told = "".join(f"\n  warning: {w}" for w in warnings(scenario))
    told += _judged(of_scenario(scenario, load_rules(overlays)), read(path).where)
    return f"{len(scenario.centre.windows)} windows, {len(scenario.centre.items)} items. {Evidence.of(scenario).line()}{told}"


def seatless(experiment: Experiment) -> list[str]:
    """Return a line for everybody whom a reform of `experiment` leaves without a seat."""
    from simulation.reforms import apply
    from simulation.verbs import load, load_reform
    from simulation.workload import unseated

    baseline, found = load(experiment.baseline), []
    for name in experiment.names:
        after = apply(baseline, *map(load_reform, experiment.parts(name)))
        found += [f"{name}: {line}" for line in _added(baseline, after, unseated)]
    return found


def _added(today: Scenario, after: Scenario, find: Callable[[Scenario], list[str]]) -> list[str]:
    """Return what `find` warns of after a reform, but not today."""
    known = find(today)
    return [line for line in find(after) if line not in known]


def _reform(path: Path, overlays: Sequence[str], redlined: str | None) -> str:
    from governance.legality import of_reforms
    from governance.rules import load_rules
    from simulation.consistency import warnings
    from simulation.reforms import apply, redline
    from simulation.reforms.ranges import unranged
    from simulation.verbs import load, load_reform

    reform, document = load_reform(path), read(path)
    rule, remedy = "an assumption states its range: a law of times, a factor, a share", "write it like 12 min (9..15)"
    wrong = [Problem(document.where(loc), found, rule, remedy) for loc, found in unranged(reform)]

    def where(loc: Loc) -> str:
        """Show a place of the file by its line, and one of the scenario that it makes by its keys."""
        return document.where(loc[1:]) if loc[0] == reform.name else f"{shown(path)}: {'.'.join(map(str, loc))}"

    baseline = load(reform.baseline)
    try:
        told = _judged(of_reforms(baseline, [reform], load_rules(overlays)), where)
    except InputRefused as refused:
        raise type(refused)([*wrong, *refused.problems]) from refused
    if wrong:
        raise FileRefused(wrong)
    after = apply(baseline, reform)
    told += "".join(f"\n  warning: {line}" for line in _added(baseline, after, warnings))
    if redlined is not None:
        told += "".join(f"\n  {line}" for line in redline(baseline, after, "zh" if redlined == "zh" else "en"))
    ad_hoc = "; ad hoc: `set` changes fields without a mechanism" if reform.ad_hoc else ""
    return f"{len(reform.edits)} edit{'s' if len(reform.edits) != 1 else ''} of {reform.baseline}{ad_hoc}{told}"


def _stress(path: Path) -> str:
    from simulation.reforms import apply
    from simulation.verbs import load, load_stress

    stress = load_stress(path)
    apply(load(stress.baseline), stress)
    return f"{len(stress.edits)} edits of the world of {stress.baseline}"


def _experiment(path: Path, overlays: Sequence[str]) -> str:
    from simulation.verbs import Settings, load, load_experiment, measures_named, prepared
    from workbench.lawfulness import lawfulness_of, lines, problems

    experiment = load_experiment(path)
    where = f"{shown(path)}: experiment"
    measures_named(experiment.measures, where)
    variants, _ = prepared(experiment, load(experiment.baseline), Settings())
    told, wrong = "", []
    for name, findings in lawfulness_of(experiment, overlays).items():
        wrong += [Problem(f"{where}: {name}: {p.where}", p.found, p.rule, p.remedy) for p in problems(findings)]
        told += "".join(f"\n  {name}: {line}" for line in lines(findings))
    if wrong:
        raise Unlawful(wrong)
    told += "".join(f"\n  warning: {line}" for line in seatless(experiment))
    return f"{len(variants)} scenarios, {len(experiment.measures)} measures{told}"


def _calendar(path: Path) -> str:
    from simulation.calendar import published

    return f"{len(published(path).years)} published years"


def _rules(path: Path) -> str:
    from governance.rules import check_rules

    return check_rules(path)


def _expectations(path: Path) -> str:
    from simulation.regression import load_expectations, question, subject

    expected, about = load_expectations(path), subject(path)
    question(about, expected)
    return f"{about.name}, {len(expected.runs)} scenario{'s' if len(expected.runs) != 1 else ''}, {int(expected.replications)} replications"


def _problem(path: Path) -> str:
    from optimization.problem import load_problem, model_of
    from simulation.verbs import load

    document = read(path)
    model, baseline = model_of(document.data["kind"]), beside(path, document.data.get("baseline"))
    try:
        found = find(baseline if isinstance(baseline, str) else load_model(path, model).baseline, "baselines")
    except FileRefused as refused:
        if not isinstance(baseline, str):
            raise
        wrong = [Problem(document.where(("baseline",)), p.found, p.rule, p.remedy) for p in refused.problems]
        try:
            load_model(path, model)
        except FileRefused as more:
            wrong = [*more.problems, *wrong]
        raise FileRefused(wrong) from None
    return f"asked of {load_problem(path, model, load(found)).baseline}"


def _mapping(path: Path) -> str:
    from simulation.calibration.mapping import Mapping

    load_model(path, Mapping)
    return "columns of a foreign log"


def _mechanisms(path: Path) -> str:
    from workbench.register import check_register

    return check_register(path)
