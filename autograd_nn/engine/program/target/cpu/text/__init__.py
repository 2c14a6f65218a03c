"""Texts: what a step says, as the source of a kernel.

Structures go in (loops, products, gathers and their operands), Numba's Python comes out.
Start with ``loops.py``.
"""
