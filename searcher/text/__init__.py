"""From a text to its terms: folding, jieba's words, grams."""

from searcher.text.analyzer import ANALYZER_VERSION, Analyzer, gram_counts
from searcher.text.cutting import Token
from searcher.text.dictionary import Dictionary, UserDictionary
from searcher.text.folding import FOLDING_VERSION, FoldedText, Folding

__all__ = [
    "ANALYZER_VERSION",
    "FOLDING_VERSION",
    "Analyzer",
    "Dictionary",
    "FoldedText",
    "Folding",
    "Token",
    "UserDictionary",
    "gram_counts",
]
