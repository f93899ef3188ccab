/* Asking all segments of one state of an index: ranking, intersecting, counting. */

#ifndef SEARCHER_POSTINGS_SEGMENTS_H
#define SEARCHER_POSTINGS_SEGMENTS_H

#include "query.h"
#include "ranking.h"

/* So many more rows than are wanted are given, if they are as good as the last one. */
#define FEW_MORE 64
/* So few rows are put in order one by one. */
#define FEW_ROWS 64

#define AT_LEAST_ONE "at least one document must be wanted"

typedef struct {
    double score;
    int64_t number;
} Row;

typedef struct {
    Row *rows;
    int64_t count, room;
} Rows;

static int by_row(const void *one, const void *other)
{
    const Row *a = one, *b = other;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
}

static void sort_rows(Rows *rows)
{
    int64_t i, at;
    for (i = 1; rows->count <= FEW_ROWS && i < rows->count; i++) {
        const Row row = rows->rows[i];
        for (at = i; at && by_row(&rows->rows[at - 1], &row) > 0; at--)
            rows->rows[at] = rows->rows[at - 1];
        rows->rows[at] = row;
    }
    for (i = 1; i < rows->count; i++)
        if (by_row(&rows->rows[i - 1], &rows->rows[i]) > 0) {
            qsort(rows->rows, (size_t)rows->count, sizeof *rows->rows, by_row);
            return;
        }
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
    sort_rows(rows);
    if (rows->count >= ranking->wanted) {
        *least = rows->rows[ranking->wanted - 1].score;
        while (rows->rows[rows->count - 1].score < *least)
            rows->count--;
    }
    return 0;
}

/* Of many rows that are as good as the last one that is wanted, keep those whose documents have the
   first ids. */
