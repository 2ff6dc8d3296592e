"""Pages of administrators: accounts, master data and the audit log."""
