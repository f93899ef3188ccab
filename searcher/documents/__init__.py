"""From folders to documents: which files there are, and what a reader reads in them.

What is imported from here is loaded when it is first used: programs that only search read no files.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from searcher.documents.model import Document, Skipped, SourceFile
    from searcher.documents.reading import let_go, load, read, read_bytes
    from searcher.documents.selection import Selection
    from searcher.documents.walking import Siblings, os_reason, walk, walk_siblings

__all__ = [
    "Document",
    "Selection",
    "Siblings",
    "Skipped",
    "SourceFile",
    "let_go",
    "load",
    "os_reason",
    "read",
    "read_bytes",
    "walk",
    "walk_siblings",
]

_HOMES = {
    "model": ("Document", "Skipped", "SourceFile"),
    "reading": ("let_go", "load", "read", "read_bytes"),
    "selection": ("Selection",),
    "walking": ("Siblings", "os_reason", "walk", "walk_siblings"),
}


if not TYPE_CHECKING:  # which knows all names, and no others

    def __getattr__(name: str) -> object:
        from importlib import import_module

        for home, names in _HOMES.items():
            if name in names:
                value: object = getattr(import_module(f"searcher.documents.{home}"), name)
                globals()[name] = value  # the next time it is there
                return value
        raise AttributeError(f"module 'searcher.documents' has no attribute {name!r}")
