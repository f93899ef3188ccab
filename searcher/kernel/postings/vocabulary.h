/* The terms of a field in order, of strings or of several segments: what sorted_terms in
   searcher/index/columnar/terms.py and union in fieldmerge.py do in Python. */

#ifndef SEARCHER_POSTINGS_VOCABULARY_H
#define SEARCHER_POSTINGS_VOCABULARY_H

#include <Python.h>
#include <stdlib.h>
#include "grouping.h"

#define KEY_SIZE 8
#define MOST_BYTES 4 /* of a character */

typedef struct {
    uint64_t key; /* the first bytes as a big-endian number, filled up with zeros */
    const uint8_t *tail;
    Py_ssize_t tail_size, number;
} SortedTerm;

/* Write a character as terms have it; returns where it ends. */
static uint8_t *put_character(uint8_t *at, Py_UCS4 character)
{
    if (character < 2) { /* zeros fill up keys */
        *at++ = 1;
        *at++ = (uint8_t)(character + 1);
    } else if (character < 0x80) {
        *at++ = (uint8_t)character;
    } else if (character < 0x800) {
        *at++ = (uint8_t)(0xc0 | character >> 6);
        *at++ = (uint8_t)(0x80 | (character & 63));
    } else if (character < 0x10000) {
        *at++ = (uint8_t)(0xe0 | character >> 12);
        *at++ = (uint8_t)(0x80 | (character >> 6 & 63));
        *at++ = (uint8_t)(0x80 | (character & 63));
    } else {
        *at++ = (uint8_t)(0xf0 | character >> 18);
        *at++ = (uint8_t)(0x80 | (character >> 12 & 63));
        *at++ = (uint8_t)(0x80 | (character >> 6 & 63));
        *at++ = (uint8_t)(0x80 | (character & 63));
    }
    return at;
}

/* Take a term apart, whose bytes are written to `at`; returns where they end, NULL with an exception. */
static uint8_t *take_term(PyObject *text, SortedTerm *term, uint8_t *at)
{
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    const uint8_t *begin = at;
    Py_ssize_t i, size;
    for (i = 0; i < length; i++) {
        const Py_UCS4 character = PyUnicode_READ(kind, data, i);
        if (Py_UNICODE_IS_SURROGATE(character)) {
            Py_XDECREF(PyUnicode_AsUTF8String(text)); /* says what is wrong */
            return NULL;
        }
        at = put_character(at, character);
    }
    size = at - begin;
    term->key = 0;
    for (i = 0; i < KEY_SIZE; i++)
        term->key = term->key << 8 | (i < size ? begin[i] : 0);
    term->tail_size = size > KEY_SIZE ? size - KEY_SIZE : 0;
    term->tail = begin + (size - term->tail_size);
    return at;
}

static int compare_tails(const void *one, const void *other)
{
    const SortedTerm *a = one, *b = other;
    const Py_ssize_t size = a->tail_size < b->tail_size ? a->tail_size : b->tail_size;
    const int order = memcmp(a->tail, b->tail, (size_t)size);
    return order ? order : (a->tail_size > b->tail_size) - (a->tail_size < b->tail_size);
}

/* Sort terms by their keys, a byte at a time, and those of one key by their tails. `spare` has room
   for as many; returns where they are. */
static SortedTerm *sort_keys(SortedTerm *terms, SortedTerm *spare, Py_ssize_t count)
{
    uint64_t differ = 0;
    Py_ssize_t i, first, at;
    int shift;
    for (i = 1; i < count; i++)
        differ |= terms[i].key ^ terms[0].key;
    for (shift = 0; shift < 64; shift += 8) {
        Py_ssize_t places[256] = {0};
        SortedTerm *other = spare;
        int byte;
        if (!(differ >> shift & 255))
            continue;
        for (i = 0; i < count; i++)
            places[terms[i].key >> shift & 255]++;
        for (at = 0, byte = 0; byte < 256; byte++) {
            const Py_ssize_t size = places[byte];
            places[byte] = at;
            at += size;
        }
        for (i = 0; i < count; i++)
            other[places[terms[i].key >> shift & 255]++] = terms[i];
        spare = terms;
        terms = other;
    }
    for (first = 0; first < count; first = i) {
        for (i = first + 1; i < count && terms[i].key == terms[first].key; i++)
            ;
        for (at = first; at < i && !terms[at].tail_size; at++)
            ;
        if (at < i) /* many segments may have the same short term */
            qsort(terms + first, (size_t)(i - first), sizeof *terms, compare_tails);
    }
    return terms;
}

