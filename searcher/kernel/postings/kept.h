/* The best documents of a segment whose lists for a query are all kept (cache.h).

   The documents that lists are known to be worth most to give a threshold to begin with (top.h). Then
   documents follow window by window, as MaxScore does it (Turtle and Flood, 1995): lists that together
   give too little are not gone through, only asked for the documents that others have. Windows are
   divided into blocks, of which it is known what each list gives in them at most, so that those which
   promise too little are passed over, and documents are sooner forgotten.

   Sums of what is kept are scores to a few millionths. So the sums alone, less what they may be too
   much, say which score the best documents have at least, and only what reaches it is scored by all
   terms, in their order. */

#ifndef SEARCHER_POSTINGS_KEPT_H
#define SEARCHER_POSTINGS_KEPT_H

#include "top.h"

/* Blocks that promise too little are passed over by lists with so many postings in each. */
#define DENSE 8
/* If no more than one in so many documents was left out, the next list is added before it is asked
   again which can be. */
#define FILTERING 16
/* So few lists with so few postings are gone through document by document. */
#define FEW_KEPT 8
#define FEW_KEPT_POSTINGS 512
/* For so few postings no threshold is looked for. */
#define FORESIGHT 128
/* Documents are marked where lists have so many times as many postings. */
#define MARKING 2

static int by_kept_bound(const void *one, const void *other)
{
    const Kept *a = one, *b = other;
    if (a->is_strong != b->is_strong)
        return a->is_strong ? 1 : -1;
    return (a->bound > b->bound) - (a->bound < b->bound);
}

/* The lists of the query, weak ones first, then by bound. */
static void open_kept(const Ranking *ranking, Kept *kept)
{
    Py_ssize_t t, count = 0;
    float before = 0.0f;
    for (t = 0; t < ranking->count; t++) {
        const Term *term = &ranking->terms[t];
        Kept *each = &kept[count];
        if (term->is_covered)
            continue;
        each->list = term->cached;
        each->is_strong = term->is_strong;
        for (; term; term = term->covered, each->lists++) {
            each->levels[each->lists] = term->quick_weight * (1.0f / FULL);
            each->bound += each->levels[each->lists] * (float)each->list->most[each->lists];
        }
        each->bound = each->bound > LEAST_SCORE ? each->bound : LEAST_SCORE;
        count++;
    }
    qsort(kept, (size_t)count, sizeof *kept, by_kept_bound);
    for (t = 0; t < count; t++) {
        kept[t].before = before;
        before += kept[t].bound;
    }
}

/* Add to the bounds of blocks what a list gives to their documents at most. */
static void add_kept_bounds(const Ranking *ranking, const Kept *kept, float *bounds)
{
    const CachedList *list = kept->list;
    int64_t block, at;
    int i;
    for (i = 0; list->greatest && i < kept->lists; i++) {
        const uint16_t *greatest = list->greatest + i * ranking->blocks;
        const float level = kept->levels[i];
        for (block = 0; block < ranking->blocks; block++)
            bounds[block] += level * (float)greatest[block];
    }
    for (at = 0; list->whole && at < list->count;) {
        float most = 0.0f;
        block = list->whole[at] >> ranking->block_bits;
        for (; at < list->count && (int64_t)(list->whole[at] >> ranking->block_bits) == block; at++) {
            const float score = row_score(kept, at);
            most = most < score ? score : most;
        }
        bounds[block] += most;
    }
}

/* What the lists before the `t`-th give to the documents of each block at most. */
static float *rests_of(const Ranking *ranking, Py_ssize_t t)
{
    return ranking->rests + t * ranking->blocks;
}

/* Find that for all lists; of all together it is what blocks promise. */
static void find_rests(Ranking *ranking, const Kept *kept)
{
    const size_t size = (size_t)ranking->blocks * sizeof *ranking->rests;
    Py_ssize_t t;
    memset(ranking->rests, 0, size);
    for (t = 0; t < ranking->leads; t++) {
        memcpy(rests_of(ranking, t + 1), rests_of(ranking, t), size);
        add_kept_bounds(ranking, &kept[t], rests_of(ranking, t + 1));
    }
    ranking->bounds = rests_of(ranking, ranking->leads);
}

