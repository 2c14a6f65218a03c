"""Running: a plan with its kernels goes in, and a program comes out that runs.

`memory` holds the arena and the argument blocks, `states` ties them to tensors of outside, `walk`
goes through the table, with the threads of `crew` where that pays. Start with ``program.py``.
"""
