/* What is ranked, and the documents that may be among the best. */

#ifndef SEARCHER_POSTINGS_CANDIDATES_H
#define SEARCHER_POSTINGS_CANDIDATES_H

#include "term.h"

/* Sums of documents that have a term are never 0, whatever its weight. */
#define LEAST_SCORE 1e-30f
#define LEAST_THRESHOLD 1e-20

typedef struct {
    uint32_t document;
    double score;
} Candidate;

typedef struct {
    Term *terms;
    Py_ssize_t count;
    Term **order;         /* weak ones first, then by bound, the smallest first */
    double *before;       /* the sum of the bounds of the lists before each */
    Py_ssize_t essential; /* the first list that must be gone through */
    double room;          /* what an estimate is multiplied with to be no underestimate */
    const uint8_t *mask;
    int64_t capacity;
    int block_bits;
    int64_t blocks;
    float *bounds; /* what all lists can give to the documents of a block */
    float *rests;  /* what the lists can give that were not gone through */
    uint8_t *live; /* whether a block is looked at */
    Scratch *scratch;
    int64_t touched; /* documents in scratch */
    const int64_t *among; /* the documents that are ranked, if not all */
    int64_t size, at;
    double *best;    /* a heap of the greatest scores, the least of them first */
    int64_t wanted, filled;
    double threshold; /* estimates below it are left out */
    Candidate *candidates;
    int64_t candidate_count, candidate_room;
} Ranking;

static void partition(Ranking *ranking)
{
    while (ranking->essential < ranking->count &&
           ranking->before[ranking->essential + 1] * ranking->room < ranking->threshold)
        ranking->essential++;
}

/* Keep the `room` greatest values in a heap, the least of them first. */
static void keep_greatest(double *heap, int64_t *filled, int64_t room, double value)
{
    int64_t at;
    if (*filled < room) {
        at = (*filled)++;
        while (at && heap[(at - 1) / 2] > value) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = value;
        return;
    }
    if (value <= heap[0])
        return;
    at = 0;
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= room)
            break;
        if (child + 1 < room && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= value)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value;
}

/* The least of the greatest scores is the threshold, less what they may be overestimated by. */
static void raise_threshold(Ranking *ranking)
{
    if (ranking->filled == ranking->wanted && ranking->best[0] > LEAST_THRESHOLD &&
        ranking->best[0] > ranking->threshold * ranking->room)
        ranking->threshold = ranking->best[0] / ranking->room;
}

static int add_candidate(Ranking *ranking, uint32_t document, double score)
{
    if (ranking->candidate_count == ranking->candidate_room) {
        int64_t i, kept = 0;
        for (i = 0; i < ranking->candidate_count; i++)
            if (ranking->candidates[i].score * ranking->room >= ranking->threshold)
                ranking->candidates[kept++] = ranking->candidates[i];
        ranking->candidate_count = kept;
        if (2 * kept >= ranking->candidate_room) {
            int64_t room = 2 * ranking->candidate_room + 256;
            Candidate *grown = PyMem_Realloc(ranking->candidates, (size_t)room * sizeof *grown);
            if (!grown) {
                PyErr_NoMemory();
                return -1;
            }
            ranking->candidates = grown;
            ranking->candidate_room = room;
        }
    }
    ranking->candidates[ranking->candidate_count].document = document;
    ranking->candidates[ranking->candidate_count++].score = score;
    keep_greatest(ranking->best, &ranking->filled, ranking->wanted, score);
    raise_threshold(ranking);
    return 0;
}

static int by_document(const void *one, const void *other)
{
    uint32_t a = ((const Candidate *)one)->document, b = ((const Candidate *)other)->document;
    return (a > b) - (a < b);
}

/* Weak terms first: they make no hits, so their lists need not be gone through. */
static int by_bound(const void *one, const void *other)
{
    const Term *a = *(Term *const *)one, *b = *(Term *const *)other;
    if (!a->is_strong != !b->is_strong)
        return a->is_strong ? 1 : -1;
    return (a->bound > b->bound) - (a->bound < b->bound);
}

/* What a term gives to one document; below 0 where the document does not have it. */
static double probe(Term *term, uint32_t document)
{
    int64_t rank;
    if (term->documents && (term->at >= term->list.count || term->documents[term->at] > document))
        term->at = 0; /* documents do not always come in order */
    rank = look_up(term, document, &term->at);
    return rank < 0 ? -1.0 : posting_score(term, document, rank);
}

/* What a term can give to the documents of the range that a document is in. */
static double range_bound(const Term *term, uint32_t document)
{
    if (term->documents || term->channel->stale < 0)
        return term->bound;
    return term->level * term->list.greatest[document >> term->list.range_bits];
}

/* Complete the sum of a hit by the lists before `end`; below 0 if it is not one of the best. */
static double completed(Ranking *ranking, uint32_t document, double sum, Py_ssize_t end)
{
    Py_ssize_t t;
    const double least = ranking->threshold / ranking->room;
    for (t = end - 1; t >= 0; t--) {
        Term *term = ranking->order[t];
        double score;
        if (sum + ranking->before[t + 1] < least ||
            sum + ranking->before[t] + range_bound(term, document) < least)
            return -1.0;
        score = probe(term, document);
        if (score >= 0.0)
            sum += score;
    }
    return sum >= least ? sum : -1.0;
}

#endif
