/* Postings: writing, reading, intersecting and ranking them.

   The form of the data is drawn in searcher/index/README.md. searcher/index/columnar/postings.py
   and searcher/query/ranking.py do the same in numpy, with the same results to the last bit, so
   sums are made in the same order and nothing is fused or reassociated.

   Whatever bytes a file holds, nothing is read beyond the buffers that were given: every list is
   measured before it is read, and every number taken from it is checked before it is used. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PADDING 8
#define DIRECTORY_FROM 128
#define RANGE_POSTINGS 64
#define HAS_FREQUENCIES 1
#define HAS_TITLES 2
#define FLAG_BITS 2
#define HAS_EXCEPTIONS 128
#define LARGEST ((int64_t)1 << 31) /* documents in a segment */

/* Lists of up to so many postings are decoded and scored before ranking begins. */
#ifndef EAGER
#define EAGER 512
#endif
/* Documents are summed up in windows of up to so many, as a logarithm. */
#define LARGEST_WINDOW 12
/* So many documents of each of so many lists are scored first, for a good threshold. */
#define SEEDS 16
#define SEED_LISTS 3
/* Sums in another order differ in the last bits; what is that near to the threshold is kept. */
#define SLACK 1e-12

static uint64_t word(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

static uint32_t half(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static int lowest_bit(uint64_t value)
{
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(value);
#else
    int bit = 0;
    while (!(value & 255)) {
        value >>= 8;
        bit += 8;
    }
    while (!(value & 1)) {
        value >>= 1;
        bit++;
    }
    return bit;
#endif
}

static int bit_length(uint64_t value)
{
#if defined(__GNUC__) || defined(__clang__)
    return value ? 64 - __builtin_clzll(value) : 0;
#else
    int bits = 0;
    while (value) {
        value >>= 1;
        bits++;
    }
    return bits;
#endif
}

static int low_width(int64_t capacity, int64_t count)
{
    return bit_length((uint64_t)(capacity / count)) - 1;
}

static int range_bits(int64_t capacity, int64_t count)
{
    return bit_length((uint64_t)((RANGE_POSTINGS * capacity + count - 1) / count - 1));
}

/* ---- one list ---- */

typedef struct {
    int width;
    int64_t exceptions;
    const uint8_t *codes, *indices, *values;
} Column;

typedef struct {
    int64_t capacity, count, ranges, high_size;
    int flags, low_width, range_bits;
    const uint8_t *ranks, *greatest, *high, *low;
    Column frequencies, titles;
} List;

static int damaged(const char *what)
{
    PyErr_SetString(PyExc_ValueError, what);
    return -1;
}

static int parse_column(Column *column, const uint8_t **at, const uint8_t *end, int64_t count)
{
    int64_t packed;
    if (end - *at < 1)
        return damaged("a list is cut off");
    column->width = *(*at)++;
    column->exceptions = 0;
    if (column->width & HAS_EXCEPTIONS) {
        if (end - *at < 4)
            return damaged("a list is cut off");
        column->width ^= HAS_EXCEPTIONS;
        column->exceptions = half(*at);
        *at += 4;
    }
    if (column->width > 32)
        return damaged("a list is cut off");
    packed = (count * column->width + 7) / 8;
    if (end - *at < packed + 8 * column->exceptions)
        return damaged("a list is cut off");
    column->codes = *at;
    column->indices = *at + packed;
    column->values = column->indices + 4 * column->exceptions;
    *at = column->values + 4 * column->exceptions;
    return 0;
}

static int parse_list(List *list, const uint8_t *data, Py_ssize_t size, int64_t start,
                      int64_t capacity)
{
    const uint8_t *at, *end;
    uint64_t header = 0;
    int shift = 0;
    uint8_t byte;
    memset(list, 0, sizeof *list);
    if (size < PADDING || start < 0 || start >= size - PADDING)
        return damaged("a list is cut off");
    at = data + start;
    end = data + size - PADDING; /* whole words are read up to here */
    do {
        if (at >= end || shift > 35)
            return damaged("a list is cut off");
        byte = *at++;
        header |= (uint64_t)(byte & 127) << shift;
        shift += 7;
    } while (byte & 128);
    list->capacity = capacity;
    list->count = (int64_t)(header >> FLAG_BITS);
    list->flags = (int)(header & ((1 << FLAG_BITS) - 1));
    if (list->count < 1 || list->count > capacity || capacity > LARGEST)
        return damaged("a list has more postings than there are documents");
    list->low_width = low_width(capacity, list->count);
    if (list->count >= DIRECTORY_FROM) {
        list->range_bits = range_bits(capacity, list->count);
        list->ranges = ((capacity - 1) >> list->range_bits) + 1;
        if (end - at < 5 * list->ranges)
            return damaged("a list is cut off");
        list->ranks = at;
        list->greatest = at + 4 * list->ranges;
        at += 5 * list->ranges;
    }
    list->high = at;
    list->high_size = (list->count + ((capacity - 1) >> list->low_width) + 8) / 8;
    if (end - at < list->high_size + (list->count * list->low_width + 7) / 8)
        return damaged("a list is cut off");
    at += list->high_size;
    list->low = at;
    at += (list->count * list->low_width + 7) / 8;
    if (list->flags & HAS_FREQUENCIES && parse_column(&list->frequencies, &at, end, list->count))
        return -1;
    if (list->flags & HAS_TITLES && parse_column(&list->titles, &at, end, list->count))
        return -1;
    return 0;
}

/* The documents from rank `from` up to `to`; the bits of `from` begin at `bit`. */
static int decode_documents(const List *list, int64_t from, int64_t to, int64_t bit, uint32_t *out)
{
    const int low_bits = list->low_width;
    const uint64_t mask = ((uint64_t)1 << low_bits) - 1;
    const uint8_t *high = list->high, *low = list->low;
    const uint64_t capacity = (uint64_t)list->capacity;
    int64_t at = bit >> 6, rank, last = -1;
    uint64_t bits;
    if (from >= to)
        return 0;
    if (bit < 0 || 8 * at >= list->high_size)
        return damaged("a list is cut off");
    bits = word(high + 8 * at) & (~(uint64_t)0 << (bit & 63));
    for (rank = from; rank < to; rank++) {
        uint64_t document;
        int64_t position;
        while (!bits) {
            if (8 * ++at >= list->high_size)
                return damaged("a list has fewer postings than it says");
            bits = word(high + 8 * at);
        }
        position = 64 * at + lowest_bit(bits);
        bits &= bits - 1;
        document = (uint64_t)(position - rank) << low_bits;
        if (low_bits)
            document |= (word(low + (rank * low_bits >> 3)) >> (rank * low_bits & 7)) & mask;
        if (position < rank || document >= capacity || (int64_t)document <= last)
            return damaged("a list is out of order");
        last = (int64_t)document;
        *out++ = (uint32_t)document;
    }
    return 0;
}

/* The values of a column from rank `from` up to `to`, each with `add` added. */
static int decode_column(const Column *column, int present, int64_t from, int64_t to, uint32_t add,
                         uint32_t *out)
{
    int64_t rank, low, high;
    if (!present || (!column->width && !column->exceptions)) {
        for (rank = from; rank < to; rank++)
            *out++ = add;
        return 0;
    }
    if (column->width) {
        const int width = column->width;
        const uint64_t mask = ((uint64_t)1 << width) - 1;
        uint32_t *next = out;
        for (rank = from; rank < to; rank++) {
            uint64_t code = word(column->codes + (rank * width >> 3)) >> (rank * width & 7);
            *next++ = (uint32_t)(code & mask) + add;
        }
    } else {
        for (rank = from; rank < to; rank++)
            out[rank - from] = add;
    }
    low = 0;
    high = column->exceptions;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (half(column->indices + 4 * middle) < (uint64_t)from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < column->exceptions; low++) {
        int64_t index = half(column->indices + 4 * low);
        if (index >= to)
            break;
        if (index < from)
            return damaged("an exception is out of range");
        out[index - from] = half(column->values + 4 * low) + add;
    }
    return 0;
}

/* ---- decoding for Python ---- */

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

/* ---- encoding ---- */

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

/* ---- a channel of a segment ---- */

typedef struct {
    Py_buffer lengths; /* of each document, numbers of 1, 2 or 4 bytes */
    int is_open;
    double *norms; /* 1 / (1 - b + b length / average) by length, for 1 and 2 bytes */
    double average, weight;
} Field;

typedef struct {
    PyObject_HEAD
    Py_buffer data, keys, tail_starts, tails, starts;
    int has_tails, wide_starts;
    int64_t capacity, terms;
    Field fields[2]; /* title, body */
    double k1, b;
    double stale; /* how much greater than recorded a score can be; below 0: nothing recorded */
} Channel;

/* With b = 1 an empty field has no norm, and it needs none. */
static double norm_of(const Channel *channel, double length, double average)
{
    double relative = (1.0 - channel->b) + channel->b * length / average;
    return 1.0 / (relative > 1e-300 ? relative : 1e-300);
}

static double norm(const Channel *channel, const Field *field, int64_t document)
{
    const uint8_t *at = field->lengths.buf;
    uint16_t two;
    switch (field->lengths.itemsize) {
    case 1:
        return field->norms[at[document]];
    case 2:
        memcpy(&two, at + 2 * document, 2);
        return field->norms[two];
    default:
        return norm_of(channel, (double)half(at + 4 * document), field->average);
    }
}

/* BM25F for one term. With nothing in a field, adding its zero would change nothing. */
static double term_score(const Channel *channel, double weight, int64_t document,
                         uint32_t frequency, uint32_t title)
{
    double x = 0.0;
    if (title)
        x += channel->fields[0].weight * (double)title * norm(channel, &channel->fields[0], document);
    if (frequency > title)
        x += channel->fields[1].weight * (double)(frequency - title) *
             norm(channel, &channel->fields[1], document);
    return weight * (x / (channel->k1 + x));
}

static int open_field(Channel *channel, Field *field, PyObject *lengths, double average,
                      double weight)
{
    size_t size, i;
    if (PyObject_GetBuffer(lengths, &field->lengths, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT))
        return -1;
    field->is_open = 1;
    field->average = average;
    field->weight = weight;
    if (field->lengths.itemsize != 1 && field->lengths.itemsize != 2 &&
        field->lengths.itemsize != 4)
        return damaged("lengths have 1, 2 or 4 bytes");
    if (field->lengths.len != channel->capacity * field->lengths.itemsize)
        return damaged("lengths do not fit the documents");
    if (field->lengths.itemsize == 4)
        return 0;
    size = field->lengths.itemsize == 1 ? 256 : 65536;
    field->norms = PyMem_Malloc(size * sizeof *field->norms);
    if (!field->norms) {
        PyErr_NoMemory();
        return -1;
    }
    for (i = 0; i < size; i++)
        field->norms[i] = norm_of(channel, (double)i, average);
    return 0;
}

static void release(Py_buffer *buffer)
{
    if (buffer->obj)
        PyBuffer_Release(buffer);
}

static void Channel_dealloc(Channel *self)
{
    int i;
    PyTypeObject *type = Py_TYPE(self);
    release(&self->data);
    release(&self->keys);
    release(&self->tail_starts);
    release(&self->tails);
    release(&self->starts);
    for (i = 0; i < 2; i++) {
        release(&self->fields[i].lengths);
        PyMem_Free(self->fields[i].norms);
    }
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static int Channel_init(Channel *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data",  "capacity", "keys",  "tail_starts", "tails", "starts",
                            "title", "body",     "k1",    "b",           "stale", NULL};
    PyObject *tail_starts, *tails, *title, *body;
    double averages[2], weights[2];
    long long capacity;
    if (self->data.obj)
        return damaged("a channel is made once");
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "y*Ly*OOy*(Odd)(Odd)ddd", names, &self->data, &capacity, &self->keys,
            &tail_starts, &tails, &self->starts, &title, &averages[0], &weights[0], &body,
            &averages[1], &weights[1], &self->k1, &self->b, &self->stale))
        return -1;
    if (capacity < 1 || capacity > LARGEST)
        return damaged("a segment has 1 to 2^31 documents");
    self->capacity = capacity;
    self->terms = self->keys.len / 8;
    self->wide_starts = self->starts.len == 8 * self->terms && self->terms;
    if (self->keys.len % 8 || (!self->wide_starts && self->starts.len != 4 * self->terms))
        return damaged("the terms do not fit each other");
    if (tails != Py_None) {
        self->has_tails = 1;
        if (PyObject_GetBuffer(tail_starts, &self->tail_starts, PyBUF_SIMPLE) ||
            PyObject_GetBuffer(tails, &self->tails, PyBUF_SIMPLE))
            return -1;
        if (self->tail_starts.len != 4 * (self->terms + 1))
            return damaged("the terms do not fit each other");
    }
    if (open_field(self, &self->fields[0], title, averages[0], weights[0]) ||
        open_field(self, &self->fields[1], body, averages[1], weights[1]))
        return -1;
    return 0;
}

