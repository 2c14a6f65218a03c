"""Guards: what a recorded function read besides its arguments, read again before a replay.

In goes the function, then each frame that begins to run while it is recorded; out comes one check
of all that was read. ``tracer.py`` names the frames, ``reads.py`` and ``operands.py`` tell from
bytecode what they look up, ``owners.py`` whose they are. Each file then adds to the one before:
``notes.py`` (the checks so far, or why not), ``arrays.py``, ``chains.py`` (a name's attributes and
items), ``objects.py``, ``walk.py`` (containers, functions), ``guards.py`` (from recording to
replay). ``checks.py`` and ``holding.py`` make the check, ``doors.py`` lists what gives another
answer at every call. Start with ``guards.py``.
"""
