"""The page that F1 shows."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from searcher.cli.live.lines import LinesPane
from searcher.cli.screen import Line, Piece
from searcher.cli.wrapping import plain_width
from searcher.language import say

_COLUMN = 16


def keys() -> list[tuple[str, str]]:
    """What each key does."""
    return [
        (
            "↑/↓",
            say(
                "the hit before, the next one; j k in the list", "上一条、下一条；列表中也可用 j k"
            ),
        ),
        ("PgUp/PgDn", say("a page up, down", "上翻、下翻一页")),
        ("Shift-↑/↓", say("scroll the preview", "滚动预览")),
        (
            "Enter",
            say(
                "open at the match: $VISUAL, $EDITOR or the pager",
                "在匹配处打开：$VISUAL、$EDITOR 或分页器",
            ),
        ),
        ("Tab", say("copy the path", "复制路径")),
        ("Shift-Tab", say("from query to list, filters and back", "在查询、列表、筛选之间切换")),
        (
            "F2",
            say("the filters: space or Enter chooses, x clears", "筛选：空格或回车选择，x 清除"),
        ),
        ("F3", say("best first, or newest first", "按相关度或按日期排列")),
        ("→", say("take the completion, at the end of the query", "在查询末尾接受补全")),
        (
            "Ctrl-R",
            say(
                "an earlier query, with what is typed in it; again: the one before",
                "以前的、含已输入文字的查询；再按：更早的",
            ),
        ),
        ("Ctrl-Y", say("take what may have been meant", "改用建议的查询")),
        ("Esc/Ctrl-C", say("leave", "退出")),
    ]


def queries() -> list[tuple[str, str]]:
    """What can be typed besides words."""
    return [
        ("“…” 「…」", say("exactly these characters", "原样包含引号中的文字")),
        (say("+上海 -北京", "+上海 -北京"), say("must be there, must not", "必须有、不得有")),
        ("A OR B  NOT C", say("or, not, with ( )", "或、非，可用 ( ) 分组")),
        (
            say("title:理赔", "标题：理赔"),
            say(
                "in a field: title body source tag date path",
                "限定字段：标题 正文 来源 标签 日期 路径",
            ),
        ),
        (say("date:2022-03..", "日期：2022-03.."), say("from a date on", "某日及以后")),
        (say("保险*  保?险", "保险*  保?险"), say("any letters, one letter", "任意个字、一个字")),
    ]


def help_lines() -> list[Line]:
    """The page."""
    lines: list[Line] = [[Piece(say("Keys", "按键"), "heading")]]
    lines += [_row(*row) for row in keys()]
    lines += [(), [Piece(say("Queries", "查询"), "heading")]]
    lines += [_row(*row) for row in queries()]
    return [*lines, (), [Piece(say("Esc goes back", "按 Esc 返回"), "dim")]]


def _row(name: str, meaning: str) -> Line:
    gap = " " * max(_COLUMN - plain_width(name), 1)
    return [Piece("  "), Piece(name, "key"), Piece(gap + meaning)]


class HelpScreen(ModalScreen[None]):
    """Keys, and what can be typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,enter", "dismiss", show=False),
        Binding("down,j,pagedown", "scroll(1)", show=False),
        Binding("up,k,pageup", "scroll(-1)", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The page, over the whole screen."""
        yield LinesPane(id="help", lines=help_lines())

    def action_scroll(self, rows: int) -> None:
        """Show what is further down, or up."""
        self.query_one(LinesPane).scroll_rows(rows)
