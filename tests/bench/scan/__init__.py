"""Measure what a worker waits for: scanning, labels, and a queue that drains after a day without a network."""