static int compare_tail(const Channel *self, int64_t number, const char *tail, Py_ssize_t length)
{
    const uint8_t *starts = self->tail_starts.buf;
    int64_t from = half(starts + 4 * number), to = half(starts + 4 * (number + 1));
    int64_t common;
    int order;
    if (from > to || to > self->tails.len)
        return 1; /* damaged: not the term that is looked for */
    common = to - from < length ? to - from : length;
    order = memcmp((const char *)self->tails.buf + from, tail, (size_t)common);
    if (order)
        return order;
    return to - from < length ? -1 : to - from > length;
}

static int64_t list_start(const Channel *self, int64_t number)
{
    const uint8_t *starts = self->starts.buf;
    return self->wide_starts ? (int64_t)word(starts + 8 * number) : (int64_t)half(starts + 4 * number);
}

/* find(term) -> (start of its list, number of postings), or None */
static PyObject *Channel_find(Channel *self, PyObject *term)
{
    const char *text;
    Py_ssize_t length, i;
    uint64_t key = 0;
    int64_t low = 0, high = self->terms, first;
    const uint8_t *keys = self->keys.buf;
    List list;
    if (PyBytes_AsStringAndSize(term, (char **)&text, &length))
        return NULL;
    for (i = 0; i < 8; i++)
        key = key << 8 | (i < length ? (uint8_t)text[i] : 0);
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (word(keys + 8 * middle) < key)
            low = middle + 1;
        else
            high = middle;
    }
    first = low;
    if (self->has_tails && length > 8) {
        high = self->terms;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            uint64_t other = word(keys + 8 * middle);
            if (other == key && compare_tail(self, middle, text + 8, length - 8) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        first = low;
    }
    if (first >= self->terms || word(keys + 8 * first) != key)
        Py_RETURN_NONE;
    if (self->has_tails
            ? compare_tail(self, first, length > 8 ? text + 8 : text, length > 8 ? length - 8 : 0)
            : length > 8)
        Py_RETURN_NONE;
    if (parse_list(&list, self->data.buf, self->data.len, list_start(self, first), self->capacity))
        return NULL;
    return Py_BuildValue("LL", (long long)list_start(self, first), (long long)list.count);
}

