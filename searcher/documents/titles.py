"""What a document is called, where it does not say so in a field."""

import re
from collections.abc import Iterable

from searcher.documents.cleaning import one_line
from searcher.documents.datelines import is_date_line
from searcher.documents.sources import is_source_line

_LONGEST = 80  # cells: 40 Han characters
_ENDS_LIKE_A_SENTENCE = tuple("。．.；;，,、：:")
_BEGINS_LIKE_AN_ITEM = re.compile(r"[-*•·●○◆■>|+=_~#]|\d{1,3}[.、)）]\s|https?://|//|<")
_ENDING = re.compile(r"\.(?:[A-Za-z][A-Za-z0-9]{0,9}|7z|mp[34])$")
_SITE_SEPARATOR = re.compile(r"\s*(?:[_|｜丨»]|\s[-–—·:：<>]\s|--|——)\s*")
_HYPHEN = re.compile(r"\s?[-–—]\s?")
_SITE_NAME = re.compile(
    r"(?:网|網|报|報|社|频道|頻道|首页|首頁|论坛|論壇|博客|官网|官網|新闻|新聞|门户|客户端|财经|財經|中心|资讯|台|在线|百科)$"
    r"|\.(?:com|cn|net|org)(?:\.\w\w)?$"
)
_SHORTEST_TAG = 6  # characters: 首页, 新闻详情 are no titles where there is a heading
_LONGEST_SITE_NAME = 24  # characters


def cells(text: str) -> int:
    """How wide text is in a terminal, about: Han characters take two cells."""
    return len(text) if text.isascii() else len(text) + sum(char > "\u2e7f" for char in text)


def from_first_line(text: str) -> str | None:
    """The first line where it looks like a title: short, no sentence, with more text below it.

    Lines that only say when or where the text was published are passed over.
    """
    rest = text[:4096].lstrip("\n \t\u3000")
    for _ in range(4):
        line, _, rest = rest.partition("\n")
        rest = rest.lstrip("\n \t\u3000")
        stripped = line.strip(" \t\u3000")
        if not rest:
            return None
        if is_date_line(stripped) or is_source_line(stripped):
            continue
        looks_like_one = (
            0 < cells(stripped) <= _LONGEST
            and not stripped.endswith(_ENDS_LIKE_A_SENTENCE)
            and not _BEGINS_LIKE_AN_ITEM.match(stripped)
            and any(char.isalnum() for char in stripped)
            and not re.fullmatch(r"[【\[（(]?(?:正文|全文)[】\]）)]?", stripped)
        )
        return one_line(stripped) if looks_like_one else None
    return None


def from_name(name: str) -> str:
    """The last part of a file's name without its ending."""
    last = name.rpartition("/")[2]
    return one_line(_ENDING.sub("", last)) or one_line(last)


def from_page(tag: str, shared: str, headings: Iterable[str]) -> str:
    """The title of a page, on one line.

    Args:
        tag: What ``<title>`` says, often with the site's name behind it.
        shared: What ``og:title`` says.
        headings: What each ``<h1>`` says.
    """
    tag, shared = one_line(tag), _without_site(one_line(shared))
    candidates = [title for title in map(one_line, headings) if title]
    whole, shortest = _squeeze(tag), len(_without_site(tag)) / 2
    for title in (*candidates, shared):
        # The part of <title> that the page says again by itself is the title proper.
        if title and len(title) >= shortest and _squeeze(title) in whole:
            return title
    if shared:
        return shared
    if tag and (not candidates or len(tag) > _SHORTEST_TAG):
        return _without_site(tag)
    return candidates[0] if candidates else ""


def without_repeated(body: str, title: str) -> str:
    """The body without a first line that only says the title again."""
    first, _, rest = body.partition("\n")
    return rest if title and rest and _squeeze(first) == _squeeze(title) else body


def _without_site(title: str) -> str:
    """A title without the names of the site and its sections behind it."""
    for _ in range(4):
        separators = list(_SITE_SEPARATOR.finditer(title))
        hyphens = list(_HYPHEN.finditer(title))
        if separators and 2 <= len(title) - separators[-1].end() <= _LONGEST_SITE_NAME:
            cut = separators[-1].start()
        elif hyphens and _SITE_NAME.search(title) and len(title) - hyphens[-1].end() <= 12:
            cut = hyphens[-1].start()
        else:
            break
        if cut < 4:
            break
        title = title[:cut].rstrip()
    return title


def _squeeze(text: str) -> str:
    return "".join(text.split())
