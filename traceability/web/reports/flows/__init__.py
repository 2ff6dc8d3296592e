"""Show where the metal of a place comes from and where it goes."""
