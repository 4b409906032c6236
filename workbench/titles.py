"""What the scenarios of an experiment are called, and what a reform costs, needs and takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulation.consistency import ASSUMPTION
from simulation.experiment import code
from simulation.scenario import Scenario, evidence
from simulation.verbs import load, load_reform, load_stress
from workbench.language import Labels, group_name, measure_name, title_of
from workbench.quantities import unit_name, unit_of

if TYPE_CHECKING:
    import pandas as pd

    from simulation.experiment import Experiment
    from simulation.units import Money

TODAY = ("today", "现状")
ALL = ("all", "全部")
FIGURES = ("value", "low", "high", "difference", "difference_low", "difference_high")
"""Columns of a result that are in the unit of the measure."""
AUTHORITY = {
    "centre": ("the centre", "中心"), "department": ("the department", "部门"), "district": ("the district government", "区政府"),
    "city": ("city or province", "市或省"), "none": ("nobody locally", "本级无权"),
}  # fmt: skip


def reform_title(experiment: Experiment, name: str, language: str) -> str:
    """Return what a reform, a bundle or a trial is called."""
    title = ("＋" if language == "zh" else " + ").join(title_of(load_reform(part).title, language) for part in experiment.parts(name))
    if (trial := experiment.trials.get(name)) is None:
        return title
    if language == "zh":
        return f"{title}（试点{int(trial.after_wd)}个工作日后{'推开' if trial.then else '停止'}）"
    return f"{title} ({'after' if trial.then else 'only'} a trial of {int(trial.after_wd)} working days)"


def scenario_titles(experiment: Experiment, language: str) -> dict[str, str]:
    """Return the title of every scenario of an experiment, by its code; the baseline is called today."""
    titles = {name: reform_title(experiment, name, language) for name in experiment.names}
    return {code(experiment.baseline): TODAY[language == "zh"], **titles}


def baseline_title(experiment: Experiment, language: str) -> str:
    """Return the own title of the baseline."""
    return title_of(load(experiment.baseline).title, language)


def stress_title(name: str, language: str) -> str:
    """Return what a stress is called."""
    return title_of(load_stress(name).title, language)


def labels_of(*scenarios: Scenario) -> Labels:
    """Return the names of what scenarios hold, by dimension and code."""
    found: dict[str, dict[str, Any]] = {}
    for one in scenarios:
        centre, world = one.centre, one.world
        kinds: dict[str, Mapping[str, Any]] = {
            "item": centre.items, "queue": centre.queues, "department": centre.departments, "site": centre.sites, "pool": centre.pools,
            "need": world.needs, "zone": world.zones,
        }  # fmt: skip
        for kind, members in kinds.items():
            found.setdefault(kind, {}).update({code: member.title for code, member in members.items()})
        found.setdefault("group", {}).update(world.groups)
    return found


def in_words(frame: pd.DataFrame, titles: Mapping[str, str], language: str, *scenarios: Scenario) -> pd.DataFrame:
    """Return a table of results with the names and units that people use in place of codes.

    Parameters
    ----------
    frame : rows of `Result.to_frame()`, any of its columns; without `unit` figures stay as they are.
    titles : names of scenarios, by code (`scenario_titles`).
    scenarios : where the names of groups are found.
    """
    labels = labels_of(*scenarios)
    named: dict[str, Callable[[str], str]] = {
        "scenario": lambda code: titles.get(code, code), "baseline": lambda code: titles.get(code, code),
        "measure": lambda code: measure_name(code, language), "unit": lambda code: unit_name(code, language),
        "group": lambda code: ALL[language == "zh"] if code == "all" else group_name(code, language, labels),
    }  # fmt: skip
    factor = frame["unit"].map(lambda code: unit_of(code).factor) if "unit" in frame else 1.0
    figures = {c: frame[c].astype(float) * factor for c in FIGURES if c in frame}
    return frame.assign(**figures, **{c: frame[c].map(called) for c, called in named.items() if c in frame})


def main_reforms(experiment: Experiment) -> tuple[str, ...]:
    """Return the reforms that the question is about most: the first and the last of the headline, else of the list."""
    named = [h.reform for h in experiment.headline] or list(experiment.names)
    return tuple(dict.fromkeys([*named[:1], *named[-1:]]))


def main_scenarios(experiment: Experiment) -> dict[str, Scenario]:
    """Return the baseline and the main reforms as scenarios, by code."""
    from simulation.reforms import apply

    baseline = load(experiment.baseline)
    reformed = {name: apply(baseline, *map(load_reform, experiment.parts(name))) for name in main_reforms(experiment)}
    return {code(experiment.baseline): baseline, **reformed}


def numbers_added(experiment: Experiment) -> tuple[int, int]:
    """Return how many numbers the edits of an experiment's reforms state: proposed or assumed, and from a source."""
    files = dict.fromkeys(part for name in experiment.names for part in (*experiment.parts(name), *_tried(experiment, name)))
    reforms = [*map(load_reform, files)]
    found = [source for one in reforms for path, _, source in evidence(one) if path.startswith("edits")]
    found += [None for one in reforms for edit in one.edits if edit.kind == "set"]
    assumed = sum(source in (None, ASSUMPTION) for source in found)
    return assumed, len(found) - assumed


def _tried(experiment: Experiment, name: str) -> tuple[str, ...]:
    return experiment.trials[name].first if name in experiment.trials else ()


def price(experiment: Experiment, name: str, language: str, *, ranges: bool = False) -> str:
    """Return in two lines what a reform or bundle costs, with its `ranges` if asked, who decides on it and when it takes effect."""
    parts = [load_reform(part) for part in experiment.parts(name)]
    once, yearly = ([getattr(p.cost, field) for p in parts] for field in ("once", "yearly"))
    months = round(max(float(p.lead_time) for p in parts) / (30 * 86_400))
    who = dict.fromkeys(AUTHORITY.get(str(p.authority), (str(p.authority),) * 2)[language == "zh"] for p in parts)
    free, ad_hoc = not any([*once, *yearly]), any(p.ad_hoc for p in parts)
    if language == "zh":
        cost = "未列费用" if free else f"一次性{_money(once, ranges, language)}，每年{_money(yearly, ranges, language)}"
        when = f"{months}个月后见效" if months else "立即见效"
        return f"{cost}\n决定权：{'、'.join(who)}；{when}{'；直接改数，无机制' if ad_hoc else ''}"
    cost = "no cost named" if free else f"CNY {_money(once, ranges, language)} once, {_money(yearly, ranges, language)} a year"
    when = f"works after {months} month{'s' if months != 1 else ''}" if months else "works at once"
    return f"{cost}\ndecided by {', '.join(who)}; {when}{'; ad hoc: fields set, no mechanism' if ad_hoc else ''}"


def _money(amounts: Sequence[Money], ranges: bool, language: str) -> str:
    """Return a sum, with its range where any amount states one."""
    low, high = (sum(float(m) if (end := getattr(m, side)) is None else end for m in amounts) for side in ("low", "high"))
    told = [sum(map(float, amounts)), *((low, high) if ranges and low < high else ())]
    value, *ends = (f"{x / 10_000:g}" if language == "zh" else f"{x:,.0f}" for x in told)
    if language == "zh":
        return f"{value}万元" + (f"（{'至'.join(ends)}）" if ends else "")
    return value + (f" ({' to '.join(ends)})" if ends else "")
