"""Programs: recorded functions replayed natively give what they gave op by op.

In go functions and models, out come programs and their results, beside NumPy's: ``compare.py``
says how far apart rounding may take two. Native code is compiled in this process and shared by
all tests of a session. Start with ``test_jit.py``, then ``test_fit_parity.py``.
"""
