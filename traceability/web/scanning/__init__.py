"""Pages of scanning: where a scan leads, pictures that the server reads, the set-up of scanners."""
