"""Whether an index outlives whatever happens to who writes it.

A process that indexes is killed at a moment of chance; what it leaves is looked at, searched,
checked and synced, and must then be what a build from nothing makes. ``test_killed`` does so a few
times, ``python -m tests.recovery --full`` many times.
"""
