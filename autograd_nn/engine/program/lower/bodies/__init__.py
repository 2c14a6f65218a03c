"""Ops whose parameters are records: the steps of bodies, between marks.

In: a call whose op runs records (`graph.loops.Bodied`). Out: the bodies' steps in place, with marks
and jumps that say which of them run, and how often. Start with ``loops.py``.
"""

from autograd_nn.engine.program.lower.bodies import branches, loops

__all__ = ["branches", "loops"]
