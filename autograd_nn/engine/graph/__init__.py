"""What ran, written down: values and calls in a straight line, and what the line rests on.

In goes a function that runs; out comes a Graph, and guards that tell whether it still holds. No
target and no arena is known here. Start with ``record.py``.
"""
