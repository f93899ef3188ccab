"""Expressions by which a cluster is asked for words."""

import random
import re

import pytest

from searcher.cluster.schema import settings
from searcher.cluster.vocabulary import near_to
from searcher.query.executor import is_near

LONGEST = settings(1, 0)["max_regex_length"]


@pytest.mark.parametrize("word", ["lucene", "internationalization", "a+b" * 20, "supercalifra" * 8])
@pytest.mark.parametrize("distance", [1, 2])
def test_what_is_near_to_a_word_fits_its_expression(word: str, distance: int) -> None:
    expression = near_to(word, distance)
    assert len(expression) < LONGEST
    fits = re.compile(expression)
    chance = random.Random(word)
    for _ in range(100):
        letters = list(word)
        for _ in range(distance):
            at = chance.randrange(len(letters) - 1)
            match chance.randrange(4):
                case 0:
                    letters[at] = "z"
                case 1:
                    letters.insert(at, "z")
                case 2:
                    del letters[at]
                case _:
                    letters[at : at + 2] = reversed(letters[at : at + 2])
        other = "".join(letters)
        if is_near(word, other, distance=distance):
            assert fits.fullmatch(other), other
