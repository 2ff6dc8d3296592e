"""Say why a share is what it is, and what it would be with other amounts."""
