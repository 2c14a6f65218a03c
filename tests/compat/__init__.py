"""Scripts of other years run as they are: whole ones, and the names and habits they count on.

Start with ``test_scripts.py``, which runs every file of ``scripts/``.
"""
