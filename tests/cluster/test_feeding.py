"""Syncs into a cluster: what has changed, by whom, and what a killed one has left."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from searcher import ArgumentError, Document, DocumentError, Index, IndexLocked
from searcher.api.remote import ClusterIndex
from searcher.cluster.feeding import Feeder
from searcher.cluster.locking import held
from searcher.index.building import Resources
from searcher.index.manifest import Manifest
from searcher.index.sync import Settings, look, sync
from tests.cluster.nodes import Cluster


@pytest.fixture
def address(cluster: Cluster, index_name: str) -> str:
    return cluster.engine_address(index_name)


@pytest.fixture
def index(address: str) -> Iterator[ClusterIndex]:
    with Index.open(address, create=True, shards=2, replicas=0) as index:
        assert isinstance(index, ClusterIndex)
        yield index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name in ("甲", "乙", "丙"):
        (folder / f"{name}.txt").write_text(f"{name}篇谈理赔。", encoding="utf-8")
    lines = [f'{{"id": "r{n}", "title": "记录{n}", "body": "第{n}条保单"}}' for n in range(30)]
    (folder / "records.jsonl").write_text("\n".join(lines), encoding="utf-8")
    plain = [f'{{"title": "无号{n}", "body": "第{n}条保单"}}' for n in range(30)]
    (folder / "plain.jsonl").write_text("\n".join(plain), encoding="utf-8")
    return folder


def _bodies(index: Index) -> dict[str, str]:
    return {one.id: one.body for one in index.documents()}


def test_a_sync_does_what_has_changed_as_on_disk(
    index: ClusterIndex, folder: Path, tmp_path: Path
) -> None:
    with Index.open(tmp_path / "disk", create=True) as disk:

        def both() -> tuple[int, ...]:
            reports = [one.sync([folder]) for one in (disk, index)]
            counts = [
                (one.added, one.updated, one.unchanged, one.renamed, one.removed, one.total)
                for one in reports
            ]
            assert counts[0] == counts[1]
            documents = [{one.id: one for one in each.documents()} for each in (disk, index)]
            assert documents[0] == documents[1]
            return counts[0]

        assert both() == (63, 0, 0, 0, 0, 63)
        assert both() == (0, 0, 63, 0, 0, 63)
        (folder / "甲.txt").write_text("改了。", encoding="utf-8")
        (folder / "乙.txt").rename(folder / "丁.txt")
        (folder / "丙.txt").unlink()
        assert both() == (1, 1, 60, 0, 2, 62)  # its title is its name
        (folder / "plain.jsonl").rename(folder / "other.jsonl")
        assert both()[3] == 30
        # Two files exchange their names.
        (folder / "甲.txt").rename(folder / "x")
        (folder / "丁.txt").rename(folder / "甲.txt")
        (folder / "x").rename(folder / "丁.txt")
        both()
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "new.txt").write_text("新的。", encoding="utf-8")
        assert both()[4:] == (62, 1)


def test_a_dry_run_changes_nothing(index: ClusterIndex, folder: Path) -> None:
    report = index.sync([folder], dry_run=True)
    assert (report.added, report.total, index.status().documents) == (63, 63, 0)
    assert index.sync([folder]).added == 63


def test_parts_leave_each_other_alone(index: ClusterIndex, address: str, folder: Path) -> None:
    index.add([Document(id="added", body="不属于任何文件夹")])
    for part, name in (("1", "甲.txt"), ("2", "乙.txt")):
        with Index.open(f"{address}?part={part}") as feeder:
            assert feeder.sync([folder / name]).added == 1
            assert feeder.status().folders == (str(folder / name),)
    with Index.open(f"{address}?part=1") as feeder:
        assert feeder.sync([folder / "丙.txt"]).removed == 1
        with pytest.raises(ArgumentError, match="all of an index"):
            feeder.rebuild([folder])
    assert set(_bodies(index)) == {"added", "乙.txt", "丙.txt"}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The folder of another part, empty."""
    path = tmp_path / "other"
    path.mkdir()
    return path


def _move(source: Path, target: Path) -> None:
    """Some of the files."""
    for name in ("甲.txt", "plain.jsonl"):
        (source / name).rename(target / name)


def test_a_file_that_moves_from_one_part_to_another_is_kept(
    index: ClusterIndex, address: str, folder: Path, other: Path
) -> None:
    with Index.open(f"{address}?part=1") as one, Index.open(f"{address}?part=2") as two:
        one.sync([folder])
        _move(folder, other)
        two.sync([other])
        one.sync([folder])
        assert len(_bodies(index)) == 63
        assert two.sync([other]).unchanged == 31
        # Each part deletes what is its own.
        (other / "plain.jsonl").unlink()
        two.sync([other])
        one.sync([folder])
        assert len(_bodies(index)) == 33


