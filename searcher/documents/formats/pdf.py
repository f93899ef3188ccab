"""PDF files, by PDFium, in a process of its own. The package comes with the extra ``pdf``."""

import atexit
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Timer
from typing import NamedTuple

from searcher.documents import dates, limits, pdfworker, titles
from searcher.documents.assembling import assemble
from searcher.documents.cleaning import HAN, one_line, without_controls, without_trailing_spaces
from searcher.documents.fields import Fields, clean_tags, split_tags
from searcher.documents.formats.office import own_title
from searcher.documents.frontmatter import FrontMatter
from searcher.documents.model import Document
from searcher.documents.packed import File
from searcher.documents.plaintext import unwrap
from searcher.errors import DocumentError
from searcher.extras import installing_extra
from searcher.language import say

# What one large file has taken is not given back: the process is started anew for the next one.
_LARGEST_IDLE = 56 << 20  # bytes
_SECONDS = 2 * pdfworker.SECONDS  # on the clock: the machine may have more to do
_PAGE_NUMBER = re.compile(
    r"[ \t]*(?:[-—–·•|/ ]{0,3}\d{1,4}[-—–·•|/ ]{0,3}"
    r"|第 ?\d{1,4} ?页(?:[ ,，/]{0,3}共 ?\d{1,4} ?页)?"
    r"|[Pp]age \d{1,4}(?: of \d{1,4})?|\d{1,4} ?/ ?\d{1,4})[ \t]*"
)
# What the library puts where a word was parted at the end of a line.
_PARTED = re.compile("[\ufffe\x02]\r?\n?")
_SPACE_IN_HAN = re.compile(rf"(?<=[{HAN}]) (?=[{HAN}])")
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(Z|[+-]\d\d'?\d\d)?")


def documents(file: File) -> Iterator[Document]:
    """The file as one document.

    Raises:
        DocumentError: It cannot be read, is encrypted, or holds no text.
    """
    if find_spec("pypdfium2") is None:
        install = installing_extra("pdf")
        raise DocumentError(
            say(
                f"reading PDF needs another package: {install}",
                f"读取 PDF 需要另装软件包：{install}",
            )
        )
    answer = _process.ask(file)
    _raise_fault(answer.about.get("fault", ""))
    body = _body(answer.text)
    if not body.strip():
        raise DocumentError(
            say(
                "there is no text in it; its pages may be scanned pictures",
                "没有文字，可能是扫描件",
            )
        )
    about = {name: one_line(value) for name, value in answer.about.items()}
    extra: dict[str, object] = {}
    if author := about.get("Author"):
        extra["author"] = author
    if subject := about.get("Subject"):
        extra["description"] = subject
    found = Fields(
        title=_title(about.get("Title", "")) or titles.from_first_line(body) or "",
        # When a file was made says less than a date in its name or its text.
        modified=dates.parse(_date(about.get("CreationDate", "") or about.get("ModDate", ""))),
        tags=clean_tags(split_tags(about.get("Keywords", ""))),
        extra=extra,
    )
    yield assemble(file, FrontMatter(), body, found, keep_title=True)


def _raise_fault(fault: str) -> None:
    reasons = {
        "password": say("encrypted: it needs a password", "已加密，需要密码"),
        "broken": say("damaged, or no PDF", "已损坏，或不是 PDF"),
        "large": limits.too_large_reason(),
        "memory": say("reading it takes too much memory", "读取它占用的内存过多"),
        "time": say("reading it takes too long", "读取它耗时过长"),
        "died": say(
            "it makes the PDF reader fail, or takes too much memory or time",
            "它使 PDF 读取程序出错，或占用过多内存或时间",
        ),
    }
    if fault:
        raise DocumentError(reasons[fault])


def _body(text: str) -> str:
    """The text of the pages as one, without the numbers of the pages."""
    text = _PARTED.sub("", text)
    pages: list[str] = []
    for page in text.split("\f"):
        lines = without_trailing_spaces(without_controls(page)).split("\n")
        while lines and (not lines[0].strip() or _PAGE_NUMBER.fullmatch(lines[0])):
            del lines[0]
        while lines and (not lines[-1].strip() or _PAGE_NUMBER.fullmatch(lines[-1])):
            del lines[-1]
        pages += ["\n".join(lines)] if lines else []
    # A paragraph may go on across pages.
    return _SPACE_IN_HAN.sub("", unwrap("\n".join(pages)))


def _title(title: str) -> str:
    # Of what printing makes of a file's name the name is left, which says no more than the file's.
    return (
        "" if re.search(r"\.(?:docx?|wps|pptx?|xlsx?|indd|txt)$", title, re.I) else own_title(title)
    )


def _date(text: str) -> str:
    match = _DATE.match(text)
    if not match:
        return text
    year, month, day, hour, minute, second, zone = match.groups()
    zone = (zone or "").replace("'", "").replace("Z", "+0000")
    clock = f"T{hour or '00'}:{minute or '00'}:{second or '00'}{zone}" if hour else ""
    return f"{year}-{month or '01'}-{day or '01'}{clock}"


def _resident(process: int) -> int:
    """The bytes that a process has in memory; 0 where the system does not say."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class _Answer(NamedTuple):
    about: dict[str, str]
    text: str


class _Process:
    """The process that reads, started when it is needed and again where it has ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def ask(self, file: File) -> _Answer:
        """What is in a file.

        Raises:
            DocumentError: The file is too large to be handed over.
        """
        is_on_disk = file.location is not None and not file.packing
        data = b"" if is_on_disk else file.whole(limits.LARGEST_MEMBER)
        request = {
            "path": os.fspath(file.location.absolute()) if is_on_disk and file.location else None,
            "length": len(data),
            "limit": limits.LARGEST_DOCUMENT,
        }
        with self._lock:
            process = self._running()
            is_late: list[bool] = []

            def end() -> None:
                is_late.append(True)
                process.kill()

            timer = Timer(_SECONDS, end)
            timer.daemon = True
            timer.start()
            try:
                answer = self._talk(process, json.dumps(request).encode() + b"\n", data)
                if _resident(process.pid) > _LARGEST_IDLE:
                    self.stop()
                return answer
            except (OSError, ValueError, EOFError, KeyError):
                self.stop()
                return _Answer({"fault": "time" if is_late else "died"}, "")
            finally:
                timer.cancel()

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self.stop()
            paths = os.pathsep.join(path or "." for path in sys.path)
            self._process = subprocess.Popen(
                # -P: modules in the working folder are the user's, whatever their names.
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": paths},
            )
        return self._process

    def _talk(self, process: "subprocess.Popen[bytes]", request: bytes, data: bytes) -> _Answer:
        requests, answers = process.stdin, process.stdout
        if requests is None or answers is None:
            raise ValueError(say("a process without pipes", "进程没有管道"))
        requests.write(request)
        requests.write(data)
        requests.flush()
        about = json.loads(answers.readline(limits.LARGEST_HEADER))
        length = int(about.pop("length"))
        if length > limits.LARGEST_DOCUMENT:
            raise ValueError(say("an answer that is too long", "回答过长"))
        text = answers.read(length)
        if len(text) != length:
            raise EOFError
        return _Answer({str(name): str(value) for name, value in about.items()}, text.decode())


_PROGRAM = "from searcher.documents.pdfworker import serve; serve()"
_process = _Process()


def stop() -> None:
    """End the process, until something is to be read again."""
    _process.stop()


atexit.register(stop)
