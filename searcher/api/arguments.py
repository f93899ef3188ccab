"""What callers give: checked before anything is done with it."""

import os
from collections.abc import Iterable
from math import isnan
from os import PathLike
from pathlib import Path
from typing import Any

from searcher.cluster.address import is_address
from searcher.documents.selection import Selection
from searcher.errors import ArgumentError
from searcher.language import say


def path_of(value: Any) -> Path:
    """A path that is not empty: an empty one would be the folder that the process happens to be in.

    Raises:
        ArgumentError: It is none.
    """
    if isinstance(value, (str, PathLike)):
        path = Path(value) if value != "" else None
        if path is not None and "\x00" not in str(path):
            return path
    raise ArgumentError(say(f"not a path: {value!r:.80}", f"不是路径：{value!r:.80}"))


def check_seconds(name: str, value: Any) -> None:
    """See that a number of seconds is one.

    Args:
        name: What the argument is called.
        value: What was given.

    Raises:
        ArgumentError: It is no number, or less than 0.
    """
    if not isinstance(value, (int, float)) or isnan(value) or value < 0:
        raise ArgumentError(
            say(
                f"{name} must be a number of seconds from 0 on: {value!r:.40}",
                f"{name} 须为不小于 0 的秒数：{value!r:.40}",
            )
        )


def check_count(name: str, value: Any) -> None:
    """See that a number of things is one.

    Args:
        name: What the argument is called.
        value: What was given.

    Raises:
        ArgumentError: It is no whole number, or less than 0.
    """
    if type(value) is not int or value < 0:
        raise ArgumentError(
            say(
                f"{name} must be a whole number from 0 on: {value!r:.40}",
                f"{name} 须为不小于 0 的整数：{value!r:.40}",
            )
        )


def check_callable(name: str, value: Any) -> None:
    """See that a function that is to be called is one, or None.

    Args:
        name: What the argument is called.
        value: What was given.

    Raises:
        ArgumentError: It is something else.
    """
    if value is not None and not callable(value):
        raise ArgumentError(
            say(f"{name} must be a function: {value!r:.40}", f"{name} 须为函数：{value!r:.40}")
        )


def selection_of(value: Any) -> Selection:
    """A selection, or the usual one for None.

    Raises:
        ArgumentError: It is something else.
    """
    if value is None:
        return Selection()
    if not isinstance(value, Selection):
        raise ArgumentError(
            say(f"not a Selection: {value!r:.80}", f"不是 Selection：{value!r:.80}")
        )
    return value


def check_id(value: Any) -> None:
    """See that the id of a document is a string.

    Raises:
        ArgumentError: It is not.
    """
    if not isinstance(value, str):
        raise ArgumentError(
            say(f"an id is a string, not {value!r:.40}", f"文档 id 须是字符串：{value!r:.40}")
        )


def check_layout(path: Any, shards: Any, replicas: Any) -> None:
    """See that how an index is spread over a cluster is said of one in a cluster.

    Raises:
        ArgumentError: It is not, or a number makes no sense.
    """
    for name, value, least in (("shards", shards, 1), ("replicas", replicas, 0)):
        if value is None:
            continue
        if not is_address(path):
            raise ArgumentError(
                say(
                    f"{name} are for an index in a cluster; {path} is a directory",
                    f"{name} 只用于集群中的索引，而 {path} 是目录",
                )
            )
        if type(value) is not int or value < least:
            raise ArgumentError(
                say(
                    f"{name} must be a whole number from {least} on: {value!r:.40}",
                    f"{name} 须为不小于 {least} 的整数：{value!r:.40}",
                )
            )


def check_text(value: Any) -> None:
    """See that a text is a string.

    Raises:
        ArgumentError: It is not.
    """
    if not isinstance(value, str):
        raise ArgumentError(
            say(f"a text is a string, not {value!r:.40}", f"文本须是字符串：{value!r:.40}")
        )


def check_query(value: Any) -> None:
    """See that a query is a string.

    Raises:
        ArgumentError: It is not.
    """
    if not isinstance(value, str):
        raise ArgumentError(
            say(f"a query is a string, not {value!r:.40}", f"查询须是字符串：{value!r:.40}")
        )


def check_list(name: str, value: Any) -> None:
    """See that what is to be gone through can be.

    Args:
        name: What the argument is called.
        value: What was given.

    Raises:
        ArgumentError: It cannot.
    """
    if not isinstance(value, Iterable):
        raise ArgumentError(
            say(f"{name} must be a list: {value!r:.40}", f"{name} 须为列表：{value!r:.40}")
        )


def number_of_jobs(value: Any) -> int:
    """How many processes may work at the same time; None for as many as the machine has cores.

    Raises:
        ArgumentError: It is no whole number from 1 on.
    """
    if value is None:
        try:
            return len(os.sched_getaffinity(0))
        except AttributeError:  # not on this system
            return os.cpu_count() or 1
    if not isinstance(value, int) or value < 1:
        raise ArgumentError(
            say(f"jobs must be 1 or more: {value!r}", f"jobs 须为正整数：{value!r}")
        )
    return value
