"""What our own layers and models once took, or did, and do again while Keras's names are ours.

Each module has one habit of then: sizes one by one, arguments by their places, losses before
anything was computed. Start with ``habits.py``, the table of what is replaced where.
"""
