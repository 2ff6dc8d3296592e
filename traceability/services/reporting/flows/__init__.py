"""Follow metal through a place: where it comes from, through which sites it goes, where it ends."""
