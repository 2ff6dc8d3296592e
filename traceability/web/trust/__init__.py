"""The page that tells a phone to trust the system's own certificate."""
