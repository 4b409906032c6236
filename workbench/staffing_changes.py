"""What a staffing answer changes, in words: windows by name, when they have more or fewer people, and who moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from optimization.staffing_answer import Staffing
    from optimization.staffing_changes import Changed, Move, Span
    from simulation.scenario import Scenario

NAMED = 12
"""Windows, and people of one kind of move, that are named in one line."""
WORDS = {
    "head": ("What changes, at {n} of {all} kinds of windows ({hours:+.0f} window hours a week)",
             "变化：{all}类窗口中的{n}类（每周窗口工时{hours:+.0f}小时）"),
    "kind": ("{who}: {hours:+.1f} h a week", "{who}：每周{hours:+.1f}小时"),
    "people": ("{clock}: {today} -> {then} people", "{clock}：{today}人→{then}人"),
    "windows": ("{names}: {today:g} -> {then:g} h a week", "{names}：每周{today:g}→{then:g}小时"),
    "back": ("back to the employer: {names}", "退回派驻单位：{names}"),
    "moved": ("{window}, shift {shift} -> {to_window}, shift {to_shift}: {names}",
              "{window}（班次{shift}）→{to_window}（班次{to_shift}）：{names}"),
    "trained": ("trained for {queues}: {names}", "培训{queues}业务：{names}"),
    "more": (" and {n} more", "等共{all}个"),
    "working day": ("working day", "工作日"), "Saturday": ("Saturday", "周六"), "none": ("no window", "无窗口"),
}  # fmt: skip


def word(key: str, language: str, **values: object) -> str:
    """Return words in the reader's language."""
    return WORDS[key][language == "zh"].format(**values)


def print_changes(answer: Staffing, language: str) -> None:
    """Print which windows are staffed more or fewer hours, when, and who moves, a paragraph for each kind of window."""
    if answer.plans is None or not answer.changes:
        return
    from optimization.duty_roster import kinds_of

    scenario, found = answer.plans[0].scenario, answer.changes
    kinds = len({*kinds_of(answer.plans[0]).values()})
    print(word("head", language, n=len(found), all=kinds, hours=sum(one.hours for one in found)))
    for one in found:
        print(f"  {word('kind', language, who=kind_title(one, scenario, language), hours=one.hours)}")
        for line in (*_when(one.spans, language), *_which(one, language), *_who(one.moves, scenario, language)):
            print(f"    {line}")


def kind_title(one: Changed, scenario: Scenario, language: str) -> str:
    """Return what windows of a kind are called: their queues, whose they are, and where there are several halls the hall."""
    centre, zh = scenario.centre, language == "zh"
    titles = [centre.queues[q].title for q in one.queues if q in centre.queues]
    halls = [centre.sites[one.site].title] if len(centre.sites) > 1 and one.site in centre.sites else []
    titles += [t for t in (centre.departments[one.department].title, *halls) if t.en not in [u.en for u in titles]]
    return ("、" if zh else ", ").join(t.zh if zh else t.en for t in titles)


def _when(spans: Sequence[Span], language: str) -> Iterator[str]:
    from optimization.duty_roster import time_of

    for day in dict.fromkeys(span.day for span in spans):
        by: dict[tuple[int, int], list[str]] = {}
        for span in (s for s in spans if s.day == day):
            by.setdefault((span.today, span.proposed), []).append(f"{time_of(span.begins)}-{time_of(span.ends)}")
        told = [word("people", language, clock=" ".join(c), today=a, then=b) for (a, b), c in by.items()]
        yield f"{word(day, language)} {('；' if language == 'zh' else '; ').join(told)}"


def _which(one: Changed, language: str) -> Iterator[str]:
    by: dict[tuple[float, float], list[str]] = {}
    for name, today, then in one.windows:
        by.setdefault((today, then), []).append(name)
    for (today, then), names in by.items():
        yield word("windows", language, names=_named(names, language), today=today, then=then)


def _who(moves: Iterable[Move], scenario: Scenario, language: str) -> Iterator[str]:
    queues = scenario.centre.queues
    by: dict[str, list[str]] = {}
    for move in moves:
        told = {n: getattr(move, n) or word("none", language) for n in ("window", "shift", "to_window", "to_shift")}
        if not move.to_shift:
            by.setdefault("back", []).append(move.person)
        elif (move.window, move.shift) != (move.to_window, move.to_shift):
            by.setdefault(word("moved", language, **told, names="{names}"), []).append(move.person)
        if move.trained:
            titles = [queues[q].title for q in move.trained if q in queues]
            names = ("、" if language == "zh" else ", ").join(t.zh if language == "zh" else t.en for t in titles)
            by.setdefault(word("trained", language, queues=names, names="{names}"), []).append(move.person)
    for line, people in by.items():
        yield (word("back", language, names="{names}") if line == "back" else line).replace("{names}", _named(people, language))


def _named(names: Sequence[str], language: str) -> str:
    told = ("、" if language == "zh" else ", ").join(names[:NAMED])
    return told + (word("more", language, n=len(names) - NAMED, all=len(names)) if len(names) > NAMED else "")


__all__ = ["kind_title", "print_changes"]
