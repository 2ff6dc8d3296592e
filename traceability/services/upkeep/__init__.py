"""Keep the store sound: check, rebuild, backup and jobs."""
