"""What plain records give at once is what they give when each value is looked at."""

import gzip
import json
import random
from collections.abc import Callable
from itertools import islice

import pytest

from searcher.documents import Document
from searcher.documents.plain import plain_document
from searcher.documents.records import UnusableRecord, to_document
from tests.conftest import shared_path

NAMES = {
    "id": ["id", "_id", "编号"],
    "title": ["title", "标题", "name"],
    "body": ["body", "content", "正文", "summary"],
    "date": ["date", "发布时间", "updated_at"],
    "source": ["source", "来源"],
    "tags": ["tags", "关键词"],
    "url": ["url", "link"],
    "other": ["author", "views", "坏\ud800名", "answer"],
}
TEXTS = [
    "正文",
    "",
    " ",
    " 前后 有空 ",
    "两  个空",
    "一\n二",
    "一\r\n二\u2028三",
    "a<b",
    "<p>段</p>",
    "&amp;",
    "A&B",
    "\u200b",
    "零\u200b宽",
    "\ufeff头",
    "半\ud83d个",
    "\x00\x07控制",
    "\x1b[31m红\x1b[0m",
    "\u3000全角\u3000",
    "\xa0",
    "表\t格",
    "𠀀😀",
    "e\u0301",
    "来源：新华社",
    "https://example.com/1",
    "保险,理赔",
    "保险 理赔",
    ",",
]
DATES = [
    "2022-03-28",
    "2022-03-28 09:15",
    "2022-03-28 09:15:00",
    "2022-03-28T09:15:00+00:00",
    "2022年3月28日",
    "08/09",
    "0000-00-00",
    "2022-13-01",
    "2022-W12-1",
    "9999-12-31",
    "0001-01-01",
    "20220328",
    "1648430100",
    "2022-3-2   ",
    "２０２２-03-28",
    "",
]
OTHERS = [None, True, False, 0, 7, -1.5, 10**30, float("inf"), [], ["一", "二"], {}, {"$oid": "x"}]


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, object]], object]:
    """Makes a document without the short way."""

    def make(record: dict[str, object]) -> object:
        with monkeypatch.context() as patched:
            patched.setattr("searcher.documents.records.plain_document", lambda *_: None)
            try:
                return to_document(record, "file#1", "file")
            except UnusableRecord as error:
                return str(error)

    return make


def test_any_record_gives_the_same_both_ways(
    slowly: Callable[[dict[str, object]], object],
) -> None:
    random_ = random.Random(20240501)
    plain = 0
    for _ in range(20_000):
        record: dict[str, object] = {}
        for role in random_.sample(sorted(NAMES), random_.randint(1, len(NAMES))):
            values = DATES if role == "date" else TEXTS
            value = random_.choice(values if random_.random() < 0.95 else OTHERS)
            record[random_.choice(NAMES[role])] = value
            if role == "body" and random_.random() < 0.7:
                record = {**record, "body": "正文"}
        found = plain_document(record, "file#1", "file")
        if found is not None:
            plain += 1
            assert found == slowly(record), record
    assert plain > 500


@pytest.mark.parametrize("name", ["title", "body", "id", "date", "source", "tags", "url", "author"])
@pytest.mark.parametrize("value", [*TEXTS, *DATES, *OTHERS])
def test_any_value_gives_the_same_both_ways(
    slowly: Callable[[dict[str, object]], object], name: str, value: object
) -> None:
    record = {"title": "标题", "body": "正文", "date": "2022-03-28", name: value}
    found = plain_document(record, "file#1", "file")
    assert found is None or found == slowly(record)


def test_real_records_are_plain_and_give_the_same(
    slowly: Callable[[dict[str, object]], object],
) -> None:
    plain = count = 0
    with gzip.open(shared_path("data/crud_news/docs.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in islice(lines, 2000):
            record = json.loads(line)
            found = plain_document(record, "file#1", "file")
            count += 1
            if found is not None:
                plain += 1
                assert isinstance(found, Document)
                assert found == slowly(record)
    assert plain > 0.9 * count
