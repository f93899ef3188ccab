/* Stored texts: what searcher/index/columnar/symbols.py and records.py do, in C and with the same
 * results.
 *
 * A text is a sequence of codes of 16 bits. Code 0 says that the next code is a UTF-16 unit as it
 * is; every other code stands for a symbol, a string of up to seven units. A table without symbols
 * leaves texts in UTF-8.
 *
 * Tables and records come from files that may be damaged, so nothing in them is believed. All
 * numbers are little-endian.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#include "fetch.h"

#define LONGEST 7 /* units of a symbol */
#define CODES 65536
#define ESCAPE 0
#define MOST_UNITS (PY_SSIZE_T_MAX / 64)
#define LOCAL_UNITS 8192 /* of a text that is decoded without asking for memory */
#define WINDOW 4096      /* units of a text that are encoded at once */
#define GROUP_BITS 6     /* of things whose sizes are added up to find where one begins */
#define AHEAD 8          /* so many texts are fetched before they are decoded, */
#define FETCHED 4        /* of each so many lines of the cache, */
#define LINE 64          /* which have so many bytes */

#include "texts/cache.h"
#include "texts/characters.h"

static inline uint32_t
load16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static inline uint32_t
load32(const uint8_t *bytes)
{
    return load16(bytes) | load16(bytes + 2) << 16;
}

static inline uint64_t
load64(const uint8_t *bytes)
{
    return (uint64_t)load32(bytes) | (uint64_t)load32(bytes + 4) << 32;
}

static inline void
store16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

/* ---- The table ----------------------------------------------------------------------------- */

typedef struct {
    uint16_t units[LONGEST];
    uint16_t size; /* 0: no symbol has this code */
} Symbol;

/* A step of the trie of all symbols, in a hash table with open addresses. */
typedef struct {
    uint32_t node, child; /* no child: the slot is empty; with GROWS: steps lead on from it */
    uint16_t unit, code;  /* the code of the symbol that ends here; 0 for none */
} Step;

#define GROWS 0x80000000u

typedef struct {
    PyObject_HEAD
    Symbol *symbols; /* CODES of them; NULL: texts are in UTF-8 */
    uint32_t count;
    Step *steps; /* NULL before the first text is encoded */
    uint32_t mask;
    Step *roots; /* the step from the root for each unit */
} Table;

static inline uint32_t
slot_of(uint32_t node, uint32_t unit, uint32_t mask)
{
    uint32_t hash = node * 0x9e3779b1u ^ unit * 0x85ebca6bu;

    return (hash ^ hash >> 15) & mask;
}

/* The step from a node; an empty slot where there is none. */
static inline Step *
find_step(Step *steps, uint32_t mask, uint32_t node, uint32_t unit)
{
    uint32_t slot = slot_of(node, unit, mask);

    while (steps[slot].child && (steps[slot].node != node || steps[slot].unit != unit)) {
        slot = (slot + 1) & mask;
    }
    return &steps[slot];
}

/* Make the trie. Returns 0, or -1 with an exception set. */
static int
build_trie(Table *table)
{
    size_t total = 0, size = 1024;
    uint32_t code, nodes = 1;
    Step *steps, *roots;

    for (code = 1; code <= table->count; code++) {
        total += table->symbols[code].size;
    }
    while (size < total + total / 4) { /* which are fewer, as most symbols begin alike */
        size *= 2;
    }
    steps = PyMem_Calloc(size, sizeof(Step));
    roots = PyMem_Calloc(CODES, sizeof(Step));
    if (steps == NULL || roots == NULL) {
        PyMem_Free(steps);
        PyMem_Free(roots);
        PyErr_NoMemory();
        return -1;
    }
    for (code = 1; code <= table->count; code++) {
        const Symbol *symbol = &table->symbols[code];
        Step *step = &roots[symbol->units[0]];
        uint32_t i;

        if (!step->child) {
            step->child = nodes++;
        }
        for (i = 1; i < symbol->size; i++) {
            uint32_t node = step->child & ~GROWS;

            step->child |= GROWS;
            step = find_step(steps, (uint32_t)size - 1, node, symbol->units[i]);
            if (!step->child) {
                step->node = node;
                step->unit = symbol->units[i];
                step->child = nodes++;
            }
        }
        if (step->code) {
            PyMem_Free(steps);
            PyMem_Free(roots);
            PyErr_SetString(PyExc_ValueError, "a table of symbols has one of them twice");
            return -1;
        }
        step->code = (uint16_t)code;
    }
    table->steps = steps;
    table->mask = (uint32_t)size - 1;
    table->roots = roots;
    return 0;
}

