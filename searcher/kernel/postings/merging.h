/* Bringing the lists of the same terms of several segments together. */

#ifndef SEARCHER_POSTINGS_MERGING_H
#define SEARCHER_POSTINGS_MERGING_H

#include "coding.h"

#define GONE (-1) /* in the place of the new number of a deleted document */

/* What a segment has of some terms. */
typedef struct {
    Py_buffer data, starts, numbers, map;
    const uint8_t *end; /* of the last list that was read */
} MergedPart;

/* A list of a term. */
typedef struct {
    Py_ssize_t part, at;
} MergedList;

static void parts_free(MergedPart *parts, Py_ssize_t count)
{
    Py_ssize_t i;
    for (i = 0; i < count; i++) {
        PyBuffer_Release(&parts[i].data);
        PyBuffer_Release(&parts[i].starts);
        PyBuffer_Release(&parts[i].numbers);
        PyBuffer_Release(&parts[i].map);
    }
    PyMem_Free(parts);
}

/* Count the lists of each term, of which there are so many. Returns how many lists there are, or -1
   with an exception set. */
static Py_ssize_t count_lists(const MergedPart *parts, Py_ssize_t count, int64_t terms,
                              Py_ssize_t *lists)
{
    Py_ssize_t i, k, total = 0;
    for (i = 0; i < count; i++) {
        const int64_t *numbers = parts[i].numbers.buf;
        const Py_ssize_t size = parts[i].numbers.len / 8;
        if (parts[i].starts.len != parts[i].numbers.len || parts[i].map.len % 4) {
            PyErr_SetString(PyExc_ValueError, "the terms do not fit each other");
            return -1;
        }
        for (k = 0; k < size; k++) {
            if (numbers[k] < 0 || numbers[k] >= terms || (k && numbers[k] <= numbers[k - 1])) {
                PyErr_SetString(PyExc_ValueError, "the terms do not fit each other");
                return -1;
            }
            lists[numbers[k]]++;
        }
        total += size;
    }
    return total;
}

/* Add the postings of a list, with new numbers. Returns 0, or -1 with an exception set. */
static int take_list(Columns *to, int64_t *room, MergedPart *part, Py_ssize_t at, int64_t capacity)
{
    const int32_t *map = part->map.buf;
    const int64_t start = ((const int64_t *)part->starts.buf)[at], first = to->count;
    int64_t i;
    List list;
    if (parse_list(&list, part->data.buf, part->data.len, start, part->map.len / 4))
        return -1;
    /* Lists that share bytes would take memory that the file does not. */
    if (part->end && (const uint8_t *)part->data.buf + start < part->end)
        return damaged("lists overlap");
    part->end = list.end;
    if (columns_grow(to, room, first + list.count) ||
        decode_documents(&list, 0, list.count, 0, to->documents + first) ||
        decode_column(&list.frequencies, list.flags & HAS_FREQUENCIES, 0, list.count, 1,
                      to->frequencies + first) ||
        decode_column(&list.titles, list.flags & HAS_TITLES, 0, list.count, 0, to->titles + first))
        return -1;
    for (i = first; i < first + list.count; i++) {
        const int32_t document = map[to->documents[i]];
        if (document == GONE)
            continue;
        if (document < 0 || document >= capacity || !to->frequencies[i] ||
            (to->count && (uint32_t)document <= to->documents[to->count - 1]))
            return damaged("a list is out of order");
        to->documents[to->count] = (uint32_t)document;
        to->frequencies[to->count] = to->frequencies[i];
        to->titles[to->count] = to->titles[i];
        to->count++;
    }
    return 0;
}

/* merge_lists(parts, terms, capacity, worth) -> data, starts, terms

   The lists of terms, each with the postings of all parts: (data, starts of lists, numbers of their
   terms, new numbers of documents). They are encoded for so many documents. Terms whose documents are
   all gone have no list. The terms are those that have one, in order. */
static PyObject *merge_lists(PyObject *self, PyObject *args)
{
    PyObject *given, *given_worth, *made[3] = {NULL}, *result = NULL;
    long long terms, capacity;
    Py_ssize_t count, opened = 0, i, k, total, *ends = NULL;
    MergedPart *parts = NULL;
    MergedList *lists = NULL;
    Worth *worth = NULL;
    Columns list = {NULL, NULL, NULL, NULL, 0};
    Blob blob = {NULL, 0, 0};
    int64_t room = 0, filled = 0, term, *starts, *kept;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!LLO", &PyList_Type, &given, &terms, &capacity, &given_worth))
        return NULL;
    count = PyList_GET_SIZE(given);
    if (terms < 0 || terms > PY_SSIZE_T_MAX / 16 || capacity < 0 || capacity > LARGEST) {
        PyErr_SetString(PyExc_ValueError, "the terms do not fit each other");
        return NULL;
    }
    worth = worth_of(given_worth, capacity);
    parts = PyMem_Calloc((size_t)count + 1, sizeof *parts);
    ends = PyMem_Calloc((size_t)terms + 1, sizeof *ends);
    if (!worth || !parts || !ends) {
        if (worth)
            PyErr_NoMemory();
        goto done;
    }
    for (; opened < count; opened++) {
        MergedPart *part = &parts[opened];
        PyObject *four = PyList_GET_ITEM(given, opened);
        if (!PyTuple_Check(four)) {
            PyErr_SetString(PyExc_TypeError, "parts are tuples");
            goto done;
        }
        if (!PyArg_ParseTuple(four, "y*y*y*y*", &part->data, &part->starts, &part->numbers,
                              &part->map))
            goto done;
    }
    total = count_lists(parts, count, terms, ends);
    if (total < 0)
        goto done;
    lists = PyMem_Malloc(((size_t)total + 1) * sizeof *lists);
    made[1] = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)terms * 8);
    made[2] = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)terms * 8);
    if (!lists || !made[1] || !made[2]) {
        if (!lists)
            PyErr_NoMemory();
        goto done;
    }
    for (term = 0, k = 0; term < terms; term++) {
        const Py_ssize_t size = ends[term];
        ends[term] = k; /* where those of the term begin; where they end when all are there */
        k += size;
    }
    for (i = 0; i < count; i++)
        for (k = 0; k < parts[i].numbers.len / 8; k++) {
            MergedList *one = &lists[ends[((const int64_t *)parts[i].numbers.buf)[k]]++];
            one->part = i;
            one->at = k;
        }
    starts = (int64_t *)PyByteArray_AS_STRING(made[1]);
    kept = (int64_t *)PyByteArray_AS_STRING(made[2]);
    for (term = 0, k = 0; term < terms; term++) {
        list.count = 0;
        for (; k < ends[term]; k++)
            if (take_list(&list, &room, &parts[lists[k].part], lists[k].at, capacity))
                goto done;
        if (!list.count)
            continue;
        starts[filled] = blob.size;
        kept[filled++] = term;
        if (append_worthy(&blob, &list, capacity, worth))
            goto done;
    }
    made[0] = PyBytes_FromStringAndSize((const char *)blob.data, blob.size);
    if (made[0] && !PyByteArray_Resize(made[1], filled * 8) &&
        !PyByteArray_Resize(made[2], filled * 8))
        result = PyTuple_Pack(3, made[0], made[1], made[2]);
done:
    for (i = 0; i < 3; i++)
        Py_XDECREF(made[i]);
    PyMem_Free(blob.data);
    columns_free(&list);
    PyMem_Free(lists);
    PyMem_Free(ends);
    if (parts)
        parts_free(parts, opened);
    worth_free(worth);
    return result;
}

#endif
