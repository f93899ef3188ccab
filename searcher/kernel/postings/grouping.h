/* From texts to the occurrences of grams, and from occurrences, in the order in which they stand in the
   texts, to encoded posting lists: what searcher/index/columnar/grouping.py does in numpy. */

#ifndef SEARCHER_POSTINGS_GROUPING_H
#define SEARCHER_POSTINGS_GROUPING_H

#include <Python.h>
#include "coding.h"

/* Occurrences are sorted by so many bits at a time: few enough for all places that are written to
   stay in the cache. */
#define DIGIT_BITS 9
#define DIGITS (1 << DIGIT_BITS)
#define MOST_PASSES 8

/* Of the bits of a gram its second character has the lower ones, plus 1, or 0 if there is none. */
#define CHARACTER_BITS 21

static int is_space(Py_UCS4 character)
{
    return character <= 0x3000 && Py_UNICODE_ISSPACE(character);
}

/* Append the occurrences of the grams of a text; returns how many of them are pairs. */
static int64_t add_grams(PyObject *text, uint64_t owner, int owner_bits, uint64_t *out,
                         Py_ssize_t *count)
{
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_ssize_t i, at = *count;
    int64_t pairs = 0;
    Py_UCS4 next = length ? PyUnicode_READ(kind, data, 0) : 0;
    int next_is_space = !length || is_space(next);
    for (i = 0; i < length; i++) {
        const Py_UCS4 character = next;
        const int is_none = next_is_space;
        next = i + 1 < length ? PyUnicode_READ(kind, data, i + 1) : 0;
        next_is_space = i + 1 == length || is_space(next);
        if (is_none)
            continue;
        pairs += !next_is_space;
        out[at++] = ((uint64_t)character << CHARACTER_BITS | (next_is_space ? 0 : next + 1))
                        << owner_bits |
                    owner;
    }
    *count = at;
    return pairs;
}

/* How many characters the texts of a list have, if so many bytes for each can be asked for; -1 with an
   exception set. */
static Py_ssize_t length_of_texts(PyObject *texts, Py_ssize_t bytes)
{
    Py_ssize_t i, length = 0;
    for (i = 0; i < PyList_GET_SIZE(texts); i++) {
        PyObject *text = PyList_GET_ITEM(texts, i);
        if (!PyUnicode_Check(text)) {
            PyErr_SetString(PyExc_TypeError, "texts are strings");
            return -1;
        }
#if PY_VERSION_HEX < 0x030C0000
        if (PyUnicode_READY(text))
            return -1;
#endif
        if (PyUnicode_GET_LENGTH(text) > PY_SSIZE_T_MAX / bytes - length) {
            PyErr_NoMemory();
            return -1;
        }
        length += PyUnicode_GET_LENGTH(text);
    }
    return length;
}

/* grams(texts, owner_bits) -> occurrences, pairs

   The occurrences of the grams of a list of texts, each with the number of its text, as group() takes
   them; and how many pairs of characters each text has. */
static PyObject *grams(PyObject *self, PyObject *args)
{
    PyObject *texts, *occurrences = NULL, *pairs = NULL, *result = NULL;
    Py_ssize_t i, texts_count, length = 0, count = 0;
    int owner_bits;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!i", &PyList_Type, &texts, &owner_bits))
        return NULL;
    texts_count = PyList_GET_SIZE(texts);
    if (owner_bits < 1 || owner_bits > 64 - 2 * CHARACTER_BITS || texts_count >> owner_bits) {
        PyErr_SetString(PyExc_ValueError, "too many texts");
        return NULL;
    }
    length = length_of_texts(texts, 8);
    if (length < 0)
        return NULL;
    occurrences = PyByteArray_FromStringAndSize(NULL, length * 8);
    pairs = PyByteArray_FromStringAndSize(NULL, texts_count * 8);
    if (!occurrences || !pairs)
        goto done;
    for (i = 0; i < texts_count; i++)
        ((int64_t *)PyByteArray_AS_STRING(pairs))[i] =
            add_grams(PyList_GET_ITEM(texts, i), (uint64_t)i, owner_bits,
                      (uint64_t *)PyByteArray_AS_STRING(occurrences), &count);
    if (!PyByteArray_Resize(occurrences, count * 8))
        result = PyTuple_Pack(2, occurrences, pairs);
done:
    Py_XDECREF(occurrences);
    Py_XDECREF(pairs);
    return result;
}

/* The digits of terms in which they differ, from the lowest on; returns how many. */
static int digits_of(const uint64_t *occurrences, Py_ssize_t count, int owner_bits, int *shifts)
{
    uint64_t differ = 0;
    Py_ssize_t i;
    int passes = 0;
    for (i = 1; i < count; i++)
        differ |= occurrences[i] ^ occurrences[0];
    differ = differ >> owner_bits << owner_bits;
    while (differ) {
        const int shift = lowest_bit(differ);
        shifts[passes++] = shift;
        if (shift + DIGIT_BITS >= 64)
            break;
        differ = differ >> (shift + DIGIT_BITS) << (shift + DIGIT_BITS);
    }
    return passes;
}

