"""Losses and metrics against their formulas on arrays, and against stored results of Keras.

Start with ``test_losses.py``.
"""
