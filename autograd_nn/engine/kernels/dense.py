"""Kernels that are not elementwise loops: products, rows by index, softmax, and the runner.

Plain Python that Numba compiles from its text, with ``F`` the floating type. The block's layout
stands in each docstring; ``program/lower/`` fills it.
"""

from __future__ import annotations

# The names used below come from the namespace a kernel is compiled in (target/cpu/compiler.py).
# ruff: noqa: F821


def runner(a, tid, nth):  # type: ignore[no-untyped-def]
    """Runs a table of instructions for the steps start … stop - 1, by one thread or several.

    a: table (function, block, parts), count, cell of the step number, start, stop, cell of errors,
    the ticket, the count of parts done, a function that gives way to other processes.
    Thread 0 walks the table. An instruction of several parts it offers on the ticket, which holds
    the instruction's number and the next part: whoever adds one to it has taken a part. Thread 0
    takes parts too, and goes on when all are done. So nobody waits for a thread that did not come,
    and no result depends on who took what, since the parts do not depend on it.
    """
    table, count, cursor, start, stop, status = a[0], a[1], a[2], a[3], a[4], a[5]
    ticket, done, give_way = a[6], a[7], a[8]
    if tid == 0:
        for step in range(start, stop):
            store(cursor, 0, step, I8, 0, 1)
            for k in range(count):
                function, block = load(table, 3 * k, I8, 0, 1), load(table, 3 * k + 1, I8, 0, 1)
                parts = load(table, 3 * k + 2, I8, 0, 1)
                if nth == 1 or parts == 1:
                    call_kernel(function, block, 0, 1)
                else:
                    atomic_store(done, 0)
                    atomic_store(ticket, k * OFFER)
                    part = I8(0)
                    while part < parts:
                        part = atomic_add(ticket, 1) - k * OFFER
                        if part < parts:
                            call_kernel(function, block, part, parts)
                            atomic_add(done, 1)
                    wait_for(done, parts, give_way)
                if atomic_load(status) != 0:
                    atomic_store(ticket, -OFFER)
                    return
        atomic_store(ticket, -OFFER)
        return
    waited = I8(0)
    while True:
        seen = atomic_load(ticket)
        if seen < 0:
            return
        k = seen // OFFER
        parts = load(table, 3 * k + 2, I8, 0, 1)
        if seen - k * OFFER < parts:
            taken = atomic_add(ticket, 1)  # by now perhaps of another instruction
            if taken < 0:
                return
            k = taken // OFFER
            part, parts = taken - k * OFFER, load(table, 3 * k + 2, I8, 0, 1)
            if part < parts:
                waited = I8(0)
                function, block = load(table, 3 * k, I8, 0, 1), load(table, 3 * k + 1, I8, 0, 1)
                call_kernel(function, block, part, parts)
                atomic_add(done, 1)
                continue
        waited = pause(waited, give_way)


