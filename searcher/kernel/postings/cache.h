/* Posting lists that are kept decoded, with what each posting is worth, because queries ask for the
   same terms again and again. A list is kept from its second time on, as long as there is room.

   What a posting is worth is kept in two bytes: its score for a weight of 1, which is below 1, in
   parts of FULL, rounded up. Two bytes more are its document. To go through a kept list takes a
   fraction of the time in which it is decoded and scored, and sums of what is kept differ so little
   from scores that they choose the best documents by themselves (kept.h).

   A list is kept together with those of the words that it covers (term.h), posting for posting, 0
   where a word is not.

   Lists are only kept and given up between `next_query` and the end of a query's ranking, when no
   Python code runs, and never one that the query itself has asked for. */

#ifndef SEARCHER_POSTINGS_CACHE_H
#define SEARCHER_POSTINGS_CACHE_H

#include "channel.h"

#define FULL 65535
/* Of lists up to so many postings, or with few for each block, whole documents are kept. */
#define SHORT 512
/* Documents are divided into at most so many blocks, unless these would be wider than windows. */
#define MOST_BLOCKS 1024
/* With a list at most so many that it covers are kept. */
#define MOST_BESIDE 3
/* Of each list so many of the postings that are worth most are known. */
#define TOP 64
/* A place in the cache is looked for among so many. */
#define WAYS 4
#define SETS 4096
/* One list takes at most so much of the room. */
#define LARGEST_SHARE 8
/* A list that was asked for counts half as much when so many queries have gone by. */
#define AGE 128
/* A query has lists of so many postings decoded to be kept, or one that is longer; the next one that
   asks for them goes on. */
#define MOST_DECODED (1 << 18)
/* So many lists are looked at to make room. */
#define LOOKS 64

/* Each posting is a row of numbers: its place in its window, and what it is worth for each list. */
typedef struct {
    int64_t count, bytes;
    int width;           /* numbers of a row */
    uint16_t most[1 + MOST_BESIDE]; /* the greatest of each list */
    uint32_t *whole;     /* the documents of a short list; NULL for a long one, which has: */
    uint32_t *firsts;    /* the rank of the first posting of each block, and the count */
    uint16_t *greatest;  /* the most that postings are worth in each block, list after list */
    uint16_t *rows;
    double *scores;  /* of each posting of a short list for each list, for a weight of 1 */
    uint8_t *counts; /* of the others instead: 16 times the frequency and what of it is in the title,
                        if both are below 16; else 0 */
    /* Of the postings that are worth most, the best first, the documents and what they are worth for
       each list, once they were looked for (top.h): */
    int tops;
    uint32_t *top_documents;
    uint16_t *top_impacts;
    float levels[1 + MOST_BESIDE];       /* what a part of each list's impacts was worth then, */
    float other_levels[1 + MOST_BESIDE]; /* and for the last query for which it was not so */
} CachedList;

/* Which lists these are: where the list begins, and those that it covers; -1 for none. */
typedef struct {
    int64_t segment, channel, start, beside[MOST_BESIDE];
} CacheKey;

typedef struct {
    CacheKey key;
    uint64_t used; /* when; 0 for never */
    uint32_t uses; /* how often by then, those of long ago counted less */
    CachedList *list;
    size_t number; /* of what is kept */
} CacheSlot;

typedef struct {
    int64_t bytes, budget;
    uint64_t now; /* counts queries */
    int64_t decoded; /* postings, by this query */
    size_t count; /* lists that are kept, */
    CacheSlot *kept[SETS * WAYS]; /* their places, */
    size_t hand;  /* and the number of the one that is looked at next to make room */
    CacheSlot slots[SETS * WAYS];
} Cache;

/* A list, and the channel that it is of. */
typedef struct {
    const Channel *channel;
    const List *list;
} Source;

static int block_bits_of(int64_t capacity)
{
    int bits = 0;
    while (bits < WINDOW_BITS && (capacity - 1) >> bits >= MOST_BLOCKS)
        bits++;
    return bits;
}

static int64_t blocks_of(int64_t capacity)
{
    return ((capacity - 1) >> block_bits_of(capacity)) + 1;
}

