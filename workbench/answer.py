"""The answer to an experiment's question in words, made from its rows and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulation.targets import judged
from workbench.language import Labels, group_name, measure_name
from workbench.limits import Limits
from workbench.quantities import better, decimals_of, number, resolved, tiny, unit_of, written
from workbench.titles import stress_title

if TYPE_CHECKING:
    from simulation.experiment import Experiment
    from simulation.result import Result
    from simulation.targets import Target

STRESSED = ("Under stress (“{title}”): ", "压力情景“{title}”下：")
TIMES = ("s", "wd", "d", "h per working day")
VERBS = {
    (True, True): ("shortens", "缩短"), (True, False): ("lengthens", "延长"),
    (False, True): ("lowers", "减少"), (False, False): ("raises", "增加"),
}  # fmt: skip
"""By whether the measure is a time, and whether it falls."""
SENTENCES = {
    "identical": ("{name} leaves the {what} exactly as it is today.", "{name}下，{what}与现状无变化。"),
    "none": (
        "{name}: what it does to the {what} cannot be said, too few cases came to an end.",
        "{name}对{what}的影响无法判断：办结的件数太少。",
    ),
    "no interval": (
        "{name}: the {what} differs from today by {apart} {unit}, without an interval.",
        "{name}下，{what}与现状相差{apart}{unit}，无区间。",
    ),
    "open": (
        "Whether {name} changes the {what} cannot be told yet ({low} to {high} {unit}); more replications would tell.",
        "{name}是否改变{what}，尚难判断（差值{low}至{high}{unit}）；请增加模拟次数。",
    ),
    "tiny": (
        "{name} makes no difference in practice to the {what} ({low} to {high} {unit}, within 1 % of today's value).",
        "{name}对{what}实际无影响（差值{low}至{high}{unit}，在现值的1%以内）。",
    ),
    "told": ("{name} {verb} the {what} by {amount}{reservation}.", "{name}使{what}{verb}{amount}{reservation}。"),
}  # fmt: skip
TARGETS = {
    "met": (
        " With {value} {unit} ({low} to {high}) it meets its target, {limit}.",
        "其值为{value}{unit}（{low}至{high}），达到目标（{limit}）。",
    ),
    "missed": (
        " With {value} {unit} ({low} to {high}) it misses its target, {limit}.",
        "其值为{value}{unit}（{low}至{high}），未达目标（{limit}）。",
    ),
    "undecided": (
        " Whether it meets its target, {limit}, is open: {value} {unit} ({low} to {high}).",
        "是否达到目标（{limit}）尚难判断：{value}{unit}（{low}至{high}）。",
    ),
    "nothing": ("", ""), "at_most": ("at most {limit}", "不超过{limit}"), "at_least": ("at least {limit}", "不低于{limit}"),
}  # fmt: skip
"""What a target of the experiment says of a line of its headline."""
VERDICTS = {
    "yes": ("better", "改善"), "no": ("worse", "变差"), "changed": ("changed", "有变化"), "open": ("not resolved", "尚难判断"),
    "identical": ("identical", "无变化"), "tiny": ("under 1 %", "不足1%"), "same": ("no difference", "实际无差别"),
    "none": ("", ""),
}  # fmt: skip


def verdict(row: Mapping[str, Any], language: str = "en") -> str:
    """Return what a paired difference is: better, worse, changed (where no side is better), not resolved or identical."""
    if row["identical"]:
        key = "identical"
    elif row["difference"] is None:
        key = "none"
    elif not resolved(row):
        key = "open"
    else:
        key = {True: "yes", False: "no", None: "changed"}[better(row)]
    return VERDICTS[key][language == "zh"]


def careful_verdict(row: Mapping[str, Any], language: str = "en") -> str:
    """Return the verdict; a difference whose whole interval lies within 1 % of today's value is none in practice."""
    if row["identical"] or not tiny(row):
        return verdict(row, language)
    return VERDICTS["tiny" if resolved(row) else "same"][language == "zh"]


