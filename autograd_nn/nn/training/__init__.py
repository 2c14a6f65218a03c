"""Training: compile, and the loop over batches. Start with ``trainer.py``."""
