"""Attention: blocks of queries against blocks of keys, whose scores stay on the thread's stack.

Plain Python that Numba compiles from its text, with ``F`` the floating type, ``SIZE`` its bytes,
``QUERIES`` and ``KEYS`` of a block, ``SCORES`` and ``EACH`` the bytes of one and of a number a
query, ``MASKED`` and ``CAUSAL`` what is left out, ``LOW`` its score; ``program/lower/attention.py``
fills the blocks. Where there are several blocks of keys, what was summed is made smaller when a
larger score comes.
"""

from __future__ import annotations

from autograd_nn.engine.kernels.products import tiled

# The names used below come from the namespace a kernel is compiled in (target/cpu/compiler.py).
# ruff: noqa: F821


def added(  # type: ignore[no-untyped-def]
    x, down, across, y, row_b, column_b, z, row_c, n, depth, m, fresh, packed
):
    """C = A B, or C += A B where not ``fresh``: tile by tile, by the thread that asks."""
    width = VECTORS * (VECTOR // SIZE)
    blocks = (depth + DEPTH - 1) // DEPTH
    for j in range(0, m, PANELS * width):
        columns = min(PANELS * width, m - j)
        for block in range(blocks):
            k = depth * block // blocks
            deep = depth * (block + 1) // blocks - k
            rows_b = y + (k * row_b + j * column_b) * SIZE
            pack(rows_b, row_b, column_b, deep, columns, packed, F, SIZE)
            anew = fresh if k == 0 else I8(0)
            tiled(x + k * across * SIZE, down, across, packed, deep, I8(0), I8(0), z + j * SIZE,
                  row_c, n, columns, deep, anew)  # fmt: skip


def counted(place, key, wide):  # type: ignore[no-untyped-def]
    """How many keys of a block a query looks at, which come first; all where a mask says it."""
    if CAUSAL and not MASKED:
        return max(I8(0), min(wide, place + 1 - key))
    return wide


def kept(mask, at, step, j, place, key):  # type: ignore[no-untyped-def]
    """Whether a query looks at key ``j`` of a block."""
    return load(mask, at + j * step, U1, 1, 2) != 0 and (not CAUSAL or key + j <= place)


def largest(  # type: ignore[no-untyped-def]
    scores, at, wide, scale, mask, at_mask, step, place, key
):
    """The largest score of a row, which are scaled, and left out, on the way."""
    best = functions.rank(F(-np.inf))
    for j in range(wide):
        e = load(scores, at + j, F, 0, 2) * scale
        if MASKED:
            e = e if kept(mask, at_mask, step, j, place, key) else LOW
        store(scores, at + j, e, F, 0, 2)
        r = functions.rank(e)
        best = r if r > best else best
    return functions.ranked(best)


def powers(scores, at, count, wide, top):  # type: ignore[no-untyped-def]
    """The sum of the row's exponentials, which take the scores' place; none of what is left out."""
    total = F(0)
    for j in range(count):
        e = functions.exp(load(scores, at + j, F, 0, 1) - top)
        store(scores, at + j, e, F, 0, 1)
        total = plus(total, e)
    for j in range(count, wide):
        store(scores, at + j, F(0), F, 0, 1)
    return total


def attention(a, tid, nth):  # type: ignore[no-untyped-def]
    """y = softmax(scale · Q Kᵀ) V.

    a: Q, K, V, mask, y; samples, queries, keys, heads, heads to a head of keys, sizes of keys and
    values; strides of Q (sample, step, head), K, V and the mask (sample, head, query, key);
    queries of a block; the scale's bits. Parts are heads, and blocks of their queries.
    """
    n, t, s, h, each, size, width = a[5], a[6], a[7], a[8], a[9], a[10], a[11]
    many, scale = a[25], F(as_float(a[26]))
    one, row = I8(1), I8(KEYS)  # no literals: `added` would be compiled for each set of them
    packed, scores = scratch(PANEL), scratch(SCORES)
    tops, sums = scratch(EACH), scratch(EACH)
    blocks = (t + many - 1) // many
    total = n * h * blocks
    for task in range(total * tid // nth, total * (tid + 1) // nth):
        first, head, i = task % blocks * many, task // blocks % h, task // blocks // h
        rows, group = min(many, t - first), head // each
        q = a[0] + (i * a[12] + first * a[13] + head * a[14]) * SIZE
        keys = a[1] + (i * a[15] + group * a[17]) * SIZE
        values = a[2] + (i * a[18] + group * a[20]) * SIZE
        y = a[4] + ((i * t + first) * h + head) * width * SIZE
        seen = min(s, first + rows) if CAUSAL and not MASKED else s
        for block in range((seen + KEYS - 1) // KEYS):
            key = block * KEYS
            wide = min(KEYS, seen - key)
            added(q, a[13], one, keys + key * a[16] * SIZE, one, a[16], scores, row, rows, size,
                  wide, one, packed)  # fmt: skip
            for r in range(rows):
                place, at = first + r, r * KEYS
                count = counted(place, key, wide)
                at_mask = i * a[21] + head * a[22] + place * a[23] + key * a[24]
                top = largest(scores, at, count, scale, a[3], at_mask, a[24], place, key)
                if key == 0:
                    top = F(0) if abs(top) == np.inf else top
                    store(sums, r, powers(scores, at, count, wide, top), F, 0, 1)
                else:
                    old = load(tops, r, F, 0, 1)
                    top = top if top > old else old
                    less = functions.exp(old - top)
                    part = powers(scores, at, count, wide, top)
                    store(sums, r, load(sums, r, F, 0, 1) * less + part, F, 0, 1)
                    for j in range(width):
                        e = load(y, r * h * width + j, F, 0, 1)
                        store(y, r * h * width + j, e * less, F, 0, 1)
                store(tops, r, top, F, 0, 1)
            added(scores, row, one, values + key * a[19] * SIZE, a[19], one, y, h * width, rows,
                  wide, width, one if key == 0 else I8(0), packed)  # fmt: skip
        for r in range(rows):
            share = load(sums, r, F, 0, 1)
            for j in range(width):
                e = load(y, r * h * width + j, F, 0, 1)
                store(y, r * h * width + j, e / share, F, 0, 1)


def attention_slopes(a, tid, nth):  # type: ignore[no-untyped-def]
    """The cotangents of Q, K and V for a cotangent U of the result.

    a: as in `attention`, and from a[27] U, the three cotangents, U's strides (sample, step, head);
    the result is not needed. Parts are heads of keys.
    """
    n, t, s, h, each, size, width = a[5], a[6], a[7], a[8], a[9], a[10], a[11]
    many, scale = a[25], F(as_float(a[26]))
    one, row = I8(1), I8(KEYS)  # as above
    packed, scores, inner = scratch(PANEL), scratch(SCORES), scratch(SCORES)
    tops, sums = scratch(EACH), scratch(EACH)
    means = scratch(EACH)
    groups = h // each
    for task in range(n * groups * tid // nth, n * groups * (tid + 1) // nth):
        i, group = task // groups, task % groups
        keys = a[1] + (i * a[15] + group * a[17]) * SIZE
        values = a[2] + (i * a[18] + group * a[20]) * SIZE
        dk = a[29] + (i * s * groups + group) * size * SIZE
        dv = a[30] + (i * s * groups + group) * width * SIZE
        for c in range(s):
            for j in range(size):
                store(dk, c * groups * size + j, F(0), F, 0, 1)
            for j in range(width):
                store(dv, c * groups * width + j, F(0), F, 0, 1)
        for head in range(group * each, group * each + each):
            for part in range((t + many - 1) // many):
                first = part * many
                rows = min(many, t - first)
                q = a[0] + (i * a[12] + first * a[13] + head * a[14]) * SIZE
                u = a[27] + (i * a[31] + first * a[32] + head * a[33]) * SIZE
                dq = a[28] + ((i * t + first) * h + head) * size * SIZE
                seen = min(s, first + rows) if CAUSAL and not MASKED else s
                blocks = (seen + KEYS - 1) // KEYS
                # The rows' largest scores, sums and means first, then the cotangents. One block of
                # keys is there still; several are made once more.
                for turn_ in range(2 * blocks):
                    after = turn_ >= blocks
                    key = turn_ % blocks * KEYS
                    wide = min(KEYS, seen - key)
                    if blocks > 1 or not after:
                        added(q, a[13], one, keys + key * a[16] * SIZE, one, a[16], scores, row,
                              rows, size, wide, one, packed)  # fmt: skip
                        added(u, a[32], one, values + key * a[19] * SIZE, one, a[19], inner, row,
                              rows, width, wide, one, packed)  # fmt: skip
                        for r in range(rows):
                            place, at = first + r, r * KEYS
                            count = counted(place, key, wide)
                            at_mask = i * a[21] + head * a[22] + place * a[23] + key * a[24]
                            top = largest(scores, at, count, scale, a[3], at_mask, a[24], place,
                                          key)  # fmt: skip
                            old = load(tops, r, F, 0, 1)
                            if key == 0 and not after:
                                top = F(0) if abs(top) == np.inf else top
                            else:
                                top = top if top > old and not after else old
                            total = powers(scores, at, count, wide, top)
                            if not after:
                                mean = F(0)
                                for j in range(wide):
                                    e = load(scores, at + j, F, 0, 2) * load(inner, at + j, F, 1, 2)
                                    mean = plus(mean, e)
                                if key:
                                    less = functions.exp(old - top)
                                    total += load(sums, r, F, 0, 1) * less
                                    mean += load(means, r, F, 0, 1) * less
                                store(tops, r, top, F, 0, 1)
                                store(sums, r, total, F, 0, 1)
                                store(means, r, mean, F, 0, 1)
                    if after:
                        for r in range(rows):
                            place, at = first + r, r * KEYS
                            at_mask = i * a[21] + head * a[22] + place * a[23] + key * a[24]
                            total = load(sums, r, F, 0, 1)
                            mean = load(means, r, F, 0, 1) / total
                            for j in range(wide):
                                p = load(scores, at + j, F, 0, 3) / total
                                d = p * (load(inner, at + j, F, 1, 3) - mean) * scale
                                store(scores, at + j, p, F, 0, 3)
                                store(inner, at + j, d, F, 1, 3)
                            if MASKED:
                                for j in range(wide):
                                    if not kept(a[3], at_mask, a[24], j, place, key):
                                        store(inner, at + j, F(0), F, 0, 2)
                        fresh = one if key == 0 else I8(0)
                        added(scores, one, row, u, a[32], one, dv + key * groups * width * SIZE,
                              groups * width, wide, rows, width, I8(0), packed)  # fmt: skip
                        added(inner, row, one, keys + key * a[16] * SIZE, a[16], one, dq, h * size,
                              rows, wide, size, fresh, packed)  # fmt: skip
                        added(inner, one, row, q, a[13], one, dk + key * groups * size * SIZE,
                              groups * size, wide, rows, size, I8(0), packed)  # fmt: skip
