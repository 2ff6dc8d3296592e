"""Translate foreign shapes to drafts and back: files, logs, reference and demo data (floor 4)."""