static void give_up(Cache *cache, CacheSlot *slot)
{
    if (slot->list) {
        cache->bytes -= slot->list->bytes;
        PyMem_Free(slot->list);
        slot->list = NULL;
        cache->kept[slot->number] = cache->kept[--cache->count];
        cache->kept[slot->number]->number = slot->number;
    }
}

static void keep(Cache *cache, CacheSlot *slot, CachedList *list)
{
    slot->list = list;
    slot->number = cache->count;
    cache->kept[cache->count++] = slot;
    cache->bytes += list->bytes;
}

static void free_cache(Cache *cache)
{
    size_t i;
    for (i = 0; cache && i < cache->count; i++)
        PyMem_Free(cache->kept[i]->list);
    PyMem_Free(cache);
}

static void next_query(Cache *cache)
{
    if (cache) {
        cache->now++;
        cache->decoded = 0;
    }
}

/* How often a list was asked for, half as much each time that as many queries as AGE have gone by. */
static uint32_t uses_of(const Cache *cache, const CacheSlot *slot)
{
    const uint64_t ages = (cache->now - slot->used) / AGE;
    return ages < 32 ? slot->uses >> ages : 0;
}

/* Make room for a list by giving up some that are asked for less than half as often; 0 if none is
   found soon. If a list had to be a little better only, queries that take turns would make each
   other's lists be decoded again and again. */
static int make_cache_room(Cache *cache, int64_t bytes, uint32_t uses)
{
    int looks;
    for (looks = 0; cache->bytes + bytes > cache->budget; looks++) {
        CacheSlot *slot;
        if (looks == LOOKS || !cache->count)
            return 0;
        cache->hand = (cache->hand + 1) % cache->count;
        slot = cache->kept[cache->hand];
        if (slot->used < cache->now && 2 * uses_of(cache, slot) < uses)
            give_up(cache, slot);
    }
    return 1;
}

/* Whether a place is that of a list, with those beside it. A list alone may be kept with any. */
static int is_slot_of(const CacheSlot *slot, const CacheKey *key, int count)
{
    return slot->used && slot->key.start == key->start && slot->key.channel == key->channel &&
           slot->key.segment == key->segment &&
           ((count == 1 && slot->list) || !memcmp(slot->key.beside, key->beside, sizeof key->beside));
}

/* The place of a list, with those beside it, and whether it was asked for before; NULL if all places
   are taken. */
static CacheSlot *find_slot(Cache *cache, const CacheKey *key, int count, int *is_known)
{
    const uint64_t hash = ((uint64_t)key->start * 2 + (uint64_t)key->channel +
                           (uint64_t)key->segment * UINT64_C(0x2545f4914f6cdd1d)) *
                          UINT64_C(0x9e3779b97f4a7c15);
    CacheSlot *set = &cache->slots[(hash >> 40) % SETS * WAYS], *least = NULL;
    int way;
    *is_known = 0;
    for (way = 0; way < WAYS; way++) {
        CacheSlot *slot = &set[way];
        if (is_slot_of(slot, key, count)) {
            *is_known = slot->used < cache->now || slot->list;
            if (slot->used < cache->now)
                slot->uses = uses_of(cache, slot) + 1;
            slot->used = cache->now;
            return slot;
        }
        if (slot->used < cache->now &&
            (!least || uses_of(cache, slot) < uses_of(cache, least) ||
             (uses_of(cache, slot) == uses_of(cache, least) && slot->used < least->used)))
            least = slot;
    }
    if (!least)
        return NULL;
    give_up(cache, least);
    least->key = *key;
    least->used = cache->now;
    least->uses = 1;
    return least;
}

static int is_short(int64_t count, int64_t capacity)
{
    return count <= SHORT || count < blocks_of(capacity) / 2;
}

/* How many postings of so many are known to be worth most. */
static int64_t tops_of(int64_t count)
{
    return count < TOP ? count : TOP;
}

/* How many bytes so many postings of `lists` lists take. */
static int64_t cached_bytes(int64_t count, int64_t capacity, int lists)
{
    const int64_t postings = is_short(count, capacity) ? count * (4 + 8 * lists) : count * lists;
    const int64_t blocks = is_short(count, capacity) ? 0 : 4 + blocks_of(capacity) * (4 + 2 * lists);
    return (int64_t)sizeof(CachedList) + postings + blocks + count * (2 + 2 * lists) +
           tops_of(count) * (4 + 2 * lists);
}

