"""The CPU: texts of kernels, their compiler, the cache on disk, and the library that loads them.

Start with ``library.py``.
"""
