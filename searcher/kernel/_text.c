/* Words of folded text: what searcher/text/cutting.py does, in C and with the same results.
 *
 * A Cutter holds a table of words that `compile` made: a trie whose nodes are numbered level by
 * level, so that the children of a node are neighbours and in the order of their characters.
 *
 *     header        32 bytes, see HEADER below
 *     frequency     u32 for each node; 0 where no word ends
 *     first child   u32 for each node, and one more: the children of node n are the nodes from
 *                   first[n] up to first[n + 1]
 *     label         u16 for each node: the character that leads to it
 *
 * All numbers are in the byte order of the machine. Node 0 is the root. A table comes from a file
 * that may be damaged, so nothing in it is believed: every node that is reached is checked to lie
 * in the table and behind its parent.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "fetch.h"

#define LONGEST_WORD 64
#define LONGEST_BLOCK 65536
#define LONGEST_TERM 255
#define LARGEST_TABLE 0x7fffffffu /* nodes */
#define PAIRS_FROM (1 << 18) /* characters that are numbered before the table of pairs is made */
#define AHEAD 32 /* characters whose pairs are fetched before they are looked at */

#define MAGIC "SRCHWRD1"
#define MAGIC_SIZE 8
#define STAMP_SIZE 16
#define HEADER_SIZE 32 /* magic, number of nodes (u32), number of words (u32), stamp */

/* ---- Kinds of characters ------------------------------------------------------------------- */

enum {
    RUN_NONE,
    RUN_KANA,
    RUN_HANGUL,
    RUN_BOPOMOFO,
    RUN_OTHER, /* letters and digits that are not CJK */
    HAN,
    KIND = 7,         /* the bits of the above */
    IN_BLOCK = 8,     /* what jieba looks for words in */
    DECIMAL = 16,     /* \d */
    LETTER = 32,      /* [^\W\d_] */
    LATIN = 64,       /* a-z A-Z 0-9 */
    KNOWN = 128
};

static uint8_t bmp_classes[65536]; /* filled when a character is first met */

static int
between(Py_UCS4 c, Py_UCS4 first, Py_UCS4 last)
{
    return c >= first && c <= last;
}

static uint8_t
classify(Py_UCS4 c)
{
    unsigned class = KNOWN;
    int is_word = Py_UNICODE_ISALNUM(c);

    if (c == 0x3005 || c == 0x3007 || between(c, 0x3400, 0x4dbf) || between(c, 0x4e00, 0x9fff) ||
        between(c, 0xf900, 0xfaff) || between(c, 0x20000, 0x323af)) {
        class |= HAN;
    }
    else if (between(c, 0x3041, 0x3096) || between(c, 0x309d, 0x309f) ||
             between(c, 0x30a1, 0x30fa) || between(c, 0x30fc, 0x30ff) ||
             between(c, 0x31f0, 0x31ff)) {
        class |= RUN_KANA;
    }
    else if (between(c, 0x1100, 0x11ff) || between(c, 0xa960, 0xa97f) ||
             between(c, 0xac00, 0xd7af) || between(c, 0xd7b0, 0xd7ff)) {
        class |= RUN_HANGUL;
    }
    else if (between(c, 0x3105, 0x312f) || between(c, 0x31a0, 0x31bf)) {
        class |= RUN_BOPOMOFO;
    }
    else if (is_word) {
        class |= RUN_OTHER;
    }
    if (between(c, 'a', 'z') || between(c, 'A', 'Z') || between(c, '0', '9')) {
        class |= LATIN | IN_BLOCK;
    }
    else if (between(c, 0x4e00, 0x9fd5) || c == '+' || c == '#' || c == '&' || c == '.' ||
             c == '_' || c == '%' || c == '-') {
        class |= IN_BLOCK;
    }
    if (Py_UNICODE_ISDECIMAL(c)) {
        class |= DECIMAL;
    }
    else if (is_word) {
        class |= LETTER;
    }
    return (uint8_t)class;
}

static inline uint8_t
class_of(Py_UCS4 c)
{
    uint8_t class;

    if (c >= 65536) {
        return classify(c);
    }
    class = bmp_classes[c];
    if (!class) {
        class = bmp_classes[c] = classify(c);
    }
    return class;
}

/* ---- Compiling a table --------------------------------------------------------------------- */

typedef struct {
    PyObject *word; /* borrowed from the list */
    uint32_t frequency;
    uint32_t length;
} Entry;

typedef struct {
    uint32_t from, to; /* the entries below a node */
} Span;

/* Fill in an entry: 1, 0 for a word that is never found in a text, -1 for an error. */
static int
read_entry(PyObject *item, Entry *entry)
{
    unsigned long long frequency;
    Py_ssize_t length, i;
    int kind;
    const void *data;

    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2 ||
        !PyUnicode_Check(PyTuple_GET_ITEM(item, 0)) || !PyLong_Check(PyTuple_GET_ITEM(item, 1))) {
        PyErr_SetString(PyExc_TypeError, "words must be tuples of a string and an integer");
        return -1;
    }
    entry->word = PyTuple_GET_ITEM(item, 0);
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(entry->word) < 0) {
        return -1;
    }
#endif
    frequency = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(item, 1));
    if (PyErr_Occurred()) {
        return -1;
    }
    if (frequency > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "a frequency has more than 32 bits");
        return -1;
    }
    length = PyUnicode_GET_LENGTH(entry->word);
    if (frequency == 0 || length == 0 || length > LONGEST_WORD) {
        return 0;
    }
    kind = PyUnicode_KIND(entry->word);
    data = PyUnicode_DATA(entry->word);
    for (i = 0; i < length; i++) {
        if (!(class_of(PyUnicode_READ(kind, data, i)) & IN_BLOCK)) {
            return 0;
        }
    }
    entry->frequency = (uint32_t)frequency;
    entry->length = (uint32_t)length;
    return 1;
}

static uint32_t
common_prefix(PyObject *one, PyObject *other)
{
    Py_ssize_t i, length = PyUnicode_GET_LENGTH(one);

    if (PyUnicode_GET_LENGTH(other) < length) {
        length = PyUnicode_GET_LENGTH(other);
    }
    for (i = 0; i < length; i++) {
        if (PyUnicode_READ_CHAR(one, i) != PyUnicode_READ_CHAR(other, i)) {
            break;
        }
    }
    return (uint32_t)i;
}

/* Number the nodes level by level. */
static void
fill_table(const Entry *entries, Span *spans, uint32_t nodes, uint32_t *frequency,
           uint32_t *first, uint16_t *label)
{
    uint32_t node, depth = 0, level_end = 1, tail = 1;

    label[0] = 0;
    for (node = 0; node < nodes; node++) {
        uint32_t at, to;

        if (node == level_end) {
            depth++;
            level_end = tail;
        }
        at = spans[node].from;
        to = spans[node].to;
        frequency[node] = 0;
        first[node] = tail;
        /* Of words with one beginning, the beginning itself comes first. */
        if (at < to && entries[at].length == depth) {
            frequency[node] = entries[at].frequency;
            at++;
        }
        while (at < to) {
            Py_UCS4 c = PyUnicode_READ_CHAR(entries[at].word, depth);
            uint32_t begin = at;

            while (at < to && PyUnicode_READ_CHAR(entries[at].word, depth) == c) {
                at++;
            }
            label[tail] = (uint16_t)c;
            spans[tail].from = begin;
            spans[tail].to = at;
            tail++;
        }
    }
    first[nodes] = tail;
}

PyDoc_STRVAR(compile_doc,
             "compile(words, stamp)\n--\n\n"
             "Make a table of (word, frequency) tuples, which must be in ascending order.\n\n"
             "The stamp, 16 bytes, tells this table from others.");

