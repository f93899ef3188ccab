"""The segments that searcher builds are a Whoosh index too: the same terms, counts and answers."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import index as whoosh_index
from whoosh.codec.whoosh3 import W3Codec
from whoosh.reading import TermNotFound

from searcher import Document, Index
from searcher.index import stored
from searcher.index.codec import ColumnarCodec
from searcher.index.columnar.container import DamagedFile
from searcher.index.columnar.postings import DamagedPostings
from searcher.index.columnar.segment import EXTENSION
from searcher.index.fields import GRAMS, ID, PATH, SOURCE, TAG, WORDS
from searcher.index.prepare import checked
from searcher.index.schema import make_schema
from searcher.text import Analyzer, Folding
from tests.conftest import shared_documents
from tests.index.whoosh_twins import answer, query


def native_index(folder: Path) -> Any:
    """The Whoosh index inside one of searcher's."""
    (generation,) = folder.glob("g*")
    return whoosh_index.open_dir(str(generation))


def grams(text: str) -> Iterator[str]:
    """Each character with the one behind it; alone where white space or the end follows."""
    for first, second in pairwise(f"{text}\n"):
        if not first.isspace():
            yield first if second.isspace() else first + second


def counted(
    document: Document, folding: Folding, analyzer: Analyzer
) -> Mapping[str, Mapping[str, int]]:
    """What Whoosh's own codec is given for the same document."""
    texts = [folding.fold(document.title), folding.fold(document.body)]
    counts = {
        WORDS: Counter(word for text in texts for word in analyzer.terms(text)),
        GRAMS: Counter(gram for text in texts for gram in grams(text)),
        TAG: Counter(set(document.tags)),
        SOURCE: Counter([document.source] if document.source else []),
        PATH: Counter([document.path] if document.path else []),
    }
    return {name: values for name, values in counts.items() if values}


def news() -> list[Document]:
    """Real documents, and some with what is rare."""
    chance = random.Random(5)
    documents = [
        replace(
            document,
            source=chance.choice(["报", "网", None]),
            tags=tuple(chance.sample(["银行", "a", "\u0001"], chance.randint(0, 3))),
            path=f"{document.id}.txt",
        )
        for document in shared_documents("cmrc2018", 70)
    ]
    rare = [
        Document(id="empty"),
        Document(id="one", title="贷", body="贷 贷\n\u0001\u0000𠮷"),
        Document(id="spaces", title=" 一 二 ", body="\t三\n\n四　五"),
    ]
    return [*documents, *rare]


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, folding: Folding, analyzer: Analyzer
) -> tuple[Any, Any]:
    """The same documents in the same order, once as searcher's segments, once as Whoosh's."""
    documents = {document.id: document for document in news()}
    ids = list(documents)
    folder = tmp_path_factory.mktemp("native") / "index"
    with Index.open(folder, create=True) as index:
        for part in (ids[:40], ids[40:60], ids[60:]):
            index.add(documents[one] for one in part)
        index.delete(ids[3:70:17])
        ours = native_index(folder)
    theirs = whoosh_index.create_in(str(tmp_path_factory.mktemp("stock")), make_schema())
    with ours.reader() as reader:
        deleted = []
        for leaf, base in reader.leaf_readers():
            writer = theirs.writer(codec=W3Codec())
            for document_id in leaf.column_reader(ID):
                document = documents[document_id.decode()]
                writer.add_document(**counted(document, folding, analyzer), id=document_id)
            writer.commit(merge=False)
            deleted += [base + number for number in leaf._perdoc.deleted_docs()]
    writer = theirs.writer(codec=W3Codec())
    for number in deleted:
        writer.delete_document(number)
    writer.commit(merge=False)
    return theirs, ours


def postings(reader: Any) -> dict[Any, Any]:
    """Each term with its statistics, and the documents and weights of its postings."""
    found = {}
    for name, text in reader.all_terms():
        info = reader.term_info(name, text)
        matcher = reader.postings(name, text)
        rows = []
        while matcher.is_active():
            rows.append((matcher.id(), matcher.weight(), matcher.value()))
            matcher.next()
        statistics = (info.weight(), info.doc_frequency(), info.max_weight(), info.min_id())
        found[name, text] = statistics, info.max_id(), rows
    return found


def test_whoosh_reads_the_same_terms_and_postings(both: tuple[Any, Any]) -> None:
    with both[0].reader() as theirs, both[1].reader() as ours:
        assert ours.doc_count() == theirs.doc_count() < ours.doc_count_all()
        leaves = zip(theirs.leaf_readers(), ours.leaf_readers(), strict=True)
        for (their_leaf, _), (our_leaf, _) in leaves:
            assert postings(our_leaf) == postings(their_leaf)


