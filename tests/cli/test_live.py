"""The live search, played by Textual's pilot at the sizes of a small and of a large terminal."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from searcher import Document, Index
from searcher.cli.live.app import LiveSearch
from searcher.cli.live.filters_pane import FiltersPane
from searcher.cli.live.help_screen import HelpScreen
from searcher.cli.live.history import History
from searcher.cli.live.hits_pane import HitsPane
from searcher.cli.live.lines import LinesPane, Pane
from searcher.cli.live.query_box import QueryBox
from searcher.cli.live.questions import Chosen, Manner
from searcher.cli.places import Place

SMALL, LARGE = (80, 24), (160, 50)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x50"])
_PATIENCE = 10.0  # seconds


class Stage:
    """The live search as somebody sees it who sits before it."""

    def __init__(self, app: LiveSearch, pilot: Pilot[str]) -> None:
        self.app = app
        self._pilot = pilot

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)

    async def resize(self, columns: int, rows: int) -> None:
        await self._pilot.resize_terminal(columns, rows)

    async def click(self, pane: Pane, x: int, y: int, times: int = 1) -> None:
        await self._pilot.click(pane, offset=(x, y), times=times)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        for _ in range(int(_PATIENCE / 0.02)):
            await self._pilot.pause()
            if is_so():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(self.all)

    async def until_seen(self, text: str) -> None:
        """Wait until a text is on the screen."""
        await self.until(lambda: text in self.all)

    @property
    def hits(self) -> HitsPane:
        return self.app.screen_stack[0].query_one(HitsPane)

    @property
    def filters(self) -> FiltersPane:
        return self.app.screen_stack[0].query_one(FiltersPane)

    @property
    def query(self) -> QueryBox:
        return self.app.screen_stack[0].query_one(QueryBox)

    @property
    def titles(self) -> list[str]:
        return [hit.title for hit in self.hits.hits]

    def pane(self, name: str) -> str:
        return rows_of(self.app.screen_stack[0].query_one(f"#{name}", LinesPane))

    @property
    def all(self) -> str:
        """The whole screen, as text."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in lines)


def rows_of(pane: Pane) -> str:
    return "\n".join(pane.render_line(y).text for y in range(pane.size.height))