static PyObject *
text_compile(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *list, *table = NULL;
    const char *stamp;
    Py_ssize_t stamp_size, count, i;
    Entry *entries = NULL;
    Span *spans = NULL;
    uint32_t kept = 0;
    uint64_t nodes = 1;
    char *data;

    if (!PyArg_ParseTuple(args, "O!y#", &PyList_Type, &list, &stamp, &stamp_size)) {
        return NULL;
    }
    if (stamp_size != STAMP_SIZE) {
        PyErr_SetString(PyExc_ValueError, "a stamp has 16 bytes");
        return NULL;
    }
    count = PyList_GET_SIZE(list);
    if ((uint64_t)count > LARGEST_TABLE) {
        PyErr_SetString(PyExc_ValueError, "too many words");
        return NULL;
    }
    entries = PyMem_Calloc((size_t)count + 1, sizeof(Entry));
    if (entries == NULL) {
        return PyErr_NoMemory();
    }
    for (i = 0; i < count; i++) {
        Entry *entry = &entries[kept];
        int is_kept = read_entry(PyList_GET_ITEM(list, i), entry);

        if (is_kept < 0) {
            goto done;
        }
        if (!is_kept) {
            continue;
        }
        nodes += entry->length;
        if (kept) {
            if (PyUnicode_Compare(entry[-1].word, entry->word) >= 0) {
                PyErr_SetString(PyExc_ValueError, "words must be in ascending order");
                goto done;
            }
            nodes -= common_prefix(entry[-1].word, entry->word);
        }
        kept++;
    }
    if (nodes > LARGEST_TABLE) {
        PyErr_SetString(PyExc_ValueError, "too many words");
        goto done;
    }
    spans = PyMem_Calloc((size_t)nodes, sizeof(Span));
    if (spans == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    spans[0].to = kept;
    if (nodes > ((uint64_t)PY_SSIZE_T_MAX - HEADER_SIZE - 4) / 10) {
        PyErr_NoMemory();
        goto done;
    }
    table = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(HEADER_SIZE + 4 + 10 * nodes));
    if (table != NULL) {
        uint32_t number = (uint32_t)nodes;
        uint32_t *frequency, *first;

        data = PyBytes_AS_STRING(table);
        memcpy(data, MAGIC, MAGIC_SIZE);
        memcpy(data + 8, &number, 4);
        memcpy(data + 12, &kept, 4);
        memcpy(data + 16, stamp, STAMP_SIZE);
        frequency = (uint32_t *)(void *)(data + HEADER_SIZE);
        first = frequency + nodes;
        fill_table(entries, spans, number, frequency, first, (uint16_t *)(first + nodes + 1));
    }
done:
    PyMem_Free(spans);
    PyMem_Free(entries);
    return table;
}

/* ---- Cutter -------------------------------------------------------------------------------- */

/* Where the best route through a block goes. */
typedef struct {
    size_t capacity; /* characters */
    uint16_t *chars;
    double *scores; /* one more than characters */
    uint32_t *ends;
    uint32_t *nodes; /* of the word that begins here; 0 for a character that is no word */
    uint32_t *seconds; /* the node of this character and the next one, or 0; see Pair */
} Route;

/* Two characters and the node that they lead to. The root's children have the most children by far,
 * and where to look in a hash table is known before they are. */
typedef struct {
    uint16_t first, second;
    uint32_t node; /* 0: the slot is empty */
} Pair;

typedef struct {
    PyObject_HEAD
    Py_buffer table;
    uint32_t nodes;
    const uint32_t *frequency;
    const uint32_t *first;
    const uint16_t *label;
    uint32_t *roots;     /* for each character the child of the root, or 0 */
    double *weights;     /* for each node log(p) of its word; 0 not known yet, NO_WORD none */
    PyObject **terms;    /* for each node its term; NULL not known yet, None a stop word */
    Pair *pairs;         /* a hash table with open addresses, or NULL: it takes time to make */
    uint32_t pairs_mask;
    Py_ssize_t numbered; /* characters of texts whose terms were numbered */
    PyObject *stop_words;
    PyObject *token_type;
    double log_total;
    Route *spare;
} Cutter;

#define NO_WORD HUGE_VAL

static void
route_free(Route *route)
{
    if (route != NULL) {
        PyMem_Free(route->chars);
        PyMem_Free(route->scores);
        PyMem_Free(route->ends);
        PyMem_Free(route->nodes);
        PyMem_Free(route->seconds);
        PyMem_Free(route);
    }
}

