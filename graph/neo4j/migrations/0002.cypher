// Tallies gain the property primary_first, which needs no constraint or index of its own.
