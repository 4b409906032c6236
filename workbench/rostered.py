"""The roster of a staffing answer to read and to keep: in words on the screen, as CSV files, and in pictures."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.language import SEPARATOR
from workbench.requirements import windows_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from optimization.duty_roster import Line
    from optimization.staffing_answer import Open, Staffing
    from workbench.language import Labels

SHOWN = 12
"""People, and kinds of windows, that are told on the screen."""
WORDS = {
    "people": ("Roster, week 1", "班表，第1周"),
    "windows": ("Windows with somebody, where that changes", "有人在岗的窗口数（仅列有变化者）"),
    "more": ("… {n} more: see --out or --json", "……另有{n}项，见 --out 或 --json"),
    "as today": ("Windows with somebody: at all hours as many as today.", "各时段有人在岗的窗口数均与现状相同。"),
    "working day": ("working day", "工作日"), "Saturday": ("Saturday", "周六"), "today": ("today", "现状"), "off": ("off", "休"),
    "permissions": (
        "What each permission is worth, points a week, by solving the model again without it (not simulated)",
        "各项许可的价值（每周点数；去掉该许可后重新求解模型，未仿真）",
    ),
    "permission": ("{gain}  {title} (decided by: {authority}; {people} people in this answer)",
                   "{gain}  {title}（决定权：{authority}；本方案涉及{people}人）"),
    "needed": ("no answer without it", "无此许可则无解"),
    "centre": ("centre", "大厅"), "department": ("department", "部门"), "district": ("district government", "区政府"),
    "city": ("city or province", "市或省"),
}  # fmt: skip


HEADERS = {
    "person": "人员", "week": "周次", "day": "日期", "shift": "班次", "window": "窗口", "from": "上岗", "to": "离岗",
    "half_hour": "半小时", "windows of": "窗口类别", "windows": "窗口总数", "asked": "仿真中在岗",
    "there": "班表中至少在岗", "today": "现状在岗",
}  # fmt: skip
"""Heads of the columns of the tables in Chinese."""


def word(key: str, language: str, **values: object) -> str:
    """Return words in the reader's language."""
    return WORDS[key][language == "zh"].format(**values)


def print_roster(answer: Staffing, language: str, labels: Labels) -> None:
    """Print the roster's first week by person, windows by half hour, and what permissions are worth."""
    if answer.permissions:
        print(f"{word('permissions', language)}:")
    for one in answer.permissions:
        title = one.permission.title.zh if language == "zh" else one.permission.title.en
        gain = word("needed", language) if one.gain == float("inf") else f"{one.gain:8.1f}"
        told = {"gain": gain, "title": title, "authority": word(one.permission.authority, language), "people": one.people}
        print(f"  {word('permission', language, **told)}")
    if answer.roster is None:
        return
    _listed(word("people", language), [*_weeks(answer, language)], language)
    if changed := [*_kinds(answer.opened, language, labels)]:
        _listed(word("windows", language), changed, language)
    else:
        print(word("as today", language))


def _listed(title: str, lines: list[str], language: str) -> None:
    print(f"{title}:")
    for line in lines[:SHOWN]:
        print(f"  {line}")
    if len(lines) > SHOWN:
        print(f"  {word('more', language, n=len(lines) - SHOWN)}")


def _weeks(answer: Staffing, language: str) -> Iterator[str]:
    """Say the first week of everybody, days of the same duty together."""
    from optimization.duty_roster import DAYS, time_of
    from workbench.roster import day_name

    assert answer.roster is not None
    by: dict[tuple[str, str], list[Line]] = {}
    for line in answer.roster.lines:
        if line.week == 1:
            by.setdefault((line.person, line.day), []).append(line)

    def duty(name: str, day: str) -> str:
        hours = "+".join(f"{time_of(line.begins)}-{time_of(line.ends)}" for line in by.get((name, day), ()))
        places = dict.fromkeys(line.window for line in by.get((name, day), ()))
        return f"{hours} {'/'.join(places)}".strip() or word("off", language)

    for name in answer.roster.named.people:
        told = []
        for what, days in groupby(DAYS, lambda day: duty(name, day)):  # noqa: B023 - used at once
            some = [day_name(day, language) for day in days]
            told.append(f"{some[0]}{'' if len(some) == 1 else f'–{some[-1]}'} {what}")
        yield f"{name}: {'; '.join(told)}"


def _kinds(opened: tuple[Open, ...], language: str, labels: Labels) -> Iterator[str]:
    """Say each kind of window of which more or fewer have somebody, on each kind of day, half hours with equal numbers together."""
    from simulation.measures.view import HALF_HOURS

    for (day, name), some in groupby(sorted(opened, key=lambda o: (o.day == "Saturday", o.window)), lambda o: (o.day, o.window)):
        by = {f"{one.half_hour:0>5}": one for one in some}
        if all(one.there == one.today for one in by.values()):
            continue
        told = []
        for numbers, halves in groupby(HALF_HOURS, lambda h: (by[h].there, by[h].today) if h in by else None):  # noqa: B023
            first = next(iter(halves))
            if numbers is not None:
                told.append(f"{first.lstrip('0')} {numbers[0]} ({word('today', language)} {numbers[1]})")
        yield f"{word(day, language)}{SEPARATOR[language == 'zh']}{windows_name(name, language, labels)}: {', '.join(told)}"


def _chinese(line: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    """Return a line of a table with headers, days and kinds of windows in Chinese; people, shifts and windows keep their names."""
    from workbench.roster import day_name

    kinds = "half_hour" in line  # of windows, and of days
    told = {**line, "day": word(line["day"], "zh") if kinds else day_name(line["day"], "zh")}
    told["window"] = windows_name(line["window"], "zh", labels) if kinds else line["window"]
    return {HEADERS[f"{name}s of" if kinds and name == "window" else name]: value for name, value in told.items()}


def write_roster(answer: Staffing, out: Path, language: str) -> list[Path]:
    """Write roster.csv, windows-open.csv and the pictures: every week, windows staffed, waits; return their paths."""
    import pandas as pd

    from optimization.staffing_answer import row
    from workbench.pictures import save
    from workbench.roster import roster_picture
    from workbench.staffed import staffed, verified_waits
    from workbench.titles import labels_of

    pictures, paths = {}, []
    if answer.plans is not None:
        pictures["staffed"] = staffed(*answer.plans, language)
        pictures["waits"] = verified_waits(answer.cells, labels_of(answer.plans[0].scenario), language)
    if (roster := answer.roster) is not None:
        tables = {"roster.csv": [row(line) for line in roster.lines], "windows-open.csv": [vars(one) for one in answer.opened]}
        labels = {} if answer.plans is None else labels_of(answer.plans[0].scenario)
        tables = tables if language == "en" else {name: [_chinese(one, labels) for one in rows] for name, rows in tables.items()}
        out.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            paths.append(out / name)
            pd.DataFrame(rows).to_csv(paths[-1], index=False, encoding="utf-8")
        for week, found in enumerate(roster.weeks, 1):
            pictures[f"roster-week-{week}"] = roster_picture(roster.problem, found, roster.named, language, week)
    return [*paths, *save(pictures, out)]


__all__ = ["print_roster", "write_roster"]
