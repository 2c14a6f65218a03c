"""Targets: how steps are done on a machine, a room for each: ``cpu``, this processor's own code;
``xla``, whatever JAX drives.

What a step's kernel says goes in, code that runs comes out. ``target.py`` is what each of them is
to those who ask for programs; start with it, then ``cpu/library.py``.
"""
