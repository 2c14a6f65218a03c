"""Programs on devices, through JAX: skipped where it is not installed, run on its CPU elsewhere.

In go the same functions and models as on this processor; out come the same numbers, draws and
errors. Start with ``test_every_op.py``. ``pytest --target xla tests/program`` runs the tests of
programs and of `fit` on a device, too.
"""
