"""Scripts written for Keras, of any year, run as they are: `install_as`, `run`.

A module's old name goes in, ours comes out. Start with `install_as`; places.py is the table of
modules, finder.py makes imports read it, asked.py is what `nn` asks while Keras's names are ours,
notebooks.py runs the cells of a notebook.
answers has what goes by another name today, or went; functions is ``K``; once is what our own
layers and models took, or did; lent what NumPy and other libraries dropped; tensorflow the little
of it that is used.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from autograd_nn.compat.finder import Installed
from autograd_nn.compat.notebooks import exported, run_notebook, shell_of

_MEANT = {"tf.keras": "tensorflow", "tensorflow.keras": "tensorflow", "tensorflow": "tensorflow",
          "keras": "keras", "tf_keras": "tf_keras"}  # fmt: skip


def install_as(*names: str) -> Installed:
    """From here on ``import keras``, or ``import tensorflow``, means this library.

    names   'keras', 'tf.keras' (also 'tensorflow.keras', 'tensorflow'); none: both.
    Whatever was imported under such a name before is set aside until ``remove()``, or the end of a
    ``with``; so long NumPy, SciPy, scikit-learn and Python have the names they had in those years
    (``np.float``, ``scipy.misc.imsave``, ``sklearn.grid_search``, …). Raises ValueError for another
    name.

    >>> with install_as("keras"):
    ...     from keras.layers.core import Dense
    >>> Dense(3).units
    3
    """
    for name in names:
        if name not in _MEANT:
            raise ValueError(
                f"install_as received {name!r}; expected one of {', '.join(map(repr, _MEANT))}."
            )
    return Installed(list(dict.fromkeys(_MEANT[n] for n in names or ("keras", "tf.keras"))))


def run(path: str | Path, arguments: Sequence[str] = ()) -> dict[str, object]:
    """Runs a script as ``python path arguments`` would, with Keras's names meaning ours.

    path   a script, or a notebook (``.ipynb``), whose cells are run in their order.
    Returns the script's names. Raises FileNotFoundError where there is no such file, DataError for
    what is no notebook of Python, and what the script raises.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"run received {str(path)!r}; expected a script's file.")
    argv, places = sys.argv, list(sys.path)
    with install_as(), shell_of(path) as shell:
        sys.argv, sys.path[:] = [str(path), *arguments], [str(path.parent.resolve()), *places]
        try:
            if path.suffix == ".ipynb":
                return run_notebook(path, shell)
            return runpy.run_path(str(path), exported(path, shell), run_name="__main__")
        finally:
            sys.argv, sys.path[:] = argv, places


__all__ = ["Installed", "install_as", "run"]


def __dir__() -> list[str]:
    return __all__
