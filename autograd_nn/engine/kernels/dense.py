"""Kernels that are not elementwise loops: products, rows by index, softmax, and the runner.

Plain Python that Numba compiles from its text, with ``F`` the floating type. The block's layout
stands in each docstring; ``program/lower.py`` fills it.
"""

from __future__ import annotations

# The names used below come from the namespace a kernel is compiled in (program/compiler.py).
# ruff: noqa: F821


def runner(a, tid, nth):  # type: ignore[no-untyped-def]
    """Runs a table of instructions for the steps start … stop - 1, by one thread or several.

    a: table (function, block, wide), count, cell of the step number, start, stop, cell of errors,
    the counter at which threads meet, a function that gives way to other processes.
    A wide instruction is shared, each thread doing its slice; the others are thread 0's. Threads
    meet before and after each wide one, and at the end of a step: whoever reads finds it written.
    """
    table, count, cursor, start, stop, status = a[0], a[1], a[2], a[3], a[4], a[5]
    counter, give_way = a[6], a[7]
    target = 0
    for step in range(start, stop):
        if tid == 0:
            store(cursor, 0, step, I8, 0, 1)
        for k in range(count):
            function, block = load(table, 3 * k, I8, 0, 1), load(table, 3 * k + 1, I8, 0, 1)
            if nth == 1:
                call_kernel(function, block, 0, 1)
                if load(status, 0, I8, 0, 1) != 0:
                    return
            elif load(table, 3 * k + 2, I8, 0, 1) != 0:
                target += nth
                meet(counter, target, give_way)
                if atomic_load(status) != 0:
                    return
                call_kernel(function, block, tid, nth)
                target += nth
                meet(counter, target, give_way)
                if atomic_load(status) != 0:
                    return
            elif tid == 0 and atomic_load(status) == 0:
                call_kernel(function, block, 0, 1)
        if nth != 1:
            target += nth
            meet(counter, target, give_way)
            if atomic_load(status) != 0:
                return


def gemm(a, tid, nth):  # type: ignore[no-untyped-def]
    """C = op(A) op(B) by BLAS, for a stack of matrices, in slices of C.

    a: routine, transposition letters, k, ldb, lda, ldc (cells holding integers by address), alpha,
    beta, B, A, C, stack size, and the strides of B, A, C in bytes over the stack; the block's own
    address; the number of slices, and for each its columns, rows, and offsets in B, A, C.
    Fortran's matrices are the transposes of ours: Cᵀ = op(B)ᵀ op(A)ᵀ. The slices are fixed when the
    program is built, so that results do not depend on how many threads there are.
    """
    routine, base, slices = a[0], a[15], a[16]
    s = tid
    while s < slices:  # not range(tid, slices, nth): that could raise, and so would need Python
        own = 17 + 5 * s
        s += nth
        for i in range(a[11]):
            call_blas(
                routine,
                (
                    base + 8, base + 9, base + 8 * own, base + 8 * own + 8, base + 16, base + 48,
                    a[8] + a[own + 2] + i * a[12], base + 24, a[9] + a[own + 3] + i * a[13],
                    base + 32, base + 56, a[10] + a[own + 4] + i * a[14], base + 40,
                ),
            )  # fmt: skip


def small_product(a, tid, nth):  # type: ignore[no-untyped-def]
    """C = AB for few columns, row by row. a: A, B, C, rows, strides of A, row stride of B."""
    x, b, y, rows, down, across, row = a[0], a[1], a[2], a[3], a[4], a[5], a[6]
    for i in range(rows):
        row_product(x + i * down * SIZE, across, b, row, y + i * M * SIZE, F, K, M)


