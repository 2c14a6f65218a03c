"""What an op is in JAX: by its name where that is right, else a rule in one of these files.

In: a call of a record and JAX arrays; out: its result. ``table.py`` finds a rule, promotes as NumPy
does, and keeps what rules check; start with it. A file holds one family, as those of ``ops`` do.
An op without a rule, such as a user's own, runs on the host in the program: ``../host.py``.
"""
