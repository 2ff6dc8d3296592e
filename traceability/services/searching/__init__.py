"""Find what people know a part of, and list events, heats and shipments, inside what a viewer may see."""
