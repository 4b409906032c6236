"""Engines: a Plan and Draws in, an EventLog out. The SimPy engine in `process` is the definition."""

from simulation.engines.process import simulate

__all__ = ["simulate"]