static PyMethodDef Channel_methods[] = {
    {"find", (PyCFunction)Channel_find, METH_O, "Where the list of a term is."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot Channel_slots[] = {
    {Py_tp_doc, "One channel of one segment: its terms, postings and lengths."},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, Channel_init},
    {Py_tp_dealloc, Channel_dealloc},
    {Py_tp_methods, Channel_methods},
    {0, NULL},
};

static PyType_Spec Channel_spec = {
    "searcher.kernel._postings.Channel", sizeof(Channel), 0, Py_TPFLAGS_DEFAULT, Channel_slots,
};

static PyTypeObject *Channel_type;

/* ---- terms of a query ---- */

typedef struct {
    Channel *channel;
    List list;
    double weight;
    int is_strong;
    /* decoded before ranking: all documents, perhaps with their scores */
    uint32_t *documents;
    double *scores;
    int64_t at;
    /* else the range that was decoded last */
    int64_t range, range_count, range_room;
    uint32_t *range_documents, *range_frequencies, *range_titles;
    int has_values;
    double bound; /* the greatest score */
    double level; /* what one level of a recorded impact is worth */
} Term;

static void free_terms(Term *terms, Py_ssize_t count)
{
    Py_ssize_t i;
    if (!terms)
        return;
    for (i = 0; i < count; i++) {
        PyMem_Free(terms[i].documents);
        PyMem_Free(terms[i].scores);
        PyMem_Free(terms[i].range_documents);
        Py_XDECREF(terms[i].channel);
    }
    PyMem_Free(terms);
}

/* The terms of a query, each a tuple (channel, start, weight, is_strong). */
static Term *read_terms(PyObject *sequence, Py_ssize_t *count)
{
    Py_ssize_t i;
    Term *terms;
    if (!PyList_Check(sequence)) {
        PyErr_SetString(PyExc_TypeError, "terms are given as a list");
        return NULL;
    }
    *count = PyList_GET_SIZE(sequence);
    terms = PyMem_Calloc((size_t)*count + 1, sizeof *terms);
    if (!terms) {
        PyErr_NoMemory();
        return NULL;
    }
    for (i = 0; i < *count; i++) {
        PyObject *channel;
        long long start;
        Term *term = &terms[i];
        term->range = -1;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(sequence, i), "O!Ldp", Channel_type, &channel,
                              &start, &term->weight, &term->is_strong))
            goto failed;
        Py_INCREF(channel);
        term->channel = (Channel *)channel;
        if (term->channel->capacity != terms[0].channel->capacity) {
            PyErr_SetString(PyExc_ValueError, "terms of different segments");
            goto failed;
        }
        if (parse_list(&term->list, term->channel->data.buf, term->channel->data.len, start,
                       term->channel->capacity))
            goto failed;
    }
    return terms;
failed:
    free_terms(terms, *count);
    return NULL;
}

static int decode_all(Term *term)
{
    term->documents = PyMem_Malloc((size_t)term->list.count * sizeof *term->documents);
    if (!term->documents) {
        PyErr_NoMemory();
        return -1;
    }
    return decode_documents(&term->list, 0, term->list.count, 0, term->documents);
}

static int score_all(Term *term)
{
    const List *list = &term->list;
    int64_t i, n = list->count;
    uint32_t *values = PyMem_Malloc((size_t)n * 2 * sizeof *values);
    int result = -1;
    term->scores = PyMem_Malloc((size_t)n * sizeof *term->scores);
    if (!values || !term->scores) {
        PyErr_NoMemory();
        goto done;
    }
    if (decode_column(&list->frequencies, list->flags & HAS_FREQUENCIES, 0, n, 1, values) ||
        decode_column(&list->titles, list->flags & HAS_TITLES, 0, n, 0, values + n))
        goto done;
    for (i = 0; i < n; i++)
        term->scores[i] = term_score(term->channel, term->weight, term->documents[i], values[i],
                                     values[n + i]);
    result = 0;
done:
    PyMem_Free(values);
    return result;
}

