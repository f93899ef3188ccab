/* The postings of a kept list that are worth most: they are found once, for many queries.

   What is known of them alone tells what the best documents have at least, so that a query begins with
   a threshold; a query for one word has its hits among them. */

#ifndef SEARCHER_POSTINGS_TOP_H
#define SEARCHER_POSTINGS_TOP_H

#include "candidates.h"

/* Documents are put together in a table of up to so many places, a power of two, some for each. */
#define TABLE_BITS 12
#define PLACES_FOR_EACH 4

/* A list, with those that are kept beside it, and its part of the documents that are looked at. */
typedef struct {
    CachedList *list;
    int is_strong, lists;
    float levels[1 + MOST_BESIDE]; /* what a part of each list's impacts is worth */
    float bound;                   /* what a posting gives at most */
    int64_t at, end;               /* ranks of the postings that are looked at */
    float before;                  /* what all lists before this one give at most */
} Kept;

/* What a posting gives, by what it is worth for each list. */
static inline float impacts_score(const Kept *kept, const uint16_t *impacts)
{
    float sum = kept->levels[0] * (float)impacts[0];
    int i;
    for (i = 1; i < kept->lists; i++)
        sum += kept->levels[i] * (float)impacts[i];
    return sum > LEAST_SCORE ? sum : LEAST_SCORE;
}

static inline float row_score(const Kept *kept, int64_t rank)
{
    return impacts_score(kept, kept->list->rows + rank * kept->list->width + 1);
}

/* The same for one of those that are worth most. */
static inline float top_score(const Kept *kept, int64_t at)
{
    return impacts_score(kept, kept->list->top_impacts + at * (kept->list->width - 1));
}

/* Find the postings that are worth most to this query. */
static void find_top(const Ranking *ranking, const Kept *kept)
{
    CachedList *list = kept->list;
    const int lists = list->width - 1;
    float scores[TOP];
    uint32_t ranks[TOP];
    int64_t rank, block = 0;
    int at, count = 0;
    for (rank = 0; rank < list->count; rank++) {
        const float score = row_score(kept, rank);
        if (count == TOP && score <= scores[TOP - 1])
            continue;
        at = count < TOP ? count++ : TOP - 1;
        for (; at && scores[at - 1] < score; at--) {
            scores[at] = scores[at - 1];
            ranks[at] = ranks[at - 1];
            list->top_documents[at] = list->top_documents[at - 1];
        }
        scores[at] = score;
        ranks[at] = (uint32_t)rank;
        if (list->whole) {
            list->top_documents[at] = list->whole[rank];
            continue;
        }
        while ((int64_t)list->firsts[block + 1] <= rank)
            block++;
        list->top_documents[at] =
            (uint32_t)(block << ranking->block_bits) | list->rows[rank * list->width];
    }
    for (at = 0; at < count; at++)
        memcpy(list->top_impacts + at * lists, list->rows + (int64_t)ranks[at] * list->width + 1,
               (size_t)lists * sizeof *list->top_impacts);
    list->tops = count;
    memcpy(list->levels, kept->levels, sizeof list->levels);
}

/* Whether the postings of a list that are known to be worth most are those that are worth most to this
   query. They are looked for where none are known, or where the last query that they were not for had
   the same weights. Those of a list alone are in the same order whatever its weight: they are looked
   for with a weight of 1, for with others they may all be worth LEAST_SCORE. */
static int has_top(const Ranking *ranking, const Kept *kept)
{
    CachedList *list = kept->list;
    Kept wanted = *kept;
    if (wanted.lists == 1)
        wanted.levels[0] = 1.0f / FULL;
    if (!list->tops)
        find_top(ranking, &wanted);
    if (!memcmp(list->levels, wanted.levels, sizeof list->levels))
        return 1;
    if (memcmp(list->other_levels, wanted.levels, sizeof list->levels)) {
        memcpy(list->other_levels, wanted.levels, sizeof list->levels);
        return 0;
    }
    find_top(ranking, &wanted);
    return 1;
}

/* The place of a document in a table. */
static inline uint32_t table_place(uint32_t document, int bits)
{
    return (document * UINT32_C(0x9e3779b1)) >> (32 - bits);
}

/* Raise the threshold by the documents that the lists are worth most to, whatever else these have: as
   many documents as are wanted have at least the sums of what is known. */
static void foresee_kept(Ranking *ranking, const Kept *kept)
{
    float sums[1 << TABLE_BITS];
    uint32_t owners[1 << TABLE_BITS];
    int64_t filled = 0;
    Py_ssize_t t;
    int at, bits = 1;
    while (bits < TABLE_BITS && (Py_ssize_t)1 << bits < PLACES_FOR_EACH * TOP * ranking->leads)
        bits++;
    memset(sums, 0, sizeof *sums << bits);
    for (t = ranking->leads - 1; t >= 0; t--) {
        const CachedList *list = kept[t].list;
        has_top(ranking, &kept[t]);
        for (at = 0; at < list->tops; at++) {
            const uint32_t document = list->top_documents[at], place = table_place(document, bits);
            const float score = top_score(&kept[t], at);
            if (sums[place] != 0.0f && owners[place] == document) {
                sums[place] += score;
            } else if (kept[t].is_strong && score > sums[place]) {
                sums[place] = score; /* the better one of two that fall together */
                owners[place] = document;
            }
        }
    }
    for (t = ranking->leads - 1; t >= 0 && kept[t].is_strong; t--) {
        const CachedList *list = kept[t].list;
        for (at = 0; at < list->tops; at++) {
            const uint32_t document = list->top_documents[at], place = table_place(document, bits);
            if (sums[place] == 0.0f || owners[place] != document)
                continue;
            if (!ranking->mask || ranking->mask[document])
                keep_greatest(ranking->sums, &filled, ranking->wanted, sums[place]);
            sums[place] = 0.0f; /* each once */
        }
    }
    if (filled == ranking->wanted)
        raise_threshold(ranking, ranking->sums[0] / ranking->room - ranking->excess);
}

#endif
