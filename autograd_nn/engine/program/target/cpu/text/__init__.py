"""Texts: what a step says, as the source of a kernel. Structures in, Numba's Python out."""
