"""Eight devices of JAX's CPU, whose code is made quickly rather than to be quick."""

from __future__ import annotations

import os

from tests.conftest import SOON

os.environ.setdefault("XLA_FLAGS", SOON)