def in_short(
    experiment: Experiment, result: Result, titles: Mapping[str, str], prices: Mapping[str, str], language: str,
    labels: Labels | None = None,
) -> list[str]:  # fmt: skip
    """Return one line for each reform: what it costs, what gets better and what worse; what is surely worse, but by less than 1 %, apart.

    Of a measure that the headline asks of groups alone, an item or a queue say, these are told and not all together.
    What the headline asks of any reform and is not resolved for this one is named too, as not known.

    Parameters
    ----------
    titles, prices : by code, in `language`.
    labels : names of the members of groups, by dimension and code.
    """
    zh, found = language == "zh", []
    groups: dict[str, set[str]] = {}
    for h in (h for h in experiment.headline if h.stress == "none"):
        groups.setdefault(h.measure, set()).add(h.group)
    rows = [r for r in result.rows if r["stress"] == "none" and r["group"] in groups.get(r["measure"], ("all",))]
    rows = [r for r in rows if r["difference"] is not None]
    for name in experiment.names:
        sides: dict[bool | str, list[str]] = {True: [], False: [], "little": []}
        for row in (r for r in rows if r["scenario"] == name and resolved(r) and not r["identical"]):
            side: bool | str | None = better(row)
            if tiny(row):
                side = "little" if side is False and shows(row) else None
            if side is not None:
                unit = unit_of(row["unit"]).apart[zh]
                told = f"{number(row, 'difference', signed=True)}{'' if zh else ' '}{unit}"
                sides[side].append(f"{_what(row['measure'], row['group'], language, labels)} {told}")
        comma, nothing = ("；", "无") if zh else (", ", "nothing")
        better_, worse = (comma.join(sides[side]) or nothing for side in (True, False))
        cost = prices[name].partition("\n")[0]
        line = (f"{titles[name]}（{cost}）：改善：{better_}。变差：{worse}。" if zh else
                f"{titles[name]} ({cost}). Better: {better_}. Worse: {worse}.")  # fmt: skip
        if little := comma.join(sides["little"]):
            line += f"变差但不足现值的1%：{little}。" if zh else f" Worse by less than 1 %: {little}."
        if unknown := comma.join(_not_known(experiment, result, name, language, labels)):
            line += f"尚不清楚：{unknown}。" if zh else f" Not known: {unknown}."
        found.append(line)
    return found


def shows(row: Mapping[str, Any]) -> bool:
    """Return whether a difference is anything in the decimals that it is written with."""
    return bool(number(row, "difference").strip("-0.,"))


def _not_known(experiment: Experiment, result: Result, name: str, language: str, labels: Labels | None) -> list[str]:
    """What the headline asks of any reform, without a stress, where this one's difference may go either way or has no interval."""
    rows = {(r["measure"], r["group"]): r for r in result.rows if (r["scenario"], r["stress"]) == (name, "none")}
    asked = dict.fromkeys((h.measure, h.group) for h in experiment.headline if h.stress == "none")
    known = [(key, rows[key]) for key in asked if key in rows]
    return [_what(*key, language, labels) for key, r in known if not (r["identical"] or resolved(r) or tiny(r))]


def sentences(experiment: Experiment, result: Result, titles: Mapping[str, str], language: str, labels: Labels | None = None) -> list[str]:
    """Return one sentence for each difference of the headline; where the experiment has a target of it, one that says whether it is met.

    Parameters
    ----------
    titles : of the scenarios, by code.
    labels : names of the members of groups, by dimension and code.
    """
    found = []
    for h in experiment.headline:
        row = result.row(h.reform, h.measure, h.group, h.stress)
        told = sentence(row, titles[h.reform], language, labels)
        if h.stress == "none":
            told += "".join(_held(t, row, language) for t in experiment.targets if (t.measure, t.group) == (h.measure, h.group))
        under = "" if h.stress == "none" else STRESSED[language == "zh"].format(title=stress_title(h.stress, language))
        found.append(under + told)
    return found


def _held(target: Target, row: Mapping[str, Any], language: str) -> str:
    """A value held against its target, in words."""
    zh, unit, state = language == "zh", unit_of(row["unit"]), judged(target, row).state
    limit = f"{target.limit * unit.factor:g}{'' if zh else ' '}{unit.name[zh]}"
    told = TARGETS["at_most" if target.at_most is not None else "at_least"][zh].format(limit=limit)
    ends = {end: number(row, end) for end in ("value", "low", "high")}
    return TARGETS[state][zh].format(limit=told, unit=unit.name[zh], **ends)


