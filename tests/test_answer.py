"""The answer in one line: what is better, what is worse, and what is not known."""

import pytest
from test_report import NOTICE, experiment, result, row

from simulation.experiment import Headline
from simulation.targets import Target
from workbench.answer import in_short, sentences

OPEN, BETTER, SAME, NONE = (-10.0, -30.0, 10.0), (-60.0, -90.0, -30.0), (0.1, -0.2, 0.3), (None, None, None)


@pytest.mark.parametrize(
    ("difference", "english", "chinese"),
    [
        (OPEN, "Worse: nothing. Not known: mean wait.", "变差：无。尚不清楚：平均等候时间。"),
        (NONE, "Worse: nothing. Not known: mean wait.", "变差：无。尚不清楚：平均等候时间。"),
        (BETTER, "Worse: nothing.", "变差：无。"),
        (SAME, "Better: nothing. Worse: nothing.", "改善：无。变差：无。"),
        ((4.0, 3.5, 4.5), "Worse: nothing. Worse by less than 1 %: mean wait +0.1 minutes.",
         "变差：无。变差但不足现值的1%：平均等候时间 +0.1分钟。"),
        ((0.5, 0.4, 0.6), "Worse: nothing.", "变差：无。"),
        ((-4.0, -4.5, -3.5), "Better: nothing. Worse: nothing.", "改善：无。变差：无。"),
    ],
)  # fmt: skip
def test_a_line_of_the_answer_ends_with_what_is_not_known(difference: tuple[float | None, ...], english: str, chinese: str) -> None:
    """Within 1 % of today's value is no difference, and known; where it is surely worse and shows, it is told apart."""
    asked = experiment(reforms=(NOTICE,), bundles={}, headline=(Headline(reform=NOTICE, measure="wait_mean"),))
    for language, told in (("en", english), ("zh", chinese)):
        (line,) = in_short(asked, result([row(difference=difference)]), {NOTICE: "R"}, {NOTICE: "free"}, language)
        assert line.endswith(told)


def test_what_is_not_known_of_a_group_names_it() -> None:
    asked = experiment(reforms=(NOTICE,), bundles={}, headline=(Headline(reform=NOTICE, measure="wait_mean", group="queue:licence"),))
    found = result([row(difference=OPEN, group="queue:licence")])
    (line,) = in_short(asked, found, {NOTICE: "R"}, {NOTICE: "free"}, "en")
    assert line == "R (free). Better: nothing. Worse: nothing. Not known: mean wait (queue: licence)."


@pytest.mark.parametrize("groups", [(), ("queue:licence",), ("all", "queue:licence")])
def test_the_answer_is_about_the_groups_that_the_headline_asks_about(groups: tuple[str, ...]) -> None:
    """All wait longer, the licence queue shorter: of a measure asked of a queue alone that queue is told."""
    asked = experiment(reforms=(NOTICE,), bundles={}, headline=tuple(Headline(reform=NOTICE, measure="wait_mean", group=g) for g in groups))
    found = result([row(difference=(60.0, 30.0, 90.0)), row(difference=BETTER, group="queue:licence")])
    (line,) = in_short(asked, found, {NOTICE: "R"}, {NOTICE: "free"}, "en")
    better, _, worst = line.partition(" Worse: ")
    assert ("queue: licence" in better) == ("queue:licence" in groups)
    assert ("mean wait +" in worst) == (groups != ("queue:licence",))
    assert "queue: licence" not in worst


@pytest.mark.parametrize(
    ("limit", "english", "chinese"),
    [
        ({"at_most": "11 min"}, "With 10.0 minutes (9.5 to 10.5) it meets its target, at most 11 minutes.", "达到目标（不超过11分钟）"),
        ({"at_most": "9 min"}, "it misses its target, at most 9 minutes.", "未达目标（不超过9分钟）"),
        ({"at_least": "10 min"}, "Whether it meets its target, at least 10 minutes, is open:", "是否达到目标（不低于10分钟）尚难判断"),
    ],
)
def test_a_line_of_the_headline_says_whether_its_target_is_met(limit: dict[str, str], english: str, chinese: str) -> None:
    """Ten minutes, 9.5 to 10.5; a target of another group is not told of it."""
    source = {"title": {"en": "s", "zh": "s"}, "basis": "judgement"}
    own, other = ({"measure": "wait_mean", "group": group, "source": source, **limit} for group in ("queue:licence", "all"))
    line = Headline(reform=NOTICE, measure="wait_mean", group="queue:licence")
    asked = experiment(reforms=(NOTICE,), bundles={}, headline=(line,), targets=tuple(map(Target.model_validate, (own, other))))
    found = result([{**row(difference=BETTER, group="queue:licence"), "value": 600.0, "low": 570.0, "high": 630.0}])
    for language, words in (("en", english), ("zh", chinese)):
        (told,) = sentences(asked, found, {NOTICE: "R"}, language)
        assert words in told and told.count("target" if language == "en" else "目标") == 1
    without = experiment(reforms=(NOTICE,), bundles={}, headline=(line,))
    assert "target" not in sentences(without, found, {NOTICE: "R"}, "en")[0]
