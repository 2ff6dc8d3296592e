"""List what a place collected, made and handed over, and who is certified."""
