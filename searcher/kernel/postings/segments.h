/* All segments of one state of an index: finding terms, weighting them, ranking. */

#ifndef SEARCHER_POSTINGS_SEGMENTS_H
#define SEARCHER_POSTINGS_SEGMENTS_H

#include "ranking.h"

#define CHANNELS 2

typedef struct {
    int64_t first, capacity; /* the number of its first document, and how many it has */
    Py_buffer allowed;       /* which of them are there; nothing if all are */
    Channel *channels[CHANNELS];
} Segment;

typedef struct {
    PyObject_HEAD
    Segment *segments;
    Py_ssize_t count;
    long long documents; /* that are there */
    double weights[CHANNELS];
    PyObject *frequency; /* counts the documents of a list that are there */
} Segments;

static void Segments_dealloc(Segments *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_ssize_t i;
    int c;
    for (i = 0; self->segments && i < self->count; i++) {
        release(&self->segments[i].allowed);
        for (c = 0; c < CHANNELS; c++)
            Py_XDECREF(self->segments[i].channels[c]);
    }
    PyMem_Free(self->segments);
    Py_XDECREF(self->frequency);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static int Segments_init(Segments *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"segments", "documents", "weights", "frequency", NULL};
    PyObject *segments, *frequency;
    Py_ssize_t i;
    int64_t first = 0;
    int c;
    if (self->segments)
        return damaged("segments are opened once");
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!L(dd)O", names, &PyList_Type, &segments,
                                     &self->documents, &self->weights[0], &self->weights[1],
                                     &frequency))
        return -1;
    Py_INCREF(frequency);
    self->frequency = frequency;
    self->segments = PyMem_Calloc((size_t)PyList_GET_SIZE(segments) + 1, sizeof *self->segments);
    if (!self->segments) {
        PyErr_NoMemory();
        return -1;
    }
    self->count = PyList_GET_SIZE(segments);
    for (i = 0; i < self->count; i++) {
        Segment *segment = &self->segments[i];
        PyObject *allowed, *channels[CHANNELS];
        if (!PyArg_ParseTuple(PyList_GET_ITEM(segments, i), "OO!O!", &allowed, Channel_type,
                              &channels[0], Channel_type, &channels[1]))
            return -1;
        for (c = 0; c < CHANNELS; c++) {
            Py_INCREF(channels[c]);
            segment->channels[c] = (Channel *)channels[c];
        }
        segment->first = first;
        segment->capacity = segment->channels[0]->capacity;
        first += segment->capacity;
        if (segment->channels[1]->capacity != segment->capacity)
            return damaged("the channels do not fit each other");
        if (allowed != Py_None) {
            if (PyObject_GetBuffer(allowed, &segment->allowed, PyBUF_SIMPLE))
                return -1;
            if (segment->allowed.len != segment->capacity)
                return damaged("deleted documents do not fit the segment");
        }
    }
    return 0;
}

/* What a query asks for, and where each segment has it. */
typedef struct {
    int channel, is_strong;
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
static int find_everywhere(const Segments *self, int channel, PyObject *term, int64_t *starts,
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
        if (starts)
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

/* Find the terms, tuples (channel, term, factor, is_strong), in all segments. */
static int open_query(const Segments *self, Query *query, PyObject *terms, PyObject *mask)
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
        double factor;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(terms, i), "iO!dp", &wanted->channel, &PyBytes_Type,
                              &term, &factor, &wanted->is_strong))
            goto failed;
        if (find_everywhere(self, wanted->channel, term, &query->starts[i * self->count],
                            &wanted->frequency))
            goto failed;
        if (wanted->frequency)
            wanted->weight = factor * self->weights[wanted->channel] *
                             idf(self->documents, wanted->frequency);
    }
    return 0;
failed:
    close_query(query);
    return -1;
}

/* The lists that a segment has of the terms of a query, `only` strong ones; NULL on error. */
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
        /* A term that only deleted documents have is none. */
        if (start < 0 || !wanted->frequency || (only && !wanted->is_strong))
            continue;
        term->range = -1;
        term->channel = self->segments[s].channels[wanted->channel];
        term->weight = wanted->weight;
        term->is_strong = wanted->is_strong;
        if (parse_list(&term->list, term->channel->data.buf, term->channel->data.len, start,
                       term->channel->capacity)) {
            free_terms(terms, *count);
            return NULL;
        }
        (*count)++;
    }
    return terms;
}

static const uint8_t *allowed_in(const Segment *segment, const Query *query)
{
    if (query->mask.obj)
        return (const uint8_t *)query->mask.buf + segment->first;
    return segment->allowed.obj ? segment->allowed.buf : NULL;
}

