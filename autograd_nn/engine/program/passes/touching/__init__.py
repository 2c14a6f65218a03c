"""Touching few rows: a graph whose step changes a few rows of a table goes in, one that touches no
other row comes out.

`tables` finds the states and what is made of their rows, `rows` writes it for those rows alone.
Start with ``tables.py``.
"""
