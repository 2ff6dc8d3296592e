"""Frames and lineages in, bytes out: SVG and tables (floor 4)."""
