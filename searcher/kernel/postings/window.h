/* Ranking the documents of one window, a term at a time. */

#ifndef SEARCHER_POSTINGS_WINDOW_H
#define SEARCHER_POSTINGS_WINDOW_H

#include "candidates.h"

/* So few documents of a window are completed one by one. */
#define FEW_CANDIDATES 8
/* If one of so many has a sum, all frequencies of a range are decoded. */
#define MANY 8

/* Add to the bounds of blocks what the directory of a list says that it gives. */
static void add_recorded_bounds(const Ranking *ranking, const Term *term, float *bounds,
                                int64_t first, int64_t end)
{
    const List *list = &term->list;
    const int bits = ranking->block_bits;
    const float level = (float)term->level;
    int64_t block;
    if (!list->ranges || term->channel->stale < 0) {
        for (block = first; block < end; block++)
            bounds[block] += term->quick_weight;
    } else if (list->range_bits >= bits) {
        const int wider = list->range_bits - bits;
        for (block = first; block < end; block++)
            bounds[block] += level * (float)list->greatest[block >> wider];
    } else {
        const int narrower = bits - list->range_bits;
        for (block = first; block < end; block++) {
            int64_t range = block << narrower, last = (block + 1) << narrower;
            uint8_t greatest = 0;
            if (last > list->ranges)
                last = list->ranges;
            for (; range < last; range++)
                if (greatest < list->greatest[range])
                    greatest = list->greatest[range];
            bounds[block] += level * (float)greatest;
        }
    }
}

/* Add to the bounds of blocks what a term can give to their documents, with what it covers. */
static void add_bounds(const Ranking *ranking, const Term *term, float *bounds, int64_t first,
                       int64_t end)
{
    const List *list = &term->list;
    const int bits = ranking->block_bits;
    int64_t block, at;
    if (!term->documents) {
        for (; term; term = term->covered)
            add_recorded_bounds(ranking, term, bounds, first, end);
        return;
    }
    at = first ? seek(term->documents, 0, list->count, (uint32_t)(first << bits)) : 0;
    while (at < list->count && (block = term->documents[at] >> bits) < end) {
        float greatest = 0.0f;
        for (; at < list->count && (int64_t)(term->documents[at] >> bits) == block; at++)
            if (greatest < term->most[at])
                greatest = term->most[at];
        bounds[block] += greatest;
    }
}

/* Whether a block of the documents from `first` up to `end` is looked at. */
static int has_live(const Ranking *ranking, int64_t first, int64_t end)
{
    const int64_t block = first >> ranking->block_bits;
    return memchr(ranking->live + block, 1, (size_t)(((end - 1) >> ranking->block_bits) + 1 - block)) !=
           NULL;
}

/* Whether all blocks of the documents from `first` up to `end` are. */
static int is_all_live(const Ranking *ranking, int64_t first, int64_t end)
{
    const int64_t block = first >> ranking->block_bits;
    return memchr(ranking->live + block, 0, (size_t)(((end - 1) >> ranking->block_bits) + 1 - block)) ==
           NULL;
}

/* The range of a list, cut to a window. */
typedef struct {
    int64_t from, to; /* places in what was decoded */
} Cut;

/* Decode the part of a range that is in a window; an empty one where no block is looked at. */
static int cut_range(const Ranking *ranking, Term *term, int64_t range, int64_t first, int64_t end,
                     int with_values, Cut *cut)
{
    const int bits = term->list.range_bits;
    const int64_t start = range << bits, next = (range + 1) << bits;
    cut->from = cut->to = 0;
    if (!has_live(ranking, start > first ? start : first, least_of(next, end)))
        return 0;
    if (decode_range(term, range, with_values))
        return -1;
    cut->to = term->range_count;
    if (start < first)
        cut->from = seek(term->range_documents, 0, cut->to, (uint32_t)first);
    if (next > end)
        cut->to = seek(term->range_documents, cut->from, cut->to, (uint32_t)end);
    return 0;
}

/* Add scores to the sums of documents of the window. */
static void add_sums(Ranking *ranking, const uint32_t *documents, const float *scores,
                     int64_t count, int64_t first, int is_all)
{
    const int bits = ranking->block_bits;
    const uint8_t *live = ranking->live;
    float *sums = ranking->scratch->sums;
    uint16_t *touched = ranking->scratch->touched;
    int64_t i, size = ranking->touched;
    for (i = 0; i < count; i++) {
        const uint32_t local = documents[i] - (uint32_t)first;
        float *sum = sums + local;
        if (!is_all && !live[documents[i] >> bits])
            continue;
        touched[size] = (uint16_t)local;
        size += *sum == 0.0f;
        *sum += scores[i] > LEAST_SCORE ? scores[i] : LEAST_SCORE;
    }
    ranking->touched = size;
}

/* Add up what a list gives to the documents of the blocks of a window that are looked at. */
static int add_list(Ranking *ranking, Term *term, int64_t first, int64_t end)
{
    const List *list = &term->list;
    const int is_all = is_all_live(ranking, first, end);
    float scores[CHUNK];
    int64_t at, next, range;
    Cut cut;
    if (term->documents) {
        at = seek(term->documents, 0, list->count, (uint32_t)first);
        next = seek(term->documents, at, list->count, (uint32_t)end);
        add_sums(ranking, term->documents + at, term->most + at, next - at, first, is_all);
        return 0;
    }
    for (range = first >> list->range_bits; range <= (end - 1) >> list->range_bits; range++) {
        if (cut_range(ranking, term, range, first, end, 1, &cut))
            return -1;
        for (at = cut.from; at < cut.to; at = next) {
            next = least_of(at + CHUNK, cut.to);
            score_postings(term, term->range_documents + at, term->range_frequencies + at,
                           term->range_titles + at, next - at, scores);
            add_sums(ranking, term->range_documents + at, scores, next - at, first, is_all);
        }
    }
    return 0;
}

