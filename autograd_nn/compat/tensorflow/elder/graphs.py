"""What was asked of graphs and files in the years of sessions, where there are none."""

from __future__ import annotations

import os
import shutil
from glob import glob
from types import SimpleNamespace
from typing import Any

from autograd_nn.compat.tensorflow.elder.machine import nothing
from autograd_nn.nn import initializers

reset_default_graph = add_to_collection = nothing

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
    "add_to_collection", "complex128", "complex64", "constant_initializer", "double", "float16",
    "gfile", "glorot_normal_initializer", "glorot_uniform_initializer", "half", "ones_initializer",
    "orthogonal_initializer", "random_normal_initializer", "random_uniform_initializer",
    "reset_default_graph", "truncated_normal_initializer", "uint16",
    "variance_scaling_initializer", "zeros_initializer",
]  # fmt: skip
