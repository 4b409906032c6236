"""The text of a file, and only text that a person can see."""

import re
from pathlib import Path

from simulation.errors import FileRefused, Problem

BYTES = 50_000_000
# Control characters, and those that turn the direction of text so that it reads otherwise than it is.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffd-\uffff]")


def shown(path: Path) -> str:
    """The path as a person should see it: relative where it lies below the working folder."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without a byte order mark; line ends become ``\\n``.

    Raises
    ------
    FileRefused : unreadable, too large, another encoding, or a character that cannot be seen
    """
    utf8 = "a file is UTF-8 text"
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileRefused(Problem(shown(path), error.strerror or "unreadable", "a file must be readable")) from error
    if len(raw) > BYTES:
        raise FileRefused(Problem(shown(path), f"{len(raw):,} bytes", f"a file has at most {BYTES:,} bytes", "is it the right file?"))
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused(Problem(f"{shown(path)}:1", "UTF-16 text", utf8, "save it again as UTF-8"))
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = "GBK text, it seems" if _decodes(raw, "gb18030") else "bytes of another encoding"
        raise FileRefused(Problem(f"{shown(path)}:{line}", found, utf8, "save it again as UTF-8")) from error
    unseen = [
        Problem(f"{shown(path)}:{n}", f"U+{ord(one[0]):04X}", "a file has no control or invisible characters", "delete this character")
        for n, line in enumerate(text.split("\n"), 1)
        if (one := UNSEEN.search(line))
    ]
    if unseen:
        raise FileRefused(unseen)
    return text


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def seen(text: str) -> bool:
    """Whether a person sees every character of the text."""
    return text.isprintable() and not UNSEEN.search(text)
