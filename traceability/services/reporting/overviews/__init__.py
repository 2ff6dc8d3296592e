"""Lay many figures out side by side: of months, places, metals, targets."""
