"""Pages of drafts that devices sent and nobody could record yet."""
