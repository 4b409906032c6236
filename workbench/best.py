"""What `best` prints: which scenario is best, how far that is promised, and what fresh replications say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.errors import Broken, InputRefused, Problem
from simulation.targets import quantity
from workbench.language import group_name, heading, measure_name
from workbench.quantities import number, span, unit_name, unit_of
from workbench.report import print_json
from workbench.tables import new_console, new_table
from workbench.titles import labels_of

if TYPE_CHECKING:
    from simulation.contest import Contest
    from simulation.experiment import Experiment

WORDS = {
    "best": (
        "{name} is chosen by KN as the best, or within {delta} of the best (nominal {p} %, normal replications; {n} replications).",
        "KN法选出{name}：为最优，或与最优相差不超过{delta}（名义把握{p}%，假定各次重复近似正态；{n}次重复）。",
    ),
    "equal": (
        "Chosen by KN as equally good and the best, or within {delta} of the best (nominal {p} %, normal replications): {names} "
        "({n} replications).",
        "KN法选出以下方案同样好：为最优，或与最优相差不超过{delta}（名义把握{p}%，假定各次重复近似正态）：{names}（{n}次重复）。",
    ),
    "without": (
        "In front: {names}, without a probability: a difference that decided was the same in all {alike} replications; up to {differ} % of "
        "replications may differ (95 %).",
        "领先：{names}；不给出把握：决定结论的差值在全部{alike}次重复中相同；仍可能有至多{differ}%的重复与此不同（95%）。",
    ),
    "one": (
        "Warning: one replication makes more than half of the variance of a difference; its law is far from normal or the first stage too "
        "short (--pilot of the experiment).",
        "注意：某一差值的方差过半来自单次重复；其分布远非正态，或首批重复过少（见实验文件的pilot）。",
    ),
    "confirmed": ("Confirmed on fresh replications: better, or at most delta worse.", "新重复予以确认：更优，或至多差delta。"),
    "refuted": ("Not confirmed: on fresh replications worse by more than delta.", "未获确认：在新重复上差出delta以上。"),
    "unresolved": ("Neither confirmed nor refuted on fresh replications.", "新重复未能确认，也未能否定。"),
    "undecided": (
        "Undecided among: {names}. The cap of {cap} replications is reached; by the variances so far at most {most} would decide "
        "(--cap {latest}).",
        "以下方案难分高下：{names}。已达{cap}次重复的上限；按目前方差至多{most}次可见分晓（--cap {latest}）。",
    ),
    "scenario": ("scenario", "方案"), "mean": ("mean of its replications", "各次重复均值"), "out": ("left out after", "淘汰于第几次重复"),
    "in": ("in", "在列"),
    "fresh": (
        "{name}, on {n} fresh replications not used in this search (difference of the means over replications; paired t intervals hold "
        "together, 95 %)",
        "{name}：用本次搜索未用过的{n}次新重复确认（各次重复均值之差；配对t区间同时成立，95%）",
    ),
    "against": ("against", "对比方案"), "searched": ("in the search", "搜索时"), "new": ("fresh", "新重复"),
    "interval": ("interval", "区间"), "verdict": ("fresh verdict", "确认结论"),
    "better": ("better", "更优"), "within": ("not worse by delta", "至多差delta"), "open": ("not resolved", "尚难判断"),
    "worse": ("worse by delta", "差出delta以上"), "alike": ("the same in each", "各次相同"),
    "how": (
        "Procedure KN (Kim and Nelson 2001) on replications of the same citizens: the nominal probability holds where the best leads by "
        "delta or more and the values of replications are normal; skewed or rare ones miss it. Figures of the search "
        "flatter the chosen: go by the fresh ones.",
        "方法：对同一批群众的各次重复用KN法（Kim与Nelson，2001）；最优方案领先delta及以上、且各次重复的值近似正态时，名义把握成立；偏斜或罕见的值会使其不成立。搜索时的数值偏向"
        "中选方案，请以新重复为准。",
    ),
}  # fmt: skip


def tolerance(text: str, unit: str) -> float:
    """Return a difference that a person wrote, in the unit of a measure.

    Raises
    ------
    InputRefused
        Not written as a positive difference of this unit.

    Example
    -------
    >>> tolerance("1.5 min", "s"), tolerance("2 %", "share"), tolerance("0.5 wd", "wd")
    (90.0, 0.02, 0.5)
    """
    try:
        found = quantity(text, unit)
    except Broken as broken:
        raise InputRefused(Problem("--delta", text, broken.rule, broken.remedy)) from None
    if found <= 0:
        raise InputRefused(Problem("--delta", text, "a difference worth detecting is greater than 0", "write a larger one"))
    return found


def print_contest(contest: Contest, experiment: Experiment, *, as_json: bool, language: str) -> None:
    """Print the answer, who was left out when, and the confirmation."""
    if as_json:
        print_json(contest.document())
        return
    from workbench.titles import main_scenarios, scenario_titles

    zh = language == "zh"
    titles, console, s = scenario_titles(experiment, language), new_console(), contest.selection
    quoted = {code: f"“{title}”" for code, title in titles.items()}
    unit = contest.measure.unit

    def word(key: str) -> str:
        return WORDS[key][zh]

    def row(**figures: Any) -> dict[str, Any]:
        return {"measure": contest.measure.name, "unit": unit, **figures}

    what = heading(measure_name(contest.measure.name, language))
    if contest.group != "all":
        labels = labels_of(*main_scenarios(experiment).values())
        what += f"{'，' if zh else ', '}{group_name(contest.group, language, labels)}"
    console.print(f"{what}{'（' if zh else ' ('}{unit_name(unit, language)}{'）' if zh else ')'}", style="bold", highlight=False)
    delta = f"{contest.delta * unit_of(unit).factor:g}{'' if zh else ' '}{unit_of(unit).apart[zh]}"
    told = {
        "delta": delta, "p": f"{100 * (1 - contest.alpha):g}", "n": s.n, "cap": contest.cap, "latest": s.latest, "most": f"{s.latest:,}",
        "alike": s.alike, "differ": f"{100 * s.may_differ:.0f}",
        "name": quoted[contest.front[0]], "names": ("、" if zh else ", ").join(quoted[one] for one in contest.front),
    }  # fmt: skip
    key = "undecided" if not s.decided else "without" if s.alike else "equal" if len(contest.front) > 1 else "best"
    console.print(word(key).format(**told), highlight=False)
    if s.one:
        console.print(word("one"), highlight=False)
    console.print(f"{word(contest.confirmed)}\n", highlight=False)
    after = {contest.names[k]: str(n) for k, n in s.out}
    order = [*contest.front, *reversed(after)]
    cells = [(titles[one], number(row(value=contest.means[one]), "value"), after.get(one, word("in"))) for one in order]
    console.print(new_table([word(key) for key in ("scenario", "mean", "out")], cells, (None, 24, 18)))
    console.print(f"\n{word('fresh').format(**told)}", style="bold", highlight=False)
    rows = []
    for one in contest.beside:
        figures = [(number(r, "difference", signed=True), span(r, "difference_low", "difference_high", signed=True))
                   for r in (row(**one.searched), row(**one.fresh))]  # fmt: skip
        rows.append((titles[one.other], *figures[0], *figures[1], word(one.verdict)))
    heads = [word(key) for key in ("against", "searched", "interval", "new", "interval", "verdict")]
    console.print(new_table(heads, rows, (None, 13, 15, 10, 15, 18)))
    console.print(f"\n{word('how')}", highlight=False)
    console.print(contest.evidence.line(language), highlight=False)
