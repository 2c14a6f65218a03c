"""What was asked of graphs, sessions and files in the years of sessions, where there are none."""

from __future__ import annotations

import os
import shutil
from contextlib import nullcontext
from glob import glob
from types import SimpleNamespace
from typing import Any

from autograd_nn.compat.tensorflow.machine import Session, Settings, nothing
from autograd_nn.nn import initializers


class Graph(Settings):
    """A ``with`` in which nothing is different: tensors have their values when they are made.

    >>> with Graph().as_default():
    ...     pass
    """

    def as_default(self) -> Any:
        """The ``with``."""
        return nullcontext(self)

    device = as_graph_def = finalize = as_default


def get_default_graph() -> Graph:
    """A graph of nothing."""
    return Graph()


def get_default_session() -> Session:
    """A session that runs nothing."""
    return Session()


def group(*inputs: Any, name: Any = None) -> tuple[Any, ...]:
    """What was done, which is done already."""
    return inputs


def assign(ref: Any, value: Any, *args: Any, **options: Any) -> Any:
    """Sets a variable."""
    ref.assign(value)
    return ref


def assign_add(ref: Any, value: Any, *args: Any, **options: Any) -> Any:
    """Adds to a variable."""
    ref.assign_add(value)
    return ref


local_variables_initializer = tables_initializer = variables_initializer = nothing
initialize_all_variables = reset_default_graph = no_op = add_to_collection = nothing

zeros_initializer, ones_initializer = initializers.Zeros, initializers.Ones
constant_initializer, orthogonal_initializer = initializers.Constant, initializers.Orthogonal
random_normal_initializer = initializers.RandomNormal
random_uniform_initializer = initializers.RandomUniform
truncated_normal_initializer = initializers.TruncatedNormal
variance_scaling_initializer = initializers.VarianceScaling
glorot_uniform_initializer = initializers.GlorotUniform
glorot_normal_initializer = initializers.GlorotNormal

float16, half, double = "float16", "float16", "float64"
uint16, complex64, complex128 = "uint16", "complex64", "complex128"


def _made(path: Any) -> None:
    os.makedirs(path, exist_ok=True)


gfile = SimpleNamespace(
    Exists=os.path.exists, exists=os.path.exists, IsDirectory=os.path.isdir, isdir=os.path.isdir,
    MakeDirs=_made, makedirs=_made, MkDir=os.mkdir, mkdir=os.mkdir, ListDirectory=os.listdir,
    listdir=os.listdir, Glob=glob, glob=glob, Copy=shutil.copy, copy=shutil.copy,
    Remove=os.remove, remove=os.remove, DeleteRecursively=shutil.rmtree, rmtree=shutil.rmtree,
    GFile=open, FastGFile=open, Open=open,
)  # fmt: skip

__all__ = [
    "Graph", "add_to_collection", "assign", "assign_add",
    "complex128", "complex64", "constant_initializer", "double",
    "float16", "get_default_graph", "get_default_session", "gfile", "glorot_normal_initializer",
    "glorot_uniform_initializer", "group", "half", "initialize_all_variables",
    "local_variables_initializer", "no_op", "ones_initializer", "orthogonal_initializer",
    "random_normal_initializer", "random_uniform_initializer", "reset_default_graph",
    "tables_initializer", "truncated_normal_initializer", "uint16", "variables_initializer",
    "variance_scaling_initializer", "zeros_initializer",
]  # fmt: skip
