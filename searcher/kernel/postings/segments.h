/* All segments of one state of an index: finding terms, weighting them, ranking. */

#ifndef SEARCHER_POSTINGS_SEGMENTS_H
#define SEARCHER_POSTINGS_SEGMENTS_H

#include "ranking.h"

#define CHANNELS 2
#define WORDS 0
#define GRAMS 1
/* Of queries with more terms than that, each list is gone through by itself. */
#define MOST_COVERED 256
/* A word is covered if it is in one of so many documents that have the pair; else the postings of the
   pair would bound it badly. */
#define LEAST_SHARE 2

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
} Place;

#define PLACES 256
/* So many more rows than are wanted are given, if they are as good as the last one. */
#define FEW_MORE 64

typedef struct {
    PyObject_HEAD
    Segment *segments;
    Py_ssize_t count;
    long long documents; /* that are there */
    double weights[CHANNELS];
    PyObject *frequency; /* counts the documents of a list that are there */
    PyObject *first_ids; /* chooses the documents with the first ids */
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
    static char *names[] = {"segments", "documents", "weights", "frequency", "first_ids", NULL};
    PyObject *segments, *frequency, *first_ids;
    Py_ssize_t i;
    int64_t first = 0;
    int c;
    if (self->segments)
        return damaged("segments are opened once");
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!L(dd)OO", names, &PyList_Type, &segments,
                                     &self->documents, &self->weights[0], &self->weights[1],
                                     &frequency, &first_ids))
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

