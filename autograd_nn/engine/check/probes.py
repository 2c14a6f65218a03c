"""Where to look: scale-free directions of the inputs and cotangents of the outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

EVERY = 64  # leaves up to this size are probed at every entry
SAMPLED = 16  # entries probed alone in larger ones
BLOCKS = 8  # disjoint blocks that together cover every entry
GLOBAL = 2  # random directions through all inputs together
OUTPUTS = 16  # results up to this size are probed at every entry


@dataclass(frozen=True)
class Probe:
    """A direction: ``step`` at the entries ``at`` of the flat input; ``leaf`` None: several.

    wide   steps beyond the entries' own sizes, which may leave the domain: only an error counts.
    """

    at: np.ndarray
    step: np.ndarray
    leaf: int | None
    wide: bool = False

    @property
    def single(self) -> bool:
        return len(self.at) == 1


def scales(parts: Sequence[np.ndarray]) -> np.ndarray:
    """A typical size per entry: its own, or for zeros its leaf's median, or 1."""
    found = []
    for part in parts:
        size = np.abs(part.ravel())
        known = size[(size > 0) & np.isfinite(size)]
        typical = float(np.median(known)) if known.size else 1.0
        found.append(np.where((size > 0) & np.isfinite(size), size, typical))
    return np.concatenate(found) if found else np.zeros(0)


def cotangents(y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Rows v, functionals of the results: every entry alone, or blocks and random mixtures."""
    size = scales([y])
    size = np.fmax(size, 1e-18 * size.max(initial=0.0))  # weights must stay finite in float32
    signs = random.choice([-1.0, 1.0], size=(BLOCKS + 2, y.size))
    if y.size == 1:
        return np.ones((1, 1))
    if y.size <= OUTPUTS:
        return np.concatenate([np.eye(y.size), signs[:1] / size])
    block = np.arange(y.size) % BLOCKS == np.arange(BLOCKS)[:, None]
    even = random.standard_normal((1, y.size)) / size.max()
    return np.concatenate([even, signs[:1] / size, block * signs[2:] / size])


def directions(
    bounds: Sequence[tuple[int, int]],
    size: np.ndarray,
    gradient: np.ndarray,
    random: np.random.Generator,
) -> Iterator[Probe]:
    """Probes of every leaf: its entries (all, or the heaviest and some others), blocks, mixtures.

    bounds     first and last-but-one index of each leaf in the flat input.
    gradient   |dv·f/dx| of each entry, times its size: what tells the heavy ones.
    """
    signs = random.choice([-1.0, 1.0], size=size.shape)
    for leaf, (start, stop) in enumerate(bounds):
        n = stop - start
        if not n:
            continue
        if n <= EVERY:
            alone = np.arange(start, stop)
        else:
            heavy = start + np.argsort(-gradient[start:stop])[: SAMPLED // 2]
            others = start + random.choice(n, SAMPLED // 2, replace=False)
            alone = np.unique(np.concatenate([heavy, others]))
            order = start + random.permutation(n)
            for at in np.array_split(order, BLOCKS):
                yield Probe(at, signs[at] * size[at], leaf)
            typical = float(np.median(size[start:stop]))
            small = order[size[order] < 0.3 * typical]  # hardly felt beside the others
            for at in np.array_split(small, min(BLOCKS, len(small)) or 1):
                if at.size:
                    yield Probe(at, signs[at] * typical, leaf, wide=True)
        for i in alone:
            yield Probe(np.array([i]), size[i : i + 1], leaf)
    if len(size) > 1:
        everything = np.arange(len(size))
        yield Probe(everything, size, None)  # together: what is tied stays tied
        for _ in range(GLOBAL):
            yield Probe(everything, random.choice([-1.0, 1.0], size=size.shape) * size, None)
