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
/* Documents are passed over in at most so many blocks. */
#define MOST_BLOCKS 1024
/* With so few lists the best blocks are looked at first, so many of them. */
#define FEW_LISTS 8
#define BEST_BLOCKS 12
/* Else so many documents are completed first. */
#define FORESEEN 32
/* Documents are summed up in windows of so many, which fit the cache. */
#define WINDOW_BITS 15
#define WINDOW (1 << WINDOW_BITS)
/* So few documents of a window are completed one by one, and so many postings gone through in the
   time in which a list can be asked for a document. */
#define FEW_CANDIDATES 8
#define FEW_GIVEN 64
#define ASKING 12
/* If one of so many has a sum, all frequencies of a range are decoded. */
#define MANY 8
/* So few postings are added up without looking for bounds. */
#define FEW_POSTINGS 1024
/* Sums of documents that have a term are never 0, whatever its weight. */
#define LEAST_SCORE 1e-30f
#define LEAST_THRESHOLD 1e-20
/* Sums of single precision differ by so much for each addition. */
#define ROUNDING 1.2e-7

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

/* What ranking adds up, kept from query to query. */
typedef struct {
    float sums[WINDOW];        /* of each document of a window; 0 between windows */
    uint16_t touched[WINDOW + 1]; /* the documents that have one */
} Scratch;

typedef struct {
    PyObject_HEAD
    Scratch *scratch;
    Py_buffer data, keys, tail_starts, tails, starts;
    int has_tails, wide_starts;
    int64_t capacity, terms;
    Field fields[2]; /* title, body */
    float *once; /* what a posting gives with nothing in the title and frequency 1, by length */
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
    PyMem_Free(self->scratch);
    PyMem_Free(self->once);
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
    self->scratch = PyMem_Calloc(1, sizeof *self->scratch);
    if (!self->scratch) {
        PyErr_NoMemory();
        return -1;
    }
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
    if (self->fields[1].norms) {
        const int64_t lengths = self->fields[1].lengths.itemsize == 1 ? 256 : 65536;
        int64_t i;
        self->once = PyMem_Malloc((size_t)lengths * sizeof *self->once);
        if (!self->once) {
            PyErr_NoMemory();
            return -1;
        }
        for (i = 0; i < lengths; i++) {
            const double x = weights[1] * self->fields[1].norms[i];
            self->once[i] = (float)(x / (self->k1 + x));
        }
    }
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

/* Where the list of a term begins, and how many postings it has; 0 if there is none, -1 on error. */
static int find_list(const Channel *self, const char *text, Py_ssize_t length, int64_t *start,
                     int64_t *postings)
{
    Py_ssize_t i;
    uint64_t key = 0;
    int64_t low = 0, high = self->terms, first;
    const uint8_t *keys = self->keys.buf;
    List list;
    for (i = 0; i < 8; i++)
        key = key << 8 | (i < length ? (uint8_t)text[i] : 0);
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (word(keys + 8 * middle) < key)
            low = middle + 1;
        else
            high = middle;
    }
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
    }
    first = low;
    if (first >= self->terms || word(keys + 8 * first) != key)
        return 0;
    if (self->has_tails
            ? compare_tail(self, first, length > 8 ? text + 8 : text, length > 8 ? length - 8 : 0)
            : length > 8)
        return 0;
    *start = list_start(self, first);
    if (parse_list(&list, self->data.buf, self->data.len, *start, self->capacity))
        return -1;
    *postings = list.count;
    return 1;
}

static PyType_Slot Channel_slots[] = {
    {Py_tp_doc, "One channel of one segment: its terms, postings and lengths."},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, Channel_init},
    {Py_tp_dealloc, Channel_dealloc},
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

static inline uint32_t length_of(const Field *field, int64_t document)
{
    const uint8_t *at = field->lengths.buf;
    uint16_t two;
    if (field->lengths.itemsize == 1)
        return at[document];
    memcpy(&two, at + 2 * document, 2);
    return two;
}

/* About what a posting gives, sooner. */
static inline float quick_score(const Term *term, uint32_t document, uint32_t frequency,
                                uint32_t title)
{
    const Channel *channel = term->channel;
    if (frequency == 1 && !title && channel->once)
        return (float)term->weight * channel->once[length_of(&channel->fields[1], document)];
    return (float)term_score(channel, term->weight, document, frequency, title);
}

