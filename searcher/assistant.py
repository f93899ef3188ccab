"""What an assistant can do with an index: a server of the Model Context Protocol.

It has three tools, ``search``, ``show`` and ``status``, and is spoken with over standard input and
output. All answers are small, for an assistant pays for what it reads: of many hits, long texts and
many sources there is a part, and how to get the next one. Nothing can be changed.

The protocol is the business of its official SDK, the extra ``mcp``. Nothing else imports this.
"""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from searcher import Index, SearcherError
from searcher.extras import installing_extra
from searcher.language import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mcp.server.mcpserver import MCPServer

MOST_HITS = 20
LONGEST_TEXT = 12_000  # characters of a document in one answer
_USUAL_TEXT = 3_000
_BEFORE = 200  # characters before the first match
_SNIPPET = 200  # cells
_LONGEST_QUERY = 1_000  # characters
_LONGEST_VALUE = 200  # characters of a title, a source, a tag
_MOST_VALUES = 20  # tags of a document, sources in the status

Date = str


@dataclass(frozen=True)
class FoundHit:
    """A document that matches.

    Attributes:
        rank: 1 for the best one.
        id: What ``show`` takes.
        title: Its title.
        snippet: The passage that answers best.
        score: How well it matches.
        date: When it was published, in ISO 8601.
        source: Who published it.
        tags: Its keywords.
        path: The file it was read from.
        url: Where it is on the web.
    """

    rank: int
    id: str
    title: str
    snippet: str
    score: float
    date: str | None
    source: str | None
    tags: list[str]
    path: str | None
    url: str | None


@dataclass(frozen=True)
class Found:
    """What a search gives.

    Attributes:
        total: How many documents match.
        hits: Some of them, the best first.
        reading: How the query was read.
        suggestion: Another query that may be meant.
        is_corrected: Whether the hits are those of the suggestion, since the query has none.
    """

    total: int
    hits: list[FoundHit]
    reading: str
    suggestion: str | None
    is_corrected: bool


@dataclass(frozen=True)
class Shown:
    """A document, or a part of it.

    Attributes:
        id: Its id.
        title: Its title.
        date: When it was published, in ISO 8601.
        source: Who published it.
        tags: Its keywords.
        path: The file it was read from.
        url: Where it is on the web.
        text: The text from ``start`` to ``end``.
        start: Where it begins, in characters.
        end: Where it ends; the next part begins there.
        length: How many characters the whole text has.
    """

    id: str
    title: str
    date: str | None
    source: str | None
    tags: list[str]
    path: str | None
    url: str | None
    text: str
    start: int
    end: int
    length: int


@dataclass(frozen=True)
class State:
    """What is in the index.

    Attributes:
        documents: How many documents.
        folders: The folders that they are from.
        created: When the index was built, in ISO 8601.
        sources: The most frequent sources, and how many documents each has.
        tags: The most frequent tags.
        years: The years of the documents.
    """

    documents: int
    folders: list[str]
    created: str
    sources: dict[str, int]
    tags: dict[str, int]
    years: dict[str, int]


def instructions() -> str:
    """What an assistant is told of the query language."""
    return say(
        "Full-text search in the user's own documents, most of them Chinese. Search with the few "
        "words that the documents are likely to have, in Chinese; simplified and traditional are "
        "the same. Plain words are ranked, any of them is enough; mode=all wants all. “…” finds "
        "exactly this string; +word must be there, -word must not; AND OR NOT and ( ); "
        "title: source: tag: path: date:2022-03..2022-06 for fields; 保险* and 保?险 for patterns. "
        "Then read a document with show, giving the query to begin at the match; its end is where "
        "the next part starts. status tells which sources, tags and years there are. "
        "Tell the user the title, source and date of what you quote.",
        "在用户自己的文档（多为中文）里全文搜索。用文档中可能出现的几个词来搜索；简体与繁体不加区分。"
        "多个词按相关度排列，含任何一个即可，mode=all 要求全部。“…” 原样查找；+词 必含，-词 不含；"
        "AND OR NOT 和 ( )；字段：标题：来源：标签：路径：日期：2022-03..2022-06；"
        "通配：保险*、保?险。"
        "再用 show 阅读文档，给出 query 则从匹配处开始，end 就是下一段的 start。"
        "status 列出有哪些来源、标签和年份。引用时请告诉用户标题、来源和日期。",
    )


