/* Whole lists for Python: decoding and encoding them. */

#ifndef SEARCHER_POSTINGS_CODING_H
#define SEARCHER_POSTINGS_CODING_H

#include "impacts.h"
#include "list.h"

static int fill(const List *list, uint32_t *scratch, int64_t *documents, int64_t *frequencies,
                int64_t *titles)
{
    int64_t i, n = list->count;
    if (decode_documents(list, 0, n, 0, scratch))
        return -1;
    for (i = 0; i < n; i++)
        documents[i] = scratch[i];
    if (decode_column(&list->frequencies, list->flags & HAS_FREQUENCIES, 0, n, 1, scratch))
        return -1;
    for (i = 0; i < n; i++)
        frequencies[i] = scratch[i];
    if (decode_column(&list->titles, list->flags & HAS_TITLES, 0, n, 0, scratch))
        return -1;
    for (i = 0; i < n; i++)
        titles[i] = scratch[i];
    return 0;
}

static PyObject *columns(int64_t count, int64_t **documents, int64_t **frequencies,
                         int64_t **titles)
{
    PyObject *result = PyTuple_New(3);
    int64_t **parts[3];
    int i;
    parts[0] = documents;
    parts[1] = frequencies;
    parts[2] = titles;
    if (!result)
        return NULL;
    for (i = 0; i < 3; i++) {
        PyObject *part = PyByteArray_FromStringAndSize(NULL, count * 8);
        if (!part) {
            Py_DECREF(result);
            return NULL;
        }
        *parts[i] = (int64_t *)PyByteArray_AS_STRING(part);
        PyTuple_SET_ITEM(result, i, part);
    }
    return result;
}

static PyObject *decode(PyObject *self, PyObject *args)
{
    Py_buffer data;
    long long start, capacity;
    List list;
    PyObject *result = NULL;
    int64_t *documents, *frequencies, *titles;
    uint32_t *scratch = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*LL", &data, &start, &capacity))
        return NULL;
    if (parse_list(&list, data.buf, data.len, start, capacity))
        goto done;
    scratch = PyMem_Malloc((size_t)list.count * sizeof *scratch);
    if (!scratch) {
        PyErr_NoMemory();
        goto done;
    }
    result = columns(list.count, &documents, &frequencies, &titles);
    if (result && fill(&list, scratch, documents, frequencies, titles))
        Py_CLEAR(result);
done:
    PyMem_Free(scratch);
    PyBuffer_Release(&data);
    return result;
}

static PyObject *decode_many(PyObject *self, PyObject *args)
{
    Py_buffer data, starts;
    long long capacity;
    List list;
    PyObject *parts = NULL, *bounds = NULL, *result = NULL;
    int64_t *documents, *frequencies, *titles, *bound, total = 0, largest = 0, i, lists;
    const int64_t *start;
    const uint8_t *end = NULL;
    uint32_t *scratch = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*L", &data, &starts, &capacity))
        return NULL;
    lists = starts.len / 8;
    start = starts.buf;
    bounds = PyByteArray_FromStringAndSize(NULL, (lists + 1) * 8);
    if (!bounds)
        goto done;
    bound = (int64_t *)PyByteArray_AS_STRING(bounds);
    bound[0] = 0;
    for (i = 0; i < lists; i++) {
        if (parse_list(&list, data.buf, data.len, start[i], capacity))
            goto done;
        /* Lists that share bytes would take memory that the file does not. */
        if (i && (const uint8_t *)data.buf + start[i] < end) {
            damaged("lists overlap");
            goto done;
        }
        end = list.end;
        total += list.count;
        bound[i + 1] = total;
        if (list.count > largest)
            largest = list.count;
    }
    scratch = PyMem_Malloc((size_t)(largest + 1) * sizeof *scratch);
    if (!scratch) {
        PyErr_NoMemory();
        goto done;
    }
    parts = columns(total, &documents, &frequencies, &titles);
    if (!parts)
        goto done;
    for (i = 0; i < lists; i++) {
        int64_t at = bound[i];
        if (parse_list(&list, data.buf, data.len, start[i], capacity) ||
            fill(&list, scratch, documents + at, frequencies + at, titles + at))
            goto done;
    }
    result = PyTuple_Pack(4, bounds, PyTuple_GET_ITEM(parts, 0), PyTuple_GET_ITEM(parts, 1),
                          PyTuple_GET_ITEM(parts, 2));
done:
    Py_XDECREF(parts);
    Py_XDECREF(bounds);
    PyMem_Free(scratch);
    PyBuffer_Release(&data);
    PyBuffer_Release(&starts);
    return result;
}