def test_a_file_of_the_same_name_in_another_part_is_left_alone(
    index: ClusterIndex, address: str, tmp_path: Path
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, each in enumerate(folders):
        each.mkdir()
        lines = [f'{{"id": "{number}-{n}", "title": "第{n}条", "body": "保单"}}' for n in range(10)]
        (each / "records.jsonl").write_text("\n".join(lines), encoding="utf-8")
        (each / f"留{number}.txt").write_text("这份一直都在。", encoding="utf-8")
    with Index.open(f"{address}?part=1") as one, Index.open(f"{address}?part=2") as two:
        one.sync([folders[0]])
        two.sync([folders[1]])
        (folders[0] / "records.jsonl").rename(folders[0] / "renamed.jsonl")
        assert one.sync([folders[0]]).renamed == 10
        (folders[0] / "renamed.jsonl").unlink()
        assert one.sync([folders[0]]).removed == 10
        assert two.sync([folders[1]]).unchanged == 11
        paths = {document.path for document in index.documents()}
        assert len(_bodies(index)) == 12
        assert paths == {"records.jsonl", "留0.txt", "留1.txt"}


def test_parts_whose_files_have_the_same_ids_are_told_so(
    index: ClusterIndex, address: str, tmp_path: Path
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, each in enumerate(folders):
        each.mkdir()
        (each / "甲.txt").write_text(f"第{number}份。", encoding="utf-8")
        (each / f"乙{number}.txt").write_text("另一篇。", encoding="utf-8")
    with Index.open(f"{address}?part=1") as one, Index.open(f"{address}?part=2") as two:
        one.sync([folders[0]])
        two.sync([folders[1]])
        for _ in range(2):
            with pytest.raises(DocumentError, match=r"甲\.txt' is there as written by .* '2'"):
                one.sync([folders[0]])
        assert _bodies(index)["甲.txt"] == "第1份。"
        # One gives way, and the other's is there again.
        (folders[1] / "甲.txt").rename(folders[1] / "丙.txt")
        two.sync([folders[1]])
        one.sync([folders[0]])
        assert _bodies(index) == {
            "甲.txt": "第0份。",
            "丙.txt": "第1份。",
            "乙0.txt": "另一篇。",
            "乙1.txt": "另一篇。",
        }
        assert one.sync([folders[0]]).unchanged == two.sync([folders[1]]).unchanged == 2


def test_a_file_that_moves_to_another_part_and_back_is_kept(
    index: ClusterIndex, address: str, folder: Path, other: Path
) -> None:
    with Index.open(f"{address}?part=1") as one, Index.open(f"{address}?part=2") as two:
        one.sync([folder])
        _move(folder, other)
        two.sync([other])
        _move(other, folder)
        (other / "丁.txt").write_text("丁篇。", encoding="utf-8")
        two.sync([other])
        one.sync([folder])
        assert len(_bodies(index)) == 64
        assert one.sync([folder]).unchanged == 63


def test_what_is_added_over_a_file_outlives_the_file(index: ClusterIndex, folder: Path) -> None:
    index.sync([folder])
    index.add([Document(id="甲.txt", body="另有来源")])
    assert index.delete(["乙.txt", "no such"]) == 1
    assert index.sync([folder]).unchanged == 61  # until the files change
    (folder / "甲.txt").unlink()
    (folder / "乙.txt").unlink()
    assert index.sync([folder]).removed == 0
    assert _bodies(index)["甲.txt"] == "另有来源"


def test_one_part_has_one_writer(index: ClusterIndex, address: str, folder: Path) -> None:
    with held(index._engine.keeping, "part/", 0.0):
        with pytest.raises(IndexLocked, match="has been writing"):
            index.sync([folder])
        with Index.open(f"{address}?part=1") as other:
            assert other.sync([folder / "甲.txt"]).added == 1
        with pytest.raises(IndexLocked):
            index.rebuild([folder])
    assert index.sync([folder]).added == 62


def test_who_has_lost_the_right_to_write_changes_nothing_more(
    index: ClusterIndex, folder: Path
) -> None:
    index.sync([folder])
    part = index._part(index._engine.build)
    part.recover()
    part.begin()
    # As one that stood still for so long that its right has run out, and another one came.
    (folder / "新.txt").write_text("别的进程写的。", encoding="utf-8")
    assert index.sync([folder]).added == 1
    with pytest.raises(IndexLocked, match="another process"):
        part.save(Manifest(), (), None)
    with pytest.raises(IndexLocked, match="another process"):
        part.begin()
    assert index.sync([folder]).unchanged == 64


def test_only_a_process_of_this_very_machine_is_known_to_be_gone(
    index: ClusterIndex, folder: Path
) -> None:
    keeping = index._engine.keeping
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with held(keeping, "part/", 0.0):
        record = keeping.get("lock/part/")
    assert record is not None
    record["pid"] = gone.pid
    # A container has the name of its host, or two machines have one name.
    keeping.put("lock/part/", "lock", {**record, "machine": f"{record['host']} another"})
    with pytest.raises(IndexLocked):
        index.sync([folder])
    keeping.put("lock/part/", "lock", record)
    assert index.sync([folder]).added == 63


def test_a_document_of_any_id_is_found_by_it(index: ClusterIndex) -> None:
    ids = [".", "..", "a/../b", "a\nb", "a", "sha256:0", "长" * 400, "%2E", "*", ",", "_all", "#"]
    documents = [
        Document(id=one, title=f"标题{number}", body="正文") for number, one in enumerate(ids)
    ]
    index.add(documents)
    assert {one.id for one in index.documents()} == set(ids)
    assert [index.get(one) for one in ids] == documents
    assert index.get("\ud800") is None
    assert index.delete(ids[:4]) == 4
    assert {one.id for one in index.documents()} == set(ids[4:])


def test_what_a_killed_sync_has_written_is_put_right(index: ClusterIndex, folder: Path) -> None:
    index.sync([folder])
    (folder / "甲.txt").write_text("改了，又改回去。", encoding="utf-8")
    (folder / "orphan.txt").write_text("很快就没有了。", encoding="utf-8")
    # As a sync goes on until it is killed, just before it keeps its manifest.
    build = index._engine.build
    part = index._part(build)
    old, settings = part.recover(), Settings()
    planned = look(old, [folder], settings)
    with Feeder(index._engine, build, part, part.begin(), Resources.of(1)) as feeder:
        sync(feeder, old, [folder], planned, settings)
        feeder.flush()
    (folder / "orphan.txt").unlink()
    (folder / "甲.txt").write_text("甲篇谈理赔。", encoding="utf-8")
    index.sync([folder])
    bodies = _bodies(index)
    assert bodies["甲.txt"] == "甲篇谈理赔。"
    assert "orphan.txt" not in bodies
    assert len(bodies) == 63


def test_pieces_that_a_killed_sync_has_left_are_removed_by_the_next(
    index: ClusterIndex, address: str, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "戊.txt").write_text("戊篇。", encoding="utf-8")
    index.sync([folder])
    with Index.open(f"{address}?part=1") as other:
        other.sync([tmp_path / "戊.txt"])
        build, keeping = index._engine.build, index._engine.keeping
        whole = len(keeping.keys_of(build.name))
        # As one is killed before a head names them, of both parts.
        left = [
            keeping.put_blob(f"part/{build.name}/{part}/0123456789abcdef{kind}", build.name, b"{}")
            for part in ("", "1")
            for kind in ("", "/delete")
        ]
        # A part whose head is called as a piece.
        head: dict[str, Any] = {"manifest": [], "run": None, "delete": []}
        keeping.put(f"part/{build.name}//0123456789abcdef/1", build.name, head)
        index.sync([folder])
        theirs = {one for names in left[2:] for one in names}
        assert theirs < set(keeping.keys_of(build.name))
        assert len(keeping.keys_of(build.name)) == whole + 1 + len(theirs)
        other.sync([tmp_path / "戊.txt"])
        assert len(keeping.keys_of(build.name)) == whole + 1
        assert index.sync([folder]).unchanged == 63
        assert other.sync([tmp_path / "戊.txt"]).unchanged == 1


def test_what_was_to_be_deleted_is_deleted_by_the_next_one(
    index: ClusterIndex, folder: Path
) -> None:
    index.sync([folder])
    build = index._engine.build
    part, keeping = index._part(build), index._engine.keeping
    key = f"part/{build.name}/"
    head = keeping.get(key)
    assert head is not None
    index.add([Document(id="a\n乙.txt", body="有换行的 id")])
    ids = json.dumps(["甲.txt", "a\n乙.txt"]).encode()
    names = keeping.put_blob(f"{key}/x", build.name, ids)
    manifest = part.manifest()
    files = {name: entry for name, entry in manifest.files.items() if name != "甲.txt"}
    part.save(replace(manifest, files=files), (), None)
    head = keeping.get(key)
    assert head is not None
    keeping.put(key, build.name, {**head, "delete": names})
    (folder / "甲.txt").unlink()
    index.sync([folder])
    left = _bodies(index)
    assert "甲.txt" not in left
    assert "a\n乙.txt" not in left
    assert "乙.txt" in left


def test_a_rebuild_is_put_in_force_at_once(index: ClusterIndex, folder: Path) -> None:
    index.sync([folder])
    index.add([Document(id="added", body="重建后不再有")])
    results = index.search("理赔")
    (folder / "丁.txt").write_text("丁篇谈理赔。", encoding="utf-8")
    assert index.rebuild([folder]).added == 64
    assert results.total == 4  # counted in what is in force now
    assert index.status().generation == 2
    assert index.search("理赔").total == 4
    assert index.get("added") is None
    with pytest.raises(DocumentError):
        index.rebuild([folder / "no such"])
    assert index.status().generation == 2


def test_nothing_is_taken_over_from_a_build_that_was_deleted_by_hand(
    cluster: Cluster, index: ClusterIndex, address: str, index_name: str, folder: Path
) -> None:
    index.sync([folder])
    cluster.request("DELETE", f"{index_name}-000001")
    with Index.open(address, create=True, replicas=0) as again:
        assert again.sync([folder]).added == 63
        assert again.status().documents == 63


def test_a_manifest_that_is_empty_is_that_of_a_new_index(index: ClusterIndex) -> None:
    assert index._part(index._engine.build).manifest() == Manifest()