/* Read a table: the number of symbols, their sizes, their units. */
static int
read_table(Table *table, const uint8_t *data, size_t size)
{
    uint32_t count, i;
    size_t at, units;

    if (size < 4 || (count = load32(data)) >= CODES || size - 4 < count) {
        goto damaged;
    }
    table->symbols = PyMem_Calloc(CODES, sizeof(Symbol));
    if (table->symbols == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    table->count = count;
    at = 4 + (size_t)count;
    for (i = 0; i < count; i++) {
        Symbol *symbol = &table->symbols[i + 1];
        uint32_t k;

        units = data[4 + i];
        if (!units || units > LONGEST || size - at < 2 * units) {
            goto damaged;
        }
        symbol->size = (uint16_t)units;
        for (k = 0; k < units; k++, at += 2) {
            symbol->units[k] = (uint16_t)load16(data + at);
            if ((symbol->units[k] & 0xf800) == 0xd800) {
                goto damaged; /* half a character */
            }
        }
    }
    if (at == size) {
        return 0;
    }
damaged:
    PyErr_SetString(PyExc_ValueError, "a table of symbols is damaged");
    return -1;
}

static void
table_dealloc(PyObject *object)
{
    Table *self = (Table *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyMem_Free(self->symbols);
    PyMem_Free(self->steps);
    PyMem_Free(self->roots);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *
table_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Table *self;
    Py_buffer data;

    if (kwargs != NULL && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Table takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "y*", &data)) {
        return NULL;
    }
    self = (Table *)type->tp_alloc(type, 0);
    if (self != NULL && data.len && read_table(self, data.buf, (size_t)data.len) < 0) {
        Py_CLEAR(self);
    }
    PyBuffer_Release(&data);
    return (PyObject *)self;
}

/* ---- Encoding ------------------------------------------------------------------------------ */

typedef struct {
    uint8_t *data;
    size_t size, room;
} Output;

/* Make room for so many bytes more. Returns 0, or -1 with an exception set. */
static int
reserve(Output *out, size_t more)
{
    if (out->room - out->size < more) {
        size_t room;
        uint8_t *data;

        if (more > (size_t)PY_SSIZE_T_MAX / 2 - out->size) {
            PyErr_NoMemory();
            return -1;
        }
        room = out->size + more;
        room += room / 2;
        data = PyMem_Realloc(out->data, room);
        if (data == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        out->data = data;
        out->room = room;
    }
    return 0;
}

static inline void
put_code(Output *out, uint32_t code)
{
    store16(out->data + out->size, code);
    out->size += 2;
}

/* The codes of UTF-16 units, of which those from `limit` on may only end a symbol: always the
 * longest symbol that fits. There must be room. Returns how many units were encoded. */
static size_t
encode_units(const Table *table, const uint16_t *units, size_t count, size_t limit, Output *out)
{
    size_t i = 0;

    while (i < limit) {
        const Step *step = &table->roots[units[i]];
        uint32_t best = step->code;
        size_t length = 1, j = i + 1;

        while (step->child & GROWS && j < count) {
            step = find_step(table->steps, table->mask, step->child & ~GROWS, units[j]);
            j++;
            if (step->code) { /* which an empty slot has not */
                best = step->code;
                length = j - i;
            }
        }
        if (best) {
            put_code(out, best);
        }
        else {
            put_code(out, ESCAPE);
            put_code(out, units[i]);
        }
        i += length;
    }
    return i;
}

/* Add the codes of a string. */
static int
encode_text(Table *table, PyObject *text, Output *out)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), at = 0;
    int kind;
    const void *data;
    uint16_t units[WINDOW];
    size_t count = 0;

#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(text) < 0) {
        return -1;
    }
#endif
    if (table->symbols == NULL) {
        PyObject *bytes = PyUnicode_AsUTF8String(text);
        int failed;

        if (bytes == NULL) {
            return -1;
        }
        failed = reserve(out, (size_t)PyBytes_GET_SIZE(bytes));
        if (!failed && PyBytes_GET_SIZE(bytes)) {
            memcpy(out->data + out->size, PyBytes_AS_STRING(bytes),
                   (size_t)PyBytes_GET_SIZE(bytes));
            out->size += (size_t)PyBytes_GET_SIZE(bytes);
        }
        Py_DECREF(bytes);
        return failed;
    }
    if (table->steps == NULL && build_trie(table) < 0) {
        return -1;
    }
    kind = PyUnicode_KIND(text);
    data = PyUnicode_DATA(text);
    do {
        size_t limit, used;

        /* A window of the text, at the beginning of which stands what is left of the last one. */
        while (at < length && count < WINDOW - 1) {
            Py_UCS4 c = PyUnicode_READ(kind, data, at);

            if (c >= 0x10000) {
                units[count++] = (uint16_t)(0xd7c0 + (c >> 10));
                c = 0xdc00 | (c & 0x3ff);
            }
            units[count++] = (uint16_t)c;
            at++;
        }
        /* Symbols do not end with the window, only with the text. */
        limit = at == length ? count : count - LONGEST + 1;
        if (reserve(out, 4 * count) < 0) { /* a unit is two codes at most */
            return -1;
        }
        used = encode_units(table, units, count, limit, out);
        count -= used;
        memmove(units, units + used, count * sizeof(uint16_t));
    } while (at < length || count);
    return 0;
}

