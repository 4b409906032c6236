"""One file's life as a ribbon on the calendar: colours say what held it, posts say what was promised and what the law allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from simulation.calendar import DAY
from simulation.clocks import MISSING, due_day, due_second
from simulation.log import EventLog
from simulation.measures import View, path
from workbench.drawing import INK, STYLES, bar_style, below, cause_legend, folded, look, word
from workbench.language import name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEYOND, LEAST = 1.3, 2.0
"""How far the axis goes beyond the ribbon and the promise; at least so many days are shown."""
FEW, MANY = 16, 24
"""Up to so many days closed hours are shaded, and every day has a label."""
DAYS = ("一", "二", "三", "四", "五", "六", "日")


@dataclass(frozen=True)
class Life:
    """One case of a log.

    Attributes
    ----------
    stretches : (from, to, cause) without gap or overlap, from receipt to decision and on to the delivery of the result.
    decided : second of the decision; None while there is none.
    used_wd : working days charged by law until then.
    promise, law : the first second that is late against each; None where there is no such limit.
    """

    log: EventLog
    item: str
    stretches: tuple[tuple[int, int, str], ...]
    received: int
    decided: int | None
    used_wd: int | None
    promise: int | None
    law: int | None

    @classmethod
    def of(cls, log: EventLog, case: int) -> Life:
        """Read the life of a case off a log."""
        view = View(log)
        row = int(np.flatnonzero(view.case("case") == case)[0])
        clocks = view.clocks
        found = path(log, [case])
        stretches = [(int(a), int(b), str(c)) for a, b, c in zip(found["start"], found["end"], found["cause"], strict=True)]
        decided, delivered = (_known(int(view.case(name)[row])) for name in ("decided", "delivered"))
        if decided is not None and delivered is not None and delivered > decided:
            stretches.append((decided, delivered, "delivery"))
        limits = ((view.case("promise_wd"), clocks.promise_stops), (view.case("legal_wd"), clocks.legal_stops))
        due = [due_second(due_day(view.calendar, clocks.accepted, limit, stops))[row] for limit, stops in limits]
        item = str(log.cases["item"].astype(object).iloc[row])
        used = None if decided is None else _known(int(clocks.legal_wd[row]))
        received = int(view.case("received")[row])
        return cls(log, item, tuple(stretches), received, decided, used, *(_known(int(t)) for t in due))

    @property
    def end(self) -> int:
        """The last second of the ribbon."""
        return max([self.received, *(b for _, b, _ in self.stretches)])

    @property
    def told(self) -> tuple[Any, ...]:
        """All that a ribbon shows."""
        return self.stretches, self.received, self.decided, self.used_wd, self.promise, self.law


def ribbon(logs: Mapping[str, tuple[EventLog, int]], language: str = "en", note: str = "", chosen: bool = False) -> Figure:
    """Draw one file's life, one line a log.

    Parameters
    ----------
    logs : title -> (log, case); all begin at the same epoch.
    note : said in the caption.
    chosen : whether the caption says that `telling_case` chose the file.
    """
    lives = {title: Life.of(log, case) for title, (log, case) in logs.items()}
    first = next(iter(lives.values()))
    origin = min(life.received for life in lives.values()) // DAY * DAY
    reach = max([t for life in lives.values() for t in (life.end, life.promise) if t is not None]) - origin
    last = max(LEAST, BEYOND * reach / DAY)
    with look():
        fig = Figure(figsize=(11.5, 0.95 * len(lives) + 2.3), layout="constrained")
        axis = fig.subplots()
        same = len(lives) > 1 and all(life.told == first.told for life in lives.values())
        title = word("life", language).format(item=name_of(first.log, "item", first.item, language))
        axis.set_title(folded(word("unchanged", language).format(text=title) if same else title, 100), color=INK)
        _shade(axis, first.log, origin, last)
        for k, life in enumerate(lives.values()):
            for a, b, cause in sorted(life.stretches, key=lambda s: s[2] == "working"):
                axis.barh(k, (b - a) / DAY, left=(a - origin) / DAY, height=0.42, zorder=3, **bar_style(cause))
            _say(axis, k, life, origin, last, language)
            for name, style, t in (("promise", "-", life.promise), ("law", (0, (2, 1)), life.law)):
                if t is not None:
                    _post(axis, k, (t - origin) / DAY, last, word(name, language), style, first.log, origin)
        axis.set_yticks(range(len(lives)), [folded(title, 28) for title in lives])
        axis.set_ylim(len(lives) - 0.45, -0.62)
        axis.set_xlim(0, last)
        _dates(axis, first.log, origin, last, language)
        axis.set_xlabel(word("date_hours" if last <= FEW else "date", language))
        axis.spines["left"].set_visible(False)
        axis.tick_params(axis="y", length=0)
        used = {cause for life in lives.values() for _, _, cause in life.stretches}
        why = word("unmoved" if same else "typical", language) if chosen else ""
        below(fig, why, note, **cause_legend([c for c in STYLES if c in used], language))
    return fig


def _known(t: int) -> int | None:
    return None if t == MISSING else t


def _say(axis: Axes, k: int, life: Life, origin: int, last: float, language: str) -> None:
    """What became of the file, above the end of its ribbon."""
    at = ((life.end if life.decided is None else life.decided) - origin) / DAY
    if life.decided is None:
        text = word("undecided", language)
    elif life.decided == life.received:
        text = word("on_the_spot", language)
    else:
        text = word("decided_1" if life.used_wd == 1 else "decided", language).format(n=life.used_wd)
    axis.plot([at, at], [k - 0.3, k + 0.21], color=INK, linewidth=0.8, zorder=4)
    axis.annotate(text, (at, k - 0.32), fontsize=8, ha="left" if at < 0.7 * last else "right", va="bottom", zorder=5)


def _post(axis: Axes, k: int, at: float, last: float, name: str, style: Any, log: EventLog, origin: int) -> None:
    """A limit: a post, or an arrow at the right edge with the date of a limit that lies beyond."""
    if at <= last:
        axis.plot([at, at], [k - 0.3, k + 0.3], color=INK, linestyle=style, linewidth=2.2, zorder=4)
        axis.annotate(name, (at, k + 0.32), fontsize=8, ha="right" if at > 0.9 * last else "center", va="top", zorder=5)
        return
    # The limit runs until the midnight after its last day.
    day = log.meta.epoch + timedelta(days=int(at + origin / DAY) - 1)
    axis.annotate("", (last, k), (last * 0.965, k), arrowprops={"arrowstyle": "->", "color": INK}, zorder=4)
    axis.annotate(f"{name}\n{day:%Y-%m-%d}", (last * 0.96, k), fontsize=8, ha="right", va="center", zorder=5)


def _shade(axis: Axes, log: EventLog, origin: int, last: float) -> None:
    """Whole days off, and on working dates what is no office hour, where the days are wide enough to see it."""
    calendar = log.meta.calendar()
    for day in range(int(last) + 1):
        if not calendar.is_working(origin // DAY + day):
            axis.axvspan(day, day + 1, color="#dcdcdc", linewidth=0, zorder=0)
        elif last <= FEW:
            edges = [0, *(edge for interval in log.meta.office for edge in interval), DAY]
            for a, b in zip(edges[::2], edges[1::2], strict=True):
                axis.axvspan(day + a / DAY, day + b / DAY, color="#f2f2f2", linewidth=0, zorder=0)


def _dates(axis: Axes, log: EventLog, origin: int, last: float, language: str) -> None:
    """A label in the middle of each day, or of each Monday where there are many."""
    first = log.meta.epoch + timedelta(days=origin // DAY)
    at = [k for k in range(int(last + 0.5)) if last <= MANY or (first + timedelta(days=k)).weekday() == 0]
    names = []
    for k in at:
        day = first + timedelta(days=k)
        names.append(f"{day:%m-%d}\n{'周' + DAYS[day.weekday()] if language == 'zh' else day.strftime('%a')}")
    axis.set_xticks([k + 0.5 for k in at], names, fontsize=8)
