"""JSON files that are larger than a document may be: their records are read one by one."""

import json
from pathlib import Path

import pytest

from searcher.documents import limits
from searcher.errors import DocumentError
from tests.documents.helpers import documents, read_all, skipped

RECORDS = [{"title": f"第{n}条", "body": "正文，" * 100 + str(n)} for n in range(1, 301)]


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST_DOCUMENT", 1 << 16)
    monkeypatch.setattr(limits, "LONGEST_TEXT", 1 << 15)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_an_array_is_read_record_by_record(
    tmp_path: Path, indent: int | None, encoding: str
) -> None:
    text = json.dumps(RECORDS, ensure_ascii=False, indent=indent)
    found = documents(read_all(tmp_path, "a.json", text.encode(encoding)))
    assert [one.title for one in found] == [one["title"] for one in RECORDS]
    assert [one.id for one in found] == [f"a.json#{n}" for n in range(1, 301)]
    assert [one.body for one in found] == [one["body"] for one in RECORDS]


def test_the_list_in_an_envelope_is_read(tmp_path: Path) -> None:
    text = json.dumps({"code": 0, "data": {"items": RECORDS}, "total": 300}, ensure_ascii=False)
    assert len(documents(read_all(tmp_path, "a.json", text))) == 300


def test_objects_in_a_row_are_read(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(one, ensure_ascii=False, indent=1) for one in RECORDS)
    assert len(documents(read_all(tmp_path, "a.json", text))) == 300


def test_what_is_broken_or_too_large_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [json.dumps(one, ensure_ascii=False) for one in RECORDS]
    lines[3] = '{"title": "坏的", "body": oh no}'
    lines[7] = json.dumps({"title": "大的", "body": "大" * limits.LARGEST_DOCUMENT})
    lines[9] = '{"title": "深的", "x": ' + "[" * 5_000 + "]" * 5_000 + "}"
    found = read_all(tmp_path, "a.json", "[\n" + ",\n".join(lines) + "\n]")
    assert len(documents(found)) == 297
    reasons = {one.name: one.reason for one in skipped(found)}
    assert set(reasons) == {"a.json#4", "a.json#8", "a.json#10"}
    assert "broken JSON" in reasons["a.json#4"]
    assert "longer than" in reasons["a.json#8"]
    assert "nested too deeply" in reasons["a.json#10"]


def test_many_small_values_are_weighed_before_they_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LARGEST_DOCUMENT", 8 << 20)
    monkeypatch.setattr(limits, "LONGEST_TEXT", 4 << 20)
    monkeypatch.setattr(limits, "LARGEST_VALUES", 8 << 20)
    heavy = '{"title": "多", "x": [' + "[]," * 600_000 + "[]]}"
    good = json.dumps(RECORDS[0], ensure_ascii=False)
    for name, text in (("a.json", f"[\n{heavy},\n{good}\n]"), ("a.jsonl", f"{heavy}\n{good}\n")):
        found = read_all(tmp_path, name, text)
        assert [one.title for one in documents(found)] == ["第1条"]
        (reason,) = (one.reason for one in skipped(found))
        assert reason.endswith("too many values in one record")


def test_an_object_that_is_too_large_itself_is_an_error(tmp_path: Path) -> None:
    text = json.dumps({"title": "一", "body": "大" * limits.LARGEST_DOCUMENT})
    with pytest.raises(DocumentError, match="larger than"):
        read_all(tmp_path, "a.json", text)
