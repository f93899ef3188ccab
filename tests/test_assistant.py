"""``searcher mcp``, as an assistant uses it: the SDK's own client, over real pipes."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent

from searcher import Document, Index, SearcherError
from searcher.assistant import LONGEST_TEXT, instructions, server
from tests.cli.conftest import environment

LONG = "开头。" + "其他的话。" * 2000 + "绿色通道在这里。" + "结尾。" * 100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of four documents."""
    folder = tmp_path_factory.mktemp("assistant")
    with Index.open(folder / "index", create=True) as index:
        index.add(
            [
                Document(id="a", title="理赔须知", body="理赔走绿色通道。", source="国际金融报"),
                Document(id="b", title="车险", body="车险理赔要三天。", tags=("车险",)),
                Document(id="long", title="长文" * 500, body=LONG, tags=("标签",) * 100),
                Document(id="c", title="核酸", body="核酸筛查说明。"),
            ]
        )
    return folder


def told(result: CallToolResult) -> Any:
    """What a tool gave, which fits what it says it gives."""
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


def error_of(result: CallToolResult) -> str:
    assert result.is_error
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def talk(folder: Path, conversation: Callable[[Client], Awaitable[None]]) -> None:
    """Start the server in a folder, and talk to it."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "searcher", "mcp", "--index", "index"],
        env=environment(),
        cwd=folder,
    )

    async def run() -> None:
        with anyio.fail_after(60):
            async with Client(parameters) as client:
                await conversation(client)

    anyio.run(run)


def test_an_assistant_searches_and_reads(folder: Path) -> None:
    async def conversation(client: Client) -> None:
        assert client.instructions == instructions()
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "show", "status"}
        for tool in tools.values():
            assert tool.description
            assert tool.output_schema is not None
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint

        found = told(await client.call_tool("search", {"query": "理赔 绿色通道", "limit": 1}))
        assert found["total"] == 3
        (hit,) = found["hits"]
        assert (hit["id"], hit["title"], hit["source"]) == ("a", "理赔须知", "国际金融报")
        assert hit["snippet"] == "理赔走绿色通道。"
        found = told(await client.call_tool("search", {"query": "hesuan"}))
        assert found["is_corrected"]
        assert [hit["id"] for hit in found["hits"]] == ["c"]
        found = told(await client.call_tool("search", {"query": "理赔", "tag": "车险"}))
        assert [hit["id"] for hit in found["hits"]] == ["b"]

        shown = told(await client.call_tool("show", {"id": "long", "query": "“绿色通道”"}))
        assert "绿色通道在这里" in shown["text"][:300]
        parts = ""
        while len(parts) < shown["length"]:
            arguments = {"id": "long", "start": len(parts), "characters": LONGEST_TEXT}
            part = told(await client.call_tool("show", arguments))
            parts += part["text"]
            assert part["end"] == len(parts)
        assert parts == LONG
        assert len(shown["title"]) <= 200
        assert len(shown["tags"]) == 20

        state = told(await client.call_tool("status"))
        assert (state["documents"], state["sources"]) == (4, {"国际金融报": 1})

        assert "no document has the id 'x'" in error_of(await client.call_tool("show", {"id": "x"}))
        assert "date" in error_of(
            await client.call_tool("search", {"query": "理赔", "since": "neulich"})
        )
        assert "20" in error_of(await client.call_tool("search", {"query": "理赔", "limit": 500}))
        assert error_of(await client.call_tool("search", {"query": "核酸" * 1000}))

    talk(folder, conversation)


def test_a_missing_or_damaged_index_is_told_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "index"

    async def conversation(client: Client) -> None:
        told_error = error_of(await client.call_tool("search", {"query": "理赔"}))
        assert "there is no index" in told_error
        assert "Traceback" not in told_error
        with Index.open(path, create=True) as index:
            index.add([Document(id="a", body="理赔")])
        # It is found as soon as it is there.
        assert told(await client.call_tool("search", {"query": "理赔"}))["total"] == 1
        for file in path.rglob("*.columnar"):
            file.unlink()
        (path / "searcher.json").write_text("no JSON", encoding="utf-8")
        told_error = error_of(await client.call_tool("search", {"query": "理赔"}))
        assert "damaged" in told_error
        assert "reindex" in told_error

    talk(tmp_path, conversation)


def test_without_the_sdk_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    with pytest.raises(SearcherError, match="pip install 'mcp"):
        server(tmp_path)
