/* A term of a query in one segment: decoding and scoring its list as far as it is needed. */

#ifndef SEARCHER_POSTINGS_TERM_H
#define SEARCHER_POSTINGS_TERM_H

#include "../fetch.h"
#include "cache.h"

/* Lists of up to so many postings are decoded and scored before ranking begins. */
#define EAGER 512
/* So many postings are gone through in the time in which a list can be asked for a document. */
#define ASKING 12
/* Postings are scored so many at a time. */
#define CHUNK 256
/* Where so many lists that are kept have a chunk of documents is found once for each list and all
   that is beside it. */
#define SHARED 16
/* What single precision has no number for is estimated as that. */
#define GREATEST_WEIGHT 1e30
/* So many documents of one range are looked for by decoding it. */
#define MANY_IN_RANGE 8
/* In a list that is kept, to look for one document takes as long as going through so many postings. */
#define SEEKING 48

/* A word is *covered* by a pair of its characters: what has the word has the pair, at least as often
   and in the same fields. So the list of the pair, its *cover*, need only be gone through, and a
   posting of it bounds what word and pair give together; the list of the word is asked for the few
   documents that are left. */
typedef struct Term {
    Channel *channel;
    List list;
    int64_t start;            /* where it begins in the file */
    CachedList *cached;       /* the same with what is covered, if they are kept */
    double weight;
    float quick_weight; /* the same for estimates */
    int is_strong, is_covered;
    struct Term *covered; /* the words that this one covers, each of which has the next one here */
    const struct Term *cover; /* what covers this one */
    int beside; /* the number of its list among those that are kept with it */
    const int32_t *ranks; /* where the list that is kept has the documents that are scored */
    /* decoded before ranking: all documents, perhaps with the most that each posting gives, with what
       is covered */
    uint32_t *documents;
    float *most;
    int64_t at;
    /* else the range that was decoded last */
    int64_t range, range_count, range_room;
    uint32_t *range_documents, *range_frequencies, *range_titles;
    int has_values;
    double bound; /* the greatest score, with what is covered */
    double level; /* what one level of a recorded impact is worth */
} Term;

/* About the most that a posting gives, sooner. */
static inline float quick_score(const Term *term, uint32_t document, uint32_t frequency,
                                uint32_t title)
{
    const Channel *channel = term->channel;
    const uint8_t *codes = channel->codes + (size_t)LENGTHS * document;
    float x = 0.0f;
    if (title)
        x = (float)title * channel->quick_norms[0][codes[0]];
    if (frequency > title)
        x += (float)(frequency - title) * channel->quick_norms[1][codes[1]];
    return term->quick_weight * (x / ((float)channel->k1 + x));
}

/* About the most that a posting gives, with what is covered. */
static inline float most_score(const Term *term, uint32_t document, uint32_t frequency,
                               uint32_t title)
{
    float sum = quick_score(term, document, frequency, title);
    for (term = term->covered; term; term = term->covered)
        sum += quick_score(term, document, frequency, title);
    return sum;
}

static void free_terms(Term *terms, Py_ssize_t count)
{
    Py_ssize_t i;
    if (!terms)
        return;
    for (i = 0; i < count; i++) {
        PyMem_Free(terms[i].documents);
        PyMem_Free(terms[i].most);
        PyMem_Free(terms[i].range_documents);
    }
    PyMem_Free(terms);
}

static int decode_all(Term *term)
{
    term->documents = PyMem_Malloc((size_t)term->list.count * sizeof *term->documents);
    if (!term->documents) {
        PyErr_NoMemory();
        return -1;
    }
    if (term->cached) {
        copy_documents(term->cached, block_bits_of(term->list.capacity), term->documents);
        return 0;
    }
    return decode_documents(&term->list, 0, term->list.count, 0, term->documents);
}

/* Add to scores about the most that some postings, at most CHUNK, give to a term that has them or is
   covered by what has them. What has to be looked up is looked up first, so that the rest is done for
   several postings at a time. */
