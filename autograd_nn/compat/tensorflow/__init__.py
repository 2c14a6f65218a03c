"""The little of TensorFlow that Keras's tutorials use beside it, over our ops.

``tf.reduce_mean`` and its kind, ``tf.data.Dataset`` and ``tf.GradientTape`` go in; tensors and
batches of ours come out. Start with this file's table. maths has its functions of tensors,
values what they take and give besides, pipeline where batches come from, training the tape,
optimizers and files, elder what scripts of TensorFlow 1 ask for around their models.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_nn.compat.answers.names import __version__ as __version__
from autograd_nn.compat.places import sources
from autograd_nn.compat.tensorflow.elder import flags as flags
from autograd_nn.compat.tensorflow.elder.first import *  # noqa: F403
from autograd_nn.compat.tensorflow.elder.graphs import *  # noqa: F403
from autograd_nn.compat.tensorflow.elder.machine import *  # noqa: F403
from autograd_nn.compat.tensorflow.elder.machine import Settings, nothing
from autograd_nn.compat.tensorflow.elder.sessions import *  # noqa: F403
from autograd_nn.compat.tensorflow.maths import draws as random
from autograd_nn.compat.tensorflow.maths import plain
from autograd_nn.compat.tensorflow.maths.control import *  # noqa: F403
from autograd_nn.compat.tensorflow.maths.indexed import *  # noqa: F403
from autograd_nn.compat.tensorflow.maths.indexed import assert_equal, check_numerics
from autograd_nn.compat.tensorflow.maths.linalg import norm as norm
from autograd_nn.compat.tensorflow.maths.ordered import *  # noqa: F403
from autograd_nn.compat.tensorflow.maths.spelled import *  # noqa: F403
from autograd_nn.compat.tensorflow.pipeline import data as data
from autograd_nn.compat.tensorflow.pipeline import iterators
from autograd_nn.compat.tensorflow.training import summary as summary
from autograd_nn.compat.tensorflow.training.functions import function as function
from autograd_nn.compat.tensorflow.training.functions import run_functions_eagerly
from autograd_nn.compat.tensorflow.training.summary import FileWriter as FileWriter
from autograd_nn.compat.tensorflow.training.summary import Summary as Summary
from autograd_nn.compat.tensorflow.training.tape import GradientTape
from autograd_nn.compat.tensorflow.training.tape import custom_gradient as custom_gradient
from autograd_nn.compat.tensorflow.values import kinds
from autograd_nn.compat.tensorflow.values import lookup as lookup
from autograd_nn.compat.tensorflow.values.kinds import *  # noqa: F403
from autograd_nn.compat.tensorflow.values.kinds import as_dtype as as_dtype
from autograd_nn.compat.tensorflow.values.objects import *  # noqa: F403
from autograd_nn.compat.tensorflow.values.sparse import SparseTensor as SparseTensor
from autograd_nn.compat.tensorflow.values.texts import texts
from autograd_nn.engine.errors import did_you_mean
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor as _Tensor
from autograd_nn.nn import ops
from autograd_nn.nn.utils import set_random_seed
from autograd_nn.nn.variable import Variable as _Variable

newaxis = None
Tensor = _Tensor


def __getattr__(name: str) -> Any:
    found = sources(f"tensorflow.{name}")  # its modules lie in rooms here
    if found is not None:
        return import_module(found[0])
    with suppress(AttributeError):
        return getattr(plain, name)
    raise AttributeError(
        f"tensorflow.{name} was asked for; expected one of the few functions that stand here for "
        f"TensorFlow's. {did_you_mean(name, dir(plain))}"
    )


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """A tensor of a value, spread over ``shape`` where one is given; texts as an array."""
    if np.asarray(value).dtype.kind in "USO":
        return texts(np.array(value, object))
    x = ops.convert_to_tensor(value, dtype)
    return x if shape is None else ops.broadcast_to(x, tuple(shape))


class _OfAll(type):
    """Every variable is one, whoever made it."""

    def __instancecheck__(cls, instance: Any) -> Any:
        return isinstance(instance, _Variable)

    def __subclasscheck__(cls, subclass: Any) -> Any:
        return issubclass(subclass, _Variable)

    def __getattr__(cls, name: str) -> Any:
        return getattr(_Variable, name)


class Variable(metaclass=_OfAll):
    """A variable that begins as a value, floats as float32 where no dtype is given."""

    def __new__(  # type: ignore[misc]
        cls, initial_value: Any, trainable: Any = True, name: str | None = None, dtype: Any = None,
        **options: Any,
    ) -> Any:  # fmt: skip
        value = initial_value() if callable(initial_value) else initial_value
        x = ops.convert_to_tensor(value, dtype)
        trained = trainable is not False and kind_of(x.dtype) == "f"
        return _Variable(np.array(x.array), trainable=trained, name=name or "Variable")


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """x in another dtype."""
    return ops.cast(x, dtype)


def transpose(a: Any, perm: Any = None, conjugate: Any = False, name: str | None = None) -> Any:
    """The axes in another order, in reverse where none is told."""
    a = ops.transpose(a, perm)
    return ops.conj(a) if conjugate else a


def argmax(
    input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None, *,
    dimension: Any = None,
) -> Any:  # fmt: skip
    """The place of the largest entry along an axis, the first where none is told."""
    along = next((a for a in (axis, dimension) if a is not None), 0)
    return ops.cast(ops.argmax(input, axis=along), output_type)


arg_max = argmax


def argmin(
    input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None, *,
    dimension: Any = None,
) -> Any:  # fmt: skip
    """The place of the smallest entry along an axis, the first where none is told."""
    along = next((a for a in (axis, dimension) if a is not None), 0)
    return ops.cast(ops.argmin(input, axis=along), output_type)


arg_min = argmin


def executing_eagerly() -> Any:
    """True."""
    return True


disable_eager_execution = disable_v2_behavior = iterators.disable_eager_execution
enable_eager_execution = enable_v2_behavior = iterators.enable_eager_execution
set_random_seed = set_random_seed

random_normal, random_uniform, truncated_normal = (
    random.normal, random.uniform, random.truncated_normal
)
random_shuffle, multinomial = random.shuffle, random.categorical


debugging = SimpleNamespace(
    set_log_device_placement=nothing, enable_check_numerics=nothing,
    assert_equal=assert_equal, check_numerics=check_numerics,
    assert_all_finite=lambda x, message="", name=None: check_numerics(x, message),
)  # fmt: skip


def _none(*args: Any, **options: Any) -> list[Any]:
    """No devices: what computes is the processor."""
    return []


config = SimpleNamespace(
    list_physical_devices=_none, list_logical_devices=_none, get_visible_devices=_none,
    set_visible_devices=nothing, run_functions_eagerly=run_functions_eagerly,
    experimental_run_functions_eagerly=run_functions_eagerly, set_soft_device_placement=nothing,
    set_logical_device_configuration=nothing, LogicalDeviceConfiguration=Settings,
    experimental_connect_to_cluster=nothing, experimental_connect_to_host=nothing,
    threading=SimpleNamespace(
        set_intra_op_parallelism_threads=nothing, set_inter_op_parallelism_threads=nothing
    ),
    optimizer=SimpleNamespace(set_jit=nothing, set_experimental_options=nothing),
    experimental=SimpleNamespace(
        list_physical_devices=_none, set_memory_growth=nothing, list_logical_devices=_none,
        set_virtual_device_configuration=nothing, VirtualDeviceConfiguration=Settings,
        set_visible_devices=nothing, get_visible_devices=_none,
        get_memory_growth=lambda device: False,
    ),
)  # fmt: skip
test = SimpleNamespace(
    is_gpu_available=lambda *a, **o: False, gpu_device_name=lambda: "",
    is_built_with_cuda=lambda: False, is_built_with_gpu_support=lambda: False,
)  # fmt: skip
GradientTape = GradientTape
dtypes = SimpleNamespace(
    cast=cast, complex=complex, **{name: getattr(kinds, name) for name in kinds.__all__}
)
app = SimpleNamespace(flags=flags, run=flags.run)