/* Find the greatest score of a term; score a short list altogether. */
static int prepare(Term *term)
{
    const List *list = &term->list;
    int64_t i;
    if (!list->ranges || list->count <= EAGER) {
        if (decode_all(term) || score_all(term))
            return -1;
        for (i = 0; i < list->count; i++)
            if (term->scores[i] > term->bound)
                term->bound = term->scores[i];
        return 0;
    }
    term->bound = term->weight;
    if (term->channel->stale >= 0) {
        uint8_t greatest = 0;
        for (i = 0; i < list->ranges; i++)
            if (list->greatest[i] > greatest)
                greatest = list->greatest[i];
        term->level = term->weight * term->channel->stale / 255.0;
        term->bound = term->level * greatest;
    }
    return 0;
}

/* Decode one range of a list with a directory, its frequencies too if they are wanted. */
static int decode_range(Term *term, int64_t range, int with_values)
{
    const List *list = &term->list;
    int64_t from, to, bit;
    if (term->range == range && (term->has_values || !with_values))
        return 0;
    from = half(list->ranks + 4 * range);
    to = range + 1 < list->ranges ? (int64_t)half(list->ranks + 4 * (range + 1)) : list->count;
    if (from > to || to > list->count)
        return damaged("the directory of a list is out of order");
    if (to - from > term->range_room) {
        PyMem_Free(term->range_documents);
        term->range_room = 2 * (to - from);
        term->range_documents =
            PyMem_Malloc((size_t)term->range_room * 3 * sizeof *term->range_documents);
        if (!term->range_documents) {
            term->range_room = 0;
            term->range = -1;
            PyErr_NoMemory();
            return -1;
        }
        term->range_frequencies = term->range_documents + term->range_room;
        term->range_titles = term->range_frequencies + term->range_room;
        term->range = -1;
    }
    bit = ((range << list->range_bits) >> list->low_width) + from;
    if (term->range != range &&
        decode_documents(list, from, to, bit, term->range_documents)) {
        term->range = -1;
        return -1;
    }
    term->range = range;
    term->range_count = to - from;
    term->has_values = with_values;
    if (with_values &&
        (decode_column(&list->frequencies, list->flags & HAS_FREQUENCIES, from, to, 1,
                       term->range_frequencies) ||
         decode_column(&list->titles, list->flags & HAS_TITLES, from, to, 0,
                       term->range_titles))) {
        term->range = -1;
        return -1;
    }
    return 0;
}