def test_whoosh_gives_the_same_answers(both: tuple[Any, Any]) -> None:
    chance = random.Random(9)
    with both[0].reader() as reader:
        words = [text.decode() for text in reader.lexicon(WORDS)]
    found = 0
    with both[0].searcher() as theirs, both[1].searcher() as ours:
        for _ in range(40):
            chosen = chance.sample(words, 3)
            terms = [query.Term(WORDS, word) for word in chosen]
            gram = query.Term(GRAMS, chosen[0][:2])
            for one in (
                *terms,
                gram,
                query.Or([*terms, gram]),
                query.And([terms[0], gram]),
                query.AndNot(gram, query.Term(TAG, "银行")),
                query.And([gram, query.Prefix(PATH, "T")]),
                query.Wildcard(WORDS, f"{chosen[1][0]}*"),
                query.FuzzyTerm(WORDS, chosen[2], prefixlength=1),
                query.TermRange(SOURCE, "报", "网"),
                query.Not(gram),
                query.Every(TAG),
            ):
                for limit in (None, 5):
                    expected = answer(theirs, one, limit)
                    assert answer(ours, one, limit) == expected
                    found += len(expected)
    assert found > 1000


def test_lengths_are_those_of_title_and_body_together(
    both: tuple[Any, Any], folding: Folding, analyzer: Analyzer
) -> None:
    documents = {document.id: document for document in news()}
    with both[1].reader() as reader:
        ids = [one.decode() for one in reader.column_reader(ID)]
        lengths = []
        for number, one in enumerate(ids):
            document = documents[one]
            texts = [folding.fold(document.title), folding.fold(document.body)]
            lengths.append(sum(len(list(analyzer.terms(text))) for text in texts))
            assert reader.doc_field_length(number, WORDS) == lengths[-1]
            assert reader.doc_field_length(number, TAG, 7) == 7
        assert reader.field_length(WORDS) == sum(lengths)
        for leaf, base in reader.leaf_readers():
            part = lengths[base : base + leaf.doc_count_all()]
            assert (leaf.min_field_length(WORDS), leaf.max_field_length(WORDS)) == (
                min(part),
                max(part),
            )
            info = leaf.term_info(WORDS, "的".encode())
            found = list(leaf._terms.matcher(WORDS, "的".encode(), None).all_ids())
            assert info.min_length() == min(part[number] for number in found)
            assert info.max_length() == max(part[number] for number in found)


def test_the_record_of_a_document_is_a_column(both: tuple[Any, Any]) -> None:
    with both[1].reader() as reader:
        ids = [document_id.decode() for document_id in reader.column_reader(ID)]
        records = reader.column_reader("document")
        documents = {document.id: document for document in news()}
        for number, document_id in enumerate(ids):
            assert records[number] == stored.to_bytes(checked(documents[document_id]))
        assert next(iter(reader.iter_docs()))[1] == {}


def test_whoosh_can_merge_them(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", body="贷款，利率"), Document(id="b", body="贷款，逾期")])
        index.add([Document(id="c", body="贷款")])
        index.delete(["b"])
    whole = native_index(tmp_path / "index")
    whole.writer(codec=ColumnarCodec()).commit(optimize=True)
    with whole.searcher() as searcher:
        hits = searcher.search(query.Term(WORDS, "贷款"))
        ids = searcher.reader().column_reader(ID)
        assert {ids[hit.docnum] for hit in hits} == {b"a", b"c"}
        assert searcher.doc_count_all() == 2


def test_a_damaged_segment_is_told(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(shared_documents("cmrc2018", 5))
    (path,) = tmp_path.rglob(f"*{EXTENSION}")
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    chance = np.random.default_rng(4)
    told = 0
    for _ in range(60):
        data = whole.copy()
        data[chance.integers(0, data.size, 3)] = chance.integers(0, 256, 3)
        path.write_bytes(data.tobytes())
        try:
            with native_index(tmp_path / "index").reader() as reader:
                for name, text in list(reader.all_terms())[::5]:
                    list(reader.postings(name, text).all_ids())
        except (DamagedFile, DamagedPostings, TermNotFound, UnicodeDecodeError):
            told += 1  # the last two: a term that is another one now, or no text at all
    assert told


def test_whoosh_gives_renamed_documents_their_new_ids(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("a.md", "b.md"):
        (folder / name).write_text(f"# 第{name[0]}号\n\n核酸筛查\n", encoding="utf-8")
    index.sync([folder])
    (folder / "a.md").rename(folder / "z.md")
    assert index.sync([folder]).renamed == 1
    made = native_index(index.path)
    with made.reader() as reader:
        ids = reader.column_reader(ID)
        assert sorted(ids) == [b"b.md", b"z.md"]
    made.close()
