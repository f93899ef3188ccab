"""The words of an index as arrays, to find those that sound or look like something typed."""

from searcher.index.vocabulary.lookup import Change, Near, Vocabulary

__all__ = ["Change", "Near", "Vocabulary"]
