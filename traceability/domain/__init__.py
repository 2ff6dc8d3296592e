"""Decide everything about scrap, melts and figures in pure code, without a database, a web or a
clock (floor 0)."""
