"""A day at the weighbridge and the furnace: tickets and heats from their opening to their event."""