/* counts(data, starts) -> the numbers of postings of the lists that begin there, 8 bytes each */
static PyObject *counts(PyObject *self, PyObject *args)
{
    Py_buffer data, starts;
    PyObject *result = NULL;
    Py_ssize_t i, lists;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*", &data, &starts))
        return NULL;
    lists = starts.len / 8;
    result = PyByteArray_FromStringAndSize(NULL, lists * 8);
    for (i = 0; result && i < lists; i++) {
        int64_t at = ((const int64_t *)starts.buf)[i];
        uint64_t header = 0;
        int shift = 0, more = 1;
        for (; more && shift < 36; shift += 7, at++) {
            if (at < 0 || at >= data.len) {
                damaged("a list is cut off");
                Py_CLEAR(result);
                break;
            }
            header |= (uint64_t)(((const uint8_t *)data.buf)[at] & 127) << shift;
            more = ((const uint8_t *)data.buf)[at] & 128;
        }
        if (result)
            ((int64_t *)PyByteArray_AS_STRING(result))[i] = (int64_t)(header >> FLAG_BITS);
    }
    PyBuffer_Release(&data);
    PyBuffer_Release(&starts);
    return result;
}

typedef struct {
    int width, present;
    int64_t exceptions, size;
} Plan;

static const int WIDTHS[] = {0, 1, 2, 3, 4, 6, 8, 16, 32};

/* Which width makes a column smallest; the first of those that are equally good. */
static void plan_column(const uint32_t *values, uint32_t subtract, int64_t count, Plan *plan)
{
    int64_t best = -1, i;
    uint32_t all = 0;
    int w, bits;
    for (i = 0; i < count; i++)
        all |= values[i] - subtract;
    plan->present = all != 0;
    plan->width = 0;
    plan->exceptions = plan->size = 0;
    if (!all)
        return;
    bits = bit_length(all);
    for (w = 0; w < (int)(sizeof WIDTHS / sizeof *WIDTHS); w++) {
        const int width = WIDTHS[w];
        int64_t exceptions = 0, cost;
        if (width < bits) {
            for (i = 0; i < count; i++)
                exceptions += (values[i] - subtract) >> width != 0;
        }
        cost = (count * width + 7) / 8 + 8 * exceptions + (exceptions ? 4 : 0);
        if (best < 0 || cost < best) {
            best = cost;
            plan->width = width;
            plan->exceptions = exceptions;
        }
        if (!exceptions)
            break; /* more only takes more */
    }
    plan->size = 1 + best;
}

static void put_half(uint8_t *data, int64_t value)
{
    uint32_t number = (uint32_t)value;
    memcpy(data, &number, 4);
}

/* Numbers of up to 32 bits, packed one after the other. */
typedef struct {
    uint8_t *at;
    uint64_t pending;
    int bits; /* of pending, fewer than 32 */
} BitWriter;

static inline void put_bits(BitWriter *writer, uint32_t value, int width)
{
    writer->pending |= (uint64_t)value << writer->bits;
    writer->bits += width;
    if (writer->bits >= 32) {
        put_half(writer->at, (int64_t)(writer->pending & 0xffffffffu));
        writer->at += 4;
        writer->pending >>= 32;
        writer->bits -= 32;
    }
}

/* Write what is left; returns where it ends, at the next byte. */
static uint8_t *end_bits(BitWriter *writer)
{
    for (; writer->bits > 0; writer->bits -= 8) {
        *writer->at++ = (uint8_t)writer->pending;
        writer->pending >>= 8;
    }
    return writer->at;
}

static uint8_t *write_column(uint8_t *at, const Plan *plan, const uint32_t *values,
                             uint32_t subtract, int64_t count)
{
    const int width = plan->width;
    uint8_t *indices;
    int64_t i, nth = 0;
    if (!plan->present)
        return at;
    *at++ = (uint8_t)(width | (plan->exceptions ? HAS_EXCEPTIONS : 0));
    if (plan->exceptions) {
        put_half(at, plan->exceptions);
        at += 4;
    }
    indices = at + (count * width + 7) / 8;
    if (width) {
        BitWriter writer = {at, 0, 0};
        for (i = 0; i < count; i++) {
            const uint32_t value = values[i] - subtract;
            put_bits(&writer, (uint64_t)value >> width ? 0 : value, width);
        }
        end_bits(&writer);
    }
    for (i = 0; nth < plan->exceptions; i++) {
        const uint32_t value = values[i] - subtract;
        if ((uint64_t)value >> width) {
            put_half(indices + 4 * nth, i);
            put_half(indices + 4 * (plan->exceptions + nth), value);
            nth++;
        }
    }
    return indices + 8 * plan->exceptions;
}

