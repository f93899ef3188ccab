"""Files that have another name and need not be read again for that.

The documents of a file of records have its name in their paths, and in the ids of those that have
none of their own. So which documents they are and what their ids become is known without the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from searcher.documents.model import Skipped
from searcher.documents.renaming import as_records
from searcher.index.columnar.arrays import Ids
from searcher.index.columnar.moved import BEFORE_NUMBER, renamed_id
from searcher.index.manifest import Manifest
from searcher.index.planning import READ_AGAIN, Changed
from searcher.index.recorded import FileEntry
from searcher.index.target import Target

_FEW = 20  # documents; as many are read and told one by one
_LONGEST_NAME = 4000  # characters; an id may not be much longer


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file of which all documents are moved at once.

    Attributes:
        changed: The file.
        before: What the manifest says of it under its old name.
        documents: The numbers of its documents, ascending.
        ids: Their ids by those that they had, in the order of the file.
        replaced: The numbers of documents of a file that had the new name until now and is gone,
            with ids that these documents get.
    """

    changed: Changed
    before: FileEntry
    documents: Ids
    ids: dict[str, str]
    replaced: list[int] = field(default_factory=list)

    @property
    def skipped(self) -> list[Skipped]:
        """What of it could not be read, under its new name."""
        was, name = self.changed.was, self.changed.file.name
        return [
            replace(one, name=name if one.name == was else renamed_id(one.name, was, name))
            for one in self.before.skipped
        ]

    @property
    def new_ids(self) -> set[str]:
        """The ids that documents get which had another one."""
        return {new for old, new in self.ids.items() if new != old}


def whole_files(renamed: Sequence[Changed], old: Manifest, target: Target) -> list[WholeFile]:
    """Those of some renamed files of which all documents can be moved at once.

    That is nothing but a shorter way to what reading them would come to; where there may be
    anything to decide about a single document, they are to be read.

    Args:
        renamed: The renamed files.
        old: What was read before.
        target: Knows what was committed. Nothing has changed since.
    """
    found = [one for changed in renamed if (one := _whole(changed, old, target)) is not None]
    moved_away = {one.was for one in renamed}
    while True:
        # Names may have been exchanged: one depends on another, which may depend on a third.
        by_old_name = {one.changed.was: one for one in found}
        kept = [one for one in found if _takes_free_ids(one, by_old_name, old, moved_away, target)]
        if len(kept) == len(found):
            return kept
        found = kept


def _whole(changed: Changed, old: Manifest, target: Target) -> WholeFile | None:
    was, name = changed.was, changed.file.name
    before = old.files[was]
    size = before.documents.size
    if size < _FEW or before.changed_ns == READ_AGAIN or not _are_plain(was, name):
        return None
    if not all(_is_named_by(one, was) for one in before.skipped):
        return None
    documents = target.documents_at(was)
    if documents.size != size:
        return None
    records = as_records(changed.file, was)
    if records is None:
        return None
    ids = {one: renamed_id(one, was, name) for one in before.documents.ids(was)}
    reader = target.reader
    if {reader.document_id(number) for number in documents.tolist()} != ids.keys():
        return None
    try:
        if any(new != one for one, new in ids.items()) and records.mention(was):
            return None
    except OSError:
        return None  # reading it will say why
    return WholeFile(changed, before, documents, ids)


def _are_plain(*names: str) -> bool:
    """Whether paths and ids have names just as they are."""
    return all(name.isprintable() and len(name) < _LONGEST_NAME for name in names)


def _is_named_by(skipped: Skipped, name: str) -> bool:
    """Whether what was skipped is called by the name of its file, and the reason is without it."""
    is_named = skipped.name == name or skipped.name.startswith(name + BEFORE_NUMBER)
    return is_named and name not in skipped.reason


def _takes_free_ids(
    one: WholeFile,
    by_old_name: dict[str, WholeFile],
    old: Manifest,
    moved_away: set[str],
    target: Target,
) -> bool:
    """Whether nothing has the new ids that is not moved or removed for its own part."""
    one.replaced.clear()
    new_ids = one.new_ids
    if not new_ids:
        return True
    name = one.changed.file.name
    leaving: set[int] | None = None
    gone: set[str] | None = None
    for number, document_id in target.beginning(name + BEFORE_NUMBER):
        if document_id not in new_ids:
            continue
        if leaving is None:
            leaving = set(by_old_name[name].documents.tolist()) if name in by_old_name else set()
        if number in leaving:
            continue
        if gone is None:
            entry = None if name in moved_away else old.files.get(name)
            gone = set() if entry is None else set(entry.documents.ids(name))
        if document_id not in gone:
            return False
        one.replaced.append(number)
    return True
