"""What `onewindow regress` does: run what files expect, say what moved, write a report for a machine, and expectations when told to.

A file is `NAME.expected.yaml`, or the experiment or scenario it is about: by path, with the expectations beside it, or by stem, with the
expectations in the working folder or in ``scenarios/expectations/`` of the library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from simulation.errors import FileRefused, InputRefused, Problem
from simulation.files import dump, find, read_text, shown
from simulation.moved import FEWEST, Finding, Verdict, compared
from simulation.regression import (
    ALONE,
    ENDING,
    Expectations,
    Run,
    first_expectations,
    load_expectations,
    observed,
    question,
    subject,
    versions,
)
from simulation.verbs import Settings
from workbench.language import measure_name
from workbench.report import print_json

WORDS: dict[str, tuple[str, str]] = {
    "equal": ("equal", "一致"), "differs": ("differs", "不一致"), "equivalent": ("equivalent", "等效"), "moved": ("moved", "有变动"),
    "not equivalent": ("not shown to be equivalent", "未能证明等效"),
    "refused": ("refused", "未通过检查"), "written": ("written", "已写入"),
    "unchanged": ("unchanged, not written", "无变化，未写入"), "not written": ("not written", "未写入"),
    "run": ("scenarios", "方案"), "digest": ("digests", "日志摘要"), "count": ("counts", "计数"), "value": ("values", "指标"),
}  # fmt: skip
LINES = {
    "head": ("{file}: {verdict} ({parts} equal; {n} replications)", "{file}：{verdict}（{parts}一致；{n}次模拟）"),
    "digest": ("digest of the log: not the same in replications {which}", "日志摘要：第{which}次模拟不一致"),
    "only expected": ("{what}: expected, but no longer found", "{what}：应有而未出现"),
    "only found": ("{what}: found, but not expected", "{what}：未列入预期"),
    "moved": (
        "{what}: expected {expected}, found {found} on average, {apart}, in replications {which}",
        "{what}：预期平均{expected}，实得{found}，差{apart}，第{which}次模拟",
    ),
    "tested": (
        "; 90 % interval {low} to {high}, margin {margin}: {verdict}", "；90%区间{low}至{high}，允许{margin}：{verdict}",
    ),
    "constant": (
        "; the same in each of {n} replications, so no interval (up to {share} of replications may differ, 95 %), "
        "margin {margin}: {verdict}",
        "；{n}次模拟中均相同，故无区间（至多{share}的模拟可能不同，95%），允许{margin}：{verdict}",
    ),
    "since": ("; first accepted at {first}, {apart} since", "；最初接受值{first}，此后共差{apart}"),
    "alone": ("; margin {margin}: one replication shows no equivalence", "；允许{margin}：仅一次模拟，无法证明等效"),
    "versions": ("written with {then}; here {now}", "写入时为{then}；此处为{now}"),
    "meant": (
        "meant? `onewindow regress {file} --moved` tells whether by more than the margin; `--update` writes what is found",
        "若属有意改动：`onewindow regress {file} --moved`检验是否超出允许范围，`--update`写入新值",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What is asked for beside the files; `seed`, `replications` and `days` are of a file to be written, `runs` tells where and how."""

    moved: bool = False
    update: bool = False
    seed: int | None = None
    replications: int | None = None
    days: int | None = None
    runs: Settings = ALONE


@dataclass(frozen=True)
class Report:
    """What became of one file: its findings; `written`, `unchanged` or `not written`, where an update was asked for; problems."""

    path: Path
    findings: tuple[Finding, ...] = ()
    expected: Expectations | None = None
    update: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def verdict(self) -> str:
        """Return `refused`, the worst verdict of the findings, or what an update did."""
        if self.problems:
            return "refused"
        if self.update in ("written", "unchanged"):
            return self.update
        order: tuple[Verdict, ...] = ("differs", "not equivalent", "equivalent", "moved")
        return next((one for one in order if any(f.verdict == one for f in self.findings)), "equal")

    @property
    def exit_code(self) -> int:
        """Return 2 for a file that was refused, 1 for one whose numbers are not as expected."""
        if self.problems:
            return 2
        return 0 if self.update in ("written", "unchanged") or all(f.good for f in self.findings) else 1

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        parts = {"file": shown(self.path), "verdict": self.verdict, "exit_code": self.exit_code}
        if self.problems:
            return parts | {"problems": [vars(p) for p in self.problems]}
        return parts | {"findings": [vars(f) for f in self.findings]}


