"""`fit` and its kin: what goes in, in which order, what is told, and what interrupts it.

Start with ``test_training.py``; ``classifier.py`` is the model that most of them train.
"""