static void add_quick_scores(const Term *term, const uint32_t *documents,
                             const uint32_t *frequencies, const uint32_t *titles, int64_t count,
                             float *out)
{
    const Channel *channel = term->channel;
    const float weight = term->quick_weight, k1 = (float)channel->k1;
    float bodies[CHUNK], heads[CHUNK];
    int64_t i;
    if (!titles) {
        for (i = 0; i < count; i++)
            bodies[i] = channel->quick_norms[1][channel->codes[(size_t)LENGTHS * documents[i] + 1]];
        for (i = 0; i < count; i++) {
            const float x = (float)(int32_t)frequencies[i] * bodies[i];
            out[i] += weight * (x / (k1 + x));
        }
        return;
    }
    for (i = 0; i < count; i++) {
        const uint8_t *codes = channel->codes + (size_t)LENGTHS * documents[i];
        heads[i] = channel->quick_norms[0][codes[0]];
        bodies[i] = channel->quick_norms[1][codes[1]];
    }
    for (i = 0; i < count; i++) {
        const float x = (float)(int32_t)titles[i] * heads[i] +
                        (float)(int32_t)(frequencies[i] - titles[i]) * bodies[i];
        out[i] += weight * (x / (k1 + x));
    }
}

/* About the most that some postings of a term, at most CHUNK, give with what is covered. */
static void score_postings(const Term *term, const uint32_t *documents,
                           const uint32_t *frequencies, const uint32_t *titles, int64_t count,
                           float *out)
{
    if (!(term->list.flags & HAS_TITLES))
        titles = NULL;
    memset(out, 0, (size_t)count * sizeof *out);
    for (; term; term = term->covered)
        add_quick_scores(term, documents, frequencies, titles, count, out);
}

/* Decode a whole list and find the most that each posting gives; the greatest is then known. */
static int score_list(Term *term)
{
    const List *list = &term->list;
    const int64_t n = list->count;
    int64_t i;
    uint32_t *values;
    if (decode_all(term))
        return -1;
    values = PyMem_Malloc((size_t)n * 2 * sizeof *values);
    term->most = PyMem_Malloc((size_t)n * sizeof *term->most);
    if (!values || !term->most) {
        PyMem_Free(values);
        PyErr_NoMemory();
        return -1;
    }
    if (decode_column(&list->frequencies, list->flags & HAS_FREQUENCIES, 0, n, 1, values) ||
        decode_column(&list->titles, list->flags & HAS_TITLES, 0, n, 0, values + n)) {
        PyMem_Free(values);
        return -1;
    }
    for (i = 0; i < n; i += CHUNK)
        score_postings(term, term->documents + i, values + i, values + n + i,
                       least_of(CHUNK, n - i), term->most + i);
    PyMem_Free(values);
    term->bound = 0.0;
    for (i = 0; i < n; i++)
        if (term->most[i] > term->bound)
            term->bound = term->most[i];
    return 0;
}

/* Find what the directory of a list says of its greatest score, without what is covered. */
static void read_bound(Term *term)
{
    const List *list = &term->list;
    uint8_t greatest = 0;
    int64_t i;
    term->bound = term->quick_weight;
    if (!list->ranges || term->channel->stale < 0)
        return;
    for (i = 0; i < list->ranges; i++)
        if (list->greatest[i] > greatest)
            greatest = list->greatest[i];
    term->level = term->quick_weight * term->channel->stale / 255.0;
    term->bound = term->level * greatest;
}

/* Find the greatest score of a term, with what it covers; score a short list altogether. */
static int prepare(Term *term)
{
    Term *each;
    if (!term->list.ranges || term->list.count <= EAGER)
        return score_list(term);
    read_bound(term);
    for (each = term->covered; each; each = each->covered) {
        read_bound(each);
        term->bound += each->bound;
    }
    return 0;
}

/* Decode one range of a list with a directory, its frequencies too if they are wanted. */
static int decode_range(Term *term, int64_t range, int with_values)
{
    const List *list = &term->list;
    int64_t from, to, bit;
    if (term->range == range && (term->has_values || !with_values))
        return 0;
    from = half(list->ranks + 4 * range);
    to = range + 1 < list->ranges ? (int64_t)half(list->ranks + 4 * (range + 1)) : list->count;
    if (from > to || to > list->count || to - from > (int64_t)1 << list->range_bits)
        return damaged("the directory of a list is out of order");
    if (to - from > term->range_room) {
        PyMem_Free(term->range_documents);
        term->range_room = 2 * (to - from);
        term->range_documents =
            PyMem_Malloc((size_t)term->range_room * 3 * sizeof *term->range_documents);
        if (!term->range_documents) {
            term->range_room = 0;
            term->range = -1;
            PyErr_NoMemory();
            return -1;
        }
        term->range_frequencies = term->range_documents + term->range_room;
        term->range_titles = term->range_frequencies + term->range_room;
        term->range = -1;
    }
    bit = ((range << list->range_bits) >> list->low_width) + from;
    if (term->range != range &&
        decode_documents(list, from, to, bit, term->range_documents)) {
        term->range = -1;
        return -1;
    }
    if (from < to && (term->range_documents[0] >> list->range_bits != range ||
                      term->range_documents[to - from - 1] >> list->range_bits != range)) {
        term->range = -1;
        return damaged("a list is out of order");
    }
    term->range = range;
    term->range_count = to - from;
    term->has_values = with_values;
    if (with_values &&
        (decode_column(&list->frequencies, list->flags & HAS_FREQUENCIES, from, to, 1,
                       term->range_frequencies) ||
         decode_column(&list->titles, list->flags & HAS_TITLES, from, to, 0,
                       term->range_titles))) {
        term->range = -1;
        return -1;
    }
    return 0;
}

