"""Run the benchmarks, write results.json and the table of the README: `make bench`, about half an hour; `--help` says what else."""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks.measured import BENCHMARKS, LONG_ONES
from benchmarks.report import README, RESULTS, document, table, with_table


def main() -> None:
    """Run all and write; with `--only` run some and print."""
    every = BENCHMARKS | LONG_ONES
    words = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    words.add_argument("--only", nargs="+", choices=[*every], help="run these, print their ratios and write nothing")
    words.add_argument("--write", action="store_true", help="with --only: put them in the place of their former figures")
    words.add_argument("--long", action="store_true", help=f"run {' and '.join(LONG_ONES)} as well")
    words.add_argument("--rounds", type=int, default=5, help="alternated rounds")
    told = words.parse_args()
    found = {}
    for name in told.only or (every if told.long else BENCHMARKS):
        sys.stderr.write(f"{name} ...\n")
        found[name] = every[name](told.rounds)
    write = told.write or not told.only
    before = json.loads(RESULTS.read_text(encoding="utf-8"))["benchmarks"] if write else {}
    kept = document(found, told.rounds, before)
    kept["benchmarks"] = {name: kept["benchmarks"][name] for name in every if name in kept["benchmarks"]}
    sys.stdout.write(table(kept) + "\n")
    if write:
        RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        README.write_text(with_table(README.read_text(encoding="utf-8"), kept), encoding="utf-8")


if __name__ == "__main__":
    main()
