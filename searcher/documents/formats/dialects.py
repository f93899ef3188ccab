"""What Markdown has beyond CommonMark where people write it, as rules for the parser.

Template tags (``{% … %}`` of Jekyll and Hexo, ``{{< … >}}`` of Hugo, ``{: … }`` of kramdown) are
markup: what stands between a pair of them stays, they go. Inside code they are shown. What
``{{ … }}`` would print is not known, so it stays as it is written.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from searcher.documents.cleaning import HAN

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.ruler import RuleOptionsType
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

# No tag holds the beginning of another one, so looking for its end never goes far in vain.
_TAG = (
    r"\{%(?:(?!\{%).){0,2000}?%\}|\{\{[<%](?:(?!\{\{).){0,2000}?[>%]\}\}"
    r"|\{:[^{}\n]{0,200}\}"
)
_TAGS = re.compile(_TAG, re.DOTALL)
_ONLY_TAGS = re.compile(rf"(?:[ \t]*(?:{_TAG}))+[ \t]*$")
_PAIR_BEGINS = re.compile(r"\{%-?[ ]?(highlight|codeblock|comment)\b[^%]*%\}[ \t]*$")
_COMMENT = re.compile(
    r"\{%-?[ ]?comment[ ]?-?%\}(?:(?!\{%-?[ ]?comment).)*?\{%-?[ ]?endcomment[ ]?-?%\}", re.DOTALL
)
_HEADING_ID = re.compile(r"[ \t]*\{#[^{}\s]{1,200}\}[ \t]*$")
# Code spans are left alone; the address of a link may hold {{ … }} with spaces, which ends it.
_CODE_OR_MARKUP = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`{1,9})(?!`).{1,4000}?(?<!`)(?P=ticks)(?!`))"
    rf"|(?P<tag>{_TAG})|(?<=\]\()(?P<address>[^()\n]{{0,500}}\{{\{{[^()\n]{{0,500}})(?=\))",
    re.DOTALL,
)
_FOOTNOTE = re.compile(r"^[ ]{0,3}\[\^([^\]\s]{1,80})\]:", re.MULTILINE)
_HAN = re.compile(f"[{HAN}]")


def add_rules(markdown: "MarkdownIt") -> None:
    """Teach a CommonMark parser what is described above, footnotes, and emphasis in Chinese."""
    from markdown_it.rules_inline import emphasis

    block = markdown.block.ruler
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    block.before("fence", "template_tags", _leave_tags_out, interrupts)
    block.before("reference", "footnotes", _read_footnote, interrupts)
    markdown.core.ruler.before("inline", "template_tags", _leave_inline_tags_out)
    markdown.inline.ruler.at("emphasis", _by_han(emphasis.tokenize))


def _leave_tags_out(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Lines that hold nothing but tags, and code between a pair of them."""
    first = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("{", first):
        return False
    line = state.src[first : state.eMarks[start]]
    if not _ONLY_TAGS.match(line):
        return False
    if silent:
        return True
    state.line = start + 1
    pair = _PAIR_BEGINS.match(line)
    if pair and pair[1] not in state.env:
        closing = re.compile(rf"[ \t]*\{{%-?[ ]?end{pair[1]}\b")
        for number in range(start + 1, end):
            if closing.match(state.src, state.bMarks[number], state.eMarks[number]):
                if pair[1] != "comment":
                    token = state.push("fence", "code", 0)
                    token.content = state.getLines(start + 1, number, state.blkIndent, True)
                    token.map = [start, number + 1]
                state.line = number + 1
                break
        else:
            state.env[pair[1]] = "never closed"
    return True


def _read_footnote(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """A footnote, ``[^1]: …``, as a paragraph: not the address of a link, which ``[1]: …`` is."""
    match = _FOOTNOTE.match(state.src, state.bMarks[start], state.eMarks[start])
    if not match:
        return False
    if silent:
        return True
    last = start + 1
    while last < end and not state.isEmpty(last) and state.src[state.bMarks[last]] != "[":
        last += 1
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, last, state.blkIndent, False).strip()
    token.map = [start, last]
    token.children = []
    state.push("paragraph_close", "p", -1)
    state.line = last
    return True


_InlineRule = Callable[["StateInline", bool], bool]


def _by_han(tokenize: _InlineRule) -> _InlineRule:
    """The rule for ``*`` and ``_``, made to work in text without spaces.

    CommonMark takes ``**`` for plain text where punctuation stands inside it and a letter outside,
    as in ``**注意：**请``. Beside Han characters writers mean it as they do beside spaces.
    """

    def rule(state: "StateInline", silent: bool) -> bool:
        start = state.pos
        if not tokenize(state, silent):
            return False
        before = state.src[start - 1] if start else " "
        after = state.src[state.pos] if state.pos < state.posMax else " "
        if state.src[start] == "*":
            by_han = _HAN.match(before) is not None or _HAN.match(after) is not None
            for delimiter in state.delimiters[start - state.pos :]:
                delimiter.open |= by_han and not after.isspace()
                delimiter.close |= by_han and not before.isspace()
        return True

    return rule


def _leave_inline_tags_out(state: "StateCore") -> None:
    notes = {match[1] for match in _FOOTNOTE.finditer(state.src)} if "[^" in state.src else set()
    for number, token in enumerate(state.tokens):
        if token.type == "inline":
            content = token.content
            if "{" in content:
                content = _CODE_OR_MARKUP.sub(_without_tag, _COMMENT.sub("", content))
                if number and state.tokens[number - 1].type == "heading_open":
                    content = _HEADING_ID.sub("", content)
            if notes and "[^" in content:
                content = _without_notes(content, notes)
            token.content = content
        elif token.type == "html_block" and "{" in token.content:
            token.content = _TAGS.sub("", _COMMENT.sub("", token.content))


def _without_tag(match: re.Match[str]) -> str:
    if match["code"]:
        return match["code"]
    return "template" if match["address"] else ""


def _without_notes(content: str, notes: set[str]) -> str:
    return re.sub(
        r"\[\^([^\]\s]{1,80})\](:[ \t]?)?",
        lambda match: "" if match[1] in notes else match[0],
        content,
    )
