/* One posting list, as it lies in the file: measuring it, decoding it, entering it in the middle. */

#ifndef SEARCHER_POSTINGS_LIST_H
#define SEARCHER_POSTINGS_LIST_H

#include <Python.h>
#include "bits.h"

#define PADDING 8
#define DIRECTORY_FROM 128
#define RANGE_POSTINGS 64
#define HAS_FREQUENCIES 1
#define HAS_TITLES 2
#define FLAG_BITS 2
#define HAS_EXCEPTIONS 128
#define LARGEST ((int64_t)1 << 31) /* documents in a segment */

static int low_width(int64_t capacity, int64_t count)
{
    return bit_length((uint64_t)(capacity / count)) - 1;
}

static int range_bits(int64_t capacity, int64_t count)
{
    return bit_length((uint64_t)((RANGE_POSTINGS * capacity + count - 1) / count - 1));
}

typedef struct {
    int width;
    int64_t exceptions;
    const uint8_t *codes, *indices, *values;
} Column;

typedef struct {
    int64_t capacity, count, ranges, high_size;
    int flags, low_width, range_bits;
    const uint8_t *ranks, *greatest, *high, *low, *end;
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
    list->end = at;
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
    int64_t zeros = (document >> low_bits) - first, last = -1;
    /* A range has no more postings than documents: damaged ones are not gone through to the end. */
    const int64_t limit = least_of(bits, position + zeros + ((int64_t)1 << list->range_bits) + 1);
    if (position >= bits)
        return -1;
    if (zeros) {
        int64_t at = position >> 6;
        uint64_t gaps = ~word(list->high + 8 * at) & (~(uint64_t)0 << (position & 63));
        int found;
        while ((found = ones(gaps)) < zeros) {
            zeros -= found;
            if (64 * ++at >= limit)
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
        if ((int64_t)low <= last)
            return -1; /* out of order */
        last = (int64_t)low;
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

#endif
