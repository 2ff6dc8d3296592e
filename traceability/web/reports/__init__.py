"""Report pages: the regional table, a region, products, and what is behind a figure."""
