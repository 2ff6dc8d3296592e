"""The system: domain, wire, services, exchange, render, web. Imports nothing, so that any part loads alone."""