def sentence(row: Mapping[str, Any], title: str, language: str, labels: Labels | None = None) -> str:
    """Return one row's paired difference as a sentence."""
    what = _what(row["measure"], row["group"], language, labels)
    zh = language == "zh"
    unit = unit_of(row["unit"]).apart[zh]
    if row["identical"]:
        key = "identical"
    elif row["difference"] is None:
        key = "none"
    elif row["difference_low"] is None or row["difference_high"] is None:
        key = "no interval"
    elif not resolved(row):
        key = "tiny" if tiny(row) else "open"
    else:
        key = "told"
    told = {"name": f"“{title}”", "what": what, "unit": unit}
    if key in ("no interval", "open", "tiny"):
        told |= {end: number(row, f"difference{side}", signed=True) for end, side in (("apart", ""), ("low", "_low"), ("high", "_high"))}
    if key == "told":
        verb = VERBS[row["unit"] in TIMES, row["difference"] < 0][zh]
        amount = _amount(row, unit, "不足" if zh else "less than", "" if zh else " ")
        told |= {"verb": verb, "amount": amount, "reservation": _reservation(row, language)}
    return SENTENCES[key][zh].format(**told)


def _what(measure: str, group: str, language: str, labels: Labels | None) -> str:
    """A measure in words, with its group where it is of one."""
    what = measure_name(measure, language)
    if group == "all":
        return what
    named = group_name(group, language, labels)
    return f"{what}（{named}）" if language == "zh" else f"{what} ({named})"


def _amount(row: Mapping[str, Any], unit: str, below: str, space: str) -> str:
    """By how much, without a sign, and the interval; `below` stands before the smallest figure that can be shown."""
    factor, decimals = unit_of(row["unit"]).factor, decimals_of(row)
    ends = sorted(abs(row[key]) * factor for key in ("difference_low", "difference_high"))
    size = abs(row["difference"]) * factor
    low, high = (written(x, decimals) for x in ends)
    if round(size, decimals) == 0:
        return f"{below}{space}{written(10**-decimals, decimals)}{space}{unit}"
    interval = f" ({low} to {high})" if space else f"（{low}至{high}）"
    return f"{written(size, decimals)}{space}{unit}{interval}"


def _reservation(row: Mapping[str, Any], language: str) -> str:
    """What keeps a resolved but tiny difference from being celebrated."""
    if not tiny(row):
        return ""
    return "，不足现值的1%" if language == "zh" else ", which is less than 1 % of today's value"


def limits_in_words(limits: Limits, titles: Mapping[str, str], language: str) -> list[str]:
    """Return one sentence for each scenario: how many of today's promises hold there, and how many could be shorter."""
    found, items = [], limits.promised()
    for scenario in limits.scenarios:
        there = [(limits.offers[i][limits.today].promise_wd, limits.offers[i].get(scenario)) for i in items]
        known = [(promise, offer) for promise, offer in there if promise is not None and offer is not None and offer.holds_wd is not None]
        broken = sum(offer.tighter(promise) for promise, offer in known)
        shorter = sum(offer.holds_wd < promise for promise, offer in known if offer.holds_wd is not None)
        numbers = {"known": len(known), "kept": len(known) - broken, "shorter": shorter, "few": len(items) - len(known)}
        text = (COUNTED if known else UNKNOWN)[language == "zh"].format(title=titles[scenario], **numbers)
        new = limits.newly_promised(scenario)
        found.append(text + (NEWLY[language == "zh"].format(n=len(new)) if new else ""))
    return found


COUNTED = (
    "{title}: of {known} items with enough cases, {kept} keep today's promise in 9 of 10 cases and {shorter} of them could promise less; "
    "{few} items have too few cases.",
    "{title}：件数足够的{known}个事项中，{kept}个有九成办件守得住现承诺，其中{shorter}个可承诺更短；另有{few}个件数太少。",
)
UNKNOWN = ("{title}: all {few} items have too few cases to say.", "{title}：全部{few}个事项件数太少，无法判断。")
NEWLY = (
    " {n} items that are decided on the spot today would need a promised limit.",
    "现在当场办结的{n}个事项将需要承诺时限。",
)