static int
route_grow(Route *route, size_t length)
{
    size_t capacity = 256;

    if (length <= route->capacity) {
        return 0;
    }
    while (capacity < length) {
        capacity *= 2;
    }
    route->capacity = 0;
    PyMem_Free(route->chars);
    PyMem_Free(route->scores);
    PyMem_Free(route->ends);
    PyMem_Free(route->nodes);
    PyMem_Free(route->seconds);
    route->chars = PyMem_Malloc(capacity * sizeof(uint16_t));
    route->scores = PyMem_Malloc((capacity + 1) * sizeof(double));
    route->ends = PyMem_Malloc(capacity * sizeof(uint32_t));
    route->nodes = PyMem_Malloc(capacity * sizeof(uint32_t));
    route->seconds = PyMem_Malloc(capacity * sizeof(uint32_t));
    if (route->chars == NULL || route->scores == NULL || route->ends == NULL ||
        route->nodes == NULL || route->seconds == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    route->capacity = capacity;
    return 0;
}

/* The child of a node that a character leads to; 0 for none. */
static inline uint32_t
child_of(const Cutter *self, uint32_t node, uint16_t c)
{
    uint32_t low = self->first[node], high = self->first[node + 1], count;
    const uint16_t *label = self->label;

    if (low <= node || high > self->nodes || low >= high) {
        return 0;
    }
    /* Without a branch, which could not be foreseen: the last child whose label is not greater. */
    for (count = high - low; count > 1;) {
        uint32_t half = count / 2;

        low = label[low + half] <= c ? low + half : low;
        count -= half;
    }
    return label[low] == c ? low : 0;
}

static inline double
weight_of(Cutter *self, uint32_t node)
{
    double weight = self->weights[node];

    if (weight == 0.0) {
        uint32_t frequency = self->frequency[node];

        weight = frequency ? log((double)frequency) - self->log_total : NO_WORD;
        self->weights[node] = weight;
    }
    return weight;
}

static inline uint32_t
pair_slot(const Cutter *self, uint16_t first, uint16_t second)
{
    uint32_t hash = ((uint32_t)first << 16 | second) * 0x9e3779b1u;

    return (hash ^ hash >> 15) & self->pairs_mask;
}

static inline Pair *
pair_of(const Cutter *self, uint16_t first, uint16_t second)
{
    uint32_t slot = pair_slot(self, first, second);

    while (self->pairs[slot].node &&
           (self->pairs[slot].first != first || self->pairs[slot].second != second)) {
        slot = (slot + 1) & self->pairs_mask;
    }
    return &self->pairs[slot];
}

/* Fill in the hash table of pairs. Returns 0, or -1 with an exception set. */
static int
find_pairs(Cutter *self)
{
    /* The nodes of a level begin where the children of the first one of the level above begin. */
    const uint32_t begin = self->first[1] < self->nodes ? self->first[1] : self->nodes;
    const uint32_t end = self->first[begin] < self->nodes ? self->first[begin] : self->nodes;
    uint32_t node, child, done = begin;
    size_t size = 1024;

    if (self->pairs != NULL) {
        return 0;
    }
    while (end > begin && size / 2 < end - begin) {
        size *= 2;
    }
    self->pairs = PyMem_Calloc(size, sizeof(Pair));
    if (self->pairs == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->pairs_mask = (uint32_t)(size - 1);
    for (node = 1; node < begin; node++) {
        uint32_t low = self->first[node], high = self->first[node + 1];

        if (low < done || high > end) {
            continue; /* the table is damaged */
        }
        for (child = low; child < high; child++) {
            Pair *pair = pair_of(self, self->label[node], self->label[child]);

            pair->first = self->label[node];
            pair->second = self->label[child];
            pair->node = child;
            done = child + 1;
        }
    }
    return 0;
}

/* Find the pairs of a block. What is needed of memory is asked for before it is waited for. */
static void
find_seconds(const Cutter *self, Route *route, uint32_t length)
{
    const uint16_t *chars = route->chars;
    uint32_t begin, end, i;

    for (begin = 0; begin + 1 < length; begin = end) {
        end = length - 1 - begin < AHEAD ? length - 1 : begin + AHEAD;
        for (i = begin; i < end; i++) {
            FETCH(&self->pairs[pair_slot(self, chars[i], chars[i + 1])]);
        }
        for (i = begin; i < end; i++) {
            uint32_t node = pair_of(self, chars[i], chars[i + 1])->node;

            route->seconds[i] = node;
            FETCH(&self->weights[node]);
            FETCH(&self->first[node]);
        }
    }
}

/* For each character, where the word that begins there on the best route ends. */
static void
find_route(Cutter *self, Route *route, uint32_t length)
{
    const uint16_t *chars = route->chars;
    const uint32_t *seconds = NULL;
    double *scores = route->scores;
    const double unknown = log(1.0) - self->log_total;
    uint32_t start = length;

    if (self->pairs != NULL) {
        find_seconds(self, route, length);
        seconds = route->seconds;
    }
    scores[length] = 0.0;
    while (start-- > 0) {
        uint32_t node = self->roots[chars[start]];
        uint32_t limit = length - start < LONGEST_WORD ? length : start + LONGEST_WORD;
        uint32_t end = start + 1, best_end = 0, best_node = 0;
        double best = -HUGE_VAL;

        while (node) {
            double weight = weight_of(self, node);

            if (weight != NO_WORD) {
                double score = weight + scores[end];

                /* Of equal routes jieba takes the longer word. */
                if (score >= best) {
                    best = score;
                    best_end = end;
                    best_node = node;
                }
            }
            if (end == limit) {
                break;
            }
            node = seconds != NULL && end == start + 1 ? seconds[start]
                                                       : child_of(self, node, chars[end]);
            end++;
        }
        if (!best_end) {
            best = unknown + scores[start + 1];
            best_end = start + 1;
            best_node = self->roots[chars[start]];
        }
        scores[start] = best;
        route->ends[start] = best_end;
        route->nodes[start] = best_node;
    }
}

/* ---- Terms --------------------------------------------------------------------------------- */

/* A term where it stands in a text, as in a token. */
typedef struct {
    PyObject *term; /* owned */
    Py_ssize_t start, end, position;
} Piece;

typedef struct {
    Piece *items;
    Py_ssize_t count, room;
    Piece few[32]; /* where the items are while they are few */
} Pieces;

/* Terms as they are met, each with the next number. What a node leads to is known by its node. */
typedef struct {
    PyObject_HEAD
    Cutter *cutter;
    uint32_t *of_node; /* for each node 1 + the number of its term; 0 not met yet, SKIPPED for none */
    uint32_t *nodes;   /* by number; 0 for a term that has no node */
    Py_ssize_t count, room;
    PyObject *others;  /* the terms without a node -> their numbers */
} Vocabulary;

#define SKIPPED UINT32_MAX

/* The terms of a text by their numbers. */
typedef struct {
    Vocabulary *vocabulary;
    uint32_t *items;
    Py_ssize_t count, room;
} Numbers;

/* A text on its way through the cutter, and what was found in it. */
typedef struct {
    Cutter *cutter;
    PyObject *text;
    int kind;
    const void *data;
    Py_ssize_t length;
    PyObject *list;  /* where terms go, or tokens; or */
    Pieces *pieces;  /* where pieces go instead; or NULL */
    Numbers *numbers; /* where numbers go instead; or NULL */
    int is_placed;   /* whether tokens are wanted, not only terms */
    Py_ssize_t position;
    PyObject *phrases; /* a tuple of tuples */
    Py_ssize_t next_phrase;
    Py_ssize_t phrase_start; /* of the next phrase; past every text for none */
    Py_ssize_t run_start, run_end;
} Walk;

static inline uint8_t
class_at(const Walk *walk, Py_ssize_t at)
{
    return class_of(PyUnicode_READ(walk->kind, walk->data, at));
}

/* Find the next run of characters of one kind other than Han. */
static void
seek_run(Walk *walk)
{
    Py_ssize_t at = walk->run_end;
    int kind = RUN_NONE;

    for (; at < walk->length; at++) {
        kind = class_at(walk, at) & KIND;
        if (kind != RUN_NONE && kind != HAN) {
            break;
        }
    }
    if (at == walk->length) {
        walk->run_start = PY_SSIZE_T_MAX;
        return;
    }
    walk->run_start = at;
    while (at < walk->length && (class_at(walk, at) & KIND) == kind) {
        at++;
    }
    walk->run_end = at;
}

static int
seek_phrase(Walk *walk)
{
    PyObject *item;

    walk->phrase_start = PY_SSIZE_T_MAX;
    if (walk->phrases == NULL || walk->next_phrase >= PyTuple_GET_SIZE(walk->phrases)) {
        return 0;
    }
    item = PyTuple_GET_ITEM(walk->phrases, walk->next_phrase);
    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 3 ||
        !PyUnicode_Check(PyTuple_GET_ITEM(item, 0))) {
        PyErr_SetString(PyExc_TypeError, "phrases must be tuples of term, start, end");
        return -1;
    }
    walk->phrase_start = PyLong_AsSsize_t(PyTuple_GET_ITEM(item, 1));
    return walk->phrase_start == -1 && PyErr_Occurred() ? -1 : 0;
}

static void
pieces_init(Pieces *pieces)
{
    pieces->items = pieces->few;
    pieces->count = 0;
    pieces->room = (Py_ssize_t)(sizeof pieces->few / sizeof pieces->few[0]);
}

static void
pieces_free(Pieces *pieces)
{
    Py_ssize_t i;

    for (i = 0; i < pieces->count; i++) {
        Py_DECREF(pieces->items[i].term);
    }
    if (pieces->items != pieces->few) {
        PyMem_Free(pieces->items);
    }
}

static int
pieces_add(Pieces *pieces, PyObject *term, Py_ssize_t start, Py_ssize_t end, Py_ssize_t position)
{
    Piece *piece;

    if (pieces->count == pieces->room) {
        int is_first = pieces->items == pieces->few;
        Piece *more = NULL;

        if ((size_t)pieces->room <= (size_t)PY_SSIZE_T_MAX / sizeof(Piece) / 2) {
            more = PyMem_Realloc(is_first ? NULL : pieces->items,
                                 2 * (size_t)pieces->room * sizeof(Piece));
        }
        if (more == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        if (is_first) {
            memcpy(more, pieces->few, sizeof pieces->few);
        }
        pieces->items = more;
        pieces->room *= 2;
    }
    piece = &pieces->items[pieces->count++];
    Py_INCREF(term);
    piece->term = term;
    piece->start = start;
    piece->end = end;
    piece->position = position;
    return 0;
}

/* Add a number. */
static inline int
numbers_add(Numbers *numbers, uint32_t number)
{
    if (numbers->count == numbers->room) {
        Py_ssize_t room = 2 * numbers->room + 64;
        uint32_t *grown = NULL;

        if (room <= PY_SSIZE_T_MAX / (Py_ssize_t)sizeof *grown) {
            grown = PyMem_Realloc(numbers->items, (size_t)room * sizeof *grown);
        }
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        numbers->items = grown;
        numbers->room = room;
    }
    numbers->items[numbers->count++] = number;
    return 0;
}

/* Give the next number to a term, of a node or 0. Returns it, or -1 with an exception set. */
static int64_t
next_number(Vocabulary *vocabulary, uint32_t node)
{
    if (vocabulary->count == vocabulary->room) {
        Py_ssize_t room = 2 * vocabulary->room + 1024;
        uint32_t *grown = NULL;

        if (room < SKIPPED - 1) {
            grown = PyMem_Realloc(vocabulary->nodes, (size_t)room * sizeof *grown);
        }
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        vocabulary->nodes = grown;
        vocabulary->room = room;
    }
    vocabulary->nodes[vocabulary->count] = node;
    return vocabulary->count++;
}

/* The node that a term leads to; 0 for none. */
static uint32_t
node_of(const Cutter *self, PyObject *term)
{
    const int kind = PyUnicode_KIND(term);
    const void *data = PyUnicode_DATA(term);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(term);
    uint32_t node = 0;
    Py_ssize_t i;

    for (i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);

        if (c >= 65536) {
            return 0;
        }
        node = i ? child_of(self, node, (uint16_t)c) : self->roots[c];
        if (!node) {
            return 0;
        }
    }
    return node;
}

/* Add the number of a term that is no stop word. */
static int
numbers_add_term(Numbers *numbers, PyObject *term)
{
    Vocabulary *vocabulary = numbers->vocabulary;
    uint32_t node = node_of(vocabulary->cutter, term);
    PyObject *known;
    int64_t number;

    if (node) {
        uint32_t *number_of = &vocabulary->of_node[node];

        if (!*number_of) {
            number = next_number(vocabulary, node);
            if (number < 0) {
                return -1;
            }
            *number_of = (uint32_t)number + 1;
            if (vocabulary->cutter->terms[node] == NULL) {
                Py_INCREF(term);
                vocabulary->cutter->terms[node] = term;
            }
        }
        return numbers_add(numbers, *number_of - 1);
    }
    known = PyDict_GetItemWithError(vocabulary->others, term);
    if (known != NULL) {
        return numbers_add(numbers, (uint32_t)PyLong_AsUnsignedLong(known));
    }
    number = PyErr_Occurred() ? -1 : next_number(vocabulary, 0);
    if (number < 0) {
        return -1;
    }
    known = PyLong_FromLongLong(number);
    if (known == NULL || PyDict_SetItem(vocabulary->others, term, known) < 0) {
        Py_XDECREF(known);
        return -1;
    }
    Py_DECREF(known);
    return numbers_add(numbers, (uint32_t)number);
}

/* Add what was found to the list, or to the pieces or numbers. */
static int
add(Walk *walk, PyObject *term, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *fields, *arguments, *token;
    int failed;

    if (walk->pieces != NULL) {
        return pieces_add(walk->pieces, term, start, end, walk->position);
    }
    if (walk->numbers != NULL) {
        return numbers_add_term(walk->numbers, term);
    }
    if (!walk->is_placed) {
        return PyList_Append(walk->list, term);
    }
    fields = Py_BuildValue("Onnn", term, start, end, walk->position);
    if (fields == NULL) {
        return -1;
    }
    arguments = PyTuple_Pack(1, fields);
    Py_DECREF(fields);
    if (arguments == NULL) {
        return -1;
    }
    token = PyTuple_Type.tp_new((PyTypeObject *)walk->cutter->token_type, arguments, NULL);
    Py_DECREF(arguments);
    if (token == NULL) {
        return -1;
    }
    failed = PyList_Append(walk->list, token);
    Py_DECREF(token);
    return failed;
}

/* Add a term, which is taken over and may be NULL for an error, unless it is no term. */
static int
add_new(Walk *walk, PyObject *term, Py_ssize_t start, Py_ssize_t end)
{
    int result = -1;

    if (term == NULL) {
        return -1;
    }
    if (PyUnicode_GET_LENGTH(term) > LONGEST_TERM) {
        result = 0;
    }
    else {
        int is_stop_word = 0;

        if (PySet_GET_SIZE(walk->cutter->stop_words)) {
            is_stop_word = PySet_Contains(walk->cutter->stop_words, term);
        }
        if (is_stop_word >= 0) {
            result = is_stop_word ? 0 : add(walk, term, start, end);
        }
    }
    Py_DECREF(term);
    return result;
}

static int
add_substring(Walk *walk, Py_ssize_t start, Py_ssize_t end)
{
    if (end - start > LONGEST_TERM) {
        return 0;
    }
    return add_new(walk, PyUnicode_Substring(walk->text, start, end), start, end);
}

/* The term of a node, borrowed; None for a stop word; NULL with an exception set. */
static PyObject *
term_of(Cutter *cutter, uint32_t node, const uint16_t *chars, Py_ssize_t length)
{
    PyObject *term = cutter->terms[node], *earlier;
    int is_stop_word;

    if (term != NULL) {
        return term;
    }
    term = PyUnicode_FromKindAndData(PyUnicode_2BYTE_KIND, chars, length);
    if (term == NULL) {
        return NULL;
    }
    is_stop_word = PySet_Contains(cutter->stop_words, term);
    if (is_stop_word < 0) {
        Py_DECREF(term);
        return NULL;
    }
    if (is_stop_word) {
        Py_DECREF(term);
        Py_INCREF(Py_None);
        term = Py_None;
    }
    earlier = cutter->terms[node];
    cutter->terms[node] = term;
    Py_XDECREF(earlier);
    return term;
}

/* Add the number of the word of a node. */
static int
add_word_number(Walk *walk, uint32_t node, const uint16_t *chars, Py_ssize_t length)
{
    Vocabulary *vocabulary = walk->numbers->vocabulary;
    uint32_t *known = &vocabulary->of_node[node];

    if (!*known) {
        PyObject *term = term_of(walk->cutter, node, chars, length);
        int64_t number;

        if (term == NULL) {
            return -1;
        }
        if (term == Py_None) {
            *known = SKIPPED;
            return 0;
        }
        number = next_number(vocabulary, node);
        if (number < 0) {
            return -1;
        }
        *known = (uint32_t)number + 1;
    }
    return *known == SKIPPED ? 0 : numbers_add(walk->numbers, *known - 1);
}

/* Add the word of a node. */
static int
add_word(Walk *walk, uint32_t node, const uint16_t *chars, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *term;
    int failed;

    if (walk->numbers != NULL) {
        return add_word_number(walk, node, chars, end - start);
    }
    term = term_of(walk->cutter, node, chars, end - start);
    if (term == NULL) {
        return -1;
    }
    if (term == Py_None) {
        return 0;
    }
    Py_INCREF(term);
    failed = add(walk, term, start, end);
    Py_DECREF(term);
    return failed;
}

/* From `at` on, where the next letter or digit of a run stands; `end` for none. */
static Py_ssize_t
seek_part(const Walk *walk, Py_ssize_t at, Py_ssize_t end)
{
    while (at < end && !(class_at(walk, at) & (LETTER | DECIMAL))) {
        at++;
    }
    return at;
}

/* Where the letters, or the digits, that begin at `at` end. */
static Py_ssize_t
part_end(const Walk *walk, Py_ssize_t at, Py_ssize_t end)
{
    uint8_t part = class_at(walk, at) & (LETTER | DECIMAL);

    while (at < end && (class_at(walk, at) & (LETTER | DECIMAL)) == part) {
        at++;
    }
    return at;
}

/* Add the run and, where it has several, the letters and the digits in it. */
static int
add_run(Walk *walk)
{
    Py_ssize_t start = walk->run_start, end = walk->run_end, at;

    if (add_substring(walk, start, end) < 0) {
        return -1;
    }
    start = seek_part(walk, start, end);
    if (start == end || seek_part(walk, part_end(walk, start, end), end) == end) {
        return 0;
    }
    for (; start < end; start = seek_part(walk, at, end)) {
        at = part_end(walk, start, end);
        if (add_substring(walk, start, at) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Add the phrases that begin before the end of a piece. */
static int
add_phrases(Walk *walk, Py_ssize_t end)
{
    while (walk->phrase_start < end) {
        PyObject *item = PyTuple_GET_ITEM(walk->phrases, walk->next_phrase);
        PyObject *term = PyTuple_GET_ITEM(item, 0);
        Py_ssize_t phrase_end = PyLong_AsSsize_t(PyTuple_GET_ITEM(item, 2));

        if (phrase_end == -1 && PyErr_Occurred()) {
            return -1;
        }
        Py_INCREF(term);
        if (add_new(walk, term, walk->phrase_start, phrase_end) < 0) {
            return -1;
        }
        walk->next_phrase++;
        if (seek_phrase(walk) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The same for runs. */
static int
add_runs(Walk *walk, Py_ssize_t end)
{
    while (walk->run_start < end) {
        if (add_run(walk) < 0) {
            return -1;
        }
        seek_run(walk);
    }
    return 0;
}

/* A piece without Han characters that ends here: only what begins in it counts. */
static inline int
plain_piece(Walk *walk, Py_ssize_t end)
{
    if (walk->phrase_start >= end && walk->run_start >= end) {
        return 0;
    }
    if (add_phrases(walk, end) < 0 || add_runs(walk, end) < 0) {
        return -1;
    }
    walk->position++;
    return 0;
}

/* A word or a character of a block, with a Han character in it. */
static inline int
han_piece(Walk *walk, uint32_t node, const uint16_t *chars, Py_ssize_t start, Py_ssize_t end)
{
    if (walk->phrase_start < end && add_phrases(walk, end) < 0) {
        return -1;
    }
    if ((node ? add_word(walk, node, chars, start, end) : add_substring(walk, start, end)) < 0) {
        return -1;
    }
    if (walk->run_start < end && add_runs(walk, end) < 0) {
        return -1;
    }
    walk->position++;
    return 0;
}

static int
has_han(const uint16_t *chars, uint32_t length)
{
    uint32_t i;

    for (i = 0; i < length; i++) {
        if (chars[i] >= 0x4e00) { /* in a block, these are all */
            return 1;
        }
    }
    return 0;
}

static int
is_latin(uint16_t c)
{
    return (class_of(c) & LATIN) != 0;
}

/* Cut the block whose characters the route holds; it begins at `offset` in the text. */
static int
cut_block(Walk *walk, Route *route, Py_ssize_t offset, uint32_t length)
{
    const uint16_t *chars = route->chars;
    uint32_t start = 0;

    find_route(walk->cutter, route, length);
    while (start < length) {
        uint32_t end = route->ends[start];
        int failed;

        if (end == start + 1 && is_latin(chars[start])) {
            /* Single letters and digits in a row are one piece. */
            while (end < length && is_latin(chars[end]) && route->ends[end] == end + 1) {
                end++;
            }
            failed = plain_piece(walk, offset + end);
        }
        else if (has_han(chars + start, end - start)) {
            failed = han_piece(walk, route->nodes[start], chars + start, offset + start,
                               offset + end);
        }
        else {
            failed = plain_piece(walk, offset + end);
        }
        if (failed) {
            return -1;
        }
        start = end;
    }
    return 0;
}

static int
cut_text(Walk *walk, Route *route)
{
    Py_ssize_t at = 0;

    while (at < walk->length) {
        Py_ssize_t start = at, size;
        uint8_t class = class_at(walk, at);

        if (!(class & IN_BLOCK)) {
            at++;
            if ((class & KIND) == HAN ? han_piece(walk, 0, NULL, start, at) < 0
                                      : plain_piece(walk, at) < 0) {
                return -1;
            }
            continue;
        }
        while (at < walk->length && at - start < LONGEST_BLOCK &&
               (class_at(walk, at) & IN_BLOCK)) {
            at++;
        }
        size = at - start;
        if (route_grow(route, (size_t)size) < 0) {
            return -1;
        }
        if (walk->kind == PyUnicode_2BYTE_KIND) {
            memcpy(route->chars, (const uint16_t *)walk->data + start,
                   (size_t)size * sizeof(uint16_t));
        }
        else {
            Py_ssize_t i;

            for (i = 0; i < size; i++) {
                route->chars[i] = (uint16_t)PyUnicode_READ(walk->kind, walk->data, start + i);
            }
        }
        if (cut_block(walk, route, start, (uint32_t)size) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Set out on a text. Its phrases are NULL or a tuple; where terms go is filled in by the caller. */
static int
walk_init(Walk *walk, Cutter *cutter, PyObject *text, PyObject *phrases)
{
    memset(walk, 0, sizeof *walk);
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(text) < 0) {
        return -1;
    }
#endif
    walk->cutter = cutter;
    walk->text = text;
    walk->phrases = phrases;
    walk->kind = PyUnicode_KIND(text);
    walk->data = PyUnicode_DATA(text);
    walk->length = PyUnicode_GET_LENGTH(text);
    if (seek_phrase(walk) < 0) {
        return -1;
    }
    seek_run(walk);
    return 0;
}

static int
cut_walk(Walk *walk)
{
    Cutter *cutter = walk->cutter;
    /* Taken out of the cutter: what is run when memory is collected may call the cutter. */
    Route *route = cutter->spare;
    int failed;

    cutter->spare = NULL;
    if (route == NULL) {
        route = PyMem_Calloc(1, sizeof(Route));
        if (route == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    failed = cut_text(walk, route);
    if (cutter->spare == NULL) {
        cutter->spare = route;
    }
    else {
        route_free(route);
    }
    return failed;
}

static PyObject *
cut(Cutter *self, PyObject *args, int is_placed)
{
    PyObject *text, *phrases = NULL;
    Walk walk;

    if (!PyArg_ParseTuple(args, "U|O!", &text, &PyTuple_Type, &phrases) ||
        walk_init(&walk, self, text, phrases) < 0) {
        return NULL;
    }
    walk.is_placed = is_placed;
    walk.list = PyList_New(0);
    if (walk.list != NULL && cut_walk(&walk) < 0) {
        Py_CLEAR(walk.list);
    }
    return walk.list;
}

PyDoc_STRVAR(terms_doc, "terms(folded, phrases=())\n--\n\n"
                        "The word terms of a folded text, with the phrases that were found in it:\n"
                        "tuples of (term, start, end) in order of start.");

static PyObject *
cutter_terms(PyObject *self, PyObject *args)
{
    return cut((Cutter *)self, args, 0);
}

PyDoc_STRVAR(words_doc, "words(folded, phrases=())\n--\n\n"
                        "The same as tokens: (term, start, end, position).");

static PyObject *
cutter_words(PyObject *self, PyObject *args)
{
    return cut((Cutter *)self, args, 1);
}

/* ---- Queries ------------------------------------------------------------------------------- */

/* The classes of what is made of a query, by whose slots their fields are filled in. */

#define TERM_FIELDS 4
#define TEXT_FIELDS 5

typedef struct {
    PyObject_HEAD
    PyTypeObject *text_type, *term_type;
    PyMemberDef *text_slots[TEXT_FIELDS], *term_slots[TERM_FIELDS];
    PyObject *words, *grams; /* the names of the channels */
} Forms;

/* Find the slots of a class, which has no base. */
static int
find_slots(PyTypeObject *type, const char *const *names, int count, PyMemberDef **slots)
{
    int i;

    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) || type->tp_base != &PyBaseObject_Type) {
        PyErr_SetString(PyExc_TypeError, "not a plain class");
        return -1;
    }
    for (i = 0; i < count; i++) {
        PyObject *slot = PyObject_GetAttrString((PyObject *)type, names[i]);

        if (slot == NULL) {
            return -1;
        }
        if (Py_TYPE(slot) != &PyMemberDescr_Type || PyDescr_TYPE(slot) != type) {
            PyErr_Format(PyExc_TypeError, "%s is no slot", names[i]);
            Py_DECREF(slot);
            return -1;
        }
        slots[i] = ((PyMemberDescrObject *)slot)->d_member; /* lives as long as the class */
        Py_DECREF(slot);
    }
    return 0;
}

/* Make an object of values, which are taken over; one that is NULL makes it fail. */
static PyObject *
make_object(PyTypeObject *type, PyMemberDef *const *slots, PyObject **values, int count)
{
    PyObject *object = NULL;
    int i, failed = 0;

    for (i = 0; i < count; i++) {
        failed |= values[i] == NULL;
    }
    if (!failed) {
        object = type->tp_alloc(type, 0);
    }
    for (i = 0; object != NULL && i < count; i++) {
        if (PyMember_SetOne((char *)object, slots[i], values[i]) < 0) {
            Py_CLEAR(object);
        }
    }
    for (i = 0; i < count; i++) {
        Py_XDECREF(values[i]);
    }
    return object;
}

static void
forms_dealloc(PyObject *object)
{
    Forms *self = (Forms *)object;
    PyTypeObject *type = Py_TYPE(object);

    Py_XDECREF(self->text_type);
    Py_XDECREF(self->term_type);
    Py_XDECREF(self->words);
    Py_XDECREF(self->grams);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *
forms_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const text_names[] = {"folded", "terms", "units", "marks", "pairs"};
    static const char *const term_names[] = {"term", "channel", "count", "is_weak"};
    PyObject *text_type, *term_type, *words, *grams;
    Forms *self;

    if (kwargs != NULL && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Forms takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O!O!UU", &PyType_Type, &text_type, &PyType_Type, &term_type,
                          &words, &grams)) {
        return NULL;
    }
    self = (Forms *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    Py_INCREF(text_type);
    self->text_type = (PyTypeObject *)text_type;
    Py_INCREF(term_type);
    self->term_type = (PyTypeObject *)term_type;
    Py_INCREF(words);
    self->words = words;
    Py_INCREF(grams);
    self->grams = grams;
    if (find_slots(self->text_type, text_names, TEXT_FIELDS, self->text_slots) < 0 ||
        find_slots(self->term_type, term_names, TERM_FIELDS, self->term_slots) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

/* Strings in the order in which they were met first, with what is known of each. */
typedef struct {
    PyObject *string; /* owned by the dictionary */
    Py_ssize_t count;
    int is_strong; /* of words */
    int is_cjk;    /* of grams: whether one of the characters is */
} Counted;

typedef struct {
    PyObject *places; /* strings -> places in the array */
    Counted *items;
    Py_ssize_t count, room;
    Counted few[32];
} Bag;

static int
bag_init(Bag *bag)
{
    bag->items = bag->few;
    bag->count = 0;
    bag->room = (Py_ssize_t)(sizeof bag->few / sizeof bag->few[0]);
    bag->places = PyDict_New();
    return bag->places == NULL ? -1 : 0;
}

static void
bag_free(Bag *bag)
{
    if (bag->items != bag->few) {
        PyMem_Free(bag->items);
    }
    Py_XDECREF(bag->places);
}

/* Count a string. Returns its item, or NULL with an exception set. */
static Counted *
bag_count(Bag *bag, PyObject *string)
{
    PyObject *place = PyDict_GetItemWithError(bag->places, string);
    Counted *item;
    int failed;

    if (place != NULL) {
        item = &bag->items[PyLong_AsSsize_t(place)];
        item->count++;
        return item;
    }
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (bag->count == bag->room) {
        int is_first = bag->items == bag->few;
        Counted *more = NULL;

        if ((size_t)bag->room <= (size_t)PY_SSIZE_T_MAX / sizeof(Counted) / 2) {
            more = PyMem_Realloc(is_first ? NULL : bag->items,
                                 2 * (size_t)bag->room * sizeof(Counted));
        }
        if (more == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        if (is_first) {
            memcpy(more, bag->few, sizeof bag->few);
        }
        bag->items = more;
        bag->room *= 2;
    }
    place = PyLong_FromSsize_t(bag->count);
    failed = place == NULL || PyDict_SetItem(bag->places, string, place) < 0;
    Py_XDECREF(place);
    if (failed) {
        return NULL;
    }
    item = &bag->items[bag->count++];
    memset(item, 0, sizeof *item);
    item->string = string;
    item->count = 1;
    return item;
}

/* The same of a part of a text. */
static Counted *
bag_count_part(Bag *bag, PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *part = PyUnicode_Substring(text, start, end);
    Counted *item = part == NULL ? NULL : bag_count(bag, part);

    Py_XDECREF(part);
    return item;
}

static int
is_cjk(uint8_t class)
{
    return (class & KIND) != RUN_NONE && (class & KIND) != RUN_OTHER;
}

static int
is_digits(PyObject *term)
{
    const int kind = PyUnicode_KIND(term);
    const void *data = PyUnicode_DATA(term);
    Py_ssize_t length = PyUnicode_GET_LENGTH(term), i;

    for (i = 0; i < length; i++) {
        if (!Py_UNICODE_ISDIGIT(PyUnicode_READ(kind, data, i))) {
            return 0;
        }
    }
    return length > 0;
}

/* Whether there is a letter at an offset, other than CJK. */
static int
is_plain_letter(const Walk *walk, Py_ssize_t at)
{
    return at >= 0 && at < walk->length && !is_cjk(class_at(walk, at)) &&
           Py_UNICODE_ISALPHA(PyUnicode_READ(walk->kind, walk->data, at));
}

/* Whether a piece is a number with letters before or behind it. */
static int
is_number_of_mixed_word(const Walk *walk, const Piece *piece)
{
    return (is_plain_letter(walk, piece->start - 1) || is_plain_letter(walk, piece->end)) &&
           is_digits(piece->term);
}

/* Whether a piece is one CJK character. */
static int
is_single(const Piece *piece)
{
    return PyUnicode_GET_LENGTH(piece->term) == 1 &&
           is_cjk(class_of(PyUnicode_READ_CHAR(piece->term, 0)));
}

/* What is made of a text, before it becomes objects. */
typedef struct {
    const Walk *walk;
    const Pieces *pieces;
    Bag words, grams, units, pairs;
    int has_strong;
} Question;

/* Take the words, and the neighbours that may be one that the dictionary lacks. */
static int
take_words(Question *question)
{
    const Pieces *pieces = question->pieces;
    const Piece *unit = NULL; /* the longest of its position so far */
    Py_ssize_t i;

    for (i = 0; i < pieces->count; i++) {
        const Piece *piece = &pieces->items[i], *last = i ? piece - 1 : NULL;
        Py_ssize_t length = PyUnicode_GET_LENGTH(piece->term);
        Counted *word = bag_count(&question->words, piece->term);

        if (word == NULL) {
            return -1;
        }
        if (length > 1 && !is_number_of_mixed_word(question->walk, piece)) {
            word->is_strong = 1;
            question->has_strong = 1;
        }
        if (last != NULL && last->end == piece->start && is_single(last) && is_single(piece) &&
            bag_count_part(&question->pairs, question->walk->text, last->start, piece->end) ==
                NULL) {
            return -1;
        }
        if (last != NULL && last->position != piece->position) {
            if (unit != NULL && bag_count(&question->units, unit->term) == NULL) {
                return -1;
            }
            unit = NULL;
        }
        if ((unit == NULL || length > PyUnicode_GET_LENGTH(unit->term)) &&
            PyUnicode_FindChar(piece->term, ' ', 0, length, 1) < 0) {
            unit = piece;
        }
    }
    return unit != NULL && bag_count(&question->units, unit->term) == NULL ? -1 : 0;
}

/* Count the pairs of letters and digits, and CJK characters without a neighbour.
 *
 * What is stopped has a byte that is not 0.
 */
static int
take_grams(Question *question, const uint8_t *stopped)
{
    const Walk *walk = question->walk;
    int has_cjk = 0;
    Py_ssize_t at;

    for (at = 0; at + 1 < walk->length; at++) {
        uint8_t first = class_at(walk, at), second = class_at(walk, at + 1);
        Counted *gram;

        if (!(first & KIND) || !(second & KIND) || (stopped[at] && stopped[at + 1])) {
            continue;
        }
        gram = bag_count_part(&question->grams, walk->text, at, at + 2);
        if (gram == NULL) {
            return -1;
        }
        gram->is_cjk = is_cjk(first) || is_cjk(second);
        has_cjk |= gram->is_cjk;
    }
    if (question->has_strong || has_cjk) {
        return 0;
    }
    for (at = 0; at < walk->length; at++) {
        uint8_t class = class_at(walk, at);
        int is_paired = (at > 0 && (class_at(walk, at - 1) & KIND)) ||
                        (at + 1 < walk->length && (class_at(walk, at + 1) & KIND));

        if (is_cjk(class) && !is_paired && !stopped[at]) {
            Counted *gram = bag_count_part(&question->grams, walk->text, at, at + 1);

            if (gram == NULL) {
                return -1;
            }
            gram->is_cjk = 1;
        }
    }
    return 0;
}

static PyObject *
made_term(const Forms *forms, const Counted *counted, PyObject *channel, int is_weak)
{
    PyObject *values[TERM_FIELDS];

    Py_INCREF(counted->string);
    Py_INCREF(channel);
    values[0] = counted->string;
    values[1] = channel;
    values[2] = PyLong_FromSsize_t(counted->count);
    values[3] = PyBool_FromLong(is_weak);
    return make_object(forms->term_type, forms->term_slots, values, TERM_FIELDS);
}

static PyObject *
made_terms(const Question *question, const Forms *forms)
{
    const Bag *words = &question->words, *grams = &question->grams;
    PyObject *terms = PyTuple_New(words->count + grams->count);
    Py_ssize_t i;

    for (i = 0; terms != NULL && i < words->count + grams->count; i++) {
        const Counted *counted =
            i < words->count ? &words->items[i] : &grams->items[i - words->count];
        int is_weak = i < words->count
                          ? !counted->is_strong
                          : !counted->is_cjk || PyUnicode_GET_LENGTH(counted->string) == 1;
        PyObject *term =
            made_term(forms, counted, i < words->count ? forms->words : forms->grams, is_weak);

        if (term == NULL) {
            Py_CLEAR(terms);
        }
        else {
            PyTuple_SET_ITEM(terms, i, term);
        }
    }
    return terms;
}

/* The strings of a bag, and then those of another, from a length on. */
static PyObject *
made_strings(const Bag *bag, const Bag *other, Py_ssize_t shortest)
{
    const Bag *bags[2];
    PyObject *strings;
    Py_ssize_t i, size = 0, at = 0;
    int n;

    bags[0] = bag;
    bags[1] = other;
    for (n = 0; n < 2; n++) {
        for (i = 0; bags[n] != NULL && i < bags[n]->count; i++) {
            size += PyUnicode_GET_LENGTH(bags[n]->items[i].string) >= shortest;
        }
    }
    strings = PyTuple_New(size);
    for (n = 0; strings != NULL && n < 2; n++) {
        for (i = 0; bags[n] != NULL && i < bags[n]->count; i++) {
            PyObject *string = bags[n]->items[i].string;

            if (PyUnicode_GET_LENGTH(string) >= shortest) {
                Py_INCREF(string);
                PyTuple_SET_ITEM(strings, at++, string);
            }
        }
    }
    return strings;
}

/* The pairs that are terms and not weak. */
static PyObject *
made_pairs(const Bag *grams)
{
    PyObject *pairs;
    Py_ssize_t i, size = 0, at = 0;

    for (i = 0; i < grams->count; i++) {
        size += grams->items[i].is_cjk && PyUnicode_GET_LENGTH(grams->items[i].string) > 1;
    }
    pairs = PyTuple_New(size);
    for (i = 0; pairs != NULL && i < grams->count; i++) {
        PyObject *string = grams->items[i].string;

        if (grams->items[i].is_cjk && PyUnicode_GET_LENGTH(string) > 1) {
            Py_INCREF(string);
            PyTuple_SET_ITEM(pairs, at++, string);
        }
    }
    return pairs;
}

static PyObject *
made_question(const Question *question, const Forms *forms)
{
    PyObject *values[TEXT_FIELDS];

    Py_INCREF(question->walk->text);
    values[0] = question->walk->text;
    values[1] = made_terms(question, forms);
    values[2] = values[1] == NULL ? NULL : made_strings(&question->units, NULL, 0);
    values[3] = values[2] == NULL ? NULL : made_strings(&question->units, &question->pairs, 2);
    if (values[3] != NULL && PyTuple_GET_SIZE(values[3]) == 0) {
        Py_INCREF(values[2]);
        Py_SETREF(values[3], values[2]);
    }
    values[4] = values[3] == NULL ? NULL : made_pairs(&question->grams);
    return make_object(forms->text_type, forms->text_slots, values, TEXT_FIELDS);
}

/* What is in no word is stopped, if there are words that are none. */
static void
mark_stopped(const Walk *walk, const Pieces *pieces, uint8_t *stopped)
{
    Py_ssize_t i;

    memset(stopped, PySet_GET_SIZE(walk->cutter->stop_words) != 0, (size_t)walk->length);
    for (i = 0; i < pieces->count; i++) {
        Py_ssize_t start = pieces->items[i].start, end = pieces->items[i].end;

        if (start >= 0 && start < end && end <= walk->length) {
            memset(stopped + start, 0, (size_t)(end - start));
        }
    }
}

static PyObject *
question_of(const Walk *walk, const Pieces *pieces, const Forms *forms)
{
    PyObject *result = NULL;
    uint8_t few[256], *stopped = few;
    Question question;
    int failed;

    question.walk = walk;
    question.pieces = pieces;
    question.has_strong = 0;
    failed = bag_init(&question.words);
    failed |= bag_init(&question.grams);
    failed |= bag_init(&question.units);
    failed |= bag_init(&question.pairs);
    if (walk->length > (Py_ssize_t)sizeof few) {
        stopped = PyMem_Malloc((size_t)walk->length);
        if (stopped == NULL) {
            PyErr_NoMemory();
        }
    }
    if (!failed && stopped != NULL) {
        mark_stopped(walk, pieces, stopped);
        if (take_words(&question) == 0 && take_grams(&question, stopped) == 0) {
            result = made_question(&question, forms);
        }
    }
    if (stopped != few) {
        PyMem_Free(stopped);
    }
    bag_free(&question.words);
    bag_free(&question.grams);
    bag_free(&question.units);
    bag_free(&question.pairs);
    return result;
}

#include "text/seeking.h"

PyDoc_STRVAR(forms_doc, "Forms(text_type, term_type, words, grams)\n--\n\n"
                        "The classes of analyzed texts and of their terms, and the channels.");

static PyType_Slot forms_slots[] = {
    {Py_tp_doc, (void *)forms_doc},
    {Py_tp_new, (void *)forms_new},
    {Py_tp_dealloc, (void *)forms_dealloc},
    {Py_tp_methods, forms_methods},
    {0, NULL},
};

static PyType_Spec forms_spec = {
    "searcher.kernel._text.Forms",
    sizeof(Forms),
    0,
    Py_TPFLAGS_DEFAULT,
    forms_slots,
};

PyDoc_STRVAR(analyze_doc, "analyze(folded, phrases, forms)\n--\n\n"
                          "What a folded query text asks for, as an object of the forms' text type.");

static PyObject *
cutter_analyze(PyObject *self, PyObject *args)
{
    PyObject *text, *phrases, *forms, *result = NULL;
    Pieces pieces;
    Walk walk;

    if (!PyArg_ParseTuple(args, "UO!O", &text, &PyTuple_Type, &phrases, &forms)) {
        return NULL;
    }
    if (Py_TYPE(forms)->tp_dealloc != forms_dealloc) {
        PyErr_SetString(PyExc_TypeError, "not the forms of a query");
        return NULL;
    }
    if (walk_init(&walk, (Cutter *)self, text, phrases) < 0) {
        return NULL;
    }
    pieces_init(&pieces);
    walk.pieces = &pieces;
    if (cut_walk(&walk) == 0) {
        result = question_of(&walk, &pieces, (const Forms *)forms);
    }
    pieces_free(&pieces);
    return result;
}

/* ---- Vocabularies -------------------------------------------------------------------------- */

PyDoc_STRVAR(numbers_doc, "numbers(folded, phrases=())\n--\n\n"
                          "The word terms of a folded text by their numbers, 4 bytes each. A term\n"
                          "that was not met before gets the next number.");

static PyObject *
vocabulary_numbers(PyObject *self, PyObject *args)
{
    PyObject *text, *phrases = NULL, *result = NULL;
    Numbers numbers = {(Vocabulary *)self, NULL, 0, 0};
    Walk walk;

    if (!PyArg_ParseTuple(args, "U|O!", &text, &PyTuple_Type, &phrases) ||
        walk_init(&walk, numbers.vocabulary->cutter, text, phrases) < 0) {
        return NULL;
    }
    numbers.vocabulary->cutter->numbered += walk.length;
    if (numbers.vocabulary->cutter->numbered >= PAIRS_FROM &&
        find_pairs(numbers.vocabulary->cutter) < 0) {
        return NULL;
    }
    walk.numbers = &numbers;
    if (cut_walk(&walk) == 0) {
        result = PyBytes_FromStringAndSize((const char *)numbers.items,
                                           numbers.count * (Py_ssize_t)sizeof *numbers.items);
    }
    PyMem_Free(numbers.items);
    return result;
}

PyDoc_STRVAR(vocabulary_terms_doc, "terms()\n--\n\n"
                                   "All terms that were met, in the order of their numbers.");

static PyObject *
vocabulary_terms(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    Vocabulary *self = (Vocabulary *)object;
    PyObject *terms = PyList_New(self->count), *other, *number;
    Py_ssize_t i, place = 0;

    for (i = 0; terms != NULL && i < self->count; i++) {
        PyObject *term = NULL;

        if (self->nodes[i]) {
            term = self->cutter->terms[self->nodes[i]];
        }
        else if (PyDict_Next(self->others, &place, &other, &number)) {
            term = other; /* they are in the order in which they came */
        }
        Py_XINCREF(term);
        PyList_SET_ITEM(terms, i, term);
    }
    return terms;
}

static void
vocabulary_dealloc(PyObject *object)
{
    Vocabulary *self = (Vocabulary *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyMem_Free(self->of_node);
    PyMem_Free(self->nodes);
    Py_XDECREF(self->others);
    Py_XDECREF(self->cutter);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef vocabulary_methods[] = {
    {"numbers", vocabulary_numbers, METH_VARARGS, numbers_doc},
    {"terms", vocabulary_terms, METH_NOARGS, vocabulary_terms_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(vocabulary_doc, "Numbers for the terms of texts, which a cutter gives.");

static PyType_Slot vocabulary_slots[] = {
    {Py_tp_doc, (void *)vocabulary_doc},
    {Py_tp_dealloc, (void *)vocabulary_dealloc},
    {Py_tp_methods, vocabulary_methods},
    {0, NULL},
};

static PyType_Spec vocabulary_spec = {
    "searcher.kernel._text.Vocabulary",
    sizeof(Vocabulary),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    vocabulary_slots,
};

PyDoc_STRVAR(cutter_vocabulary_doc, "vocabulary()\n--\n\n"
                                    "An empty vocabulary. With much text that it numbers the\n"
                                    "cutter becomes faster.");

static PyObject *
cutter_vocabulary(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    Cutter *cutter = (Cutter *)object;
    PyObject *module = PyType_GetModule(Py_TYPE(object)), *type;
    Vocabulary *self;

    if (module == NULL) {
        return NULL;
    }
    type = PyObject_GetAttrString(module, "Vocabulary");
    if (type == NULL) {
        return NULL;
    }
    self = (Vocabulary *)((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 0);
    Py_DECREF(type);
    if (self == NULL) {
        return NULL;
    }
    Py_INCREF(cutter);
    self->cutter = cutter;
    self->of_node = PyMem_Calloc(cutter->nodes, sizeof *self->of_node);
    self->others = PyDict_New();
    if (self->of_node == NULL && self->others != NULL) {
        PyErr_NoMemory();
    }
    if (self->of_node == NULL || self->others == NULL) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static void
cutter_dealloc(PyObject *object)
{
    Cutter *self = (Cutter *)object;
    PyTypeObject *type = Py_TYPE(object);
    uint32_t node;

    if (self->terms != NULL) {
        for (node = 0; node < self->nodes; node++) {
            Py_XDECREF(self->terms[node]);
        }
    }
    PyMem_Free(self->terms);
    PyMem_Free(self->pairs);
    PyMem_Free(self->weights);
    PyMem_Free(self->roots);
    route_free(self->spare);
    Py_XDECREF(self->stop_words);
    Py_XDECREF(self->token_type);
    if (self->table.obj != NULL) {
        PyBuffer_Release(&self->table);
    }
    type->tp_free(object);
    Py_DECREF(type);
}

/* Check the header of the table, and find its parts. */
static int
open_table(Cutter *self, const char *stamp)
{
    const char *data = self->table.buf;
    uint32_t nodes, words;

    if (self->table.len < HEADER_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0) {
        PyErr_SetString(PyExc_ValueError, "not a table of words");
        return -1;
    }
    memcpy(&nodes, data + 8, 4);
    memcpy(&words, data + 12, 4);
    if (memcmp(data + 16, stamp, STAMP_SIZE) != 0) {
        PyErr_SetString(PyExc_ValueError, "a table of other words");
        return -1;
    }
    if (nodes == 0 || nodes > LARGEST_TABLE || words >= nodes ||
        (uint64_t)self->table.len != HEADER_SIZE + 4 + 10 * (uint64_t)nodes) {
        PyErr_SetString(PyExc_ValueError, "a table of words with wrong sizes");
        return -1;
    }
    if ((uintptr_t)data % sizeof(uint32_t) != 0) {
        PyErr_SetString(PyExc_ValueError, "a table of words at an odd address");
        return -1;
    }
    self->nodes = nodes;
    self->frequency = (const uint32_t *)(const void *)(data + HEADER_SIZE);
    self->first = self->frequency + nodes;
    self->label = (const uint16_t *)(self->first + nodes + 1);
    return 0;
}

static PyObject *
cutter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *stop_words, *token_type;
    Cutter *self;
    Py_buffer table;
    const char *stamp;
    Py_ssize_t stamp_size;
    double log_total;
    uint32_t node, end;

    if (kwargs != NULL && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Cutter takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "y*y#dO!O!", &table, &stamp, &stamp_size, &log_total,
                          &PyFrozenSet_Type, &stop_words, &PyType_Type, &token_type)) {
        return NULL;
    }
    if (stamp_size != STAMP_SIZE || !PyFrozenSet_CheckExact(stop_words) ||
        !PyType_IsSubtype((PyTypeObject *)token_type, &PyTuple_Type)) {
        PyErr_SetString(PyExc_TypeError, "Cutter takes a stamp of 16 bytes, a frozenset, a tuple");
        PyBuffer_Release(&table);
        return NULL;
    }
    self = (Cutter *)type->tp_alloc(type, 0);
    if (self == NULL) {
        PyBuffer_Release(&table);
        return NULL;
    }
    self->table = table;
    self->log_total = log_total;
    Py_INCREF(stop_words);
    self->stop_words = stop_words;
    Py_INCREF(token_type);
    self->token_type = token_type;
    if (open_table(self, stamp) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    self->roots = PyMem_Calloc(65536, sizeof(uint32_t));
    self->weights = PyMem_Calloc(self->nodes, sizeof(double));
    self->terms = PyMem_Calloc(self->nodes, sizeof(PyObject *));
    if (self->roots == NULL || self->weights == NULL || self->terms == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    end = self->first[1] < self->nodes ? self->first[1] : self->nodes;
    for (node = 1; node < end; node++) {
        self->roots[self->label[node]] = node;
    }
    return (PyObject *)self;
}

static PyMethodDef cutter_methods[] = {
    {"terms", cutter_terms, METH_VARARGS, terms_doc},
    {"words", cutter_words, METH_VARARGS, words_doc},
    {"vocabulary", cutter_vocabulary, METH_NOARGS, cutter_vocabulary_doc},
    {"analyze", cutter_analyze, METH_VARARGS, analyze_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(cutter_doc, "Cutter(table, stamp, log_total, stop_words, token_type)\n--\n\n"
                         "Cuts folded texts into terms, by a table that ``compile`` made.");

static PyType_Slot cutter_slots[] = {
    {Py_tp_doc, (void *)cutter_doc},
    {Py_tp_new, (void *)cutter_new},
    {Py_tp_dealloc, (void *)cutter_dealloc},
    {Py_tp_methods, cutter_methods},
    {0, NULL},
};

static PyType_Spec cutter_spec = {
    "searcher.kernel._text.Cutter",
    sizeof(Cutter),
    0,
    Py_TPFLAGS_DEFAULT,
    cutter_slots,
};

/* ---- The module ---------------------------------------------------------------------------- */

static int
add_type(PyObject *module, const char *name, PyType_Spec *spec)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
    int failed;

    if (type == NULL) {
        return -1;
    }
    failed = PyModule_AddObjectRef(module, name, type);
    Py_DECREF(type);
    return failed;
}

static int
text_exec(PyObject *module)
{
    return add_type(module, "Cutter", &cutter_spec) < 0 ||
                   add_type(module, "Vocabulary", &vocabulary_spec) < 0 ||
                   add_type(module, "Forms", &forms_spec) < 0
               ? -1
               : 0;
}

static PyMethodDef text_methods[] = {
    {"compile", text_compile, METH_VARARGS, compile_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot text_slots[] = {
    {Py_mod_exec, (void *)text_exec},
    {0, NULL},
};

static struct PyModuleDef text_module = {
    PyModuleDef_HEAD_INIT, "searcher.kernel._text", "Words of folded text.", 0,
    text_methods, text_slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__text(void)
{
    return PyModuleDef_Init(&text_module);
}
