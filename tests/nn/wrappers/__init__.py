"""Tests of the estimators for scikit-learn, which they need; skipped where it is not installed.

Read test_estimators.py: scikit-learn's own checks first, then what each option does.
"""
