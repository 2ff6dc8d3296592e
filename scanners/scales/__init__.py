"""Read what scales send: frames of bytes to weights in grams, and when a weight stands still.

``static/scales/frames.js`` does the same in the browser; both are held to ``tests/scanners/scale_vectors.json``.
"""