def server(path: Path | str) -> "MCPServer":
    """The server for the index in a directory, which need not be there yet.

    Raises:
        SearcherError: The SDK is not installed.
    """
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.types import ToolAnnotations
        from pydantic import Field
    except ImportError as error:
        line = installing_extra("mcp")
        raise SearcherError(
            say(
                f"for assistants the package mcp is needed: {line}",
                f"供 AI 助手使用需要 mcp 包：{line}",
            )
        ) from error

    kept = _Kept(path)
    made = MCPServer(
        "searcher",
        title=say("Search in documents", "文档搜索"),
        instructions=instructions(),
        version=_version(),
        log_level="WARNING",
    )
    reading = ToolAnnotations(read_only_hint=True, open_world_hint=False)

    query_text = Field(
        max_length=_LONGEST_QUERY, description=say("A few words.", "几个词。"), min_length=1
    )
    hits = Field(ge=1, le=MOST_HITS, description=say("How many hits.", "返回多少篇。"))
    skipped = Field(ge=0, description=say("Hits to leave out, for more.", "跳过前若干篇。"))
    day = Field(
        description=say("A day, month or year: 2022-03-27, 2022-03, 2022.", "日、月或年：2022-03。")
    )
    length = Field(ge=1, le=LONGEST_TEXT, description=say("How many characters.", "多少个字符。"))

    @made.tool(
        description=say(
            "Find documents, the best matches first, each with the passage that answers.",
            "查找文档，最相关的排在最前，各附回答查询的段落。",
        ),
        annotations=reading,
        structured_output=True,
    )
    def search(
        query: Annotated[str, query_text],
        limit: Annotated[int, hits] = 5,
        offset: Annotated[int, skipped] = 0,
        mode: Literal["any", "all"] = "any",
        since: Annotated[Date | None, day] = None,
        until: Annotated[Date | None, day] = None,
        source: str | None = None,
        tag: str | None = None,
        sort: Literal["relevance", "date"] = "relevance",
    ) -> Found:
        with kept.opened() as index:
            results = index.search(
                query,
                limit=limit,
                offset=offset,
                mode=mode,
                since=since,
                until=until,
                source=source,
                tag=tag,
                sort=sort,
                snippet_width=_SNIPPET,
            )
            return Found(
                total=results.total,
                hits=[
                    FoundHit(
                        rank=hit.rank,
                        id=hit.id,
                        title=_short(hit.title) or "",
                        snippet=hit.snippet.text,
                        score=round(hit.score, 4),
                        date=hit.date.isoformat() if hit.date else None,
                        source=_short(hit.source),
                        tags=_few(hit.tags),
                        path=_short(hit.path),
                        url=_short(hit.url),
                    )
                    for hit in results
                ],
                reading=_short(results.reading) or "",
                suggestion=results.suggestion,
                is_corrected=results.is_corrected,
            )

    @made.tool(
        description=say(
            "Read a document by the id that search gives, from start on, or where query matches.",
            "按 search 给出的 id 阅读文档：从 start 开始，或从 query 匹配处开始。",
        ),
        annotations=reading,
        structured_output=True,
    )
    def show(
        id: str,
        start: Annotated[int | None, Field(ge=0)] = None,
        characters: Annotated[int, length] = _USUAL_TEXT,
        query: Annotated[str | None, Field(max_length=_LONGEST_QUERY)] = None,
    ) -> Shown:
        with kept.opened() as index:
            document = index.get(id)
            if document is None:
                raise SearcherError(
                    say(f"no document has the id {id!r:.80}", f"没有 id 为 {id!r:.80} 的文档")
                )
            body = document.body
            if start is None:
                spans = index.highlight(query, body) if query else ()
                start = max(spans[0][0] - _BEFORE, 0) if spans else 0
            start = min(start, len(body))
            end = min(start + characters, len(body))
            return Shown(
                id=document.id,
                title=_short(document.title) or "",
                date=document.date.isoformat() if document.date else None,
                source=_short(document.source),
                tags=_few(document.tags),
                path=_short(document.path),
                url=_short(document.url),
                text=body[start:end],
                start=start,
                end=end,
                length=len(body),
            )

    @made.tool(
        description=say(
            "What is in the index: how many documents, which sources, tags and years.",
            "索引的内容：文档数、来源、标签和年份。",
        ),
        annotations=reading,
        structured_output=True,
    )
    def status() -> State:
        with kept.opened() as index:
            told = index.status()
            facets = index.search("*", limit=0, facets=("source", "tag", "year")).facets
            return State(
                documents=told.documents,
                folders=_few(told.folders),
                created=told.created,
                sources=_most_frequent(facets["source"]),
                tags=_most_frequent(facets["tag"]),
                years=_most_frequent(facets["year"]),
            )

    return made


def serve(path: Path | str) -> None:
    """Answer an assistant over standard input and output until the input ends.

    Raises:
        SearcherError: The SDK is not installed.
    """
    server(path).run("stdio")


class _Kept:
    """The index, opened when it is first asked something, and again if that failed."""

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._index: Index | None = None

    @contextmanager
    def opened(self) -> "Iterator[Index]":
        """The index; what goes wrong is told to the assistant in words."""
        from mcp.server.mcpserver.exceptions import ToolError

        try:
            with self._turn:
                if self._index is None:
                    self._index = Index.open(self._path)
            yield self._index
        except (SearcherError, OSError) as error:
            raise ToolError(str(error)) from error


def _short(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[: _LONGEST_VALUE - 1]}…"


def _few(values: tuple[str, ...]) -> list[str]:
    return [_short(value) or "" for value in values[:_MOST_VALUES]]


def _most_frequent(counts: "Mapping[str, int]") -> dict[str, int]:
    return {_short(name) or "": count for name, count in list(counts.items())[:_MOST_VALUES]}


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("searcher")
    except metadata.PackageNotFoundError:
        return ""
