"""Programs: a function recorded once, replayed natively. See docs/design.md, "A recorded step".

In: a graph of `graph/record`, out: a `Program`, whose five doors are in ``program.py``. The rooms
are the stages of the way, each using those before it alone:
``passes`` a better graph · ``plan`` instructions, each value in its place · ``lower`` ops that are
no loops, as kernels · ``target`` texts, machine code, costs · ``run`` tables in memory, walked.
``make.py`` alone knows which targets there are, whose programs these are; ``jit`` and
``stretch.py`` (under `fit`) are the doors to it. Start with ``make.py``, then ``plan/build.py``.
"""
