"""Benchmarks: ratios of CPU time within one run, by `make bench`. Nothing here is a test."""
