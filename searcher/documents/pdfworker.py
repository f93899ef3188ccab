"""A process of its own that gets the text out of PDF files.

A PDF comes from anybody and is read by a large library in C++: what makes it crash, run for ever or
fill the memory ends this process and not the one that builds the index. A request is a line of JSON
and, for a file that is no file on the disk, its bytes; so is the answer.
"""

import json
import mmap
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# Bytes of address space, beside what Python and the library begin with: about what a batch takes
# that is built, which the worker does before or behind it.
MEMORY = 80 << 20
_MOST_HELD = 24 << 20  # bytes of memory that a file may hold before it is opened anew
SECONDS = 120  # of processor time for one file
MOST_PAGES = 50_000
_MOST_FAULTS = 50  # pages one after the other that cannot be read
_PASSWORD = 4  # the library's number for an encrypted file


def serve() -> None:
    """Answer requests until the standard input ends."""
    import signal

    # Ctrl-C goes to all processes of a terminal; the one that asks decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    import pypdfium2  # noqa: F401 - so that its own memory does not count

    limit_memory(MEMORY)
    while line := requests.readline():
        request = json.loads(line)
        limit_time(SECONDS)
        answer = answer_to(request, requests)
        text = answer.pop("text", "").encode("utf-8", "replace")
        answers.write(json.dumps({**answer, "length": len(text)}).encode() + b"\n" + text)
        answers.flush()


def answer_to(request: dict[str, object], stream: BinaryIO) -> dict[str, str]:
    """The text of a file and what it says about itself, or ``fault`` and why."""
    import pypdfium2

    path, length = request["path"], request["length"]
    assert isinstance(length, int)
    source: str | bytes = stream.read(length)
    if path is not None:
        source = str(path)
        if not source.isprintable():  # the library takes only names that are UTF-8
            try:
                source.encode()
            except UnicodeEncodeError:
                with open(source, "rb") as file:  # noqa: PTH123
                    source = file.read()
    limit = request["limit"]
    assert isinstance(limit, int)
    try:
        document = _Document(source)
    except pypdfium2.PdfiumError as error:
        return {"fault": "password" if error.err_code == _PASSWORD else "broken"}
    except (MemoryError, OSError, ValueError):
        return {"fault": "broken"}
    try:
        return {**metadata(document.opened), **text_of(document, limit)}
    except MemoryError:
        return {"fault": "memory"}
    finally:
        document.close()


def metadata(document: "PdfDocument") -> dict[str, str]:
    """What the file says about itself."""
    import pypdfium2

    found: dict[str, str] = {}
    with suppress(pypdfium2.PdfiumError, UnicodeError):
        for name, value in document.get_metadata_dict(skip_empty=True).items():
            found[name] = value[:2000]
    return found


class _Document:
    """A file that is open, and is opened anew when it holds much: the library lets go of nothing.

    A file of pictures would fill the memory page by page.
    """

    def __init__(self, source: str | bytes) -> None:
        import pypdfium2

        self._source = source
        self.opened = pypdfium2.PdfDocument(source)
        self._held_at_first = held()

    def let_go(self) -> None:
        """Give back what was read of it, if that is much."""
        import pypdfium2

        if held() - self._held_at_first > _MOST_HELD:
            self.opened.close()
            self.opened = pypdfium2.PdfDocument(self._source)
            # Where that is of no use, every page would open it.
            self._held_at_first = max(self._held_at_first, held())

    def close(self) -> None:
        self.opened.close()


def text_of(document: _Document, limit: int) -> dict[str, str]:
    """The text, with a form feed behind each page."""
    import pypdfium2

    pages: list[str] = []
    size = faults = 0
    count = len(document.opened)
    for number in range(min(count, MOST_PAGES)):
        try:
            document.let_go()
            page = document.opened[number]
            text = page.get_textpage()
            pages.append(text.get_text_range(errors="replace"))
            text.close()
            page.close()
        except pypdfium2.PdfiumError:
            faults += 1
            if faults > _MOST_FAULTS:
                break
            continue
        faults = 0
        size += 3 * len(pages[-1]) + 1
        if size > limit:
            return {"fault": "large"}
    return {"text": "\f".join(pages), "pages": str(count)}


def held() -> int:
    """The bytes that this process has in memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[1])
    except OSError:
        return 0
    return pages * mmap.PAGESIZE


def limit_memory(more: int) -> None:
    """Take so much more memory than now at most, where the system can see to that."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_time(seconds: int) -> None:
    """End after so many more seconds of processor time, where the system can see to that."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = int(usage.ru_utime + usage.ru_stime) + 1
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, hard))
