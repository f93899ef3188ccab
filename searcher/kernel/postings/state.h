/* All segments of one state of an index. */

#ifndef SEARCHER_POSTINGS_STATE_H
#define SEARCHER_POSTINGS_STATE_H

#include "cache.h"

#define CHANNELS 2
#define WORDS 0
#define GRAMS 1

typedef struct {
    int64_t first, capacity; /* the number of its first document, and how many it has */
    Py_buffer allowed;       /* which of them are there; nothing if all are */
    Channel *channels[CHANNELS];
    uint8_t *codes; /* of the lengths of each document, LENGTHS of them */
} Segment;

/* Where the lists of a term are, and in how many documents it is: a query asks for each of its terms
   several times, to weigh it, to rank by it and to mark it. */
typedef struct {
    PyObject *term; /* NULL for none */
    int channel;
    int64_t frequency, *starts;
    double idf;
} Place;

#define PLACES 4096

typedef struct {
    PyObject_HEAD
    Segment *segments;
    Py_ssize_t count;
    long long documents; /* that are there */
    double weights[CHANNELS];
    PyObject *frequency; /* counts the documents of a list that are there */
    PyObject *first_ids; /* chooses the documents with the first ids */
    Cache *cache; /* NULL where nothing is kept */
    Place places[PLACES];
    int64_t *place_starts;
} Segments;

static void Segments_dealloc(Segments *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_ssize_t i;
    int c;
    for (i = 0; self->segments && i < self->count; i++) {
        release(&self->segments[i].allowed);
        for (c = 0; c < CHANNELS; c++) {
            if (self->segments[i].channels[c])
                self->segments[i].channels[c]->codes = NULL;
            Py_XDECREF(self->segments[i].channels[c]);
        }
        PyMem_Free(self->segments[i].codes);
    }
    for (i = 0; i < PLACES; i++)
        Py_XDECREF(self->places[i].term);
    PyMem_Free(self->place_starts);
    free_cache(self->cache);
    PyMem_Free(self->segments);
    Py_XDECREF(self->frequency);
    Py_XDECREF(self->first_ids);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

/* Lay the lengths of each document side by side: where they are looked up, it is for one document
   here and another one far away. */
static int open_codes(Segment *segment)
{
    int c, f;
    segment->codes = PyMem_Malloc((size_t)LENGTHS * (size_t)segment->capacity);
    if (!segment->codes) {
        PyErr_NoMemory();
        return -1;
    }
    for (c = 0; c < CHANNELS; c++) {
        Channel *channel = segment->channels[c];
        channel->codes = segment->codes + 2 * c;
        for (f = 0; f < 2; f++)
            encode_lengths(&channel->fields[f], segment->capacity, segment->codes + 2 * c + f);
    }
    return 0;
}

static int Segments_init(Segments *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"segments", "documents", "weights", "frequency", "first_ids",
                            "kept", NULL};
    PyObject *segments, *frequency, *first_ids;
    Py_ssize_t i;
    int64_t first = 0;
    long long kept = 0;
    int c;
    if (self->segments)
        return damaged("segments are opened once");
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!L(dd)OO|L", names, &PyList_Type, &segments,
                                     &self->documents, &self->weights[0], &self->weights[1],
                                     &frequency, &first_ids, &kept))
        return -1;
    Py_INCREF(first_ids);
    self->first_ids = first_ids;
    Py_INCREF(frequency);
    self->frequency = frequency;
    self->segments = PyMem_Calloc((size_t)PyList_GET_SIZE(segments) + 1, sizeof *self->segments);
    if (!self->segments) {
        PyErr_NoMemory();
        return -1;
    }
    self->count = PyList_GET_SIZE(segments);
    if (kept > 0) {
        self->cache = PyMem_Calloc(1, sizeof *self->cache);
        if (!self->cache) {
            PyErr_NoMemory();
            return -1;
        }
        self->cache->budget = kept;
    }
    self->place_starts =
        PyMem_Malloc(((size_t)self->count * PLACES + 1) * sizeof *self->place_starts);
    if (!self->place_starts) {
        PyErr_NoMemory();
        return -1;
    }
    for (i = 0; i < PLACES; i++)
        self->places[i].starts = self->place_starts + i * self->count;
    for (i = 0; i < self->count; i++) {
        Segment *segment = &self->segments[i];
        PyObject *allowed, *channels[CHANNELS];
        if (!PyArg_ParseTuple(PyList_GET_ITEM(segments, i), "OO!O!", &allowed, Channel_type,
                              &channels[0], Channel_type, &channels[1]))
            return -1;
        /* Their codes are those of one segment, and go with it. */
        if (((Channel *)channels[0])->codes || ((Channel *)channels[1])->codes)
            return damaged("a channel belongs to one segment");
        for (c = 0; c < CHANNELS; c++) {
            Py_INCREF(channels[c]);
            segment->channels[c] = (Channel *)channels[c];
        }
        segment->first = first;
        segment->capacity = segment->channels[0]->capacity;
        first += segment->capacity;
        if (segment->channels[1]->capacity != segment->capacity)
            return damaged("the channels do not fit each other");
        if (open_codes(segment))
            return -1;
        if (allowed != Py_None) {
            if (PyObject_GetBuffer(allowed, &segment->allowed, PyBUF_SIMPLE))
                return -1;
            if (segment->allowed.len != segment->capacity)
                return damaged("deleted documents do not fit the segment");
        }
    }
    return 0;
}

#endif
