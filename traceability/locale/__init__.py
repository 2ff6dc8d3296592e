"""What people read for a code: texts in Chinese and English (floor 1)."""