/* A list that is to be written. */
typedef struct {
    uint32_t *documents, *frequencies, *titles;
    uint8_t *impacts; /* looked at only where there is a directory */
    int64_t count;
} Columns;

static int64_t list_size(const Columns *list, int64_t capacity, Plan plans[2], uint64_t *header)
{
    const int64_t count = list->count;
    int low = low_width(capacity, count);
    int64_t size = 1;
    uint64_t rest;
    plan_column(list->frequencies, 1, count, &plans[0]);
    plan_column(list->titles, 0, count, &plans[1]);
    *header = (uint64_t)count << FLAG_BITS | (plans[0].present ? HAS_FREQUENCIES : 0) |
              (plans[1].present ? HAS_TITLES : 0);
    for (rest = *header >> 7; rest; rest >>= 7)
        size++;
    if (count >= DIRECTORY_FROM)
        size += 5 * (((capacity - 1) >> range_bits(capacity, count)) + 1);
    size += (count + ((capacity - 1) >> low) + 8) / 8 + (count * low + 7) / 8;
    return size + plans[0].size + plans[1].size;
}

/* Write a list where there are zeros. */
static void write_list(uint8_t *at, const Columns *list, int64_t capacity, const Plan plans[2],
                       uint64_t header)
{
    const uint32_t *documents = list->documents;
    const int64_t count = list->count;
    int low = low_width(capacity, count);
    int64_t i;
    do {
        *at++ = (uint8_t)((header & 127) | (header > 127 ? 128 : 0));
        header >>= 7;
    } while (header);
    if (count >= DIRECTORY_FROM) {
        int bits = range_bits(capacity, count);
        int64_t ranges = ((capacity - 1) >> bits) + 1, range = 0;
        uint8_t *greatest = at + 4 * ranges;
        for (i = 0; i < count; i++) {
            int64_t of = documents[i] >> bits;
            for (; range <= of; range++)
                put_half(at + 4 * range, i);
            if (list->impacts[i] > greatest[of])
                greatest[of] = list->impacts[i];
        }
        for (; range < ranges; range++)
            put_half(at + 4 * range, count);
        at += 5 * ranges;
    }
    for (i = 0; i < count; i++) {
        int64_t bit = i + (documents[i] >> low);
        at[bit >> 3] |= (uint8_t)(1 << (bit & 7));
    }
    at += (count + ((capacity - 1) >> low) + 8) / 8;
    if (low) {
        const uint32_t mask = (uint32_t)(((uint64_t)1 << low) - 1);
        BitWriter writer = {at, 0, 0};
        for (i = 0; i < count; i++)
            put_bits(&writer, documents[i] & mask, low);
        at = end_bits(&writer);
    }
    at = write_column(at, &plans[0], list->frequencies, 1, count);
    write_column(at, &plans[1], list->titles, 0, count);
}

/* Encoded lists, one after the other. */
typedef struct {
    uint8_t *data;
    int64_t size, room;
} Blob;

/* Add a list. Returns 0, or -1 with an exception set. */
static int append_list(Blob *blob, const Columns *list, int64_t capacity)
{
    Plan plans[2];
    uint64_t header;
    const int64_t more = list_size(list, capacity, plans, &header);
    if (blob->size + more > blob->room) {
        const int64_t room = (blob->size + more) * 3 / 2 + 4096;
        uint8_t *grown = PyMem_Realloc(blob->data, (size_t)room);
        if (!grown) {
            PyErr_NoMemory();
            return -1;
        }
        blob->data = grown;
        blob->room = room;
    }
    memset(blob->data + blob->size, 0, (size_t)more);
    write_list(blob->data + blob->size, list, capacity, plans, header);
    blob->size += more;
    return 0;
}

/* The same where it may have a directory, for which its impacts are found out. */
static int append_worthy(Blob *blob, Columns *list, int64_t capacity, const Worth *worth)
{
    int64_t i;
    if (list->count >= DIRECTORY_FROM) {
        for (i = 0; i < list->count; i++)
            list->impacts[i] = level_of(worth, list->documents[i], list->frequencies[i],
                                        list->titles[i]);
    }
    return append_list(blob, list, capacity);
}