static int keep_first_ids(const Segments *self, Rows *rows, int64_t wanted)
{
    int64_t first = wanted, i, count, *numbers;
    PyObject *all, *kept;
    Py_ssize_t n;
    if (rows->count <= wanted + FEW_MORE)
        return 0;
    while (first && rows->rows[first - 1].score == rows->rows[rows->count - 1].score)
        first--;
    count = rows->count - first;
    all = PyByteArray_FromStringAndSize(NULL, count * 8);
    if (!all)
        return -1;
    numbers = (int64_t *)PyByteArray_AS_STRING(all);
    for (i = 0; i < count; i++)
        numbers[i] = rows->rows[first + i].number;
    kept = PyObject_CallFunction(self->first_ids, "NL", all, (long long)(wanted - first));
    if (!kept)
        return -1;
    if (!PyList_Check(kept) || PyList_GET_SIZE(kept) != wanted - first) {
        Py_DECREF(kept);
        return damaged("not as many documents as were wanted");
    }
    for (n = 0; n < PyList_GET_SIZE(kept); n++)
        rows->rows[first + n].number = PyLong_AsLongLong(PyList_GET_ITEM(kept, n));
    Py_DECREF(kept);
    rows->count = wanted;
    return PyErr_Occurred() ? -1 : 0;
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
    if (find_kept(self, s, ranking.terms, ranking.count)) {
        free_terms(ranking.terms, ranking.count);
        return -1;
    }
    ranking.mask = among ? NULL : allowed_in(segment, query);
    ranking.capacity = segment->capacity;
    ranking.wanted = least_of(wanted, segment->capacity);
    ranking.threshold = is_threshold(*least) ? *least : 0.0;
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
static PyObject *best(Segments *self, PyObject *terms, PyObject *mask, PyObject *candidates,
                      long long wanted)
{
    PyObject *result = NULL;
    double least = 0.0;
    Query query;
    Rows rows = {0};
    Py_ssize_t i;
    const Py_ssize_t count = candidates ? PyList_GET_SIZE(candidates) : self->count;
    if (wanted < 1) {
        PyErr_SetString(PyExc_ValueError, AT_LEAST_ONE);
        return NULL;
    }
    if (open_query(self, &query, terms, mask))
        return NULL;
    if (!candidates) /* these are of the same query */
        next_query(self->cache);
    for (i = 0; i < count; i++)
        if (candidates ? take_best_of(self, &query, PyList_GET_ITEM(candidates, i), wanted, &rows,
                                      &least)
                       : take_best(self, &query, i, wanted, NULL, 0, &rows, &least))
            goto done;
    if (!keep_first_ids(self, &rows, wanted))
        result = rows_as_list(&rows);
done:
    PyMem_Free(rows.rows);
    close_query(&query);
    return result;
}

/* top_k(terms, k, mask) -> [(score, document), …], from the best on

   The best documents that have a strong term, equal ones by number, and those that are as good as the
   last of them; of many these, those with the first ids. */
static PyObject *Segments_top_k(Segments *self, PyObject *args)
{
    PyObject *terms, *mask;
    long long wanted;
    if (!PyArg_ParseTuple(args, "OLO", &terms, &wanted, &mask))
        return NULL;
    return best(self, terms, mask, NULL, wanted);
}

/* Append the documents of a segment that have all terms and are allowed to a list, as a pair with its
   number; nothing where it lacks a term. Gives the documents, which the list keeps, NULL for none. */
static int append_common(const Segments *self, const Query *query, Py_ssize_t s, PyObject *list,
                         PyObject **documents)
{
    PyObject *pair = NULL;
    Py_ssize_t count;
    Term *terms = open_terms(self, query, s, 0, &count);
    int result = -1;
    *documents = NULL;
    if (terms && (count < query->count || !count)) {
        free_terms(terms, count);
        return 0;
    }
    if (terms && !find_kept(self, s, terms, count))
        *documents = intersected(terms, count, allowed_in(&self->segments[s], query));
    free_terms(terms, count);
    if (*documents)
        pair = Py_BuildValue("nN", s, *documents);
    if (pair)
        result = PyList_Append(list, pair);
    Py_XDECREF(pair);
    return result;
}

/* with_all(terms, mask) -> [(segment, documents), …]: what has all terms and is allowed */
static PyObject *Segments_with_all(Segments *self, PyObject *args)
{
    PyObject *terms, *mask, *result, *documents;
    Query query;
    Py_ssize_t s;
    if (!PyArg_ParseTuple(args, "OO", &terms, &mask) || open_query(self, &query, terms, mask))
        return NULL;
    next_query(self->cache);
    result = PyList_New(0);
    for (s = 0; result && s < self->count; s++)
        if (append_common(self, &query, s, result, &documents))
            Py_CLEAR(result);
    close_query(&query);
    return result;
}

/* best_with_all(required, terms, k, mask) -> what with_all and then best_of give, in one step */
static PyObject *Segments_best_with_all(Segments *self, PyObject *args)
{
    PyObject *required, *terms, *mask, *candidates, *best = NULL, *documents;
    Query query, ranked;
    Rows rows = {0};
    double least = 0.0;
    long long wanted;
    Py_ssize_t s;
    if (!PyArg_ParseTuple(args, "OOLO", &required, &terms, &wanted, &mask))
        return NULL;
    if (wanted < 1) {
        PyErr_SetString(PyExc_ValueError, AT_LEAST_ONE);
        return NULL;
    }
    if (open_query(self, &query, required, mask))
        return NULL;
    if (open_query(self, &ranked, terms, Py_None)) {
        close_query(&query);
        return NULL;
    }
    next_query(self->cache);
    candidates = PyList_New(0);
    for (s = 0; candidates && s < self->count; s++)
        if (append_common(self, &query, s, candidates, &documents) ||
            (documents && PyByteArray_GET_SIZE(documents) &&
             take_best(self, &ranked, s, wanted, (int64_t *)PyByteArray_AS_STRING(documents),
                       PyByteArray_GET_SIZE(documents) / 8, &rows, &least)))
            Py_CLEAR(candidates);
    if (candidates && !keep_first_ids(self, &rows, wanted))
        best = rows_as_list(&rows);
    PyMem_Free(rows.rows);
    close_query(&query);
    close_query(&ranked);
    if (!best) {
        Py_XDECREF(candidates);
        return NULL;
    }
    return Py_BuildValue("NN", candidates, best);
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
    if (look_up_terms(self, &query, terms, Py_None))
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

/* Whether the list of a segment that begins there is kept. */
static int is_kept(const Cache *cache, Py_ssize_t segment, int channel, int64_t start)
{
    size_t i;
    for (i = 0; cache && i < cache->count; i++) {
        const CacheKey *key = &cache->kept[i]->key;
        if (key->segment == segment && key->channel == (channel == GRAMS) && key->start == start)
            return 1;
    }
    return 0;
}

/* kept(terms) -> of each term the lists that are kept decoded, and how many bytes all lists take that
   are */
static PyObject *Segments_kept(Segments *self, PyObject *terms)
{
    PyObject *counts;
    Query query;
    Py_ssize_t i, s;
    if (open_query(self, &query, terms, Py_None))
        return NULL;
    counts = PyList_New(query.count);
    for (i = 0; counts && i < query.count; i++) {
        PyObject *number;
        long lists = 0;
        for (s = 0; s < self->count; s++)
            lists += is_kept(self->cache, s, query.wanted[i].channel, query.starts[i * self->count + s]);
        number = PyLong_FromLong(lists);
        if (number)
            PyList_SET_ITEM(counts, i, number);
        else
            Py_CLEAR(counts);
    }
    close_query(&query);
    if (!counts)
        return NULL;
    return Py_BuildValue("NL", counts, self->cache ? (long long)self->cache->bytes : 0);
}

static PyMethodDef Segments_methods[] = {
    {"top_k", (PyCFunction)Segments_top_k, METH_VARARGS, "The best documents."},
    {"with_all", (PyCFunction)Segments_with_all, METH_VARARGS, "The documents with all terms."},
    {"best_of", (PyCFunction)Segments_best_of, METH_VARARGS, "The best of given documents."},
    {"best_with_all", (PyCFunction)Segments_best_with_all, METH_VARARGS, "Both of these."},
    {"count", (PyCFunction)Segments_count, METH_VARARGS, "How many documents have any term."},
    {"frequencies", (PyCFunction)Segments_frequencies, METH_O, "How many have each of them."},
    {"kept", (PyCFunction)Segments_kept, METH_O, "How many lists are kept, and their bytes."},
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