typedef struct {
    double score;
    int64_t number;
} Row;

typedef struct {
    Row *rows;
    int64_t count, room;
} Rows;

static int by_score(const void *one, const void *other)
{
    const Row *a = one, *b = other;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Take what was found in a segment; keep what is among the `wanted` best, and as good as the last. */
static int take_rows(Rows *rows, const Ranking *ranking, int64_t first, double *least)
{
    int64_t i;
    if (rows->count + ranking->candidate_count > rows->room) {
        int64_t room = rows->count + ranking->candidate_count;
        Row *grown = PyMem_Realloc(rows->rows, (size_t)room * sizeof *grown);
        if (!grown) {
            PyErr_NoMemory();
            return -1;
        }
        rows->rows = grown;
        rows->room = room;
    }
    for (i = 0; i < ranking->candidate_count; i++) {
        if (ranking->candidates[i].score < *least)
            continue;
        rows->rows[rows->count].score = ranking->candidates[i].score;
        rows->rows[rows->count++].number = first + ranking->candidates[i].document;
    }
    if (rows->count)
        qsort(rows->rows, (size_t)rows->count, sizeof *rows->rows, by_score);
    if (rows->count >= ranking->wanted) {
        *least = rows->rows[ranking->wanted - 1].score;
        while (rows->rows[rows->count - 1].score < *least)
            rows->count--;
    }
    return 0;
}

static PyObject *rows_as_list(const Rows *rows)
{
    PyObject *result = PyList_New(rows->count);
    int64_t i;
    for (i = 0; result && i < rows->count; i++) {
        PyObject *row = PyTuple_New(2), *score = PyFloat_FromDouble(rows->rows[i].score);
        PyObject *number = PyLong_FromLongLong(rows->rows[i].number);
        if (!row || !score || !number) {
            Py_XDECREF(row);
            Py_XDECREF(score);
            Py_XDECREF(number);
            Py_CLEAR(result);
            break;
        }
        PyTuple_SET_ITEM(row, 0, score);
        PyTuple_SET_ITEM(row, 1, number);
        PyList_SET_ITEM(result, i, row);
    }
    return result;
}

/* Find the best of one segment and take them. */
static int take_best(const Segments *self, const Query *query, Py_ssize_t s, int64_t wanted,
                     const int64_t *among, int64_t size, Rows *rows, double *least)
{
    const Segment *segment = &self->segments[s];
    Ranking ranking;
    int result = -1;
    memset(&ranking, 0, sizeof ranking);
    ranking.terms = open_terms(self, query, s, 0, &ranking.count);
    if (!ranking.terms)
        return -1;
    ranking.mask = among ? NULL : allowed_in(segment, query);
    ranking.capacity = segment->capacity;
    ranking.wanted = least_of(wanted, segment->capacity);
    ranking.threshold = *least;
    ranking.among = among;
    ranking.size = size;
    if (!rank_segment(&ranking)) {
        ranking.wanted = wanted;
        result = take_rows(rows, &ranking, segment->first, least);
    }
    free_terms(ranking.terms, ranking.count);
    free_ranking(&ranking);
    return result;
}

/* Take the best of what with_all gave for one segment. */
static int take_best_of(const Segments *self, const Query *query, PyObject *candidate,
                        int64_t wanted, Rows *rows, double *least)
{
    Py_buffer documents;
    Py_ssize_t s;
    int result = 0;
    if (!PyArg_ParseTuple(candidate, "ny*", &s, &documents))
        return -1;
    if (s < 0 || s >= self->count || documents.len % 8)
        result = damaged("a segment that is not there");
    else if (documents.len)
        result = take_best(self, query, s, wanted, documents.buf, documents.len / 8, rows, least);
    PyBuffer_Release(&documents);
    return result;
}

/* The best of all documents that are allowed, or of candidates. */
static PyObject *best(const Segments *self, PyObject *terms, PyObject *mask, PyObject *candidates,
                      long long wanted)
{
    PyObject *result = NULL;
    double least = 0.0;
    Query query;
    Rows rows = {0};
    Py_ssize_t i;
    const Py_ssize_t count = candidates ? PyList_GET_SIZE(candidates) : self->count;
    if (wanted < 1) {
        PyErr_SetString(PyExc_ValueError, "at least one document must be wanted");
        return NULL;
    }
    if (open_query(self, &query, terms, mask))
        return NULL;
    for (i = 0; i < count; i++)
        if (candidates ? take_best_of(self, &query, PyList_GET_ITEM(candidates, i), wanted, &rows,
                                      &least)
                       : take_best(self, &query, i, wanted, NULL, 0, &rows, &least))
            goto done;
    result = rows_as_list(&rows);
done:
    PyMem_Free(rows.rows);
    close_query(&query);
    return result;
}

/* top_k(terms, k, mask) -> [(score, document), …], from the best on, equal ones by number

   The best documents that have a strong term, and all that are as good as the last of them. */
static PyObject *Segments_top_k(Segments *self, PyObject *args)
{
    PyObject *terms, *mask;
    long long wanted;
    if (!PyArg_ParseTuple(args, "OLO", &terms, &wanted, &mask))
        return NULL;
    return best(self, terms, mask, NULL, wanted);
}

/* with_all(terms, mask) -> [(segment, documents), …]: what has all terms and is allowed */
static PyObject *Segments_with_all(Segments *self, PyObject *args)
{
    PyObject *terms, *mask, *result;
    Query query;
    Py_ssize_t s, count;
    if (!PyArg_ParseTuple(args, "OO", &terms, &mask) || open_query(self, &query, terms, mask))
        return NULL;
    result = PyList_New(0);
    for (s = 0; result && s < self->count; s++) {
        PyObject *documents, *pair = NULL;
        Term *found = open_terms(self, &query, s, 0, &count);
        if (found && (count < query.count || !count)) {
            free_terms(found, count);
            continue;
        }
        documents = found ? intersected(found, count, allowed_in(&self->segments[s], &query)) : NULL;
        free_terms(found, count);
        if (documents)
            pair = Py_BuildValue("nN", s, documents);
        if (!pair || PyList_Append(result, pair))
            Py_CLEAR(result);
        Py_XDECREF(pair);
    }
    close_query(&query);
    return result;
}

/* best_of(candidates, terms, k) -> the same as top_k, of what with_all gave */
static PyObject *Segments_best_of(Segments *self, PyObject *args)
{
    PyObject *candidates, *terms;
    long long wanted;
    if (!PyArg_ParseTuple(args, "O!OL", &PyList_Type, &candidates, &terms, &wanted))
        return NULL;
    return best(self, terms, Py_None, candidates, wanted);
}

/* count(terms, mask) -> how many documents have a strong term and are allowed */
static PyObject *Segments_count(Segments *self, PyObject *args)
{
    PyObject *terms, *mask;
    Query query;
    int64_t total = 0;
    Py_ssize_t s, count;
    if (!PyArg_ParseTuple(args, "OO", &terms, &mask) || open_query(self, &query, terms, mask))
        return NULL;
    for (s = 0; s < self->count; s++) {
        Term *found = open_terms(self, &query, s, 1, &count);
        const int64_t more = found ? counted(found, count, self->segments[s].capacity,
                                             allowed_in(&self->segments[s], &query))
                                   : -1;
        free_terms(found, count);
        if (more < 0)
            break;
        total += more;
    }
    close_query(&query);
    return s < self->count ? NULL : PyLong_FromLongLong(total);
}

/* frequencies(terms) -> in how many documents that are there each term is */
static PyObject *Segments_frequencies(Segments *self, PyObject *terms)
{
    PyObject *result;
    Query query;
    Py_ssize_t i;
    if (open_query(self, &query, terms, Py_None))
        return NULL;
    result = PyList_New(query.count);
    for (i = 0; result && i < query.count; i++) {
        PyObject *number = PyLong_FromLongLong(query.wanted[i].frequency);
        if (number)
            PyList_SET_ITEM(result, i, number);
        else
            Py_CLEAR(result);
    }
    close_query(&query);
    return result;
}

static PyMethodDef Segments_methods[] = {
    {"top_k", (PyCFunction)Segments_top_k, METH_VARARGS, "The best documents."},
    {"with_all", (PyCFunction)Segments_with_all, METH_VARARGS, "The documents with all terms."},
    {"best_of", (PyCFunction)Segments_best_of, METH_VARARGS, "The best of given documents."},
    {"count", (PyCFunction)Segments_count, METH_VARARGS, "How many documents have any term."},
    {"frequencies", (PyCFunction)Segments_frequencies, METH_O, "How many have each of them."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot Segments_slots[] = {
    {Py_tp_doc, "All segments of one state of an index, for ranking."},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, Segments_init},
    {Py_tp_dealloc, Segments_dealloc},
    {Py_tp_methods, Segments_methods},
    {0, NULL},
};

static PyType_Spec Segments_spec = {
    "searcher.kernel._postings.Segments", sizeof(Segments), 0, Py_TPFLAGS_DEFAULT, Segments_slots,
};

#endif
