/* The best documents of a segment.

   MaxScore (Turtle and Flood, 1995), a term at a time: lists whose greatest scores together stay
   below the threshold cannot make a document one of the best. They are not gone through, only asked
   for documents that the other lists have. Blocks of documents are passed over where the greatest
   scores recorded in the directories are too small, all lists taken together, and the blocks that
   promise most come first (Mallia, Suel and Tonellotto, SIGIR 2024), for a good threshold.

   Lists of words are not gone through where those of their characters' pairs are (term.h).

   All this only chooses documents, with sums of single precision and bounds that have room for
   their errors. What is left is scored by all terms, in their order. */

#ifndef SEARCHER_POSTINGS_RANKING_H
#define SEARCHER_POSTINGS_RANKING_H

#include "kept.h"
#include "window.h"

/* With so few lists the best blocks are looked at first, up to so many. */
#define FEW_LISTS 8
#define BEST_BLOCKS 12
/* Else lists that are worth most are decoded ahead, up to so many postings, and so many documents of
   them completed first. */
#define AHEAD 8192
#define FORESEEN 32
/* So few postings are ranked without looking for bounds. */
#define FEW_POSTINGS 1024
/* Of so few given documents each is asked for. */
#define FEW_GIVEN 64
/* Sums of single precision differ by so much for each addition. */
#define ROUNDING 1.2e-7

