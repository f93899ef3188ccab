"""The library: one class, ``Index``, over all rooms of the house."""