/* Have room for lists of so many postings; what is there stays. Returns 0, or -1 with an exception. */
static int columns_grow(Columns *list, int64_t *room, int64_t count)
{
    uint32_t **parts[3];
    uint8_t *impacts;
    int64_t larger = *room + *room / 2 > count ? *room + *room / 2 : count;
    int i;
    if (count <= *room)
        return 0;
    parts[0] = &list->documents;
    parts[1] = &list->frequencies;
    parts[2] = &list->titles;
    for (i = 0; i < 3; i++) {
        uint32_t *grown = PyMem_Realloc(*parts[i], (size_t)larger * sizeof *grown);
        if (!grown)
            goto failed;
        *parts[i] = grown;
    }
    impacts = PyMem_Realloc(list->impacts, (size_t)larger);
    if (!impacts)
        goto failed;
    list->impacts = impacts;
    *room = larger;
    return 0;
failed:
    PyErr_NoMemory();
    return -1;
}

static void columns_free(Columns *list)
{
    PyMem_Free(list->documents);
    PyMem_Free(list->frequencies);
    PyMem_Free(list->titles);
    PyMem_Free(list->impacts);
}

static int is_encodable(const int64_t *starts, int64_t lists, const int64_t *documents,
                        const int64_t *frequencies, const int64_t *titles, int64_t postings,
                        int64_t capacity)
{
    int64_t i, at;
    if (lists < 0 || starts[0] != 0 || starts[lists] != postings)
        return 0;
    for (i = 0; i < lists; i++) {
        if (starts[i] >= starts[i + 1] || starts[i + 1] > postings)
            return 0;
        for (at = starts[i]; at < starts[i + 1]; at++)
            if (documents[at] < 0 || documents[at] >= capacity ||
                (at > starts[i] && documents[at] <= documents[at - 1]) || frequencies[at] < 1 ||
                frequencies[at] >= (int64_t)1 << 32 || titles[at] < 0 ||
                titles[at] >= (int64_t)1 << 32)
                return 0;
    }
    return 1;
}

static PyObject *encode(PyObject *self, PyObject *args)
{
    Py_buffer starts, documents, frequencies, titles, impacts;
    long long capacity;
    PyObject *data = NULL, *offsets = NULL, *result = NULL;
    const int64_t *start;
    int64_t *offset, lists, i, k, room = 0;
    Blob blob = {NULL, 0, 0};
    Columns list = {NULL, NULL, NULL, NULL, 0};
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*y*Ly*", &starts, &documents, &frequencies, &titles,
                          &capacity, &impacts))
        return NULL;
    lists = starts.len / 8 - 1;
    start = starts.buf;
    if (lists < 0 || documents.len != frequencies.len || documents.len != titles.len ||
        documents.len != 8 * impacts.len ||
        !is_encodable(start, lists, documents.buf, frequencies.buf, titles.buf, impacts.len,
                      capacity)) {
        PyErr_SetString(PyExc_ValueError, "these are no posting lists");
        goto done;
    }
    offsets = PyByteArray_FromStringAndSize(NULL, (lists + 1) * 8);
    if (!offsets)
        goto done;
    offset = (int64_t *)PyByteArray_AS_STRING(offsets);
    for (i = 0; i < lists; i++) {
        list.count = start[i + 1] - start[i];
        if (columns_grow(&list, &room, list.count))
            goto done;
        for (k = 0; k < list.count; k++) {
            list.documents[k] = (uint32_t)((const int64_t *)documents.buf)[start[i] + k];
            list.frequencies[k] = (uint32_t)((const int64_t *)frequencies.buf)[start[i] + k];
            list.titles[k] = (uint32_t)((const int64_t *)titles.buf)[start[i] + k];
        }
        memcpy(list.impacts, (const uint8_t *)impacts.buf + start[i], (size_t)list.count);
        offset[i] = blob.size;
        if (append_list(&blob, &list, capacity))
            goto done;
    }
    offset[lists] = blob.size;
    data = PyBytes_FromStringAndSize((const char *)blob.data, blob.size);
    if (data)
        result = PyTuple_Pack(2, data, offsets);
done:
    columns_free(&list);
    PyMem_Free(blob.data);
    Py_XDECREF(data);
    Py_XDECREF(offsets);
    PyBuffer_Release(&starts);
    PyBuffer_Release(&documents);
    PyBuffer_Release(&frequencies);
    PyBuffer_Release(&titles);
    PyBuffer_Release(&impacts);
    return result;
}

#endif
