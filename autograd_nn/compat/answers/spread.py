"""Several GPUs, as Keras 2 spread a model over them."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.program.make import target
from autograd_nn.nn import utils
from autograd_nn.nn.renamed import warn_user


def multi_gpu_model(model: Any, gpus: Any = None, **options: Any) -> Any:
    """The model, placed on several GPUs; where they are not there it stays, with a warning.

    gpus   how many, or a list of their numbers; None: all.
    """
    count = len(gpus) if isinstance(gpus, list | tuple) else gpus
    try:
        target(None, "all" if count is None else count)
    except (ImportError, ValueError, RuntimeError) as error:
        warn_user(f"multi_gpu_model: the model stays where it is. {error}")
        return model
    return utils.multi_gpu_model(model, count)
