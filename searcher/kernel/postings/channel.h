/* A channel of a segment: its terms, where their lists are, and the lengths of the documents. */

#ifndef SEARCHER_POSTINGS_CHANNEL_H
#define SEARCHER_POSTINGS_CHANNEL_H

#include <math.h>
#include "list.h"

/* Documents are summed up in windows of so many, which fit the cache. */
#define WINDOW_BITS 15
#define WINDOW (1 << WINDOW_BITS)

typedef struct {
    Py_buffer lengths; /* of each document, numbers of 1, 2 or 4 bytes */
    int is_open;
    double *norms; /* 1 / (1 - b + b length / average) by length, for 1 and 2 bytes */
    double average, weight;
} Field;

#define GREATEST_NORM 1e25f

/* Lengths as ranking knows them, in a byte: exact below EXACT_LENGTHS, then rounded down to a twelfth
   of an octave. What is estimated from them is too much rather than too little. */
#define CODES 256
#define EXACT_LENGTHS 128
#define STEPS 12
/* A document has one for each of two fields in each of two channels. */
#define LENGTHS 4

/* What ranking adds up, kept from query to query. */
typedef struct {
    float sums[WINDOW];        /* of each document of a window; 0 between windows */
    uint16_t touched[WINDOW + 1]; /* the documents that have one */
    uint64_t marks[WINDOW / 64];  /* a bit for each of some, where these are looked for */
    uint32_t owners[WINDOW];   /* while a threshold is looked for: whose sum it is */
} Scratch;

typedef struct {
    PyObject_HEAD
    Scratch *scratch;
    Py_buffer data, keys, tail_starts, tails, starts;
    int has_tails, wide_starts;
    int64_t capacity, terms;
    Field fields[2]; /* title, body */
    /* The coded lengths of each document, which lie side by side: those of this channel begin here. */
    const uint8_t *codes;
    float quick_norms[2][CODES]; /* by code, in single precision: weight times norm for each field */
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

/* The least length that has a code. */
static double least_length(int code)
{
    if (code < EXACT_LENGTHS)
        return code;
    return ceil(EXACT_LENGTHS * pow(2.0, (double)(code - EXACT_LENGTHS) / STEPS));
}

static void open_quick(Channel *self)
{
    int f, code;
    for (f = 0; f < 2; f++) {
        const Field *field = &self->fields[f];
        for (code = 0; code < CODES; code++) {
            /* Only fields without any words have a norm that is as great as that. */
            const double x = field->weight * norm_of(self, least_length(code), field->average);
            self->quick_norms[f][code] = x < GREATEST_NORM ? (float)x : GREATEST_NORM;
        }
    }
}

/* The codes of a field's lengths, every LENGTHS-th byte. */
static void encode_lengths(const Field *field, int64_t count, uint8_t *out)
{
    const uint8_t *lengths = field->lengths.buf;
    double least[CODES];
    int64_t i;
    int code;
    for (code = 0; code < CODES; code++)
        least[code] = least_length(code);
    for (i = 0; i < count; i++) {
        uint32_t length = field->lengths.itemsize == 1 ? lengths[i] : 0;
        if (field->lengths.itemsize == 2)
            length = lengths[2 * i] | (uint32_t)lengths[2 * i + 1] << 8;
        else if (field->lengths.itemsize == 4)
            length = half(lengths + 4 * i);
        if (length < EXACT_LENGTHS) {
            out[LENGTHS * i] = (uint8_t)length;
            continue;
        }
        /* From the octave it is at most STEPS to go. */
        code = EXACT_LENGTHS + STEPS * (bit_length(length) - bit_length(EXACT_LENGTHS));
        if (code > CODES - 1)
            code = CODES - 1;
        while (code < CODES - 1 && least[code + 1] <= (double)length)
            code++;
        out[LENGTHS * i] = (uint8_t)code;
    }
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
    open_quick(self);
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

#endif
