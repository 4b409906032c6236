"""What `onewindow mechanisms` prints: the register on a page, or as one JSON document; and its measurement."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.ablation import digests, figures_path, load_figures, measured, merged, records, write_figures
from simulation.errors import FileRefused, InputRefused, Problem, nearest
from simulation.mechanisms import Register, ablation, load_register, misfits
from simulation.result import Evidence
from simulation.verbs import Settings, compare, load, load_reform
from workbench.language import group_name, heading, measure_name
from workbench.quantities import number, span, unit_of
from workbench.titles import labels_of

if TYPE_CHECKING:
    from rich.console import Console

    from simulation.scenario import Scenario

WIDTH = 100
Row = Mapping[str, Any]
WORDS = {
    "title": (
        "{n} mechanisms of good administration: {on} with a reform that switches them on alone, "
        "{rule} otherwise represented, {off} not yet",
        "{n}项机制：{on}项有可单独启用的改革，{rule}项以其他方式体现，{off}项尚未体现",
    ),
    "alone": ("What each does alone: {baseline}", "各项单独的作用：{baseline}"),
    "pairs": ("Pairs: together against the sum of each alone", "配对：同时采用与单独作用之和"),
    "rest": ("Represented, with nothing to switch on", "已体现，但无可启用的改革"),
    "off": ("Not yet", "尚未体现"),
    "details": ("What lies behind each", "各项说明"),
    "mechanism": ("mechanism", "机制"), "measure": ("shown by (unit)", "体现指标（单位）"), "expected": ("essay expects", "原文预期"),
    "effect": ("difference", "差值"), "interval": ("95 % interval", "95% 区间"), "verdict": ("verdict", "结论"),
    "sum": ("sum of alone", "单独之和"), "together": ("together", "同时采用"), "beyond": ("beyond the sum", "超出之和"),
    "missing": ("what is missing", "尚缺"), "form": ("form", "体现方式"), "today": ("today", "现值"),
    "reform": ("reform", "改革"), "why": ("why", "理由"), "assumes": ("assumes", "假设"), "misses": ("does not capture", "未涵盖"),
    "ad hoc": ("ad hoc: a field set by hand, without a kind of edit of its own", "临时设定：直接改字段，无专门编辑类型"),
    "none": ("Nothing is measured yet: onewindow mechanisms --measure (about six minutes on two cores).",
        "尚未测量：onewindow mechanisms --measure（双核约6分钟）。",
    ),
    "stale": (
        "stale: code, baseline, reform or question changed since; the figure is of then, and gets no verdict.",
        "过时：代码、现状、改革或问题此后有变；数字为当时所测，不作结论。",
    ),
    "some stale": (
        "Figures of {n} of {of} are stale and get no verdict; onewindow mechanisms --measure takes them anew (six minutes on two cores).",
        "{of}项中有{n}项的数字已过时，不作结论：onewindow mechanisms --measure 重新测量（双核约6分钟）。",
    ),
    "claim": (
        "Confirmed: moves as expected by more than {smallest} of today's value. Too small: moves by less, either way. "
        "Contradicted: falls short, and may go the other way by as much. "
        "5 % over all rows (Holm); pairs are a family of their own.",
        "证实：按预期变动且超过现值的{smallest}。变动过小：变动小于此数。否定：不及此数，且可能反向变动。"
        "全部各行合计 5%（Holm）；配对另计。",
    ),
    "intervals": (
        "Intervals: single 95 %, over replications on the same citizens; chance only, assumptions not included.",
        "区间：单独 95%，以同一批群众的重复仿真计；仅计随机性，未计入假设。",
    ),
    "runs": ("{rows}{n} replications, window of {days} working days, seed {seed}.", "{rows}{n}次重复，{days}个工作日，种子{seed}。"),
}  # fmt: skip
SAID = {
    "lower": "降低", "higher": "提高", "none": "未指明", "confirmed": "证实", "contradicted": "否定", "not resolved": "无法分辨",
    "measured": "已测", "stale": "过时", "not measured": "未测", "no switch": "无开关", "not yet": "尚未体现",
    "higher than the sum": "高于之和", "lower than the sum": "低于之和", "too small": "变动过小", "the sum": "等于之和",
    "reform": "改革", "rule": "规则", "check": "检查", "gate": "关口",
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def said(code: str, language: str) -> str:
    """Return what a direction, status, form or verdict is called."""
    return ("指标" if code == "measure" else SAID.get(code, code)) if language == "zh" else code


def measure_register(register: Register, folder: Path | None, only: Collection[str], settings: Settings) -> Path:
    """Measure the mechanisms and pairs (those named by `only`), write their figures beside the others', and return the file.

    Parameters
    ----------
    folder : where the file of figures is; that of the library when None.

    Raises
    ------
    InputRefused
        A name that is no mechanism with a reform, and no pair.
    """
    known = [row.id for row in register.rows()]
    rule = "a mechanism that a reform switches on, or a pair"
    if wrong := [Problem("--only", name, rule, nearest(name, known)) for name in only if name not in known]:
        raise InputRefused(wrong)
    path = _figures(folder)
    old = load_figures(path)
    baseline = load(register.baseline)
    stamps = {row.id: digests(register, row, baseline, load_reform) for row in register.rows() if not only or row.id in only}
    result = compare(ablation(register, only), settings)
    days = settings.days if settings.days is not None else int(baseline.horizon.window_wd)
    write_figures(path, merged(register, old, measured(register, result, stamps, days)))
    return path


def print_register(register: Register, folder: Path | None, *, as_json: bool = False, language: str = "en") -> None:
    """Print the register with its figures: a page, or a JSON list with an object for each mechanism.

    Raises
    ------
    FileRefused
        Where the register contradicts the reform files or the catalogue of measures.
    """
    if wrong := misfits(register, load_reform):
        raise FileRefused(wrong)
    figures, baseline = load_figures(_figures(folder)), load(register.baseline)
    rows = records(register, figures, baseline, load_reform)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=1))
        return
    _page(register, rows, baseline, language)


def check_register(path: Path) -> str:
    """Return what the register in a file holds.

    Raises
    ------
    InputRefused
        With everything that is wrong, in it and between it and the reform files, pairs together included.
    """
    from simulation.verbs import prepared

    register = load_register(path)
    if wrong := misfits(register, load_reform):
        raise FileRefused(wrong)
    prepared(ablation(register), load(register.baseline), Settings())
    return f"{len(register.mechanisms)} mechanisms, {len(register.switched())} with a reform, {len(register.pairs)} pairs"


def _figures(folder: Path | None) -> Path:
    return figures_path() if folder is None else folder / figures_path().name


def _page(register: Register, rows: Sequence[Row], baseline: Scenario, language: str) -> None:
    from rich.console import Console

    console = Console(width=WIDTH)
    on = [row for row in rows if row["reform"] is not None]
    off = [row for row in rows if row["status"] == "not yet"]
    rest = [row for row in rows if row["status"] == "no switch"]
    head = word("title", language).format(n=len(rows), on=len(on), rule=len(rest), off=len(off))
    console.print(head, style="bold", highlight=False)
    if stale := [row["id"] for row in on if row["status"] == "stale"]:
        console.print(word("some stale", language).format(n=len(stale), of=len(on)), highlight=False)
    title = baseline.title.zh if language == "zh" else baseline.title.en
    _heading(console, word("alone", language).format(baseline=title))
    heads = ["", *(word(key, language) for key in ("mechanism", "measure", "expected", "effect", "interval", "verdict"))]
    cells: list[tuple[str, ...]] = [
        (row["id"], _name(row, language), _shown(row, baseline, language), said(row["expected"], language), *_effect(row, language))
        for row in on
    ]
    _table(console, heads, cells, (3, 21, 23, 8, 10, 16, 12), left=4)
    pairs = list({p["id"]: p for row in rows for p in row["pairs"]}.values())
    _heading(console, word("pairs", language))
    heads = [word(key, language) for key in ("mechanism", "measure", "sum", "together", "beyond", "interval", "verdict")]
    cells = [
        (_name(p, language), _shown(p, baseline, language), _sum(p), _figure(p, "together"), *_effect(p, language)) for p in pairs
    ]
    _table(console, heads, cells, (20, 19, 9, 9, 9, 16, 12), left=2)
    _notes(console, register, [*on, *pairs], baseline, language)
    _heading(console, word("rest", language))
    heads = ["", *(word(key, language) for key in ("mechanism", "form", "measure"))]
    cells = [(r["id"], _name(r, language), ", ".join(said(f, language) for f in r["form"]), _shown(r, baseline, language)) for r in rest]
    _table(console, heads, cells, (3, 36, 20, 36), left=4)
    _heading(console, word("details", language))
    for row in (*on, *rest):
        _details(console, row, language)
    _heading(console, word("off", language))
    heads = ["", *(word(key, language) for key in ("mechanism", "missing"))]
    _table(console, heads, [(r["id"], _name(r, language), r["misses"][_key(language)]) for r in off], (3, 30, 62), left=3)


def _notes(console: Console, register: Register, rows: Iterable[Row], baseline: Scenario, language: str) -> None:
    """What the figures mean and how they were made."""
    known = [row for row in rows if row.get("effect") is not None]
    console.print()
    if not known:
        console.print(word("none", language), highlight=False)
        return
    smallest = f"{100 * float(register.smallest):g} %"
    console.print(word("claim", language).format(smallest=smallest), highlight=False)
    if any(row["status"] == "stale" for row in known):
        console.print(word("stale", language), highlight=False)
    console.print(word("intervals", language), highlight=False)
    runs: dict[tuple[int, int, int], list[str]] = {}
    for row in known:
        runs.setdefault((row["n"], row["window_wd"], row["seed"]), []).append(row["id"])
    for (n, days, seed), ids in runs.items():
        comma, colon = ("、", "：") if language == "zh" else (", ", ": ")
        names = f"{comma.join(ids)}{colon}" if len(runs) > 1 else ""
        console.print(word("runs", language).format(rows=names, n=n, days=days, seed=seed), highlight=False)
    console.print(Evidence.of(baseline).line(language), highlight=False)


def _details(console: Console, row: Row, language: str) -> None:
    """One mechanism in words."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text(f"{row['id']}  {_name(row, language)}", style="bold"))
    key, colon = _key(language), "：" if language == "zh" else ": "
    told = [(name, row[name][key]) for name in ("why", "assumes", "misses") if row[name] is not None]
    if row["reform"] is not None:
        hand = f"; {word('ad hoc', language)}" if "set" in row["edits"] else ""
        told.insert(0, ("reform", f"{row['reform']} ({', '.join(row['edits'])}{hand})"))
    for name, text in told:
        console.print(Padding(Text(f"{word(name, language)}{colon}{text}"), (0, 0, 0, 5)))


