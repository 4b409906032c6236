"""How a centre runs: scenario, reforms, plan, draws, engines, event log, measures, experiments, calibration."""
