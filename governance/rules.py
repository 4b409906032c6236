"""Rules of law as data: article, what it asks, the numbers it sets, what to do; national ones, and local ones laid over them.

``scenarios/rules/national.yaml`` is always read. A local file of the same kind adds rules of its own and *tightens* national ones: a
smaller ``at_most``, a larger ``at_least``, fewer names in ``among``, a warning made hard. It never loosens one: that is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from governance.body_law import BODY_LAW
from governance.item_law import ITEM_LAW
from governance.proposal import Predicate, Terms
from simulation.errors import FileRefused, Problem, nearest
from simulation.files import find, load_model, shown
from simulation.frozen import Frozen, Title
from simulation.units import Count, Flag

NATIONAL = "national"
PREDICATES: dict[str, Predicate] = {**ITEM_LAW, **BODY_LAW}


class Rule(Frozen):
    """One rule. What stands before the dot of its name is its number in the table of rules (R34.promise is part of R34)."""

    article: Title
    text: Title
    """What it asks, in a sentence."""
    severity: Literal["hard", "soft"]
    """Hard: the plan is unlawful as it stands. Soft: a warning, which needs an explanation."""
    authorisation: Flag = False
    """What is missing is an authorisation: the plan itself may stay."""
    predicate: str
    at_most: dict[str, Count] = Field(default_factory=dict)
    at_least: dict[str, Count] = Field(default_factory=dict)
    among: tuple[str, ...] = ()
    remedy: Title

    @property
    def terms(self) -> Terms:
        """Its numbers and names, as a predicate takes them."""
        return Terms({k: int(v) for k, v in self.at_most.items()}, {k: int(v) for k, v in self.at_least.items()}, self.among)


class Tightening(Frozen):
    """What a local rule makes of a national one."""

    article: Title
    severity: Literal["hard"] | None = None
    at_most: dict[str, Count] = Field(default_factory=dict)
    at_least: dict[str, Count] = Field(default_factory=dict)
    among: tuple[str, ...] | None = None


class Rules(Frozen):
    """A file of rules."""

    kind: Literal["rules"]
    schema_: Literal["1"] = Field("1", alias="schema")
    name: str
    title: Title
    level: Literal["national", "local"]
    note: str | None = None
    """What of the law is not computed from files, and why."""
    rules: dict[str, Rule] = Field(default_factory=dict)
    tightens: dict[str, Tightening] = Field(default_factory=dict)


def rules_path(name: str | Path) -> Path:
    """Return the file of rules called `name`, by path or by stem."""
    return find(name, "rules")


def load_rules(overlays: Sequence[str | Path] = ()) -> dict[str, Rule]:
    """Return the national rules with `overlays` laid over them, in order.

    Raises
    ------
    FileRefused
        An unknown predicate, a number that its predicate needs and the rule does not state, or an overlay that loosens.
    """
    rules: dict[str, Rule] = {}
    for path in [rules_path(NATIONAL), *(rules_path(name) for name in overlays)]:
        book = load_model(path, Rules)
        if wrong := [*_problems(book, rules, path)]:
            raise FileRefused(wrong)
        rules |= book.rules
        rules |= {name: _tightened(rules[name], change) for name, change in book.tightens.items()}
    return rules


def check_rules(path: Path) -> str:
    """Return what is in a file of rules, having laid a local one over the national ones."""
    book = load_model(path, Rules)
    load_rules([path] if book.level == "local" else ())
    if book.level == "national" and (wrong := [*_problems(book, {}, path)]):
        raise FileRefused(wrong)
    return f"{len(book.rules)} rules" + (f", {len(book.tightens)} national ones tightened" if book.level == "local" else "")


def _problems(book: Rules, known: dict[str, Rule], path: Path) -> Iterator[Problem]:
    """Yield what is wrong with `book`, laid over the rules `known`."""
    for name, rule in book.rules.items():
        where = f"{shown(path)}: rules.{name}"
        if name in known:
            yield Problem(where, name, "a local file tightens a rule that there is, and adds those that there are not", "use `tightens:`")
        if rule.predicate not in PREDICATES:
            rule_text = f"`{rule.predicate}` is not a known predicate"
            yield Problem(f"{where}.predicate", rule.predicate, rule_text, nearest(rule.predicate, PREDICATES))
            continue
        needs = PREDICATES[rule.predicate]
        for field in ("at_most", "at_least"):
            for number in getattr(needs, field):
                if number not in getattr(rule, field):
                    yield Problem(f"{where}.{field}", "missing", f"`{rule.predicate}` needs `{number}`", f"add it to `{field}:`")
        if needs.named and not rule.among:
            yield Problem(f"{where}.among", "missing", f"`{rule.predicate}` needs names", "list them in `among:`")
    for name, change in book.tightens.items():
        where = f"{shown(path)}: tightens.{name}"
        if name not in known:
            yield Problem(where, name, f"`{name}` is not a known rule", nearest(name, known))
            continue
        yield from _loosened(known[name], change, where)


def _loosened(rule: Rule, change: Tightening, where: str) -> Iterator[Problem]:
    """Yield every number or name by which `change` would allow more than `rule` does."""
    law = f"a local rule may tighten a national one, never loosen it ({rule.article.en})"
    for field, sign in (("at_most", 1), ("at_least", -1)):
        stated = getattr(rule, field)
        for number, value in getattr(change, field).items():
            if number not in stated:
                yield Problem(f"{where}.{field}.{number}", str(value), f"`{number}` is not a number of this rule", nearest(number, stated))
            elif sign * value > sign * stated[number]:
                yield Problem(f"{where}.{field}.{number}", str(value), law, f"{'at most' if sign > 0 else 'at least'} {stated[number]}")
    for name in change.among or ():
        if name not in rule.among:
            yield Problem(f"{where}.among", name, law, nearest(name, rule.among))


def _tightened(rule: Rule, change: Tightening) -> Rule:
    article = Title(en=f"{change.article.en}; {rule.article.en}", zh=f"{change.article.zh}；{rule.article.zh}")
    return rule.model_copy(
        update={
            "article": article,
            "severity": change.severity or rule.severity,
            "at_most": {**rule.at_most, **change.at_most},
            "at_least": {**rule.at_least, **change.at_least},
            "among": rule.among if change.among is None else change.among,
        }
    )
