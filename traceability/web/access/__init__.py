"""Pages of access: one's own sessions, yard devices, and tokens of programs."""
