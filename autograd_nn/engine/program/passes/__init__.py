"""Passes: a graph goes in, a better graph comes out. Nothing here knows a target or a byte.

`widen` has 16 bits computed in float32, `expand` writes ops out that others can say, `simplify`
drops what is dead, equal or constant, `joining` makes one of what is placed apart, and of products
that share a matrix, `touching` leaves of a table the rows that stay, `turned` has windows' channels
last, `remake` has readers compute what is large and made of little, and `fuse` groups elementwise
calls with what ends them: reductions, and sums of entries that land (`landing`).

Start with ``simplify.py``.
"""
