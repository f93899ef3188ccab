/* What is ranked, and the documents that may be among the best. */

#ifndef SEARCHER_POSTINGS_CANDIDATES_H
#define SEARCHER_POSTINGS_CANDIDATES_H

#include "term.h"

/* Sums of documents that have a term are never 0, whatever its weight. */
#define LEAST_SCORE 1e-30f
/* Nor is anything left out because of scores below or above what single precision estimates well. */
#define LEAST_THRESHOLD 1e-20
#define GREATEST_THRESHOLD 1e10
/* So many times as many documents as are wanted are kept without being scored. */
#define MOST_PENDING 8
/* So few documents are scored without asking for memory. */
#define FEW_SCORED 64

typedef struct {
    uint32_t document;
    double score;
} Candidate;

typedef struct {
    Term *terms;
    Py_ssize_t count;
    Term **order;         /* those that are not covered: weak ones first, then by bound, the
                             smallest first */
    Py_ssize_t leads;     /* how many these are */
    double *before;       /* the sum of the bounds of the lists before each */
    Py_ssize_t essential; /* the first list that must be gone through */
    double room;          /* what an estimate is multiplied with to be no underestimate */
    const uint8_t *mask;
    int64_t capacity;
    int block_bits;
    int64_t blocks;
    float *bounds; /* what all lists can give to the documents of a block */
    float *rests;  /* what the lists can give that were not gone through; of lists that are kept, for
                      each list what those before it can (kept.h) */
    uint8_t *live; /* whether a block is looked at */
    Scratch *scratch;
    int64_t touched; /* documents in scratch */
    const int64_t *among; /* the documents that are ranked, if not all */
    int64_t size, at;
    double *best;    /* a heap of the greatest scores, the least of them first */
    double *sums;    /* room for another one */
    int64_t estimated; /* how many it has while documents are only estimated */
    double excess;     /* how much more estimates can be than scores, beside `room` */
    int64_t wanted, filled;
    double threshold; /* estimates below it are left out */
    Candidate *pending; /* documents whose sums say that they may be among the best */
    int64_t pending_count, pending_room;
    Candidate *candidates; /* the same, scored */
    int64_t candidate_count, candidate_room;
} Ranking;