def expectations_of(name: str) -> Path:
    """Return where the expectations of `name` lie, or would be written."""
    path = Path(name)
    if name.endswith(ENDING):
        return path
    if path.is_file():
        return path.with_name(f"{path.stem}{ENDING}")
    here = Path(f"{name.removesuffix('.yaml')}{ENDING}")
    try:
        return here if here.is_file() else find(f"{here.name.removesuffix('.yaml')}", "expectations")
    except FileRefused:
        return here


def regress(name: str, request: Request = Request()) -> Report:
    """Run what the expectations of `name` are about and compare; write them where asked. What is refused is in the report."""
    path = expectations_of(name)
    try:
        return _regress(path, name, request)
    except InputRefused as refused:
        return Report(path, problems=refused.problems)


def _regress(path: Path, name: str, request: Request) -> Report:
    stated = (request.seed, request.replications, request.days)
    if any(one is not None for one in stated) and not (request.update and not path.is_file()):
        rule = "seed, replications and days stand in the expectations; options say them when a file is first written"
        raise InputRefused(Problem(shown(path), "--seed, --replications or --days", rule, "edit the file, then --update"))
    about = subject(path)
    if path.is_file():
        expected = load_expectations(path, anew=request.update)
    elif request.update:
        expected = first_expectations(about, *stated)
    else:
        remedy = f"`onewindow regress {name} --update` writes what is found today"
        raise FileRefused(Problem(shown(path), "no such file", f"expectations of {about.name} lie beside it under this name", remedy))
    if request.moved and expected.replications < FEWEST:
        rule = f"--moved tests means over replications, {FEWEST} at least"
        remedy = f"before the change, write replications: {FEWEST} or more into the file and --update"
        raise InputRefused(Problem(shown(path), f"replications: {expected.replications}", rule, remedy))
    found = observed(question(about, expected), expected, request.runs)
    findings = tuple(compared(expected, found, request.moved))
    return Report(path, findings, expected, _written(path, expected, found, findings, request) if request.update else "")


def _written(path: Path, expected: Expectations, found: Sequence[Run], findings: Sequence[Finding], request: Request) -> str:
    equal = all(f.verdict == "equal" for f in findings)
    if path.is_file() and equal and (request.moved or not any(run.first for run in expected.runs)):
        return "unchanged"
    if request.moved and not all(f.good for f in findings):
        return "not written"
    head = read_text(path).partition("kind:")[0] if path.is_file() else ""
    runs = [_with_first(run, expected, findings) for run in found] if request.moved else found
    new = expected.model_copy(update={"runs": tuple(runs), "written_with": versions()})
    path.write_text(head + dump(new), encoding="utf-8")
    return "written"


def _with_first(run: Run, expected: Expectations, findings: Sequence[Finding]) -> Run:
    """A run found, with what was first accepted of each value that moved, now or before."""
    before = next((one for one in expected.runs if (one.scenario, one.stress) == (run.scenario, run.stress)), None)
    if before is None:
        return run
    moved = {f.what for f in findings if (f.scenario, f.stress, f.part) == (run.scenario, run.stress, "value") and f.verdict != "equal"}
    kept = {what: before.first.get(what, line) for what, line in before.values.items() if what in moved or what in before.first}
    return run.model_copy(update={"first": kept})


def regress_files(names: Sequence[str], request: Request, junit: Path | None, as_json: bool, language: str) -> int:
    """Do what the command does and return its exit code: 2 when a file was refused, else 1 when numbers are not as expected, else 0."""
    import typer

    reports = [regress(name, request) for name in names]
    if junit is not None:
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_bytes(junit_of(reports))
    code = max(report.exit_code for report in reports)
    if as_json:
        print_json({"exit_code": code, "files": [report.document() for report in reports]})
    for report in reports:
        for line in () if as_json and not report.problems else said(report, language):
            typer.echo(line, err=bool(report.problems))
    return code


def said(report: Report, language: str = "en") -> list[str]:
    """Return a report in words: the verdict, what moved, by how much, expected and found."""
    zh = language == "zh"
    if report.problems:
        return [f"{shown(report.path)}: {WORDS['refused'][zh]}", *(str(problem) for problem in report.problems)]
    assert report.expected is not None
    parts, sign = [], ("，" if zh else ", ")
    for part in ("run", "digest", "count", "value"):
        of = [f for f in report.findings if f.part == part]
        if of:
            equal, among = (sum(n) for n in zip(*(_equal(f) for f in of), strict=True))
            parts.append(f"{equal}/{among} {WORDS[part][zh]}")
    told = {"file": shown(report.path), "verdict": WORDS[report.verdict][zh], "parts": sign.join(parts)}
    lines = [LINES["head"][zh].format(**told, n=int(report.expected.replications))]
    if report.update in ("written", "unchanged"):
        return lines if report.update == "unchanged" else [f"{told['file']}{'：' if zh else ': '}{WORDS['written'][zh]}"]
    under = ""
    for f in (f for f in report.findings if f.verdict != "equal"):
        now = f.scenario if f.stress == "none" else f"{f.scenario} + {f.stress}"
        lines += [f"  {now}"] if now != under else []
        under = now
        lines.append(f"    {sentence(f, language)}")
    if len(lines) > 1 and (then := report.expected.written_with) != versions():
        apart = [(k, v, versions().get(k, "")) for k, v in then.items() if versions().get(k) != v]
        was, here = (sign.join(f"{k} {pair[n]}" for k, *pair in apart) for n in (0, 1))
        lines.append("  " + LINES["versions"][zh].format(then=was, now=here))
    if report.update == "not written":
        lines.append(f"  {WORDS['not written'][zh]}")
    elif report.exit_code:
        lines.append("  " + LINES["meant"][zh].format(file=told["file"]))
    return lines