def play(
    index: Path,
    scene: Callable[[Stage], Awaitable[None]],
    size: tuple[int, int] = SMALL,
    *,
    query: str = "",
    manner: Manner | None = None,
    chosen: Chosen | None = None,
    gives_path: bool = False,
    history: History | None = None,
) -> LiveSearch:
    """Open the live search, play a scene, and leave it."""

    async def played() -> LiveSearch:
        app = LiveSearch(
            Place(index, True),
            manner or Manner(),
            query=query,
            chosen=chosen,
            gives_path=gives_path,
            history=history,
        )
        async with app.run_test(size=size) as pilot:
            await scene(Stage(app, pilot))
        return app

    return asyncio.run(played())


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of three sources and four years."""
    path = tmp_path_factory.mktemp("years") / "index"
    with Index.open(path, create=True) as index:
        index.add(
            Document(
                id=f"{year}-{number:02}",
                title=f"{year}年第{number}号通知",
                body="理赔走绿色通道。" * (number + 1),
                date=datetime(year, 3, number + 1, tzinfo=UTC),
                source=("甲报", "乙报", "丙报")[number % 3],
                tags=("车险",) if number % 2 else ("寿险", "理赔"),
            )
            for year in (2019, 2020, 2021, 2023)
            for number in range(20)
        )
    return path


@SIZES
def test_results_change_with_every_key(home: Path, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 7)  # nothing typed: all, newest first
        assert stage.titles[0] == "没法等查勘员怎么办？"
        await stage.press("上")
        await stage.until(lambda: len(stage.hits.hits) == 2)
        await stage.press("海", "的")
        await stage.until(lambda: stage.titles == ["续保提醒", "核酸篩查說明"])
        await stage.press("backspace", "backspace", "backspace", *"绿色通道")
        await stage.until(lambda: stage.titles == ["理赔要多久？"])
        await stage.until_seen("1/1")

    play(home / "index", scene, size)


@SIZES
def test_arrows_move_and_the_preview_follows(home: Path, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 5)
        first, second = stage.titles[:2]
        await stage.until(lambda: first in stage.pane("preview"))
        await stage.press("down")
        await stage.until(lambda: second in stage.pane("preview"))
        assert stage.query.has_focus
        assert f"> {second}" in rows_of(stage.hits)
        await stage.press("up", "up")
        assert stage.hits.cursor == 0

    play(home / "index", scene, size, query="核酸")


def test_the_list_takes_j_and_k_when_it_has_the_keyboard(home: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 5)
        await stage.press("j")
        await stage.until(lambda: stage.query.value == "核酸j")
        await stage.press("backspace")
        await stage.until(lambda: len(stage.hits.hits) == 5)
        await stage.press("shift+tab", "j", "j", "k")
        assert (stage.hits.cursor, stage.query.value) == (1, "核酸")
        await stage.press("G")
        assert stage.hits.cursor == 4
        await stage.press("slash", "x")
        await stage.until(lambda: stage.query.value == "核酸x")

    play(home / "index", scene, query="核酸")


@SIZES
def test_filters_count_combine_and_can_be_taken_back(years: Path, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until_seen("1/80")
        assert stage.filters.display == (size == LARGE)
        await stage.press("f2")
        await stage.until(lambda: stage.filters.has_focus)
        await stage.until_seen("[ ] 甲报")
        # Cursor down to the years, the last one first.
        while "[ ] 2023" not in at_cursor(stage.filters):
            await stage.press("down")
        await stage.press("space")
        await stage.until_seen("1/20")
        # What else could be chosen of the same facet is still counted.
        assert "[ ] 2019" in rows_of(stage.filters)
        while "2020" not in at_cursor(stage.filters):
            await stage.press("j")
        await stage.press("enter")
        await stage.until_seen("1/40")  # 2020 and 2023, with a gap between them
        assert {hit.id[:4] for hit in stage.hits.hits} == {"2020", "2023"}
        while "甲报" not in at_cursor(stage.filters):
            await stage.press("up")
        await stage.press("space")
        await stage.until_seen("1/14")
        assert {hit.source for hit in stage.hits.hits} == {"甲报"}
        assert "[x] 甲报" in stage.pane("status")
        await stage.press("x")
        await stage.until_seen("1/80")
        await stage.press("escape")
        assert stage.query.has_focus
        assert stage.filters.display == (size == LARGE)

    play(years, scene, size, query="理赔")


def test_the_panes_follow_the_size_of_the_terminal(home: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 5)
        assert not stage.filters.display
        await stage.until(lambda: stage.titles[0] in stage.pane("preview"))
        narrow = stage.pane("preview")
        await stage.resize(*LARGE)
        await stage.until(lambda: stage.filters.display)
        await stage.until(lambda: stage.hits.rows_of_hit == 3)
        await stage.until(lambda: stage.pane("preview") != narrow)
        await stage.resize(40, 12)
        await stage.until(lambda: not stage.filters.display)
        assert not stage.app.query_one("#preview").display
        await stage.until(lambda: "Esc leave" in stage.pane("footer"))
        await stage.resize(*SMALL)
        await stage.until(lambda: stage.pane("preview") == narrow)

    play(home / "index", scene, query="核酸")


def test_dates_narrow_the_years_that_are_chosen(years: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until_seen("1/25")  # five of 2020 and all of 2021
        assert "[x] since 2020-03-16" in stage.pane("status")
        assert "[x] until 2022" in stage.pane("status")
        await stage.press("f2")
        while "[ ] 2020" not in at_cursor(stage.filters):
            await stage.press("down")
        await stage.press("space")
        await stage.until_seen("1/5")
        assert {hit.id[:4] for hit in stage.hits.hits} == {"2020"}
        await stage.press("x")  # what was typed before is cleared as well
        await stage.until_seen("1/80")

    chosen = Chosen(since="2020-03-16", until="2022")
    play(years, scene, query="理赔", chosen=chosen)


def test_in_a_narrow_terminal_the_filters_take_the_place_of_the_list(years: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until_seen("1/80")
        await stage.press("f2")
        await stage.until(lambda: stage.filters.size.width == 30)
        await stage.until_seen("[ ] 乙报")
        assert "年第" not in stage.all
        await stage.press("space")
        await stage.until_seen("1/28")
        await stage.press("escape")
        await stage.until(lambda: "年第" in stage.all)
        assert {hit.source for hit in stage.hits.hits} == {"乙报"}

    play(years, scene, (30, 12), query="理赔")


def test_an_earlier_query_comes_back(years: Path, tmp_path: Path) -> None:
    file = tmp_path / "state" / "history"

    async def asked(stage: Stage) -> None:
        stage.query.value = "绿色通道"
        await stage.until(lambda: bool(stage.hits.hits))
        await stage.press("tab")
        stage.query.value = "没有这个"
        await stage.until(lambda: not stage.hits.hits)
        await stage.press("tab")
        stage.query.value = "理赔 通知"
        await stage.until(lambda: bool(stage.hits.hits))
        await stage.press("tab")
        stage.query.value = "通知"
        await stage.until(lambda: bool(stage.hits.hits))

    async def recalled(stage: Stage) -> None:
        await stage.until_seen("1/80")
        await stage.press("ctrl+r")
        assert stage.query.value == "理赔 通知"
        await stage.press("ctrl+r")
        assert stage.query.value == "绿色通道"
        await stage.press("ctrl+r")
        assert stage.query.value == "绿色通道"
        await stage.until_seen("there is no earlier query")
        stage.query.value = "通知"
        await stage.press("ctrl+r")
        assert stage.query.value == "理赔 通知"
        await stage.until(lambda: bool(stage.hits.hits))

    play(years, asked, history=History(file))
    assert file.read_text(encoding="utf-8") == "绿色通道\n理赔 通知\n"
    assert file.stat().st_mode & 0o777 == 0o600
    play(years, recalled, history=History(file))
    play(years, asked, history=History(None))
    assert sorted(tmp_path.rglob("*")) == [file.parent, file]


def test_a_click_chooses(years: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until_seen("[ ] 乙报")
        row = rows_of(stage.filters).split("\n")
        [y] = [y for y, text in enumerate(row) if "乙报" in text]
        await stage.click(stage.filters, 3, y)
        await stage.until(lambda: {hit.source for hit in stage.hits.hits} == {"乙报"})
        await stage.click(stage.hits, 3, 2 * stage.hits.rows_of_hit)
        assert stage.hits.cursor == 2

    play(years, scene, LARGE, query="理赔")


def at_cursor(filters: FiltersPane) -> str:
    for y in range(filters.size.height):
        strip = filters.render_line(y)
        if any(segment.style and segment.style.reverse for segment in strip):
            return strip.text
    return ""


def test_hits_of_years_with_gaps_are_in_the_order_of_one_search(years: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 40)
        with Index.open(years) as index:
            hits = index.search("理赔 通道", limit=None).hits
        scores = [round(hit.score, 9) for hit in hits if hit.id[:4] in ("2019", "2021")]
        assert [round(hit.score, 9) for hit in stage.hits.hits] == scores
        assert [hit.rank for hit in stage.hits.hits] == [*range(1, 41)]

    play(years, scene, query="理赔 通道", chosen=Chosen(year=("2019", "2021")))


def test_more_hits_come_when_the_end_is_near(years: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 50)
        await stage.press("shift+tab", "G")
        await stage.until(lambda: len(stage.hits.hits) == 80)
        assert stage.hits.cursor == 49
        await stage.press("G")
        assert stage.hits.cursor == 79

    play(years, scene, query="理赔")


def test_tab_copies_the_path_of_the_file(home: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 1)
        await stage.press("tab")
        wanted = str(home / "corpus" / "notes" / "北京.txt")
        assert stage.app.clipboard == wanted
        assert stage.query.has_focus
        await stage.until(lambda: "copied" in stage.pane("footer"))

    play(home / "index", scene, query="北京的同事")


def test_escape_leaves_nothing_behind_and_enter_gives_the_path_if_asked(home: Path) -> None:
    async def left(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 1)
        await stage.press("escape")

    async def taken(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 1)
        await stage.press("enter")

    index = home / "index"
    assert play(index, left, query="北京的同事", gives_path=True).return_value is None
    path = play(index, taken, query="北京的同事", gives_path=True).return_value
    assert path == str(home / "corpus" / "notes" / "北京.txt")


def test_a_long_document_is_shown_around_its_match(tmp_path: Path) -> None:
    body = "前文说的是别的事情。\n" * 60_000 + "这里才提到龙井茶。\n" + "后文又说别的。\n" * 60_000
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="long", title="长文", body=body)])

    async def scene(stage: Stage) -> None:
        await stage.until(lambda: "这里才提到龙井茶。" in stage.pane("preview"))
        assert len(stage.app.screen_stack[0].query_one("#preview", LinesPane).lines) < 5_000
        await stage.press("shift+down", "shift+down")
        assert "龙井茶" in stage.pane("preview")

    play(tmp_path / "index", scene, query="龙井茶")


@SIZES
def test_rows_are_aligned_and_nothing_commands_the_terminal(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    hostile = (
        "核酸\x1b[2J\x07\u202e反\u200b向👨\u200d👩\u200d👧❤\ufe0f ＡＢＣ ｶﾅ é e\u0301 "
        "العربية 한국어\x9b31m"
    )
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(
            Document(
                id=f"{number}\x1b[31m",
                title=hostile[number:] * 3,
                body=f"第{number}条：{hostile}\n" * 5,
                source=hostile[:9],
                tags=(hostile[5:],),
                date=datetime(2022, 3, 1, tzinfo=UTC),
            )
            for number in range(9)
        )

    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 9)
        await stage.press("f2")
        await stage.until(lambda: "[ ]" in rows_of(stage.filters))
        await stage.until(lambda: "核酸" in stage.pane("preview"))
        for pane in (stage.hits, stage.filters, stage.app.query_one("#preview", LinesPane)):
            for y in range(pane.size.height):
                strip = pane.render_line(y)
                assert strip.cell_length == pane.size.width
                assert strip.text.isprintable() or not strip.text.strip(), repr(strip.text)
        for strip in stage.app.screen._compositor.render_strips():
            assert strip.cell_length == size[0]
            assert not set("\x1b\x07\x9b\u202e\u200d\ufe0f\u200b") & set(strip.text)
        stage.query.value = "核酸\x1b[2J\u202e"
        assert stage.query.value == "核酸␛[2J\ufffd"

    play(tmp_path / "index", scene, size, query="核酸")


def test_matches_are_told_without_colours_and_with_brackets_if_asked(home: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 1)
        assert "[北京的同事]" in rows_of(stage.hits)
        await stage.until(lambda: "[北京的同事]" in stage.pane("preview"))
        marks = [
            segment.style
            for y in range(stage.hits.size.height)
            for segment in stage.hits.render_line(y)
            if "北京的同事" in segment.text
        ]
        assert marks and all(style and style.bold and style.underline for style in marks)

    play(home / "index", scene, query="“北京的同事”", manner=Manner(brackets=True))


def test_without_an_index_it_says_what_to_type_and_waits_for_one(
    home: Path, tmp_path: Path
) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until(
            lambda: (
                "searcher index" in "".join(rows_of(stage.hits).split())
                or "searcherindex" in "".join(rows_of(stage.hits).split())
            )
        )
        shutil.copytree(home / "index", tmp_path / "index")
        await stage.until(lambda: len(stage.hits.hits) == 7)

    play(tmp_path / "index", scene)


def test_an_empty_index_says_how_to_fill_it(tmp_path: Path) -> None:
    Index.open(tmp_path / "index", create=True).close()

    async def scene(stage: Stage) -> None:
        await stage.until_seen("the index is empty")

    play(tmp_path / "index", scene)


def test_a_damaged_index_is_named_and_no_more_once_it_is_mended(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "index"
    shutil.copytree(home / "index", path)
    for file in path.rglob("*"):
        if file.is_file() and file.stat().st_size > 100:
            file.write_bytes(b"no index")

    async def scene(stage: Stage) -> None:
        await stage.until(lambda: "searcher reindex" in rows_of(stage.hits).replace("\n", " "))
        await stage.press(*"核酸")
        Index.build(path, [home / "corpus"])
        await stage.until(lambda: len(stage.hits.hits) == 5)

    play(path, scene)


def test_what_others_write_is_seen_and_the_place_is_kept(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "index"
    shutil.copytree(home / "index", path)

    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 5)
        await stage.press("down", "down")
        here = stage.hits.chosen
        assert here is not None
        with Index.open(path) as index:
            index.add([Document(id="new", title="核酸 核酸", body="核酸")])
        await stage.until(lambda: len(stage.hits.hits) == 6)
        assert stage.hits.chosen is not None and stage.hits.chosen.id == here.id
        with Index.open(path) as index:
            index.delete([here.id])
        await stage.until(lambda: len(stage.hits.hits) == 5)

    play(path, scene, query="核酸")


def test_no_hit_says_how_the_query_was_read_and_what_may_be_meant(home: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.until_seen("no hit")
        await stage.until_seen("did you mean: 核酸")
        assert "read as: words(和酸)" in rows_of(stage.hits)
        await stage.press("ctrl+y")
        await stage.until(lambda: len(stage.hits.hits) == 5)
        assert stage.query.value == "核酸"
        stage.query.value = "hesuan"
        await stage.until_seen("showing 核酸")

    play(home / "index", scene, query="和酸")


def test_the_last_word_can_be_completed(years: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*"绿色")
        await stage.until_seen("绿色通道")
        await stage.until(lambda: "绿色通道" in stage.query.render_line(0).text)
        await stage.press("right")
        assert stage.query.value == "绿色通道"

    play(years, scene)


def test_f1_shows_the_keys_in_the_language_of_the_reader(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")

    async def scene(stage: Stage) -> None:
        await stage.until(lambda: len(stage.hits.hits) == 7)
        assert "移动" in stage.pane("footer")
        await stage.press("f1")
        await stage.until_seen("复制路径")
        assert isinstance(stage.app.screen, HelpScreen)
        await stage.press("down", "escape")
        assert stage.hits.cursor == 0
        await stage.press("f3")
        await stage.until_seen("从新到旧")

    play(home / "index", scene)
