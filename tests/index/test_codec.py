"""What the codec does beside answering queries: files, names, storages, damage."""

import io
import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import fields, index
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import RamStorage
from whoosh.formats import Characters, Positions
from whoosh.reading import TermNotFound

from searcher.index.codec import ColumnarCodec
from searcher.index.codec.values import decode_numbers, encode_numbers
from searcher.index.columnar.container import Container, DamagedFile
from searcher.index.columnar.postings import DamagedPostings
from tests.index.whoosh_twins import Transaction, Twins, analysis, postings, query

SCHEMA = fields.Schema(id=fields.ID(stored=True, unique=True), body=fields.TEXT(stored=True))
BODIES = ["银行 贷款 利率", "贷款 逾期 贷款", "利率 下调", "alpha bravo"]


def filled(target: Any, bodies: list[str] = BODIES, **options: Any) -> Any:
    """An index with a document for each body."""
    with target.writer(codec=ColumnarCodec(), **options) as writer:
        for number, body in enumerate(bodies):
            writer.add_document(id=str(number), body=body)
    return target


def found(target: Any, term: str) -> list[str]:
    with target.searcher() as searcher:
        hits = searcher.search(query.Term("body", term), limit=None)
        return sorted(hit["id"] for hit in hits)


@pytest.fixture
def made(tmp_path: Path) -> Any:
    return filled(index.create_in(str(tmp_path), SCHEMA))


def postings_file(folder: Path) -> Path:
    (path,) = folder.glob("*.postings")
    return path


def test_terms_and_postings_are_one_file_of_columns(made: Any, tmp_path: Path) -> None:
    assert not list(tmp_path.glob("*.trm")) and not list(tmp_path.glob("*.pst"))
    assert [field["name"] for field in Container(postings_file(tmp_path)).meta["fields"]] == [
        "body",
        "id",
    ]
    assert found(made, "贷款") == ["0", "1"]


def test_nothing_of_the_file_is_a_pickle(made: Any, tmp_path: Path) -> None:
    container = Container(postings_file(tmp_path))
    for name in container.names():
        with pytest.raises((pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError)):
            pickle.load(io.BytesIO(bytes(container.section(name))))


def test_an_index_opens_without_being_told_its_codec(made: Any, tmp_path: Path) -> None:
    again = index.open_dir(str(tmp_path))
    assert found(again, "利率") == ["0", "2"]
    with again.reader() as reader:
        assert isinstance(reader.codec(), ColumnarCodec)


def test_segments_are_never_packed_into_one_file(tmp_path: Path) -> None:
    filled(index.create_in(str(tmp_path), SCHEMA), compound=True)
    assert not list(tmp_path.glob("*.seg"))
    assert postings_file(tmp_path).exists()


def test_segments_of_both_codecs_live_in_one_index(made: Any) -> None:
    writer = made.writer(codec=W3Codec())
    writer.add_document(id="4", body="贷款 展期")
    writer.commit(merge=False)
    assert found(made, "贷款") == ["0", "1", "4"]
    made.writer(codec=ColumnarCodec()).commit(optimize=True)
    assert found(made, "贷款") == ["0", "1", "4"]


def test_files_of_merged_segments_are_deleted(made: Any, tmp_path: Path) -> None:
    before = postings_file(tmp_path)
    writer = made.writer(codec=ColumnarCodec())
    writer.add_document(id="4", body="贷款")
    writer.commit(optimize=True)
    assert postings_file(tmp_path) != before
    assert found(made, "贷款") == ["0", "1", "4"]


def test_a_program_that_seeds_random_gets_new_names_all_the_same(tmp_path: Path) -> None:
    made = index.create_in(str(tmp_path), SCHEMA)
    for _ in range(3):
        random.seed(0)
        writer = made.writer(codec=ColumnarCodec())
        writer.add_document(id="x", body="重名")
        writer.commit(merge=False)
    assert len(found(made, "重名")) == 3


def test_a_storage_in_memory_works_too() -> None:
    made = filled(RamStorage().create_index(SCHEMA))
    assert found(made, "贷款") == ["0", "1"]
    writer = made.writer(codec=ColumnarCodec())
    writer.delete_by_term("id", "1")
    writer.add_document(id="5", body="贷款")
    writer.commit(optimize=True)
    assert found(made, "贷款") == ["0", "5"]


def test_a_cancelled_writer_leaves_the_index_as_it_was(made: Any) -> None:
    writer = made.writer(codec=ColumnarCodec())
    writer.add_document(id="9", body="贷款")
    writer.cancel()
    assert found(made, "贷款") == ["0", "1"]


