"""From raw rows, texts, pictures and sounds to arrays: layers with ``adapt``, and functions.

Start with ``test_preprocessing_layers.py``.
"""