static void partition(Ranking *ranking)
{
    while (ranking->essential < ranking->leads &&
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

/* Whether what scores less than one of the best may be left out because of its estimate. */
static int is_threshold(double score)
{
    return score > LEAST_THRESHOLD && score < GREATEST_THRESHOLD;
}

/* The least of the greatest scores is the threshold, less what they may be overestimated by. */
static void raise_threshold(Ranking *ranking, double least)
{
    if (is_threshold(least) && least > ranking->threshold * ranking->room)
        ranking->threshold = least / ranking->room;
}

/* Room for one more candidate; -1 on error. */
static int make_room(Candidate **candidates, int64_t count, int64_t *room)
{
    Candidate *grown;
    if (count < *room)
        return 0;
    grown = PyMem_Realloc(*candidates, (size_t)(2 * *room + 256) * sizeof *grown);
    if (!grown) {
        PyErr_NoMemory();
        return -1;
    }
    *candidates = grown;
    *room = 2 * *room + 256;
    return 0;
}

/* Forget candidates that cannot be among the best any more. */
static void drop_candidates(Ranking *ranking)
{
    int64_t i, kept = 0;
    for (i = 0; i < ranking->candidate_count; i++)
        if (ranking->candidates[i].score * ranking->room >= ranking->threshold)
            ranking->candidates[kept++] = ranking->candidates[i];
    ranking->candidate_count = kept;
}

static int add_candidate(Ranking *ranking, uint32_t document, double score)
{
    if (ranking->candidate_count == ranking->candidate_room)
        drop_candidates(ranking);
    if (make_room(&ranking->candidates, ranking->candidate_count, &ranking->candidate_room))
        return -1;
    ranking->candidates[ranking->candidate_count].document = document;
    ranking->candidates[ranking->candidate_count++].score = score;
    keep_greatest(ranking->best, &ranking->filled, ranking->wanted, score);
    if (ranking->filled == ranking->wanted)
        raise_threshold(ranking, ranking->best[0]);
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

/* About the most that a term gives to one document, with what it covers; below 0 where the document
   does not have it. */
static double probe(Term *term, uint32_t document)
{
    int64_t rank;
    if (term->documents && (term->at >= term->list.count || term->documents[term->at] > document))
        term->at = 0; /* documents do not always come in order */
    rank = look_up(term, document, &term->at);
    if (rank < 0)
        return -1.0;
    return term->most ? term->most[rank] : most_at(term, document, rank);
}

/* What a term can give to the documents of the range that a document is in, with what it covers. */
static double range_bound(const Term *term, uint32_t document)
{
    double bound = 0.0;
    if (term->documents)
        return term->bound;
    for (; term; term = term->covered)
        bound += term->list.ranges && term->channel->stale >= 0
                     ? term->level * term->list.greatest[document >> term->list.range_bits]
                     : term->quick_weight;
    return bound;
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

/* Complete the sum of a hit by the lists before `end`, and keep it for settle() if it may be one of
   the best. */
static int add_pending(Ranking *ranking, uint32_t document, double sum, Py_ssize_t end)
{
    sum = completed(ranking, document, sum, end);
    if (sum < 0.0)
        return 0;
    if (make_room(&ranking->pending, ranking->pending_count, &ranking->pending_room))
        return -1;
    ranking->pending[ranking->pending_count].document = document;
    ranking->pending[ranking->pending_count++].score = sum;
    return 0;
}

/* Put candidates in order, if they are not: often they are, and many. */
static void put_in_order(Candidate *candidates, int64_t count,
                         int (*compare)(const void *, const void *))
{
    int64_t i;
    for (i = 1; i < count; i++)
        if (compare(&candidates[i - 1], &candidates[i]) > 0) {
            qsort(candidates, (size_t)count, sizeof *candidates, compare);
            return;
        }
}

/* Score documents, and make those candidates that may be among the best. The terms are added in the
   order of the query, so that all ways give the same scores, to the last bit. */
static int score_all(Ranking *ranking, Candidate *found, int64_t count)
{
    double few_scores[FEW_SCORED] = {0.0}, *scores = few_scores;
    uint32_t few_documents[FEW_SCORED], *documents = few_documents;
    int64_t i;
    int result = -1;
    if (!count)
        return 0;
    if (count > FEW_SCORED) {
        documents = PyMem_Malloc((size_t)count * sizeof *documents);
        scores = PyMem_Calloc((size_t)count, sizeof *scores);
        if (!documents || !scores) {
            PyErr_NoMemory();
            goto done;
        }
    }
    put_in_order(found, count, by_document);
    for (i = 0; i < count; i++)
        documents[i] = found[i].document;
    if (add_scores(ranking->terms, ranking->count, documents, scores, count))
        goto done;
    for (i = 0; i < count; i++)
        if (scores[i] * ranking->room >= ranking->threshold &&
            add_candidate(ranking, documents[i], scores[i]))
            goto done;
    result = 0;
done:
    if (count > FEW_SCORED) {
        PyMem_Free(documents);
        PyMem_Free(scores);
    }
    return result;
}

/* Score the documents that are likely to be among the best: those whose sums are among the greatest
   of all sums and scores. The others are kept as long as they may be. */
static int score_likely(Ranking *ranking)
{
    Candidate *pending = ranking->pending;
    int64_t i, likely = 0, kept = 0, filled = ranking->filled;
    double least;
    memcpy(ranking->sums, ranking->best, (size_t)filled * sizeof *ranking->sums);
    for (i = 0; i < ranking->pending_count; i++)
        keep_greatest(ranking->sums, &filled, ranking->wanted, pending[i].score);
    least = filled == ranking->wanted ? ranking->sums[0] : 0.0;
    least /= ranking->room * ranking->room; /* what is as good as the last one is one of them */
    if (ranking->pending_count > MOST_PENDING * ranking->wanted)
        least = 0.0; /* to keep so many would cost more than to score them */
    for (i = 0; i < ranking->pending_count; i++)
        if (pending[i].score >= least) {
            const Candidate better = pending[i];
            pending[i] = pending[likely];
            pending[likely++] = better;
        }
    if (score_all(ranking, pending, likely))
        return -1;
    least = ranking->threshold / ranking->room;
    for (i = likely; i < ranking->pending_count; i++)
        if (pending[i].score >= least)
            pending[kept++] = pending[i];
    ranking->pending_count = kept;
    return 0;
}

static int by_score(const void *one, const void *other)
{
    double a = ((const Candidate *)one)->score, b = ((const Candidate *)other)->score;
    return (a < b) - (a > b);
}

/* Score all documents that may be among the best, those with the greatest sums first. */
static int settle(Ranking *ranking)
{
    int64_t at = 0, next, size = ranking->wanted;
    const int64_t count = ranking->pending_count;
    Candidate *pending = ranking->pending;
    if (count > size)
        put_in_order(pending, count, by_score);
    for (; at < count; at = next, size *= 2) {
        const double least = ranking->threshold / ranking->room;
        for (next = at; next < count && next < at + size && pending[next].score >= least;)
            next++;
        if (next == at)
            break; /* of the others none is better */
        if (score_all(ranking, pending + at, next - at))
            return -1;
    }
    return 0;
}

#endif
