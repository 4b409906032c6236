"""Which pictures a command makes, from which logs, into which files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from simulation.experiment import Experiment
from simulation.log import EventLog
from simulation.result import Result
from simulation.scenario import Scenario
from simulation.verbs import Settings, load, load_reform, log_of, prepared
from workbench import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = {
    "wait_mean": (("mean wait", "平均等候"), ("minutes", "分钟"), 1 / 60),
    "trips": (("trips per case", "跑动次数"), ("trips", "次"), 1.0),
    "lead_wd": (("working days to decision", "办结工作日"), ("working days", "工作日"), 1.0),
    "on_time_promise": (("on time against the promise", "按承诺办结率"), ("percentage points", "百分点"), 100.0),
}
"""Measures of the ladder: title, unit, factor from the measure's own unit (seconds, share, ...)."""
AUTHORITY = {
    "centre": "中心自主", "department": "部门", "district": "区政府", "city": "市或省", "none": "本级无权",
}  # fmt: skip


def draw_run(result: Result, scenario: Scenario, settings: Settings, out: Path, language: str) -> list[Path]:
    """Draw one scenario: the hall, the longest file, where the days go, how soon cases are decided."""
    title = scenario.title.zh if language == "zh" else scenario.title.en
    log = log_of(scenario, settings)
    return save(_pictures_of_logs({title: log}, language), out)


def draw_comparison(result: Result, experiment: Experiment, settings: Settings, out: Path, language: str) -> list[Path]:
    """Draw a comparison: the ladder of all reforms, and the logs of the first replication, today and under the headline's first reform."""
    variants, horizon = prepared(experiment, load(experiment.baseline), settings)
    by_name = {v.name: v for v in variants if v.stress == "none"}
    first = experiment.headline[0].reform if experiment.headline else next(iter(experiment.reforms), experiment.baseline)
    titles = {experiment.baseline: "现状" if language == "zh" else "today", first: reform_title(experiment, first, language)}
    told = Settings(seed=int(result.provenance["seed"]))
    logs = {title: log_of(by_name[name].scenario.model_copy(update={"horizon": horizon}), told) for name, title in titles.items()}
    names = [*experiment.reforms, *experiment.bundles]
    shown = {m: (t[language == "zh"], u[language == "zh"], f) for m, (t, u, f) in SHOWN.items() if m in experiment.measures}
    pictures = {
        "reform-ladder": figures.ladder(
            [r for r in result.rows if r["stress"] == "none"],
            {name: reform_title(experiment, name, language) for name in names},
            {name: _note(experiment, name, language) for name in names},
            shown,
            language,
        ),
        **_pictures_of_logs(logs, language),
    }
    return save(pictures, out)


def reform_title(experiment: Experiment, name: str, language: str) -> str:
    """Return what a reform or a bundle is called."""
    if name in experiment.bundles:
        return " + ".join(reform_title(experiment, part, language) for part in experiment.bundles[name])
    title = load_reform(name).title
    return title.zh if language == "zh" else title.en


def _note(experiment: Experiment, name: str, language: str) -> str:
    parts = [load_reform(part) for part in experiment.bundles.get(name, (name,))]
    once, yearly = (sum(float(getattr(p.cost, field)) for p in parts) / 1000 for field in ("once", "yearly"))
    months = max(float(p.lead_time) for p in parts) / (30 * 86_400)
    authorities = list(dict.fromkeys(str(p.authority) for p in parts))
    if language == "zh":
        who = "、".join(AUTHORITY.get(a, a) for a in authorities)
        return f"一次性 {once:,.0f} 千元，每年 {yearly:,.0f} 千元；{who}；{months:.0f} 个月"
    return f"{once:,.0f} kCNY once, {yearly:,.0f} a year; {', '.join(authorities)}; {months:.0f} months"


def _pictures_of_logs(logs: Mapping[str, EventLog], language: str) -> dict[str, Figure]:
    case = _telling_case(next(iter(logs.values())))
    pictures = {
        "hall": figures.hall_strip(logs, language),
        "where-days-go": figures.where_days_go(logs, language),
        "decided-within": figures.within(logs, language),
    }
    if case is not None:
        pictures["one-file"] = figures.ribbon(
            {t: (log, c) for t, log in logs.items() if (c := _same(next(iter(logs.values())), case, log)) is not None}, language
        )
    return pictures


def _telling_case(log: EventLog) -> int | None:
    """Return a decided joint case of the window, or a committed one, with the lead time of the upper quartile."""
    low, high = log.meta.window or (0, log.meta.horizon)
    c = log.cases
    inside = c[c["delivered"].notna() & c["accepted"].ge(low) & c["accepted"].lt(high) & (c["channel"] == "counter")]
    for name in ("joint", "committed"):
        chosen = inside[inside["class"] == name]
        if len(chosen):
            took = (chosen["decided"] - chosen["accepted"]).sort_values()
            return int(chosen.loc[took.index[(3 * len(took)) // 4], "case"])
    return None


def _same(log: EventLog, case: int, other: EventLog) -> int | None:
    """Return the accepted case of the same occurrence in another log."""
    who = log.cases[log.cases["case"] == case].iloc[0]
    c = other.cases
    same = c[(c["need"].astype(str) == str(who["need"])) & (c["number"] == who["number"]) & c["accepted"].notna()]
    return int(same["case"].iloc[0]) if len(same) else None


def save(pictures: Mapping[str, Figure], out: Path) -> list[Path]:
    """Write pictures as PNG and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, picture in pictures.items():
        paths.append(out / f"{name}.png")
        picture.savefig(paths[-1], dpi=130)
    return paths