/* Find the postings of a list in the documents from `first` up to `end`, which are whole blocks. In
   one window after the other the next ones come behind the last ones. */
static void enter_span(const Ranking *ranking, Kept *kept, int64_t first, int64_t end)
{
    const CachedList *list = kept->list;
    if (list->whole) {
        kept->at = seek_whole(list, kept->end, first);
        kept->end = seek_whole(list, kept->at, end);
    } else {
        const int64_t block = first >> ranking->block_bits;
        const int64_t last = ((end - 1) >> ranking->block_bits) + 1, next = 2 * last - block;
        kept->at = list->firsts[block];
        kept->end = list->firsts[last];
        if (next <= ranking->blocks)
            FETCH(&list->firsts[next]); /* the end of the next window */
    }
}

/* Add up what some postings of a list give to their documents. */
static void add_rows(Ranking *ranking, const Kept *kept, int64_t from, int64_t to)
{
    const int width = kept->list->width;
    const uint16_t *row = kept->list->rows + from * width, *end = kept->list->rows + to * width;
    const float level = kept->levels[0], next_level = kept->levels[1];
    float *sums = ranking->scratch->sums;
    uint16_t *touched = ranking->scratch->touched + ranking->touched;
    int64_t rank = from;
    for (; row < end; row += width, rank++) {
        float *sum = sums + row[0], score = level * (float)row[1];
        if (width == 3)
            score += next_level * (float)row[2];
        else if (width > 3)
            score = row_score(kept, rank);
        *touched = row[0];
        touched += *sum == 0.0f;
        *sum += score > LEAST_SCORE ? score : LEAST_SCORE;
    }
    ranking->touched = touched - ranking->scratch->touched;
}

/* The same for those of a window, passing over blocks that promise too little. */
static void add_live_rows(Ranking *ranking, const Kept *kept, int64_t first, int64_t end)
{
    const int64_t last = ((end - 1) >> ranking->block_bits) + 1;
    int64_t block = first >> ranking->block_bits, from;
    if (kept->list->whole || kept->end - kept->at < DENSE * (last - block)) {
        add_rows(ranking, kept, kept->at, kept->end);
        return;
    }
    while (block < last) {
        while (block < last && !ranking->live[block])
            block++;
        from = block;
        while (block < last && ranking->live[block])
            block++;
        add_rows(ranking, kept, kept->list->firsts[from], kept->list->firsts[block]);
    }
}

/* Add what a list gives to the documents that have a sum, each of which it is asked for. */
static void add_looked_up(Ranking *ranking, const Kept *kept, int64_t first)
{
    const CachedList *list = kept->list;
    const uint16_t *touched = ranking->scratch->touched;
    const int64_t count = ranking->touched;
    const uint32_t *firsts = list->firsts ? list->firsts + (first >> ranking->block_bits) : NULL;
    int64_t i;
    for (i = 0; firsts && i < count; i++)
        FETCH(list->rows + firsts[touched[i] >> ranking->block_bits] * (int64_t)list->width);
    for (i = 0; i < count; i++) {
        const uint16_t place = touched[i];
        const int block = place >> ranking->block_bits;
        const int64_t last = firsts ? (int64_t)firsts[block + 1] : kept->end;
        const int64_t rank = seek_place(list, firsts ? (int64_t)firsts[block] : kept->at, last, place);
        if (rank < last && list->rows[rank * list->width] == place)
            ranking->scratch->sums[place] += row_score(kept, rank);
    }
}