/* Make keys, tail_starts and tails of sorted terms, which have so many bytes of tails. Returns 0, or -1
   with an exception set. */
static int write_sorted(const SortedTerm *sorted, Py_ssize_t count, int64_t size, PyObject *parts[3])
{
    uint64_t *keys;
    int64_t *starts;
    uint8_t *tails;
    Py_ssize_t i;
    parts[0] = PyByteArray_FromStringAndSize(NULL, count * 8);
    parts[1] = PyByteArray_FromStringAndSize(NULL, (count + 1) * 8);
    parts[2] = PyBytes_FromStringAndSize(NULL, size);
    if (!parts[0] || !parts[1] || !parts[2])
        return -1;
    keys = (uint64_t *)PyByteArray_AS_STRING(parts[0]);
    starts = (int64_t *)PyByteArray_AS_STRING(parts[1]);
    tails = (uint8_t *)PyBytes_AS_STRING(parts[2]);
    starts[0] = 0;
    for (i = 0; i < count; i++) {
        keys[i] = sorted[i].key;
        memcpy(tails + starts[i], sorted[i].tail, (size_t)sorted[i].tail_size);
        starts[i + 1] = starts[i] + sorted[i].tail_size;
    }
    return 0;
}

/* sort_terms(terms) -> keys, tail_starts, tails, places

   Different strings as a list of terms: the key of each in order, where its tail begins, all tails; and
   the place of each string in that order. */
static PyObject *sort_terms(PyObject *self, PyObject *strings)
{
    PyObject *parts[4] = {NULL}, *result = NULL;
    SortedTerm *terms, *sorted;
    uint8_t *bytes = NULL, *at;
    uint64_t *places;
    int64_t size = 0;
    Py_ssize_t count, i, length = 0;
    int part;
    (void)self;
    if (!PyList_Check(strings)) {
        PyErr_SetString(PyExc_TypeError, "terms are in a list");
        return NULL;
    }
    count = PyList_GET_SIZE(strings);
    length = length_of_texts(strings, MOST_BYTES);
    if (length < 0)
        return NULL;
    terms = PyMem_Calloc(2 * (size_t)count, sizeof *terms);
    bytes = PyMem_Malloc((size_t)(MOST_BYTES * length));
    if (!terms || !bytes) {
        PyErr_NoMemory();
        goto done;
    }
    at = bytes;
    for (i = 0; i < count; i++) {
        terms[i].number = i;
        at = take_term(PyList_GET_ITEM(strings, i), &terms[i], at);
        if (!at)
            goto done;
        size += terms[i].tail_size;
    }
    sorted = sort_keys(terms, terms + count, count);
    parts[3] = PyByteArray_FromStringAndSize(NULL, count * 8);
    if (!parts[3] || write_sorted(sorted, count, size, parts))
        goto done;
    places = (uint64_t *)PyByteArray_AS_STRING(parts[3]);
    for (i = 0; i < count; i++)
        places[sorted[i].number] = (uint64_t)i;
    result = PyTuple_Pack(4, parts[0], parts[1], parts[2], parts[3]);
done:
    for (part = 0; part < 4; part++)
        Py_XDECREF(parts[part]);
    PyMem_Free(terms);
    PyMem_Free(bytes);
    return result;
}

/* Take the terms of a segment: keys, where tails begin (4 bytes each) or None, tails. Their numbers go
   on from `first`. Returns 0, or -1 with an exception set. */
static int take_terms(Py_buffer buffers[3], SortedTerm *terms, Py_ssize_t first)
{
    const uint64_t *keys = buffers[0].buf;
    const Py_ssize_t count = buffers[0].len / KEY_SIZE;
    const uint8_t *starts = buffers[1].buf, *tails = buffers[2].buf;
    Py_ssize_t i;
    if (buffers[1].len && buffers[1].len != 4 * (count + 1)) {
        PyErr_SetString(PyExc_ValueError, "the terms do not fit each other");
        return -1;
    }
    for (i = 0; i < count; i++) {
        SortedTerm *term = &terms[first + i];
        uint32_t start = 0, end = 0;
        if (buffers[1].len) {
            start = half(starts + 4 * i);
            end = half(starts + 4 * i + 4);
        }
        if (start > end || end > (size_t)buffers[2].len) {
            PyErr_SetString(PyExc_ValueError, "the terms do not fit each other");
            return -1;
        }
        memcpy(&term->key, &keys[i], KEY_SIZE);
        term->tail = tails + start;
        term->tail_size = (Py_ssize_t)(end - start);
        term->number = first + i;
    }
    return 0;
}

