"""The queries of a run: six classes, chosen from the documents and from real questions."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

Cut = Callable[[str], Iterable[str]]
"""Segments a text into words."""

KINDS = {
    "rare": "one rare word",
    "common": "one common word",
    "any": "2–4 words, any",
    "all": "2–4 words, all",
    "phrase": "quoted phrase",
    "question": "whole question",
}

RARE = range(5, 101)  # documents with a rare word
PHRASE = range(4, 9)  # characters of a phrase
_STOP_WORDS = 30  # the most frequent words are in no query of a few words
_HAN = re.compile(r"[\u3400-\u9fff]+")
_HAN_WORD = re.compile(r"[\u3400-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class Query:
    """Something to look for.

    Attributes:
        kind: A key of ``KINDS``.
        text: The words without operators; for ``phrase`` the string without quotes.
    """

    kind: str
    text: str


def choose(
    texts: Sequence[str], questions: Sequence[str], cut: Cut, count: int, seed: int
) -> list[Query]:
    """Choose ``count`` queries of each kind, fewer where the texts do not give as many.

    Rare and common words have two Chinese characters or more; common ones are the most frequent.
    A few words are neighbours, half of them in a question, half in a document, and those that
    must all be there are the same. Phrases are strings of documents that begin and end with a
    word, so that engines without bigrams can find them too.
    """
    rng = random.Random(seed)
    frequencies = Counter[str]()
    for text in texts:
        frequencies.update(set(cut(text)))
    words = [word for word, _ in frequencies.most_common() if _HAN_WORD.fullmatch(word)]
    rare = sorted(word for word in words if frequencies[word] in RARE)
    stop = {word for word, _ in frequencies.most_common(_STOP_WORDS)}
    usable = {word for word in words if word not in stop}

    shuffled = rng.sample(texts, min(len(texts), 20 * count))
    asked = rng.sample(questions, min(len(questions), 20 * count))
    half = count // 2
    few = _taken(half, (_few_words(cut(text), usable, rng) for text in asked))
    few += _taken(count - half, (_few_words(cut(text), usable, rng) for text in shuffled))
    rng.shuffle(few)
    phrases = _taken(count, (_phrase(list(cut(text)), rng) for text in shuffled))
    chosen = {
        "rare": rng.sample(rare, min(count, len(rare))),
        "common": rng.sample(words[:count], min(count, len(words))),
        "any": few,
        "all": few,
        "phrase": phrases,
        "question": asked[:count],
    }
    return [Query(kind, text) for kind in KINDS for text in chosen[kind]]


def _taken(count: int, found: Iterable[str | None]) -> list[str]:
    return list(islice((text for text in found if text is not None), count))


def _few_words(words: Iterable[str], usable: set[str], rng: random.Random) -> str | None:
    there = [word for word in words if word in usable]
    length = rng.randint(2, 4)
    if len(there) < length:
        return None
    start = rng.randrange(len(there) - length + 1)
    return " ".join(there[start : start + length])


def _phrase(words: Sequence[str], rng: random.Random) -> str | None:
    start = rng.randrange(len(words)) if words else 0
    least = rng.randint(PHRASE.start, PHRASE.stop - 2)
    for end in range(start + 2, len(words) + 1):
        string = "".join(words[start:end])
        if not _HAN.fullmatch(string) or len(string) >= PHRASE.stop:
            return None
        if len(string) >= least:
            return string
    return None
