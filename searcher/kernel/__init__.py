"""The compiled kernel: the innermost loops in C, where they could be built.

Every loop also exists in Python and numpy, with the same results; the kernel is only faster. Each
room has its own extension module here, so that a query loads no more than it runs.
"""

import importlib
import os
from functools import cache
from types import ModuleType

MODULES = ("folders", "folding", "lines", "postings", "reranking", "snippets", "text", "texts")
_SWITCH = "SEARCHER_KERNEL"  # environment: "off" leaves the kernel unused


@cache
def load(name: str) -> ModuleType | None:
    """An extension module of the kernel, such as ``text``; None where there is none."""
    if os.environ.get(_SWITCH, "").lower() in ("off", "0", "no"):
        return None
    try:
        return importlib.import_module(f"searcher.kernel._{name}")
    except ImportError:
        return None


def is_built() -> bool:
    """Whether the kernel is there, whole, and is used."""
    return all(load(name) is not None for name in MODULES)
