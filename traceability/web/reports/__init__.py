"""Report pages: the regional table, a place, its months and flows, why, and what is behind a figure."""
