"""Passes: a graph goes in, a better graph comes out. Nothing here knows a target or a byte.

Ops are written out in simpler ones, what is known or equal is taken together, loops are joined.
Start with ``simplify.py``.
"""
