"""Products of matrices: of any strides in tiles, of few columns row by row.

Plain Python that Numba compiles from its text, with ``F`` the floating type, ``SIZE`` its bytes;
``program/lower/products.py`` fills the blocks.
"""

from __future__ import annotations

# The names used below come from the namespace a kernel is compiled in (target/cpu/compiler.py).
# ruff: noqa: F821


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
