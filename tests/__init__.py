"""Tests: properties over the registry, tables of cases, and the same op by op and natively.

``strategies.py`` has the calls that every op is tried with, ``references.py`` another
implementation of each, ``checks.py`` what each is held to; ``conftest.py`` the kernels that all
tests share.
``nn/`` tests layers and training op by op, ``graph/`` and ``program/`` records and native code,
``peers/`` compares with other frameworks, ``refused/`` has tables of errors. In goes the package
as it stands, out comes a pass or the line that is wrong. Start with ``test_registry.py``.
"""
