"""Show many figures side by side: on a map, by month, by metal, by target."""
