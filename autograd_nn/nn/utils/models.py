"""Models from outside: what a symbol came of, and on how many devices one is to be trained."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn.symbols import Symbol, sources


def is_keras_tensor(x: Any) -> bool:
    """Whether x stands for a tensor that is not there yet, as `Input` gives one.

    >>> from autograd_nn import nn
    >>> nn.utils.is_keras_tensor(nn.Input((3,)))
    True
    """
    return isinstance(x, Symbol)


def get_source_inputs(tensor: Any) -> list[Any]:
    """The inputs that a symbol was computed from, in the order in which they were met.

    Raises TypeError for what is no symbol.

    >>> from autograd_nn import nn
    >>> a, b = nn.Input((3,)), nn.Input((3,))
    >>> [x is y for x, y in zip(nn.utils.get_source_inputs(nn.layers.Add()([a, b])), [a, b])]
    [True, True]
    """
    if not isinstance(tensor, Symbol):
        raise TypeError(
            f"get_source_inputs received {type(tensor).__name__}; expected a symbol, as Input and "
            "layers applied to it give one."
        )
    return sources(tensor)


def multi_gpu_model(
    model: Any, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False
) -> Any:
    """The model itself, which `compile` then places on several devices, where it names no others.

    gpus   how many of those that JAX finds, from 2; None: all. The rest is taken for Keras's sake:
           there is one program for all devices, and nothing to be merged.
    Raises ValueError for fewer than two.

    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Dense(1, input_dim=2)])
    >>> nn.utils.multi_gpu_model(model, gpus=2) is model
    True
    """
    several = gpus is None or (isinstance(gpus, int) and gpus > 1)
    if not several:
        raise ValueError(
            f"multi_gpu_model received gpus={gpus!r}; expected a number from 2, or None for all. "
            "For one device pass compile(device='gpu')."
        )
    model._spread = (None, "all" if gpus is None else gpus)
    return model