def test_an_empty_commit_and_an_index_without_terms(tmp_path: Path) -> None:
    made = index.create_in(str(tmp_path), SCHEMA)
    made.writer(codec=ColumnarCodec()).commit()
    filled(made, bodies=[])
    with made.writer(codec=ColumnarCodec()) as writer:
        writer.add_document()
    with made.searcher() as searcher:
        assert searcher.doc_count() == 1
        assert len(searcher.search(query.Every())) == 1
        assert len(searcher.search(query.Term("body", "无"))) == 0


def test_several_processes_build_segments(tmp_path: Path) -> None:
    made = index.create_in(str(tmp_path), SCHEMA)
    from whoosh.multiproc import SerialMpWriter

    writer = SerialMpWriter(made, procs=2, codec=ColumnarCodec())
    for number, body in enumerate(BODIES * 30):
        writer.add_document(id=str(number), body=body)
    writer.commit()
    assert len(found(made, "贷款")) == 60


def test_positions_and_characters_are_kept_as_numbers(tmp_path: Path) -> None:
    schema = fields.Schema(body=fields.TEXT(chars=True), other=fields.TEXT)
    made = index.create_in(str(tmp_path), schema)
    text = " ".join(["甲甲", "乙乙"] * 500)
    with made.writer(codec=ColumnarCodec()) as writer:
        writer.add_document(body=text, other=text)
    container = Container(postings_file(tmp_path))
    kinds = [field["values"] for field in container.meta["fields"]]
    assert kinds == ["characters", "positions"]
    assert container.size("0.values") == 3 * 1000
    assert container.size("1.values") == 1000
    with made.reader() as reader:
        matcher = reader.postings("body", "乙乙")
        assert matcher.value_as("positions") == list(range(1, 1000, 2))
        assert matcher.value_as("characters")[:2] == [(1, 3, 5), (3, 9, 11)]
        assert matcher.value() == Characters().encode(matcher.value_as("characters"))
        matcher = reader.postings("other", "甲甲")
        assert matcher.value() == Positions().encode(list(range(0, 1000, 2)))


def test_a_number_given_twice_is_found_twice_as_by_whoosh(tmp_path: Path) -> None:
    def schema() -> fields.Schema:
        return fields.Schema(n=fields.NUMERIC, k=fields.KEYWORD)

    documents: list[dict[str, Any]] = [{"n": [1, 1, 2, 1]}, {"k": "a"}, {"n": [2, 2]}, {"n": 1}]
    twins = Twins.create(tmp_path, schema).run([Transaction(add=documents * 100)])
    twins.assert_same_contents()
    assert twins.assert_same_answers([query.Term("n", 1), query.NumericRange("n", 0, 3)])


def test_long_lists_skip_as_whoosh_does(tmp_path: Path) -> None:
    def schema() -> fields.Schema:
        return fields.Schema(body=fields.TEXT)

    chance = random.Random(7)
    words = [f"w{number}" for number in range(40)]
    weights = [1 / (rank + 1) for rank in range(40)]
    bodies = [
        " ".join(chance.choices(words, weights, k=chance.randint(1, 30))) for _ in range(1500)
    ]
    twins = Twins.create(tmp_path, schema).run(
        [
            Transaction(add=[{"body": body} for body in bodies[:1000]]),
            Transaction(add=[{"body": body} for body in bodies[1000:]], delete=range(0, 900, 7)),
        ]
    )
    asked = [
        kind([query.Term("body", word) for word in chance.sample(words, count)])
        for kind in (query.And, query.Or, query.DisjunctionMax)
        for count in (1, 2, 3, 5)
        for _ in range(4)
    ]
    assert twins.assert_same_answers(asked) > 10_000
    with twins.theirs.reader() as theirs, twins.ours.reader() as ours:
        for (leaf, _), (other, _) in zip(theirs.leaf_readers(), ours.leaf_readers(), strict=True):
            for word in words:
                assert list(postings(other, "body", word.encode())) == list(
                    postings(leaf, "body", word.encode())
                )
                assert blocks(other, word) == blocks(leaf, word)


def blocks(reader: Any, word: str) -> list[tuple[Any, ...]]:
    """What the scorers are told of each block; every few postings a jump."""
    matcher = reader._terms.matcher("body", word.encode(), reader.schema["body"].format)
    seen = []
    while matcher.is_active():
        seen.append(
            (
                matcher.id(),
                matcher.block_min_id(),
                matcher.block_max_id(),
                matcher.block_max_weight(),
                matcher.block_min_length(),
                matcher.block_max_length(),
            )
        )
        matcher.skip_to(matcher.id() + 37)
    return seen


def test_a_copy_of_a_matcher_goes_its_own_way(made: Any) -> None:
    with made.reader() as reader:
        matcher = reader.postings("body", "贷款")
        copy = matcher.copy()
        matcher.next()
        assert (copy.id(), matcher.id()) == (0, 1)
        assert list(copy.all_ids()) == [0, 1]
        assert list(matcher.all_ids()) == [1]
        matcher.reset()
        assert matcher.id() == 0


