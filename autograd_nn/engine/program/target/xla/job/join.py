"""Joining a job of several processes: JAX introduces them, and lines are drawn between them."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax._src import distributed  # which has the store of names that JAX's processes share

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.engine.program.target.xla.job.ranks import begin, ranks
from autograd_nn.engine.random import default_generator

HEARTBEAT = 30  # seconds after which JAX takes a machine that says nothing for lost
# What is off while processes meet: taking SIGTERM for oneself; on: living on when others are gone.
SETTINGS = {"jax_enable_preemption_service": False, "jax_enable_recoverability": True}


def join(addresses: str | None, count: int | None, rank: int | None, patience: int) -> Alone:
    """Joins the processes of a job; see `nn.distribution.initialize`."""
    if ranks() is not ALONE:
        raise RuntimeError(
            "initialize was called before in this process; expected one call. Leave the second out."
        )
    before = {k: getattr(jax.config, k) for k in SETTINGS if hasattr(jax.config, k)}
    first = None if addresses is None else addresses.split(",")[0].strip()
    try:
        for name in before:
            jax.config.update(name, SETTINGS[name])
        jax.distributed.initialize(
            first, count, rank, initialization_timeout=patience,
            heartbeat_timeout_seconds=HEARTBEAT,
        )  # fmt: skip
    except (RuntimeError, ValueError) as error:
        raise RuntimeError(
            f"the processes did not meet: {error} Expected initialize() before anything runs on a "
            "device, in each of num_processes processes, with the address 'host:port' of the first."
        ) from error
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
    state: Any = distributed.global_state
    host = str(state.coordinator_address).rpartition(":")[0].strip("[]")
    leave = jax.distributed.shutdown
    job = begin(jax.process_index(), jax.process_count(), state.client, host, leave)
    own = default_generator().state
    own.assign(np.array(job.tell("seed", own.array.tolist()), own.dtype))
    return job