/* What a query asks for, and where each segment has it. */
typedef struct {
    int channel, is_strong;
    const char *text; /* of the query's list of terms */
    Py_ssize_t length, cover; /* the number of what covers it, -1 for none */
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

/* Where each segment has the list of a term, -1 where it has none, if that is wanted, and in how many
   documents that are there the term is. */
static int look_everywhere(const Segments *self, int channel, PyObject *term, int64_t *starts,
                           int64_t *frequency)
{
    Py_ssize_t s;
    *frequency = 0;
    if (channel < 0 || channel >= CHANNELS)
        return damaged("a channel that is not there");
    for (s = 0; s < self->count; s++) {
        int64_t start = -1, postings;
        const int found = find_list(self->segments[s].channels[channel], PyBytes_AS_STRING(term),
                                    PyBytes_GET_SIZE(term), &start, &postings);
        if (found < 0)
            return -1;
        starts[s] = found ? start : -1;
        if (!found)
            continue;
        if (self->segments[s].allowed.obj) {
            postings = live_frequency(self, s, channel, start);
            if (postings < 0)
                return -1;
        }
        *frequency += postings;
    }
    return 0;
}

/* The same, which is remembered for a while. Counting what is there calls Python, which may run
   other queries meanwhile: a place is only filled when all is known. */
static int find_everywhere(Segments *self, int channel, PyObject *term, int64_t *starts,
                           int64_t *frequency)
{
    const Py_hash_t hash = PyObject_Hash(term);
    Place *place = &self->places[((size_t)hash + (size_t)channel) % PLACES];
    const size_t size = (size_t)self->count * sizeof *starts;
    int is_same = 0;
    if (place->term && place->channel == channel) {
        is_same = place->term == term ? 1 : PyObject_RichCompareBool(place->term, term, Py_EQ);
        if (is_same < 0)
            return -1;
    }
    if (is_same) {
        memcpy(starts, place->starts, size);
        *frequency = place->frequency;
        return 0;
    }
    if (look_everywhere(self, channel, term, starts, frequency))
        return -1;
    memcpy(place->starts, starts, size);
    place->frequency = *frequency;
    place->channel = channel;
    Py_INCREF(term);
    Py_XSETREF(place->term, term);
    return 0;
}

/* Whether a text has another one in it; both are UTF-8. */
static int has_text(const Wanted *wanted, const Wanted *part)
{
    Py_ssize_t at;
    for (at = 0; at + part->length <= wanted->length; at++)
        if (!memcmp(wanted->text + at, part->text, (size_t)part->length))
            return 1;
    return 0;
}

/* Whether a gram is a pair. The others do not stand for all occurrences of their character. */
static int is_pair(const Wanted *gram)
{
    Py_ssize_t at, characters = 0;
    for (at = 0; at < gram->length; at++)
        characters += ((uint8_t)gram->text[at] & 0xc0) != 0x80;
    return characters == 2;
}

/* Find what covers each word: the rarest of its pairs, if it makes hits. */
static void cover_words(Query *query)
{
    Py_ssize_t i, g;
    for (i = 0; i < query->count; i++)
        query->wanted[i].cover = -1;
    if (query->count > MOST_COVERED)
        return;
    for (i = 0; i < query->count; i++) {
        Wanted *word = &query->wanted[i];
        const Wanted *best = NULL;
        if (word->channel != WORDS || !word->frequency)
            continue;
        for (g = 0; g < query->count; g++) {
            const Wanted *gram = &query->wanted[g];
            if (gram->channel == GRAMS && gram->is_strong && gram->length <= word->length &&
                gram->frequency <= LEAST_SHARE * word->frequency &&
                (!best || gram->frequency < best->frequency) && is_pair(gram) &&
                has_text(word, gram))
                best = gram;
        }
        if (best)
            word->cover = best - query->wanted;
    }
}

/* Find the terms, tuples (channel, term, factor, is_strong), in all segments. */
static int open_query(Segments *self, Query *query, PyObject *terms, PyObject *mask)
{
    Py_ssize_t i;
    memset(query, 0, sizeof *query);
    if (!PyList_Check(terms)) {
        PyErr_SetString(PyExc_TypeError, "terms are given as a list");
        return -1;
    }
    if (mask != Py_None) {
        const Segment *last = self->count ? &self->segments[self->count - 1] : NULL;
        if (PyObject_GetBuffer(mask, &query->mask, PyBUF_SIMPLE))
            return -1;
        if (query->mask.len != (last ? last->first + last->capacity : 0)) {
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
        wanted->text = PyBytes_AS_STRING(term);
        wanted->length = PyBytes_GET_SIZE(term);
        if (find_everywhere(self, wanted->channel, term, &query->starts[i * self->count],
                            &wanted->frequency))
            goto failed;
        if (wanted->frequency)
            wanted->weight = factor * self->weights[wanted->channel] *
                             idf(self->documents, wanted->frequency);
    }
    cover_words(query);
    return 0;
failed:
    close_query(query);
    return -1;
}

/* Whether a segment has a term of a query. A term that only deleted documents have is none. */
static int has_term(const Segments *self, const Query *query, Py_ssize_t s, Py_ssize_t number)
{
    return query->starts[number * self->count + s] >= 0 && query->wanted[number].frequency;
}

/* Say which of the terms of a segment cover others. */
static void link_covers(const Segments *self, const Query *query, Py_ssize_t s, Term *terms)
{
    Py_ssize_t i, at = 0, cover_at, before;
    for (i = 0; i < query->count; i++) {
        const Py_ssize_t cover = query->wanted[i].cover;
        if (!has_term(self, query, s, i))
            continue;
        if (cover >= 0 && has_term(self, query, s, cover)) {
            for (cover_at = before = 0; before < cover; before++)
                cover_at += has_term(self, query, s, before);
            terms[at].is_covered = 1;
            terms[at].covered = terms[cover_at].covered;
            terms[cover_at].covered = &terms[at];
        }
        at++;
    }
}

/* The lists that a segment has of the terms of a query, of strong ones `only` those that nothing
   covers; NULL on error. */
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
        if (!has_term(self, query, s, i) || (only && !wanted->is_strong))
            continue;
        if (only && wanted->cover >= 0 && has_term(self, query, s, wanted->cover))
            continue;
        term->range = -1;
        term->channel = self->segments[s].channels[wanted->channel];
        term->weight = wanted->weight;
        term->quick_weight = (float)(term->weight < GREATEST_WEIGHT ? term->weight : GREATEST_WEIGHT);
        term->is_strong = wanted->is_strong;
        if (parse_list(&term->list, term->channel->data.buf, term->channel->data.len, start,
                       term->channel->capacity)) {
            free_terms(terms, *count);
            return NULL;
        }
        (*count)++;
    }
    if (!only)
        link_covers(self, query, s, terms);
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

static int by_row(const void *one, const void *other)
{
    const Row *a = one, *b = other;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
}

static void sort_rows(Rows *rows)
{
    int64_t i;
    for (i = 1; i < rows->count; i++)
        if (by_row(&rows->rows[i - 1], &rows->rows[i]) > 0) {
            qsort(rows->rows, (size_t)rows->count, sizeof *rows->rows, by_row);
            return;
        }
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
    sort_rows(rows);
    if (rows->count >= ranking->wanted) {
        *least = rows->rows[ranking->wanted - 1].score;
        while (rows->rows[rows->count - 1].score < *least)
            rows->count--;
    }
    return 0;
}

/* Of many rows that are as good as the last one that is wanted, keep those whose documents have the
   first ids. */
static int keep_first_ids(const Segments *self, Rows *rows, int64_t wanted)
{
    int64_t first = wanted, i, count, *numbers;
    PyObject *all, *kept;
    Py_ssize_t n;
    if (rows->count <= wanted + FEW_MORE)
        return 0;
    while (first && rows->rows[first - 1].score == rows->rows[rows->count - 1].score)
        first--;
    count = rows->count - first;
    all = PyByteArray_FromStringAndSize(NULL, count * 8);
    if (!all)
        return -1;
    numbers = (int64_t *)PyByteArray_AS_STRING(all);
    for (i = 0; i < count; i++)
        numbers[i] = rows->rows[first + i].number;
    kept = PyObject_CallFunction(self->first_ids, "NL", all, (long long)(wanted - first));
    if (!kept)
        return -1;
    if (!PyList_Check(kept) || PyList_GET_SIZE(kept) != wanted - first) {
        Py_DECREF(kept);
        return damaged("not as many documents as were wanted");
    }
    for (n = 0; n < PyList_GET_SIZE(kept); n++)
        rows->rows[first + n].number = PyLong_AsLongLong(PyList_GET_ITEM(kept, n));
    Py_DECREF(kept);
    rows->count = wanted;
    return PyErr_Occurred() ? -1 : 0;
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
    ranking.threshold = is_threshold(*least) ? *least : 0.0;
    ranking.among = among;
    ranking.size = size;
    if (!rank_segment(&ranking)) {
        ranking.wanted = wanted;
        result = take_rows(rows, &ranking, segment->first, least);
    }
    free_terms(ranking.terms, ranking.count);
    free_ranking(&ranking);
    return result;
}

/* Take the best of what with_all gave for one segment. */
static int take_best_of(const Segments *self, const Query *query, PyObject *candidate,
                        int64_t wanted, Rows *rows, double *least)
{
    Py_buffer documents;
    Py_ssize_t s;
    int result = 0;
    if (!PyArg_ParseTuple(candidate, "ny*", &s, &documents))
        return -1;
    if (s < 0 || s >= self->count || documents.len % 8)
        result = damaged("a segment that is not there");
    else if (documents.len)
        result = take_best(self, query, s, wanted, documents.buf, documents.len / 8, rows, least);
    PyBuffer_Release(&documents);
    return result;
}

/* The best of all documents that are allowed, or of candidates. */
static PyObject *best(Segments *self, PyObject *terms, PyObject *mask, PyObject *candidates,
                      long long wanted)
{
    PyObject *result = NULL;
    double least = 0.0;
    Query query;
    Rows rows = {0};
    Py_ssize_t i;
    const Py_ssize_t count = candidates ? PyList_GET_SIZE(candidates) : self->count;
    if (wanted < 1) {
        PyErr_SetString(PyExc_ValueError, "at least one document must be wanted");
        return NULL;
    }
    if (open_query(self, &query, terms, mask))
        return NULL;
    for (i = 0; i < count; i++)
        if (candidates ? take_best_of(self, &query, PyList_GET_ITEM(candidates, i), wanted, &rows,
                                      &least)
                       : take_best(self, &query, i, wanted, NULL, 0, &rows, &least))
            goto done;
    if (!keep_first_ids(self, &rows, wanted))
        result = rows_as_list(&rows);
done:
    PyMem_Free(rows.rows);
    close_query(&query);
    return result;
}

/* top_k(terms, k, mask) -> [(score, document), …], from the best on

   The best documents that have a strong term, equal ones by number, and those that are as good as the
   last of them; of many these, those with the first ids. */
static PyObject *Segments_top_k(Segments *self, PyObject *args)
{
    PyObject *terms, *mask;
    long long wanted;
    if (!PyArg_ParseTuple(args, "OLO", &terms, &wanted, &mask))
        return NULL;
    return best(self, terms, mask, NULL, wanted);
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
    PyObject *candidates, *terms;
    long long wanted;
    if (!PyArg_ParseTuple(args, "O!OL", &PyList_Type, &candidates, &terms, &wanted))
        return NULL;
    return best(self, terms, Py_None, candidates, wanted);
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

/* frequencies(terms) -> in how many documents that are there each term is */
static PyObject *Segments_frequencies(Segments *self, PyObject *terms)
{
    PyObject *result;
    Query query;
    Py_ssize_t i;
    if (open_query(self, &query, terms, Py_None))
        return NULL;
    result = PyList_New(query.count);
    for (i = 0; result && i < query.count; i++) {
        PyObject *number = PyLong_FromLongLong(query.wanted[i].frequency);
        if (number)
            PyList_SET_ITEM(result, i, number);
        else
            Py_CLEAR(result);
    }
    close_query(&query);
    return result;
}

static PyMethodDef Segments_methods[] = {
    {"top_k", (PyCFunction)Segments_top_k, METH_VARARGS, "The best documents."},
    {"with_all", (PyCFunction)Segments_with_all, METH_VARARGS, "The documents with all terms."},
    {"best_of", (PyCFunction)Segments_best_of, METH_VARARGS, "The best of given documents."},
    {"count", (PyCFunction)Segments_count, METH_VARARGS, "How many documents have any term."},
    {"frequencies", (PyCFunction)Segments_frequencies, METH_O, "How many have each of them."},
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

#endif
