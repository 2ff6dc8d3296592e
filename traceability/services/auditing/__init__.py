"""What auditors look at: findings about what was recorded, the journal, the last check, the book as it stood."""