static void free_terms(Term *terms, Py_ssize_t count)
{
    Py_ssize_t i;
    if (!terms)
        return;
    for (i = 0; i < count; i++) {
        PyMem_Free(terms[i].documents);
        PyMem_Free(terms[i].scores);
        PyMem_Free(terms[i].range_documents);
    }
    PyMem_Free(terms);
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
    if (!term->documents && term->list.count < ASKING * *count && decode_all(term))
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

/* The documents that have all terms and are allowed. */
static PyObject *intersected(Term *terms, Py_ssize_t count, const uint8_t *allowed)
{
    Term **order = PyMem_Malloc((size_t)count * sizeof *order);
    PyObject *result = NULL;
    int64_t size, i, kept = 0;
    Py_ssize_t t;
    if (!order) {
        PyErr_NoMemory();
        return NULL;
    }
    for (t = 0; t < count; t++)
        order[t] = &terms[t];
    qsort(order, (size_t)count, sizeof *order, by_count);
    if (decode_all(order[0]))
        goto done;
    size = order[0]->list.count;
    for (t = 1; t < count && size; t++)
        if (keep_common(order[t], order[0]->documents, &size))
            goto done;
    if (allowed) {
        for (i = 0; i < size; i++)
            if (allowed[order[0]->documents[i]])
                order[0]->documents[kept++] = order[0]->documents[i];
        size = kept;
    }
    result = wide(order[0]->documents, size);
done:
    PyMem_Free(order);
    return result;
}

/* How many documents have any of the terms and are allowed; -1 on error. */
static int64_t counted(Term *terms, Py_ssize_t count, int64_t capacity, const uint8_t *allowed)
{
    uint8_t *seen = PyMem_Calloc((size_t)capacity, 1);
    int64_t i, total = 0;
    Py_ssize_t t;
    if (!seen) {
        PyErr_NoMemory();
        return -1;
    }
    for (t = 0; t < count; t++) {
        Term *term = &terms[t];
        if (decode_all(term)) {
            PyMem_Free(seen);
            return -1;
        }
        for (i = 0; i < term->list.count; i++)
            seen[term->documents[i]] = 1;
        PyMem_Free(term->documents);
        term->documents = NULL;
    }
    for (i = 0; i < capacity; i++)
        total += seen[i] & (allowed ? allowed[i] != 0 : 1);
    PyMem_Free(seen);
    return total;
}

/* ---- the best documents ----

   MaxScore (Turtle and Flood, 1995), a term at a time: lists whose greatest scores together stay
   below the threshold cannot make a document one of the best. They are not gone through, only asked
   for documents that the other lists have. Blocks of documents are passed over where the greatest
   scores recorded in the directories are too small, all lists taken together, and the blocks that
   promise most come first (Mallia, Suel and Tonellotto, SIGIR 2024), for a good threshold.

   All this only chooses documents, with sums of single precision and bounds that have room for
   their errors. What is left is scored again in the order of the terms. */

typedef struct {
    uint32_t document;
    double score;
} Candidate;

typedef struct {
    Term *terms;
    Py_ssize_t count;
    Term **order;         /* weak ones first, then by bound, the smallest first */
    double *before;       /* the sum of the bounds of the lists before each */
    Py_ssize_t essential; /* the first list that must be gone through */
    double room;          /* what an estimate is multiplied with to be no underestimate */
    const uint8_t *mask;
    int64_t capacity;
    int block_bits;
    int64_t blocks;
    float *bounds; /* what all lists can give to the documents of a block */
    float *rests;  /* what the lists can give that were not gone through */
    uint8_t *live; /* whether a block is looked at */
    Scratch *scratch;
    int64_t touched; /* documents in scratch */
    const int64_t *among; /* the documents that are ranked, if not all */
    int64_t size, at;
    double *best;    /* a heap of the greatest scores, the least of them first */
    int64_t wanted, filled;
    double threshold; /* estimates below it are left out */
    Candidate *candidates;
    int64_t candidate_count, candidate_room;
} Ranking;

static void partition(Ranking *ranking)
{
    while (ranking->essential < ranking->count &&
           ranking->before[ranking->essential + 1] * ranking->room < ranking->threshold)
        ranking->essential++;
}

/* Keep the `room` greatest values in a heap, the least of them first. */
static void keep_greatest(double *heap, int64_t *filled, int64_t room, double value)
{
    int64_t at;
    if (*filled < room) {
        at = (*filled)++;
        while (at && heap[(at - 1) / 2] > value) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = value;
        return;
    }
    if (value <= heap[0])
        return;
    at = 0;
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= room)
            break;
        if (child + 1 < room && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= value)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value;
}

/* The least of the greatest scores is the threshold, less what they may be overestimated by. */
static void raise_threshold(Ranking *ranking)
{
    if (ranking->filled == ranking->wanted && ranking->best[0] > LEAST_THRESHOLD &&
        ranking->best[0] > ranking->threshold * ranking->room)
        ranking->threshold = ranking->best[0] / ranking->room;
}

