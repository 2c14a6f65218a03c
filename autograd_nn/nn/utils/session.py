"""Seeds and names: what a run of a script begins with."""

from __future__ import annotations

import random

import numpy as np

from autograd_nn.engine.mode import set_deterministic
from autograd_nn.engine.random import set_seed
from autograd_nn.nn.checks import whole
from autograd_nn.nn.lookup import clear_names


def set_random_seed(seed: int) -> None:
    """Seeds every generator: Python's, NumPy's and the engine's; runs repeat from here on.

    seed   an integer from 0.
    It turns `autograd_nn.set_deterministic` on, for whoever seeds wants the same bits again.
    Raises TypeError or ValueError for any other seed, and then changes nothing.

    >>> from autograd_nn import nn
    >>> nn.utils.set_random_seed(7)
    """
    seed = whole(seed, "seed", 0)
    if seed >= 2**64:
        raise ValueError(f"received seed={seed}; expected an integer from 0 to 2⁶⁴ - 1.")
    random.seed(seed)
    np.random.seed(seed % 2**32)
    set_seed(seed)
    set_deterministic(True)


def clear_session() -> None:
    """Starts the numbering of layer names afresh: the next Dense is 'dense' again.

    >>> from autograd_nn import nn
    >>> nn.utils.clear_session()
    >>> nn.layers.Flatten().name
    'flatten'
    """
    clear_names()
