"""Programs: a function recorded once, replayed natively. See docs/design.md, "A recorded step"."""

from autograd_nn.engine.program.jit import jit as jit

__all__ = ["jit"]
