/* The terms of a query: where segments have them, what they weigh, which of them cover others. */

#ifndef SEARCHER_POSTINGS_QUERY_H
#define SEARCHER_POSTINGS_QUERY_H

#include "state.h"
#include "term.h"

/* Of queries with more terms than that, each list is gone through by itself. */
#define MOST_COVERED 256
/* A word is covered if it is in one of so many documents that have the pair; else the postings of the
   pair would bound it badly. */
#define LEAST_SHARE 2

/* Lists are kept of segments that have at least such a part of all documents: in the others they are
   short, and to look for a list that is kept takes as long as to go through it. */
#define LEAST_PART 64

/* What a query asks for, and where each segment has it. */
typedef struct {
    int channel, is_strong;
    const char *text; /* of the query's list of terms */
    Py_ssize_t length, cover; /* the number of what covers it, -1 for none */
    double weight;
    int64_t frequency; /* in how many documents of the index it is that are there */
} Wanted;

typedef struct {
    Wanted *wanted;
    Py_ssize_t count;
    int64_t *starts;  /* of the lists: for each term that of each segment; -1 where there is none */
    Py_buffer mask;   /* which documents may be hits; nothing if all may */
} Query;

static void close_query(Query *query)
{
    PyMem_Free(query->wanted);
    PyMem_Free(query->starts);
    release(&query->mask);
}

static double idf(long long documents, int64_t frequency)
{
    return log(1.0 + ((double)(documents - frequency) + 0.5) / ((double)frequency + 0.5));
}

/* In how many documents that are there a list has a term; -1 on error. */
static int64_t live_frequency(const Segments *self, Py_ssize_t segment, int channel, int64_t start)
{
    PyObject *found = PyObject_CallFunction(self->frequency, "niL", segment, channel, (long long)start);
    int64_t frequency;
    if (!found)
        return -1;
    frequency = PyLong_AsLongLong(found);
    Py_DECREF(found);
    return PyErr_Occurred() ? -1 : frequency;
}

/* Where each segment has the list of a term, -1 where it has none, if that is wanted, and in how many
   documents that are there the term is. */
static int look_everywhere(const Segments *self, int channel, PyObject *term, int64_t *starts,
                           int64_t *frequency)
{
    Py_ssize_t s;
    *frequency = 0;
    if (channel < 0 || channel >= CHANNELS)
        return damaged("a channel that is not there");
    for (s = 0; s < self->count; s++) {
        int64_t start = -1, postings;
        const int found = find_list(self->segments[s].channels[channel], PyBytes_AS_STRING(term),
                                    PyBytes_GET_SIZE(term), &start, &postings);
        if (found < 0)
            return -1;
        starts[s] = found ? start : -1;
        if (!found)
            continue;
        if (self->segments[s].allowed.obj) {
            postings = live_frequency(self, s, channel, start);
            if (postings < 0)
                return -1;
        }
        *frequency += postings;
    }
    return 0;
}

/* The same, which is remembered for a while. Counting what is there calls Python, which may run
   other queries meanwhile: a place is only filled when all is known. */
static int find_everywhere(Segments *self, int channel, PyObject *term, int64_t *starts,
                           int64_t *frequency, double *weight)
{
    const Py_hash_t hash = PyObject_Hash(term);
    Place *place = &self->places[((size_t)hash + (size_t)channel) % PLACES];
    const size_t size = (size_t)self->count * sizeof *starts;
    int is_same = 0;
    if (place->term && place->channel == channel) {
        is_same = place->term == term ? 1 : PyObject_RichCompareBool(place->term, term, Py_EQ);
        if (is_same < 0)
            return -1;
    }
    if (is_same) {
        memcpy(starts, place->starts, size);
        *frequency = place->frequency;
        *weight = place->idf;
        return 0;
    }
    if (look_everywhere(self, channel, term, starts, frequency))
        return -1;
    *weight = *frequency ? idf(self->documents, *frequency) : 0.0;
    memcpy(place->starts, starts, size);
    place->frequency = *frequency;
    place->idf = *weight;
    place->channel = channel;
    Py_INCREF(term);
    Py_XSETREF(place->term, term);
    return 0;
}

/* Whether a text has another one in it; both are UTF-8, and begin with whole characters. */
static int has_text(const Wanted *wanted, const Wanted *part)
{
    Py_ssize_t at;
    for (at = 0; at + part->length <= wanted->length; at++)
        if (wanted->text[at] == part->text[0] &&
            !memcmp(wanted->text + at, part->text, (size_t)part->length))
            return 1;
    return 0;
}

