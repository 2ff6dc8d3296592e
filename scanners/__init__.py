"""Read what a scanned or printed code says, and draw the codes that are printed (floor 1)."""
