"""Characters: what never stays in a document, and how broken lines are joined again."""

import re
from html import unescape

# What Chinese text is written with. It is set without spaces, so a line break between two of
# these stands for nothing, one between other characters for a space.
HAN = (
    "\u2e80-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—·"
)

_ANSI = re.compile(r"\x1b\[[0-9;]{0,32}[A-Za-z]")
_LINE_BREAKS = ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOTHING = dict.fromkeys([*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0)])
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
# Each run of spaces is looked at once. The lines are not taken apart: that takes more memory.
_TRAILING = re.compile(r"(?<![^\S\n])[^\S\n]++(?=\n|\Z)")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Entities that stand for a space or for punctuation: nobody writes about these, so where one is
# left over it was escaped twice or its tags were taken away by someone else's scraper.
_LEFT_OVER = re.compile(
    r"&(?:nbsp|ensp|emsp|thinsp|zwnj|zwj|shy|[lr][ds]quo|[lr]aquo|hellip|[mn]dash|middot|bull"
    r"|times|deg|copy|reg|trade|yen|quot|apos|#\d{2,7}|#[xX][0-9a-fA-F]{2,6});"
)
_LESS_THAN = re.compile(
    r"<(?!https?://)(?P<slash>/?)(?P<name>[a-z][a-z0-9_.-]{0,60}(?::[a-z][a-z0-9-]{0,60})?)"
    r"(?P<tag>\s{0,20}/?\s{0,20}>|[\s/]{1,200}[a-z_:@][\w:.@-]{0,100}\s{0,20}="
    r"|\s{1,20}(?:allowfullscreen|async|checked|compact|controls|defer|disabled|hidden|ismap"
    r"|itemscope|loop|multiple|muted|noshade|nowrap|open|readonly|required|reversed|selected)"
    r"(?=[\s/>]))?",
    re.IGNORECASE | re.ASCII,
)
_ELEMENTS = frozenset(
    """a abbr acronym address annotation applet area article aside audio b base basefont bdi bdo
    bgsound big blink blockquote body br button canvas caption center cite code col colgroup data
    datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer
    form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins
    isindex kbd keygen label legend li link listing main map mark marquee math menu menuitem meta
    meter mfrac mi mn mo mover mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr
    munder munderover nav nobr noembed noframes noscript object ol optgroup option output p param
    picture plaintext pre progress q rb rp rt rtc ruby s samp script search section select semantics
    slot small source span strike strong style sub summary sup svg table tbody td template textarea
    tfoot th thead time title tr track tt u ul var video wbr xmp""".split()
)
_ANY_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")


def without_controls(text: str) -> str:
    """The text without control characters but line feeds and tabs; every line break is ``\\n``."""
    if not _CONTROLS.search(text) and "\u2028" not in text and "\u2029" not in text:
        return text
    text = _ANSI.sub("", text)
    for line_break in _LINE_BREAKS:
        text = text.replace(line_break, "\n")
    return text.translate(_NOTHING) if _CONTROLS.search(text) else text


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
    return _TRAILING.sub("", text).strip("\n")


def one_line(text: str) -> str:
    """The text on one line, as titles, sources and tags are kept."""
    if text.isprintable():  # so without any of these, and with no white space but the blank
        return " ".join(text.split())
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


def escape_what_is_no_tag(text: str) -> str:
    """Escape each ``<`` before a word that begins or ends no element.

    Beside real tags people write ``a<b``, ``vector<int>`` and ``<date>`` for themselves; a parser
    takes these for tags, and what follows for their attributes. A name that HTML does not know is
    one of an element only where it is both begun and ended somewhere in the text.
    """
    if "<" not in text:
        return text
    begun: set[str] = set()
    ended: set[str] = set()
    for match in _LESS_THAN.finditer(text):
        if match["tag"]:
            (ended if match["slash"] else begun).add(match["name"].lower())
    names = _ELEMENTS | (begun & ended)

    def escaped(match: re.Match[str]) -> str:
        name = match["name"].lower()
        is_tag = match["tag"] and (name in names or ":" in name)
        return match[0] if is_tag else f"&lt;{match[0][1:]}"

    return _LESS_THAN.sub(escaped, text)