static int
put_varint(Output *out, size_t value)
{
    if (reserve(out, 10) < 0) {
        return -1;
    }
    while (value >= 0x80) {
        out->data[out->size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out->data[out->size++] = (uint8_t)value;
    return 0;
}

/* Add a record: the size of the title and how it is kept, perhaps the title, the body. */
static int
encode_record(Table *table, PyObject *title, PyObject *body, Output *out, Output *spare)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(title);
    Py_ssize_t begins = length ? PyUnicode_Tailmatch(body, title, 0, PY_SSIZE_T_MAX, -1) : 0;
    size_t size;

    if (begins < 0) {
        return -1;
    }
    if (begins) {
        return put_varint(out, (size_t)length << 1 | 1) < 0 ? -1 : encode_text(table, body, out);
    }
    spare->size = 0;
    if (encode_text(table, title, spare) < 0) {
        return -1;
    }
    size = table->symbols == NULL ? spare->size : spare->size / 2;
    if (put_varint(out, size << 1) < 0 || reserve(out, spare->size) < 0) {
        return -1;
    }
    if (spare->size) {
        memcpy(out->data + out->size, spare->data, spare->size);
        out->size += spare->size;
    }
    return encode_text(table, body, out);
}

PyDoc_STRVAR(encode_doc, "encode(text)\n--\n\nThe codes of a text, as bytes.");

static PyObject *
table_encode(PyObject *object, PyObject *text)
{
    Output out = {NULL, 0, 0};
    PyObject *result = NULL;

    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "a text must be a string");
        return NULL;
    }
    if (encode_text((Table *)object, text, &out) == 0) {
        result = PyBytes_FromStringAndSize((const char *)out.data, (Py_ssize_t)out.size);
    }
    PyMem_Free(out.data);
    return result;
}

PyDoc_STRVAR(encode_records_doc,
             "encode_records(texts)\n--\n\n"
             "The records of a list of (title, body), one after the other, and their sizes, four\n"
             "bytes each.");

static PyObject *
table_encode_records(PyObject *object, PyObject *list)
{
    Output out = {NULL, 0, 0}, spare = {NULL, 0, 0}, sizes = {NULL, 0, 0};
    PyObject *result = NULL;
    Py_ssize_t i;

    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "texts must be a list");
        return NULL;
    }
    for (i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        size_t before = out.size;

        if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2 ||
            !PyUnicode_Check(PyTuple_GET_ITEM(item, 0)) ||
            !PyUnicode_Check(PyTuple_GET_ITEM(item, 1))) {
            PyErr_SetString(PyExc_TypeError, "texts must be tuples of two strings");
            goto end;
        }
        if (encode_record((Table *)object, PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1),
                          &out, &spare) < 0 ||
            reserve(&sizes, 4) < 0) {
            goto end;
        }
        before = out.size - before;
        if (before >= UINT32_MAX) {
            PyErr_SetString(PyExc_ValueError, "a document of 4 GB or more cannot be stored");
            goto end;
        }
        store16(sizes.data + sizes.size, (uint32_t)before & 0xffff);
        store16(sizes.data + sizes.size + 2, (uint32_t)before >> 16);
        sizes.size += 4;
    }
    result = Py_BuildValue("y#y#", out.data == NULL ? "" : (const char *)out.data,
                           (Py_ssize_t)out.size,
                           sizes.data == NULL ? "" : (const char *)sizes.data,
                           (Py_ssize_t)sizes.size);
end:
    PyMem_Free(out.data);
    PyMem_Free(spare.data);
    PyMem_Free(sizes.data);
    return result;
}

/* ---- Decoding ------------------------------------------------------------------------------ */

/* Write the units of codes; returns how many they are, or -1. There must be room for one unit more
 * than each symbol has, and for another symbol of any size. */
static Py_ssize_t
decode_units(const Symbol *symbols, const uint8_t *codes, size_t count, uint16_t *units)
{
    uint16_t *end = units;
    size_t i;

    for (i = 0; i < count; i++) {
        const Symbol *symbol = &symbols[load16(codes + 2 * i)];

        /* Always all of it: what is too much is written over. */
        memcpy(end, symbol, sizeof(Symbol));
        end += symbol->size;
        if (!symbol->size) {
            if (load16(codes + 2 * i) != ESCAPE || ++i == count) {
                return -1;
            }
            *end++ = (uint16_t)load16(codes + 2 * i);
        }
    }
    return end - units;
}

/* A string of UTF-16 units. */
static PyObject *
string_of(const uint16_t *units, Py_ssize_t count)
{
    unsigned all = 0, halves = 0;
    Py_ssize_t i;
    PyObject *text;

    for (i = 0; i < count; i++) {
        all |= units[i];
        halves |= (units[i] & 0xf800) == 0xd800;
    }
    if (halves) {
        int order = PY_LITTLE_ENDIAN ? -1 : 1;

        return PyUnicode_DecodeUTF16((const char *)units, 2 * count, "strict", &order);
    }
    text = PyUnicode_New(count, all < 0x80 ? 0x7f : all < 0x100 ? 0xff : 0xffff);
    if (text == NULL || !count) {
        return text;
    }
    if (all < 0x100) {
        Py_UCS1 *bytes = PyUnicode_1BYTE_DATA(text);

        for (i = 0; i < count; i++) {
            bytes[i] = (Py_UCS1)units[i];
        }
    }
    else {
        memcpy(PyUnicode_2BYTE_DATA(text), units, (size_t)count * 2);
    }
    return text;
}

