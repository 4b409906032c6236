"""What the scenarios of an experiment are called, and what a reform costs, needs and takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulation.consistency import ASSUMPTION
from simulation.experiment import code
from simulation.scenario import Scenario, evidence
from simulation.verbs import load, load_reform, load_stress
from workbench.language import title_of

if TYPE_CHECKING:
    from simulation.experiment import Experiment
    from simulation.units import Money

TODAY = ("today", "现状")
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
