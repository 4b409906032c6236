"""Run the benchmarks, write results.json and the table of the README: `make bench`, a few minutes. `--only NAME`, `--rounds N`."""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks.measured import BENCHMARKS
from benchmarks.report import README, RESULTS, document, table, with_table


def main() -> None:
    """Run all and write; with `--only` run one and print."""
    words = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    words.add_argument("--only", choices=[*BENCHMARKS], help="run one, print its ratios and write nothing")
    words.add_argument("--rounds", type=int, default=5, help="alternated rounds")
    told = words.parse_args()
    found = {}
    for name in [told.only] if told.only else BENCHMARKS:
        sys.stderr.write(f"{name} ...\n")
        found[name] = BENCHMARKS[name](told.rounds)
    kept = document(found, told.rounds)
    sys.stdout.write(table(kept) + "\n")
    if not told.only:
        RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        README.write_text(with_table(README.read_text(encoding="utf-8"), kept), encoding="utf-8")


if __name__ == "__main__":
    main()
