"""Metrics with arguments drawn at random, as a comparison with Keras needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_nn import nn
from tests.nn.layers.layer_draws import Rng, floats, pick
from tests.nn.scores.loss_draws import f32, one_hot, shares


class Draw(NamedTuple):
    """A metric's class and arguments, and batches of targets, predictions and weights."""

    kind: str
    options: dict[str, Any]
    batches: list[list[np.ndarray | None]]


def bits(rng: Rng, s: tuple[int, ...]) -> np.ndarray:
    return f32(rng.uniform(size=s) > 0.5)


def chances(rng: Rng, s: tuple[int, ...]) -> np.ndarray:
    """With ties, and with numbers on thresholds."""
    return f32(np.round(rng.uniform(size=s), pick(rng, 1, 2, 6)))


# What targets and predictions are like: of a generator, a number of samples and the rest's sizes.
LIKE: dict[str, Callable[[Rng, int, tuple[int, ...]], tuple]] = {
    "values": lambda r, n, s: (floats(r, n, *s), floats(r, n, *s)),
    "rows": lambda r, n, s: (floats(r, n, 5), floats(r, n, 5)),
    "pairs": lambda r, n, s: (floats(r, n, 2), floats(r, n, 2)),
    "positive": lambda r, n, s: (
        f32(r.uniform(0.1, 2, (n, *s))), f32(r.uniform(0.1, 2, (n, *s)))
    ),
    "equal": lambda r, n, s: (f32(r.integers(0, 3, (n, *s))), f32(r.integers(0, 3, (n, *s)))),
    "binary": lambda r, n, s: (bits(r, (n, *s)), chances(r, (n, *s))),
    "logits": lambda r, n, s: (bits(r, (n, *s)), floats(r, n, *s)),
    "vectors": lambda r, n, s: (bits(r, (n,)), chances(r, (n,))),
    "labels": lambda r, n, s: (bits(r, (n, 4)), chances(r, (n, 4))),
    "one-hot": lambda r, n, s: (one_hot(r, (n, 3)), shares(r, (n, 3))),
    "one-hot logits": lambda r, n, s: (one_hot(r, (n, 3)), floats(r, n, 3)),
    "classes": lambda r, n, s: (
        r.integers(0, 4, pick(r, (n,), (n, 1))).astype(pick(r, "int32", "float32")),
        shares(r, (n, 4)),
    ),
    "ids": lambda r, n, s: (
        r.integers(0, 3, n).astype("int32"), r.integers(0, 3, n).astype("int32")
    ),
    "sorted ids": lambda r, n, s: (
        r.integers(0, 4, n).astype("int32"), f32([r.permutation(4) for _ in range(n)])
    ),
}  # fmt: skip


def plain(like: str) -> Callable[[Rng], tuple[str, dict]]:
    return lambda r: (like, {})


def crossentropy(probable: str, logits: str) -> Callable[[Rng], tuple[str, dict]]:
    def draw(r: Rng) -> tuple[str, dict]:
        of = bool(r.integers(2))
        options = {"from_logits": of, "label_smoothing": pick(r, 0.0, 0.2)}
        return logits if of else probable, options

    return draw


def thresholds(r: Rng) -> Any:
    return pick(r, None, 0.3, [0.2, 0.5, 0.8], [0.7, 0.3], np.linspace(0.1, 0.9, 7).tolist())


def counted(r: Rng) -> tuple[str, dict]:
    return "labels", {"thresholds": thresholds(r)}


def retrieved(r: Rng) -> tuple[str, dict]:
    more = {"top_k": pick(r, None, None, 2), "class_id": pick(r, None, 1)}
    return "labels", {"thresholds": thresholds(r), **more}


def at(name: str) -> Callable[[Rng], tuple[str, dict]]:
    return lambda r: (pick(r, "vectors", "labels"), {
        name: pick(r, 0.3, 0.6), "num_thresholds": pick(r, 3, 10, 200)
    })  # fmt: skip


def area(r: Rng) -> tuple[str, dict]:
    return "labels", {
        "num_thresholds": pick(r, 3, 11, 200), "curve": pick(r, "ROC", "PR", "PRGAIN"),
        "summation_method": pick(r, "interpolation", "majoring", "minoring"),
        "multi_label": bool(r.integers(2)), "thresholds": pick(r, None, None, [0.3, 0.6]),
    }  # fmt: skip


def scored(r: Rng) -> tuple[str, dict]:
    average = pick(r, None, "micro", "macro", "weighted")
    return "labels", {"average": average, "threshold": pick(r, None, 0.5)}


def overlap(like: str, **options: Any) -> Callable[[Rng], tuple[str, dict]]:
    # in float32, for Keras's own default rounds weights down to whole numbers
    return lambda r: (like, {"dtype": "float32", **options})


