"""Look up people, parties, reference data and photos."""
