"""What is in the files: whether segments, manifest and record tell the same story."""

import hashlib
import random
from collections.abc import Iterable
from pathlib import Path

from searcher.index import manifest
from searcher.index.checking.files import record_name
from searcher.index.checking.findings import Findings
from searcher.index.checking.sample import differing
from searcher.index.checking.segments import Seen, check_documents, check_postings
from searcher.index.columnar.arrays import Ids
from searcher.index.columnar.segment import EXTENSION
from searcher.index.columnar.symbols import file_of
from searcher.index.commits import Commit
from searcher.index.reader import IndexReader, OpenSegment
from searcher.language import say
from searcher.lazy import np
from searcher.text import Analyzer

# Reading postings and documents of a segment is so much more than looking at its checksums.
_WEIGHT = 4
_NAMED = 5  # documents


def check_content(
    folder: Path,
    commit: Commit,
    whole: set[str],
    analyzer: Analyzer | None,
    sample: int | None,
    findings: Findings,
) -> None:
    """Look at what is in the files.

    Args:
        folder: The generation folder.
        commit: What is in force.
        whole: The files that are as they were written; no others are looked at.
        analyzer: What has cut the texts; None if that is damaged.
        sample: How many documents to cut again; None for all.
        findings: Takes what is wrong.
    """
    record = record_name(folder, commit.generation)
    names = {f"{segment.name}{EXTENSION}" for segment in commit.segments}
    for name in sorted(names - commit.files.keys()):
        findings.rebuild(record, say(f"has no checksum of {name}", f"没有 {name} 的校验和"))
    if not names <= whole:
        return
    try:
        reader = IndexReader(folder)
        sizes = [len(one.segment.container.data) for one in reader.segments]
    except (OSError, ValueError) as error:
        findings.rebuild(record, error)
        return
    findings.documents = reader.count
    findings.total += _WEIGHT * sum(sizes)
    numbers = _chosen(reader, sample)
    ids = [np.zeros(0, np.int64)]
    for one, size in zip(reader.segments, sizes, strict=True):
        chosen = numbers[(numbers >= one.first) & (numbers < one.first + one.segment.capacity)]
        name = one.segment.container.path.name
        shown = f"{folder.name}/{name}"
        before = findings.done
        findings.step(0, shown)
        try:
            ids.append(_check_segment(one, chosen - one.first, analyzer, shown, findings))
        except (ValueError, IndexError, OverflowError, RecursionError) as error:
            findings.rebuild(shown, error)
            return
        finally:
            one.segment.container.release()
        findings.step(max(0, before + _WEIGHT * size - findings.done), shown)
    _check_ids(reader, np.concatenate(ids), record, findings)
    if commit.manifest in whole:
        shown = f"{folder.name}/{commit.manifest}"
        try:
            _check_manifest(folder, commit, np.concatenate(ids), shown, findings)
        except ValueError as error:
            findings.rebuild(shown, error)


def _chosen(reader: IndexReader, sample: int | None) -> Ids:
    """The numbers of the documents to cut again; the same each time."""
    numbers = reader.all_numbers()
    if sample is None or sample >= numbers.size:
        return numbers
    places = random.Random(numbers.size).sample(range(numbers.size), sample)
    return numbers[sorted(places)]


def _check_segment(
    one: OpenSegment, chosen: Ids, analyzer: Analyzer | None, shown: str, findings: Findings
) -> Ids:
    """Look at all that a segment has; returns the hashes of the ids that are there.

    Raises:
        ValueError: Something does not fit.
    """
    segment = one.segment
    _check_symbols(one)
    wanted = np.zeros(segment.capacity, np.bool_)
    wanted[chosen] = True
    seen = Seen(wanted if analyzer is not None else None)
    check_postings(segment, seen, lambda size: findings.step(size, shown))
    hashes: list[Ids] = [np.zeros(0, np.int64)]
    for ids in check_documents(segment, one.live):
        hashes.append(_hashes(ids))
        findings.step(0, shown)
    if analyzer is not None:
        wrong = differing(segment, chosen.tolist(), seen, analyzer)
        findings.sampled += chosen.size
        if wrong:
            named = ", ".join(wrong[:_NAMED])
            findings.rebuild(
                shown,
                say(
                    f"{len(wrong)} of {chosen.size} documents are found by other terms than they "
                    f"have: {named}",
                    f"抽查的 {chosen.size} 个文档中，{len(wrong)} 个的索引词与内容不符：{named}",
                ),
            )
    return np.concatenate(hashes)


def _check_symbols(one: OpenSegment) -> None:
    """The table of symbols is called after what it holds."""
    symbols = one.segment.texts.symbols
    name = one.segment.container.meta["texts"]["symbols"]
    if symbols.data and hashlib.sha256(symbols.data).hexdigest()[: len(name)] != name:
        raise ValueError(say(f"{file_of(name)} has another table", f"{file_of(name)} 中是另一张表"))


def _hashes(ids: Iterable[bytes]) -> Ids:
    return np.array([hash(one) for one in ids], np.int64)


def _check_ids(reader: IndexReader, ids: Ids, record: str, findings: Findings) -> None:
    if ids.size != reader.count:
        findings.rebuild(record, say("its number of documents is wrong", "文档数不符"))
    if np.unique(ids).size != ids.size:
        findings.rebuild(record, say("an id has several documents", "有文档的 id 重复"))


def _check_manifest(folder: Path, commit: Commit, ids: Ids, shown: str, findings: Findings) -> None:
    """All documents that the manifest names are there, each once.

    Raises:
        ValueError: It cannot be read.
    """
    files = manifest.read(folder, commit.manifest).files
    named = _hashes(
        one.encode("utf-8", "surrogatepass")
        for file, entry in files.items()
        for one in entry.documents.by_id(file)
    )
    missing = int(np.count_nonzero(~np.isin(named, ids)))
    if missing:
        findings.rebuild(
            shown,
            say(
                f"{missing} documents that it names are not in the index",
                f"所列文档中有 {missing} 个不在索引中",
            ),
        )
    if np.unique(named).size != named.size:
        findings.rebuild(shown, say("names a document twice", "重复列出了文档"))
