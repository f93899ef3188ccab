/* Texts that are kept decoded, of all segments that are open: searcher/index/columnar/textcache.py
 * does the same in Python.
 *
 * A document can be kept in one of WAYS slots, which its number tells. Of these the one asked for
 * longest ago gives way. Where there are too many bytes, slots do in turn, but those that were
 * asked for again since their last turn only at the next one.
 */

#ifndef SEARCHER_TEXTS_CACHE_H
#define SEARCHER_TEXTS_CACHE_H

#include <Python.h>

#include <stdint.h>
#include <string.h>

#define SET_BITS 11 /* 2048 sets, */
#define WAYS 4      /* of so many slots */
#define SLOTS ((size_t)WAYS << SET_BITS)
#define OBJECT 64 /* about the bytes of a string beside its characters */
#define PART 16   /* what takes more than this part of all is not kept */

typedef struct {
    const void *owner; /* NULL: the slot is free */
    size_t document;
    PyObject *title, *body;
    size_t size;
    uint32_t used; /* when it was asked for last, of all times something was */
    int again;     /* whether it was asked for again since its turn to give way */
} KeptText;

typedef struct {
    PyObject_HEAD
    KeptText *slots; /* none before something is kept */
    size_t limit, size, hand;
    uint32_t now;
} Cache;

static inline KeptText *
set_of(const Cache *cache, const void *owner, size_t document)
{
    uint64_t hash = ((uint64_t)document ^ (uint64_t)(uintptr_t)owner) * UINT64_C(0x9e3779b97f4a7c15);

    return cache->slots + WAYS * (size_t)(hash >> (64 - SET_BITS));
}

static inline void
fetch_kept(const Cache *cache, const void *owner, size_t document)
{
    if (cache->slots != NULL) {
        FETCH(set_of(cache, owner, document));
    }
}

/* The slot of a document; NULL if it is not kept. */
static inline KeptText *
find_kept(Cache *cache, const void *owner, size_t document)
{
    KeptText *slot;
    int way;

    if (cache->slots == NULL) {
        return NULL;
    }
    slot = set_of(cache, owner, document);
    for (way = 0; way < WAYS; way++, slot++) {
        if (slot->document == document && slot->owner == owner) {
            slot->used = ++cache->now;
            slot->again = 1;
            return slot;
        }
    }
    return NULL;
}

static void
free_slot(Cache *cache, KeptText *slot)
{
    if (slot->owner != NULL) {
        slot->owner = NULL;
        slot->again = 0;
        cache->size -= slot->size;
        Py_DECREF(slot->title);
        Py_DECREF(slot->body);
    }
}

static size_t
size_of_text(PyObject *text)
{
    return (size_t)PyUnicode_GET_LENGTH(text) * PyUnicode_KIND(text) + OBJECT;
}

/* Keep a document that is not kept. What there is no memory for is not kept. */
static void
keep(Cache *cache, const void *owner, size_t document, PyObject *title, PyObject *body)
{
    size_t size = size_of_text(title) + size_of_text(body) + sizeof(KeptText);
    KeptText *slot, *oldest;
    int way;

    if (size > cache->limit / PART) {
        return;
    }
    if (cache->slots == NULL) {
        cache->slots = PyMem_Calloc(SLOTS, sizeof(KeptText));
        if (cache->slots == NULL) {
            return;
        }
    }
    oldest = slot = set_of(cache, owner, document);
    for (way = 0; way < WAYS && oldest->owner != NULL; way++, slot++) {
        /* Differences of times are right even where the counter began anew. */
        if (slot->owner == NULL || cache->now - slot->used > cache->now - oldest->used) {
            oldest = slot;
        }
    }
    free_slot(cache, oldest);
    for (; cache->size + size > cache->limit; cache->hand = (cache->hand + 1) % SLOTS) {
        slot = &cache->slots[cache->hand];
        if (slot->again) {
            slot->again = 0;
        }
        else {
            free_slot(cache, slot);
        }
    }
    Py_INCREF(title);
    Py_INCREF(body);
    *oldest = (KeptText){owner, document, title, body, size, ++cache->now, 0};
    cache->size += size;
}

/* Forget all that one owner has kept. */
static void
forget_owner(Cache *cache, const void *owner)
{
    size_t at;

    for (at = 0; cache->slots != NULL && at < SLOTS; at++) {
        if (cache->slots[at].owner == owner) {
            free_slot(cache, &cache->slots[at]);
        }
    }
}

static PyObject *
cache_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Cache *self;
    Py_ssize_t limit;

    (void)kwargs;
    if (!PyArg_ParseTuple(args, "n:Cache", &limit)) {
        return NULL;
    }
    self = (Cache *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->limit = limit < 0 ? 0 : (size_t)limit;
    }
    return (PyObject *)self;
}

static void
cache_dealloc(PyObject *object)
{
    Cache *self = (Cache *)object;
    PyTypeObject *type = Py_TYPE(object);
    size_t at;

    for (at = 0; self->slots != NULL && at < SLOTS; at++) {
        free_slot(self, &self->slots[at]);
    }
    PyMem_Free(self->slots);
    type->tp_free(object);
    Py_DECREF(type);
}

PyDoc_STRVAR(cache_size_doc, "size()\n--\n\nAbout how many bytes are kept.");

static PyObject *
cache_size(PyObject *object, PyObject *nothing)
{
    (void)nothing;
    return PyLong_FromSize_t(((Cache *)object)->size);
}

static PyMethodDef cache_methods[] = {
    {"size", cache_size, METH_NOARGS, cache_size_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(cache_doc, "Cache(limit)\n--\n\nTexts that are kept decoded: so many bytes at most.");

static PyType_Slot cache_slots[] = {
    {Py_tp_doc, (void *)cache_doc},     {Py_tp_new, cache_new},
    {Py_tp_dealloc, cache_dealloc},     {Py_tp_methods, cache_methods},
    {0, NULL},
};

static PyType_Spec cache_spec = {
    "searcher.kernel._texts.Cache", sizeof(Cache), 0, Py_TPFLAGS_DEFAULT, cache_slots,
};

#endif
