"""Find anything by what people know of it, and list events, heats and shipments."""
