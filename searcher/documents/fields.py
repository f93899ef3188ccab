"""Named fields, as front matter and records have them → the fields of a document."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from math import isfinite

from searcher.documents import cleaning, dates
from searcher.documents.sources import clean_source
from searcher.language import say

# The names that a field goes by, the likeliest first: where a record has several of them, the
# first that holds something is taken and the others are kept as extra data.
_NAMES = {
    "id": "id _id docid doc_id uuid guid 编号 編號 文档编号",
    "title": "title 标题 標題 headline subject 题目 題目 题名 name 名称 名稱",
    "body": "body content text 正文 内容 內容 全文 article articlebody content_html html 文本"
    " summary abstract description 摘要 简介 簡介",
    # What is said about the title: these are the body, all of them, where nothing else is.
    "passage": "answer answers 回答 答案 output context desc",
    "date": "date 日期 pubdate published publishdate publishedat publishtime pubtime datepublished"
    " 发布时间 发布日期 發布時間 發布日期 發佈時間 發佈日期 created createdat createtime"
    " datecreated createddate time datetime timestamp 时间 時間 ctime issued",
    "modified": "lastmod lastmodified lastmodifiedat modified modifiedat datemodified updated"
    " updatedat updatetime 更新时间 更新時間 修改时间 修改時間",
    "source": "source 来源 來源 publisher site sitename 媒体 媒體 出处 出處",
    "tags": "tags tag keywords keyword 标签 標籤 关键词 關鍵詞 关键字 關鍵字",
    "url": "url link 链接 鏈接 連結 网址 網址 href canonical canonicalurl permalink",
}
ROLES = {
    name: (role, rank) for role, names in _NAMES.items() for rank, name in enumerate(names.split())
}
_SEPARATORS = re.compile(r"[,，、;；|｜\n]")
_SPACE_BY_HAN = re.compile(r"(?<=[\u3400-\u9fff])[ \u3000]+|[ \u3000]+(?=[\u3400-\u9fff])")
_ABSOLUTE = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_DEEPEST = 64  # levels of lists and mappings in extra data
# What Mongo's exports and WordPress put around a single value.
_WRAPPERS = frozenset(
    ("$date", "$oid", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "rendered")
)
_SAYS_SOMETHING = frozenset((None, "title", "body", "passage"))


@dataclass(slots=True)
class Fields:
    """What the named fields of a document hold; an empty value where there is no such field."""

    id: str = ""
    title: str = ""
    body: str = ""
    date: datetime | None = None
    modified: datetime | None = None
    source: str | None = None
    tags: tuple[str, ...] = ()
    url: str | None = None
    extra: dict[str, object] = field(default_factory=dict)


@lru_cache(maxsize=1024)
def role_of(name: str) -> tuple[str, int] | None:
    """Which field of a document a name stands for, and how likely; None for an unknown name."""
    found = ROLES.get(name)
    return found or ROLES.get(re.sub(r"[\s_-]", "", name).lower()) or ROLES.get(name.lower())


def read_fields(
    values: Mapping[str, object], *, with_body: bool = True, tags_by_space: bool = False
) -> Fields:
    """Sort named values into the fields of a document.

    A value that does not fit its field, such as an impossible date, and a value of an unknown
    name are kept as extra data under their own name.

    Args:
        values: The fields by name. Names are taken without regard to case, ``_`` and ``-``.
        with_body: Whether a field can be the body; else fields of these names are extra data.
        tags_by_space: Whether tags in one string are set apart by spaces where there is no
            comma, as Jekyll has it; else only where a Han character is beside the space.

    Raises:
        ValueError: The values are nested too deeply.
    """
    fields = Fields()
    best: dict[str, tuple[int, str, object]] = {}
    others: list[tuple[str, int, str, object]] = []
    passages: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            value = unwrapped(value)
        if not value and not isinstance(value, bool | int | float):
            continue  # None, an empty text, an empty list
        found = role_of(name)
        if found is None or (found[0] in ("body", "passage") and not with_body):
            fields.extra[cleaning.without_surrogates(name)] = jsonable(value)
            continue
        role, rank = found
        if role == "passage":
            passages[name] = value
            continue
        before = best.get(role)
        if before is None:
            best[role] = (rank, name, value)
        elif rank < before[0]:
            best[role] = (rank, name, value)
            others.append((role, *before))
        else:
            others.append((role, rank, name, value))
    taken: set[str] = set()
    ranked = [(role, *item) for role, item in best.items()]
    if others:
        ranked += sorted(others, key=lambda item: item[1])
    for role, _, name, value in ranked:
        if role not in taken and _take(fields, role, value, tags_by_space):
            taken.add(role)
        else:
            fields.extra[cleaning.without_surrogates(name)] = jsonable(value)
    if passages and fields.title and not fields.body:
        fields.body = "\n".join(texts_in(passages))
    elif passages:
        for name, value in passages.items():
            fields.extra[cleaning.without_surrogates(name)] = jsonable(value)
    return fields


def unwrapped(value: object) -> object:
    """What is in a mapping that is only the wrapper of one value: ``{"$date": "2022-03-28"}``."""
    while isinstance(value, dict) and len(value) == 1:
        (name,) = value
        if name not in _WRAPPERS:
            break
        value = value[name]
        if name.startswith("$number") and isinstance(value, str) and value.isdecimal():
            return int(value) if len(value) < 20 else value
    return value


def texts_in(value: object, depth: int = 0) -> Iterator[str]:
    """The texts that a value holds, however they are nested.

    Ids, dates, addresses and the like are left out. Of several bodies of one mapping, such as
    ``{"html": …, "text": …}``, only the plainest counts: they say the same.

    Raises:
        ValueError: It is nested too deeply.
    """
    if isinstance(value, str):
        text = value.strip()
        if text and absolute_url(text) is None:
            yield text
        return
    if depth >= _DEEPEST:
        raise ValueError(say("nested too deeply", "嵌套过深"))
    if isinstance(value, list):
        for item in value:
            yield from texts_in(item, depth + 1)
    elif isinstance(value, Mapping):
        bodies: list[tuple[int, str]] = []
        for name, item in value.items():
            role = role_of(name)
            if item and role is not None and role[0] == "body":
                bodies.append((role[1], name))
        plainest = min(bodies)[1] if bodies else None
        for name, item in value.items():
            role = role_of(name)
            what = role[0] if role else None
            if what in _SAYS_SOMETHING and (what != "body" or name == plainest):
                yield from texts_in(item, depth + 1)


def split_tags(text: str, *, by_space: bool = False) -> list[str]:
    """The tags in one string."""
    if _SEPARATORS.search(text):
        return _SEPARATORS.split(text)
    return text.split() if by_space else _SPACE_BY_HAN.split(text)


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags on one line each, without empty and repeated ones."""
    cleaned = (cleaning.one_line(tag) for tag in tags)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))