DRAWS: dict[str, Callable[[Rng], tuple[str, dict]]] = {
    "MeanSquaredError": plain("values"), "MeanAbsoluteError": plain("values"),
    "MeanAbsolutePercentageError": plain("values"), "RootMeanSquaredError": plain("values"),
    "MeanSquaredLogarithmicError": plain("positive"), "LogCoshError": plain("values"),
    "Poisson": plain("positive"), "KLDivergence": plain("one-hot"), "Hinge": plain("logits"),
    "SquaredHinge": plain("logits"), "CategoricalHinge": plain("one-hot logits"),
    "CosineSimilarity": lambda r: ("rows", {"axis": pick(r, -1, 1)}),
    "PearsonCorrelation": plain("rows"), "ConcordanceCorrelation": plain("rows"),
    "BinaryCrossentropy": crossentropy("binary", "logits"),
    "CategoricalCrossentropy": crossentropy("one-hot", "one-hot logits"),
    "SparseCategoricalCrossentropy": lambda r: ("classes", {"ignore_class": pick(r, None, 1)}),
    "Accuracy": plain("equal"), "CategoricalAccuracy": plain("one-hot"),
    "SparseCategoricalAccuracy": plain("classes"),
    "BinaryAccuracy": lambda r: (pick(r, "binary", "vectors"), {"threshold": pick(r, 0.5, 0.3)}),
    "TopKCategoricalAccuracy": lambda r: ("one-hot", {"k": pick(r, 1, 2)}),
    "SparseTopKCategoricalAccuracy": lambda r: pick(
        r, ("classes", {"k": pick(r, 1, 2)}), ("sorted ids", {"k": 2, "from_sorted_ids": True})
    ),
    "TruePositives": counted, "FalsePositives": counted, "TrueNegatives": counted,
    "FalseNegatives": counted, "Precision": retrieved, "Recall": retrieved, "AUC": area,
    "SensitivityAtSpecificity": at("specificity"), "SpecificityAtSensitivity": at("sensitivity"),
    "PrecisionAtRecall": at("recall"), "RecallAtPrecision": at("precision"), "F1Score": scored,
    "FBetaScore": lambda r: ("labels", scored(r)[1] | {"beta": pick(r, 0.5, 2.0)}),
    "R2Score": lambda r: ("pairs", {
        "class_aggregation": pick(r, None, "uniform_average", "variance_weighted_average"),
        "num_regressors": pick(r, 0, 0, 2),
    }),
    "IoU": lambda r: overlap(
        "ids", num_classes=3, target_class_ids=pick(r, [0], [0, 2]), ignore_class=pick(r, None, 1)
    )(r),
    "MeanIoU": overlap("ids", num_classes=3),
    "BinaryIoU": lambda r: overlap(
        "vectors", threshold=pick(r, 0.3, 0.5), target_class_ids=pick(r, [0], [0, 1])
    )(r),
    "OneHotIoU": overlap("one-hot", num_classes=3, target_class_ids=[0, 1]),
    "OneHotMeanIoU": overlap("one-hot", num_classes=3),
}  # fmt: skip


def drawn(kind: str, seed: int) -> Draw:
    """The draw of a seed: two batches of different sizes, with weights or without."""
    rng = np.random.default_rng([seed, list(DRAWS).index(kind)])
    like, options = DRAWS[kind](rng)
    rest, weighted = pick(rng, (3,), (1,), (3, 2)), bool(rng.integers(2))
    batches = []
    for n in (5, 3):
        one = np.random.default_rng([seed, 1])  # the same choices again
        w = f32(rng.uniform(0.1, 2, n))
        batches.append([*LIKE[like](one, n, rest), w if weighted else None])
    return Draw(kind, options, batches)


def updated(metric: Any, draw: Draw) -> Any:
    for batch in draw.batches:
        metric.update_state(*batch)
    return metric


def ours(draw: Draw) -> tuple[np.ndarray, list[np.ndarray]]:
    """The result over all batches, and the state."""
    metric = updated(getattr(nn.metrics, draw.kind)(**draw.options), draw)
    return metric.result().numpy(), [v.numpy() for v in metric.variables]


def differences(draw: Draw, told: tuple) -> list[str]:
    """What of a metric's result and state is not as told, relative to the largest entry, or 1."""
    found, wrong = ours(draw), []
    pairs = [("result", found[0], told[0])]
    if len(found[1]) != len(told[1]):
        wrong.append(f"{len(found[1])} states, not {len(told[1])}")
    pairs += [(f"state {i}", a, b) for i, (a, b) in enumerate(zip(found[1], told[1], strict=False))]
    for what, a, b in pairs:
        if a.shape != b.shape:
            wrong.append(f"{what}: {a.shape}, not {b.shape}")
        elif np.abs(a - b).max(initial=0) > 1e-6 * max(1.0, np.abs(b).max(initial=0)):
            wrong.append(f"{what}: off by {np.abs(a - b).max():.1e}")
    return wrong
