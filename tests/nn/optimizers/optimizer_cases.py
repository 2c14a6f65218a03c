"""What is tried of optimizers: the one table from which their contracts follow, and their samples.

`CASES` names every optimizer with the options that change its update, and an array of its own to
be sure of each. The same cases, with `COMMON`, were run by Keras; its results are a stored sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Case = tuple[str, dict[str, Any]]

CASES: list[Case] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.8, "nesterov": True}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5, "rho": 0.8}),
    ("RMSprop", {"centered": True, "epsilon": 1e-3}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "beta_2": 0.9}),
    ("Adam", {"beta_1": 0.7, "beta_2": 0.95, "epsilon": 1e-3}),
    ("AdamW", {"weight_decay": 0.05}),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 0.5, "epsilon": 1e-3}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adadelta", {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-3}),
    ("Adamax", {}),
    ("Adamax", {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Nadam", {}),
    ("Nadam", {"beta_1": 0.7, "beta_2": 0.95, "epsilon": 1e-3}),
    ("Ftrl", {"learning_rate": 0.1}),
    ("Ftrl", {
        "learning_rate": 0.1, "learning_rate_power": -0.7, "initial_accumulator_value": 0.3,
        "l1_regularization_strength": 0.05, "l2_regularization_strength": 0.1,
        "l2_shrinkage_regularization_strength": 0.02, "beta": 0.1,
    }),
    ("Lion", {}),
    ("Lion", {"beta_1": 0.7, "beta_2": 0.8}),
    ("Adafactor", {}),
    ("Adafactor", {
        "learning_rate": 0.3, "beta_2_decay": -0.5, "epsilon_1": 1e-4, "epsilon_2": 0.5,
        "clip_threshold": 0.5,
    }),
    ("Lamb", {}),
    ("Lamb", {"beta_1": 0.7, "beta_2": 0.95, "epsilon": 1e-3}),
    ("Muon", {}),
    ("Muon", {
        "momentum": 0.8, "nesterov": False, "ns_steps": 3, "rms_rate": None, "adam_lr_ratio": 0.5,
        "adam_beta_1": 0.7, "adam_beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.1,
        "adam_weight_decay": None, "muon_a": 3.0, "muon_b": -4.0, "muon_c": 2.0,
    }),
    ("Muon", {"exclude_layers": ["kern"], "adam_weight_decay": 0.1}),
    ("ScheduleFreeAdamW", {"learning_rate": 0.01}),
    ("ScheduleFreeAdamW", {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3, "warmup_steps": 10}),
]  # fmt: skip

# Not in Keras: their update is checked against the formula of the source, in test_formulas.
OWN: list[Case] = [
    ("RAdam", {}),
    ("RAdam", {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}),
]

COMMON: list[Case] = [
    ("SGD", {"clipnorm": 0.5}),
    ("SGD", {"clipvalue": 0.3, "momentum": 0.5}),
    ("SGD", {"global_clipnorm": 0.7}),
    ("SGD", {"weight_decay": 0.1}),
    ("Adam", {"weight_decay": 0.1, "use_ema": True, "ema_momentum": 0.7}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 4}),
    ("Adam", {"gradient_accumulation_steps": 3}),
    ("Adam", {"gradient_accumulation_steps": 4, "global_clipnorm": 0.3, "weight_decay": 0.1}),
    ("SGD", {
        "gradient_accumulation_steps": 2, "momentum": 0.9, "use_ema": True, "ema_momentum": 0.5,
        "ema_overwrite_frequency": 3, "clipnorm": 0.4, "loss_scale_factor": 4.0,
    }),
    ("Nadam", {"gradient_accumulation_steps": 3, "clipvalue": 0.5}),
    ("RMSprop", {"loss_scale_factor": 8.0, "weight_decay": 0.05}),
]  # fmt: skip

STEPS = 50
SHAPES = {"kernel": (4, 3), "bias": (3,)}


def start() -> dict[str, np.ndarray]:
    """The weights before the first step, by name."""
    rng = np.random.default_rng(3)
    return {name: rng.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}


def gradients(steps: int = STEPS) -> list[list[np.ndarray]]:
    """The gradients of each step: drawn, and smaller and smaller, so that maxima count."""
    rng = np.random.default_rng(4)
    return [
        [(rng.normal(size=shape) * 0.97**k).astype("float32") for shape in SHAPES.values()]
        for k in range(steps)
    ]


def title(case: Case) -> str:
    """A case's name in a list of tests."""
    return "-".join([case[0], *map(str, case[1])])