/* Mark places of a window, no others. */
static void mark_places(uint64_t *marks, const uint16_t *places, int64_t count)
{
    int64_t i;
    memset(marks, 0, WINDOW / 8);
    for (i = 0; i < count; i++)
        marks[places[i] >> 6] |= UINT64_C(1) << (places[i] & 63);
}

static inline int is_marked(const uint64_t *marks, uint16_t place)
{
    return marks[place >> 6] >> (place & 63) & 1;
}

static double score_at(const Term *term, uint32_t document, int64_t rank)
{
    const List *list = &term->list;
    return term_score(term->channel, term->weight, document,
                      column_value(&list->frequencies, list->flags & HAS_FREQUENCIES, rank, 1),
                      column_value(&list->titles, list->flags & HAS_TITLES, rank, 0));
}

/* The same as most_score of the posting with a rank. */
static float most_at(const Term *term, uint32_t document, int64_t rank)
{
    const List *list = &term->list;
    return most_score(term, document,
                      column_value(&list->frequencies, list->flags & HAS_FREQUENCIES, rank, 1),
                      column_value(&list->titles, list->flags & HAS_TITLES, rank, 0));
}

/* The rank of a document in the list of a term, -1 where the list does not have it. Where the list is
   decoded, it is looked for from the place `at` on, which is moved on. */
static int64_t look_up(const Term *term, uint32_t document, int64_t *at)
{
    if (!term->documents && term->cached)
        return find_in_cached(term->cached, document, block_bits_of(term->list.capacity));
    if (!term->documents)
        return find_document(&term->list, document);
    *at = seek(term->documents, *at, term->list.count, document);
    return *at < term->list.count && term->documents[*at] == document ? *at : -1;
}

/* The ranks of ascending documents, at most CHUNK, in a list that is kept, -1 where it does not have
   them. What is read for each is loaded ahead, so that the processor does not wait for each. */
static void find_ranks(const CachedList *list, int bits, const uint32_t *documents, int64_t count,
                       int32_t *ranks)
{
    int64_t i;
    for (i = 0; list->firsts && i < count; i++)
        FETCH(list->rows + list->firsts[documents[i] >> bits] * (int64_t)list->width);
    for (i = 0; i < count; i++)
        ranks[i] = (int32_t)find_in_cached(list, documents[i], bits);
}

/* Keep of ascending documents those that a list that is kept has. */
static void keep_common_kept(const CachedList *list, int bits, uint32_t *documents, int64_t *count)
{
    int32_t ranks[CHUNK];
    int64_t at, i, kept = 0;
    for (at = 0; at < *count; at += CHUNK) {
        const int64_t size = least_of(CHUNK, *count - at);
        find_ranks(list, bits, documents + at, size, ranks);
        for (i = 0; i < size; i++) {
            documents[kept] = documents[at + i];
            kept += ranks[i] >= 0;
        }
    }
    *count = kept;
}

/* Keep of ascending documents those that a term has. */
static int keep_common(Term *term, uint32_t *documents, int64_t *count)
{
    int64_t i, kept = 0, at = 0;
    if (term->cached) {
        keep_common_kept(term->cached, block_bits_of(term->list.capacity), documents, count);
        return 0;
    }
    if (!term->documents && (!term->list.ranges || term->list.count < ASKING * *count) &&
        decode_all(term))
        return -1;
    for (i = 0; i < *count; i++)
        if (look_up(term, documents[i], &at) >= 0)
            documents[kept++] = documents[i];
    *count = kept;
    return 0;
}

/* Add to the scores of ascending documents, at most CHUNK, what a term gives them whose list is
   kept. */