def _key(language: str) -> str:
    return "zh" if language == "zh" else "en"


def _name(row: Row, language: str) -> str:
    return str(row["chinese"] if language == "zh" else row["english"])


def _shown(row: Row, baseline: Scenario, language: str) -> str:
    """A measure, its group and the unit of differences."""
    from simulation.measures import CATALOGUE

    if row["measure"] is None:
        return ""
    text = heading(measure_name(row["measure"], language))
    if row["group"] != "all":
        text += f"{'，' if language == 'zh' else ', '}{group_name(row['group'], language, labels_of(baseline))}"
    unit = unit_of(CATALOGUE[row["measure"]].unit).apart[language == "zh"]
    return f"{text}（{unit}）" if language == "zh" else f"{text} ({unit})"


def _figure(row: Row, key: str) -> str:
    return "" if row.get(key) is None else number(row, key, signed=True)


def _effect(row: Row, language: str) -> tuple[str, str, str]:
    """The difference, its interval and the verdict, or why there is none."""
    between = "" if row.get("effect") is None else span(row, "low", "high", signed=True)
    return _figure(row, "effect"), between, said(row["verdict"] or row["status"], language)


def _sum(pair: Row) -> str:
    alone = pair.get("alone") or []
    return "" if not alone or None in alone else _figure({**pair, "sum": sum(alone)}, "sum")


def _heading(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/bold]\n", highlight=False)


def _table(console: Console, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], *, left: int) -> None:
    """Print a table whose columns have these widths; what is longer goes on in the next line, nothing is cut off."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    for k, (head, width) in enumerate(zip(heads, widths, strict=True)):
        table.add_column(head, justify="left" if k < left else "right", overflow="fold", width=width)
    for row in rows:
        table.add_row(*row)
    console.print(table, highlight=False)
