"""Read the book: lots, their histories, events, and lineages."""
