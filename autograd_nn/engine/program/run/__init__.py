"""Running: a plan and its kernels go in; results come out, and states have changed.

What is run is tables in memory, walked by native code. Start with ``program.py``.
"""
