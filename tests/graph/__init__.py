"""Records: what ran, written down, and what a replay of it rests on.

In go functions, out come graphs whose values are compared with a call.
Start with ``test_record.py``.
"""