static int add_kept_term(Term *term, const CachedList *cached, const int32_t *ranks,
                         const uint32_t *documents, double *scores, int64_t size)
{
    const int lists = cached->width - 1;
    int64_t i;
    for (i = 0; i < size; i++) {
        int64_t rank = ranks[i];
        uint8_t count;
        if (rank < 0 || !cached->rows[rank * cached->width + 1 + term->beside])
            continue;
        if (cached->scores) {
            scores[i] += term->weight * cached->scores[rank * lists + term->beside];
            continue;
        }
        count = cached->counts[rank * lists + term->beside];
        if (count) {
            scores[i] += term_score(term->channel, term->weight, documents[i], count >> 4, count & 15);
            continue;
        }
        if (term->beside) {
            if (!term->list.ranges && !term->documents && decode_all(term))
                return -1;
            rank = 0;
            rank = look_up(term, documents[i], &rank);
        }
        if (rank >= 0)
            scores[i] += score_at(term, documents[i], rank);
    }
    return 0;
}

/* The same for any term. */
static int add_term(Term *term, const uint32_t *documents, double *scores, int64_t size)
{
    const List *list = &term->list;
    const Term *lead = term->cover ? term->cover : term;
    int64_t i, at = 0, rank;
    if (lead->cached) {
        int32_t ranks[CHUNK];
        if (!lead->ranks)
            find_ranks(lead->cached, block_bits_of(list->capacity), documents, size, ranks);
        return add_kept_term(term, lead->cached, lead->ranks ? lead->ranks : ranks, documents,
                             scores, size);
    }
    if (!list->ranges && !term->documents && decode_all(term))
        return -1;
    for (i = 0; i < size; i++) {
        const int64_t range = documents[i] >> list->range_bits;
        /* Of many documents in one range it takes less time to decode the range. */
        if (!term->documents && i + MANY_IN_RANGE <= size &&
            documents[i + MANY_IN_RANGE - 1] >> list->range_bits == range) {
            int64_t place = 0;
            if (decode_range(term, range, 1))
                return -1;
            for (; i < size && documents[i] >> list->range_bits == range; i++) {
                place = seek(term->range_documents, place, term->range_count, documents[i]);
                if (place < term->range_count && term->range_documents[place] == documents[i])
                    scores[i] += term_score(term->channel, term->weight, documents[i],
                                            term->range_frequencies[place],
                                            term->range_titles[place]);
            }
            i--;
            continue;
        }
        rank = look_up(term, documents[i], &at);
        if (rank >= 0)
            scores[i] += score_at(term, documents[i], rank);
    }
    return 0;
}

/* Add to the scores of ascending documents what each term gives them, term by term. */
static int add_scores(Term *terms, Py_ssize_t count, const uint32_t *documents, double *scores,
                      int64_t size)
{
    int32_t ranks[SHARED][CHUNK];
    int64_t at;
    Py_ssize_t t;
    for (at = 0; at < size; at += CHUNK) {
        const int64_t some = least_of(CHUNK, size - at);
        int shared = 0;
        for (t = 0; t < count; t++) {
            terms[t].ranks = NULL;
            if (!terms[t].cached || shared == SHARED)
                continue;
            terms[t].ranks = ranks[shared++];
            find_ranks(terms[t].cached, block_bits_of(terms[t].list.capacity), documents + at, some,
                       ranks[shared - 1]);
        }
        for (t = 0; t < count; t++)
            if (add_term(&terms[t], documents + at, scores + at, some))
                return -1;
    }
    return 0;
}

static int by_count(const void *one, const void *other)
{
    int64_t a = (*(Term *const *)one)->list.count, b = (*(Term *const *)other)->list.count;
    return (a > b) - (a < b);
}

static PyObject *wide(const uint32_t *documents, int64_t count)
{
    int64_t i, *out;
    PyObject *result = PyByteArray_FromStringAndSize(NULL, count * 8);
    if (!result)
        return NULL;
    out = (int64_t *)PyByteArray_AS_STRING(result);
    for (i = 0; i < count; i++)
        out[i] = documents[i];
    return result;
}

/* How many of the lists, from the first on, are kept and long. */
static Py_ssize_t kept_and_long(Term *const *order, Py_ssize_t count)
{
    Py_ssize_t t;
    for (t = 0; t < count && order[t]->cached && !order[t]->cached->whole; t++)
        ;
    return t;
}

