"""What every reader's faults have in common."""

from collections.abc import Iterator
from dataclasses import replace

from searcher.documents import limits
from searcher.documents.limits import Exhausted
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
            elif isinstance(item, Document) and len(item.body) > limits.LONGEST_TEXT:
                yield Skipped(item.id, limits.too_long_reason(), name)
            elif isinstance(item, Document) and limits.has_too_many_pairs(item.body):
                yield Skipped(item.id, limits.too_many_pairs_reason(), name)
            else:
                yield item
    except DocumentError as error:
        # An archive that expands too far is at fault as a whole, wherever in it that is found out.
        error.format = name if isinstance(error, Exhausted) else error.format or name
        raise
    except RecursionError as error:
        raise DocumentError(say("nested too deeply", "嵌套过深"), format=name) from error
    except MemoryError as error:
        reason = say("too large for the memory", "文件太大，内存不足")
        raise DocumentError(reason, format=name) from error
