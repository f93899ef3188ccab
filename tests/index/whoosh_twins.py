"""The same index twice: with Whoosh's own codec and with ours, to compare what Whoosh makes of it.

Everything here goes through Whoosh's public interface.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from whoosh import index, writing
from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import Schema
from whoosh.query.qcore import Query

from searcher.index.codec import ColumnarCodec

# These packages do not say what they export, so mypy would find none of it.
query: Any = import_module("whoosh.query")
analysis: Any = import_module("whoosh.analysis")

POLICIES: dict[str, Any] = {
    "none": writing.NO_MERGE,
    "small": writing.MERGE_SMALL,
    "all": writing.OPTIMIZE,
    "clear": writing.CLEAR,
}


@dataclass(frozen=True)
class Transaction:
    """What happens between opening a writer and committing.

    Attributes:
        add: Documents to add.
        update: Documents to add in the place of those with the same unique values.
        delete: Documents to delete, by number; what there is not is left out.
        policy: What to merge.
    """

    add: Sequence[Mapping[str, Any]] = ()
    update: Sequence[Mapping[str, Any]] = ()
    delete: Iterable[int] = ()
    policy: str = "none"


@dataclass
class Twins:
    """Two indexes."""

    theirs: Any
    ours: Any

    @classmethod
    def create(cls, folder: Path, schema: Callable[[], Schema]) -> "Twins":
        """Two empty indexes below a folder."""
        made = []
        for name in ("theirs", "ours"):
            (folder / name).mkdir(parents=True)
            made.append(index.create_in(str(folder / name), schema()))
        return cls(*made)

    def run(self, transactions: Iterable[Transaction]) -> "Twins":
        """Do the same to both."""
        for transaction in transactions:
            run(self.theirs, W3Codec(), transaction)
            run(self.ours, ColumnarCodec(), transaction)
        return self

    def assert_same_answers(self, queries: Iterable[Query], **options: Any) -> int:
        """Ask both the same; returns how many documents were found in all."""
        found = 0
        with self.theirs.searcher(**options) as theirs, self.ours.searcher(**options) as ours:
            for one in queries:
                for limit in (None, 3):
                    expected = answer(theirs, one, limit)
                    assert answer(ours, one, limit) == expected, (one, limit)
                    found += len(expected)
        return found

    def assert_same_contents(self) -> None:
        """Compare all that readers tell: terms, statistics, postings, documents, columns."""
        with self.theirs.reader() as theirs, self.ours.reader() as ours:
            for expected, found in zip(contents(theirs), contents(ours), strict=True):
                assert found == expected


def run(target: Any, codec: Any, transaction: Transaction) -> None:
    """Do what a transaction says."""
    writer = target.writer(codec=codec)
    try:
        for number in transaction.delete:
            if number < writer.reader().doc_count_all():
                writer.delete_document(number)
        for document in transaction.add:
            writer.add_document(**document)
        for document in transaction.update:
            writer.update_document(**document)
    except BaseException:
        writer.cancel()
        raise
    writer.commit(mergetype=POLICIES[transaction.policy])


def answer(searcher: Any, one: Query, limit: int | None) -> Any:
    """The documents and scores of a query; the kind of error where Whoosh fails."""
    try:
        return [(hit.docnum, hit.score) for hit in searcher.search(one, limit=limit)]
    except Exception as error:  # whatever Whoosh raises, both must raise
        return type(error).__name__


def contents(reader: Any) -> Iterable[Any]:
    """All that a reader tells, piece by piece."""
    yield reader.doc_count(), reader.doc_count_all(), reader.has_deletions()
    yield sorted(reader.indexed_field_names())
    yield list(reader.all_terms())
    for leaf, base in reader.leaf_readers():
        yield base, sorted(leaf.indexed_field_names())
        yield list(leaf.iter_docs())
        for name, text in leaf.all_terms():
            yield name, text, statistics(leaf.term_info(name, text))
            yield leaf.frequency(name, text), leaf.doc_frequency(name, text)
            yield from postings(leaf, name, text)
        for name, kind in leaf.schema.items():
            yield name, *lengths(leaf, name)
            if kind.column_type and leaf.segments():
                yield name, list(leaf.column_reader(name, translate=False))
            if kind.vector:
                yield name, list(vectors(leaf, name))


def statistics(info: Any) -> Any:
    """What a reader knows of a term."""
    return (
        info.weight(),
        info.doc_frequency(),
        info.min_length(),
        info.max_length(),
        info.max_weight(),
        info.min_id(),
        info.max_id(),
    )


def postings(reader: Any, name: str, text: bytes) -> Iterable[Any]:
    """The postings of a term, with all that the field's format makes of their values."""
    matcher = reader.postings(name, text)
    kinds = [
        kind
        for kind in ("frequency", "weight", "positions", "characters", "position_boosts")
        if matcher.supports(kind)
    ]
    # Words kept for spelling have the value of some word of another field.
    readable = not name.startswith("spell_")
    while matcher.is_active():
        yield matcher.id(), matcher.weight()
        if readable:
            yield matcher.value(), [matcher.value_as(kind) for kind in kinds]
        matcher.next()


def lengths(reader: Any, name: str) -> Iterable[Any]:
    """The lengths of a field."""
    yield reader.field_length(name)
    count = reader.doc_count_all()
    yield [reader.doc_field_length(number, name) for number in range(count)]


def vectors(reader: Any, name: str) -> Iterable[Any]:
    """The vectors of a field."""
    for number in reader.all_doc_ids():
        if reader.has_vector(number, name):
            matcher = reader.vector(number, name)
            yield number, list(matcher.items_as("frequency"))