/* The same, going through the list: it has few of the documents, which are marked. */
static void add_marked(Ranking *ranking, const Kept *kept)
{
    const int width = kept->list->width;
    const uint16_t *rows = kept->list->rows;
    const uint64_t *marks = ranking->scratch->marks;
    float *sums = ranking->scratch->sums;
    int64_t at, next, rank, i;
    for (at = kept->at; at < kept->end; at = next) {
        int64_t found[CHUNK], count = 0;
        next = least_of(at + CHUNK, kept->end);
        for (rank = at; rank < next; rank++) {
            const uint16_t place = rows[rank * width];
            found[count] = rank;
            count += is_marked(marks, place);
        }
        for (i = 0; i < count; i++) {
            float *sum = sums + rows[found[i] * width];
            *sum += *sum != 0.0f ? row_score(kept, found[i]) : 0.0f; /* some have none any more */
        }
    }
}

/* The same; it may have many of them. */
static void add_passing(Ranking *ranking, const Kept *kept)
{
    const CachedList *list = kept->list;
    const float level = kept->levels[0], next_level = kept->levels[1];
    const uint16_t *row = list->rows + kept->at * list->width;
    const uint16_t *end = list->rows + kept->end * list->width;
    float *sums = ranking->scratch->sums;
    int64_t rank;
    /* Without branches: which documents have a sum could not be foreseen. */
    if (list->width == 2) {
        for (; row < end; row += 2) {
            const float sum = sums[row[0]], score = level * (float)row[1];
            sums[row[0]] = sum + score * (float)(sum != 0.0f);
        }
        return;
    }
    for (rank = kept->at; row < end; row += list->width, rank++) {
        const float sum = sums[row[0]];
        const float score = list->width == 3 ? level * (float)row[1] + next_level * (float)row[2]
                                             : row_score(kept, rank);
        sums[row[0]] = sum + score * (float)(sum != 0.0f);
    }
}

/* Add what a list gives to the documents that have a sum, in whichever way takes least. */
static void add_rows_to_sums(Ranking *ranking, const Kept *kept, int64_t first)
{
    const int64_t rows = kept->end - kept->at;
    if (rows > SEEKING * ranking->touched)
        add_looked_up(ranking, kept, first);
    else if (rows > MARKING * ranking->touched)
        add_marked(ranking, kept);
    else
        add_passing(ranking, kept);
}

/* Forget the documents of a window that cannot be among the best, whatever the lists before the `t`-th
   give to those of their blocks. */
static void filter_places(Ranking *ranking, int64_t first, Py_ssize_t t)
{
    float *sums = ranking->scratch->sums;
    uint16_t *touched = ranking->scratch->touched;
    const float least = (float)(ranking->threshold / ranking->room);
    const int bits = ranking->block_bits;
    const float *rests = rests_of(ranking, t) + (first >> bits);
    const uint8_t *mask = ranking->mask ? ranking->mask + first : NULL;
    const int64_t count = ranking->touched;
    int64_t i, kept = 0;
    /* Without a branch, which could not be foreseen. */
    for (i = 0; i < count; i++) {
        const uint16_t place = touched[i];
        const float sum = sums[place];
        const uint32_t is_kept =
            (uint32_t)(sum + rests[place >> bits] >= least) & (uint32_t)(mask ? mask[place] != 0 : 1);
        touched[kept] = place;
        kept += is_kept;
        sums[place] = sum * (float)is_kept;
    }
    ranking->touched = kept;
}

/* Forget documents that cannot be among the best any more. */
static void drop_pending(Ranking *ranking)
{
    const double least = ranking->threshold / ranking->room;
    int64_t i, kept = 0;
    for (i = 0; i < ranking->pending_count; i++)
        if (ranking->pending[i].score >= least)
            ranking->pending[kept++] = ranking->pending[i];
    ranking->pending_count = kept;
}

/* Keep a document to be scored, and raise the threshold by what it has at least. */
static int add_estimated(Ranking *ranking, uint32_t document, double sum)
{
    if (ranking->pending_count == ranking->pending_room) {
        drop_pending(ranking);
        if (2 * ranking->pending_count >= ranking->pending_room &&
            make_room(&ranking->pending, ranking->pending_room, &ranking->pending_room))
            return -1;
    }
    ranking->pending[ranking->pending_count].document = document;
    ranking->pending[ranking->pending_count++].score = sum;
    keep_greatest(ranking->sums, &ranking->estimated, ranking->wanted,
                  sum / ranking->room - ranking->excess);
    if (ranking->estimated == ranking->wanted)
        raise_threshold(ranking, ranking->sums[0]);
    return 0;
}

