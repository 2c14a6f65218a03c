"""Whole models: their forms, weights, tables, drawings, files and published architectures.

Start with ``test_functional.py``.
"""