/* Whether a gram is a pair. The others do not stand for all occurrences of their character. */
static int is_pair(const Wanted *gram)
{
    Py_ssize_t at, characters = 0;
    for (at = 0; at < gram->length; at++)
        characters += ((uint8_t)gram->text[at] & 0xc0) != 0x80;
    return characters == 2;
}

/* Find what covers each word: the rarest of its pairs, if it makes hits. */
static void cover_words(Query *query)
{
    int16_t pairs[MOST_COVERED]; /* those that can cover something, by number */
    Py_ssize_t i, g, count = 0;
    for (i = 0; i < query->count; i++) {
        const Wanted *gram = &query->wanted[i];
        query->wanted[i].cover = -1;
        if (query->count <= MOST_COVERED && gram->channel == GRAMS && gram->is_strong &&
            is_pair(gram))
            pairs[count++] = (int16_t)i;
    }
    for (i = 0; count && i < query->count; i++) {
        Wanted *word = &query->wanted[i];
        const Wanted *best = NULL;
        if (word->channel != WORDS || !word->frequency)
            continue;
        for (g = 0; g < count; g++) {
            const Wanted *gram = &query->wanted[pairs[g]];
            if (gram->length <= word->length && gram->frequency <= LEAST_SHARE * word->frequency &&
                (!best || gram->frequency < best->frequency) && has_text(word, gram))
                best = gram;
        }
        if (best)
            word->cover = best - query->wanted;
    }
}

/* Read a term, a tuple (channel, term, factor, is_strong). What is as it always is, is read without
   the general function, which takes longer than to find a term. */
static int read_term(PyObject *item, Wanted *wanted, PyObject **term, double *factor)
{
    if (PyTuple_Check(item) && PyTuple_GET_SIZE(item) == 4 &&
        PyLong_CheckExact(PyTuple_GET_ITEM(item, 0)) &&
        PyBytes_CheckExact(PyTuple_GET_ITEM(item, 1)) &&
        PyFloat_CheckExact(PyTuple_GET_ITEM(item, 2)) &&
        PyBool_Check(PyTuple_GET_ITEM(item, 3))) {
        const long channel = PyLong_AsLong(PyTuple_GET_ITEM(item, 0));
        if (channel == -1 && PyErr_Occurred())
            return -1;
        wanted->channel = channel >= 0 && channel < CHANNELS ? (int)channel : -1;
        *term = PyTuple_GET_ITEM(item, 1);
        *factor = PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(item, 2));
        wanted->is_strong = PyTuple_GET_ITEM(item, 3) == Py_True;
    } else if (!PyArg_ParseTuple(item, "iO!dp", &wanted->channel, &PyBytes_Type, term, factor,
                                 &wanted->is_strong)) {
        return -1;
    }
    wanted->text = PyBytes_AS_STRING(*term);
    wanted->length = PyBytes_GET_SIZE(*term);
    return 0;
}

/* Find the terms, tuples (channel, term, factor, is_strong), in all segments. */
static int look_up_terms(Segments *self, Query *query, PyObject *terms, PyObject *mask)
{
    Py_ssize_t i;
    memset(query, 0, sizeof *query);
    if (!PyList_Check(terms)) {
        PyErr_SetString(PyExc_TypeError, "terms are given as a list");
        return -1;
    }
    if (mask != Py_None) {
        const Segment *last = self->count ? &self->segments[self->count - 1] : NULL;
        if (PyObject_GetBuffer(mask, &query->mask, PyBUF_SIMPLE))
            return -1;
        if (query->mask.len != (last ? last->first + last->capacity : 0)) {
            damaged("a mask that does not fit the index");
            goto failed;
        }
    }
    query->count = PyList_GET_SIZE(terms);
    query->wanted = PyMem_Calloc((size_t)query->count + 1, sizeof *query->wanted);
    query->starts =
        PyMem_Malloc(((size_t)query->count * (size_t)self->count + 1) * sizeof *query->starts);
    if (!query->wanted || !query->starts) {
        PyErr_NoMemory();
        goto failed;
    }
    for (i = 0; i < query->count; i++) {
        Wanted *wanted = &query->wanted[i];
        PyObject *term;
        double factor, weight;
        if (read_term(PyList_GET_ITEM(terms, i), wanted, &term, &factor) ||
            find_everywhere(self, wanted->channel, term, &query->starts[i * self->count],
                            &wanted->frequency, &weight))
            goto failed;
        if (wanted->frequency)
            wanted->weight = factor * self->weights[wanted->channel] * weight;
    }
    return 0;
failed:
    close_query(query);
    return -1;
}

