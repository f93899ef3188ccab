"""What every reader's faults have in common."""

from collections.abc import Iterator
from dataclasses import replace

from searcher.documents.model import Document, Skipped
from searcher.errors import DocumentError
from searcher.language import say


def guarded(found: Iterator[Document | Skipped], name: str) -> Iterator[Document | Skipped]:
    """What a reader finds, each fault with the name of the format.

    Raises:
        DocumentError: It cannot be read, or not any further.
    """
    try:
        for item in found:
            if isinstance(item, Skipped) and not item.format:
                yield replace(item, format=name)
            else:
                yield item
    except DocumentError as error:
        error.format = error.format or name
        raise
    except RecursionError as error:
        raise DocumentError(say("nested too deeply", "嵌套过深"), format=name) from error
    except MemoryError as error:
        reason = say("too large for the memory", "文件太大，内存不足")
        raise DocumentError(reason, format=name) from error
