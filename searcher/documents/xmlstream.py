"""XML, read as a stream: no tree is built, and nothing of it is expanded or fetched."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from searcher.documents import limits
from searcher.errors import DocumentError
from searcher.language import say

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

_CHUNK = 1 << 18  # bytes
_SEPARATOR = "\n"


class Readable(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes: ...


class Handler(Protocol):
    """What is told of the elements, by their names without a prefix."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


def read(stream: Readable, handler: Handler) -> None:
    """Tell a handler of everything in a stream.

    Raises:
        DocumentError: It is broken, defines entities, is nested too deeply, or is too large.
    """
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.DEEPEST:
            raise DocumentError(say("nested too deeply", "嵌套过深"))
        plain = {_local(key): value for key, value in attributes.items()}
        handler.start(_local(name), plain)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(_local(name))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.EntityDeclHandler = _refuse
    try:
        _feed(parser, stream)
    except expat.ExpatError as error:
        raise DocumentError(say(f"broken XML: {error}", f"XML 有误：{error}")) from error


def _feed(parser: "XMLParserType", stream: Readable) -> None:
    fed = 0
    parse: Callable[[bytes, bool], int] = parser.Parse
    while data := stream.read(_CHUNK):
        fed += len(data)
        if fed > limits.LARGEST_PART:
            raise limits.too_large()
        parse(data, False)
        # What is not over yet is held as a whole, and looked at again with each chunk.
        if fed - max(parser.CurrentByteIndex, 0) > limits.LARGEST_TAG + _CHUNK:
            raise DocumentError(say("a tag that is too long", "标签过长"))
    parse(b"", True)


def _local(name: str) -> str:
    return name.rpartition(_SEPARATOR)[2]


def _refuse(*declared: object) -> None:
    raise DocumentError(say("XML that defines entities", "XML 中定义了实体"))
