"""The formats, one module each: ``recognises(content)`` and ``documents(content)``."""
