"""Rules as data: what a file of rules must say, and that a local one tightens and never loosens."""

from pathlib import Path

import pytest
from test_bad_files import untyped

from governance.body_law import BODY_LAW
from governance.item_law import ITEM_LAW
from governance.rules import PREDICATES, Rules, check_rules, load_rules, rules_path
from simulation.errors import FileRefused
from simulation.files import load_model

FILES = sorted((Path(__file__).parent.parent / "scenarios" / "rules").glob("*.yaml"))
HEAD = """kind: rules
schema: 1
name: here
title: {en: Here, zh: 本地}
level: local
"""
RULE = """rules:
  here-1:
    article: {en: Local 1, zh: 本地第1条}
    text: {en: Asks, zh: 要求}
    severity: hard
    remedy: {en: mend it, zh: 整改}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "here.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_the_issue_s_rules_are_there_each_with_article_and_remedy_in_both_languages() -> None:
    rules = load_rules()
    numbers = {key.partition(".")[0] for key in rules}
    assert numbers >= {"R04", "R05", "R17", "R21", "R22", "R23", "R24", "R34", "R35", "R40", "R42", "R31"}
    for rule in rules.values():
        for said in (rule.article, rule.text, rule.remedy):
            assert said.en and said.zh and said.en != said.zh


def test_every_number_of_a_rule_has_a_type_of_ours() -> None:
    assert not list(untyped(Rules.model_json_schema()))


def test_every_predicate_is_used_by_a_file_and_has_one_name() -> None:
    used = {rule.predicate for path in FILES for rule in load_model(path, Rules).rules.values()}
    assert used == PREDICATES.keys()
    assert not ITEM_LAW.keys() & BODY_LAW.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_of_the_library_passes(path: Path) -> None:
    assert "rules" in check_rules(path)
    assert rules_path(path.stem) == path


def test_a_local_file_tightens_numbers_names_and_severity_and_adds_its_article(tmp_path: Path) -> None:
    text = """tightens:
  R23: {article: {en: Local 2, zh: 本地第2条}, at_most: {wd: 3}, severity: hard}
  R17: {article: {en: Local 3, zh: 本地第3条}, at_least: {people: 3}}
  R24: {article: {en: Local 4, zh: 本地第4条}, among: [hearing]}
"""
    before, rules = load_rules(), load_rules([written(tmp_path, text)])
    assert rules["R23"].terms.at_most == {"wd": 3} and rules["R23"].severity == "hard"
    assert rules["R23"].article.en == "Local 2; Administrative Licensing Law 44"
    assert rules["R17"].terms.at_least == {"people": 3} and rules["R24"].among == ("hearing",)
    assert {k: r for k, r in rules.items() if k not in ("R23", "R17", "R24")} == {
        k: r for k, r in before.items() if k not in ("R23", "R17", "R24")
    }


LOOSE = {
    "a larger at_most": ("R21: {article: {en: A, zh: 甲}, at_most: {wd: 30}}", "never loosen it (Administrative Licensing Law 42(1))"),
    "a smaller at_least": ("R17: {article: {en: A, zh: 甲}, at_least: {people: 1}}", "at least 2"),
    "one more name": ("R24: {article: {en: A, zh: 甲}, among: [hearing, holidays]}", "never loosen it"),
    "an unknown rule": ("R99: {article: {en: A, zh: 甲}}", "`R99` is not a known rule"),
    "an unknown number": ("R21: {article: {en: A, zh: 甲}, at_most: {days: 3}}", "`days` is not a number of this rule"),
    "a softer rule": ("R21: {article: {en: A, zh: 甲}, severity: soft}", "hard"),
}


@pytest.mark.parametrize("how", [*LOOSE])
def test_a_local_file_never_loosens(how: str, tmp_path: Path) -> None:
    line, words = LOOSE[how]
    with pytest.raises(FileRefused) as refused:
        load_rules([written(tmp_path, f"tightens:\n  {line}\n")])
    assert words in str(refused.value)


WRONG = {
    "an unknown predicate": ("    predicate: promise_abov\n", "`promise_above`"),
    "a number that is missing": ("    predicate: limit_beyond_law\n", "needs `wd`"),
    "names that are missing": ("    predicate: clock_stopped_otherwise\n", "needs names"),
}


@pytest.mark.parametrize("how", [*WRONG])
def test_a_rule_says_what_its_predicate_needs(how: str, tmp_path: Path) -> None:
    line, words = WRONG[how]
    with pytest.raises(FileRefused) as refused:
        check_rules(written(tmp_path, RULE + line))
    assert words in str(refused.value)


def test_a_local_file_does_not_write_a_national_rule_anew(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        load_rules([written(tmp_path, RULE.replace("here-1", "R35") + "    predicate: online_only\n")])
    assert "`tightens:`" in str(refused.value)
