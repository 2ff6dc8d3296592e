"""Make the figures of places and periods: from sums and declarations to values, targets and gaps, as a viewer may see them."""
