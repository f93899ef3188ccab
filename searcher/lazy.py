"""numpy, imported when it is first used.

Importing it takes longer than answering a plain query with the kernel, which needs none of it.
Modules that use it say ``from searcher.lazy import np``, and ``from __future__ import annotations``
so that annotations do not use it either.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
else:

    class _LazyModule:
        """Stands for a module. What was looked up once is an attribute like any other."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            import importlib

            value = getattr(importlib.import_module(self._name), attribute)
            setattr(self, attribute, value)
            return value

    np = _LazyModule("numpy")

__all__ = ["np"]
