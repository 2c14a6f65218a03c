"""Targets: which machine makes a program of a graph.

A graph goes in, a `Program` comes out, whatever runs it; there is one target, the CPU.
Start with ``cpu/library.py``.
"""