/* Keep of ascending places of a window, which begins with a block, those that a list has there. */
static int64_t keep_places(const CachedList *list, int64_t block, int64_t last, int bits,
                           uint64_t *marks, uint16_t *places, int64_t count)
{
    const uint32_t *firsts = list->firsts + block;
    const uint16_t *row = list->rows + firsts[0] * (int64_t)list->width;
    const uint16_t *end = list->rows + list->firsts[last] * (int64_t)list->width;
    int64_t i, kept = 0;
    if (end - row > SEEKING * count * list->width) {
        for (i = 0; i < count; i++)
            FETCH(list->rows + firsts[places[i] >> bits] * (int64_t)list->width);
        for (i = 0; i < count; i++) {
            const uint16_t place = places[i];
            const int64_t next = firsts[(place >> bits) + 1];
            const int64_t rank = seek_place(list, firsts[place >> bits], next, place);
            places[kept] = place;
            kept += rank < next && list->rows[rank * list->width] == place;
        }
        return kept;
    }
    mark_places(marks, places, count);
    for (; row < end; row += list->width) {
        places[kept] = *row;
        kept += is_marked(marks, *row);
    }
    return kept;
}

/* The documents that all lists have, which are kept and long; those of the first, the shortest, are
   looked for in the others, window by window. Returns how many there are. */
static int64_t common_in_windows(Term *const *order, Py_ssize_t count, uint32_t *out)
{
    const CachedList *shortest = order[0]->cached;
    const int64_t capacity = order[0]->list.capacity;
    const int bits = block_bits_of(capacity);
    Scratch *scratch = order[0]->channel->scratch;
    int64_t first, found = 0, i;
    for (first = 0; first < capacity; first += WINDOW) {
        const int64_t block = first >> bits;
        const int64_t last = ((least_of(first + WINDOW, capacity) - 1) >> bits) + 1;
        const int64_t from = shortest->firsts[block], to = shortest->firsts[last];
        int64_t size = to - from;
        Py_ssize_t t;
        for (i = 0; i < size; i++)
            scratch->touched[i] = shortest->rows[(from + i) * shortest->width];
        for (t = 1; t < count && size; t++)
            size = keep_places(order[t]->cached, block, last, bits, scratch->marks, scratch->touched,
                               size);
        for (i = 0; i < size; i++)
            out[found++] = (uint32_t)first + scratch->touched[i];
    }
    return found;
}

/* The documents that have all terms and are allowed. */
static PyObject *intersected(Term *terms, Py_ssize_t count, const uint8_t *allowed)
{
    Term **order = PyMem_Malloc((size_t)count * sizeof *order);
    PyObject *result = NULL;
    int64_t size, i, kept = 0;
    Py_ssize_t t;
    if (!order) {
        PyErr_NoMemory();
        return NULL;
    }
    for (t = 0; t < count; t++)
        order[t] = &terms[t];
    qsort(order, (size_t)count, sizeof *order, by_count);
    t = kept_and_long(order, count);
    if (t > 1) {
        order[0]->documents =
            PyMem_Malloc((size_t)order[0]->list.count * sizeof *order[0]->documents);
        if (!order[0]->documents) {
            PyErr_NoMemory();
            goto done;
        }
        size = common_in_windows(order, t, order[0]->documents);
    } else {
        if (decode_all(order[0]))
            goto done;
        size = order[0]->list.count;
        t = 1;
    }
    for (; t < count && size; t++)
        if (keep_common(order[t], order[0]->documents, &size))
            goto done;
    if (allowed) {
        for (i = 0; i < size; i++)
            if (allowed[order[0]->documents[i]])
                order[0]->documents[kept++] = order[0]->documents[i];
        size = kept;
    }
    result = wide(order[0]->documents, size);
done:
    PyMem_Free(order);
    return result;
}

/* How many documents have any of the terms and are allowed; -1 on error. */
static int64_t counted(Term *terms, Py_ssize_t count, int64_t capacity, const uint8_t *allowed)
{
    uint8_t *seen = PyMem_Calloc((size_t)capacity, 1);
    int64_t i, total = 0;
    Py_ssize_t t;
    if (!seen) {
        PyErr_NoMemory();
        return -1;
    }
    for (t = 0; t < count; t++) {
        Term *term = &terms[t];
        if (decode_all(term)) {
            PyMem_Free(seen);
            return -1;
        }
        for (i = 0; i < term->list.count; i++)
            seen[term->documents[i]] = 1;
        PyMem_Free(term->documents);
        term->documents = NULL;
    }
    for (i = 0; i < capacity; i++)
        total += seen[i] & (allowed ? allowed[i] != 0 : 1);
    PyMem_Free(seen);
    return total;
}

#endif
