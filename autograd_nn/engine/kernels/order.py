"""Kernels in which the order of entries counts: running sums, extremes, sorting, search, draws.

Plain Python that Numba compiles from its text; ``program/lower/order.py`` fills the blocks. A line
is the entries along one axis of an array in C order, ``step`` apart.
X and Y are the types of what is read and written; what stands in capitals is known to the compiler.
"""

from __future__ import annotations

# The names used below come from the namespace a kernel is compiled in (target/cpu/compiler.py).
# ruff: noqa: F821


def cumsum(a, tid, nth):  # type: ignore[no-untyped-def]
    """Running sums of lines, from the end where REVERSE. a: x, y, lines, length, step."""
    x, y, lines, n, step = a[0], a[1], a[2], a[3], a[4]
    for line in range(lines * tid // nth, lines * (tid + 1) // nth):
        at = line // step * n * step + line % step
        stride = step
        if REVERSE:
            at += (n - 1) * step
            stride = -step
        total = Y(0)
        for i in range(n):
            v = Y(load(x, at, X, 0, 2))
            total = Y(total + v) if i else v  # not 0 + v: that would lose the sign of -0
            store(y, at, total, Y, 1, 2)
            at += stride


def extreme(a, tid, nth):  # type: ignore[no-untyped-def]
    """Places of the first largest entry of lines (smallest, unless LARGEST), NaN going before all.

    a: x, y, lines, length, step.
    """
    x, y, lines, n, step = a[0], a[1], a[2], a[3], a[4]
    for line in range(lines * tid // nth, lines * (tid + 1) // nth):
        at = line // step * n * step + line % step
        best, top = 0, load(x, at, X, 0, 2)
        for i in range(1, n):
            v = load(x, at + i * step, X, 0, 2)
            better = v > top if LARGEST else v < top
            if better or (v != v and top == top):
                best, top = i, v
        store(y, line, best, I8, 1, 2)


def argsort(a, tid, nth):  # type: ignore[no-untyped-def]
    """The order of lines, equal entries as they came and NaN last. a: x, y, spare, lines, …, step.

    Short runs by insertion, then merged bottom up, to and fro between the result and ``spare``.
    """
    x, y, spare, lines, n, step = a[0], a[1], a[2], a[3], a[4], a[5]
    for line in range(lines * tid // nth, lines * (tid + 1) // nth):
        base = line // step * n * step + line % step
        for i in range(n):
            v = load(x, base + i * step, X, 0, 3)
            j = i
            while j & 15:
                before = load(y, base + (j - 1) * step, I8, 1, 3)
                w = load(x, base + before * step, X, 0, 3)
                if not (v < w or (w != w and v == v)):
                    break
                store(y, base + j * step, before, I8, 1, 3)
                j -= 1
            store(y, base + j * step, i, I8, 1, 3)
        run = 16
        while run < n:
            first = 0
            while first < n:
                middle, end = first + run, first + 2 * run
                middle = middle if middle < n else n  # min() could raise, says Numba
                end = end if end < n else n
                i, j, k = first, middle, first
                while i < middle and j < end:
                    p = load(y, base + i * step, I8, 1, 3)
                    q = load(y, base + j * step, I8, 1, 3)
                    v = load(x, base + q * step, X, 0, 3)
                    w = load(x, base + p * step, X, 0, 3)
                    if v < w or (w != w and v == v):
                        store(spare, base + k * step, q, I8, 2, 3)
                        j += 1
                    else:
                        store(spare, base + k * step, p, I8, 2, 3)
                        i += 1
                    k += 1
                while i < middle:  # what is left of the second run lies where it belongs
                    p = load(y, base + i * step, I8, 1, 3)
                    store(spare, base + k * step, p, I8, 2, 3)
                    i += 1
                    k += 1
                for m in range(first, k):
                    p = load(spare, base + m * step, I8, 2, 3)
                    store(y, base + m * step, p, I8, 1, 3)
                first = end
            run *= 2


def searchsorted(a, tid, nth):  # type: ignore[no-untyped-def]
    """Where entries belong in a sorted vector, NaN last; behind its equals where RIGHT.

    a: x, length, v, y, count.
    """
    x, n, v, y, count = a[0], a[1], a[2], a[3], a[4]
    for i in range(count * tid // nth, count * (tid + 1) // nth):
        key = load(v, i, X, 1, 3)
        low, high = 0, n
        while low < high:
            middle = (low + high) >> 1
            w = load(x, middle, X, 0, 3)
            if RIGHT:
                after = not (key < w or (w != w and key == key))
            else:
                after = w < key or (key != key and w == w)
            if after:
                low = middle + 1
            else:
                high = middle
        store(y, i, low, I8, 2, 3)


def distinct(a, tid, nth):  # type: ignore[no-untyped-def]
    """The rows that indices mean, each once, from the end; where each index's row stands there.

    a: x, rows, slots, spare, table, count, bits, size, errors. The table, of 2**bits places, has
    the first index of each row met so far, where its hash says or behind it.
    Source: Knuth, "The art of computer programming", vol. 3, 6.4 (1973).
    """
    x, rows, slots, table, n, bits, size = a[0], a[1], a[2], a[4], a[5], a[6], a[7]
    mask, free = (1 << bits) - 1, n
    for h in range(mask + 1):
        store(table, h, -1, I8, 3, 4)
    for i in range(n):
        r = I8(load(x, i, X, 0, 4))
        r = r + size if r < 0 else r
        if r < 0 or r >= size:
            store(a[8], 0, a[9] + i, I8, 0, 1)
            return
        h = I8((U8(r) * U8(0x9E3779B97F4A7C15)) >> U8(64 - bits))
        first = load(table, h, I8, 3, 4)
        while first >= 0:
            slot = load(slots, first, I8, 2, 4)
            if load(rows, slot, I8, 1, 4) == r:
                break
            h = (h + 1) & mask
            first = load(table, h, I8, 3, 4)
        if first < 0:
            free -= 1
            slot = free
            store(table, h, i, I8, 3, 4)
            store(rows, slot, r, I8, 1, 4)
        store(slots, i, slot, I8, 2, 4)
    for slot in range(free):
        store(rows, slot, load(rows, n - 1, I8, 1, 4), I8, 1, 4)
    store(a[3], 0, free, I8, 0, 1)


def random_words(a, tid, nth):  # type: ignore[no-untyped-def]
    """Draws of type Y by Philox4x64-10, the bits of ``engine.random``. a: state, out, count.

    Unsigned integers are the bits as they come, floats lie in [0, 1). PER: how many one value of
    the counter gives; U, SIGNED: integers of Y's size.
    Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
    """
    key0, key1 = load(a[0], 0, U8, 0, 2), load(a[0], 1, U8, 0, 2)
    start, out, count = load(a[0], 2, U8, 0, 2), a[1], a[2]
    blocks, whole = (count + PER - 1) // PER, count // PER
    first, last = blocks * tid // nth, blocks * (tid + 1) // nth
    for b in range(first, min(last, whole)):
        x0, x1, x2, x3 = philox(key0, key1, start + U8(b))
        store(out, 4 * b, x0, U8, 1, 2)
        store(out, 4 * b + 1, x1, U8, 1, 2)
        store(out, 4 * b + 2, x2, U8, 1, 2)
        store(out, 4 * b + 3, x3, U8, 1, 2)
    if last > whole:
        x0, x1, x2, x3 = philox(key0, key1, start + U8(whole))
        for i in range(count - whole * PER):
            w = i * 4 // PER
            word = x0 if w == 0 else (x1 if w == 1 else (x2 if w == 2 else x3))
            store(out, whole * PER + i, U(word >> U8(256 // PER * i % 64)), U, 1, 2)
    if UNIT:
        for i in range(first * PER, min(last * PER, count)):  # words to numbers where they lie
            bits = load(out, i, U, 1, 2) >> U(11 if PER == 4 else 8)
            store(out, i, Y(SIGNED(bits)) * Y(2.0**-53 if PER == 4 else 2.0**-24), Y, 1, 2)
