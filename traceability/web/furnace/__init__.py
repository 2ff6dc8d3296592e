"""Pages of furnaces: their heats in work, charging and finishing."""
