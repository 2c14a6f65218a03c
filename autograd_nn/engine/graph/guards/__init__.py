"""Guards: what a recorded function read besides its arguments, read again before a replay.

``guards.py`` gathers the places while the function runs; ``reads.py`` tells from bytecode what is
looked up, ``tracer.py`` which functions ran, ``checks.py`` makes the check.
Start with ``guards.py``.
"""
