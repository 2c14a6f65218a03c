"""Files that data come from: tables, published sets, downloads, and hostile ones of each kind.

Start with ``test_tables.py``; ``published_files.py`` makes small files in the real formats.
"""