static PyObject *
decode_text(const Table *table, const uint8_t *data, size_t size)
{
    uint16_t local[LOCAL_UNITS], *units = local;
    size_t count = size / 2;
    Py_ssize_t length;
    PyObject *text = NULL;

    if (table->symbols == NULL) {
        return PyUnicode_DecodeUTF8((const char *)data, (Py_ssize_t)size, "strict");
    }
    if (size % 2 || count > MOST_UNITS) {
        goto damaged;
    }
    if (count > LOCAL_UNITS / (LONGEST + 1)) {
        size_t i, total = LONGEST + 1;

        for (i = 0; i < count; i++) { /* what is behind a code 0 may be counted too */
            total += 1u + table->symbols[load16(data + 2 * i)].size;
        }
        units = PyMem_Malloc(total * sizeof(uint16_t));
        if (units == NULL) {
            return PyErr_NoMemory();
        }
    }
    length = decode_units(table->symbols, data, count, units);
    if (length >= 0) {
        text = string_of(units, length);
    }
    if (units != local) {
        PyMem_Free(units);
    }
    if (length >= 0) {
        return text;
    }
damaged:
    PyErr_SetString(PyExc_ValueError, "a stored text is damaged");
    return NULL;
}

PyDoc_STRVAR(decode_doc, "decode(codes)\n--\n\nThe text of which these are the codes.\n\n"
                         "Raises ValueError for codes that no text has.");

