"""What NumPy, pandas, SciPy, scikit-learn and Python had in those years and have no longer.

It is lent to them while Keras's names are ours, and taken back after. Start with ``elders.py``.
"""