/* Room for so many postings of `lists` lists; NULL on error. */
static CachedList *new_cached(int64_t count, int64_t capacity, int lists)
{
    const size_t postings = (size_t)count, tops = (size_t)tops_of(count);
    const size_t blocks = is_short(count, capacity) ? 0 : (size_t)blocks_of(capacity);
    const size_t whole = blocks ? 0 : postings, firsts = blocks ? blocks + 1 : 0;
    const int64_t bytes = cached_bytes(count, capacity, lists);
    CachedList *list = PyMem_Calloc((size_t)bytes, 1);
    uint32_t *fours;
    uint16_t *twos;
    if (!list) {
        PyErr_NoMemory();
        return NULL;
    }
    list->scores = whole ? (double *)(list + 1) : NULL;
    fours = (uint32_t *)((double *)(list + 1) + whole * (size_t)lists);
    twos = (uint16_t *)(fours + whole + firsts + tops);
    list->top_documents = fours + whole + firsts;
    list->top_impacts = twos;
    twos += tops * (size_t)lists;
    list->count = count;
    list->bytes = bytes;
    list->width = 1 + lists;
    list->rows = twos + blocks * (size_t)lists;
    list->counts = whole ? NULL : (uint8_t *)(list->rows + postings * (size_t)(1 + lists));
    if (whole) {
        list->whole = fours;
    } else {
        list->firsts = fours;
        list->greatest = twos;
    }
    return list;
}

/* What a posting with a score is worth, rounded up, and at least something. */
static uint16_t impact_of(double score)
{
    const double parts = ceil(score * FULL);
    if (parts < 1.0)
        return 1;
    return parts < FULL ? (uint16_t)parts : FULL;
}

/* A list, decoded: documents, frequencies and titles, one after the other; NULL on error. */
static uint32_t *decode_list(const List *list)
{
    const int64_t n = list->count;
    uint32_t *values = PyMem_Malloc((size_t)n * 3 * sizeof *values);
    if (!values) {
        PyErr_NoMemory();
        return NULL;
    }
    if (decode_documents(list, 0, n, 0, values) ||
        decode_column(&list->frequencies, list->flags & HAS_FREQUENCIES, 0, n, 1, values + n) ||
        decode_column(&list->titles, list->flags & HAS_TITLES, 0, n, 0, values + 2 * n)) {
        PyMem_Free(values);
        return NULL;
    }
    return values;
}

/* Enter the documents of a list. */
static void enter_documents(CachedList *cached, const uint32_t *documents, int64_t capacity)
{
    const int bits = block_bits_of(capacity);
    int64_t i, block = 0;
    for (i = 0; i < cached->count; i++) {
        cached->rows[i * cached->width] = (uint16_t)(documents[i] & (WINDOW - 1));
        if (cached->whole)
            cached->whole[i] = documents[i];
        else
            for (; block <= (int64_t)(documents[i] >> bits); block++)
                cached->firsts[block] = (uint32_t)i;
    }
    if (cached->firsts)
        for (; block <= blocks_of(capacity); block++)
            cached->firsts[block] = (uint32_t)cached->count;
}

/* Enter what the postings of a list are worth, the `number`-th of those that are kept together. The
   documents of all are `documents`. */
static void enter_impacts(CachedList *cached, const uint32_t *documents, const Source *source,
                          const uint32_t *values, int number)
{
    const int bits = block_bits_of(source->list->capacity);
    const int64_t n = source->list->count;
    uint16_t *greatest =
        cached->greatest ? cached->greatest + number * blocks_of(source->list->capacity) : NULL;
    int64_t i, at = 0;
    for (i = 0; i < cached->count && at < n; i++) {
        const int64_t place = i * (cached->width - 1) + number;
        uint16_t impact;
        double score;
        while (at < n && values[at] < documents[i])
            at++;
        if (at >= n || values[at] != documents[i])
            continue;
        score = term_score(source->channel, 1.0, documents[i], values[n + at], values[2 * n + at]);
        impact = impact_of(score);
        cached->rows[i * cached->width + 1 + number] = impact;
        if (cached->scores)
            cached->scores[place] = score;
        else if (values[n + at] < 16 && values[2 * n + at] < 16)
            cached->counts[place] = (uint8_t)(values[n + at] << 4 | values[2 * n + at]);
        if (cached->most[number] < impact)
            cached->most[number] = impact;
        if (greatest && greatest[documents[i] >> bits] < impact)
            greatest[documents[i] >> bits] = impact;
    }
}

