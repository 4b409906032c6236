"""Languages and the fonts they need: Chinese glyphs must render, on a machine with no Chinese font too."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simulation.log import EventLog

Language = Literal["en", "zh"]
SYSTEM = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei")


def fonts() -> list[str]:
    """Return font families for both languages: Latin first, then a Chinese one, of the system or of the font package.

    DejaVu comes first because a Chinese font would turn the minus signs of an axis into wide ones.
    """
    from matplotlib import font_manager

    known = {f.name for f in font_manager.fontManager.ttflist}
    for name in SYSTEM:
        if name in known:
            return ["DejaVu Sans", name]
    font = str(files("pylopdf_fonts_zh_cn").joinpath("NotoSansSC-Regular.otf"))
    font_manager.fontManager.addfont(font)
    return ["DejaVu Sans", font_manager.FontProperties(fname=font).get_name()]


def name_of(log: EventLog, kind: str, code: str, language: str) -> str:
    """Return what a code of a log is called in the reader's language; the code itself when nothing else is known."""
    label = log.meta.labels.get(kind, {}).get(code)
    if label is None:
        return code
    return (label.zh or label.en) if language == "zh" else label.en