def absolute_url(value: object) -> str | None:
    """The value where it is an address on the web, else None."""
    if not isinstance(value, str) or len(value) > 4096:
        return None
    url = cleaning.one_line(value)
    return url if _ABSOLUTE.match(url) and " " not in url else None


def jsonable(value: object, depth: int = 0) -> object:
    """A value as JSON can hold it.

    Raises:
        ValueError: It is nested too deeply.
    """
    if isinstance(value, str):
        return cleaning.without_surrogates(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if depth >= _DEEPEST:
        raise ValueError(say("nested too deeply", "嵌套过深"))
    if isinstance(value, Mapping):
        items = value.items()
        return {cleaning.without_surrogates(str(k)): jsonable(v, depth + 1) for k, v in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item, depth + 1) for item in value]
    return str(value)


def _take(fields: Fields, role: str, value: object, tags_by_space: bool) -> bool:
    """Put a value into a field; False where it does not fit."""
    if role == "date" or role == "modified":
        found = dates.parse(value)
        setattr(fields, role, found)
        return found is not None
    if role == "tags":
        fields.tags = _tags(value, tags_by_space)
        return bool(fields.tags)
    if role == "url":
        fields.url = absolute_url(value)
        return fields.url is not None
    if role == "body" and isinstance(value, list | dict):
        fields.body = "\n".join(texts_in(value))
        return bool(fields.body)
    if role == "source" and isinstance(value, dict):
        value = value.get("name")
    text = _text(value, " ")
    if not text:
        return False
    if role == "body":
        fields.body = text
    elif role == "source":
        fields.source = clean_source(text)
        return fields.source is not None
    else:
        setattr(fields, role, cleaning.one_line(text))
    return True


def _text(value: object, joint: str) -> str:
    """The text of a value: a string, a number, or a list of these."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return joint.join(item.strip() for item in value)
    return ""


def _tags(value: object, by_space: bool) -> tuple[str, ...]:
    if isinstance(value, str):
        return clean_tags(split_tags(value, by_space=by_space))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (str(value),)
    tags: list[str] = []
    for item in value if isinstance(value, list) else ():
        name = item.get("name") if isinstance(item, dict) else item
        if isinstance(name, str):
            tags.append(name)
        elif isinstance(name, int | float) and not isinstance(name, bool):
            tags.append(str(name))
        else:
            return ()
    return clean_tags(tags)
