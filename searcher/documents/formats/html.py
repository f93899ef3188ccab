"""HTML pages: .html .htm .shtml .xhtml, and pages under any other name."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from searcher.documents import dates, frontmatter, htmltext, titles
from searcher.documents.assembling import assemble
from searcher.documents.cleaning import one_line, without_controls
from searcher.documents.content import Content
from searcher.documents.fields import Fields, absolute_url, clean_tags, split_tags
from searcher.documents.frontmatter import FrontMatter
from searcher.documents.model import Document
from searcher.documents.sources import clean_source

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

ENDINGS = frozenset((".html", ".htm", ".shtml", ".xhtml", ".xht"))
_PAGE = re.compile(
    r"\s*(?:(?><!--.{0,2000}?-->|<\?xml[^>]{0,200}\?>)\s*){0,20}+"
    r"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"\s{0,100}<\?xml\b", re.IGNORECASE)
_DATE_METAS = (
    "article:published_time og:published_time publishdate publish_date publish-date publishtime"
    " publish_time pubdate pub_date og:release_date datepublished date_published dc.date.issued"
    " dc.date dcterms.issued dcterms.created dcterms.date weibo:article:create_at"
    " bytedance:published_time og:article:published_time sailthru.date publication_date"
    " citation_publication_date parsely-pub-date firstpublishedtime date createdate"
).split()
_MODIFIED_METAS = (
    "article:modified_time og:updated_time bytedance:updated_time datemodified dcterms.modified"
    " last-modified lastmodified"
).split()
_SOURCE_METAS = (
    "source article:source contentsource content-source mediaid dc.source og:site_name"
    " dc.publisher publisher application-name"
).split()
_TAG_METAS = ("keywords", "news_keywords", "article:tag")
_EXTRA_METAS = ("author", "description")
# Where WeChat's articles say it: in a script, as the page shows it only once it has run.
_SCRIPT_DATE = re.compile(r"\bvar\s{1,4}ct\s{0,4}=\s{0,4}[\"'](\d{10})[\"']")
_XHTML = re.compile(r"\s{0,100}<\?xml\b|<html\b[^<>]{0,500}www\.w3\.org/1999/xhtml", re.IGNORECASE)
_HEAD = 4096  # characters in which a page says that it is XHTML
_SELF_CLOSED = re.compile(
    r"<([a-zA-Z][\w:.-]{0,80}+)((?:[^<>\"'/]|/(?!>)|\"[^<\"]*+\"|'[^<']*+')*+)/>"
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# Elements in which everything is text up to their end tag, and what cannot stand in the first two.
_RAW_TAG = re.compile(
    r"<(/?)(title|style|script|textarea|xmp|iframe|noembed|noframes|head|body)(?=[\s/>])",
    re.IGNORECASE,
)
_OF_THE_HEAD = frozenset(("title", "style"))
_NEXT_TAG = re.compile(r"<[a-zA-Z/!]")
_JSON_DATE = re.compile(r'"(?:datePublished|pubDate)"\s{0,8}:\s{0,8}"([^"\\]{8,40})"')


def is_page(head: str) -> bool:
    """Whether a text begins as a page does."""
    return _PAGE.match(head) is not None


def recognises(content: Content) -> bool:
    """Whether the content is a page, or an XML file, of which the text can be had all the same."""
    if is_page(content.head) or _XML.match(content.head):
        return True
    return content.ending in ENDINGS and "<" in content.head


def documents(content: Content) -> Iterator[Document]:
    """The page as one document."""
    yield page(content, frontmatter.split(without_controls(content.text())))


def page(content: Content, front: FrontMatter) -> Document:
    """The document that a page is, with what front matter above it says."""
    markup = front.body
    if _XML.match(markup) and "<![CDATA[" in markup:
        markup = markup.replace("<![CDATA[", "").replace("]]>", "")
    if content.ending in (".xhtml", ".xht") or _XHTML.search(markup[:_HEAD]):
        markup = _without_self_closed(markup)
    tree = htmltext.parse(_with_ends(markup))
    metas = _metas(tree)
    body = htmltext.text_of(tree)
    found = Fields(
        title=_title(tree, metas),
        date=_date(tree, metas, markup),
        modified=_first_date(metas, _MODIFIED_METAS),
        source=_source(tree, metas),
        tags=_tags(metas),
        url=_url(tree, metas),
        extra={name: one_line(metas[name]) for name in _EXTRA_METAS if metas.get(name)},
    )
    return assemble(content, front, body, found)


def _without_self_closed(markup: str) -> str:
    """XHTML with an end tag for each element that is closed in its start tag.

    HTML knows no such thing: it takes ``<title/>`` for a title that goes on to the page's end.
    """
    return _SELF_CLOSED.sub(
        lambda tag: tag[0] if tag[1].lower() in _VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>", markup
    )


def _with_ends(markup: str) -> str:
    """Markup in which no comment, title, style or script that is never closed takes the rest.

    Such an element ends before the next tag.
    """
    comment = markup.rfind("<!--")
    if comment >= 0 and markup.find("-->", comment) < 0:
        markup = f"{markup[:comment]}{markup[comment + 4 :]}"
    tags = [(match, match[2].lower()) for match in _RAW_TAG.finditer(markup)]
    last_end = {name: match.start() for match, name in tags if match[1]}
    never_closed: list[re.Match[str]] = []
    start: re.Match[str] | None = None
    inside = ""
    for tag, name in tags:
        is_end = bool(tag[1])
        if inside and is_end and name == inside:
            inside = ""
            continue
        if start and inside in _OF_THE_HEAD and (name in ("head", "body") or name == inside):
            never_closed.append(start)
            inside = ""
        if not inside and not is_end and name not in ("head", "body"):
            if last_end.get(name, -1) < tag.start():
                never_closed.append(tag)
            else:
                start, inside = tag, name
    parts: list[str] = []
    position = 0
    for tag in never_closed:
        following = _NEXT_TAG.search(markup, tag.end())
        end = following.start() if following else len(markup)
        parts += (markup[position:end], f"</{tag[2]}>")
        position = end
    return "".join((*parts, markup[position:]))


def _metas(tree: "LexborHTMLParser") -> Mapping[str, str]:
    """What each ``<meta>`` says, by its name in lower case; the first one counts."""
    metas: dict[str, str] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        name = (
            attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        )
        value = attributes.get("content")
        name = name.strip().lower()
        if not name or not value or not value.strip():
            continue
        if name == "article:tag" and name in metas:
            metas[name] += f",{value}"
        else:
            metas.setdefault(name, value)
    return metas


def _title(tree: "LexborHTMLParser", metas: Mapping[str, str]) -> str:
    tag = tree.css_first("head > title")
    if tag is None:
        tag = next((node for node in tree.css("title") if not _in_picture(node.parent)), None)
    headings = [htmltext.node_text(node) for node in tree.css("h1")[:5]]
    shared = metas.get("og:title") or metas.get("twitter:title") or ""
    site = metas.get("og:site_name") or ""
    return titles.from_page(tag.text() if tag is not None else "", shared, headings, site)


def _in_picture(node: object) -> bool:
    return getattr(node, "tag", None) in ("svg", "g", "symbol", "path")


def _date(tree: "LexborHTMLParser", metas: Mapping[str, str], markup: str) -> datetime | None:
    found = _first_date(metas, _DATE_METAS)
    if found:
        return found
    for node in tree.css("[itemprop=datePublished], time[pubdate], time[datetime]")[:5]:
        attributes = node.attributes
        for value in (attributes.get("datetime"), attributes.get("content"), node.text()):
            found = dates.parse(value)
            if found:
                return found
    for node in tree.css("script[type='application/ld+json']")[:5]:
        match = _JSON_DATE.search(node.text())
        found = dates.parse(match[1]) if match else None
        if found:
            return found
    shown = tree.css_first("#publish_time")
    script = _SCRIPT_DATE.search(markup)
    return (dates.parse(shown.text()) if shown is not None else None) or (
        dates.parse(script[1]) if script else None
    )


def _first_date(metas: Mapping[str, str], names: list[str]) -> datetime | None:
    return next(filter(None, (dates.parse(metas.get(name)) for name in names)), None)


def _source(tree: "LexborHTMLParser", metas: Mapping[str, str]) -> str | None:
    named = filter(None, (clean_source(metas.get(name, "")) for name in _SOURCE_METAS))
    account = tree.css_first("#js_name")  # whose WeChat account it is
    return next(named, None) or (clean_source(account.text()) if account is not None else None)


def _tags(metas: Mapping[str, str]) -> tuple[str, ...]:
    for name in _TAG_METAS:
        tags = clean_tags(split_tags(metas.get(name, "")))
        if tags:
            return tags
    return ()


def _url(tree: "LexborHTMLParser", metas: Mapping[str, str]) -> str | None:
    link = tree.css_first("link[rel=canonical]")
    href = link.attributes.get("href") if link is not None else None
    return absolute_url(href) or absolute_url(metas.get("og:url"))
