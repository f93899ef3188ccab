"""What a document is called, where it does not say so in a field."""

import re
from collections.abc import Iterable

from searcher.documents.cleaning import decode_entities, one_line
from searcher.documents.datelines import is_date_line
from searcher.documents.sources import is_medium, is_source_line

_LONGEST = 80  # cells: 40 Han characters
_ENDS_LIKE_A_SENTENCE = tuple("。．.；;，,、：:")
_BEGINS_LIKE_AN_ITEM = re.compile(r"[-*•·●○◆■>|+=_~#]|\d{1,3}[.、)）]\s|https?://|//|<")
_ENDING = re.compile(r"\.(?:[A-Za-z][A-Za-z0-9]{0,9}|7z|mp[34])$")
_SITE_SEPARATOR = re.compile(r"\s*(?:_+|[|｜丨»]+|\s[-–—·:：<>]\s|--|——)\s*")
_HYPHEN = re.compile(r"\s?[-–—]\s?")
_SITE_NAME = re.compile(
    r"(?:网|網|[报報]|社|频道|頻道|首页|首頁|论坛|論壇|博客|官网|官網|新闻|新聞|门户"
    r"|客户端|财经|財經|中心|资讯|台|在线|在線|百科)$"
    r"|\.(?:com|cn|net|org)(?:\.\w\w)?$"
)
_NO_SITE_NAME = re.compile(r"(?:[通海举舉预預汇匯上申简簡情][报報]|[出后後平上]台)$")
_SHORT_SECTION = 6  # characters: behind ``_``, which no title has, this is 深度, 滚动 or a site
_HEADER_LINES = 12  # lines above the title that say something about the text
_TITLE_LABEL = re.compile(
    r"(?:原|文章)?(?:标题|標題|题目|題目|主题|主題)[ \t\u3000]?[:：]\s*(?=\S)"
)
# ``作者：…``, ``栏目：…``, ``关键词：…``: what is said about a text, by how its name ends.
_HEADER_LINE = re.compile(
    r"(?:[\u3400-\u9fff]{0,3}[者人源间間期号號类類目签籤词詞址接数數辑輯位构構称稱名处處自于於道地员員]"
    r"|[A-Za-z][A-Za-z_ -]{0,15})[ \t\u3000]?[:：](?!//)"
)
_SHORTEST_TAG = 6  # characters: 首页, 新闻详情 are no titles where there is a heading
_LONGEST_SITE_NAME = 24  # characters


def cells(text: str) -> int:
    """How wide text is in a terminal, about: Han characters take two cells."""
    return len(text) if text.isascii() else len(text) + sum(char > "\u2e7f" for char in text)


def from_first_line(text: str) -> str | None:
    """The first line where it looks like a title: short, no sentence, with more text below it.

    Lines that say something about the text (``来源：…``, ``作者：…``) are passed over; of
    ``标题：…`` the label is.
    """
    rest = text[:4096].lstrip("\n \t\u3000")
    in_header = False
    for _ in range(_HEADER_LINES):
        line, _, rest = rest.partition("\n")
        rest = rest.lstrip("\n \t\u3000")
        stripped = line.strip(" \t\u3000")
        if not rest:
            return None
        label = _TITLE_LABEL.match(stripped)
        if label:
            stripped = stripped[label.end() :]
        elif (
            is_date_line(stripped)
            or is_source_line(stripped)
            or (_HEADER_LINE.match(stripped) and (in_header or _says_something_about(rest)))
        ):
            in_header = True
            continue
        looks_like_one = (
            0 < len(stripped) <= _LONGEST  # most are longer, which is told at once
            and cells(stripped) <= _LONGEST
            and not stripped.endswith(_ENDS_LIKE_A_SENTENCE)
            and not _BEGINS_LIKE_AN_ITEM.match(stripped)
            and any(char.isalnum() for char in stripped)
            and not re.fullmatch(r"[【\[（(]?(?:正文|全文)[】\]）)]?", stripped)
        )
        return one_line(stripped) if looks_like_one else None
    return None


def _says_something_about(text: str) -> bool:
    """Whether the first line says something about the text below it: when, where, by whom."""
    line = text.partition("\n")[0].strip(" \t\u3000")
    return bool(_HEADER_LINE.match(line)) or is_date_line(line) or is_source_line(line)


def from_name(name: str) -> str:
    """The last part of a file's name without its ending."""
    last = name.rpartition("/")[2]
    return one_line(_ENDING.sub("", last)) or one_line(last)


def from_page(tag: str, shared: str, headings: Iterable[str], site: str = "") -> str:
    """The title of a page, on one line.

    Args:
        tag: What ``<title>`` says, often with the site's name behind it.
        shared: What ``og:title`` says.
        headings: What each ``<h1>`` says.
        site: What ``og:site_name`` says.
    """
    # Entities that are left were escaped twice: a title is no place to write about entities.
    tag, shared = one_line(decode_entities(tag)), one_line(decode_entities(shared))
    site = one_line(site)
    candidates = [title for title in map(one_line, headings) if title]
    for title in candidates:
        if _squeeze(title) == _squeeze(shared):
            return title  # said twice, so nothing of it is the site's
    shared = _without_site(shared, site)
    whole, shortest = _squeeze(tag), len(_without_site(tag, site)) / 2
    for title in (*candidates, shared):
        # The part of <title> that the page says again by itself is the title proper.
        if title and len(title) >= shortest and _squeeze(title) in whole:
            return title
    if shared:
        return shared
    if tag and (not candidates or len(tag) > _SHORTEST_TAG):
        return _without_site(tag, site)
    return candidates[0] if candidates else ""


def without_repeated(body: str, title: str) -> str:
    """The body without a first line that only says the title again."""
    first, _, rest = body.partition("\n")
    return rest if title and rest and _squeeze(first) == _squeeze(title) else body


def _without_site(title: str, site: str) -> str:
    """A title without the names of the site and its sections behind it.

    What stands behind a bar or a dash may as well be the other half of the title: it goes where
    it is called like a site or a section, or stands behind one.
    """
    for _ in range(4):
        separators = list(_SITE_SEPARATOR.finditer(title))
        hyphens = list(_HYPHEN.finditer(title))
        if separators and _is_site(title, separators, site):
            cut = separators[-1].start()
        elif hyphens and _is_site_name(title[hyphens[-1].end() :], site):
            cut = hyphens[-1].start()
        else:
            break
        if cut < 4:
            break
        title = title[:cut].rstrip()
    return title


def _is_site(title: str, separators: list[re.Match[str]], site: str) -> bool:
    """Whether what stands behind the last separator is none of the title."""
    last = separators[-1]
    tail = title[last.end() :]
    if _is_site_name(tail, site):
        return True
    if len(tail) <= _SHORT_SECTION and "_" in last[0]:
        return True
    if len(separators) < 2 or len(tail) > _LONGEST_SITE_NAME:
        return False
    return _is_site_name(title[separators[-2].end() : last.start()], site)


def _is_site_name(tail: str, site: str) -> bool:
    if site and _squeeze(tail).lower() == _squeeze(site).lower():
        return True
    if not 2 <= len(tail) <= _LONGEST_SITE_NAME or _NO_SITE_NAME.search(tail):
        return False
    if tail.isascii() and "." in tail:
        return _SITE_NAME.search(tail) is not None
    return len(tail) <= 12 and (_SITE_NAME.search(tail) is not None or is_medium(tail))


def _squeeze(text: str) -> str:
    return "".join(text.split())