static int add_candidate(Ranking *ranking, uint32_t document, double score)
{
    if (ranking->candidate_count == ranking->candidate_room) {
        int64_t i, kept = 0;
        for (i = 0; i < ranking->candidate_count; i++)
            if (ranking->candidates[i].score * ranking->room >= ranking->threshold)
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
    keep_greatest(ranking->best, &ranking->filled, ranking->wanted, score);
    raise_threshold(ranking);
    return 0;
}

static int by_document(const void *one, const void *other)
{
    uint32_t a = ((const Candidate *)one)->document, b = ((const Candidate *)other)->document;
    return (a > b) - (a < b);
}

/* Weak terms first: they make no hits, so their lists need not be gone through. */
static int by_bound(const void *one, const void *other)
{
    const Term *a = *(Term *const *)one, *b = *(Term *const *)other;
    if (!a->is_strong != !b->is_strong)
        return a->is_strong ? 1 : -1;
    return (a->bound > b->bound) - (a->bound < b->bound);
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

/* Complete the sum of a document by the lists before `end`; below 0 if it is not one of the best. */
static double completed(Ranking *ranking, uint32_t document, double sum, Py_ssize_t end,
                        int *is_strong)
{
    Py_ssize_t t;
    const double least = ranking->threshold / ranking->room;
    for (t = end - 1; t >= 0; t--) {
        Term *term = ranking->order[t];
        double score;
        if (sum + ranking->before[t + 1] < least ||
            sum + ranking->before[t] + range_bound(term, document) < least)
            return -1.0;
        score = probe(term, document);
        if (score >= 0.0) {
            sum += score;
            *is_strong |= term->is_strong;
        }
    }
    return *is_strong && sum >= least ? sum : -1.0;
}

/* Add to the bounds of blocks what a list can give to their documents. */
static void add_bounds(const Ranking *ranking, Term *term, float *bounds, int64_t first, int64_t end)
{
    const List *list = &term->list;
    const int bits = ranking->block_bits;
    const float level = (float)term->level;
    int64_t block, at;
    if (term->documents) {
        at = first ? seek(term->documents, 0, list->count, (uint32_t)(first << bits)) : 0;
        while (at < list->count && (block = term->documents[at] >> bits) < end) {
            float greatest = 0.0f;
            for (; at < list->count && (int64_t)(term->documents[at] >> bits) == block; at++)
                if (greatest < (float)term->scores[at])
                    greatest = (float)term->scores[at];
            bounds[block] += greatest;
        }
    } else if (term->channel->stale < 0) {
        for (block = first; block < end; block++)
            bounds[block] += (float)term->bound;
    } else if (list->range_bits >= bits) {
        const int wider = list->range_bits - bits;
        for (block = first; block < end; block++)
            bounds[block] += level * (float)list->greatest[block >> wider];
    } else {
        const int narrower = bits - list->range_bits;
        for (block = first; block < end; block++) {
            int64_t range = block << narrower, last = (block + 1) << narrower;
            uint8_t greatest = 0;
            if (last > list->ranges)
                last = list->ranges;
            for (; range < last; range++)
                if (greatest < list->greatest[range])
                    greatest = list->greatest[range];
            bounds[block] += level * (float)greatest;
        }
    }
}

/* Whether a block of the documents from `first` up to `end` is looked at. */
static int has_live(const Ranking *ranking, int64_t first, int64_t end)
{
    int64_t block = first >> ranking->block_bits, last = (end - 1) >> ranking->block_bits;
    for (; block <= last; block++)
        if (ranking->live[block])
            return 1;
    return 0;
}

static int64_t least_of(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* The range of a list, cut to a window. */
typedef struct {
    int64_t from, to; /* places in what was decoded */
} Cut;

/* Decode the part of a range that is in a window; an empty one where no block is looked at. */
static int cut_range(const Ranking *ranking, Term *term, int64_t range, int64_t first, int64_t end,
                     int with_values, Cut *cut)
{
    const int bits = term->list.range_bits;
    const int64_t start = range << bits, next = (range + 1) << bits;
    cut->from = cut->to = 0;
    if (!has_live(ranking, start > first ? start : first, least_of(next, end)))
        return 0;
    if (decode_range(term, range, with_values))
        return -1;
    cut->to = term->range_count;
    if (start < first)
        cut->from = seek(term->range_documents, 0, cut->to, (uint32_t)first);
    if (next > end)
        cut->to = seek(term->range_documents, cut->from, cut->to, (uint32_t)end);
    return 0;
}

/* Add a score to the sum of a document of the window. */
#define ADD(local, value)                                                                         \
    do {                                                                                          \
        float *sum_ = sums + (local);                                                             \
        const float value_ = (float)(value);                                                      \
        touched[count] = (uint16_t)(local);                                                       \
        count += *sum_ == 0.0f;                                                                   \
        *sum_ += value_ > LEAST_SCORE ? value_ : LEAST_SCORE;                                     \
    } while (0)

/* Add up what a list gives to the documents of the blocks of a window that are looked at. */
static int add_list(Ranking *ranking, Term *term, int64_t first, int64_t end)
{
    const List *list = &term->list;
    const int bits = ranking->block_bits;
    const uint8_t *live = ranking->live;
    float *sums = ranking->scratch->sums;
    uint16_t *touched = ranking->scratch->touched;
    int64_t at, range, count = ranking->touched;
    Cut cut;
    if (term->documents) {
        at = seek(term->documents, 0, list->count, (uint32_t)first);
        for (; at < list->count && (int64_t)term->documents[at] < end; at++)
            if (live[term->documents[at] >> bits])
                ADD(term->documents[at] - first, term->scores[at]);
        ranking->touched = count;
        return 0;
    }
    for (range = first >> list->range_bits; range <= (end - 1) >> list->range_bits; range++) {
        if (cut_range(ranking, term, range, first, end, 1, &cut))
            return -1;
        for (at = cut.from; at < cut.to; at++) {
            const uint32_t document = term->range_documents[at];
            if (live[document >> bits])
                ADD(document - first, quick_score(term, document, term->range_frequencies[at],
                                                  term->range_titles[at]));
        }
    }
    ranking->touched = count;
    return 0;
}

/* About how many postings of a list are in a window. */
static int64_t in_window(const Ranking *ranking, const Term *term, int64_t first, int64_t end)
{
    return term->list.count / (ranking->capacity / (end - first) + 1);
}

/* Add what a list gives to the documents of a window that have a sum. */
static int add_to_sums(Ranking *ranking, Term *term, int64_t first, int64_t end)
{
    const List *list = &term->list;
    const int are_many = MANY * ranking->touched > in_window(ranking, term, first, end);
    float *sums = ranking->scratch->sums;
    int64_t at, range;
    Cut cut;
    if (term->documents) {
        at = seek(term->documents, 0, list->count, (uint32_t)first);
        for (; at < list->count && (int64_t)term->documents[at] < end; at++)
            if (sums[term->documents[at] - first] != 0.0f)
                sums[term->documents[at] - first] += (float)term->scores[at];
        return 0;
    }
    for (range = first >> list->range_bits; range <= (end - 1) >> list->range_bits; range++) {
        int64_t rank;
        if (cut_range(ranking, term, range, first, end, are_many, &cut))
            return -1;
        rank = half(list->ranks + 4 * range);
        for (at = cut.from; at < cut.to; at++) {
            const uint32_t document = term->range_documents[at];
            float *sum = sums + (document - first);
            if (*sum != 0.0f)
                *sum += are_many ? quick_score(term, document, term->range_frequencies[at],
                                               term->range_titles[at])
                                 : (float)score_at(term, document, rank + at);
        }
    }
    return 0;
}

/* Forget the documents of a window that cannot be among the best, whatever the lists before `end`
   give; with `by_block` as far as these have it recorded for blocks. */
static void filter(Ranking *ranking, int64_t first, Py_ssize_t end, int by_block)
{
    float *sums = ranking->scratch->sums;
    uint16_t *touched = ranking->scratch->touched;
    const float least = (float)(ranking->threshold / ranking->room);
    const float all = (float)ranking->before[end];
    int64_t i, kept = 0;
    for (i = 0; i < ranking->touched; i++) {
        const uint16_t local = touched[i];
        const float rest = by_block ? ranking->rests[(first + local) >> ranking->block_bits] : all;
        if (sums[local] + rest >= least && (!ranking->mask || ranking->mask[first + local]))
            touched[kept++] = local;
        else
            sums[local] = 0.0f;
    }
    ranking->touched = kept;
}

/* Begin with the documents of a window that are ranked, whatever terms they have. */
static void touch_given(Ranking *ranking, int64_t first, int64_t end)
{
    while (ranking->at < ranking->size && ranking->among[ranking->at] < first)
        ranking->at++;
    for (; ranking->at < ranking->size && ranking->among[ranking->at] < end; ranking->at++) {
        const int64_t document = ranking->among[ranking->at];
        if (ranking->live[document >> ranking->block_bits]) {
            ranking->scratch->sums[document - first] = LEAST_SCORE;
            ranking->scratch->touched[ranking->touched++] = (uint16_t)(document - first);
        }
    }
}

static int rank_window(Ranking *ranking, int64_t first, int64_t end)
{
    const int64_t block = first >> ranking->block_bits;
    const int64_t last = ((end - 1) >> ranking->block_bits) + 1;
    float *sums = ranking->scratch->sums;
    Py_ssize_t t = ranking->count, other;
    int64_t i;
    int result = -1;
    ranking->touched = 0;
    partition(ranking);
    if (ranking->among) {
        touch_given(ranking, first, end);
    } else {
        while (t > ranking->essential)
            if (add_list(ranking, ranking->order[--t], first, end))
                goto done;
    }
    if (t && ranking->touched > last - block) {
        memset(ranking->rests + block, 0, (size_t)(last - block) * sizeof *ranking->rests);
        for (other = 0; other < t; other++)
            add_bounds(ranking, ranking->order[other], ranking->rests, block, last);
        filter(ranking, first, t, 1);
    } else {
        filter(ranking, first, t, 0);
    }
    while (t && ranking->touched > FEW_CANDIDATES) {
        Term *term = ranking->order[t - 1];
        /* Asking for a document takes as long as going through a dozen. */
        if (in_window(ranking, term, first, end) > ASKING * ranking->touched)
            break;
        if (add_to_sums(ranking, term, first, end))
            goto done;
        filter(ranking, first, --t, 0);
    }
    for (i = 0; i < ranking->touched; i++) {
        const uint32_t document = (uint32_t)(first + ranking->scratch->touched[i]);
        int is_strong = 1;
        double sum = completed(ranking, document, sums[ranking->scratch->touched[i]], t, &is_strong);
        if (sum >= 0.0 && add_candidate(ranking, document, sum))
            goto done;
    }
    result = 0;
done:
    for (i = 0; i < ranking->touched; i++)
        sums[ranking->scratch->touched[i]] = 0.0f;
    return result;
}

/* Look at the blocks that promise most; they are not looked at again. */
static int rank_best_blocks(Ranking *ranking)
{
    int64_t chosen[BEST_BLOCKS], block, at, count = 0;
    for (block = 0; block < ranking->blocks; block++) {
        const float bound = ranking->bounds[block];
        if (count == BEST_BLOCKS && bound <= ranking->bounds[chosen[count - 1]])
            continue;
        at = count < BEST_BLOCKS ? count++ : BEST_BLOCKS - 1;
        for (; at && ranking->bounds[chosen[at - 1]] < bound; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = block;
    }
    for (at = 0; at < count; at++) {
        const int64_t first = chosen[at] << ranking->block_bits;
        if (ranking->bounds[chosen[at]] * ranking->room < ranking->threshold)
            break;
        ranking->live[chosen[at]] = 1;
        if (rank_window(ranking, first,
                        least_of(first + ((int64_t)1 << ranking->block_bits), ranking->capacity)))
            return -1;
        ranking->live[chosen[at]] = 0;
        ranking->bounds[chosen[at]] = -1.0f;
    }
    return 0;
}

/* The full scores of a few documents that are likely to be among the best, for a threshold to begin
   with: those for which the shortest lists add up to most. Sums of documents that fall together are
   added up; they are only for choosing. */
static int foresee(Ranking *ranking)
{
    float *sums = ranking->scratch->sums;
    Candidate chosen[FORESEEN];
    double scores[FORESEEN];
    Py_ssize_t t;
    int64_t i, at, count = 0, filled = 0;
    float least = 0.0f;
    if (ranking->wanted > FORESEEN)
        return 0;
#define EACH_SHORT                                                                                \
    for (t = ranking->essential; t < ranking->count; t++)                                         \
        for (i = 0; ranking->order[t]->documents && i < ranking->order[t]->list.count; i++)
    EACH_SHORT
        sums[ranking->order[t]->documents[i] & (WINDOW - 1)] += (float)ranking->order[t]->scores[i];
    EACH_SHORT {
        const uint32_t document = ranking->order[t]->documents[i];
        const float sum = sums[document & (WINDOW - 1)];
        sums[document & (WINDOW - 1)] = 0.0f; /* each once */
        if (sum <= least || (ranking->mask && !ranking->mask[document]))
            continue;
        at = count < FORESEEN ? count++ : FORESEEN - 1;
        for (; at && chosen[at - 1].score < sum; at--)
            chosen[at] = chosen[at - 1];
        chosen[at].document = document;
        chosen[at].score = sum;
        if (count == FORESEEN)
            least = (float)chosen[count - 1].score;
    }
#undef EACH_SHORT
    for (i = 0; i < count; i++) {
        int is_strong = 0;
        const double sum = completed(ranking, chosen[i].document, 0.0, ranking->count, &is_strong);
        if (sum >= 0.0)
            keep_greatest(scores, &filled, ranking->wanted, sum);
    }
    if (filled == ranking->wanted && scores[0] > LEAST_THRESHOLD &&
        scores[0] > ranking->threshold * ranking->room)
        ranking->threshold = scores[0] / ranking->room;
    return 0;
}

/* Divide the documents into blocks, as narrow as the narrowest ranges that are recorded. */
static int divide(Ranking *ranking)
{
    int bits = WINDOW_BITS;
    Py_ssize_t t;
    for (t = 0; t < ranking->count; t++)
        if (!ranking->order[t]->documents && ranking->order[t]->list.range_bits < bits)
            bits = ranking->order[t]->list.range_bits;
    while (bits < WINDOW_BITS && (ranking->capacity - 1) >> bits >= MOST_BLOCKS)
        bits++;
    ranking->block_bits = bits;
    ranking->blocks = ((ranking->capacity - 1) >> bits) + 1;
    ranking->bounds = PyMem_Calloc((size_t)ranking->blocks, 2 * sizeof *ranking->bounds + 1);
    if (!ranking->bounds) {
        PyErr_NoMemory();
        return -1;
    }
    ranking->rests = ranking->bounds + ranking->blocks;
    ranking->live = (uint8_t *)(ranking->rests + ranking->blocks);
    return 0;
}

/* The first document from `first` on that a list has that is gone through, as far as these are
   decoded; `first` itself where one is not. */
static int64_t next_document(Ranking *ranking, int64_t first)
{
    int64_t next = ranking->capacity;
    Py_ssize_t t;
    if (ranking->among)
        return ranking->at < ranking->size ? ranking->among[ranking->at] : next;
    for (t = ranking->essential; t < ranking->count; t++) {
        Term *term = ranking->order[t];
        int64_t at;
        if (!term->documents)
            return first;
        at = seek(term->documents, 0, term->list.count, (uint32_t)first);
        if (at < term->list.count && (int64_t)term->documents[at] < next)
            next = term->documents[at];
    }
    return next;
}

static int rank(Ranking *ranking)
{
    int64_t block, first, end, next, postings = ranking->size;
    Py_ssize_t t;
    for (t = ranking->essential; !ranking->among && t < ranking->count; t++)
        postings += ranking->order[t]->list.count;
    if (postings > FEW_POSTINGS) {
        for (t = 0; t < ranking->count; t++)
            add_bounds(ranking, ranking->order[t], ranking->bounds, 0, ranking->blocks);
        if (ranking->among) {
            ; /* the best blocks may have none of the documents */
        } else if (ranking->count > FEW_LISTS) {
            if (foresee(ranking))
                return -1;
        } else if (rank_best_blocks(ranking)) {
            return -1;
        }
        for (block = 0; block < ranking->blocks; block++)
            ranking->live[block] = ranking->bounds[block] >= 0.0f;
    } else {
        for (block = 0; block < ranking->blocks; block++) {
            ranking->live[block] = 1;
            ranking->bounds[block] = (float)ranking->before[ranking->count];
        }
    }
    for (first = 0; first < ranking->capacity; first += WINDOW) {
        first = next_document(ranking, first) & ~(int64_t)(WINDOW - 1);
        if (first >= ranking->capacity)
            break;
        end = least_of(first + WINDOW, ranking->capacity);
        next = ((end - 1) >> ranking->block_bits) + 1;
        for (block = first >> ranking->block_bits; block < next; block++)
            ranking->live[block] &= ranking->bounds[block] * ranking->room >= ranking->threshold;
        if (has_live(ranking, first, end) && rank_window(ranking, first, end))
            return -1;
    }
    return 0;
}

/* Score what is left once more, in the order of the terms, so that all ways give the same sums. */
static int rescore(Ranking *ranking)
{
    Candidate *candidates = ranking->candidates;
    int64_t i, kept = 0;
    uint32_t *documents;
    double *sums;
    int result = -1;
    for (i = 0; i < ranking->candidate_count; i++)
        if (candidates[i].score * ranking->room >= ranking->threshold)
            candidates[kept++] = candidates[i];
    ranking->candidate_count = kept;
    if (!kept)
        return 0;
    qsort(candidates, (size_t)kept, sizeof *candidates, by_document);
    documents = PyMem_Malloc((size_t)kept * sizeof *documents);
    sums = PyMem_Calloc((size_t)kept, sizeof *sums);
    if (!documents || !sums) {
        PyErr_NoMemory();
        goto done;
    }
    for (i = 0; i < kept; i++)
        documents[i] = candidates[i].document;
    if (add_scores(ranking->terms, ranking->count, documents, sums, kept))
        goto done;
    for (i = 0; i < kept; i++)
        candidates[i].score = sums[i];
    result = 0;
done:
    PyMem_Free(documents);
    PyMem_Free(sums);
    return result;
}

/* Rank given documents, each of which is a hit, by asking all lists for them. */
static int rank_among(Ranking *ranking, const int64_t *among, int64_t size)
{
    int64_t i, last = -1;
    for (i = 0; i < size; i++) {
        if (among[i] <= last || among[i] >= ranking->capacity)
            return damaged("a document that is not there");
        last = among[i];
    }
    if (size > FEW_GIVEN && ranking->count) {
        ranking->among = among;
        ranking->size = size;
        ranking->scratch = ranking->terms[0].channel->scratch;
        return divide(ranking) || rank(ranking) ? -1 : 0;
    }
    for (i = 0; i < size; i++) {
        double sum;
        int is_strong = 1;
        sum = completed(ranking, (uint32_t)among[i], 0.0, ranking->count, &is_strong);
        if (sum >= 0.0 && add_candidate(ranking, (uint32_t)among[i], sum))
            return -1;
    }
    return 0;
}

static void free_ranking(Ranking *ranking)
{
    PyMem_Free(ranking->order);
    PyMem_Free(ranking->before);
    PyMem_Free(ranking->bounds);
    PyMem_Free(ranking->best);
    PyMem_Free(ranking->candidates);
}

/* Find the best documents of one segment: `ranking` has the terms, what is allowed and wanted, and
   the threshold. If `among` is given, only these documents are ranked, whatever terms they have.
   The candidates, scored, ascending by number, hold those that are wanted and all as good as the
   last of them. */
static int rank_segment(Ranking *ranking, const int64_t *among, int64_t size)
{
    Py_ssize_t t;
    ranking->room = 1.0 + ROUNDING * (double)(ranking->count + 8);
    ranking->order = PyMem_Calloc((size_t)ranking->count + 1, sizeof *ranking->order);
    ranking->before = PyMem_Calloc((size_t)ranking->count + 2, sizeof *ranking->before);
    ranking->best = PyMem_Malloc((size_t)ranking->wanted * sizeof *ranking->best);
    if (!ranking->order || !ranking->before || !ranking->best) {
        PyErr_NoMemory();
        return -1;
    }
    for (t = 0; t < ranking->count; t++) {
        if (prepare(&ranking->terms[t]))
            return -1;
        ranking->order[t] = &ranking->terms[t];
    }
    qsort(ranking->order, (size_t)ranking->count, sizeof *ranking->order, by_bound);
    for (t = 0; t < ranking->count; t++)
        ranking->before[t + 1] = ranking->before[t] + ranking->order[t]->bound;
    while (ranking->essential < ranking->count && !ranking->order[ranking->essential]->is_strong)
        ranking->essential++;
    ranking->before[ranking->count + 1] = HUGE_VAL;
    if (among) {
        if (rank_among(ranking, among, size))
            return -1;
    } else if (ranking->count) {
        ranking->scratch = ranking->terms[0].channel->scratch;
        if (divide(ranking) || rank(ranking))
            return -1;
    }
    return rescore(ranking);
}

/* ---- all segments of an index ---- */

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

/* Find the terms, tuples (channel, term, factor, is_strong), in all segments. */
static int open_query(const Segments *self, Query *query, PyObject *terms, PyObject *mask)
{
    Py_ssize_t i, s, length;
    char *text;
    memset(query, 0, sizeof *query);
    if (!PyList_Check(terms)) {
        PyErr_SetString(PyExc_TypeError, "terms are given as a list");
        return -1;
    }
    if (mask != Py_None) {
        const Segment *last = self->segments + self->count - 1;
        if (PyObject_GetBuffer(mask, &query->mask, PyBUF_SIMPLE))
            return -1;
        if (query->mask.len != (self->count ? last->first + last->capacity : 0)) {
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
        if (wanted->channel < 0 || wanted->channel >= CHANNELS) {
            damaged("a channel that is not there");
            goto failed;
        }
        text = PyBytes_AS_STRING(term);
        length = PyBytes_GET_SIZE(term);
        for (s = 0; s < self->count; s++) {
            int64_t *start = &query->starts[i * self->count + s], postings;
            const int found = find_list(self->segments[s].channels[wanted->channel], text, length,
                                        start, &postings);
            if (found < 0)
                goto failed;
            if (!found) {
                *start = -1;
                continue;
            }
            if (self->segments[s].allowed.obj) {
                postings = live_frequency(self, s, wanted->channel, *start);
                if (postings < 0)
                    goto failed;
            }
            wanted->frequency += postings;
        }
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
    if (!rank_segment(&ranking, among, size)) {
        ranking.wanted = wanted;
        result = take_rows(rows, &ranking, segment->first, least);
    }
    free_terms(ranking.terms, ranking.count);
    free_ranking(&ranking);
    return result;
}

/* top_k(terms, k, mask) -> [(score, document), …], from the best on, equal ones by number

   The best documents that have a strong term, and all that are as good as the last of them. */
static PyObject *Segments_top_k(Segments *self, PyObject *args)
{
    PyObject *terms, *mask, *result = NULL;
    long long wanted;
    double least = 0.0;
    Query query;
    Rows rows = {0};
    Py_ssize_t s;
    if (!PyArg_ParseTuple(args, "OLO", &terms, &wanted, &mask))
        return NULL;
    if (wanted < 1) {
        PyErr_SetString(PyExc_ValueError, "at least one document must be wanted");
        return NULL;
    }
    if (open_query(self, &query, terms, mask))
        return NULL;
    for (s = 0; s < self->count; s++)
        if (take_best(self, &query, s, wanted, NULL, 0, &rows, &least))
            goto done;
    result = rows_as_list(&rows);
done:
    PyMem_Free(rows.rows);
    close_query(&query);
    return result;
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
    PyObject *candidates, *terms, *result = NULL;
    long long wanted;
    double least = 0.0;
    Query query;
    Rows rows = {0};
    Py_ssize_t i, s;
    if (!PyArg_ParseTuple(args, "O!OL", &PyList_Type, &candidates, &terms, &wanted))
        return NULL;
    if (wanted < 1) {
        PyErr_SetString(PyExc_ValueError, "at least one document must be wanted");
        return NULL;
    }
    if (open_query(self, &query, terms, Py_None))
        return NULL;
    for (i = 0; i < PyList_GET_SIZE(candidates); i++) {
        Py_buffer documents;
        int failed;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(candidates, i), "ny*", &s, &documents))
            goto done;
        failed = s < 0 || s >= self->count || documents.len % 8
            ? damaged("a segment that is not there")
            : documents.len && take_best(self, &query, s, wanted, documents.buf, documents.len / 8,
                                         &rows, &least);
        PyBuffer_Release(&documents);
        if (failed)
            goto done;
    }
    result = rows_as_list(&rows);
done:
    PyMem_Free(rows.rows);
    close_query(&query);
    return result;
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

/* frequency(channel, term) -> in how many documents that are there a term is */
static PyObject *Segments_frequency(Segments *self, PyObject *args)
{
    PyObject *channel, *term, *terms;
    Query query;
    int64_t frequency;
    int failed;
    if (!PyArg_ParseTuple(args, "OO", &channel, &term))
        return NULL;
    terms = Py_BuildValue("[(OOdi)]", channel, term, 1.0, 1);
    if (!terms)
        return NULL;
    failed = open_query(self, &query, terms, Py_None);
    Py_DECREF(terms);
    if (failed)
        return NULL;
    frequency = query.wanted[0].frequency;
    close_query(&query);
    return PyLong_FromLongLong(frequency);
}

static PyMethodDef Segments_methods[] = {
    {"top_k", (PyCFunction)Segments_top_k, METH_VARARGS, "The best documents."},
    {"with_all", (PyCFunction)Segments_with_all, METH_VARARGS, "The documents with all terms."},
    {"best_of", (PyCFunction)Segments_best_of, METH_VARARGS, "The best of given documents."},
    {"count", (PyCFunction)Segments_count, METH_VARARGS, "How many documents have any term."},
    {"frequency", (PyCFunction)Segments_frequency, METH_VARARGS, "How many have a term."},
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

static PyMethodDef methods[] = {
    {"decode", decode, METH_VARARGS, "One list as documents, frequencies and titles."},
    {"decode_many", decode_many, METH_VARARGS, "Many lists, one after the other."},
    {"encode", encode, METH_VARARGS, "The bytes of lists, and where each begins."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_postings", "Writing, reading and ranking postings.", -1, methods,
    NULL, NULL, NULL, NULL,
};

/* The module keeps a type; takes the reference. */
static int add_type(PyObject *created, const char *name, PyObject *type)
{
    int failed = !type || PyObject_SetAttrString(created, name, type);
    if (type != (PyObject *)Channel_type)
        Py_XDECREF(type);
    return failed ? -1 : 0;
}

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
    if (!Channel_type || add_type(created, "Channel", (PyObject *)Channel_type) ||
        add_type(created, "Segments", PyType_FromSpec(&Segments_spec)))
        Py_CLEAR(created);
    return created;
}
