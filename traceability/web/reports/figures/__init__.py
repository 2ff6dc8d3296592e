"""Show the figures of the regions and of a place, and what is behind each."""
