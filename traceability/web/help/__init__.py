"""Show the guides of planners and auditors."""
