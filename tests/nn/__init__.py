"""Layers, losses, optimizers and training, op by op; tests/program trains the same natively.

A room for each part of `nn`. ``layers/layer_cases.py`` is the one table of layers, for the contract
in ``layers/test_layer_contract.py``, the native training in tests/program/test_fit_parity.py and
more; optimizers, losses and metrics each have one in their own room. Start with
``layers/test_layers.py``.
"""
