"""``python -m autograd_nn``: the main job; ``--help`` lists its options."""

from __future__ import annotations

import sys

from autograd_nn.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
