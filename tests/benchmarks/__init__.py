"""Side-by-side speed runs: ``python -m tests.benchmarks``."""