/* Choose the blocks that promise most, the best first; returns how many. */
static int64_t choose_blocks(const Ranking *ranking, int64_t *chosen)
{
    int64_t block, at, count = 0;
    for (block = 0; block < ranking->blocks; block++) {
        const float bound = ranking->bounds[block];
        if (count == BEST_BLOCKS && bound <= ranking->bounds[chosen[count - 1]])
            continue;
        at = count < BEST_BLOCKS ? count++ : BEST_BLOCKS - 1;
        for (; at && ranking->bounds[chosen[at - 1]] < bound; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = block;
    }
    return count;
}

/* Look at the blocks that promise most; they are not looked at again. */
static int rank_best_blocks(Ranking *ranking)
{
    int64_t chosen[BEST_BLOCKS], at;
    const int64_t count = choose_blocks(ranking, chosen);
    for (at = 0; at < count; at++) {
        const int64_t first = chosen[at] << ranking->block_bits;
        if (ranking->bounds[chosen[at]] * ranking->room < ranking->threshold)
            break;
        ranking->live[chosen[at]] = 1;
        if (rank_window(ranking, first,
                        least_of(first + ((int64_t)1 << ranking->block_bits), ranking->capacity)))
            return -1;
        ranking->live[chosen[at]] = 0;
        ranking->bounds[chosen[at]] = -1.0f;
    }
    return 0;
}

/* The full scores of a few documents that are likely to be among the best, for a threshold to begin
   with: those for which the lists that are decoded add up to most. */
static int foresee(Ranking *ranking)
{
    float *sums = ranking->scratch->sums;
    uint32_t *owners = ranking->scratch->owners;
    Candidate chosen[FORESEEN];
    double scores[FORESEEN] = {0.0};
    uint32_t documents[FORESEEN];
    Py_ssize_t t;
    int64_t i, at, count = 0, filled = 0;
    float least = 0.0f;
    if (ranking->wanted > FORESEEN)
        return 0;
    for (t = ranking->essential; t < ranking->leads; t++) {
        const Term *term = ranking->order[t];
        for (i = 0; term->documents && i < term->list.count; i++) {
            const uint32_t document = term->documents[i];
            const float score = term->most[i];
            float *sum = sums + (document & (WINDOW - 1));
            uint32_t *owner = owners + (document & (WINDOW - 1));
            if (*sum != 0.0f && *owner == document) {
                *sum += score;
            } else if (score > *sum) { /* the better one of two that fall together */
                *sum = score;
                *owner = document;
            }
        }
    }
    for (t = ranking->essential; t < ranking->leads; t++) {
        const Term *term = ranking->order[t];
        for (i = 0; term->documents && i < term->list.count; i++) {
            const uint32_t document = term->documents[i];
            const uint32_t place = document & (WINDOW - 1);
            const float sum = sums[place];
            if (owners[place] != document)
                continue;
            sums[place] = 0.0f; /* each once */
            if (sum <= least || (ranking->mask && !ranking->mask[document]))
                continue;
            at = count < FORESEEN ? count++ : FORESEEN - 1;
            for (; at && chosen[at - 1].score < sum; at--)
                chosen[at] = chosen[at - 1];
            chosen[at].document = document;
            chosen[at].score = sum;
            if (count == FORESEEN)
                least = (float)chosen[count - 1].score;
        }
    }
    qsort(chosen, (size_t)count, sizeof *chosen, by_document);
    for (i = 0; i < count; i++)
        documents[i] = chosen[i].document;
    if (add_scores(ranking->terms, ranking->count, documents, scores, count))
        return -1;
    for (i = 0; i < count; i++)
        keep_greatest(ranking->sums, &filled, ranking->wanted, scores[i]);
    if (filled == ranking->wanted)
        raise_threshold(ranking, ranking->sums[0]);
    return 0;
}

/* Divide the documents into blocks, as narrow as the narrowest ranges that are recorded. */
static int divide(Ranking *ranking)
{
    int bits = WINDOW_BITS;
    Py_ssize_t t;
    for (t = 0; t < ranking->leads; t++)
        if (!ranking->order[t]->documents && ranking->order[t]->list.range_bits < bits)
            bits = ranking->order[t]->list.range_bits;
    while (bits < WINDOW_BITS && (ranking->capacity - 1) >> bits >= MOST_BLOCKS)
        bits++;
    ranking->block_bits = bits;
    ranking->blocks = ((ranking->capacity - 1) >> bits) + 1;
    ranking->bounds = PyMem_Calloc((size_t)ranking->blocks, 2 * sizeof *ranking->bounds + 1);
    if (!ranking->bounds) {
        PyErr_NoMemory();
        return -1;
    }
    ranking->rests = ranking->bounds + ranking->blocks;
    ranking->live = (uint8_t *)(ranking->rests + ranking->blocks);
    return 0;
}

/* Whether the lists that must be gone through are few and short, and decoded. */
static int are_few(const Ranking *ranking)
{
    int64_t postings = 0;
    Py_ssize_t t;
    if (ranking->among || ranking->leads - ranking->essential > FEW_LISTS)
        return 0;
    for (t = ranking->essential; t < ranking->leads; t++) {
        if (!ranking->order[t]->documents)
            return 0;
        postings += ranking->order[t]->list.count;
    }
    return postings <= FEW_POSTINGS;
}

/* Rank the documents of few short lists, one after the other. */
static int rank_few(Ranking *ranking)
{
    const Py_ssize_t essential = ranking->essential;
    int64_t at[FEW_LISTS] = {0};
    Py_ssize_t t;
    for (;;) {
        uint32_t document = UINT32_MAX;
        double sum = 0.0;
        for (t = essential; t < ranking->leads; t++) {
            const Term *term = ranking->order[t];
            if (at[t - essential] < term->list.count &&
                term->documents[at[t - essential]] < document)
                document = term->documents[at[t - essential]];
        }
        if (document == UINT32_MAX)
            return settle(ranking);
        for (t = essential; t < ranking->leads; t++) {
            const Term *term = ranking->order[t];
            if (at[t - essential] < term->list.count &&
                term->documents[at[t - essential]] == document)
                sum += term->most[at[t - essential]++];
        }
        if (ranking->mask && !ranking->mask[document])
            continue;
        if (add_pending(ranking, document, sum, essential))
            return -1;
    }
}

/* The first document from `first` on that a list has that is gone through, as far as these are
   decoded; `first` itself where one is not. */
static int64_t next_document(Ranking *ranking, int64_t first)
{
    int64_t next = ranking->capacity;
    Py_ssize_t t;
    if (ranking->among) {
        while (ranking->at < ranking->size && ranking->among[ranking->at] < first)
            ranking->at++; /* those of windows that were passed over */
        return ranking->at < ranking->size ? ranking->among[ranking->at] : next;
    }
    for (t = ranking->essential; t < ranking->leads; t++) {
        Term *term = ranking->order[t];
        int64_t at;
        if (!term->documents)
            return first;
        at = seek(term->documents, 0, term->list.count, (uint32_t)first);
        if (at < term->list.count && (int64_t)term->documents[at] < next)
            next = term->documents[at];
    }
    return next;
}

static int rank(Ranking *ranking)
{
    int64_t block, first, end, next, postings = ranking->size;
    Py_ssize_t t;
    for (t = ranking->essential; !ranking->among && t < ranking->leads; t++)
        postings += ranking->order[t]->list.count;
    if (postings > FEW_POSTINGS) {
        for (t = 0; t < ranking->leads; t++)
            add_bounds(ranking, ranking->order[t], ranking->bounds, 0, ranking->blocks);
        /* Of given documents the best blocks may have none. */
        if (!ranking->among && ranking->leads > FEW_LISTS && foresee(ranking))
            return -1;
        if (!ranking->among && ranking->leads <= FEW_LISTS && rank_best_blocks(ranking))
            return -1;
        for (block = 0; block < ranking->blocks; block++)
            ranking->live[block] = ranking->bounds[block] >= 0.0f;
    } else {
        for (block = 0; block < ranking->blocks; block++) {
            ranking->live[block] = 1;
            ranking->bounds[block] = (float)ranking->before[ranking->leads];
        }
    }
    for (first = 0; first < ranking->capacity; first += WINDOW) {
        first = next_document(ranking, first) & ~(int64_t)(WINDOW - 1);
        if (first >= ranking->capacity)
            break;
        end = least_of(first + WINDOW, ranking->capacity);
        next = ((end - 1) >> ranking->block_bits) + 1;
        for (block = first >> ranking->block_bits; block < next; block++)
            ranking->live[block] &= ranking->bounds[block] * ranking->room >= ranking->threshold;
        if (has_live(ranking, first, end) && rank_window(ranking, first, end))
            return -1;
    }
    return 0;
}

/* Take given documents, each of which is a hit, if they are few. */
static int take_given(Ranking *ranking)
{
    int64_t i;
    for (i = 0; i < ranking->size; i++) {
        if (make_room(&ranking->pending, i, &ranking->pending_room))
            return -1;
        ranking->pending[i].document = (uint32_t)ranking->among[i];
        ranking->pending[i].score = HUGE_VAL; /* not known yet */
    }
    return score_all(ranking, ranking->pending, ranking->size);
}

/* The documents that are ranked are there, ascending. */
static int check_given(const Ranking *ranking)
{
    int64_t i, last = -1;
    for (i = 0; i < ranking->size; i++) {
        if (ranking->among[i] <= last || ranking->among[i] >= ranking->capacity)
            return damaged("a document that is not there");
        last = ranking->among[i];
    }
    return 0;
}

static void free_ranking(Ranking *ranking)
{
    PyMem_Free(ranking->order);
    PyMem_Free(ranking->before);
    PyMem_Free(ranking->bounds);
    PyMem_Free(ranking->best);
    PyMem_Free(ranking->sums);
    PyMem_Free(ranking->pending);
    PyMem_Free(ranking->candidates);
}

/* Find the greatest score of each term, and put them in order. */
static int order_terms(Ranking *ranking)
{
    Py_ssize_t t;
    ranking->order = PyMem_Calloc((size_t)ranking->count + 1, sizeof *ranking->order);
    ranking->before = PyMem_Calloc((size_t)ranking->count + 2, sizeof *ranking->before);
    if (!ranking->order || !ranking->before) {
        PyErr_NoMemory();
        return -1;
    }
    for (t = 0; t < ranking->count; t++) {
        if (ranking->terms[t].is_covered)
            continue;
        if (prepare(&ranking->terms[t]))
            return -1;
        ranking->order[ranking->leads++] = &ranking->terms[t];
    }
    qsort(ranking->order, (size_t)ranking->leads, sizeof *ranking->order, by_bound);
    if (!ranking->among && ranking->leads > FEW_LISTS) {
        int64_t room = AHEAD;
        for (t = ranking->leads - 1; t >= 0; t--) {
            Term *term = ranking->order[t];
            if (term->documents)
                continue;
            room -= term->list.count;
            if (room < 0 || !term->is_strong)
                break;
            if (score_list(term))
                return -1;
        }
        qsort(ranking->order, (size_t)ranking->leads, sizeof *ranking->order, by_bound);
    }
    for (t = 0; t < ranking->leads; t++)
        ranking->before[t + 1] = ranking->before[t] + ranking->order[t]->bound;
    while (ranking->essential < ranking->leads && !ranking->order[ranking->essential]->is_strong)
        ranking->essential++;
    ranking->before[ranking->leads + 1] = HUGE_VAL;
    return 0;
}

/* Find the best documents of one segment: `ranking` has the terms, what is allowed and wanted, the
   threshold, and perhaps the only documents that are ranked, whatever terms they have. The
   candidates, scored, ascending by number, hold those that are wanted and all as good as the last
   of them. */
static int rank_segment(Ranking *ranking)
{
    ranking->room = 1.0 + ROUNDING * (double)(2 * ranking->count + 8);
    ranking->best = PyMem_Malloc((size_t)ranking->wanted * sizeof *ranking->best);
    ranking->sums = PyMem_Malloc((size_t)ranking->wanted * sizeof *ranking->sums);
    if (!ranking->best || !ranking->sums) {
        PyErr_NoMemory();
        return -1;
    }
    if (ranking->among && check_given(ranking))
        return -1;
    if (ranking->among && (ranking->size <= FEW_GIVEN || !ranking->count))
        return take_given(ranking);
    if (!ranking->count)
        return 0;
    ranking->scratch = ranking->terms[0].channel->scratch;
    if (are_kept(ranking))
        return rank_kept(ranking);
    if (order_terms(ranking))
        return -1;
    if (are_few(ranking))
        return rank_few(ranking);
    return divide(ranking) || rank(ranking) || settle(ranking) ? -1 : 0;
}

#endif
