"""Matrix factorisation: a rating is the product of two embeddings, and what each side adds to it.

Koren, Bell, Volinsky, Matrix Factorization Techniques for Recommender Systems, 2009:
r ≈ μ + b_u + b_i + p_u·q_i.
"""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def ratings(users: int, items: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    p, q = rng.normal(size=(users, 3)), rng.normal(size=(items, 3))
    u, i = rng.integers(0, users, n), rng.integers(0, items, n)
    r = 3 + rng.normal(size=users)[u] + (p[u] * q[i]).sum(axis=1) + rng.normal(scale=0.1, size=n)
    return u, i, r.astype("float32")


def model(users: int, items: int, size: int = 8) -> nn.Model:
    user = nn.Input(shape=(), dtype="int32", name="user")
    item = nn.Input(shape=(), dtype="int32", name="item")
    l2 = nn.regularizers.L2(1e-6)
    p = layers.Embedding(users, size, embeddings_regularizer=l2)(user)
    q = layers.Embedding(items, size, embeddings_regularizer=l2)(item)
    product = layers.Dot(axes=1)([p, q])
    alone = [layers.Embedding(n, 1)(x) for n, x in ((users, user), (items, item))]
    return nn.Model([user, item], layers.add([product, *alone]))


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    u, i, r = ratings(users=80, items=60, n=4000)
    net = model(80, 60)
    net.compile(optimizer=nn.Adam(0.01), loss="mse", metrics=["mae"])
    train, test = slice(0, 3200), slice(3200, None)
    mean = r[train].mean()
    net.fit([u[train], i[train]], r[train] - mean, epochs=25, batch_size=64, verbose=0)
    mse, mae = net.evaluate([u[test], i[test]], r[test] - mean, verbose=0)
    return {"mse": mse, "mae": mae, "variance": float(r[test].var())}


if __name__ == "__main__":
    print(main())
