"""What the options of optimizers may be: each is checked by its name, wherever it is set."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd_nn.nn.checks import number, share, whole

Check = Callable[[Any, str, str], Any]


def _flag(value: Any, name: str, where: str) -> None:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{where} received {name}={value!r}; expected True or False.")


def _count(value: Any, name: str, where: str, least: int) -> None:
    whole(value, f"{name} of {where}", least)


def _within(value: Any, name: str, where: str, most: float, least: float = -np.inf) -> None:
    if number(value, name, where, least=least) > most:
        raise ValueError(f"{where} received {name}={value!r}; expected at most {most:g}.")


def _or_none(check: Check) -> Check:
    return lambda value, name, where: None if value is None else check(value, name, where)


_positive: Check = partial(number, above=0)
_least_0: Check = partial(number, least=0)
_from_1: Check = partial(_count, least=1)

CHECKS: dict[str, Check] = {
    **dict.fromkeys(("beta_1", "beta_2", "rho", "momentum", "adam_beta_1", "adam_beta_2"), share),
    "ema_momentum": partial(_within, least=0, most=1),
    "slow_step_size": partial(_within, least=0, most=1),
    **dict.fromkeys(("epsilon", "clip_threshold", "initial_scale"), _positive),
    **dict.fromkeys(
        ("clipnorm", "clipvalue", "global_clipnorm", "loss_scale_factor", "rms_rate"),
        _or_none(_positive),
    ),
    **dict.fromkeys(
        ("decay", "initial_accumulator_value", "l1_regularization_strength", "epsilon_1",
         "l2_regularization_strength", "l2_shrinkage_regularization_strength", "beta",
         "epsilon_2", "adam_lr_ratio"),
        _least_0,
    ),
    **dict.fromkeys(("weight_decay", "adam_weight_decay"), _or_none(_least_0)),
    **dict.fromkeys(("learning_rate_power", "beta_2_decay"), partial(_within, most=0)),
    **dict.fromkeys(("muon_a", "muon_b", "muon_c"), number),
    "gradient_accumulation_steps": _or_none(partial(_count, least=2)),
    "ema_overwrite_frequency": _or_none(_from_1),
    **dict.fromkeys(("ns_steps", "dynamic_growth_steps", "sync_period", "history"), _from_1),
    "warmup_steps": partial(_count, least=0),
    **dict.fromkeys(
        ("amsgrad", "nesterov", "centered", "use_ema", "relative_step", "exclude_embeddings",
         "lazy"),
        _flag,
    ),
}  # fmt: skip
