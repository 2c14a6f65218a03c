"""Native kernels: they see addresses and numbers, never a Tensor.

A kernel is a function ``kernel(a, tid, nth)``: ``a`` points at its argument block of 64-bit cells,
and thread ``tid`` of ``nth`` does its slice of the outermost loop. Bounds were proved when the
program was built; where an index comes from data the kernel checks it and reports through a cell.

Start with ``memory.py``: how a kernel reads and writes.
"""
