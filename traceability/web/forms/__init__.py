"""Forms that record events: fields, rows and photos."""
