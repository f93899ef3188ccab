"""How good a ranking is, measured against people's judgments.

The definitions are trec_eval's, so that results can be compared with published ones. A ranking is
a list of document ids, best first; judgments say of each judged id how relevant it is: 0 or less
for not at all, more for more. What nobody judged counts as not relevant.
"""

from collections.abc import Mapping, Sequence
from math import log2

Judgments = Mapping[str, int]


def ndcg(ranking: Sequence[str], judgments: Judgments, depth: int) -> float:
    """Normalized discounted cumulative gain of the first ``depth`` documents.

    As ``ndcg_cut`` of trec_eval 9 has it (usnistgov/trec_eval, ``m_ndcg_cut.c``): the gain of a
    document is its relevance itself, not ``2 ** relevance - 1``; it is divided by
    ``log2(rank + 1)``; and the sum is divided by that of the best possible ranking, cut at the
    same depth. It is 0 where nothing is relevant.
    """
    best = _discounted(sorted(judgments.values(), reverse=True)[:depth])
    if not best:
        return 0.0
    return _discounted([judgments.get(document, 0) for document in ranking[:depth]]) / best


def reciprocal_rank(ranking: Sequence[str], judgments: Judgments, depth: int) -> float:
    """1 divided by the rank of the first relevant document, 0 if it is not among ``depth``."""
    for rank, document in enumerate(ranking[:depth], start=1):
        if judgments.get(document, 0) > 0:
            return 1 / rank
    return 0.0


def recall(ranking: Sequence[str], judgments: Judgments, depth: int) -> float:
    """How many of the relevant documents are among the first ``depth``; 0 if there are none."""
    relevant = {document for document, relevance in judgments.items() if relevance > 0}
    if not relevant:
        return 0.0
    return len(relevant.intersection(ranking[:depth])) / len(relevant)


def _discounted(relevances: Sequence[int]) -> float:
    return sum(
        relevance / log2(rank + 1)
        for rank, relevance in enumerate(relevances, start=1)
        if relevance > 0
    )