/* Rank the documents of a window from `first` up to `end`, which are whole blocks. */
static int rank_span(Ranking *ranking, Kept *kept, int64_t first, int64_t end)
{
    const int64_t window = first & ~(int64_t)(WINDOW - 1);
    float *sums = ranking->scratch->sums;
    Py_ssize_t t;
    int64_t i;
    int result = 0, is_filtering = 1;
    ranking->touched = 0;
    for (t = ranking->leads - 1; t >= ranking->essential; t--) {
        enter_span(ranking, &kept[t], first, end);
        add_live_rows(ranking, &kept[t], first, end);
    }
    filter_places(ranking, window, ranking->essential);
    if (t >= 0 && ranking->touched)
        mark_places(ranking->scratch->marks, ranking->scratch->touched, ranking->touched);
    for (; t >= 0 && ranking->touched; t--) {
        enter_span(ranking, &kept[t], first, end);
        if (kept[t].at == kept[t].end)
            continue;
        add_rows_to_sums(ranking, &kept[t], window);
        if (is_filtering) {
            const int64_t asked = ranking->touched;
            filter_places(ranking, window, t);
            is_filtering = FILTERING * (asked - ranking->touched) > asked;
        } else {
            is_filtering = 1;
        }
    }
    for (i = 0; i < ranking->touched; i++) {
        const uint16_t place = ranking->scratch->touched[i];
        const int64_t document = window + place;
        if (!result && ranking->live[document >> ranking->block_bits] &&
            add_estimated(ranking, (uint32_t)document, sums[place]))
            result = -1;
        sums[place] = 0.0f;
    }
    return result;
}

/* Lists that together give too little make no document one of the best. */
static void find_essential(Ranking *ranking, const Kept *kept)
{
    while (ranking->essential < ranking->leads &&
           (kept[ranking->essential].before + kept[ranking->essential].bound) * ranking->room <
               ranking->threshold)
        ranking->essential++;
}

/* The first document from `first` on that a list has that is gone through, if these are short. */
static int64_t next_of_short(const Ranking *ranking, const Kept *kept, int64_t first)
{
    int64_t next = ranking->capacity, at;
    Py_ssize_t t;
    for (t = ranking->essential; t < ranking->leads; t++) {
        const CachedList *list = kept[t].list;
        if (!list->whole)
            return first;
        at = seek_whole(list, 0, first);
        if (at < list->count && (int64_t)list->whole[at] < next)
            next = list->whole[at];
    }
    return next;
}

/* Look at one window after the other, in each at the blocks that promise enough. */
static int rank_kept_windows(Ranking *ranking, Kept *kept)
{
    int64_t block, first, end;
    Py_ssize_t t;
    for (t = 0; t < ranking->leads; t++)
        kept[t].end = 0;
    find_rests(ranking, kept);
    for (first = 0; first < ranking->capacity; first += WINDOW) {
        int is_live = 0;
        find_essential(ranking, kept);
        first = next_of_short(ranking, kept, first) & ~(int64_t)(WINDOW - 1);
        if (ranking->essential == ranking->leads || first >= ranking->capacity)
            break;
        end = least_of(first + WINDOW, ranking->capacity);
        for (block = first >> ranking->block_bits; block <= (end - 1) >> ranking->block_bits; block++) {
            ranking->live[block] = ranking->bounds[block] * ranking->room >= ranking->threshold;
            is_live |= ranking->live[block];
        }
        if (is_live && rank_span(ranking, kept, first, end))
            return -1;
    }
    return 0;
}

/* Rank by one list alone. Returns whether the postings that are known to be worth most hold all that
   may be among the best; if not, they have raised the threshold. -1 on error. */
