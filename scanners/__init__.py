"""What a scanned or printed code says (floor 1)."""