def _equal(f: Finding) -> tuple[int, int]:
    """How many are equal, and of how many: a digest there is for each replication."""
    if f.part != "digest":
        return int(f.verdict == "equal"), 1
    return sum(a == b for a, b in zip(f.expected, f.found, strict=False)), max(len(f.expected), len(f.found))


def sentence(f: Finding, language: str = "en") -> str:
    """Return what moved in one entry, by how much, expected and found."""
    zh = language == "zh"
    which = ("、" if zh else ", ").join(map(str, f.differing))
    if not f.expected or not f.found:
        return LINES["only expected" if f.expected else "only found"][zh].format(what=_name(f, language))
    if f.part == "digest":
        return LINES["digest"][zh].format(which=which)
    a, b = ([x for x in side if isinstance(x, float)] for side in (f.expected, f.found))
    told = {"what": _name(f, language), "which": which, "expected": _mean(a), "found": _mean(b), "apart": "–"}
    if a and b:
        apart = fmean(b) - fmean(a)
        told["apart"] = f"{apart:+.6g}" + (f" ({apart / fmean(a):+.3%})" if fmean(a) else "")
    line = LINES["moved"][zh].format(**told)
    if f.margin is None:
        return line
    if f.first and (since := [x for x in f.first if x is not None]):
        line += LINES["since"][zh].format(first=_mean(since), apart=f"{fmean(b) - fmean(since):+.6g}" if b else "–")
    if f.constant is not None:
        words = {"n": str(len(f.found)), "share": f"{f.may_differ:.0%}", "margin": f"{f.margin:.6g}", "verdict": WORDS[f.verdict][zh]}
        return line + LINES["constant"][zh].format(**words)
    if f.low is None or f.high is None:
        return line + LINES["alone"][zh].format(margin=f"{f.margin:.6g}")
    ends = {name: f"{x:.6g}" for name, x in (("low", f.low), ("high", f.high), ("margin", f.margin))}
    return line + LINES["tested"][zh].format(**ends, verdict=WORDS[f.verdict][zh])


def _mean(numbers: Sequence[float]) -> str:
    return f"{fmean(numbers):.6g}" if numbers else "none"


def _name(f: Finding, language: str) -> str:
    if f.part != "value":
        return ("the scenario", "该方案")[language == "zh"] if f.part == "run" else f.what
    from simulation.measures import CATALOGUE

    measure = f.what.partition(" ")[0]
    unit = CATALOGUE[measure].unit if measure in CATALOGUE else ""
    called = f"{f.what} {measure_name(measure, language)}" if language == "zh" else f.what
    return f"{called} [{unit}]" if unit else called


def junit_of(reports: Sequence[Report]) -> bytes:
    """Return the reports as JUnit's XML: a suite a file, a case an entry; a refused file is an error."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("testsuites", name="onewindow regress")
    for report in reports:
        failed = [f for f in report.findings if not f.good]
        about = {"name": shown(report.path), "tests": str(len(report.findings) or 1), "failures": str(len(failed))}
        suite = SubElement(root, "testsuite", about, errors=str(int(bool(report.problems))), skipped="0")
        if report.problems:
            case = SubElement(suite, "testcase", classname=shown(report.path), name="file")
            told = "\n".join(map(str, report.problems))
            SubElement(case, "error", message=WORDS["refused"][0]).text = re.sub("[^\t\n -\ud7ff\ue000-\ufffd]", "\ufffd", told)
        for f in report.findings:
            where = f.scenario if f.stress == "none" else f"{f.scenario} + {f.stress}"
            case = SubElement(suite, "testcase", classname=f"{shown(report.path)}: {where}", name=f"{f.part}: {f.what}")
            if not f.good:
                SubElement(case, "failure", message=sentence(f)).text = f"expected {f.expected}\nfound {f.found}"
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