static int rank_top(Ranking *ranking, const Kept *kept)
{
    const CachedList *list = kept->list;
    const int is_known = has_top(ranking, kept);
    int at;
    for (at = 0; at < list->tops; at++) {
        const uint32_t document = list->top_documents[at];
        const float sum = top_score(kept, at);
        if (sum >= ranking->threshold / ranking->room &&
            (!ranking->mask || ranking->mask[document]) && add_estimated(ranking, document, sum))
            return -1;
    }
    if (is_known && (list->tops == list->count ||
                     top_score(kept, list->tops - 1) < ranking->threshold / ranking->room))
        return 1;
    ranking->pending_count = ranking->estimated = 0; /* they are met once more */
    return 0;
}

/* How many postings the lists have that must be gone through. */
static int64_t postings_left(const Ranking *ranking, const Kept *kept)
{
    int64_t postings = 0;
    Py_ssize_t t;
    for (t = ranking->essential; t < ranking->leads; t++)
        postings += kept[t].list->count;
    return postings;
}

/* Whether these lists are few, and have few postings and whole documents. */
static int are_few_kept(const Ranking *ranking, const Kept *kept)
{
    Py_ssize_t t;
    for (t = ranking->essential; t < ranking->leads; t++)
        if (!kept[t].list->whole)
            return 0;
    return ranking->leads - ranking->essential <= FEW_KEPT &&
           postings_left(ranking, kept) <= FEW_KEPT_POSTINGS;
}

/* Complete the sums of a few documents, at most CHUNK, ascending, by the lists that were not gone
   through, and keep those that may be among the best. */
static int complete_few(Ranking *ranking, const Kept *kept, uint32_t *documents, float *sums,
                        int64_t count)
{
    int32_t ranks[CHUNK];
    Py_ssize_t t;
    int64_t i;
    for (t = ranking->essential - 1; t >= 0 && count; t--) {
        const float least = (float)(ranking->threshold / ranking->room) - kept[t].before;
        int64_t left = 0;
        find_ranks(kept[t].list, ranking->block_bits, documents, count, ranks);
        for (i = 0; i < count; i++) {
            const float sum = sums[i] + (ranks[i] >= 0 ? row_score(&kept[t], ranks[i]) : 0.0f);
            documents[left] = documents[i];
            sums[left] = sum;
            left += sum >= least;
        }
        count = left;
    }
    for (i = 0; i < count; i++)
        if (sums[i] >= ranking->threshold / ranking->room && add_estimated(ranking, documents[i], sums[i]))
            return -1;
    return 0;
}

/* Rank the documents of few short lists, one after the other. */
static int rank_few_kept(Ranking *ranking, Kept *kept)
{
    const Py_ssize_t essential = ranking->essential;
    uint32_t documents[CHUNK];
    float sums[CHUNK];
    int64_t count = 0;
    Py_ssize_t t;
    for (;;) {
        uint32_t document = UINT32_MAX;
        float sum = 0.0f;
        for (t = essential; t < ranking->leads; t++)
            if (kept[t].at < kept[t].list->count && kept[t].list->whole[kept[t].at] < document)
                document = kept[t].list->whole[kept[t].at];
        if (document == UINT32_MAX)
            return complete_few(ranking, kept, documents, sums, count);
        for (t = essential; t < ranking->leads; t++)
            if (kept[t].at < kept[t].list->count && kept[t].list->whole[kept[t].at] == document)
                sum += row_score(&kept[t], kept[t].at++);
        if (sum + kept[essential].before < ranking->threshold / ranking->room ||
            (ranking->mask && !ranking->mask[document]))
            continue;
        documents[count] = document;
        sums[count++] = sum;
        if (count == CHUNK) {
            if (complete_few(ranking, kept, documents, sums, count))
                return -1;
            count = 0;
        }
    }
}

