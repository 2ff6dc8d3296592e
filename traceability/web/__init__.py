"""Pages and API: parse, call one service, answer (floor 5)."""
