"""Joining a job of several processes: lines are drawn between them, then JAX introduces them."""

from __future__ import annotations

import os
from typing import Any

import jax
import numpy as np
from jax._src.clusters import ClusterEnv  # what `jax.distributed.initialize` asks for what is None

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.engine.program.target.xla.job.meet import meet
from autograd_nn.engine.program.target.xla.job.ranks import Ranks, begin, ranks
from autograd_nn.engine.random import default_generator

# Seconds after which JAX ends a process to which its service says nothing: lines tell who is gone,
# and a machine that slept, or stood still, is not.
HEARTBEAT = 86_400
# What is off while processes meet: taking SIGTERM for oneself; on: living on when others are gone.
SETTINGS = {"jax_enable_preemption_service": False, "jax_enable_recoverability": True}
EXPECTED = (
    "Expected initialize() before anything runs on a device, in each of num_processes processes, "
    "with the address 'host:port' of the first."
)


def join(addresses: str | None, count: int | None, rank: int | None, patience: int) -> Alone:
    """Joins the processes of a job; see `nn.distribution.initialize`."""
    if ranks() is not ALONE:
        raise RuntimeError(
            "initialize was called before in this process; expected one call. Leave the second out."
        )
    told = os.environ.get("JAX_COORDINATOR_ADDRESS") if addresses is None else addresses
    given = None if told is None else told.split(",")[0].strip()
    try:
        first, count, rank, own = ClusterEnv.auto_detect_unset_distributed_params(
            given, count, rank, None, None, patience
        )
        if first is None or count is None or rank is None or not 0 <= rank < count:
            raise RuntimeError(f"this is process {rank} of {count}, and the first is at {first}.")
        if count == 1:
            return ALONE
        lines, service, kept = meet(first, count, rank, patience)
    except (RuntimeError, ValueError) as error:
        raise RuntimeError(f"the processes did not meet: {error} {EXPECTED}") from error
    job = Ranks(rank, count, lines, jax.distributed.shutdown)
    with job.together():
        try:
            with kept:
                _introduced(service, count, rank, own, patience)
        except (RuntimeError, ValueError) as error:
            job.broken = f"JAX did not take process {rank}: {error}"
            raise RuntimeError(f"the processes did not meet: {job.broken} {EXPECTED}") from error
        generator = default_generator().state
        generator.assign(np.array(job.tell("seed", generator.array.tolist()), generator.dtype))
    return begin(job)


def _introduced(service: str, count: int, rank: int, own: Any, patience: int) -> None:
    before = {k: getattr(jax.config, k) for k in SETTINGS if hasattr(jax.config, k)}
    try:
        for name in before:
            jax.config.update(name, SETTINGS[name])
        jax.distributed.initialize(
            service, count, rank, own, "deactivate", max(60, patience),
            heartbeat_timeout_seconds=HEARTBEAT,
        )  # fmt: skip
        jax.devices()  # each waits for all others there
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