/* unite_terms(parts) -> keys, tail_starts, tails, places

   The different terms of several segments in order, as sort_terms gives them, and the place there of
   each term of each: parts are (keys, where tails begin or b"", tails). */
static PyObject *unite_terms(PyObject *self, PyObject *given)
{
    PyObject *parts[4] = {NULL}, *result = NULL;
    Py_buffer(*buffers)[3] = NULL;
    SortedTerm *terms = NULL, *sorted;
    int64_t *places, size = 0;
    Py_ssize_t count, opened = 0, total = 0, i, different = 0;
    int part;
    (void)self;
    if (!PyList_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "terms are in a list");
        return NULL;
    }
    count = PyList_GET_SIZE(given);
    buffers = PyMem_Calloc((size_t)count + 1, sizeof *buffers);
    if (!buffers)
        return PyErr_NoMemory();
    for (; opened < count; opened++) {
        PyObject *three = PyList_GET_ITEM(given, opened);
        if (!PyTuple_Check(three)) {
            PyErr_SetString(PyExc_TypeError, "parts are tuples");
            goto done;
        }
        if (!PyArg_ParseTuple(three, "y*y*y*", &buffers[opened][0], &buffers[opened][1],
                              &buffers[opened][2]))
            goto done;
        total += buffers[opened][0].len / KEY_SIZE;
    }
    terms = PyMem_Malloc((2 * (size_t)total + 1) * sizeof *terms);
    if (!terms) {
        PyErr_NoMemory();
        goto done;
    }
    for (total = 0, i = 0; i < count; i++) {
        if (take_terms(buffers[i], terms, total))
            goto done;
        total += buffers[i][0].len / KEY_SIZE;
    }
    sorted = sort_keys(terms, terms + total, total);
    parts[3] = PyByteArray_FromStringAndSize(NULL, total * 8);
    if (!parts[3])
        goto done;
    places = (int64_t *)PyByteArray_AS_STRING(parts[3]);
    for (i = 0; i < total; i++) {
        /* The different ones are put side by side. */
        if (!i || sorted[i].key != sorted[different - 1].key ||
            compare_tails(&sorted[i], &sorted[different - 1])) {
            size += sorted[i].tail_size;
            places[sorted[i].number] = different;
            sorted[different++] = sorted[i];
        } else {
            places[sorted[i].number] = different - 1;
        }
    }
    if (write_sorted(sorted, different, size, parts))
        goto done;
    result = PyTuple_Pack(4, parts[0], parts[1], parts[2], parts[3]);
done:
    for (part = 0; part < 4; part++)
        Py_XDECREF(parts[part]);
    PyMem_Free(terms);
    for (i = 0; i < opened; i++)
        for (part = 0; part < 3; part++)
            PyBuffer_Release(&buffers[i][part]);
    PyMem_Free(buffers);
    return result;
}

/* gram_keys(codes) -> the keys of grams, whose second character has the lower 21 bits, plus 1, or 0 */
static PyObject *gram_keys(PyObject *self, PyObject *given)
{
    Py_buffer codes;
    PyObject *result;
    Py_ssize_t i, count;
    (void)self;
    if (PyObject_GetBuffer(given, &codes, PyBUF_SIMPLE))
        return NULL;
    count = codes.len / 8;
    result = PyByteArray_FromStringAndSize(NULL, count * 8);
    for (i = 0; result && i < count; i++) {
        const uint64_t code = word((const uint8_t *)codes.buf + 8 * i);
        const Py_UCS4 second = (Py_UCS4)(code & (((uint64_t)1 << CHARACTER_BITS) - 1));
        uint8_t bytes[KEY_SIZE] = {0}, *end;
        uint64_t key = 0;
        int k;
        end = put_character(bytes, (Py_UCS4)(code >> CHARACTER_BITS));
        if (second)
            put_character(end, second - 1);
        for (k = 0; k < KEY_SIZE; k++)
            key = key << 8 | bytes[k];
        memcpy(PyByteArray_AS_STRING(result) + 8 * i, &key, 8);
    }
    PyBuffer_Release(&codes);
    return result;
}

#endif