/* Rank given documents, each of which is a hit, whatever terms they have. */
static int rank_given_kept(Ranking *ranking, Kept *kept)
{
    float *sums = ranking->scratch->sums;
    uint16_t *touched = ranking->scratch->touched;
    int64_t i;
    Py_ssize_t t;
    int result = 0;
    while (!result && ranking->at < ranking->size) {
        const int64_t first = ranking->among[ranking->at] & ~(int64_t)(WINDOW - 1);
        const int64_t end = least_of(first + WINDOW, ranking->capacity);
        ranking->touched = 0;
        for (; ranking->at < ranking->size && ranking->among[ranking->at] < end; ranking->at++) {
            const uint16_t place = (uint16_t)(ranking->among[ranking->at] - first);
            touched[ranking->touched++] = place;
            sums[place] = LEAST_SCORE;
        }
        mark_places(ranking->scratch->marks, touched, ranking->touched);
        for (t = 0; t < ranking->leads; t++) {
            enter_span(ranking, &kept[t], first, end);
            add_rows_to_sums(ranking, &kept[t], first);
        }
        for (i = 0; i < ranking->touched; i++) {
            const float sum = sums[touched[i]];
            sums[touched[i]] = 0.0f;
            if (!result && sum >= ranking->threshold / ranking->room)
                result = add_estimated(ranking, (uint32_t)(first + touched[i]), sum);
        }
    }
    return result;
}

/* Whether all lists are kept. */
static int are_kept(const Ranking *ranking)
{
    Py_ssize_t t;
    for (t = 0; t < ranking->count; t++)
        if (!ranking->terms[t].is_covered && !ranking->terms[t].cached)
            return 0;
    return ranking->count > 0;
}

/* Find the documents that may be among the best. */
static int estimate(Ranking *ranking, Kept *kept)
{
    const size_t rests = (size_t)(ranking->leads + 1) * (size_t)ranking->blocks;
    if (ranking->among)
        return rank_given_kept(ranking, kept);
    if (ranking->leads == 1 && kept->is_strong) {
        const int is_done = rank_top(ranking, kept);
        if (is_done)
            return is_done < 0 ? -1 : 0;
    }
    while (ranking->essential < ranking->leads && !kept[ranking->essential].is_strong)
        ranking->essential++;
    if (ranking->leads > 1 && postings_left(ranking, kept) > FORESIGHT)
        foresee_kept(ranking, kept);
    find_essential(ranking, kept);
    if (ranking->essential == ranking->leads)
        return 0;
    if (are_few_kept(ranking, kept))
        return rank_few_kept(ranking, kept);
    ranking->rests = PyMem_Malloc(rests * sizeof *ranking->rests + (size_t)ranking->blocks);
    if (!ranking->rests) {
        PyErr_NoMemory();
        return -1;
    }
    ranking->live = (uint8_t *)(ranking->rests + rests);
    return rank_kept_windows(ranking, kept);
}

static int rank_kept(Ranking *ranking)
{
    Kept few[FEW_KEPT], *kept = few;
    Py_ssize_t t;
    int result;
    ranking->block_bits = block_bits_of(ranking->capacity);
    ranking->blocks = blocks_of(ranking->capacity);
    for (t = 0; t < ranking->count; t++) {
        ranking->leads += !ranking->terms[t].is_covered;
        /* What is kept is rounded up, to less than one part more. */
        ranking->excess += ranking->terms[t].quick_weight * (1.0 / FULL) * ranking->room;
    }
    if (ranking->leads > FEW_KEPT && !(kept = PyMem_Malloc((size_t)ranking->leads * sizeof *kept))) {
        PyErr_NoMemory();
        return -1;
    }
    memset(kept, 0, (size_t)ranking->leads * sizeof *kept);
    open_kept(ranking, kept);
    result = estimate(ranking, kept);
    drop_pending(ranking);
    if (!result)
        result = settle(ranking);
    PyMem_Free(ranking->rests);
    ranking->rests = ranking->bounds = NULL;
    if (kept != few)
        PyMem_Free(kept);
    return result;
}

#endif
