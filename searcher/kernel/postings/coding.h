/* Whole lists for Python: decoding and encoding them. */

#ifndef SEARCHER_POSTINGS_CODING_H
#define SEARCHER_POSTINGS_CODING_H

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

typedef struct {
    int width, present;
    int64_t exceptions, size;
} Plan;

static const int WIDTHS[] = {0, 1, 2, 3, 4, 6, 8, 16, 32};

/* Which width makes a column smallest; the first of those that are equally good. */
static void plan_column(const int64_t *values, int64_t subtract, int64_t count, Plan *plan)
{
    int64_t above[34] = {0}, best = -1, i;
    int w, bits;
    for (i = 0; i < count; i++)
        above[bit_length((uint64_t)(values[i] - subtract))]++;
    plan->present = above[0] != count;
    plan->width = 0;
    plan->exceptions = plan->size = 0;
    if (!plan->present)
        return;
    for (bits = 32; bits >= 0; bits--)
        above[bits] += above[bits + 1]; /* now: values of at least so many bits */
    for (w = 0; w < (int)(sizeof WIDTHS / sizeof *WIDTHS); w++) {
        int64_t exceptions = above[WIDTHS[w] + 1];
        int64_t cost = (count * WIDTHS[w] + 7) / 8 + 8 * exceptions + (exceptions ? 4 : 0);
        if (best < 0 || cost < best) {
            best = cost;
            plan->width = WIDTHS[w];
            plan->exceptions = exceptions;
        }
    }
    plan->size = 1 + best;
}

static void put_bits(uint8_t *data, int64_t at, int width, uint64_t value)
{
    while (width > 0) {
        int room = 8 - (int)(at & 7);
        data[at >> 3] |= (uint8_t)(value << (at & 7));
        value >>= room;
        at += room;
        width -= room;
    }
}

static void put_half(uint8_t *data, int64_t value)
{
    uint32_t number = (uint32_t)value;
    memcpy(data, &number, 4);
}

static uint8_t *write_column(uint8_t *at, const Plan *plan, const int64_t *values,
                             int64_t subtract, int64_t count)
{
    uint8_t *codes, *indices;
    int64_t i, nth = 0;
    if (!plan->present)
        return at;
    *at++ = (uint8_t)(plan->width | (plan->exceptions ? HAS_EXCEPTIONS : 0));
    if (plan->exceptions) {
        put_half(at, plan->exceptions);
        at += 4;
    }
    codes = at;
    indices = at + (count * plan->width + 7) / 8;
    for (i = 0; i < count; i++) {
        uint64_t value = (uint64_t)(values[i] - subtract);
        if (value >> plan->width) {
            put_half(indices + 4 * nth, i);
            put_half(indices + 4 * (plan->exceptions + nth), (int64_t)value);
            nth++;
        } else if (value) {
            put_bits(codes, i * plan->width, plan->width, value);
        }
    }
    return indices + 8 * plan->exceptions;
}

static int64_t list_size(const int64_t *frequencies, const int64_t *titles, int64_t count,
                         int64_t capacity, Plan plans[2], uint64_t *header)
{
    int low = low_width(capacity, count);
    int64_t size = 1;
    uint64_t rest;
    plan_column(frequencies, 1, count, &plans[0]);
    plan_column(titles, 0, count, &plans[1]);
    *header = (uint64_t)count << FLAG_BITS | (plans[0].present ? HAS_FREQUENCIES : 0) |
              (plans[1].present ? HAS_TITLES : 0);
    for (rest = *header >> 7; rest; rest >>= 7)
        size++;
    if (count >= DIRECTORY_FROM)
        size += 5 * (((capacity - 1) >> range_bits(capacity, count)) + 1);
    size += (count + ((capacity - 1) >> low) + 8) / 8 + (count * low + 7) / 8;
    return size + plans[0].size + plans[1].size;
}

static void write_list(uint8_t *at, const int64_t *documents, const int64_t *frequencies,
                           const int64_t *titles, const uint8_t *impacts, int64_t count,
                           int64_t capacity, const Plan plans[2], uint64_t header)
{
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
            if (impacts[i] > greatest[of])
                greatest[of] = impacts[i];
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
        const uint64_t mask = ((uint64_t)1 << low) - 1;
        uint64_t pending = 0;
        int bits = 0;
        uint8_t *next = at;
        for (i = 0; i < count; i++) {
            pending |= ((uint64_t)documents[i] & mask) << bits;
            for (bits += low; bits >= 8; bits -= 8) {
                *next++ = (uint8_t)pending;
                pending >>= 8;
            }
        }
        if (bits)
            *next = (uint8_t)pending;
        at += (count * low + 7) / 8;
    }
    at = write_column(at, &plans[0], frequencies, 1, count);
    write_column(at, &plans[1], titles, 0, count);
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
    PyObject *blob = NULL, *offsets = NULL, *result = NULL;
    const int64_t *start;
    int64_t *offset, lists, i, size = 0, room = 0;
    uint64_t header;
    uint8_t *data = NULL;
    Plan plans[2];
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
#define PART(buffer) ((const int64_t *)(buffer).buf + start[i])
    for (i = 0; i < lists; i++) {
        int64_t count = start[i + 1] - start[i];
        int64_t more = list_size(PART(frequencies), PART(titles), count, capacity, plans, &header);
        offset[i] = size;
        if (size + more > room) {
            uint8_t *grown;
            room = 2 * (size + more);
            grown = PyMem_Realloc(data, (size_t)room);
            if (!grown) {
                PyErr_NoMemory();
                goto done;
            }
            data = grown;
        }
        memset(data + size, 0, (size_t)more);
        write_list(data + size, PART(documents), PART(frequencies), PART(titles),
                   (const uint8_t *)impacts.buf + start[i], count, capacity, plans, header);
        size += more;
    }
#undef PART
    offset[lists] = size;
    blob = PyBytes_FromStringAndSize((const char *)data, size);
    if (!blob)
        goto done;
    result = PyTuple_Pack(2, blob, offsets);
done:
    PyMem_Free(data);
    Py_XDECREF(blob);
    Py_XDECREF(offsets);
    PyBuffer_Release(&starts);
    PyBuffer_Release(&documents);
    PyBuffer_Release(&frequencies);
    PyBuffer_Release(&titles);
    PyBuffer_Release(&impacts);
    return result;
}

#endif