/* The same, and what covers what. */
static int open_query(Segments *self, Query *query, PyObject *terms, PyObject *mask)
{
    if (look_up_terms(self, query, terms, mask))
        return -1;
    cover_words(query);
    return 0;
}

/* Whether a segment has a term of a query. A term that only deleted documents have is none. */
static int has_term(const Segments *self, const Query *query, Py_ssize_t s, Py_ssize_t number)
{
    return query->starts[number * self->count + s] >= 0 && query->wanted[number].frequency;
}

/* Say which of the terms of a segment cover others. */
static void link_covers(const Segments *self, const Query *query, Py_ssize_t s, Term *terms)
{
    Py_ssize_t i, at = 0, cover_at, before;
    for (i = 0; i < query->count; i++) {
        const Py_ssize_t cover = query->wanted[i].cover;
        if (!has_term(self, query, s, i))
            continue;
        if (cover >= 0 && has_term(self, query, s, cover)) {
            for (cover_at = before = 0; before < cover; before++)
                cover_at += has_term(self, query, s, before);
            terms[at].is_covered = 1;
            terms[at].cover = &terms[cover_at];
            terms[at].covered = terms[cover_at].covered;
            terms[cover_at].covered = &terms[at];
        }
        at++;
    }
}

/* The lists that a segment has of the terms of a query, of strong ones `only` those that nothing
   covers; NULL on error. */
static Term *open_terms(const Segments *self, const Query *query, Py_ssize_t s, int only,
                        Py_ssize_t *count)
{
    Term *terms = PyMem_Calloc((size_t)query->count + 1, sizeof *terms);
    Py_ssize_t i;
    *count = 0;
    if (!terms) {
        PyErr_NoMemory();
        return NULL;
    }
    for (i = 0; i < query->count; i++) {
        const Wanted *wanted = &query->wanted[i];
        const int64_t start = query->starts[i * self->count + s];
        Term *term = &terms[*count];
        if (!has_term(self, query, s, i) || (only && !wanted->is_strong))
            continue;
        if (only && wanted->cover >= 0 && has_term(self, query, s, wanted->cover))
            continue;
        term->range = -1;
        term->start = start;
        term->channel = self->segments[s].channels[wanted->channel];
        term->weight = wanted->weight;
        term->quick_weight = (float)(term->weight < GREATEST_WEIGHT ? term->weight : GREATEST_WEIGHT);
        term->is_strong = wanted->is_strong;
        if (parse_list(&term->list, term->channel->data.buf, term->channel->data.len, start,
                       term->channel->capacity)) {
            free_terms(terms, *count);
            return NULL;
        }
        (*count)++;
    }
    if (!only)
        link_covers(self, query, s, terms);
    return terms;
}

/* Find the lists of terms that are kept, with what they cover; -1 on error. */
static int find_kept(const Segments *self, Py_ssize_t s, Term *terms, Py_ssize_t count)
{
    const Segment *segment = &self->segments[s], *last = &self->segments[self->count - 1];
    Py_ssize_t i;
    if (!self->cache || segment->capacity < (last->first + last->capacity) / LEAST_PART)
        return 0;
    for (i = 0; i < count; i++) {
        CacheKey key = {s, terms[i].channel == segment->channels[GRAMS], terms[i].start, {-1, -1, -1}};
        Source sources[1 + MOST_BESIDE];
        Term *each = &terms[i];
        int lists = 0;
        if (each->is_covered)
            continue;
        for (; each && lists <= MOST_BESIDE; each = each->covered) {
            if (lists)
                key.beside[lists - 1] = each->start;
            each->beside = lists;
            sources[lists].channel = each->channel;
            sources[lists++].list = &each->list;
        }
        if (!each &&
            find_cached(self->cache, &key, sources, lists, &terms[i].cached))
            return -1;
    }
    return 0;
}

static const uint8_t *allowed_in(const Segment *segment, const Query *query)
{
    if (query->mask.obj)
        return (const uint8_t *)query->mask.buf + segment->first;
    return segment->allowed.obj ? segment->allowed.buf : NULL;
}

#endif
