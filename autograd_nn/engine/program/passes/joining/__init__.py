"""Joining: calls of a graph that do parts of one thing go in, one call that does it comes out.

`assemble` joins parts that are placed apart in zeros, `abreast` products that share a matrix or a
sum. Start with ``assemble.py``.
"""
