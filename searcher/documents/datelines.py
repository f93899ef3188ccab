"""When a text was published, from its file's name or from the line that says so."""

import re
from datetime import datetime
from functools import cache

from searcher.documents.dates import DATE_PATTERN, from_match, parse
from searcher.documents.sources import is_medium

_REACH = 4096  # characters from the beginning and from the end that may hold the line
_HEAD_LINES, _TAIL_LINES = 12, 8
_LONGEST_LINE = 120  # characters

_DIGITS_IN_NAME = re.compile(
    r"(?P<date>(?:1[89]|2[01])\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?P<time>\d{4}(?:\d\d)?)?(?!\d)"
)
_DATE_IN_NAME = re.compile(
    r"(\d{4})(?:([-_.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号號])(?!\d)"
)
# What may stand beside the date on a line that is about the text and not part of it.
_ABOUT = (
    r"(?:本文|文章)?(?:来源|來源|出处|出處|稿源|作者|记者|記者|编辑|編輯|责任编辑|責任編輯|责编|文|撰文|供稿|阅读|閱讀"
    r"|浏览|瀏覽|点击|點擊|字号|字號|字体|评论|評論|分享|发布于|發布於|更新于|更新於|发表于|發表於|发布|發布|发表)"
)
_LABEL = (
    r"(?:(?:发布|發布|發佈|发表|發表|更新|刊发|刊登|发稿|發稿|发文|發文|成文|印发|公布|公佈|撰稿|写作|寫作|创建|修改"
    r"|出版|上传)(?:的)?)?(?:日期|时间|時間)|(?:发布|發布|更新|发表|發表)(?:于|於)"
)
_SPACE = " \t\u3000|｜"
_OPEN, _CLOSE = r"[【\[（(〔「]", r"[】\]）)〕」]"


@cache
def _labelled() -> re.Pattern[str]:
    """``发布时间：2022-03-28 10:00``, at the beginning of a line or after something else."""
    return re.compile(
        rf"(?:^|(?<=[\s|｜（(【\[；;,，。]))(?:{_LABEL})"
        rf"[ \t\u3000]*[:：]?[ \t\u3000]*{DATE_PATTERN}",
        re.IGNORECASE,
    )


@cache
def _leading() -> re.Pattern[str]:
    """A date that a line begins with, or has in brackets at its beginning."""
    return re.compile(
        rf"[\s\u3000]*(?P<open>{_OPEN})?[ ]?{DATE_PATTERN}(?:[ ]?(?P<close>{_CLOSE}))?",
        re.IGNORECASE,
    )


@cache
def _anywhere() -> re.Pattern[str]:
    return re.compile(DATE_PATTERN, re.IGNORECASE)


@cache
def _rest() -> re.Pattern[str]:
    return re.compile(rf"[\s\u3000|｜/·•,，-]*(?:{_ABOUT}.*)?", re.DOTALL)


def date_in_name(name: str) -> datetime | None:
    """The date that the last part of a file's name begins with, such as ``2022-03-28-foo.md``."""
    name = name.rpartition("/")[2]
    match = _DATE_IN_NAME.match(name)
    if match:
        month, day = match[3] or match[5], match[4] or match[6]
        return parse(f"{match[1]}-{month}-{day}")
    match = _DIGITS_IN_NAME.match(name)
    if not match:
        return None
    with_time = parse(match["date"] + match["time"]) if match["time"] else None
    return with_time or parse(match["date"])


def find_date(text: str) -> datetime | None:
    """The date of the line near the beginning or the end that says when a text was published.

    Such a line holds a date and nothing else, or a date beside a source, an author and the like,
    or has a label (``发布时间：``), or begins with a date in brackets. A date in a sentence is
    about something else.
    """
    lines = [line for line in text[:_REACH].split("\n") if line.strip()]
    head = lines[:_HEAD_LINES]
    tail = [line for line in text[-_REACH:].split("\n") if line.strip()][-_TAIL_LINES:]
    for line in (*head, *tail):
        if any(mark in line for mark in ("日期", "时间", "時間", "于", "於")):
            match = _labelled().search(line[:_LONGEST_LINE])
            found = from_match(match) if match else None
            if found:
                return found
    for number, line in enumerate(head):
        found = _date_line(line, number < 3)
        if found:
            return found
    for line in tail:
        found = _date_line(line, is_first=False)
        if found:
            return found
    return None


def is_date_line(line: str) -> bool:
    """Whether a line says when the text was published, and nothing that is part of the text."""
    if len(line) > _LONGEST_LINE:
        return False
    if _labelled().match(line.strip()):
        return True
    return _date_line(line, is_first=False) is not None


def _date_line(line: str, is_first: bool) -> datetime | None:
    window = line[:_LONGEST_LINE]
    match = _leading().match(window)
    if match:
        rest = window[match.end() :]
        bracketed = bool(match["open"] and match["close"])
        if (bracketed and is_first) or (len(line) <= _LONGEST_LINE and _rest().fullmatch(rest)):
            return from_match(match)
        if re.match(rf"[ \u3000]*{_ABOUT}[ ]?[:：]", rest):
            return from_match(match)
        if len(line) <= _LONGEST_LINE and rest[:1] in _SPACE and is_medium(rest.strip(_SPACE)):
            return from_match(match)
    if len(line) > _LONGEST_LINE:
        return None
    match = _anywhere().search(window)
    if not match or not _rest().fullmatch(window[match.end() :].rstrip("】])） 　\t")):
        return None
    before = window[: match.start()].strip(f"【[(（{_SPACE}")
    if re.match(rf"{_ABOUT}[ ]?[:：]", before) or is_medium(before):
        return from_match(match)
    return None