def gather_rows(a, tid, nth):  # type: ignore[no-untyped-def]
    """Copies rows of ``words`` units each: out[i] = source[index[i]].

    a: source, index, out, rows, words, limit, cell of errors, code, step cell (or 0), batch.
    With a step cell the index starts at step·batch: that is how a program walks through an epoch.
    """
    source, index, out, rows, words, limit = a[0], a[1], a[2], a[3], a[4], a[5]
    if a[8] != 0:
        index = index + load(a[8], 0, I8, 0, 1) * a[9] * 8
    for i in range(rows * tid // nth, rows * (tid + 1) // nth):
        r = load(index, i, I, 1, 3)
        row = r + limit if r < 0 else I8(r)
        if row < 0 or row >= limit:
            store(a[6], 0, a[7] + i, I8, 0, 1)
            return
        for j in range(words):
            store(out, i * words + j, load(source, row * words + j, W, 0, 3), W, 2, 3)


def softmax(a, tid, nth):  # type: ignore[no-untyped-def]
    """Softmax of rows. a: x, y, rows, width."""
    x, y, rows, width = a[0], a[1], a[2], a[3]
    for i in range(rows * tid // nth, rows * (tid + 1) // nth):
        top = load(x, i * width, F, 0, 2)
        for j in range(1, width):
            v = load(x, i * width + j, F, 0, 2)
            top = v if (v > top or v != v) else top
        if top - top != 0:
            top = F(0) if top == top else top
        total = F(0)
        for j in range(width):
            e = F(math.exp(load(x, i * width + j, F, 0, 2) - top))
            store(y, i * width + j, e, F, 1, 2)
            total += e
        for j in range(width):
            store(y, i * width + j, load(y, i * width + j, F, 1, 2) / total, F, 1, 2)


def log_softmax(a, tid, nth):  # type: ignore[no-untyped-def]
    """Logarithm of softmax of rows. a: x, y, rows, width."""
    x, y, rows, width = a[0], a[1], a[2], a[3]
    for i in range(rows * tid // nth, rows * (tid + 1) // nth):
        top = load(x, i * width, F, 0, 2)
        for j in range(1, width):
            v = load(x, i * width + j, F, 0, 2)
            top = v if (v > top or v != v) else top
        if top - top != 0:
            top = F(0) if top == top else top
        total = F(0)
        for j in range(width):
            total += F(math.exp(load(x, i * width + j, F, 0, 2) - top))
        low = F(math.log(total))
        for j in range(width):
            store(y, i * width + j, load(x, i * width + j, F, 0, 2) - top - low, F, 1, 2)


def softmax_cross_entropy(a, tid, nth):  # type: ignore[no-untyped-def]
    """ln Σ eˣ - x_label of rows. a: x, labels, y, rows, width, cell of errors, code."""
    x, labels, y, rows, width = a[0], a[1], a[2], a[3], a[4]
    for i in range(rows):
        label = I8(load(labels, i, I, 1, 3))
        if label < 0 or label >= width:
            store(a[5], 0, a[6] + i, I8, 0, 1)
            return
        top = load(x, i * width, F, 0, 3)
        for j in range(1, width):
            v = load(x, i * width + j, F, 0, 3)
            top = v if (v > top or v != v) else top
        if top - top != 0:
            top = F(0) if top == top else top
        total = F(0)
        for j in range(width):
            total += F(math.exp(load(x, i * width + j, F, 0, 3) - top))
        picked = load(x, i * width + label, F, 0, 3) - top
        store(y, i, F(math.log(total)) - picked, F, 2, 3)


def sparse_slope(a, tid, nth):  # type: ignore[no-untyped-def]
    """softmax less one at the label, of rows. a: x, labels, y, rows, width, error cell, code."""
    x, labels, y, rows, width = a[0], a[1], a[2], a[3], a[4]
    for i in range(rows):
        label = I8(load(labels, i, I, 1, 3))
        if label < 0 or label >= width:
            store(a[5], 0, a[6] + i, I8, 0, 1)
            return
        top = load(x, i * width, F, 0, 3)
        for j in range(1, width):
            v = load(x, i * width + j, F, 0, 3)
            top = v if (v > top or v != v) else top
        if top - top != 0:
            top = F(0) if top == top else top
        total = F(0)
        for j in range(width):
            e = F(math.exp(load(x, i * width + j, F, 0, 3) - top))
            store(y, i * width + j, e, F, 2, 3)
            total += e
        for j in range(width):
            store(y, i * width + j, load(y, i * width + j, F, 2, 3) / total, F, 2, 3)
        store(y, i * width + label, load(y, i * width + label, F, 2, 3) - F(1), F, 2, 3)
