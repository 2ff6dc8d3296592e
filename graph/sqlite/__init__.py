"""Keep the store in one SQLite file."""