static PyObject *
table_decode(PyObject *object, PyObject *codes)
{
    Py_buffer data;
    PyObject *text;

    if (PyObject_GetBuffer(codes, &data, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    text = decode_text((Table *)object, data.buf, (size_t)data.len);
    PyBuffer_Release(&data);
    return text;
}

/* ---- Records ------------------------------------------------------------------------------- */

/* Small numbers of which few are large: see searcher/index/columnar/offsets.py. */
typedef struct {
    const uint8_t *values, *exceptions, *large;
    size_t exception_count;
    unsigned width;
} Numbers;

/* Where things of such sizes lie. */
typedef struct {
    Py_buffer section;
    const uint8_t *bases;
    Numbers sizes;
} Offsets;

typedef struct {
    PyObject_HEAD
    Table *table;
    Cache *cache;
    Py_buffer texts, ids, rest_section;
    Offsets text_offsets, id_offsets;
    Numbers rests;
    int has_rests; /* 0: the number of the document is that of its rest */
    size_t count;
} Records;

static int
read_numbers(Numbers *numbers, const uint8_t *data, size_t size, size_t count)
{
    if (size >= 8 && count <= (size_t)PY_SSIZE_T_MAX / 16) {
        unsigned width = load32(data);

        numbers->width = width;
        numbers->exception_count = load32(data + 4);
        if ((width <= 2 || width == 4) && numbers->exception_count <= count &&
            size == 8 + width * count + 8 * numbers->exception_count) {
            numbers->values = data + 8;
            numbers->exceptions = numbers->values + width * count;
            numbers->large = numbers->exceptions + 4 * numbers->exception_count;
            return 0;
        }
    }
    PyErr_SetString(PyExc_ValueError, "the sizes of texts do not fit the documents");
    return -1;
}

static int
read_offsets(Offsets *offsets, size_t count)
{
    const uint8_t *data = offsets->section.buf;
    size_t size = (size_t)offsets->section.len;
    size_t groups = (count >> GROUP_BITS) + (count % (1 << GROUP_BITS) != 0);

    offsets->bases = data;
    if (size / 8 < groups) {
        return read_numbers(&offsets->sizes, data, 0, count);
    }
    return read_numbers(&offsets->sizes, data + 8 * groups, size - 8 * groups, count);
}

/* The first exception from a number on. */
static size_t
first_exception(const Numbers *numbers, size_t number)
{
    size_t low = 0, high = numbers->exception_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (load32(numbers->exceptions + 4 * middle) < number) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

/* The numbers from one up to another, at most 64, added up, so the sum does not overflow. Damaged
 * ones may make it negative. */
static int64_t
sum_numbers(const Numbers *numbers, size_t first, size_t end)
{
    const uint8_t *values = numbers->values;
    int64_t sum = 0;
    size_t i;

    if (numbers->width == 1) {
        for (i = first; i < end; i++) {
            sum += values[i];
        }
    }
    else if (numbers->width == 2) {
        for (i = first; i < end; i++) {
            sum += load16(values + 2 * i);
        }
    }
    else if (numbers->width == 4) {
        for (i = first; i < end; i++) {
            sum += load32(values + 4 * i);
        }
    }
    if (numbers->exception_count) {
        int64_t mark = (INT64_C(1) << 8 * numbers->width) - 1;
        size_t last;

        i = first_exception(numbers, first);
        last = i + (end - first); /* there can be no more */
        for (; i < numbers->exception_count && i < last; i++) {
            if (load32(numbers->exceptions + 4 * i) >= end) {
                break;
            }
            sum += (int64_t)load32(numbers->large + 4 * i) - mark;
        }
    }
    return sum;
}

/* Where a thing lies among so many bytes. Returns 0, or -1 with an exception set. */
static int
locate(const Offsets *offsets, size_t number, size_t limit, size_t *start, size_t *size)
{
    size_t group = number >> GROUP_BITS;
    uint64_t base = load64(offsets->bases + 8 * group);
    int64_t at, one;

    if (base <= limit) {
        at = (int64_t)base + sum_numbers(&offsets->sizes, group << GROUP_BITS, number);
        one = sum_numbers(&offsets->sizes, number, number + 1);
        if (at >= 0 && one >= 0 && (uint64_t)at <= limit && (uint64_t)one <= limit - (uint64_t)at) {
            *start = (size_t)at;
            *size = (size_t)one;
            return 0;
        }
    }
    PyErr_SetString(PyExc_ValueError, "the sizes of texts do not fit");
    return -1;
}

static void
records_dealloc(PyObject *object)
{
    Records *self = (Records *)object;
    PyTypeObject *type = Py_TYPE(object);

    if (self->cache != NULL) {
        forget_owner(self->cache, self);
        Py_DECREF(self->cache);
    }
    PyBuffer_Release(&self->texts);
    PyBuffer_Release(&self->ids);
    PyBuffer_Release(&self->rest_section);
    PyBuffer_Release(&self->text_offsets.section);
    PyBuffer_Release(&self->id_offsets.section);
    Py_XDECREF(self->table);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyTypeObject *table_type, *cache_type;

static PyObject *
records_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Records *self;
    PyObject *table, *cache;
    Py_ssize_t count;

    if (kwargs != NULL && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Records takes no keyword arguments");
        return NULL;
    }
    self = (Records *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O!O!ny*y*y*y*y*", table_type, &table, cache_type, &cache, &count,
                          &self->texts, &self->text_offsets.section, &self->ids,
                          &self->id_offsets.section, &self->rest_section)) {
        /* A buffer that was given back again is not to be released once more. */
        memset(&self->texts, 0, sizeof self->texts);
        memset(&self->ids, 0, sizeof self->ids);
        memset(&self->rest_section, 0, sizeof self->rest_section);
        memset(&self->text_offsets, 0, sizeof self->text_offsets);
        memset(&self->id_offsets, 0, sizeof self->id_offsets);
        Py_DECREF(self);
        return NULL;
    }
    Py_INCREF(table);
    self->table = (Table *)table;
    Py_INCREF(cache);
    self->cache = (Cache *)cache;
    self->count = (size_t)count;
    self->has_rests = self->rest_section.len != 0;
    if (count < 0) {
        PyErr_SetString(PyExc_ValueError, "the records do not fit the documents");
    }
    else if (read_offsets(&self->text_offsets, self->count) == 0 &&
             read_offsets(&self->id_offsets, self->count) == 0 &&
             (!self->has_rests ||
              read_numbers(&self->rests, self->rest_section.buf, (size_t)self->rest_section.len,
                           self->count) == 0)) {
        return (PyObject *)self;
    }
    Py_DECREF(self);
    return NULL;
}

/* The number of a document; -1 with an exception set for what is none. */
static Py_ssize_t
document_of(const Records *self, PyObject *argument)
{
    Py_ssize_t number = PyNumber_AsSsize_t(argument, PyExc_IndexError);

    if (number == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (number < 0 || (size_t)number >= self->count) {
        PyErr_Format(PyExc_IndexError, "there is no document %zd", number);
        return -1;
    }
    return number;
}

/* Decode a record; sets the title and the body. Returns 0, or -1 with an exception set. */
static int
decode_record(const Records *self, Py_ssize_t number, PyObject **title, PyObject **body)
{
    const uint8_t *data;
    size_t start, size, at = 0, head = 0, unit = self->table->symbols == NULL ? 1 : 2;
    unsigned shift = 0;

    if (locate(&self->text_offsets, (size_t)number, (size_t)self->texts.len, &start, &size) < 0) {
        return -1;
    }
    data = (const uint8_t *)self->texts.buf + start;
    do {
        if (at == size || shift > 28) {
            goto damaged;
        }
        head |= (size_t)(data[at] & 0x7f) << shift;
        shift += 7;
    } while (data[at++] & 0x80);
    size -= at;
    data += at;
    at = 0;
    if (!(head & 1)) {
        at = head >> 1;
        if (at > size / unit) {
            goto damaged;
        }
        at *= unit;
        *title = decode_text(self->table, data, at);
        if (*title == NULL) {
            return -1;
        }
    }
    *body = decode_text(self->table, data + at, size - at);
    if (*body != NULL && head & 1) {
        if (head >> 1 > (size_t)PyUnicode_GET_LENGTH(*body)) {
            Py_CLEAR(*body);
            goto damaged;
        }
        *title = PyUnicode_Substring(*body, 0, (Py_ssize_t)(head >> 1));
    }
    if (*title == NULL || *body == NULL) {
        Py_CLEAR(*title);
        Py_CLEAR(*body);
        return -1;
    }
    return 0;
damaged:
    PyErr_SetString(PyExc_ValueError, "a stored document is damaged");
    return -1;
}

/* Set the title and the body of a document, decoded unless they are kept. Returns 0, or -1 with an
   exception set. */
static int
read_record(const Records *self, Py_ssize_t number, PyObject **title, PyObject **body)
{
    KeptText *kept = find_kept(self->cache, self, (size_t)number);

    if (kept == NULL) {
        if (decode_record(self, number, title, body) < 0) {
            return -1;
        }
        keep(self->cache, self, (size_t)number, *title, *body);
        return 0;
    }
    *title = Py_NewRef(kept->title);
    *body = Py_NewRef(kept->body);
    return 0;
}

/* The id, title and body of a document, and the number of its rest. */
static PyObject *
whole_record(const Records *self, Py_ssize_t number, PyObject *title, PyObject *body)
{
    PyObject *id;
    size_t start, size;
    int64_t rest = number;

    if (locate(&self->id_offsets, (size_t)number, (size_t)self->ids.len, &start, &size) < 0) {
        return NULL;
    }
    id = PyUnicode_DecodeUTF8((const char *)self->ids.buf + start, (Py_ssize_t)size, "strict");
    if (id == NULL) {
        return NULL;
    }
    if (self->has_rests) {
        rest = sum_numbers(&self->rests, (size_t)number, (size_t)number + 1);
    }
    return Py_BuildValue("NOOL", id, title, body, (long long)rest);
}

PyDoc_STRVAR(get_doc, "get(document)\n--\n\n"
                      "The id, title and body of a document as they are in the file, and the number\n"
                      "of its rest.\n\n"
                      "Raises ValueError if they are damaged.");

static PyObject *
records_get(PyObject *object, PyObject *argument)
{
    Records *self = (Records *)object;
    Py_ssize_t number = document_of(self, argument);
    PyObject *title = NULL, *body = NULL, *found;

    if (number < 0 || decode_record(self, number, &title, &body) < 0) {
        return NULL;
    }
    found = whole_record(self, number, title, body);
    Py_DECREF(title);
    Py_DECREF(body);
    return found;
}

/* Have the processor fetch what is kept of a document, or else where its record lies, and then its
   beginning: of records far apart it then waits for one, not for each. Nothing is damaged that is
   not read here. */
static void
fetch_kept_or_offset(const Records *self, size_t number)
{
    const KeptText *kept = find_kept(self->cache, self, number);

    if (kept != NULL) {
        FETCH(kept->title);
        FETCH(kept->body);
        return;
    }
    FETCH(self->text_offsets.bases + 8 * (number >> GROUP_BITS));
    FETCH(self->text_offsets.sizes.values + self->text_offsets.sizes.width * number);
}

static void
fetch_record(const Records *self, size_t number)
{
    size_t group = number >> GROUP_BITS, size = (size_t)self->texts.len, line;
    uint64_t start;
    int64_t before;

    if (find_kept(self->cache, self, number) != NULL) {
        return;
    }
    start = load64(self->text_offsets.bases + 8 * group);
    before = sum_numbers(&self->text_offsets.sizes, group << GROUP_BITS, number);
    if (before < 0 || start > size || (uint64_t)before > size - start) {
        return;
    }
    start += (uint64_t)before;
    for (line = 0; line < FETCHED && start < size; line++, start += LINE) {
        FETCH((const uint8_t *)self->texts.buf + start);
    }
}

/* What is made of each of several documents, with a title and a body. */
typedef PyObject *(*Make)(const Records *, Py_ssize_t, PyObject *, PyObject *);

static PyObject *
each_of(const Records *self, PyObject *documents, Make make)
{
    PyObject *given = PySequence_Tuple(documents), *found = NULL;
    Py_ssize_t count, i, next = 0, *numbers;

    if (given == NULL) {
        return NULL;
    }
    count = PyTuple_GET_SIZE(given);
    numbers = PyMem_Malloc(((size_t)count + 1) * sizeof *numbers);
    if (numbers == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (i = 0; i < count; i++) {
        numbers[i] = document_of(self, PyTuple_GET_ITEM(given, i));
        if (numbers[i] < 0) {
            goto done;
        }
        fetch_kept(self->cache, self, (size_t)numbers[i]);
    }
    for (i = 0; i < count; i++) {
        fetch_kept_or_offset(self, (size_t)numbers[i]);
    }
    found = PyList_New(count);
    for (i = 0; found != NULL && i < count; i++) {
        PyObject *title = NULL, *body = NULL, *made;

        for (; next < count && next <= i + AHEAD; next++) {
            fetch_record(self, (size_t)numbers[next]);
        }
        if (read_record(self, numbers[i], &title, &body) < 0) {
            Py_CLEAR(found);
            break;
        }
        made = make(self, numbers[i], title, body);
        Py_DECREF(title);
        Py_DECREF(body);
        if (made == NULL) {
            Py_CLEAR(found);
            break;
        }
        PyList_SET_ITEM(found, i, made);
    }
done:
    PyMem_Free(numbers);
    Py_DECREF(given);
    return found;
}

static PyObject *
pair_of_texts(const Records *self, Py_ssize_t number, PyObject *title, PyObject *body)
{
    (void)self;
    (void)number;
    return PyTuple_Pack(2, title, body);
}

PyDoc_STRVAR(texts_doc, "texts(documents)\n--\n\n"
                        "The titles and the bodies of documents, which are kept.\n\n"
                        "Raises ValueError if they are damaged.");

static PyObject *
records_texts(PyObject *object, PyObject *documents)
{
    return each_of((const Records *)object, documents, pair_of_texts);
}

/* Put the rest of a document into its tuple, in the place of the rest's number. Returns 0, or -1 with
   an exception set. */
static int
put_rest(PyObject *record, PyObject *rests, PyObject *read)
{
    PyObject *number = PyTuple_GET_ITEM(record, 3);
    PyObject *rest = PyDict_GetItemWithError(rests, number);

    if (rest != NULL) {
        Py_INCREF(rest);
    }
    else if (PyErr_Occurred() || (rest = PyObject_CallOneArg(read, number)) == NULL) {
        return -1;
    }
    PyTuple_SET_ITEM(record, 3, rest);
    Py_DECREF(number);
    return 0;
}

PyDoc_STRVAR(records_records_doc,
             "records(documents, rests, read)\n--\n\n"
             "The ids, titles and bodies of documents, which are kept, and their rests, from a dictionary\n"
             "by number, or else read.\n\n"
             "Raises ValueError if they are damaged.");

static PyObject *
records_records(PyObject *object, PyObject *args)
{
    PyObject *documents, *rests, *read, *found;
    Py_ssize_t i;

    if (!PyArg_ParseTuple(args, "OO!O:records", &documents, &PyDict_Type, &rests, &read)) {
        return NULL;
    }
    found = each_of((const Records *)object, documents, whole_record);
    for (i = 0; found != NULL && i < PyList_GET_SIZE(found); i++) {
        if (put_rest(PyList_GET_ITEM(found, i), rests, read) < 0) {
            Py_CLEAR(found);
        }
    }
    return found;
}

PyDoc_STRVAR(having_doc,
             "having(documents, characters)\n--\n\n"
             "For each document a byte: 1 if its title or its body has each of at most seven Han\n"
             "characters, which are given by all their forms, 0 if one of them has none, 2 if what\n"
             "the texts are folded to has to be looked at.\n\n"
             "Raises ValueError if they are damaged.");

static PyObject *
records_having(PyObject *object, PyObject *args)
{
    const Records *self = (const Records *)object;
    PyObject *documents, *characters, *texts, *result = NULL;
    Py_ssize_t count, i;
    unsigned all;

    if (!PyArg_ParseTuple(args, "OO!:having", &documents, &PyTuple_Type, &characters)) {
        return NULL;
    }
    count = PyTuple_GET_SIZE(characters);
    if (count > MOST_CHARACTERS) {
        PyErr_SetString(PyExc_ValueError, "at most seven characters are looked for");
        return NULL;
    }
    for (i = 0; i < count; i++) {
        if (!PyUnicode_Check(PyTuple_GET_ITEM(characters, i))) {
            PyErr_SetString(PyExc_TypeError, "the forms of a character are a string");
            return NULL;
        }
    }
    texts = each_of(self, documents, pair_of_texts);
    if (texts == NULL) {
        return NULL;
    }
    all = (1u << count) - 1;
    result = PyBytes_FromStringAndSize(NULL, PyList_GET_SIZE(texts));
    mark_forms(characters, count, 1);
    for (i = 0; result != NULL && i < PyList_GET_SIZE(texts); i++) {
        PyObject *pair = PyList_GET_ITEM(texts, i);
        unsigned found = characters_in(PyTuple_GET_ITEM(pair, 0), all, 0);

        found = characters_in(PyTuple_GET_ITEM(pair, 1), all, found);
        PyBytes_AS_STRING(result)[i] =
            (found & all) == all ? 1 : found & STRANGE ? 2 : 0;
    }
    mark_forms(characters, count, 0);
    Py_DECREF(texts);
    return result;
}

PyDoc_STRVAR(id_doc, "id(document)\n--\n\nThe id of a document, as bytes.\n\n"
                     "Raises ValueError if it is damaged.");

static PyObject *
records_id(PyObject *object, PyObject *argument)
{
    Records *self = (Records *)object;
    Py_ssize_t number = document_of(self, argument);
    size_t start, size;

    if (number < 0 ||
        locate(&self->id_offsets, (size_t)number, (size_t)self->ids.len, &start, &size) < 0) {
        return NULL;
    }
    return PyBytes_FromStringAndSize((const char *)self->ids.buf + start, (Py_ssize_t)size);
}

PyDoc_STRVAR(place_doc, "place(order, width, id)\n--\n\n"
                        "The first place in the order of ids with one that is not below an id. The\n"
                        "order has the number of a document in so many bytes for each place.\n\n"
                        "Raises ValueError if they are damaged.");

static PyObject *
records_place(PyObject *object, PyObject *args)
{
    Records *self = (Records *)object;
    Py_buffer order;
    const char *wanted;
    Py_ssize_t width, length, at;
    size_t low = 0, high = self->count;

    if (!PyArg_ParseTuple(args, "y*ny#:place", &order, &width, &wanted, &length)) {
        return NULL;
    }
    if (width < 1 || width > 4 || (size_t)order.len / (size_t)width != self->count ||
        order.len % width) {
        PyErr_SetString(PyExc_ValueError, "the order of ids does not fit the documents");
        high = 0;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2, number = 0, start, size;
        int below;

        for (at = width; at--;) {
            number = number << 8 | ((const uint8_t *)order.buf)[middle * (size_t)width + (size_t)at];
        }
        if (number >= self->count) {
            PyErr_SetString(PyExc_ValueError, "the order of ids does not fit the documents");
            break;
        }
        if (locate(&self->id_offsets, number, (size_t)self->ids.len, &start, &size) < 0) {
            break;
        }
        below = memcmp((const uint8_t *)self->ids.buf + start, wanted,
                       size < (size_t)length ? size : (size_t)length);
        if (below < 0 || (below == 0 && size < (size_t)length)) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    PyBuffer_Release(&order);
    return PyErr_Occurred() ? NULL : PyLong_FromSize_t(low);
}

/* ---- The module ---------------------------------------------------------------------------- */

static PyMethodDef table_methods[] = {
    {"encode", table_encode, METH_O, encode_doc},
    {"encode_records", table_encode_records, METH_O, encode_records_doc},
    {"decode", table_decode, METH_O, decode_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(table_doc, "Table(data)\n--\n\n"
                        "A table of symbols, as symbols.py describes it; empty: UTF-8.\n\n"
                        "Raises ValueError if it is damaged.");

static PyType_Slot table_slots[] = {
    {Py_tp_doc, (void *)table_doc},     {Py_tp_new, table_new},
    {Py_tp_dealloc, table_dealloc},     {Py_tp_methods, table_methods},
    {0, NULL},
};

static PyType_Spec table_spec = {
    "searcher.kernel._texts.Table", sizeof(Table), 0, Py_TPFLAGS_DEFAULT, table_slots,
};

static PyMethodDef records_methods[] = {
    {"get", records_get, METH_O, get_doc},
    {"place", records_place, METH_VARARGS, place_doc},
    {"records", records_records, METH_VARARGS, records_records_doc},
    {"texts", records_texts, METH_O, texts_doc},
    {"having", records_having, METH_VARARGS, having_doc},
    {"id", records_id, METH_O, id_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(records_doc,
             "Records(table, cache, count, texts, text_starts, ids, id_starts, rest_numbers)\n--\n\n"
             "The stored documents of a segment, by its sections, and where texts are kept.\n\n"
             "Raises ValueError if they do not fit each other.");

static PyType_Slot records_slots[] = {
    {Py_tp_doc, (void *)records_doc},   {Py_tp_new, records_new},
    {Py_tp_dealloc, records_dealloc},   {Py_tp_methods, records_methods},
    {0, NULL},
};

static PyType_Spec records_spec = {
    "searcher.kernel._texts.Records", sizeof(Records), 0, Py_TPFLAGS_DEFAULT, records_slots,
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT, "_texts", "Stored texts, in C.", -1, NULL, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__texts(void)
{
    PyObject *module = PyModule_Create(&module_def), *records = NULL;

    if (module == NULL) {
        return NULL;
    }
    mark_strange();
    table_type = (PyTypeObject *)PyType_FromSpec(&table_spec);
    cache_type = (PyTypeObject *)PyType_FromSpec(&cache_spec);
    records = PyType_FromSpec(&records_spec);
    if (table_type == NULL || cache_type == NULL || records == NULL ||
        PyModule_AddObjectRef(module, "Cache", (PyObject *)cache_type) < 0 ||
        PyModule_AddObjectRef(module, "Table", (PyObject *)table_type) < 0 ||
        PyModule_AddObjectRef(module, "Records", records) < 0) {
        Py_XDECREF(records);
        Py_DECREF(module);
        return NULL;
    }
    Py_DECREF(records);
    return module;
}
