"""Words that only say that something is asked, and are seldom in what answers.

They are common in what people type and say nothing of what they look for; in a collection that
asks little they are rare, and would count for much.
"""

import re
from functools import lru_cache

# Folded, as queries are. As a string each of these is nothing else, ...
_ANYWHERE = (
    "怎么回事 怎么样 怎么办 怎么 怎样 干什么 为什么 是什么 什么样 什么时候 什么 如何 为何 为啥"
    " 咋样 咋办 哪一个 哪一 哪个 哪些 哪里 哪儿 哪种 哪家 哪位 哪几 多少 多久 何时 何地 何处"
    " 何种 请问 想问 问一下 是不是 能不能 可不可以 有没有 会不会 要不要 是否 能否 可否 吗 呢"
).split()
# ... while these may be parts of other words: 多大 is in 很多大学, 几 in 几何.
_AS_WORDS = (
    "甚么 怎 咋 哪 哪天 哪年 谁 是谁 几 几个 几点 几时 几天 多大 多长 多远 么 求问 问下".split()
)

QUESTION_WORDS = frozenset(_ANYWHERE + _AS_WORDS)
"""Words that ask, where they are words of their own."""


@lru_cache(maxsize=16)
def without_questions(folded: str) -> str:
    """A folded text with a line break in place of each string that only asks."""
    return _pattern().sub("\n", folded)


@lru_cache(maxsize=1)
def _pattern() -> "re.Pattern[str]":
    return re.compile("|".join(sorted(_ANYWHERE, key=len, reverse=True)))