def test_words_are_suggested_as_by_whoosh(tmp_path: Path) -> None:
    def schema() -> fields.Schema:
        return fields.Schema(body=fields.TEXT(analyzer=analysis.StemmingAnalyzer(), spelling=True))

    add = [{"body": "rendering renders rendered shading"}, {"body": "render shaded rendering"}]
    twins = Twins.create(tmp_path, schema).run([Transaction(add=add), Transaction(add=add)])
    answers = []
    for one in (twins.theirs, twins.ours):
        with one.searcher() as searcher:
            corrector = searcher.corrector("body")
            answers.append([corrector.suggest(word) for word in ("rendring", "shding", "x")])
    assert answers[0] == answers[1] and answers[0][0]


def test_cursors_and_stretches_of_terms(tmp_path: Path) -> None:
    def schema() -> fields.Schema:
        return fields.Schema(a=fields.ID, b=fields.ID, n=fields.NUMERIC)

    terms = [
        "",
        "\x00",
        "\x01",
        "a",
        "ab",
        "abcdefgh",
        "abcdefghi",
        "银行",
        "银行间市场",
        "\U0001f600",
    ]
    add = [{"a": term, "b": term, "n": number} for number, term in enumerate(terms)]
    twins = Twins.create(tmp_path, schema).run([Transaction(add=add)])
    twins.assert_same_contents()
    with twins.theirs.reader() as theirs, twins.ours.reader() as ours:
        for term in [*terms, "abc", "银", "zz"]:
            prefix = term.encode()
            for name in ("terms_from", "iter_from"):
                expected = getattr(theirs, name)("a", prefix)
                assert [repr(one[0]) for one in getattr(ours, name)("a", prefix)] == [
                    repr(one[0]) for one in expected
                ]
            assert list(ours.expand_prefix("b", term)) == list(theirs.expand_prefix("b", term))
            cursors = theirs.cursor("a"), ours.cursor("a")
            assert cursors[0].find(prefix) == cursors[1].find(prefix)
            while cursors[0].is_valid():
                assert cursors[0].text() == cursors[1].text()
                assert cursors[0].next() == cursors[1].next()
            assert not cursors[1].is_valid()
            assert cursors[1].term_info() is None
        assert not ours.cursor("n").find(b"\xff" * 20)


@given(st.lists(st.integers(-(2**62), 2**62 - 1)))
def test_numbers_come_back_as_they_were(numbers: list[int]) -> None:
    blob, sizes = encode_numbers(np.array(numbers, np.int64))
    assert sizes.sum() == len(blob)
    assert decode_numbers(np.frombuffer(blob, np.uint8)).tolist() == numbers


@given(st.binary(max_size=40))
def test_any_bytes_are_numbers_or_damaged(data: bytes) -> None:
    try:
        numbers = decode_numbers(np.frombuffer(data, np.uint8))
    except DamagedPostings:
        return
    assert numbers.size <= len(data)


def read_all(folder: Path) -> int:
    """Read every posting and value of an index."""
    count = 0
    with index.open_dir(str(folder)).reader() as reader:
        for name, text in reader.all_terms():
            count += len(list(postings(reader, name, text)))
    return count


def test_a_damaged_file_is_told_and_never_crashes(made: Any, tmp_path: Path) -> None:
    path = postings_file(tmp_path)
    whole = path.read_bytes()
    expected = read_all(tmp_path)
    chance = random.Random(3)
    damaged = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            read_all(tmp_path)
        except (DamagedFile, DamagedPostings):
            damaged += 1
        except (TermNotFound, UnicodeDecodeError):
            damaged += 1  # a term that is another one now, or no text at all
    assert damaged > 100
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        with pytest.raises(DamagedFile):
            read_all(tmp_path)
    path.write_bytes(whole)
    assert read_all(tmp_path) == expected


def test_a_transaction_that_adds_nothing_writes_no_file(made: Any, tmp_path: Path) -> None:
    before = postings_file(tmp_path)
    writer = made.writer(codec=ColumnarCodec())
    writer.delete_by_term("id", "0")
    assert postings_file(tmp_path) == before
    writer.commit(merge=False)
    assert postings_file(tmp_path) == before
    assert found(made, "贷款") == ["1"]


def test_what_fails_while_postings_are_written_leaves_no_open_file(made: Any) -> None:
    class Failing(fields.Schema):
        def __getitem__(self, name: str) -> Any:
            raise OSError("the disk is gone")

    writer = made.writer(codec=ColumnarCodec())
    writer.add_document(id="9", body="贷款")
    writer.schema = Failing()
    with pytest.raises(OSError, match="the disk is gone"):
        writer.commit(merge=False)
    assert found(made, "贷款") == ["0", "1"]
