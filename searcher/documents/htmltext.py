"""HTML → the text that a reader reads, one paragraph a line."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from searcher.documents import limits
from searcher.documents.cleaning import (
    HAN,
    decode_left_over_entities,
    without_controls,
    without_invisible,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

# Marks that stand in the text while it is put together; control characters never stay in it.
_BREAK_MARK = "\x1f"  # white space with a line break in the source
_CELL_MARK = "\x1e"  # the end of a table's cell
_PRE_SPACE, _PRE_BREAK = "\x1c", "\x1d"  # what <pre> keeps

_BLOCKS = frozenset(
    """address article aside blockquote body caption center col colgroup dd details dialog dir div
    dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html
    legend li listing main menu nav noframes ol optgroup option p plaintext pre search section
    summary table tbody tfoot thead tr ul xmp""".split()
)
_KEEP_LINES = frozenset(("pre", "listing", "xmp", "plaintext"))
_NEVER_READ = frozenset(
    """annotation applet audio canvas datalist embed head iframe input meta
    noembed noscript object option optgroup rp rt rtc script select style svg template textarea
    title video""".split()
)
_NAVIGATION = frozenset(("nav", "aside", "search"))
_NAVIGATION_ROLES = frozenset(("navigation", "search", "banner", "contentinfo", "complementary"))
_NAVIGATION_NAMES = frozenset(
    """nav navbar navigation breadcrumb breadcrumbs crumbs sidebar footer site-footer page-footer
    site-header page-header skip-link""".split()
)
_PAGE_PARTS = frozenset(("header", "footer"))  # of the page, or else of an article
_CONTENT = frozenset(("article", "main", "section", "blockquote"))
# What is only invisible is often shown by a script as soon as the page has loaded.
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# What stands below every article, and long, or before it: never the article itself.
_NEVER_THE_ARTICLE = frozenset(("footer", "dialog"))
_FOOTER_NAMES = frozenset(("footer", "site-footer", "page-footer"))
_MOST_ROUNDS = 4  # elements around the article that are themselves in such an element

_SPACES = re.compile(r"[ \t\n\f\r\xa0]+")
_AUTOLINK = re.compile(r"<(https?://[^\s<>]{1,2000})>", re.IGNORECASE)
# Elements that may be left open, or cannot be: they do not make a tree deeper.
_FLAT = frozenset(
    """area base br col embed hr img input li link meta option p param source tbody td tfoot th
    thead tr dd dt track wbr html body head""".split()
)
# What the parser takes for an element with a text in it, and for an attribute, about.
_ELEMENT, _ATTRIBUTE = 250, 240  # bytes
_START_TAG = re.compile(r"<[a-zA-Z][^<>]*")
_LINE_END = "\n"
_DEEPEST = 2000  # nested elements; parsing takes time by the square of the depth


@dataclass
class _Omissions:
    """The elements that are left out as hidden or as part of the page's frame."""

    kept: set[int] = field(default_factory=set)  # those that are read all the same
    read_all: bool = False  # whether all of them are
    left_out: "list[LexborNode]" = field(default_factory=list)


def parse(markup: str) -> "LexborHTMLParser":
    """The tree of a page or a fragment, tag soup included."""
    from selectolax.lexbor import LexborHTMLParser

    markup = without_controls(markup)
    if _depth(markup) > _DEEPEST or _takes_too_much(markup):
        markup = _flatten(markup)
        if _takes_too_much(markup):
            markup = f"<pre>{markup.replace('<br>', _LINE_END)}</pre>"
    return LexborHTMLParser(markup)


def text_of(tree: "LexborHTMLParser", *, is_page: bool = True, keep_lines: bool = False) -> str:
    """What a reader reads in a tree.

    Args:
        is_page: Whether to leave out navigation and the header and footer of the page. They stay
            where nothing else would be left.
        keep_lines: Whether line ends in the source are line ends, and not mere white space.
    """
    root = tree.body if tree.body is not None else tree.root
    if root is None:
        return ""
    text = _tidy(_collect_most(root, is_page, keep_lines))
    if not text and is_page:
        text = _tidy(_collect(root, False, keep_lines))
    return text


def _collect_most(root: "LexborNode", is_page: bool, keep_lines: bool) -> str:
    """The text below an element, the article in it even where it looks hidden or like a frame.

    Names of classes and styles are hints. Where heeding them takes more than half of the text
    outside links, they mislead, and the elements that hold that text are read.
    """
    kept: set[int] = set()
    text = ""
    for _ in range(_MOST_ROUNDS):
        omissions = _Omissions(kept)
        text = _collect(root, is_page, keep_lines, omissions)
        if not omissions.left_out:
            break
        lengths = [(node, *_lengths(node)) for node in omissions.left_out]
        links = sum(_linked(root)) - sum(linked for _, _, linked in lengths)
        read = len("".join(text.split())) - links
        if sum(plain for _, plain, _ in lengths) <= read:
            break
        again = {
            node.mem_id
            for node, plain, linked in lengths
            if not text.strip() or plain > linked or plain > read
        }
        if not again:
            break
        kept |= again
    return text


