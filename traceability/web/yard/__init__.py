"""The yard's app: a page that records without a network, what its device knows, and the worker that keeps it."""