def product(a, tid, nth):  # type: ignore[no-untyped-def]
    """C = A B for a stack of matrices of any strides, in pieces of C, tile by tile.

    a: A, B, C, rows n, depth k, columns m, strides of A (down, across) and of B, stack size and the
    strides of A, B, C over it, rows and columns of a piece; strides in entries.
    B is packed by panels as wide as a tile, in blocks of `DEPTH` rows that stay in the cache while
    A's rows pass by; a transposed B is turned on the way. Each entry of C is summed in k's order,
    block by block, whatever the pieces are.
    """
    n, depth, m, down, across, row_b, column_b = a[3], a[4], a[5], a[6], a[7], a[8], a[9]
    tall, wide = a[14], a[15]
    lanes = VECTOR // SIZE
    width = VECTORS * lanes
    packed = scratch(PANEL)
    pieces_down, pieces_across = (n + tall - 1) // tall, (m + wide - 1) // wide
    pieces = pieces_down * pieces_across
    blocks = (depth + DEPTH - 1) // DEPTH
    total = a[10] * pieces
    for task in range(total * tid // nth, total * (tid + 1) // nth):
        stack, piece = task // pieces, task % pieces
        first_row, first_column = piece % pieces_down * tall, piece // pieces_down * wide
        last_row, last_column = min(n, first_row + tall), min(m, first_column + wide)
        x = a[0] + stack * a[11] * SIZE
        y = a[1] + stack * a[12] * SIZE
        z = a[2] + stack * a[13] * SIZE
        for panel in range((last_column - first_column + width - 1) // width):
            j = first_column + panel * width
            columns = min(width, last_column - j)
            vectors = (columns + lanes - 1) // lanes
            # A few rows of A do not pay for packing, where whole vectors can be read in place.
            in_place = n <= 2 * ROWS and column_b == 1 and columns == vectors * lanes
            pitch = row_b if in_place else vectors * lanes
            for block in range(blocks):
                k = depth * block // blocks
                deep = depth * (block + 1) // blocks - k
                rows_b = y + (k * row_b + j * column_b) * SIZE
                if not in_place:
                    pack(rows_b, row_b, column_b, deep, columns, packed, pitch, F, SIZE)
                    rows_b = packed
                fresh = I8(1) if k == 0 else I8(0)
                for row in range((last_row - first_row + ROWS - 1) // ROWS):
                    i = first_row + row * ROWS
                    p = x + (i * down + k * across) * SIZE
                    q = z + (i * m + j) * SIZE
                    rows = min(ROWS, last_row - i)
                    if vectors == 1:
                        tile(p, down, across, rows_b, pitch, q, m, rows, columns, deep, fresh, F, 1)
                    elif vectors == 2:
                        tile(p, down, across, rows_b, pitch, q, m, rows, columns, deep, fresh, F, 2)
                    elif vectors == 3:
                        tile(p, down, across, rows_b, pitch, q, m, rows, columns, deep, fresh, F, 3)
                    else:
                        tile(p, down, across, rows_b, pitch, q, m, rows, columns, deep, fresh, F, 4)


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


def largest(x, at, width):  # type: ignore[no-untyped-def]
    """What to take from a row before exponentials: its largest entry, but 0 for an infinite one.

    Found by ranks, whose order vectors know. Where NaN ends up is no matter: it is in the sum.
    """
    if width <= 16:
        return rows.short_largest(x, at, width, F)
    best = functions.rank(F(-np.inf))
    for j in range(width):
        r = functions.rank(load(x, at + j, F, 0, 3))
        best = r if r > best else best
    top = functions.ranked(best)
    return F(0) if abs(top) == np.inf else top


def row_softmax(x, y, at, width):  # type: ignore[no-untyped-def]
    """y = softmax of a row of x."""
    if width <= 16:
        rows.short_softmax(x, y, at, width, F)
        return
    top, total = largest(x, at, width), F(0)
    for j in range(width):
        e = functions.exp(load(x, at + j, F, 0, 3) - top)
        store(y, at + j, e, F, 2, 3)
        total = plus(total, e)
    for j in range(width):
        store(y, at + j, load(y, at + j, F, 2, 3) / total, F, 2, 3)


def row_logarithm(x, at, width, top):  # type: ignore[no-untyped-def]
    """ln Σ e^(x - top) of a row."""
    if width <= 16:
        return functions.log(rows.short_sum(x, at, width, top, F))
    total = F(0)
    for j in range(width):
        total = plus(total, functions.exp(load(x, at + j, F, 0, 3) - top))
    return functions.log(total)


def softmax(a, tid, nth):  # type: ignore[no-untyped-def]
    """Softmax of rows. a: x, y, rows, width."""
    x, y, count, width = a[0], a[1], a[2], a[3]
    for i in range(count * tid // nth, count * (tid + 1) // nth):
        row_softmax(x, y, i * width, width)


def log_softmax(a, tid, nth):  # type: ignore[no-untyped-def]
    """Logarithm of softmax of rows. a: x, y, rows, width."""
    x, y, count, width = a[0], a[1], a[2], a[3]
    for i in range(count * tid // nth, count * (tid + 1) // nth):
        at = i * width
        top = largest(x, at, width)
        low = row_logarithm(x, at, width, top)
        for j in range(width):
            store(y, at + j, load(x, at + j, F, 0, 3) - top - low, F, 2, 3)


def softmax_cross_entropy(a, tid, nth):  # type: ignore[no-untyped-def]
    """ln Σ eˣ - x_label of rows. a: x, labels, y, rows, width, cell of errors, code."""
    x, labels, y, count, width = a[0], a[1], a[2], a[3], a[4]
    for i in range(count):
        label = I8(load(labels, i, I, 1, 3))
        if label < 0 or label >= width:
            store(a[5], 0, a[6] + i, I8, 0, 1)
            return
        at = i * width
        top = largest(x, at, width)
        picked = load(x, at + label, F, 0, 3) - top
        store(y, i, row_logarithm(x, at, width, top) - picked, F, 2, 3)


def sparse_slope(a, tid, nth):  # type: ignore[no-untyped-def]
    """softmax less one at the label, of rows. a: x, labels, y, rows, width, error cell, code."""
    x, labels, y, count, width = a[0], a[1], a[2], a[3], a[4]
    for i in range(count):
        label = I8(load(labels, i, I, 1, 3))
        if label < 0 or label >= width:
            store(a[5], 0, a[6] + i, I8, 0, 1)
            return
        at = i * width
        row_softmax(x, y, at, width)
        store(y, at + label, F(0), F, 2, 3)
        rest = F(0)
        for j in range(width):
            rest += load(y, at + j, F, 2, 3)
        store(y, at + label, -rest, F, 2, 3)
