"""Wide and deep: what to remember (crossed buckets) beside what to generalise (numbers).

Cheng et al., Wide & Deep Learning for Recommender Systems, 2016. Data: diabetes among Pima women.
"""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def crossed(a: np.ndarray, b: np.ndarray, n: int = 4) -> np.ndarray:
    """Which of the n·n pairs of quarters (a, b) lie in, as one-hot rows."""
    quarters = [np.searchsorted(np.quantile(v, np.arange(1, n) / n), v) for v in (a, b)]
    return nn.utils.to_categorical(quarters[0] * n + quarters[1], n * n)


def data() -> tuple[dict[str, np.ndarray], np.ndarray]:
    x, y = nn.datasets.pima.load_data()
    numbers = (x - x.mean(axis=0)) / x.std(axis=0)
    return {"wide": crossed(x[:, 1], x[:, 5]), "deep": numbers.astype("float32")}, y


def model(wide_size: int, deep_size: int) -> nn.Model:
    wide = nn.Input((wide_size,), name="wide")
    deep = nn.Input((deep_size,), name="deep")
    h = layers.Dense(32, activation="relu")(deep)
    h = layers.Dropout(0.2)(h)
    h = layers.Dense(16, activation="relu")(h)
    both = layers.concatenate([wide, h])
    return nn.Model(inputs=[wide, deep], outputs=layers.Dense(1, activation="sigmoid")(both))


def main() -> dict[str, float]:
    nn.set_random_seed(1)
    x, y = data()
    net = model(x["wide"].shape[1], x["deep"].shape[1])
    metrics = ["accuracy", nn.metrics.AUC()]
    net.compile(optimizer=nn.Adam(0.003), loss="binary_crossentropy", metrics=metrics)
    history = net.fit(x, y, epochs=15, batch_size=32, validation_split=0.25, verbose=0).history
    return {"accuracy": history["val_accuracy"][-1], "auc": history["val_auc"][-1]}


if __name__ == "__main__":
    print(main())
