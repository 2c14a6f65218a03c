"""Loops over entries: a fused group goes in, a plan of one loop comes out, or of its parts.

``loop.py`` is what a plan says: start there. `fused` makes it of a group, `parts` cuts loops that
gather, so that threads share them.
"""