/* Sort occurrences by their terms; those of one term stay in their order. `spare` has room for as
   many; returns where they are. */
static uint64_t *sort_by_term(uint64_t *occurrences, uint64_t *spare, Py_ssize_t count,
                              const int *shifts, int passes)
{
    Py_ssize_t places[DIGITS], i;
    int pass, digit;
    for (pass = 0; pass < passes; pass++) {
        const int shift = shifts[pass];
        uint64_t *other = spare;
        Py_ssize_t at = 0;
        memset(places, 0, sizeof places);
        for (i = 0; i < count; i++)
            places[occurrences[i] >> shift & (DIGITS - 1)]++;
        for (digit = 0; digit < DIGITS; digit++) {
            const Py_ssize_t size = places[digit];
            places[digit] = at;
            at += size;
        }
        for (i = 0; i < count; i++)
            other[places[occurrences[i] >> shift & (DIGITS - 1)]++] = occurrences[i];
        spare = occurrences;
        occurrences = other;
    }
    return occurrences;
}

/* invert(occurrences, owner_bits, capacity, worth) -> terms, data, starts

   Occurrences are numbers of 64 bits, in the order of their owners: the term, the document, and in
   the last bit the field. They are not there any more when this is done. The lists of terms are
   encoded for so many documents. */
static PyObject *invert(PyObject *self, PyObject *args)
{
    PyObject *made[3] = {NULL}, *given_worth, *result = NULL;
    Py_buffer buffer;
    uint64_t *spare = NULL, *sorted, *terms, mask;
    int64_t *starts, room = 0;
    Py_ssize_t count, i, lists = 0, list = 0;
    int owner_bits, shifts[MOST_PASSES], passes, part;
    long long capacity;
    Worth *worth = NULL;
    Columns columns = {NULL, NULL, NULL, NULL, 0};
    Blob blob = {NULL, 0, 0};
    (void)self;
    if (!PyArg_ParseTuple(args, "w*iLO", &buffer, &owner_bits, &capacity, &given_worth))
        return NULL;
    count = buffer.len / 8;
    if (buffer.len % 8 || owner_bits < 1 || owner_bits > 63 || capacity < 0 ||
        capacity > LARGEST) {
        PyErr_SetString(PyExc_ValueError, "these are no occurrences");
        goto done;
    }
    worth = worth_of(given_worth, capacity);
    if (!worth)
        goto done;
    sorted = buffer.buf;
    mask = ((uint64_t)1 << owner_bits) - 1;
    for (i = 1; i < count; i++)
        if ((sorted[i] & mask) < (sorted[i - 1] & mask)) {
            PyErr_SetString(PyExc_ValueError, "occurrences are in the order of their owners");
            goto done;
        }
    if (count && (int64_t)((sorted[count - 1] & mask) >> 1) >= capacity) {
        PyErr_SetString(PyExc_ValueError, "a document that is not there");
        goto done;
    }
    passes = digits_of(sorted, count, owner_bits, shifts);
    if (passes) {
        spare = PyMem_Malloc((size_t)count * sizeof *spare);
        if (!spare) {
            PyErr_NoMemory();
            goto done;
        }
        sorted = sort_by_term(sorted, spare, count, shifts, passes);
        if (sorted != spare) {
            PyMem_Free(spare);
            spare = NULL;
        }
    }
    for (i = 0; i < count; i++)
        lists += !i || sorted[i] >> owner_bits != sorted[i - 1] >> owner_bits;
    for (part = 0; part < 2; part++) {
        made[part] = PyByteArray_FromStringAndSize(NULL, lists * 8);
        if (!made[part])
            goto done;
    }
    terms = (uint64_t *)PyByteArray_AS_STRING(made[0]);
    starts = (int64_t *)PyByteArray_AS_STRING(made[1]);
    for (i = 0; i < count; list++) {
        const uint64_t term = sorted[i] >> owner_bits;
        uint64_t document = 0; /* the one before, plus 1 */
        columns.count = 0;
        for (; i < count && sorted[i] >> owner_bits == term; i++) {
            const uint64_t next = ((sorted[i] & mask) >> 1) + 1;
            Py_ssize_t at;
            if (next != document) {
                if (columns.count == room && columns_grow(&columns, &room, room + 1024))
                    goto done;
                columns.documents[columns.count] = (uint32_t)(next - 1);
                columns.frequencies[columns.count] = columns.titles[columns.count] = 0;
                columns.count++;
                document = next;
            }
            at = columns.count - 1;
            columns.frequencies[at]++;
            columns.titles[at] += !(sorted[i] & 1);
        }
        terms[list] = term;
        starts[list] = blob.size;
        if (append_worthy(&blob, &columns, capacity, worth))
            goto done;
    }
    made[2] = PyBytes_FromStringAndSize((const char *)blob.data, blob.size);
    if (made[2])
        result = PyTuple_Pack(3, made[0], made[2], made[1]);
done:
    PyMem_Free(blob.data);
    columns_free(&columns);
    PyMem_Free(spare);
    for (part = 0; part < 3; part++)
        Py_XDECREF(made[part]);
    worth_free(worth);
    PyBuffer_Release(&buffer);
    return result;
}

#endif
