"""Pages that record events, one for each group of kinds."""
