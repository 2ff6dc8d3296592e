"""Measure speed: the same work beside a hand-written floor, printed as ratios.

Run by ``make bench``, not a test.
"""
