"""Passes: a graph goes in, a better graph comes out. Nothing here knows a target or a byte.

`expand` writes ops out that others can say, `simplify` drops what is dead, equal or constant, and
`fuse` groups elementwise calls with the reductions that end them. Start with ``simplify.py``.
"""
