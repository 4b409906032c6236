"""What a person touches: command line, figures, reports, notebook widgets, languages."""
