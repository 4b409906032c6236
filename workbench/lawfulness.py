"""Lawfulness in the reader's language: marks beside a scenario, lines that name rule, article, object and remedy, JSON, refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from governance.legality import Finding, Status, of_reforms, of_scenario
from governance.rules import load_rules
from simulation.consistency import Loc, dotted
from simulation.errors import Problem
from simulation.experiment import code
from simulation.verbs import load, load_reform
from workbench.language import title_of
from workbench.requirements import step_names
from workbench.titles import labels_of

if TYPE_CHECKING:
    from simulation.experiment import Experiment
    from simulation.scenario import Scenario
    from workbench.language import Labels

Lawfulness = Mapping[str, Sequence[Finding]]
"""Findings by scenario of a comparison."""

STATUS: Mapping[Status, tuple[str, str]] = {
    "unlawful": ("unlawful", "违法"), "needs authorisation": ("needs authorisation", "须经批准"),
    "to be authorised": ("to be authorised", "待批准"), "warning": ("warning", "提示"),
}  # fmt: skip
HEADING = ("Lawfulness: what can be computed from the files", "合法性（可由文件计算的规则）")
REMEDY = ("remedy", "整改")
WHOM = {"proposal": ("the proposal itself", "本方案"), "item": ("“{name}”", "“{name}”"), "step": (", step “{name}”", "的“{name}”环节")}
SHOWN = 3
"""Objects named in a line; the others are counted (--json lists all)."""


def lawfulness_of(experiment: Experiment, overlays: Sequence[str] = ()) -> dict[str, list[Finding]]:
    """Return the findings of the baseline and of each reform or bundle of an experiment, by code."""
    rules, baseline = load_rules(overlays), load(experiment.baseline)
    found = {name: of_reforms(baseline, [*map(load_reform, experiment.parts(name))], rules) for name in experiment.names}
    for name, trial in experiment.trials.items():
        tried = of_reforms(baseline, [*map(load_reform, trial.first)], rules) if trial.then else []
        found[name] = [*found[name], *(f for f in tried if f not in found[name])]
    return {code(experiment.baseline): of_scenario(baseline, rules), **found}


def mark(findings: Iterable[Finding], language: str = "en") -> str:
    """Return what stands beside a scenario: ``unlawful: R34, R35; needs authorisation: R40``; nothing where there are warnings only."""
    parts: dict[Status, list[str]] = {}
    for f in findings:
        if f.status != "warning" and f.rule not in parts.setdefault(f.status, []):
            parts[f.status].append(f.rule)
    zh = language == "zh"
    told = [f"{STATUS[s][zh]}{'：' if zh else ': '}{('、' if zh else ', ').join(parts[s])}" for s in STATUS if s in parts]
    return ("；" if zh else "; ").join(told)


def marked(title: str, findings: Iterable[Finding], language: str = "en") -> str:
    """Return a title with its mark in brackets, if it has one."""
    told = mark(findings, language)
    return f"{title} [{told}]" if told else title


def lines(findings: Iterable[Finding], language: str = "en", scenarios: Sequence[Scenario] = ()) -> list[str]:
    """Return two lines for each rule that is broken: rule, article, what it asks; then objects and remedy.

    Parameters
    ----------
    scenarios : today's and the proposed one, whose titles name whom it concerns; without them objects are keys of the file, for its author.
    """
    zh = language == "zh"
    named, labels = scenarios[-1] if scenarios else None, labels_of(*scenarios)
    together: dict[tuple[str, Status], list[Finding]] = {}
    for f in findings:
        together.setdefault((f.key, f.status), []).append(f)
    told = []
    for (_, status), ones in together.items():
        first = ones[0]
        if named is None:
            objects = [f"{f.object} ({f.found.zh if zh else f.found.en})" for f in ones]
        else:
            objects = [*dict.fromkeys(_concerned(f, named, labels, language) for f in ones)]
        more = len(objects) - SHOWN
        del objects[SHOWN:]
        if more > 0:
            objects.append(f"另有{more}处" if zh else f"and {more} more")
        if zh:
            told.append(f"{STATUS[status][1]} {first.rule}，{first.article.zh}：{first.text.zh}")
            told.append(f"  {'；'.join(objects)}。{REMEDY[1]}：{first.remedy.zh}")
        else:
            told.append(f"{STATUS[status][0]} {first.rule}, {first.article.en}: {first.text.en}")
            told.append(f"  {'; '.join(objects)}. {REMEDY[0]}: {first.remedy.en}")
    return told


def _concerned(finding: Finding, scenario: Scenario, labels: Labels, language: str) -> str:
    """Return whom a finding concerns, by titles, and what was found there: an item and its step, a department, or the proposal itself."""
    zh, loc = language == "zh", [str(key) for key in finding.loc]
    told = WHOM["proposal"][zh]
    if loc[:2] == ["centre", "items"] and len(loc) > 2:
        told = WHOM["item"][zh].format(name=_titled("item", loc[2], labels, language))
        if (item := scenario.centre.items.get(loc[2])) is not None and loc[3:4] == ["route"] and len(loc) > 4:
            step = step_names(item, scenario.centre, language).get(loc[4], loc[4])
            told += WHOM["step"][zh].format(name=step)
    elif loc[:2] == ["centre", "departments"] and len(loc) > 2:
        told = _titled("department", loc[2], labels, language)
    found = re.sub(r"[a-z][a-z0-9-]*", lambda word: _called(word[0], labels, language), finding.found.zh if zh else finding.found.en)
    return f"{told}（{found}）" if zh else f"{told} ({found})"


def _called(word: str, labels: Labels, language: str) -> str:
    """Return the title of a department, item or pool by its code; other words as they are."""
    kind = next((kind for kind in ("department", "item", "pool") if word in labels.get(kind, {})), None)
    return word if kind is None else _titled(kind, word, labels, language)


def _titled(kind: str, code: str, labels: Labels, language: str) -> str:
    title = labels.get(kind, {}).get(code)
    return code if title is None else title_of(title, language)


def documents(lawfulness: Lawfulness) -> list[dict[str, Any]]:
    """Return every finding as plain data, with its scenario."""
    return [{"scenario": name, **f.document()} for name, findings in lawfulness.items() for f in findings]


def problems(findings: Iterable[Finding], where: Callable[[Loc], str] = dotted) -> list[Problem]:
    """Return the hard findings as problems of a file."""
    return [
        Problem(where(f.loc), f.found.en, f"{f.status}: {f.text.en} ({f.rule}, {f.article.en})", f.remedy.en) for f in findings if f.hard
    ]
