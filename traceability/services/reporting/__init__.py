"""Report figures of places and periods, and what stands behind each."""
