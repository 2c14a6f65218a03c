"""Planning: a graph goes in, steps come out, each value with its place.

Which call becomes which step, what may lie in the same bytes, in which order states change.
Start with ``build.py``.
"""