/* Decode lists to be kept, the first of which has all documents of the others; NULL on error. */
static CachedList *cache_lists(const Source *sources, int count)
{
    const int64_t capacity = sources[0].list->capacity;
    uint32_t *first = decode_list(sources[0].list), *values = first;
    CachedList *cached = first ? new_cached(sources[0].list->count, capacity, count) : NULL;
    int number;
    if (cached)
        enter_documents(cached, first, capacity);
    for (number = 0; cached && number < count; number++) {
        if (number && !(values = decode_list(sources[number].list))) {
            PyMem_Free(cached);
            cached = NULL;
            break;
        }
        enter_impacts(cached, first, &sources[number], values, number);
        if (number)
            PyMem_Free(values);
    }
    PyMem_Free(first);
    return cached;
}

/* Lists that are kept, or are now: *found stays NULL where they are not. -1 on error. */
static int find_cached(Cache *cache, const CacheKey *key, const Source *sources, int count,
                       CachedList **found)
{
    const List *list = sources[0].list;
    const int64_t bytes = cached_bytes(list->count, list->capacity, count);
    CacheSlot *slot;
    int is_known;
    *found = NULL;
    if (bytes > cache->budget / LARGEST_SHARE)
        return 0;
    slot = find_slot(cache, key, count, &is_known);
    if (!slot || !is_known)
        return 0;
    if (!slot->list) {
        CachedList *made;
        if ((cache->decoded && cache->decoded + list->count > MOST_DECODED) ||
            !make_cache_room(cache, bytes, slot->uses))
            return 0;
        made = cache_lists(sources, count);
        if (!made)
            return -1;
        keep(cache, slot, made);
        cache->decoded += list->count;
    }
    *found = slot->list;
    return 0;
}

/* The first rank from `at` up to `end` with a place that is not below `place`. */
static int64_t seek_place(const CachedList *list, int64_t at, int64_t end, uint32_t place)
{
    int64_t size = end - at;
    while (size > 0) {
        const int64_t middle = size / 2;
        const int is_below = list->rows[(at + middle) * list->width] < place;
        at = is_below ? at + middle + 1 : at;
        size = is_below ? size - middle - 1 : middle;
    }
    return at;
}

/* The first rank from `at` on of a short list with a document that is not below `document`. */
static int64_t seek_whole(const CachedList *list, int64_t at, int64_t document)
{
    int64_t size = list->count - at;
    while (size > 0) {
        const int64_t middle = size / 2;
        const int is_below = (int64_t)list->whole[at + middle] < document;
        at = is_below ? at + middle + 1 : at;
        size = is_below ? size - middle - 1 : middle;
    }
    return at;
}

/* The rank of a document in a list that is kept, -1 where the list does not have it. */
static int64_t find_in_cached(const CachedList *list, uint32_t document, int bits)
{
    int64_t at, end = list->count;
    if (list->whole) {
        at = seek_whole(list, 0, document);
        return at < end && list->whole[at] == document ? at : -1;
    }
    end = list->firsts[(document >> bits) + 1];
    at = list->firsts[document >> bits];
    document &= WINDOW - 1;
    at = seek_place(list, at, end, document);
    return at < end && list->rows[at * list->width] == document ? at : -1;
}

/* The documents of a list that is kept. */
static void copy_documents(const CachedList *list, int bits, uint32_t *out)
{
    int64_t i, block;
    if (list->whole) {
        memcpy(out, list->whole, (size_t)list->count * sizeof *out);
        return;
    }
    for (i = block = 0; i < list->count; block++)
        for (; i < (int64_t)list->firsts[block + 1]; i++)
            out[i] = (uint32_t)(block << bits) | list->rows[i * list->width];
}

#endif
