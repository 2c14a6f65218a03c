"""Running: tables in memory, walked. Start with ``program.py``."""
