"""Data only: baselines, reforms, stresses, experiments, tables, calendars; JSON Schema for editors."""
