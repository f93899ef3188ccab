/* A term of a query in one segment: decoding and scoring its list as far as it is needed. */

#ifndef SEARCHER_POSTINGS_TERM_H
#define SEARCHER_POSTINGS_TERM_H

#include "channel.h"

/* Lists of up to so many postings are decoded and scored before ranking begins. */
#define EAGER 512
/* So many postings are gone through in the time in which a list can be asked for a document. */
#define ASKING 12

typedef struct {
    Channel *channel;
    List list;
    double weight;
    int is_strong;
    /* decoded before ranking: all documents, perhaps with their scores */
    uint32_t *documents;
    double *scores;
    int64_t at;
    /* else the range that was decoded last */
    int64_t range, range_count, range_room;
    uint32_t *range_documents, *range_frequencies, *range_titles;
    int has_values;
    double bound; /* the greatest score */
    double level; /* what one level of a recorded impact is worth */
} Term;

static inline uint32_t length_of(const Field *field, int64_t document)
{
    const uint8_t *at = field->lengths.buf;
    uint16_t two;
    if (field->lengths.itemsize == 1)
        return at[document];
    memcpy(&two, at + 2 * document, 2);
    return two;
}

/* About what a posting gives, sooner. */
static inline float quick_score(const Term *term, uint32_t document, uint32_t frequency,
                                uint32_t title)
{
    const Channel *channel = term->channel;
    float x = 0.0f;
    if (!channel->once)
        return (float)term_score(channel, term->weight, document, frequency, title);
    if (frequency == 1 && !title)
        return (float)term->weight * channel->once[length_of(&channel->fields[1], document)];
    if (title)
        x = (float)title * channel->quick_norms[0][length_of(&channel->fields[0], document)];
    if (frequency > title)
        x += (float)(frequency - title) *
             channel->quick_norms[1][length_of(&channel->fields[1], document)];
    return (float)term->weight * (x / ((float)channel->k1 + x));
}

static void free_terms(Term *terms, Py_ssize_t count)
{
    Py_ssize_t i;
    if (!terms)
        return;
    for (i = 0; i < count; i++) {
        PyMem_Free(terms[i].documents);
        PyMem_Free(terms[i].scores);
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
    return decode_documents(&term->list, 0, term->list.count, 0, term->documents);
}

static int score_all(Term *term)
{
    const List *list = &term->list;
    int64_t i, n = list->count;
    uint32_t *values = PyMem_Malloc((size_t)n * 2 * sizeof *values);
    int result = -1;
    term->scores = PyMem_Malloc((size_t)n * sizeof *term->scores);
    if (!values || !term->scores) {
        PyErr_NoMemory();
        goto done;
    }
    if (decode_column(&list->frequencies, list->flags & HAS_FREQUENCIES, 0, n, 1, values) ||
        decode_column(&list->titles, list->flags & HAS_TITLES, 0, n, 0, values + n))
        goto done;
    for (i = 0; i < n; i++)
        term->scores[i] = term_score(term->channel, term->weight, term->documents[i], values[i],
                                     values[n + i]);
    result = 0;
done:
    PyMem_Free(values);
    return result;
}

/* Decode and score a whole list; its greatest score is then known. */
static int score_list(Term *term)
{
    int64_t i;
    if (decode_all(term) || score_all(term))
        return -1;
    term->bound = 0.0;
    for (i = 0; i < term->list.count; i++)
        if (term->scores[i] > term->bound)
            term->bound = term->scores[i];
    return 0;
}

/* Find the greatest score of a term; score a short list altogether. */
static int prepare(Term *term)
{
    const List *list = &term->list;
    int64_t i;
    if (!list->ranges || list->count <= EAGER)
        return score_list(term);
    term->bound = term->weight;
    if (term->channel->stale >= 0) {
        uint8_t greatest = 0;
        for (i = 0; i < list->ranges; i++)
            if (list->greatest[i] > greatest)
                greatest = list->greatest[i];
        term->level = term->weight * term->channel->stale / 255.0;
        term->bound = term->level * greatest;
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

static double score_at(const Term *term, uint32_t document, int64_t rank)
{
    const List *list = &term->list;
    return term_score(term->channel, term->weight, document,
                      column_value(&list->frequencies, list->flags & HAS_FREQUENCIES, rank, 1),
                      column_value(&list->titles, list->flags & HAS_TITLES, rank, 0));
}

/* The rank of a document in the list of a term, -1 where the list does not have it. Where the list is
   decoded, it is looked for from the place `at` on, which is moved on. */
static int64_t look_up(const Term *term, uint32_t document, int64_t *at)
{
    if (!term->documents)
        return find_document(&term->list, document);
    *at = seek(term->documents, *at, term->list.count, document);
    return *at < term->list.count && term->documents[*at] == document ? *at : -1;
}

/* What a posting gives. */
static double posting_score(const Term *term, uint32_t document, int64_t rank)
{
    return term->scores ? term->scores[rank] : score_at(term, document, rank);
}

/* Keep of ascending documents those that a term has. */
static int keep_common(Term *term, uint32_t *documents, int64_t *count)
{
    int64_t i, kept = 0, at = 0;
    if (!term->documents && (!term->list.ranges || term->list.count < ASKING * *count) &&
        decode_all(term))
        return -1;
    for (i = 0; i < *count; i++)
        if (look_up(term, documents[i], &at) >= 0)
            documents[kept++] = documents[i];
    *count = kept;
    return 0;
}

/* Add to the scores of ascending documents what each term gives them, term by term. */
static int add_scores(Term *terms, Py_ssize_t count, const uint32_t *documents, double *scores,
                      int64_t size)
{
    Py_ssize_t t;
    int64_t i, rank;
    for (t = 0; t < count; t++) {
        Term *term = &terms[t];
        int64_t at = 0;
        if (!term->list.ranges && !term->documents && decode_all(term))
            return -1;
        for (i = 0; i < size; i++) {
            rank = look_up(term, documents[i], &at);
            if (rank >= 0)
                scores[i] += posting_score(term, documents[i], rank);
        }
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
    if (decode_all(order[0]))
        goto done;
    size = order[0]->list.count;
    for (t = 1; t < count && size; t++)
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
