"""The models of ten families in PyTorch, beside those of ``examples/``: what `families` times.

A twin is (forward, loss, optimizer): forward takes a batch of inputs as the example's fit is given
them, in a list or a dict too, and loss what forward returns and a batch of targets. Metrics are
left out, to PyTorch's advantage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch as t
from torch import nn
from torch.nn import functional as F

Twin = tuple[Callable[[Any], Any], Callable[[Any, Any], Any], Any]


def dense(*sizes: int) -> list[nn.Module]:
    """Linear layers with relu between them."""
    made: list[nn.Module] = []
    for a, b in zip(sizes, sizes[1:], strict=False):
        made += [nn.Linear(a, b), nn.ReLU()]
    return made[:-1]


def adam(parameters: Any, rate: float = 1e-3, **options: Any) -> Any:
    return t.optim.Adam(parameters, rate, fused=True, **options)


def column(y: Any) -> Any:
    """Targets as a column of float32."""
    return y.reshape(-1, 1).float()


def wide_and_deep() -> Twin:
    deep = nn.Sequential(*dense(8, 32)[:1], nn.ReLU(), nn.Dropout(0.2), *dense(32, 16), nn.ReLU())
    end = nn.Linear(32, 1)
    held = nn.ModuleList([deep, end])
    return (
        lambda x: end(t.cat([x["wide"], deep(x["deep"])], 1)),
        lambda p, y: F.binary_cross_entropy_with_logits(p, column(y)),
        adam(held.parameters(), 0.003),
    )


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Any) -> Any:
        return x + self.down(F.gelu(self.up(self.norm(x))))


def residual_mlp() -> Twin:
    blocks = [Block(32) for _ in range(4)]
    net = nn.Sequential(nn.Linear(2, 32), *blocks, nn.LayerNorm(32), nn.Linear(32, 2))
    return net, lambda p, y: F.cross_entropy(p, y.long()), adam(net.parameters())


def siamese() -> Twin:
    encoder = nn.Sequential(*dense(20, 32, 8))

    def forward(x: Any) -> Any:
        a, b = encoder(x[0]), encoder(x[1])
        return t.sqrt(t.sum((a - b) ** 2, 1, keepdim=True) + 1e-6)

    def loss(p: Any, y: Any) -> Any:
        return t.mean(y * p**2 + (1 - y) * t.clamp(1 - p, min=0) ** 2)

    return forward, loss, t.optim.RMSprop(encoder.parameters(), 1e-3, alpha=0.9)


def autoencoder() -> Twin:
    net = nn.Sequential(nn.Flatten(), *dense(64, 64, 8, 64, 64))
    loss = F.binary_cross_entropy_with_logits
    return (
        lambda x: net(x + 0.2 * t.randn_like(x)),
        lambda p, y: loss(p, y.flatten(1)), adam(net.parameters()),
    )  # fmt: skip


def vae() -> Twin:
    hidden, mean, spread = nn.Linear(10, 32), nn.Linear(32, 2), nn.Linear(32, 2)
    decoder = nn.Sequential(*dense(2, 32, 10))
    held = nn.ModuleList([hidden, mean, spread, decoder])

    def forward(x: Any) -> Any:
        h = F.relu(hidden(x))
        m, s = mean(h), spread(h)
        kl = -0.5 * t.sum(1 + s - m**2 - t.exp(s), -1)
        return decoder(m + t.exp(0.5 * s) * t.randn_like(s)), 0.01 * kl.mean()

    return forward, lambda p, y: F.mse_loss(p[0], y) + p[1], adam(held.parameters(), 0.005)


def matrix_factorisation() -> Twin:
    p, q = nn.Embedding(80, 8), nn.Embedding(60, 8)
    a, b = nn.Embedding(80, 1), nn.Embedding(60, 1)
    held = nn.ModuleList([p, q, a, b])

    def forward(x: Any) -> Any:
        u, i = x[0].long(), x[1].long()
        penalty = 1e-6 * (t.sum(p.weight**2) + t.sum(q.weight**2))
        return t.sum(p(u) * q(i), 1, keepdim=True) + a(u) + b(i), penalty

    return (
        forward, lambda y, r: F.mse_loss(y[0], column(r)) + y[1], adam(held.parameters(), 0.01)
    )  # fmt: skip


def multi_task() -> Twin:
    trunk = nn.Sequential(*dense(6, 64, 32), nn.ReLU())
    sector, radius = nn.Linear(32, 3), nn.Linear(32, 1)
    held = nn.ModuleList([trunk, sector, radius])

    def forward(x: Any) -> Any:
        h = trunk(x)
        return sector(h), F.softplus(radius(h))

    def loss(p: Any, y: Any) -> Any:
        return F.cross_entropy(p[0], y["sector"].long()) + 2 * F.mse_loss(
            p[1], y["radius"].float()
        )

    return forward, loss, adam(held.parameters())


def mixture_of_experts() -> Twin:
    gate = nn.Linear(2, 8)
    kernel, bias = nn.Parameter(t.randn(8, 2, 1) * 0.5), nn.Parameter(t.zeros(8, 1))

    def forward(x: Any) -> Any:
        found = t.einsum("bd,edu->beu", x, kernel) + bias
        return t.einsum("be,beu->bu", F.softmax(gate(x), -1), found)

    return (
        forward, lambda p, y: F.mse_loss(p, y.float()),
        adam([*gate.parameters(), kernel, bias], 0.03),
    )  # fmt: skip


def bag_of_embeddings() -> Twin:
    table, end = nn.Embedding(64, 16, padding_idx=0), nn.Linear(16, 1)
    held = nn.ModuleList([table, end])

    def forward(x: Any) -> Any:
        x = x.long()
        kept = (x != 0).float()[:, :, None]
        return end(t.sum(table(x) * kept, 1) / t.sum(kept, 1))

    loss = F.binary_cross_entropy_with_logits
    return forward, lambda p, y: loss(p, column(y)), adam(held.parameters(), 0.01)


def gan(compiled: bool) -> Callable[[Any], Any]:
    """A step of both nets, on a batch of real points."""
    make, judge = nn.Sequential(*dense(4, 32, 2)), nn.Sequential(
        nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1)
    )  # fmt: skip
    d_adam, g_adam = (adam(m.parameters(), 1e-3, betas=(0.5, 0.999)) for m in (judge, make))
    loss = F.binary_cross_entropy_with_logits

    def d_loss(real: Any) -> Any:
        n = len(real)
        both = t.cat([make(t.randn(n, 4)).detach(), real])
        return loss(judge(both), (t.arange(2 * n) >= n).float()[:, None])

    def g_loss(real: Any) -> Any:
        n = len(real)
        return loss(judge(make(t.randn(n, 4))), t.ones(n, 1))

    d, g = (t.compile(d_loss), t.compile(g_loss)) if compiled else (d_loss, g_loss)

    def step(real: Any) -> None:
        for found, optimizer in ((d, d_adam), (g, g_adam)):
            optimizer.zero_grad()
            found(real).backward()
            optimizer.step()

    return step


def taken(data: Any, rows: Any) -> Any:
    """Some rows of arrays, in lists and dicts too."""
    if isinstance(data, dict):
        return {k: taken(v, rows) for k, v in data.items()}
    return [taken(v, rows) for v in data] if isinstance(data, list | tuple) else data[rows]


def tensors(data: Any) -> Any:
    """Arrays as tensors, float64 as float32."""
    if isinstance(data, dict):
        return {k: tensors(v) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [tensors(v) for v in data]
    x = t.as_tensor(data)
    return x.float() if x.dtype == t.float64 else x


def stepper(name: str, compiled: bool) -> Callable[[Any, Any], None]:
    """What trains on a batch."""
    if name == "gan":
        step = gan(compiled)
        return lambda x, y: step(x)
    forward, loss, optimizer = globals()[name]()
    whole = lambda x, y: loss(forward(x), y)  # noqa: E731
    whole = t.compile(whole) if compiled else whole

    def train(x: Any, y: Any) -> None:
        optimizer.zero_grad()
        whole(x, y).backward()
        optimizer.step()

    return train


def fitted(name: str, compiled: bool, given: Any, batch: int) -> Callable[[int], None]:
    """Trains as many epochs as it is told, in batches of shuffled rows."""
    x, y = tensors(given[0]), tensors(given[1]) if len(given) > 1 else None
    n = len(next(iter(x.values())) if isinstance(x, dict) else x[0] if isinstance(x, list) else x)
    train = stepper(name, compiled)

    def fit(epochs: int) -> None:
        for _ in range(epochs):
            order = t.randperm(n)
            for at in range(0, n, batch):
                rows = order[at : at + batch]
                train(taken(x, rows), None if y is None else taken(y, rows))

    return fit
