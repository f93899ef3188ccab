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

/* impacts(capacity, documents, frequencies, titles, (lengths, average, weight) of titles and of bodies,
   k1, b) -> a byte a posting */
static PyObject *impacts(PyObject *self, PyObject *args)
{
    Py_buffer documents, frequencies, titles;
    Norms *fields = PyMem_Calloc(2, sizeof *fields); /* titles, bodies */
    PyObject *result = NULL;
    double k1, b;
    Py_ssize_t capacity, count, i;
    int f, length;
    (void)self;
    if (!fields)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(args, "ny*y*y*(y*dd)(y*dd)dd", &capacity, &documents, &frequencies, &titles,
                          &fields[0].lengths, &fields[0].average, &fields[0].weight,
                          &fields[1].lengths, &fields[1].average, &fields[1].weight, &k1, &b)) {
        PyMem_Free(fields);
        return NULL;
    }
    count = documents.len / 8;
    if (documents.len % 8 || frequencies.len != documents.len || titles.len != documents.len) {
        PyErr_SetString(PyExc_ValueError, "these are no postings");
        goto done;
    }
    for (f = 0; f < 2; f++) {
        const Py_ssize_t size = capacity > 0 ? fields[f].lengths.len / capacity : 0;
        if ((size != 1 && size != 2 && size != 4) || fields[f].lengths.len % capacity) {
            PyErr_SetString(PyExc_ValueError, "lengths have 1, 2 or 4 bytes");
            goto done;
        }
        fields[f].size = size;
        fields[f].b = b;
        for (length = 0; length < KNOWN_NORMS; length++)
            fields[f].known[length] = norm_of_length(&fields[f], length);
    }
    result = PyByteArray_FromStringAndSize(NULL, count);
    for (i = 0; result && i < count; i++) {
        const int64_t document = ((const int64_t *)documents.buf)[i];
        const int64_t title = ((const int64_t *)titles.buf)[i];
        const int64_t frequency = ((const int64_t *)frequencies.buf)[i];
        double x = 0.0;
        if (document < 0 || document >= capacity) {
            PyErr_SetString(PyExc_ValueError, "a document that is not there");
            Py_CLEAR(result);
            break;
        }
        if (title)
            x = weighed(&fields[0], title, document);
        x += weighed(&fields[1], frequency - title, document);
        PyByteArray_AS_STRING(result)[i] =
            (char)(uint8_t)(x > 0.0 ? ceil(x / (k1 + x) * LEVELS) : 0.0);
    }
done:
    for (f = 0; f < 2; f++)
        PyBuffer_Release(&fields[f].lengths);
    PyMem_Free(fields);
    PyBuffer_Release(&documents);
    PyBuffer_Release(&frequencies);
    PyBuffer_Release(&titles);
    return result;
}

#endif
