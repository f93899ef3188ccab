"""Putting a document together from what its front matter, its markup, its name and its text say."""

from searcher.documents import titles
from searcher.documents.cleaning import without_controls
from searcher.documents.content import Content
from searcher.documents.datelines import date_in_name, find_date
from searcher.documents.fields import Fields, read_fields
from searcher.documents.frontmatter import FrontMatter
from searcher.documents.model import Document
from searcher.documents.packed import File
from searcher.documents.sources import find_source
from searcher.errors import DocumentError
from searcher.language import say

_LONGEST_TITLE = 300  # characters; what is longer is shortened


def assemble(
    content: Content | File,
    front: FrontMatter,
    body: str,
    found: Fields,
    *,
    keep_title: bool = False,
) -> Document:
    """The one document of a file.

    Each field is taken from where it is said most plainly: front matter, then what the format
    found (``<meta>``, headings), then the file's name (dates), then lines of the text.

    Args:
        content: The file.
        front: Its front matter.
        body: Its text as a reader reads it.
        found: What the format found.
        keep_title: Whether the body keeps a first line that is the title.

    Raises:
        DocumentError: There is neither a text nor a title of its own.
    """
    try:
        fields = read_fields(front.values, with_body=False, tags_by_space=True)
    except ValueError:
        fields = Fields(extra={"front_matter_error": say("nested too deeply", "嵌套过深")})
    if front.problem:
        fields.extra["front_matter_error"] = front.problem
    body = without_controls(body)
    title = fields.title or found.title
    if not title and not body.strip() and not front.unread:
        raise DocumentError(say("there is no text in it", "其中没有文字"))
    if title and not keep_title:
        body = titles.without_repeated(body, title)
    if not fields.title and len(title) > _LONGEST_TITLE:
        # Nothing of it gets lost: the body has the whole of it.
        if title not in body:
            body = f"{title}\n{body}" if body else title
        title = f"{title[: _LONGEST_TITLE - 1]}…"
    if front.unread:
        body = f"{front.unread}\n{body}"
    date = fields.date or found.date or date_in_name(content.inner_name) or find_date(body)
    return Document(
        id=fields.id or content.name,
        title=title or titles.from_name(content.inner_name),
        body=body,
        date=date or fields.modified or found.modified,
        source=fields.source or found.source or find_source(body),
        tags=fields.tags or found.tags,
        url=fields.url or found.url,
        path=content.name,
        extra={**found.extra, **fields.extra},
    )