def _lengths(node: "LexborNode") -> tuple[int, int]:
    """How many characters an element has outside links, and how many in them."""
    linked = sum(_linked(node))
    text = _collect(node, False, False, _Omissions(read_all=True))
    return len("".join(text.split())) - linked, linked


def _linked(node: "LexborNode") -> "Iterator[int]":
    return (len("".join((link.text() or "").split())) for link in node.css("a"))


def node_text(node: "LexborNode") -> str:
    """The text of one element, without the scripts and the like in it."""
    return _tidy(_collect(node, False, False))


def has_tag(text: str) -> bool:
    """Whether text holds HTML: an end tag or a void element that HTML knows."""
    return "<" in text and _known_tag().search(text) is not None


def count_blocks(text: str) -> int:
    """How many tags in the text begin or end a paragraph."""
    return len(_block_tag().findall(text))


@cache
def _known_tag() -> re.Pattern[str]:
    names = "|".join(
        """a abbr address article aside b big blockquote body center cite code dd del div dl dt em
        figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header html i iframe ins label li
        main mark nav ol p pre q s script section small span strike strong style sub summary sup
        table tbody td th thead title tr tt u ul""".split()
    )
    return re.compile(
        rf"</(?:{names})\s{{0,8}}>|<(?:br|hr|p)\s{{0,8}}/?>|<(?:img|p|br|hr)\s[^<>]{{1,2000}}>",
        re.IGNORECASE,
    )


@cache
def _block_tag() -> re.Pattern[str]:
    names = "p|div|br|li|tr|td|table|h[1-6]|ul|ol|section|article"
    return re.compile(rf"</?(?:{names})\b", re.IGNORECASE)


def _collect(
    root: "LexborNode", is_page: bool, keep_lines: bool, omissions: _Omissions | None = None
) -> str:
    """The text below an element, with marks for what is still to be decided about spaces.

    The tree is walked without recursion: it may be deeper than Python's stack.
    """
    parts: list[str] = []
    node: LexborNode | None = root
    depth = kept_lines = content = 0
    space = _line_end if keep_lines else _space
    while node is not None:
        tag = node.tag
        child: LexborNode | None = None
        if tag == "-text":
            text = node.text_content or ""
            parts.append(_keep_lines(text) if kept_lines else _SPACES.sub(space, text))
        elif tag == "br":
            parts.append(_PRE_BREAK if kept_lines else "\n")
        elif not tag or tag in _NEVER_READ:
            pass
        elif (
            depth
            and _is_left_out(node, tag, is_page, content)
            and not (omissions and (omissions.read_all or node.mem_id in omissions.kept))
        ):
            if omissions and not _is_never_the_article(node, tag):
                omissions.left_out.append(node)
        else:
            child = node.child
            if child is not None:
                if tag in _BLOCKS:
                    parts.append("\n")
                kept_lines += tag in _KEEP_LINES
                content += tag in _CONTENT
            elif tag in _BLOCKS:
                parts.append("\n")
        if child is not None:
            node, depth = child, depth + 1
            continue
        while depth and node.next is None:
            parent = node.parent
            if parent is None:
                return "".join(parts)
            node, depth = parent, depth - 1
            tag = node.tag
            if tag in _BLOCKS:
                parts.append("\n")
            elif tag in ("td", "th"):
                parts.append(_CELL_MARK)
            kept_lines -= tag in _KEEP_LINES
            content -= tag in _CONTENT
        node = node.next if depth else None
    return "".join(parts)


def _is_left_out(node: "LexborNode", tag: str, is_page: bool, content: int) -> bool:
    """Whether an element is hidden, or part of the page's frame."""
    if is_page and (tag in _NAVIGATION or (tag in _PAGE_PARTS and not content)):
        return not _holds_heading(node) if tag == "header" else True
    attributes = node.attributes
    if not attributes:
        return tag == "dialog"
    if "hidden" in attributes or (tag == "dialog" and "open" not in attributes):
        return True
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style):
        return True
    if not is_page:
        return False
    if (attributes.get("role") or "").lower() in _NAVIGATION_ROLES:
        return not _holds_heading(node)
    if content:
        return False
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().split()
    return not _NAVIGATION_NAMES.isdisjoint(names) and not _holds_heading(node)


