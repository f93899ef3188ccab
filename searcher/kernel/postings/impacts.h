/* How much postings are worth, for the directories of their lists: what
   searcher/index/columnar/similarity.py does in numpy, to the last bit. */

#ifndef SEARCHER_POSTINGS_IMPACTS_H
#define SEARCHER_POSTINGS_IMPACTS_H

#include <math.h>
#include <Python.h>
#include "bits.h"

#define LEVELS 255.0
#define LEAST_RELATIVE 1e-300
/* Norms of lengths below are worked out once. */
#define KNOWN_NORMS 4096

typedef struct {
    Py_buffer lengths; /* of each document */
    Py_ssize_t size;   /* bytes of a length: 1, 2 or 4 */
    double average, weight, b;
    double known[KNOWN_NORMS]; /* by length */
} Norms;

static double norm_of_length(const Norms *norms, double length)
{
    const double relative = (1.0 - norms->b) + norms->b * length / norms->average;
    return 1.0 / (relative > LEAST_RELATIVE ? relative : LEAST_RELATIVE);
}

/* A frequency in a field, weighed by the field and by the document's length. */
static double weighed(const Norms *norms, int64_t frequency, int64_t document)
{
    const uint8_t *lengths = norms->lengths.buf;
    uint32_t length;
    if (norms->size == 1)
        length = lengths[document];
    else if (norms->size == 2)
        length = lengths[2 * document] | (uint32_t)lengths[2 * document + 1] << 8;
    else
        memcpy(&length, lengths + 4 * document, 4);
    return norms->weight * (double)frequency *
           (length < KNOWN_NORMS ? norms->known[length] : norm_of_length(norms, length));
}

/* What a posting is worth by. */
typedef struct {
    Norms titles, bodies;
    double k1;
    int64_t capacity;
    int is_flat; /* whether all are worth the same, and all else is not there */
} Worth;

static void worth_free(Worth *worth)
{
    if (worth && !worth->is_flat) {
        PyBuffer_Release(&worth->titles.lengths);
        PyBuffer_Release(&worth->bodies.lengths);
    }
    PyMem_Free(worth);
}

/* Take ((lengths, average, weight) of titles, the same of bodies, k1, b) of so many documents, or None
   where all postings are worth the same. Returns NULL with an exception set. */
static Worth *worth_of(PyObject *given, int64_t capacity)
{
    Worth *worth = PyMem_Calloc(1, sizeof *worth);
    double b;
    int f, length;
    if (!worth)
        return (Worth *)PyErr_NoMemory();
    worth->capacity = capacity;
    worth->is_flat = 1;
    if (given == Py_None || !capacity) /* without documents there are no postings */
        return worth;
    if (!PyTuple_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "what postings are worth by is a tuple");
        worth_free(worth);
        return NULL;
    }
    if (!PyArg_ParseTuple(given, "(y*dd)(y*dd)dd", &worth->titles.lengths, &worth->titles.average,
                          &worth->titles.weight, &worth->bodies.lengths, &worth->bodies.average,
                          &worth->bodies.weight, &worth->k1, &b)) {
        worth_free(worth);
        return NULL;
    }
    worth->is_flat = 0;
    for (f = 0; f < 2; f++) {
        Norms *norms = f ? &worth->bodies : &worth->titles;
        norms->size = capacity > 0 ? norms->lengths.len / capacity : 0;
        if ((norms->size != 1 && norms->size != 2 && norms->size != 4) ||
            norms->lengths.len % capacity) {
            PyErr_SetString(PyExc_ValueError, "lengths have 1, 2 or 4 bytes");
            worth_free(worth);
            return NULL;
        }
        norms->b = b;
        for (length = 0; length < KNOWN_NORMS; length++)
            norms->known[length] = norm_of_length(norms, length);
    }
    return worth;
}

/* What a posting of a document that is there is worth, in levels. */
static uint8_t level_of(const Worth *worth, int64_t document, int64_t frequency, int64_t title)
{
    double x = 0.0;
    if (worth->is_flat)
        return (uint8_t)LEVELS;
    if (title)
        x = weighed(&worth->titles, title, document);
    x += weighed(&worth->bodies, frequency - title, document);
    return (uint8_t)(x > 0.0 ? ceil(x / (worth->k1 + x) * LEVELS) : 0.0);
}

/* impacts(capacity, documents, frequencies, titles, worth) -> a byte a posting */
static PyObject *impacts(PyObject *self, PyObject *args)
{
    Py_buffer documents, frequencies, titles;
    PyObject *given, *result = NULL;
    Py_ssize_t capacity, count, i;
    Worth *worth;
    (void)self;
    if (!PyArg_ParseTuple(args, "ny*y*y*O", &capacity, &documents, &frequencies, &titles, &given))
        return NULL;
    worth = worth_of(given, capacity);
    count = documents.len / 8;
    if (!worth)
        goto done;
    if (documents.len % 8 || frequencies.len != documents.len || titles.len != documents.len) {
        PyErr_SetString(PyExc_ValueError, "these are no postings");
        goto done;
    }
    result = PyByteArray_FromStringAndSize(NULL, count);
    for (i = 0; result && i < count; i++) {
        const int64_t document = ((const int64_t *)documents.buf)[i];
        if (document < 0 || document >= capacity) {
            PyErr_SetString(PyExc_ValueError, "a document that is not there");
            Py_CLEAR(result);
            break;
        }
        PyByteArray_AS_STRING(result)[i] =
            (char)level_of(worth, document, ((const int64_t *)frequencies.buf)[i],
                           ((const int64_t *)titles.buf)[i]);
    }
done:
    worth_free(worth);
    PyBuffer_Release(&documents);
    PyBuffer_Release(&frequencies);
    PyBuffer_Release(&titles);
    return result;
}

#endif
