"""Optimizers against their formulas, over steps, on every kind of weight.

Start with ``optimizer_cases.py``: the options of each, which all tests go through.
"""
