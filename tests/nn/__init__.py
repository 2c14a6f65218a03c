"""Layers, losses, optimizers and training, op by op; tests/program trains the same natively.

``layer_cases.py`` is the one table of layers, for the contract in ``test_layers.py``, the native
training in tests/program/test_fit_parity.py and more; optimizers, losses and metrics each have one
in their own test. Start with ``test_layers.py``.
"""
