"""Where the book is kept: one store, two engines that behave alike (floor 2)."""
