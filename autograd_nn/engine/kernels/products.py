"""Products of matrices: of any strides or at tables in tiles, of few columns row by row.

Plain Python that Numba compiles from its text, with ``F`` the floating type, ``SIZE`` its bytes,
``TABLED`` what tables tell; ``program/lower/products.py`` and ``windows.py`` fill the blocks.
"""

from __future__ import annotations

# The names used below come from the namespace a kernel is compiled in (target/cpu/compiler.py).
# ruff: noqa: F821


def tiled(  # type: ignore[no-untyped-def]
    x, down, across, y, on, pitch, past, z, row_c, n, columns, deep, fresh
):
    """C (+)= A B for a few panels of B: A's rows, few at a time, stay in the first cache for all.

    x, y, z: where A, B and C begin; on: from a column of B to the next panel's, in entries; pitch:
    of its rows, 0 where each panel is packed as wide as its vectors; past: rows of B before these.
    """
    lanes = VECTOR // SIZE
    width = VECTORS * lanes
    i = I8(0)
    while i < n:
        rows = taken(n - i, (min(width, columns) + lanes - 1) // lanes)
        p, r, q, c = x + i * down * SIZE, down, z + i * row_c * SIZE, row_c
        if TABLED == 1:
            p, r = x, down + i * 8
        if TABLED == 2:
            q, c = z, row_c + i * 8
        for j in range(0, columns, width):
            wide = min(width, columns - j)
            vectors = (wide + lanes - 1) // lanes
            between = pitch if pitch != 0 else vectors * lanes
            rows_b = y + (j * on + past * between) * SIZE
            tile(
                p, r, across, rows_b, between, q + j * SIZE, c, rows, wide, deep, fresh, F, vectors,
                TABLED,
            )  # fmt: skip
        i += rows


def product(a, tid, nth):  # type: ignore[no-untyped-def]
    """C = A B for a stack of matrices of any strides, in pieces of C, tile by tile.

    a: A, B, C, rows n, depth k, columns m, strides of A (down, across) and of B, stack size and the
    strides of A, B, C over it, rows and columns of a piece, whether B is packed (`panels`); strides
    in entries.
    With TABLED the strides of A are addresses of tables instead: Aᵢₖ lies at Rᵢ + Tₖ bytes.
    B is packed by panels as wide as a tile, a few at a time, in blocks of `DEPTH` rows that stay in
    the cache while A's rows pass by; a transposed B is turned on the way. Each entry of C is summed
    in k's order, block by block, whatever the pieces are.
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
        for j in range(first_column, last_column, PANELS * width):
            columns = min(PANELS * width, last_column - j)
            # Vectors can be read in place, parts of one not everywhere: packing does not pay for a
            # few rows of A, nor where rows of B lie as packed ones do.
            in_place = column_b == 1 and (CUTS or columns % lanes == 0)
            in_place = in_place and (n <= 2 * ROWS or row_b == columns)
            for block in range(blocks):
                k = depth * block // blocks
                deep = depth * (block + 1) // blocks - k
                rows_b = y + (k * row_b + j * column_b) * SIZE
                p, r, s = x + (first_row * down + k * across) * SIZE, down, across
                if TABLED:
                    p, r, s = x, down + first_row * 8, across + k * 8
                q, fresh = z + (first_row * m + j) * SIZE, I8(1) if k == 0 else I8(0)
                if a[16] != 0:
                    rows_b, on, pitch, past = y + j * depth * SIZE, depth, I8(0), k
                elif in_place:
                    on, pitch, past = I8(1), row_b, I8(0)
                else:
                    pack(rows_b, row_b, column_b, deep, columns, packed, F, SIZE)
                    rows_b, on, pitch, past = packed, deep, I8(0), I8(0)
                tiled(
                    p, r, s, rows_b, on, pitch, past, q, m, last_row - first_row, columns, deep,
                    fresh,
                )  # fmt: skip


def panels(a, tid, nth):  # type: ignore[no-untyped-def]
    """B packed by panels as wide as a tile, for many products with it.

    a: B, the panels, depth k, columns m, strides of B; in parts of 64 columns."""
    depth, m, row_b, column_b = a[2], a[3], a[4], a[5]
    parts = (m + 63) // 64
    for part in range(parts * tid // nth, parts * (tid + 1) // nth):
        j = part * 64
        source, target = a[0] + j * column_b * SIZE, a[1] + j * depth * SIZE
        pack(source, row_b, column_b, depth, min(64, m - j), target, F, SIZE)


def added_product(a, tid, nth):  # type: ignore[no-untyped-def]
    """C = 0, then A B added up in it, for a stack of images: (AB)ᵢ,ₜ₊ⱼ goes to Rᵢ + Tₜ + j.

    a: A, B, C, rows of A of an image n, depth k, columns m at each place of a window, places t,
    strides of A (down, across) and of B, addresses of the tables R and T (bytes), images, entries
    of an image of C, images of a piece. C's images lie in order, A's rows too, all those of an
    image before the next's; an entry is summed in the order of t, whatever the pieces are.
    """
    n, depth, m, places, down, across = a[3], a[4], a[5], a[6], a[7], a[8]
    row_b, column_b, table_r, table_t = a[9], a[10], a[11], a[12]
    images, image, several = a[13], a[14], a[15]
    lanes = VECTOR // SIZE
    width = VECTORS * lanes
    packed = scratch(PANEL)
    blocks = (depth + DEPTH - 1) // DEPTH
    total = (images + several - 1) // several
    for task in range(total * tid // nth, total * (tid + 1) // nth):
        first, last = task * several, min(images, task * several + several)
        for e in range(first * image, last * image):
            store(a[2], e, F(0), F, 0, 1)
        for t in range(places):
            corner = a[2] + load(table_t, t, I8, 0, 1)
            for j in range(0, m, PANELS * width):
                columns = min(PANELS * width, m - j)
                for block in range(blocks):
                    k = depth * block // blocks
                    deep = depth * (block + 1) // blocks - k
                    rows_b = a[1] + (k * row_b + (t * m + j) * column_b) * SIZE
                    pack(rows_b, row_b, column_b, deep, columns, packed, F, SIZE)
                    for at in range(first, last):
                        x = a[0] + (at * n * down + k * across) * SIZE
                        z = corner + (at * image + j) * SIZE
                        tiled(
                            x, down, across, packed, deep, I8(0), I8(0), z, table_r, n, columns,
                            deep, I8(0),
                        )  # fmt: skip


def small_product(a, tid, nth):  # type: ignore[no-untyped-def]
    """C = AB for few columns, row by row. a: A, B, C, rows, strides of A, row stride of B."""
    x, b, y, rows, down, across, row = a[0], a[1], a[2], a[3], a[4], a[5], a[6]
    for i in range(rows):
        row_product(x + i * down * SIZE, across, b, row, y + i * M * SIZE, F, K, M)
