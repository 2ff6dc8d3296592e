"""Pages about lots: one lot, lists, traces, labels and scans."""
