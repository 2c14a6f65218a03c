"""What ran, written down: values and calls in a straight line, its replay, and what it rests on.

In goes a function that runs; out comes a Graph, which is replayed on arrays, tensors or samples by
the batch, and guards that tell whether it still holds. No target and no arena is known here. Start
with ``values.py``, then ``record.py``.
"""
