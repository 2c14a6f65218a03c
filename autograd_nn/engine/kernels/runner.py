"""The runner, which walks a program's table, and the gathering of a batch's rows.

Plain Python that Numba compiles from its text; the block's layout stands in each docstring.
"""

from __future__ import annotations

# The names used below come from the namespace a kernel is compiled in (target/cpu/compiler.py).
# ruff: noqa: F821


def runner(a, tid, nth):  # type: ignore[no-untyped-def]
    """Runs a table of instructions for the steps start … stop - 1, by one thread or several.

    a: table (function, block, parts), count, cell of the step number, start, stop, cell of errors,
    the ticket, the count of parts done, a function that gives way to other processes, and where it
    rests: after how many turns of loops, then at which instruction of which step, and whether it
    does. It begins at that instruction. In the place of a function 0 marks the end of a loop's
    body, see `again`, and 1 a jump, see `onwards`.
    Thread 0 walks the table. An instruction of several parts it offers on the ticket, which holds
    the instruction's number and the next part: whoever adds one to it has taken a part. Thread 0
    takes parts too, and goes on when all are done. So nobody waits for a thread that did not come,
    and no result depends on who took what, since the parts do not depend on it.
    """
    table, count, cursor, start, stop, status = a[0], a[1], a[2], a[3], a[4], a[5]
    ticket, done, give_way, rest = a[6], a[7], a[8], a[9]
    if tid == 0:
        k = load(rest, 1, I8, 0, 1)
        store(rest, 1, I8(0), I8, 0, 1)
        for step in range(start, stop):
            store(cursor, 0, step, I8, 0, 1)
            while k < count:
                function, block = load(table, 3 * k, I8, 0, 1), load(table, 3 * k + 1, I8, 0, 1)
                if function == 0 or function == 1:
                    k = again(block, k) if function == 0 else onwards(block, k)
                    turns = load(rest, 0, I8, 0, 1) - 1
                    store(rest, 0, turns, I8, 0, 1)
                    if turns == 0:
                        store(rest, 1, k, I8, 0, 1)
                        store(rest, 2, step, I8, 0, 1)
                        store(rest, 3, I8(1), I8, 0, 1)
                        atomic_store(ticket, -OFFER)
                        return
                    continue
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
                k += 1
            k = I8(0)
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


def again(block, k):  # type: ignore[no-untyped-def]
    """Which instruction follows the end of a loop's body: its first, or the next after it.

    block: how many instructions the body has, how many steps there are, how many are done, how many
    cells move; of each its address and by how much. After the last step all is as at the first, so
    a loop within a loop begins anew.
    """
    back, times = load(block, 0, I8, 0, 1), load(block, 1, I8, 0, 1)
    done, moving = load(block, 2, I8, 0, 1), load(block, 3, I8, 0, 1)
    over = done + 1 >= times
    store(block, 2, I8(0) if over else done + 1, I8, 0, 1)
    for j in range(moving):
        cell, by = load(block, 4 + 2 * j, I8, 0, 1), load(block, 5 + 2 * j, I8, 0, 1)
        store(cell, 0, load(cell, 0, I8, 0, 1) + (-done * by if over else by), I8, 0, 1)
    return k + 1 if over else k - back


def onwards(block, k):  # type: ignore[no-untyped-def]
    """Which instruction follows a jump. block: the cell of a number, or 0; how many targets there
    are; of each by how many instructions it is further. Numbers beyond are those at the end."""
    cell, targets = load(block, 0, I8, 0, 1), load(block, 1, I8, 0, 1)
    chosen = I8(0)
    if cell != 0:
        chosen = min(max(load(cell, 0, I8, 0, 1), I8(0)), targets - 1)
    return k + load(block, 2 + chosen, I8, 0, 1)


def lanes(a, tid, nth):  # type: ignore[no-untyped-def]
    """Runs a loop in lanes, each of which goes through all steps for its rows by itself.

    a: how many lanes; of each its table, as the runner's, and how many instructions that has.
    """
    for lane in range(a[0] * tid // nth, a[0] * (tid + 1) // nth):
        table, count, k = a[1 + 2 * lane], a[2 + 2 * lane], I8(0)
        while k < count:
            function, block = load(table, 3 * k, I8, 0, 1), load(table, 3 * k + 1, I8, 0, 1)
            if function == 0:
                k = again(block, k)
            else:
                call_kernel(function, block, 0, 1)
                k += 1


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
