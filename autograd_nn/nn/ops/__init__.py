"""The ops under Keras's names: the engine's, and what ``keras.ops`` has beside them, made of those.

`core` makes and converts tensors, `control` has branches and loops, `neural` what networks are
made of, `numerical` NumPy's functions that no op stands for, `image` functions of images. Where
nothing else is said floats are float32. Start with ``core.py``.
"""

from __future__ import annotations

from autograd_nn.engine.ops import *  # noqa: F403
from autograd_nn.nn.ops import image as image
from autograd_nn.nn.ops.control import *  # type: ignore[assignment] # noqa: F403
from autograd_nn.nn.ops.core import *  # type: ignore[assignment] # noqa: F403
from autograd_nn.nn.ops.neural import *  # type: ignore[assignment] # noqa: F403
from autograd_nn.nn.ops.numerical import *  # type: ignore[assignment] # noqa: F403
