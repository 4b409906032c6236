"""Lawfulness 合法性: which rules of law a scenario, or what reforms make of it, breaks, as far as files can say.

The rules are data (`governance.rules`), each with its predicate. A hard finding is *unlawful* or, where only an authorisation is
missing, *needs authorisation*; what a file assumes to be authorised is *to be authorised*; a soft one is a *warning*.

What the law says about single cases is counted in logs, not here. Some rules are held before anybody judges: a promise beyond the law,
a reason that stops the legal clock, a window pooled against the law, a transfer of what is not transferable, an item without a counter
are refused by the model or the edit, with rule and article.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from governance.proposal import Proposal
from governance.rules import PREDICATES, Rule
from simulation.consistency import Loc, dotted
from simulation.frozen import Title
from simulation.reforms import Reform, apply
from simulation.scenario import Scenario

Status = Literal["unlawful", "needs authorisation", "to be authorised", "warning"]


@dataclass(frozen=True)
class Finding:
    """A rule broken at one place.

    Attributes
    ----------
    key : name of the rule in its file; `rule` is its number in the table of rules
    article, text, remedy : of the rule
    loc : keys that lead to the object, in the scenario or in the reform's file
    found : what is there
    by : who breaks it, where the words do not tell it from another breach
    """

    key: str
    status: Status
    article: Title
    text: Title
    loc: Loc
    found: Title
    remedy: Title
    by: frozenset[str] = frozenset()

    @property
    def rule(self) -> str:
        """Number of the rule."""
        return self.key.partition(".")[0]

    @property
    def object(self) -> str:
        """Dotted path of what breaks it."""
        return dotted(self.loc)

    @property
    def hard(self) -> bool:
        """Whether the plan cannot go ahead as it is."""
        return self.status in ("unlawful", "needs authorisation")

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        said = {name: getattr(self, name).model_dump() for name in ("article", "text", "found", "remedy")}
        return {"rule": self.rule, "key": self.key, "status": self.status, "object": self.object, **said}


def findings(proposal: Proposal, rules: Mapping[str, Rule]) -> list[Finding]:
    """Return every breach of `rules` in `proposal`, in the order of the rules."""
    found = []
    for key, rule in rules.items():
        for breach in PREDICATES[rule.predicate].find(proposal, rule.terms):
            said = Title(en=breach.en, zh=breach.zh)
            status = _status(rule, breach.eased)
            found.append(Finding(key, status, rule.article, rule.text, breach.loc, said, rule.remedy, breach.by))
    return found


def _status(rule: Rule, eased: bool) -> Status:
    if rule.severity == "soft":
        return "warning"
    if rule.authorisation:
        return "to be authorised" if eased else "needs authorisation"
    return "warning" if eased else "unlawful"


def of_scenario(scenario: Scenario, rules: Mapping[str, Rule]) -> list[Finding]:
    """Return what a scenario breaks as it stands."""
    return findings(Proposal(scenario), rules)


def of_reforms(baseline: Scenario, reforms: Sequence[Reform], rules: Mapping[str, Rule]) -> list[Finding]:
    """Return what `reforms`, adopted together in this order, break that the baseline does not break already.

    Raises
    ------
    ReformRefused
        A reform does not fit the baseline.
    """
    today = of_scenario(baseline, rules)
    proposal = Proposal(apply(baseline, *reforms), baseline, tuple(reforms))
    return [f for f in findings(proposal, rules) if not any(_as_before(f, old) for old in today)]


def _as_before(finding: Finding, old: Finding) -> bool:
    """Say whether a finding is one of today's, or less: the same words at the same place, or nobody who did not break the rule there."""
    if (finding.key, finding.loc) != (old.key, old.loc) or (finding.status != old.status and (finding.hard or not old.hard)):
        return False
    return finding.by <= old.by if finding.by else finding.found.en == old.found.en