/* The first place from `at` on where the documents are not below `document`. */
static int64_t seek(const uint32_t *documents, int64_t at, int64_t count, uint32_t document)
{
    int64_t step = 1, low = at, high;
    if (at >= count || documents[at] >= document)
        return at;
    while (low + step < count && documents[low + step] < document) {
        low += step;
        step *= 2;
    }
    high = low + step < count ? low + step : count;
    low++;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (documents[middle] < document)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int ones(uint64_t value)
{
    value -= (value >> 1) & 0x5555555555555555u;
    value = (value & 0x3333333333333333u) + ((value >> 2) & 0x3333333333333333u);
    value = (value + (value >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (int)((value * 0x0101010101010101u) >> 56);
}

/* The position of the nth one, counted from 1, of a word that has so many. */
static int select_one(uint64_t value, int nth)
{
    int at = 0, half_ones;
    half_ones = ones(value & 0xffffffffu);
    if (nth > half_ones) {
        nth -= half_ones;
        at = 32;
    }
    half_ones = ones((value >> at) & 0xffffu);
    if (nth > half_ones) {
        nth -= half_ones;
        at += 16;
    }
    half_ones = ones((value >> at) & 0xffu);
    if (nth > half_ones) {
        nth -= half_ones;
        at += 8;
    }
    value >>= at;
    while (--nth)
        value &= value - 1;
    return at + lowest_bit(value);
}

/* The rank of a document in a list with a directory; -1 where the list does not have it. Only the
   bits of its range are looked at, without decoding them. */
static int64_t find_document(const List *list, uint32_t document)
{
    const int low_bits = list->low_width;
    const uint64_t mask = ((uint64_t)1 << low_bits) - 1, wanted = document & mask;
    const int64_t range = document >> list->range_bits;
    const int64_t first = (range << list->range_bits) >> low_bits;
    const int64_t bits = 8 * list->high_size;
    int64_t position = first + half(list->ranks + 4 * range), rank;
    int64_t zeros = (document >> low_bits) - first;
    if (position >= bits)
        return -1;
    if (zeros) {
        int64_t at = position >> 6;
        uint64_t gaps = ~word(list->high + 8 * at) & (~(uint64_t)0 << (position & 63));
        int found;
        while ((found = ones(gaps)) < zeros) {
            zeros -= found;
            if (8 * ++at >= list->high_size)
                return -1;
            gaps = ~word(list->high + 8 * at);
        }
        position = 64 * at + select_one(gaps, (int)zeros) + 1;
    }
    rank = position - (document >> low_bits);
    for (; position < bits && rank >= 0 && rank < list->count; position++, rank++) {
        uint64_t low;
        if (!(list->high[position >> 3] >> (position & 7) & 1))
            return -1;
        low = low_bits ? (word(list->low + (rank * low_bits >> 3)) >> (rank * low_bits & 7)) & mask
                       : 0;
        if (low >= wanted)
            return low == wanted ? rank : -1;
    }
    return -1;
}

static uint32_t column_value(const Column *column, int present, int64_t rank, uint32_t add)
{
    int64_t low = 0, high;
    if (!present)
        return add;
    high = column->exceptions;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (half(column->indices + 4 * middle) < (uint64_t)rank)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < column->exceptions && half(column->indices + 4 * low) == (uint64_t)rank)
        return half(column->values + 4 * low) + add;
    if (!column->width)
        return add;
    return (uint32_t)(word(column->codes + (rank * column->width >> 3)) >>
                      (rank * column->width & 7)) % ((uint64_t)1 << column->width) + add;
}

static double score_at(const Term *term, uint32_t document, int64_t rank)
{
    const List *list = &term->list;
    return term_score(term->channel, term->weight, document,
                      column_value(&list->frequencies, list->flags & HAS_FREQUENCIES, rank, 1),
                      column_value(&list->titles, list->flags & HAS_TITLES, rank, 0));
}

/* Keep of ascending documents those that a term has. */
static int keep_common(Term *term, uint32_t *documents, int64_t *count)
{
    int64_t i, kept = 0, at = 0;
    if (!term->list.ranges && !term->documents && decode_all(term))
        return -1;
    for (i = 0; i < *count; i++) {
        uint32_t document = documents[i];
        if (term->documents) {
            at = seek(term->documents, at, term->list.count, document);
            if (at == term->list.count)
                break;
            if (term->documents[at] == document)
                documents[kept++] = document;
            continue;
        }
        if (find_document(&term->list, document) >= 0)
            documents[kept++] = document;
    }
    *count = kept;
    return 0;
}

/* Add to the scores of ascending documents what each term gives them, term by term. */
static int add_scores(Term *terms, Py_ssize_t count, const uint32_t *documents, double *scores,
                      int64_t size)
{
    Py_ssize_t t;
    int64_t i, rank;
    for (t = 0; t < count; t++) {
        Term *term = &terms[t];
        int64_t at = 0;
        if (!term->list.ranges && !term->documents && decode_all(term))
            return -1;
        if (term->documents && !term->scores && score_all(term))
            return -1;
        for (i = 0; i < size; i++) {
            uint32_t document = documents[i];
            if (term->documents) {
                at = seek(term->documents, at, term->list.count, document);
                if (at == term->list.count)
                    break;
                if (term->documents[at] == document)
                    scores[i] += term->scores[at];
                continue;
            }
            rank = find_document(&term->list, document);
            if (rank >= 0)
                scores[i] += score_at(term, document, rank);
        }
    }
    return 0;
}

static int by_count(const void *one, const void *other)
{
    int64_t a = (*(Term *const *)one)->list.count, b = (*(Term *const *)other)->list.count;
    return (a > b) - (a < b);
}

static PyObject *wide(const uint32_t *documents, int64_t count)
{
    int64_t i, *out;
    PyObject *result = PyByteArray_FromStringAndSize(NULL, count * 8);
    if (!result)
        return NULL;
    out = (int64_t *)PyByteArray_AS_STRING(result);
    for (i = 0; i < count; i++)
        out[i] = documents[i];
    return result;
}

/* intersect(terms, mask) -> the documents that have all of them and are allowed */
static PyObject *intersect(PyObject *self, PyObject *args)
{
    PyObject *sequence, *mask, *result = NULL;
    Py_buffer allowed = {0};
    Py_ssize_t count, t;
    Term *terms = NULL;
    Term **order = NULL;
    int64_t size, i, kept = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OO", &sequence, &mask))
        return NULL;
    if (mask != Py_None && PyObject_GetBuffer(mask, &allowed, PyBUF_SIMPLE))
        return NULL;
    terms = read_terms(sequence, &count);
    if (!terms)
        goto done;
    if (!count || (allowed.obj && allowed.len != terms[0].channel->capacity)) {
        PyErr_SetString(PyExc_ValueError, "nothing to intersect");
        goto done;
    }
    order = PyMem_Malloc((size_t)count * sizeof *order);
    if (!order) {
        PyErr_NoMemory();
        goto done;
    }
    for (t = 0; t < count; t++) {
        order[t] = &terms[t];
        if (terms[t].channel->capacity != terms[0].channel->capacity) {
            PyErr_SetString(PyExc_ValueError, "terms of another segment");
            goto done;
        }
    }
    qsort(order, (size_t)count, sizeof *order, by_count);
    if (decode_all(order[0]))
        goto done;
    size = order[0]->list.count;
    for (t = 1; t < count && size; t++)
        if (keep_common(order[t], order[0]->documents, &size))
            goto done;
    if (allowed.obj) {
        for (i = 0; i < size; i++)
            if (((const uint8_t *)allowed.buf)[order[0]->documents[i]])
                order[0]->documents[kept++] = order[0]->documents[i];
        size = kept;
    }
    result = wide(order[0]->documents, size);
done:
    PyMem_Free(order);
    free_terms(terms, count);
    if (allowed.obj)
        PyBuffer_Release(&allowed);
    return result;
}

/* count(terms, capacity, mask) -> how many documents have any of the terms and are allowed */
static PyObject *count_any(PyObject *self, PyObject *args)
{
    PyObject *sequence, *mask, *result = NULL;
    Py_buffer allowed = {0};
    long long capacity;
    Py_ssize_t count, t;
    Term *terms = NULL;
    uint8_t *seen = NULL;
    int64_t i, total = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OLO", &sequence, &capacity, &mask))
        return NULL;
    if (mask != Py_None && PyObject_GetBuffer(mask, &allowed, PyBUF_SIMPLE))
        return NULL;
    terms = read_terms(sequence, &count);
    if (!terms)
        goto done;
    if (capacity < 1 || (allowed.obj && allowed.len != capacity)) {
        PyErr_SetString(PyExc_ValueError, "numbers that do not fit the segment");
        goto done;
    }
    seen = PyMem_Calloc((size_t)capacity, 1);
    if (!seen) {
        PyErr_NoMemory();
        goto done;
    }
    for (t = 0; t < count; t++) {
        Term *term = &terms[t];
        if (term->channel->capacity != capacity) {
            PyErr_SetString(PyExc_ValueError, "terms of another segment");
            goto done;
        }
        if (decode_all(term))
            goto done;
        for (i = 0; i < term->list.count; i++)
            seen[term->documents[i]] = 1;
        PyMem_Free(term->documents);
        term->documents = NULL;
    }
    for (i = 0; i < capacity; i++)
        total += seen[i] & (allowed.obj ? ((const uint8_t *)allowed.buf)[i] != 0 : 1);
    result = PyLong_FromLongLong(total);
done:
    PyMem_Free(seen);
    free_terms(terms, count);
    if (allowed.obj)
        PyBuffer_Release(&allowed);
    return result;
}

/* ---- the best documents ----

   MaxScore (Turtle and Flood, 1995): lists whose greatest scores together stay below the threshold
   cannot make a document one of the best. They are not gone through, only asked for documents that
   the other lists have. Those are summed up in windows of documents, and windows are passed over
   where the greatest scores recorded in the directories are too small (block-max pruning). */

typedef struct {
    uint32_t document;
    double score;
} Candidate;

typedef struct {
    Term *terms;
    Py_ssize_t count;
    Term **order;    /* by bound, the smallest first */
    double *before;  /* the sum of the bounds of the lists before each */
    Py_ssize_t essential; /* the first list that is gone through */
    const uint8_t *mask;
    int64_t capacity;
    int window_bits;
    double *sums;  /* of the documents of one window */
    uint8_t *seen; /* 1: has a score; 3: has a strong term */
    uint32_t *touched;
    double *best; /* a heap of the greatest scores, the least of them first */
    int64_t wanted, filled;
    double threshold;
    Candidate *candidates;
    int64_t candidate_count, candidate_room;
} Ranking;

/* Where a sum of bounds is rounded otherwise than a sum of scores, it must not be too small. */
static double roomy(double bound)
{
    return bound * (1.0 + 1e-9);
}

static void partition(Ranking *ranking)
{
    while (ranking->essential < ranking->count &&
           roomy(ranking->before[ranking->essential + 1]) < ranking->threshold)
        ranking->essential++;
}

static void raise_threshold(Ranking *ranking, double score)
{
    double *heap = ranking->best;
    int64_t at;
    if (ranking->filled < ranking->wanted) {
        at = ranking->filled++;
        while (at && heap[(at - 1) / 2] > score) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = score;
    } else {
        if (score <= heap[0])
            return;
        at = 0;
        for (;;) {
            int64_t child = 2 * at + 1;
            if (child >= ranking->wanted)
                break;
            if (child + 1 < ranking->wanted && heap[child + 1] < heap[child])
                child++;
            if (heap[child] >= score)
                break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = score;
    }
    if (ranking->filled == ranking->wanted && heap[0] * (1.0 - SLACK) > ranking->threshold)
        ranking->threshold = heap[0] * (1.0 - SLACK);
}

static int add_candidate(Ranking *ranking, uint32_t document, double score)
{
    if (ranking->candidate_count == ranking->candidate_room) {
        int64_t i, kept = 0;
        for (i = 0; i < ranking->candidate_count; i++)
            if (ranking->candidates[i].score >= ranking->threshold)
                ranking->candidates[kept++] = ranking->candidates[i];
        ranking->candidate_count = kept;
        if (2 * kept >= ranking->candidate_room) {
            int64_t room = 2 * ranking->candidate_room + 256;
            Candidate *grown = PyMem_Realloc(ranking->candidates, (size_t)room * sizeof *grown);
            if (!grown) {
                PyErr_NoMemory();
                return -1;
            }
            ranking->candidates = grown;
            ranking->candidate_room = room;
        }
    }
    ranking->candidates[ranking->candidate_count].document = document;
    ranking->candidates[ranking->candidate_count++].score = score;
    raise_threshold(ranking, score);
    return 0;
}

/* What a term gives to one document; below 0 where the document does not have it. */
static double probe(Term *term, uint32_t document)
{
    const List *list = &term->list;
    int64_t rank;
    if (term->documents) {
        int64_t at = term->at;
        if (at >= list->count || term->documents[at] > document)
            at = 0; /* documents do not always come in order */
        at = seek(term->documents, at, list->count, document);
        term->at = at;
        return at < list->count && term->documents[at] == document ? term->scores[at] : -1.0;
    }
    rank = find_document(list, document);
    if (rank < 0)
        return -1.0;
    return score_at(term, document, rank);
}

/* What a term can give to the documents of the range that a document is in. */
static double range_bound(const Term *term, uint32_t document)
{
    if (term->documents || term->channel->stale < 0)
        return term->bound;
    return term->level * term->list.greatest[document >> term->list.range_bits];
}

/* Complete the sum of a document by the lists that are not gone through. */
static int complete(Ranking *ranking, uint32_t document, double sum, int is_strong)
{
    Py_ssize_t t;
    if (ranking->mask && !ranking->mask[document])
        return 0;
    for (t = ranking->essential - 1; t >= 0; t--) {
        Term *term = ranking->order[t];
        double score;
        if (sum + roomy(ranking->before[t + 1]) < ranking->threshold ||
            sum + roomy(ranking->before[t] + range_bound(term, document)) < ranking->threshold)
            return 0;
        score = probe(term, document);
        if (score >= 0.0) {
            sum += score;
            is_strong |= term->is_strong;
        }
    }
    if (!is_strong || sum < ranking->threshold)
        return 0;
    return add_candidate(ranking, document, sum);
}

static void touch(Ranking *ranking, int64_t *count, uint32_t local, double score, int is_strong)
{
    if (!ranking->seen[local])
        ranking->touched[(*count)++] = local;
    ranking->seen[local] |= is_strong ? 3 : 1;
    ranking->sums[local] += score;
}

/* What the lists that are gone through can give to a document of a window. */
static double window_bound(Ranking *ranking, int64_t first, int64_t end)
{
    double bound = 0.0;
    Py_ssize_t t;
    for (t = ranking->essential; t < ranking->count; t++) {
        Term *term = ranking->order[t];
        const List *list = &term->list;
        if (term->documents) {
            term->at = seek(term->documents, term->at, list->count, (uint32_t)first);
            if (term->at < list->count && (int64_t)term->documents[term->at] < end)
                bound += term->bound;
        } else if (term->channel->stale < 0) {
            bound += term->bound;
        } else {
            int64_t range = first >> list->range_bits, last = (end - 1) >> list->range_bits;
            uint8_t greatest = 0;
            for (; range <= last; range++)
                if (list->greatest[range] > greatest)
                    greatest = list->greatest[range];
            bound += term->level * greatest;
        }
    }
    return bound;
}

static int rank_window(Ranking *ranking, int64_t first, int64_t end)
{
    int64_t touched = 0, i;
    Py_ssize_t t;
    int result = 0;
    for (t = ranking->essential; t < ranking->count; t++) {
        Term *term = ranking->order[t];
        const List *list = &term->list;
        int64_t at, range;
        if (term->documents) {
            for (at = term->at; at < list->count && (int64_t)term->documents[at] < end; at++)
                touch(ranking, &touched, (uint32_t)(term->documents[at] - first),
                      term->scores[at], term->is_strong);
            term->at = at;
            continue;
        }
        for (range = first >> list->range_bits; range <= (end - 1) >> list->range_bits; range++) {
            if (decode_range(term, range, 1)) {
                result = -1;
                goto done;
            }
            at = seek(term->range_documents, 0, term->range_count, (uint32_t)first);
            for (; at < term->range_count && (int64_t)term->range_documents[at] < end; at++)
                touch(ranking, &touched, (uint32_t)(term->range_documents[at] - first),
                      term_score(term->channel, term->weight, term->range_documents[at],
                                 term->range_frequencies[at], term->range_titles[at]),
                      term->is_strong);
        }
    }
    for (i = 0; i < touched; i++) {
        uint32_t local = ranking->touched[i];
        if (ranking->sums[local] + roomy(ranking->before[ranking->essential]) >=
                ranking->threshold &&
            complete(ranking, (uint32_t)(first + local), ranking->sums[local],
                     ranking->seen[local] & 2)) {
            result = -1;
            break;
        }
    }
done:
    for (i = 0; i < touched; i++) {
        ranking->sums[ranking->touched[i]] = 0.0;
        ranking->seen[ranking->touched[i]] = 0;
    }
    return result;
}

/* Weak terms first: they make no hits, so their lists need not be gone through. */
static int by_bound(const void *one, const void *other)
{
    const Term *a = *(Term *const *)one, *b = *(Term *const *)other;
    if (!a->is_strong != !b->is_strong)
        return a->is_strong ? 1 : -1;
    return (a->bound > b->bound) - (a->bound < b->bound);
}

static int by_document(const void *one, const void *other)
{
    uint32_t a = ((const Candidate *)one)->document, b = ((const Candidate *)other)->document;
    return (a > b) - (a < b);
}

/* The full scores of a few documents that are likely to be among the best: where the lists that
   are worth most have their greatest scores. */
static int seed(Ranking *ranking)
{
    uint32_t chosen[SEEDS];
    double scores[SEEDS];
    Py_ssize_t t, other;
    int i, count;
    for (t = ranking->count - 1; t >= 0 && t >= ranking->count - SEED_LISTS; t--) {
        Term *term = ranking->order[t];
        const List *list = &term->list;
        int64_t at, size = list->count;
        const uint32_t *documents = term->documents;
        count = 0;
        if (!documents) {
            int64_t range, best = 0;
            for (range = 1; range < list->ranges; range++)
                if (list->greatest[range] > list->greatest[best])
                    best = range;
            if (decode_range(term, best, 1))
                return -1;
            documents = term->range_documents;
            size = term->range_count;
        }
        for (at = 0; at < size; at++) {
            double score = term->documents ? term->scores[at]
                                           : term_score(term->channel, term->weight, documents[at],
                                                        term->range_frequencies[at],
                                                        term->range_titles[at]);
            if ((ranking->mask && !ranking->mask[documents[at]]) ||
                (count == SEEDS && score <= scores[SEEDS - 1]))
                continue;
            i = count < SEEDS ? count++ : SEEDS - 1;
            for (; i && scores[i - 1] < score; i--) {
                scores[i] = scores[i - 1];
                chosen[i] = chosen[i - 1];
            }
            scores[i] = score;
            chosen[i] = documents[at];
        }
        for (i = 0; i < count; i++) {
            double sum = scores[i];
            int is_strong = term->is_strong;
            for (other = ranking->count - 1; other >= 0; other--) {
                double score;
                if (other == t)
                    continue;
                score = probe(ranking->order[other], chosen[i]);
                if (score >= 0.0) {
                    sum += score;
                    is_strong |= ranking->order[other]->is_strong;
                }
            }
            scores[i] = is_strong ? sum : 0.0;
        }
        /* A document may be found by several lists; only what one list finds is compared. */
        if (count >= ranking->wanted) {
            ranking->filled = 0;
            for (i = 0; i < count; i++)
                raise_threshold(ranking, scores[i]);
        }
    }
    ranking->filled = 0;
    for (t = 0; t < ranking->count; t++)
        ranking->order[t]->at = 0;
    return 0;
}

/* The first document from `first` on that a list has that is gone through, as far as these are
   decoded; `first` itself where one is not. */
static int64_t next_document(Ranking *ranking, int64_t first)
{
    int64_t next = ranking->capacity;
    Py_ssize_t t;
    for (t = ranking->essential; t < ranking->count; t++) {
        Term *term = ranking->order[t];
        if (!term->documents)
            return first;
        term->at = seek(term->documents, term->at, term->list.count, (uint32_t)first);
        if (term->at < term->list.count && (int64_t)term->documents[term->at] < next)
            next = term->documents[term->at];
    }
    return next;
}

static int rank(Ranking *ranking)
{
    int64_t first, end, window, following;
    Py_ssize_t t;
    partition(ranking);
    ranking->window_bits = LARGEST_WINDOW;
    for (t = ranking->essential; t < ranking->count; t++)
        if (!ranking->order[t]->documents &&
            ranking->order[t]->list.range_bits < ranking->window_bits)
            ranking->window_bits = ranking->order[t]->list.range_bits;
    window = (int64_t)1 << ranking->window_bits;
    ranking->sums = PyMem_Calloc((size_t)window, sizeof *ranking->sums);
    ranking->seen = PyMem_Calloc((size_t)window, 1);
    ranking->touched = PyMem_Malloc((size_t)window * sizeof *ranking->touched);
    if (!ranking->sums || !ranking->seen || !ranking->touched) {
        PyErr_NoMemory();
        return -1;
    }
    for (first = 0; first < ranking->capacity; first += window) {
        end = first + window < ranking->capacity ? first + window : ranking->capacity;
        partition(ranking);
        if (ranking->essential == ranking->count)
            break;
        following = next_document(ranking, first);
        if (following >= ranking->capacity)
            break;
        if (following >= end) { /* nothing before that one */
            first = (following & ~(window - 1)) - window;
            continue;
        }
        if (roomy(ranking->before[ranking->essential] + window_bound(ranking, first, end)) <
            ranking->threshold)
            continue;
        if (rank_window(ranking, first, end))
            return -1;
    }
    return 0;
}

static PyObject *ranked(Ranking *ranking)
{
    int64_t i, kept = 0;
    PyObject *documents = NULL, *scores = NULL, *result = NULL;
    uint32_t *numbers;
    for (i = 0; i < ranking->candidate_count; i++)
        if (ranking->candidates[i].score >= ranking->threshold)
            ranking->candidates[kept++] = ranking->candidates[i];
    if (kept)
        qsort(ranking->candidates, (size_t)kept, sizeof *ranking->candidates, by_document);
    numbers = PyMem_Malloc((size_t)(kept + 1) * sizeof *numbers);
    if (!numbers) {
        PyErr_NoMemory();
        return NULL;
    }
    for (i = 0; i < kept; i++)
        numbers[i] = ranking->candidates[i].document;
    documents = wide(numbers, kept);
    scores = PyByteArray_FromStringAndSize(NULL, kept * 8);
    if (documents && scores) {
        /* Once more, in the order of the terms, so that all ways give the same sums. */
        memset(PyByteArray_AS_STRING(scores), 0, (size_t)kept * 8);
        if (!add_scores(ranking->terms, ranking->count, numbers,
                        (double *)PyByteArray_AS_STRING(scores), kept))
            result = PyTuple_Pack(2, documents, scores);
    }
    PyMem_Free(numbers);
    Py_XDECREF(documents);
    Py_XDECREF(scores);
    return result;
}

/* Rank given documents, each of which is a hit, by asking all lists for them. */
static int rank_among(Ranking *ranking, const Py_buffer *among)
{
    int64_t i;
    ranking->essential = ranking->count;
    for (i = 0; i < among->len / 8; i++) {
        int64_t document = ((const int64_t *)among->buf)[i];
        if (document < 0 || document >= ranking->capacity)
            return damaged("a document that is not there");
        if (complete(ranking, (uint32_t)document, 0.0, 1))
            return -1;
    }
    return 0;
}

/* top_k(terms, capacity, mask, k, threshold, among) -> (documents, scores)

   The documents with a strong term that are among the k best, ascending by number, with all that
   are as good as the last of them. Documents that score less than the threshold are left out.
   If `among` is not None, only these ascending documents are ranked, whatever terms they have. */
static PyObject *top_k(PyObject *self, PyObject *args)
{
    PyObject *sequence, *mask, *among, *result = NULL;
    Py_buffer mask_buffer = {0}, among_buffer = {0};
    long long capacity, wanted;
    double threshold;
    Ranking ranking;
    Py_ssize_t t;
    (void)self;
    if (!PyArg_ParseTuple(args, "OLOLdO", &sequence, &capacity, &mask, &wanted, &threshold,
                          &among))
        return NULL;
    memset(&ranking, 0, sizeof ranking);
    if (mask != Py_None && PyObject_GetBuffer(mask, &mask_buffer, PyBUF_SIMPLE))
        return NULL;
    if (among != Py_None && PyObject_GetBuffer(among, &among_buffer, PyBUF_SIMPLE))
        goto done;
    if (capacity < 1 || wanted < 1 || wanted > capacity ||
        (mask != Py_None && mask_buffer.len != capacity)) {
        PyErr_SetString(PyExc_ValueError, "numbers that do not fit the segment");
        goto done;
    }
    ranking.terms = read_terms(sequence, &ranking.count);
    if (!ranking.terms)
        goto done;
    ranking.mask = mask_buffer.obj ? mask_buffer.buf : NULL;
    ranking.capacity = capacity;
    ranking.wanted = wanted;
    ranking.threshold = threshold * (1.0 - SLACK);
    ranking.order = PyMem_Calloc((size_t)ranking.count + 1, sizeof *ranking.order);
    ranking.before = PyMem_Calloc((size_t)ranking.count + 2, sizeof *ranking.before);
    ranking.best = PyMem_Malloc((size_t)wanted * sizeof *ranking.best);
    if (!ranking.order || !ranking.before || !ranking.best) {
        PyErr_NoMemory();
        goto done;
    }
    for (t = 0; t < ranking.count; t++) {
        if (ranking.terms[t].channel->capacity != capacity) {
            PyErr_SetString(PyExc_ValueError, "terms of another segment");
            goto done;
        }
        if (prepare(&ranking.terms[t]))
            goto done;
        ranking.order[t] = &ranking.terms[t];
    }
    qsort(ranking.order, (size_t)ranking.count, sizeof *ranking.order, by_bound);
    for (t = 0; t < ranking.count; t++)
        ranking.before[t + 1] = ranking.before[t] + ranking.order[t]->bound;
    while (ranking.essential < ranking.count && !ranking.order[ranking.essential]->is_strong)
        ranking.essential++;
    ranking.before[ranking.count + 1] = HUGE_VAL;
    if (among_buffer.obj) {
        if (!rank_among(&ranking, &among_buffer))
            result = ranked(&ranking);
        goto done;
    }
    if (wanted <= SEEDS && seed(&ranking))
        goto done;
    if (!rank(&ranking))
        result = ranked(&ranking);
done:
    if (among_buffer.obj)
        PyBuffer_Release(&among_buffer);
    free_terms(ranking.terms, ranking.count);
    PyMem_Free(ranking.order);
    PyMem_Free(ranking.before);
    PyMem_Free(ranking.sums);
    PyMem_Free(ranking.seen);
    PyMem_Free(ranking.touched);
    PyMem_Free(ranking.best);
    PyMem_Free(ranking.candidates);
    if (mask_buffer.obj)
        PyBuffer_Release(&mask_buffer);
    return result;
}

static PyMethodDef methods[] = {
    {"decode", decode, METH_VARARGS, "One list as documents, frequencies and titles."},
    {"decode_many", decode_many, METH_VARARGS, "Many lists, one after the other."},
    {"encode", encode, METH_VARARGS, "The bytes of lists, and where each begins."},
    {"intersect", intersect, METH_VARARGS, "The documents that have all terms."},
    {"count", count_any, METH_VARARGS, "How many documents have any of the terms."},
    {"top_k", top_k, METH_VARARGS, "The best documents and their scores."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_postings", "Writing, reading and ranking postings.", -1, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__postings(void)
{
    const uint16_t probe = 1;
    PyObject *created;
    if (*(const uint8_t *)&probe != 1) {
        PyErr_SetString(PyExc_ImportError, "the kernel is for little-endian machines");
        return NULL;
    }
    created = PyModule_Create(&module);
    if (!created)
        return NULL;
    Channel_type = (PyTypeObject *)PyType_FromSpec(&Channel_spec);
    if (!Channel_type || PyModule_AddObject(created, "Channel", (PyObject *)Channel_type)) {
        Py_DECREF(created);
        return NULL;
    }
    Py_INCREF(Channel_type);
    return created;
}
