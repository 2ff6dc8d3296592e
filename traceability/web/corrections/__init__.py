"""Pages that void or replace events."""
