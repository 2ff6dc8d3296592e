"""Open a figure: what is behind it, what changed it, and what it was at an earlier record."""
