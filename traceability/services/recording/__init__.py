"""Record events: capture, corrections, late entries, previews and seals."""