/* About how many postings of a list are in a window. */
static int64_t in_window(const Ranking *ranking, const Term *term, int64_t first, int64_t end)
{
    return term->list.count / (ranking->capacity / (end - first) + 1);
}

/* Add what a list gives to the documents of a window that have a sum. */
static int add_to_sums(Ranking *ranking, Term *term, int64_t first, int64_t end)
{
    const List *list = &term->list;
    const int are_many = MANY * ranking->touched > in_window(ranking, term, first, end);
    float *sums = ranking->scratch->sums;
    int64_t at, range;
    Cut cut;
    if (term->documents) {
        at = seek(term->documents, 0, list->count, (uint32_t)first);
        for (; at < list->count && (int64_t)term->documents[at] < end; at++)
            if (sums[term->documents[at] - first] != 0.0f)
                sums[term->documents[at] - first] += term->most[at];
        return 0;
    }
    for (range = first >> list->range_bits; range <= (end - 1) >> list->range_bits; range++) {
        int64_t rank;
        if (cut_range(ranking, term, range, first, end, are_many, &cut))
            return -1;
        rank = half(list->ranks + 4 * range);
        for (at = cut.from; at < cut.to; at++) {
            const uint32_t document = term->range_documents[at];
            float *sum = sums + (document - first);
            if (*sum != 0.0f)
                *sum += are_many ? most_score(term, document, term->range_frequencies[at],
                                              term->range_titles[at])
                                 : most_at(term, document, rank + at);
        }
    }
    return 0;
}

/* Forget the documents of a window that cannot be among the best, whatever the lists before `end`
   give; with `by_block` as far as these have it recorded for blocks. */
static void filter(Ranking *ranking, int64_t first, Py_ssize_t end, int by_block)
{
    float *sums = ranking->scratch->sums;
    uint16_t *touched = ranking->scratch->touched;
    const float least = (float)(ranking->threshold / ranking->room);
    const float all = (float)ranking->before[end];
    int64_t i, kept = 0;
    for (i = 0; i < ranking->touched; i++) {
        const uint16_t local = touched[i];
        const float rest = by_block ? ranking->rests[(first + local) >> ranking->block_bits] : all;
        const int is_kept =
            sums[local] + rest >= least && (!ranking->mask || ranking->mask[first + local]);
        touched[kept] = local; /* without a branch, which could not be foreseen */
        kept += is_kept;
        sums[local] = is_kept ? sums[local] : 0.0f;
    }
    ranking->touched = kept;
}

/* Begin with the documents of a window that are ranked, whatever terms they have. */
static void touch_given(Ranking *ranking, int64_t first, int64_t end)
{
    while (ranking->at < ranking->size && ranking->among[ranking->at] < first)
        ranking->at++;
    for (; ranking->at < ranking->size && ranking->among[ranking->at] < end; ranking->at++) {
        const int64_t document = ranking->among[ranking->at];
        if (ranking->live[document >> ranking->block_bits]) {
            ranking->scratch->sums[document - first] = LEAST_SCORE;
            ranking->scratch->touched[ranking->touched++] = (uint16_t)(document - first);
        }
    }
}

static int rank_window(Ranking *ranking, int64_t first, int64_t end)
{
    const int64_t block = first >> ranking->block_bits;
    const int64_t last = ((end - 1) >> ranking->block_bits) + 1;
    float *sums = ranking->scratch->sums;
    Py_ssize_t t = ranking->leads, other;
    int64_t i;
    int result = -1;
    ranking->touched = 0;
    partition(ranking);
    if (ranking->among) {
        touch_given(ranking, first, end);
    } else {
        while (t > ranking->essential)
            if (add_list(ranking, ranking->order[--t], first, end))
                goto done;
    }
    if (t && ranking->touched > last - block) {
        memset(ranking->rests + block, 0, (size_t)(last - block) * sizeof *ranking->rests);
        for (other = 0; other < t; other++)
            add_bounds(ranking, ranking->order[other], ranking->rests, block, last);
        filter(ranking, first, t, 1);
    } else {
        filter(ranking, first, t, 0);
    }
    while (t && ranking->touched > FEW_CANDIDATES) {
        Term *term = ranking->order[t - 1];
        /* Asking for a document takes as long as going through a dozen. */
        if (in_window(ranking, term, first, end) > ASKING * ranking->touched)
            break;
        if (add_to_sums(ranking, term, first, end))
            goto done;
        filter(ranking, first, --t, 0);
    }
    for (i = 0; i < ranking->touched; i++)
        if (add_pending(ranking, (uint32_t)(first + ranking->scratch->touched[i]),
                        sums[ranking->scratch->touched[i]], t))
            goto done;
    result = score_likely(ranking);
done:
    for (i = 0; i < ranking->touched; i++)
        sums[ranking->scratch->touched[i]] = 0.0f;
    return result;
}

#endif
