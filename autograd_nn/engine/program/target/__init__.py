"""Targets: how steps are done on a machine, a room for each; there is one, the CPU.

What a step's kernel says goes in, code that runs comes out. Start with ``cpu/library.py``.
"""
