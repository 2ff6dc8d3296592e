"""Pages about lots: one lot, lists, traces and labels."""
