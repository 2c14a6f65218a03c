"""Names and calls that users of Keras know: present, documented, and refused with a repair.

Start with ``test_coverage.py``.
"""
