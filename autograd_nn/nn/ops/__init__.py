"""The ops under Keras's names: the engine's, and what ``keras.ops`` has beside them, made of those.

`core` makes and converts tensors, `control` has branches and loops, `neural` what networks are
made of, `paths` reads labels from steps, `numerical` is of NumPy's functions that no op stands for,
`finding` of what finds and chooses entries, `skipping` of those that skip NaN, `parts` of complex
numbers and bits, `linalg` of linear algebra, `spectral` of Fourier transforms, `image` of functions
of images. Where nothing else is said floats are float32. Symbols are taken,
too: functions are then noted whole. `promotion` says in which dtypes they compute, `arguments`
under which names and in which order they take what. Start with ``core.py``.
"""

from __future__ import annotations

from autograd_nn.engine.ops import *  # noqa: F403
from autograd_nn.engine.symbolic import noting as _noting
from autograd_nn.nn.ops import arguments as _arguments
from autograd_nn.nn.ops import control as _control
from autograd_nn.nn.ops import core as _core
from autograd_nn.nn.ops import finding as _finding
from autograd_nn.nn.ops import image as image
from autograd_nn.nn.ops import linalg as linalg  # type: ignore[no-redef]
from autograd_nn.nn.ops import neural as _neural
from autograd_nn.nn.ops import numerical as _numerical
from autograd_nn.nn.ops import parts as _parts
from autograd_nn.nn.ops import paths as _paths
from autograd_nn.nn.ops import promotion as _promotion
from autograd_nn.nn.ops import rearranging as _rearranging
from autograd_nn.nn.ops import skipping as _skipping
from autograd_nn.nn.ops import spectral as _spectral
from autograd_nn.nn.ops.control import *  # type: ignore[assignment] # noqa: F403
from autograd_nn.nn.ops.core import *  # type: ignore[assignment] # noqa: F403
from autograd_nn.nn.ops.finding import *  # type: ignore[assignment] # noqa: F403
from autograd_nn.nn.ops.linalg import *  # noqa: F403
from autograd_nn.nn.ops.neural import *  # type: ignore[assignment] # noqa: F403
from autograd_nn.nn.ops.numerical import *  # type: ignore[assignment] # noqa: F403
from autograd_nn.nn.ops.parts import *  # noqa: F403
from autograd_nn.nn.ops.paths import *  # noqa: F403
from autograd_nn.nn.ops.rearranging import *  # noqa: F403
from autograd_nn.nn.ops.skipping import *  # noqa: F403
from autograd_nn.nn.ops.spectral import *  # type: ignore[no-redef] # noqa: F403

# What is asked of a symbol itself, and loops, which say what they give.
_AT_ONCE = frozenset(
    ("convert_to_numpy", "dtype", "fori_loop", "is_tensor", "ndim", "shape", "size", "while_loop")
)
_MODULES = (
    _control, _core, _finding, linalg, _neural, _numerical, _parts, _paths, _rearranging, _skipping,
    _spectral,
)  # fmt: skip
for _module in _MODULES:
    for _name in set(_module.__all__) - _AT_ONCE:
        if (_function := globals()[_name]) is getattr(_module, _name):
            globals()[_name] = _noting(_function)
for _made in (_promotion.promoted, _arguments.spelled):
    globals().update(_made(globals()))
vars(linalg).update({_name: globals()[_name] for _name in linalg.__all__})
