"""The engine: tensors, the tape, ops, transforms, programs. See README.md beside this file."""