def _is_never_the_article(node: "LexborNode", tag: str) -> bool:
    if tag in _NEVER_THE_ARTICLE:
        return True
    attributes = node.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().split()
    return attributes.get("role") == "contentinfo" or not _FOOTER_NAMES.isdisjoint(names)


def _holds_heading(node: "LexborNode") -> bool:
    return node.css_first("h1") is not None


def _space(match: re.Match[str]) -> str:
    return _BREAK_MARK if "\n" in match[0] else " "


def _line_end(match: re.Match[str]) -> str:
    return "\n" if "\n" in match[0] else " "


def _keep_lines(text: str) -> str:
    return text.replace("\xa0", " ").replace(" ", _PRE_SPACE).replace("\n", _PRE_BREAK)


_SPACE = f" {_BREAK_MARK}{_CELL_MARK}"
_RUN = re.compile(f"[{_SPACE}]{{2,}}")
_AROUND_BREAK = re.compile(rf"[{_SPACE}]?\n[{_SPACE}\n]*")
_IN_HAN = re.compile(rf"(?<=[{HAN}]){_BREAK_MARK}(?=[{HAN}])")


def _one_space(run: re.Match[str]) -> str:
    if _CELL_MARK in run[0]:
        return " "
    return _BREAK_MARK if _BREAK_MARK in run[0] else " "


def _tidy(text: str) -> str:
    """The text with its marks resolved: one space, one line end, or nothing between Han."""
    text = _RUN.sub(_one_space, decode_left_over_entities(text))
    text = _AROUND_BREAK.sub("\n", text)
    text = _IN_HAN.sub("", text).replace(_BREAK_MARK, " ").replace(_CELL_MARK, " ")
    lines = (
        line.strip(" \t\u3000\xa0\u2002\u2003") for line in without_invisible(text).split("\n")
    )
    text = "\n".join(line for line in lines if line)
    if _PRE_SPACE in text or _PRE_BREAK in text:
        text = text.replace(_PRE_SPACE, " ").replace(_PRE_BREAK, "\n")
        text = "\n".join(line.rstrip() for line in text.split("\n"))
        text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return without_controls(text)


def _depth(markup: str) -> int:
    """How deep the elements of some markup may be nested, by counting tags."""
    if markup.count("<") <= _DEEPEST:
        return 0
    depth = deepest = 0
    for match in re.finditer(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)", markup):
        if match[2].lower() in _FLAT:
            continue
        depth = max(depth - 1, 0) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _takes_too_much(markup: str) -> bool:
    """Whether the tree of some markup may take more memory than one page may."""
    elements = markup.count("<")
    if elements * _ELEMENT + len(markup) // 2 * _ATTRIBUTE <= limits.LARGEST_TREE:
        return False
    attributes = 0
    for tag in _START_TAG.finditer(markup):
        text = tag[0]
        attributes += 1 + max(len(text.split()), text.count('"') // 2, text.count("/"))
    return elements * _ELEMENT + attributes * _ATTRIBUTE > limits.LARGEST_TREE


def _flatten(markup: str) -> str:
    """Markup with the nesting taken out: of its tags only line ends are left."""
    markup = _without_elements(markup, ("script", "style", "template", "svg"))
    names = "|".join(sorted(_BLOCKS))
    markup = re.sub(rf"</?(?:{names}|br)\b[^<>]*>", "<br>", markup, flags=re.IGNORECASE)
    return re.sub(r"</?(?!br>)[a-zA-Z][^<>]*>", "", markup)


def _without_elements(markup: str, names: tuple[str, ...]) -> str:
    """Markup without elements that are never read. Each part of it is looked at once."""
    kept: list[str] = []
    position = 0
    unclosed: set[str] = set()
    for start in re.finditer(rf"<({'|'.join(names)})\b", markup, re.IGNORECASE):
        name = start[1].lower()
        if start.start() < position or name in unclosed:
            continue
        end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(markup, start.end())
        if end is None:
            unclosed.add(name)
            continue
        kept.append(markup[position : start.start()])
        position = end.end()
    return "".join((*kept, markup[position:]))


def text_of_soup(text: str) -> str:
    """What a reader reads in text that has some HTML tags in it.

    Where blocks say where the paragraphs end, line ends in the source are mere white space, as in
    a page. Where there are only a few of them among many lines, the line ends count too.
    """
    lines = text.count("\n") + 1
    text = _AUTOLINK.sub(r"\1", text)
    return text_of(parse(text), is_page=False, keep_lines=count_blocks(text) < lines)
