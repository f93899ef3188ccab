"""Characters: what never stays in a document, and how broken lines are joined again."""

import re
from html import unescape

# What Chinese text is written with. It is set without spaces, so a line break between two of
# these stands for nothing, one between other characters for a space.
HAN = (
    "\u2e80-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—·"
)

_ANSI = re.compile(r"\x1b\[[0-9;]{0,32}[A-Za-z]")
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
# Entities that stand for a space or for punctuation: nobody writes about these, so where one is
# left over it was escaped twice or its tags were taken away by someone else's scraper.
_LEFT_OVER = re.compile(
    r"&(?:nbsp|ensp|emsp|thinsp|zwnj|zwj|shy|[lr][ds]quo|[lr]aquo|hellip|[mn]dash|middot|bull"
    r"|times|deg|copy|reg|trade|yen|quot|apos|#\d{2,7}|#[xX][0-9a-fA-F]{2,6});"
)
_ANY_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")


def without_controls(text: str) -> str:
    """The text without control characters but line feeds and tabs; every line break is ``\\n``."""
    if not _CONTROLS.search(text) and "\u2028" not in text and "\u2029" not in text:
        return text
    text = _LINE_BREAKS.sub("\n", _ANSI.sub("", text))
    return _CONTROLS.sub("", text)


def without_surrogates(text: str) -> str:
    """The text with each half of a surrogate pair replaced: UTF-8 cannot hold one."""
    try:
        text.encode()  # many times as quick as looking for them
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def without_invisible(text: str) -> str:
    """The text without zero-width characters, soft hyphens and marks of direction.

    The joiners U+200C and U+200D stay: emoji and some scripts are spelt with them.
    """
    return text if text.isascii() else _INVISIBLE.sub("", text)


def without_trailing_spaces(text: str) -> str:
    """The text without spaces at the ends of its lines and empty lines around it."""
    lines = text.split("\n")
    if len(lines) == 1:
        return text.rstrip()
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def one_line(text: str) -> str:
    """The text on one line, as titles, sources and tags are kept."""
    return " ".join(without_invisible(without_controls(without_surrogates(text))).split())


def decode_left_over_entities(text: str) -> str:
    """Decode entities for spaces and punctuation that are left in text without markup."""
    if "&" not in text:
        return text
    return _LEFT_OVER.sub(lambda match: unescape(match[0]).replace("\xa0", " "), text)


def decode_entities(text: str) -> str:
    """Decode all entities that end in a semicolon."""
    if "&" not in text:
        return text
    return _ANY_ENTITY.sub(lambda match: unescape(match[0]).replace("\xa0", " "), text)
