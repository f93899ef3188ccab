/* Marks and snippets: what searcher/query/snippets.py and sentences.py do, in C, with the same
 * results.
 *
 * The steps and their names are those of these modules, which say why each is as it is. What is
 * rare is left to it: joined emoji, and texts that do not fold character by character.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CODES 0x110000u /* of Unicode */

/* Traits of a character, as in searcher/query/traits.py. */
#define WIDTH 0x0003u   /* in cells */
#define HIDDEN 0x0004u  /* shown as a space; all other traits are those of a space */
#define SPACE 0x0008u   /* white */
#define ENDS 0x0010u    /* a sentence */
#define CLOSES 0x0020u  /* a quotation or the like */
#define NEWLINE 0x0040u
#define BLANK 0x0080u
#define JOINS 0x0100u   /* the character before it */
#define LETTER 0x0200u  /* not CJK */
#define DIGIT 0x0400u   /* not CJK */
#define ASCII 0x0800u
#define SPECIAL 0x1000u /* changes the width of its neighbours */
#define KNOWN 0x8000u

#define ELLIPSIS 0x2026u
#define MOST_MARKS 2000
#define IN_TITLE 0.5
#define COMMON 2.0
#define COMMON_SENTENCES 6
#define CLOSE 0.3
#define CLOSE_CHARACTERS 10
#define REPEATED 0.1
#define BEFORE 0.5
#define LEADING 0.8
#define HEADING 0.7
#define LONGEST_HEADING 48
#define MOST_SENTENCES 4
#define WORTH_ADDING 0.3
#define ADJACENT 1.5
#define LONGEST_PART ((Py_ssize_t)1 << 20)
#define WORTH_FILLING 24
#define NEARBY 16
#define MOST_GROUPS 500
#define GREATEST_WIDTH (1L << 20)

/* What is looked for is entered by its first two letters, or by its only one. Most letters of a
 * text begin nothing, which a byte for each slot tells.
 */
#define SLOTS 512
#define PAIR_SLOT(FIRST, SECOND) (((Py_UCS4)(FIRST) * 5u + (SECOND)) % SLOTS)

/* ---- traits of characters ---- */

typedef struct {
    PyObject_HEAD
    PyObject *lookup; /* code point -> traits */
    uint16_t *traits;
} Characters;

/* Ask for the traits of a character that is met for the first time; 0 with an exception set. */
static unsigned ask(Characters *self, Py_UCS4 code)
{
    PyObject *result;
    unsigned long traits;
    if (self->lookup == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the characters are being taken down");
        return 0;
    }
    result = PyObject_CallFunction(self->lookup, "I", (unsigned int)code);
    if (result == NULL) {
        return 0;
    }
    traits = PyLong_AsUnsignedLong(result);
    Py_DECREF(result);
    if (PyErr_Occurred()) {
        return 0;
    }
    if (traits >= KNOWN) {
        PyErr_SetString(PyExc_ValueError, "there are no such traits");
        return 0;
    }
    self->traits[code] = (uint16_t)(traits | KNOWN);
    return self->traits[code];
}

static unsigned traits_of(Characters *self, Py_UCS4 code)
{
    const unsigned traits = self->traits[code];
    return traits != 0 ? traits : ask(self, code);
}

static PyObject *Characters_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *lookup;
    int first, last, code;
    unsigned traits;
    Characters *self;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "Oii:Characters", &lookup, &first, &last)) {
        return NULL;
    }
    if (first < 0 || last < first || last >= (int)CODES) {
        PyErr_SetString(PyExc_ValueError, "not a range of code points");
        return NULL;
    }
    self = (Characters *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    Py_INCREF(lookup);
    self->lookup = lookup;
    /* Systems give zeros as pages that take no memory until they are written to. */
    self->traits = PyMem_RawCalloc(CODES, sizeof(uint16_t));
    if (self->traits == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    traits = ask(self, (Py_UCS4)first);
    if (traits == 0) {
        Py_DECREF(self);
        return NULL;
    }
    for (code = first; code <= last; code++) {
        self->traits[code] = (uint16_t)traits;
    }
    return (PyObject *)self;
}

static int Characters_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Characters *)self)->lookup);
    return 0;
}

static int Characters_clear(PyObject *self)
{
    Py_CLEAR(((Characters *)self)->lookup);
    return 0;
}

static void Characters_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Characters_clear(self);
    PyMem_RawFree(((Characters *)self)->traits);
    Py_TYPE(self)->tp_free(self);
}

PyDoc_STRVAR(Characters_doc,
             "Characters(lookup, first, last)\n--\n\n"
             "What snippets need to know of characters: ``lookup`` gives the traits of a code\n"
             "point. All from ``first`` to ``last`` have the same.");

static PyTypeObject CharactersType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "searcher.kernel._snippets.Characters",
    .tp_basicsize = sizeof(Characters),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = Characters_doc,
    .tp_new = Characters_new,
    .tp_dealloc = Characters_dealloc,
    .tp_traverse = Characters_traverse,
    .tp_clear = Characters_clear,
};

/* ---- objects of classes with slots ---- */

/* Find the slot of a field of a class, which has no base; NULL with an exception set. */
static PyMemberDef *slot_of(PyTypeObject *type, PyObject *name)
{
    PyObject *slot;
    PyMemberDef *member = NULL;
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) || type->tp_base != &PyBaseObject_Type) {
        PyErr_SetString(PyExc_TypeError, "not a plain class");
        return NULL;
    }
    slot = PyObject_GetAttr((PyObject *)type, name);
    if (slot == NULL) {
        return NULL;
    }
    if (Py_TYPE(slot) == &PyMemberDescr_Type && PyDescr_TYPE(slot) == type) {
        member = ((PyMemberDescrObject *)slot)->d_member; /* lives as long as the class */
    }
    else {
        PyErr_Format(PyExc_TypeError, "%R is no slot", name);
    }
    Py_DECREF(slot);
    return member;
}

/* Makes objects of a class by filling in its slots. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyTypeObject *made;
    PyMemberDef **slots;
    Py_ssize_t count;
} Maker;

static PyObject *Maker_call(PyObject *object, PyObject *const *values, size_t flags,
                            PyObject *names)
{
    const Maker *self = (const Maker *)object;
    const Py_ssize_t count = PyVectorcall_NARGS(flags);
    PyObject *result;
    Py_ssize_t n;
    if (count != self->count || (names != NULL && PyTuple_GET_SIZE(names) > 0)) {
        PyErr_Format(PyExc_TypeError, "there are %zd values to give, by their places",
                     self->count);
        return NULL;
    }
    result = self->made->tp_alloc(self->made, 0);
    for (n = 0; result != NULL && n < count; n++) {
        if (PyMember_SetOne((char *)result, self->slots[n], values[n]) < 0) {
            Py_CLEAR(result);
        }
    }
    return result;
}

static PyObject *Maker_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *made, *names;
    Maker *self;
    Py_ssize_t n;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "O!O!:Maker", &PyType_Type, &made, &PyTuple_Type, &names)) {
        return NULL;
    }
    self = (Maker *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->call = Maker_call;
    self->count = PyTuple_GET_SIZE(names);
    Py_INCREF(made);
    self->made = (PyTypeObject *)made;
    self->slots = PyMem_Calloc((size_t)self->count + 1, sizeof(PyMemberDef *));
    if (self->slots == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    for (n = 0; n < self->count; n++) {
        self->slots[n] = slot_of(self->made, PyTuple_GET_ITEM(names, n));
        if (self->slots[n] == NULL) {
            Py_DECREF(self);
            return NULL;
        }
    }
    return (PyObject *)self;
}

static void Maker_dealloc(PyObject *self)
{
    PyMem_Free(((Maker *)self)->slots);
    Py_XDECREF(((Maker *)self)->made);
    Py_TYPE(self)->tp_free(self);
}

PyDoc_STRVAR(Maker_doc,
             "Maker(class, names)\n--\n\n"
             "Called with values for the fields of these names, makes an object of a frozen class\n"
             "with slots, as its own constructor does, but sooner.");

static PyTypeObject MakerType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "searcher.kernel._snippets.Maker",
    .tp_basicsize = sizeof(Maker),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Maker, call),
    .tp_call = PyVectorcall_Call,
    .tp_doc = Maker_doc,
    .tp_new = Maker_new,
    .tp_dealloc = Maker_dealloc,
};

/* ---- growing arrays ---- */

typedef struct {
    Py_ssize_t start, end;
    int number; /* which of the highlights */
} Mark;

typedef struct {
    Mark *items;
    Py_ssize_t count, room;
    Mark few[48]; /* where the items are while they are few */
} Marks;

typedef struct {
    Py_ssize_t start, end;
    Py_ssize_t first, count; /* its marks */
    int is_heading, is_lead;
    double score;
} Sentence;

typedef struct {
    Sentence *items;
    Py_ssize_t count, room;
    Sentence few[48];
} Sentences;

/* More room for an array that is full; NULL with an exception set. */
static void *grown(void *items, void *few, Py_ssize_t *room, size_t size)
{
    void *more;
    if ((size_t)*room > (size_t)PY_SSIZE_T_MAX / size / 2) {
        return PyErr_NoMemory();
    }
    more = PyMem_Realloc(items == few ? NULL : items, 2 * (size_t)*room * size);
    if (more == NULL) {
        return PyErr_NoMemory();
    }
    if (items == few) {
        memcpy(more, few, (size_t)*room * size);
    }
    *room *= 2;
    return more;
}

#define DEFINE_ARRAY(NAME, TYPE, ITEM)                                                         \
    static void NAME##_init(TYPE *array)                                                       \
    {                                                                                          \
        array->items = array->few;                                                             \
        array->count = 0;                                                                      \
        array->room = (Py_ssize_t)(sizeof(array->few) / sizeof(array->few[0]));                \
    }                                                                                          \
    static void NAME##_free(TYPE *array)                                                       \
    {                                                                                          \
        if (array->items != array->few) {                                                      \
            PyMem_Free(array->items);                                                          \
        }                                                                                      \
    }                                                                                          \
    static int NAME##_add(TYPE *array, ITEM item)                                              \
    {                                                                                          \
        if (array->count == array->room) {                                                     \
            void *more = grown(array->items, array->few, &array->room, sizeof(ITEM));          \
            if (more == NULL) {                                                                \
                return -1;                                                                     \
            }                                                                                  \
            array->items = more;                                                               \
        }                                                                                      \
        array->items[array->count++] = item;                                                   \
        return 0;                                                                              \
    }

typedef struct {
    Py_UCS4 *items;
    Py_ssize_t count, room;
    Py_UCS4 few[512];
} Letters;

DEFINE_ARRAY(marks, Marks, Mark)
DEFINE_ARRAY(sentences, Sentences, Sentence)
DEFINE_ARRAY(letters, Letters, Py_UCS4)

/* ---- what to mark ---- */

typedef struct {
    PyObject *literal; /* the string to find; NULL where find is asked */
    PyObject *find;    /* folded text -> spans; NULL where there is a literal */
    Py_UCS4 first, second; /* letters of the literal; the second is 0 if there is none */
    Py_ssize_t length;     /* of the literal */
    double weight;
    int is_whole; /* not inside a longer word */
    int is_fallback;
    int next; /* of the same slot, or -1 */
} Highlight;

typedef struct {
    PyObject_HEAD
    Characters *characters;
    PyObject *fold; /* text -> str, (str, starts, ends) or None */
    PyTypeObject *snippet;
    PyMemberDef *snippet_text, *snippet_spans;
    Highlight *items;
    int count;
    /* Main ones, fallbacks: */
    int has_single[2], has_longer[2], has_finds[2];
    uint8_t is_single[2][SLOTS], is_longer[2][SLOTS];
    int (*single)[SLOTS], (*longer)[SLOTS]; /* where a byte is set, a literal */
} Highlights;

static int compare_marks(const void *left, const void *right)
{
    const Mark *a = left, *b = right;
    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    if (a->end != b->end) {
        return a->end > b->end ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

/* By start, the longest first, then in the order of the highlights. */
static void sort_marks(Marks *marks, int is_nearly_sorted)
{
    Py_ssize_t n, at;
    if (!is_nearly_sorted) {
        qsort(marks->items, (size_t)marks->count, sizeof(Mark), compare_marks);
        return;
    }
    for (n = 1; n < marks->count; n++) {
        const Mark mark = marks->items[n];
        for (at = n; at > 0 && compare_marks(&marks->items[at - 1], &mark) > 0; at--) {
            marks->items[at] = marks->items[at - 1];
        }
        marks->items[at] = mark;
    }
}

/* A folded text and the way back. */
typedef struct {
    PyObject *text;
    const char *starts, *ends; /* native uint32 each, or NULL where offsets are the same */
} Folded;

static Mark original_mark(const Folded *folded, Py_ssize_t start, Py_ssize_t end, int number)
{
    Mark mark = {start, end, number};
    if (folded->starts != NULL && start < end) {
        uint32_t offset;
        memcpy(&offset, folded->starts + (size_t)start * sizeof(offset), sizeof(offset));
        mark.start = (Py_ssize_t)offset;
        memcpy(&offset, folded->ends + (size_t)(end - 1) * sizeof(offset), sizeof(offset));
        mark.end = (Py_ssize_t)offset;
    }
    return mark;
}

/* Whether a span begins or ends inside a Latin word or a number; -1 with an exception set. */
static int cuts_word(Characters *characters, PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t edges[2], n;
    edges[0] = start;
    edges[1] = end;
    for (n = 0; n < 2; n++) {
        unsigned before, after;
        if (edges[n] <= 0 || edges[n] >= PyUnicode_GET_LENGTH(text)) {
            continue;
        }
        before = traits_of(characters, PyUnicode_READ(kind, data, edges[n] - 1));
        after = traits_of(characters, PyUnicode_READ(kind, data, edges[n]));
        if (before == 0 || after == 0) {
            return -1;
        }
        if (before & after & (LETTER | DIGIT)) {
            return 1;
        }
    }
    return 0;
}

/* Where a literal was found last, and how often. */
typedef struct {
    Py_ssize_t end;
    int count;
} Progress;

/* Mark a literal if it stands at an offset, where its first two letters do. */
static int mark_literal(Highlights *self, int number, const Folded *folded, Py_ssize_t at,
                        Progress *progress, Marks *marks)
{
    const Highlight *item = &self->items[number];
    const int kind = PyUnicode_KIND(folded->text);
    const void *data = PyUnicode_DATA(folded->text);
    const int literal_kind = PyUnicode_KIND(item->literal);
    const void *literal = PyUnicode_DATA(item->literal);
    Py_ssize_t offset;
    if (item->length > PyUnicode_GET_LENGTH(folded->text) - at || at < progress->end ||
        progress->count >= MOST_MARKS) {
        return 0;
    }
    for (offset = 2; offset < item->length; offset++) {
        if (PyUnicode_READ(literal_kind, literal, offset) !=
            PyUnicode_READ(kind, data, at + offset)) {
            return 0;
        }
    }
    progress->end = at + item->length;
    if (item->is_whole) {
        const int cuts = cuts_word(self->characters, folded->text, at, at + item->length);
        if (cuts != 0) {
            return cuts < 0 ? -1 : 0;
        }
    }
    progress->count++;
    return marks_add(marks, original_mark(folded, at, at + item->length, number));
}

/* Find the literals of one letter and the longer ones, each in one pass over the text. */
#define DEFINE_SCAN(NAME, UNIT)                                                                 \
    static int NAME(Highlights *self, int group, const UNIT *text, const Folded *folded,        \
                    Progress *progress, Marks *marks)                                           \
    {                                                                                           \
        const Py_ssize_t length = PyUnicode_GET_LENGTH(folded->text);                           \
        const Py_ssize_t pairs = self->has_longer[group] ? length - 1 : 0;                      \
        const Py_ssize_t singles = self->has_single[group] ? length : 0;                        \
        const uint8_t *is_single = self->is_single[group], *is_longer = self->is_longer[group]; \
        Py_ssize_t at;                                                                          \
        int n;                                                                                  \
        for (at = 0; at < pairs; at++) {                                                        \
            const Py_UCS4 slot = PAIR_SLOT(text[at], text[at + 1]);                             \
            if (!is_longer[slot]) {                                                             \
                continue;                                                                       \
            }                                                                                   \
            for (n = self->longer[group][slot]; n >= 0; n = self->items[n].next) {              \
                if (self->items[n].first == text[at] &&                                         \
                    self->items[n].second == text[at + 1] &&                                    \
                    mark_literal(self, n, folded, at, &progress[n], marks) < 0) {               \
                    return -1;                                                                  \
                }                                                                               \
            }                                                                                   \
        }                                                                                       \
        for (at = 0; at < singles; at++) {                                                      \
            const Py_UCS4 slot = text[at] % SLOTS;                                              \
            if (!is_single[slot]) {                                                             \
                continue;                                                                       \
            }                                                                                   \
            for (n = self->single[group][slot]; n >= 0; n = self->items[n].next) {              \
                if (self->items[n].first == text[at] &&                                         \
                    mark_literal(self, n, folded, at, &progress[n], marks) < 0) {               \
                    return -1;                                                                  \
                }                                                                               \
            }                                                                                   \
        }                                                                                       \
        return 0;                                                                               \
    }

DEFINE_SCAN(scan_1, Py_UCS1)
DEFINE_SCAN(scan_2, Py_UCS2)
DEFINE_SCAN(scan_4, Py_UCS4)

static int find_literals(Highlights *self, const Folded *folded, int group, Marks *marks)
{
    PyObject *text = folded->text;
    Progress few[64], *progress = few;
    int result;
    if (self->count > 64) {
        progress = PyMem_Malloc((size_t)self->count * sizeof(Progress));
        if (progress == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    memset(progress, 0, (size_t)self->count * sizeof(Progress));
    switch (PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
        result = scan_1(self, group, PyUnicode_1BYTE_DATA(text), folded, progress, marks);
        break;
    case PyUnicode_2BYTE_KIND:
        result = scan_2(self, group, PyUnicode_2BYTE_DATA(text), folded, progress, marks);
        break;
    default:
        result = scan_4(self, group, PyUnicode_4BYTE_DATA(text), folded, progress, marks);
        break;
    }
    if (progress != few) {
        PyMem_Free(progress);
    }
    return result;
}

/* Mark what a highlight finds by itself. */
static int find_spans(Highlights *self, const Folded *folded, int number, Marks *marks)
{
    PyObject *spans = PyObject_CallFunctionObjArgs(self->items[number].find, folded->text, NULL);
    PyObject *iterator = spans == NULL ? NULL : PyObject_GetIter(spans);
    int n;
    Py_XDECREF(spans);
    if (iterator == NULL) {
        return -1;
    }
    for (n = 0; n < MOST_MARKS; n++) {
        Py_ssize_t start, end;
        int is_good;
        PyObject *span = PyIter_Next(iterator);
        if (span == NULL) {
            break;
        }
        if (!PyTuple_Check(span)) {
            PyErr_SetString(PyExc_TypeError, "a span is a tuple");
            Py_DECREF(span);
            break;
        }
        is_good = PyArg_ParseTuple(span, "nn:span", &start, &end);
        Py_DECREF(span);
        if (is_good && (start < 0 || end < start || end > PyUnicode_GET_LENGTH(folded->text))) {
            PyErr_SetString(PyExc_ValueError, "a span lies outside the text");
            is_good = 0;
        }
        if (!is_good || marks_add(marks, original_mark(folded, start, end, number)) < 0) {
            break;
        }
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

/* Find what to mark in a text, in order. Returns 1, 0 to leave it to Python, -1 on an exception. */
static int find_marks(Highlights *self, PyObject *text, Marks *marks)
{
    Folded folded = {NULL, NULL, NULL};
    PyObject *answer;
    int group, n, result = 1;
    if (self->fold == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the highlights are being taken down");
        return -1;
    }
    if (PyUnicode_GET_LENGTH(text) == 0) {
        return 1;
    }
    answer = PyObject_CallFunctionObjArgs(self->fold, text, NULL);
    if (answer == NULL) {
        return -1;
    }
    if (answer == Py_None) {
        Py_DECREF(answer);
        return 0;
    }
    folded.text = answer;
    if (PyTuple_Check(answer) && PyTuple_GET_SIZE(answer) == 3) {
        const Py_ssize_t size = (Py_ssize_t)sizeof(uint32_t);
        PyObject *starts = PyTuple_GET_ITEM(answer, 1), *ends = PyTuple_GET_ITEM(answer, 2);
        folded.text = PyTuple_GET_ITEM(answer, 0);
        if (PyUnicode_Check(folded.text) && PyBytes_Check(starts) && PyBytes_Check(ends) &&
            PyBytes_GET_SIZE(starts) / size == PyUnicode_GET_LENGTH(folded.text) &&
            PyBytes_GET_SIZE(ends) / size == PyUnicode_GET_LENGTH(folded.text)) {
            folded.starts = PyBytes_AS_STRING(starts);
            folded.ends = PyBytes_AS_STRING(ends);
        }
    }
    if (!PyUnicode_Check(folded.text) || (folded.text != answer && folded.starts == NULL)) {
        PyErr_SetString(PyExc_TypeError, "not a folded text");
        Py_DECREF(answer);
        return -1;
    }
    for (group = 0; group < 2 && marks->count == 0 && result > 0; group++) {
        if ((self->has_single[group] || self->has_longer[group]) &&
            find_literals(self, &folded, group, marks) < 0) {
            result = -1;
        }
        for (n = 0; self->has_finds[group] && n < self->count && result > 0; n++) {
            if (self->items[n].find != NULL && self->items[n].is_fallback == group &&
                find_spans(self, &folded, n, marks) < 0) {
                result = -1;
            }
        }
        if (result > 0) {
            sort_marks(marks, self->has_single[group] + self->has_longer[group] +
                                      2 * self->has_finds[group] < 2);
        }
    }
    Py_DECREF(answer);
    return result;
}

/* Add the spans of marks in order to others, those that overlap or touch as one. */
static int add_merged(Marks *merged, const Mark *marks, Py_ssize_t count, Py_ssize_t shift)
{
    const Py_ssize_t before = merged->count;
    Py_ssize_t n;
    for (n = 0; n < count; n++) {
        Mark mark = marks[n];
        mark.start += shift;
        mark.end += shift;
        if (merged->count > before && mark.start <= merged->items[merged->count - 1].end) {
            Mark *last = &merged->items[merged->count - 1];
            last->end = mark.end > last->end ? mark.end : last->end;
        }
        else if (marks_add(merged, mark) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *spans_of(const Marks *marks)
{
    Py_ssize_t n;
    PyObject *spans = PyTuple_New(marks->count);
    for (n = 0; spans != NULL && n < marks->count; n++) {
        PyObject *start = PyLong_FromSsize_t(marks->items[n].start);
        PyObject *end = PyLong_FromSsize_t(marks->items[n].end);
        PyObject *span = start == NULL || end == NULL ? NULL : PyTuple_Pack(2, start, end);
        Py_XDECREF(start);
        Py_XDECREF(end);
        if (span == NULL) {
            Py_CLEAR(spans);
        }
        else {
            PyTuple_SET_ITEM(spans, n, span);
        }
    }
    return spans;
}

/* ---- snippets ---- */

/* A text of which a snippet is made. */
typedef struct {
    Characters *characters;
    int count; /* of the highlights */
    const Highlight *highlights;
    double *weights, *close; /* of each highlight, in this text; how close another word is */
    Py_ssize_t *frequencies; /* of each highlight, how many sentences have it */
    double few_weights[64], few_close[64];
    Py_ssize_t few_frequencies[64];
    PyObject *title; /* or NULL */
    Py_ssize_t title_start, title_end; /* without white space */
    PyObject *text; /* as it is shown */
    int kind;
    const void *data;
    Py_ssize_t length;
    uint16_t *traits; /* of each character, and of a line end behind them */
    uint16_t few_traits[1024];
    uint64_t *seen, *others; /* sets of highlights, a bit each */
    uint64_t few_seen[4], few_others[4];
    Marks marks;  /* all of them, in order */
    Marks inside; /* those of one sentence after the other, as far as they are in it */
    Marks cut;    /* those of a window */
    Sentences sentences;
    unsigned ellipsis_width, space_width;
} Passage;

#define DEFINE_LOOK(NAME, UNIT)                                                              \
    static int NAME(Characters *characters, const UNIT *text, Py_ssize_t length,            \
                    uint16_t *traits, unsigned *all)                                        \
    {                                                                                        \
        const uint16_t *table = characters->traits;                                         \
        unsigned together = 0;                                                               \
        Py_ssize_t at;                                                                       \
        for (at = 0; at < length; at++) {                                                    \
            unsigned these = table[text[at]];                                                \
            if (these == 0) {                                                                \
                these = ask(characters, text[at]);                                           \
                if (these == 0) {                                                            \
                    return -1;                                                               \
                }                                                                            \
            }                                                                                \
            traits[at] = (uint16_t)these;                                                    \
            together |= these;                                                               \
        }                                                                                    \
        *all = together;                                                                     \
        return 0;                                                                            \
    }

DEFINE_LOOK(look_1, Py_UCS1)
DEFINE_LOOK(look_2, Py_UCS2)
DEFINE_LOOK(look_4, Py_UCS4)

/* A text with a space for each hidden character. */
static PyObject *shown_text(PyObject *text, const uint16_t *traits)
{
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_ssize_t at;
    Py_UCS4 bits = 0;
    PyObject *shown;
    for (at = 0; at < length; at++) {
        bits |= traits[at] & HIDDEN ? ' ' : PyUnicode_READ(kind, data, at);
    }
    shown = PyUnicode_New(length, bits > 0x10ffff ? 0x10ffff : bits);
    if (shown != NULL) {
        const int shown_kind = PyUnicode_KIND(shown);
        void *shown_data = PyUnicode_DATA(shown);
        for (at = 0; at < length; at++) {
            const Py_UCS4 code = traits[at] & HIDDEN ? ' ' : PyUnicode_READ(kind, data, at);
            PyUnicode_WRITE(shown_kind, shown_data, at, code);
        }
    }
    return shown;
}

/* A character of the title as it is shown; its traits are 0 with an exception set. */
static Py_UCS4 shown_title(const Passage *self, Py_ssize_t at, unsigned *traits)
{
    const Py_UCS4 code = PyUnicode_READ_CHAR(self->title, at);
    *traits = traits_of(self->characters, code);
    return *traits & HIDDEN ? ' ' : code;
}

/* Leave out the white space around the title; -1 with an exception set. */
static int trim_title(Passage *self)
{
    unsigned traits = SPACE;
    while (self->title_start < self->title_end && traits & SPACE) {
        shown_title(self, self->title_start, &traits);
        self->title_start += (traits & SPACE) != 0;
    }
    if (traits == 0) {
        return -1;
    }
    traits = SPACE;
    while (self->title_end > self->title_start && traits & SPACE) {
        shown_title(self, self->title_end - 1, &traits);
        self->title_end -= (traits & SPACE) != 0;
    }
    return traits == 0 ? -1 : 0;
}

/* Look at a text and find its marks. Returns 1, 0 to leave it to Python, -1 on an exception. */
static int passage_init(Passage *self, Highlights *highlights, PyObject *text, PyObject *title)
{
    const size_t words = ((size_t)highlights->count + 63) / 64;
    const size_t count = (size_t)highlights->count;
    unsigned all = 0;
    int failed;
    self->characters = highlights->characters;
    self->highlights = highlights->items;
    self->count = highlights->count;
    self->weights = self->few_weights;
    self->close = self->few_close;
    self->frequencies = self->few_frequencies;
    self->title = title;
    self->title_start = 0;
    self->title_end = PyUnicode_GET_LENGTH(title);
    self->text = NULL;
    self->length = PyUnicode_GET_LENGTH(text);
    self->traits = self->few_traits;
    self->seen = self->few_seen;
    self->others = self->few_others;
    marks_init(&self->marks);
    marks_init(&self->inside);
    marks_init(&self->cut);
    sentences_init(&self->sentences);
    if (self->length >= (Py_ssize_t)(sizeof(self->few_traits) / sizeof(uint16_t))) {
        self->traits = PyMem_Malloc(((size_t)self->length + 1) * sizeof(uint16_t));
    }
    if (words > sizeof(self->few_seen) / sizeof(uint64_t)) {
        self->seen = PyMem_Malloc(words * sizeof(uint64_t));
        self->others = PyMem_Malloc(words * sizeof(uint64_t));
    }
    if (count > sizeof(self->few_weights) / sizeof(double)) {
        self->weights = PyMem_Malloc(count * sizeof(double));
        self->close = PyMem_Malloc(count * sizeof(double));
        self->frequencies = PyMem_Malloc(count * sizeof(Py_ssize_t));
    }
    if (self->traits == NULL || self->seen == NULL || self->others == NULL ||
        self->weights == NULL || self->close == NULL || self->frequencies == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(self->seen, 0, words * sizeof(uint64_t));
    memset(self->others, 0, words * sizeof(uint64_t));
    switch (PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
        failed = look_1(highlights->characters, PyUnicode_1BYTE_DATA(text), self->length,
                        self->traits, &all);
        break;
    case PyUnicode_2BYTE_KIND:
        failed = look_2(highlights->characters, PyUnicode_2BYTE_DATA(text), self->length,
                        self->traits, &all);
        break;
    default:
        failed = look_4(highlights->characters, PyUnicode_4BYTE_DATA(text), self->length,
                        self->traits, &all);
        break;
    }
    self->ellipsis_width = traits_of(highlights->characters, ELLIPSIS);
    self->space_width = traits_of(highlights->characters, ' ');
    self->traits[self->length] = NEWLINE;
    if (failed || self->ellipsis_width == 0 || self->space_width == 0 || trim_title(self) < 0) {
        return -1;
    }
    self->ellipsis_width &= WIDTH;
    self->space_width &= WIDTH;
    if (all & SPECIAL) {
        return 0;
    }
    if (all & HIDDEN) {
        self->text = shown_text(text, self->traits);
        if (self->text == NULL) {
            return -1;
        }
    }
    else {
        Py_INCREF(text);
        self->text = text;
    }
    self->kind = PyUnicode_KIND(self->text);
    self->data = PyUnicode_DATA(self->text);
    return find_marks(highlights, self->text, &self->marks);
}

static void passage_free(Passage *self)
{
    Py_XDECREF(self->text);
    if (self->traits != self->few_traits) {
        PyMem_Free(self->traits);
    }
    if (self->seen != self->few_seen) {
        PyMem_Free(self->seen);
        PyMem_Free(self->others);
    }
    if (self->weights != self->few_weights) {
        PyMem_Free(self->weights);
        PyMem_Free(self->close);
        PyMem_Free(self->frequencies);
    }
    marks_free(&self->marks);
    marks_free(&self->inside);
    marks_free(&self->cut);
    sentences_free(&self->sentences);
}

static Py_ssize_t least(Py_ssize_t a, Py_ssize_t b)
{
    return a < b ? a : b;
}

static Py_ssize_t greatest(Py_ssize_t a, Py_ssize_t b)
{
    return a > b ? a : b;
}

/* The width of a span in cells. */
static Py_ssize_t cells(const Passage *self, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t width = 0, at;
    for (at = start; at < end; at++) {
        width += self->traits[at] & WIDTH;
    }
    return width;
}

/* Where to stop counting the cells of a text that is many times as long as it may be wide. */
static Py_ssize_t counted_end(Py_ssize_t start, Py_ssize_t end, Py_ssize_t enough)
{
    return least(end, start + 8 * enough + 64);
}

static Py_ssize_t cells_up_to(const Passage *self, Py_ssize_t start, Py_ssize_t end,
                              Py_ssize_t enough)
{
    return cells(self, start, counted_end(start, end, enough));
}

static Py_ssize_t fitting_end(const Passage *self, Py_ssize_t start, Py_ssize_t end,
                              Py_ssize_t width)
{
    Py_ssize_t at = start, used = 0;
    while (at < end) {
        Py_ssize_t following = at + 1;
        while (following < end && self->traits[following] & JOINS) {
            following++;
        }
        used += cells(self, at, following);
        if (used > width) {
            break;
        }
        at = following;
    }
    return at;
}

static Py_ssize_t fitting_start(const Passage *self, Py_ssize_t start, Py_ssize_t end,
                                Py_ssize_t width)
{
    Py_ssize_t at = end, used = 0;
    while (at > start) {
        Py_ssize_t previous = at - 1;
        while (previous > start && self->traits[previous] & JOINS) {
            previous--;
        }
        used += cells(self, previous, at);
        if (used > width) {
            break;
        }
        at = previous;
    }
    return at;
}

/* The weights of the highlights in a set and not in another, summed in their order. */
static double weigh(const Passage *self, const uint64_t *set, const uint64_t *without)
{
    double sum = 0.0;
    int n;
    for (n = 0; n < self->count; n += 64) {
        uint64_t bits = set[n / 64] & ~without[n / 64];
        const double *weight = self->weights + n;
        for (; bits != 0; bits >>= 1, weight++) {
            if (bits & 1) {
                sum += *weight;
            }
        }
    }
    return sum;
}

static void change_set(uint64_t *set, const Mark *marks, Py_ssize_t count, int is_in)
{
    Py_ssize_t n;
    for (n = 0; n < count; n++) {
        const uint64_t bit = (uint64_t)1 << (marks[n].number % 64);
        if (is_in) {
            set[marks[n].number / 64] |= bit;
        }
        else {
            set[marks[n].number / 64] &= ~bit;
        }
    }
}

/* How much marks say together: their different words, more if these are close together. */
static double group_score(Passage *self, const Mark *marks, Py_ssize_t count)
{
    double score = 0.0, plain = 0.0, again = 0.0;
    Py_ssize_t n, distinct = 0;
    int word;
    if (count == 0) {
        return 0.0;
    }
    for (n = 0; n < count; n++) {
        self->close[marks[n].number] = 0.0;
        again += self->weights[marks[n].number];
    }
    for (n = 1; n < count; n++) {
        if (marks[n].number != marks[n - 1].number) {
            const Py_ssize_t gap = greatest(marks[n].start - marks[n - 1].end, 0);
            const double closeness = CLOSE * CLOSE_CHARACTERS / (double)(CLOSE_CHARACTERS + gap);
            double *before = &self->close[marks[n - 1].number];
            double *behind = &self->close[marks[n].number];
            *before = closeness > *before ? closeness : *before;
            *behind = closeness > *behind ? closeness : *behind;
        }
    }
    change_set(self->others, marks, count, 1);
    for (word = 0; word < self->count; word += 64) {
        uint64_t bits = self->others[word / 64];
        int bit;
        for (bit = word; bits != 0; bits >>= 1, bit++) {
            if (bits & 1) {
                score += self->weights[bit] * (1.0 + self->close[bit]);
                plain += self->weights[bit];
                distinct++;
            }
        }
        self->others[word / 64] = 0;
    }
    if (count > distinct) {
        score += REPEATED * (again - plain) / (double)count;
    }
    return score;
}

/* The weights of the words of a sentence that have not been seen. */
static double gain_of(Passage *self, const Sentence *sentence)
{
    const Mark *marks = self->inside.items + sentence->first;
    double gain;
    change_set(self->others, marks, sentence->count, 1);
    gain = weigh(self, self->others, self->seen);
    change_set(self->others, marks, sentence->count, 0);
    return gain;
}

/* Marks as far as they are inside a span. */
static Mark clipped(const Mark *mark, Py_ssize_t start, Py_ssize_t end)
{
    Mark result = *mark;
    result.start = greatest(mark->start, start);
    result.end = least(mark->end, end);
    return result;
}

/* Whether nothing but white space follows in a line. */
static int ends_line(const Passage *self, Py_ssize_t at)
{
    while ((self->traits[at] & (SPACE | NEWLINE)) == SPACE) {
        at++;
    }
    return (self->traits[at] & NEWLINE) != 0;
}

static int begins_line(const Passage *self, Py_ssize_t start)
{
    return start == 0 || self->traits[start - 1] & NEWLINE;
}

/* Whether a sentence is a short line that does not end like a sentence. */
static int is_heading(const Passage *self, Py_ssize_t start, Py_ssize_t end)
{
    if (self->traits[end - 1] & (ENDS | CLOSES) || !ends_line(self, end) ||
        cells_up_to(self, start, end, LONGEST_HEADING) > LONGEST_HEADING) {
        return 0;
    }
    while (start > 0 && (self->traits[start - 1] & (SPACE | NEWLINE)) == SPACE) {
        start--;
    }
    return begins_line(self, start);
}

/* Whether a sentence asks, or announces what follows. */
static int leads(const Passage *self, Py_ssize_t start, Py_ssize_t end)
{
    Py_UCS4 last;
    while (end > start && self->traits[end - 1] & CLOSES) {
        end--;
    }
    if (end == start) {
        return 0;
    }
    last = PyUnicode_READ(self->kind, self->data, end - 1);
    return last == 0xff1f || last == '?' || last == 0xff1a || last == ':';
}

/* Whether a line goes on from an offset with the title and nothing else; -1 with an exception. */
static int is_title(const Passage *self, Py_ssize_t start)
{
    const Py_ssize_t length = self->title_end - self->title_start;
    Py_ssize_t n;
    if (length == 0 || length > self->length - start) {
        return 0;
    }
    for (n = 0; n < length; n++) {
        unsigned traits;
        const Py_UCS4 code = shown_title(self, self->title_start + n, &traits);
        if (traits == 0) {
            return -1;
        }
        if (code != PyUnicode_READ(self->kind, self->data, start + n)) {
            return 0;
        }
    }
    return ends_line(self, start + length);
}

/* Add a sentence with its marks; those before ``*at`` are behind. */
static int add_sentence(Passage *self, Py_ssize_t start, Py_ssize_t end, Py_ssize_t *at)
{
    Sentence sentence = {start, end, self->inside.count, 0, 0, 0, 0.0};
    const Marks *marks = &self->marks;
    Py_ssize_t n;
    while (*at < marks->count && marks->items[*at].end <= start) {
        ++*at;
    }
    for (n = *at; n < marks->count && marks->items[n].start < end; n++) {
        if (marks->items[n].end > start) {
            const int number = marks->items[n].number;
            uint64_t *seen = &self->seen[number / 64];
            const uint64_t bit = (uint64_t)1 << (number % 64);
            if (marks_add(&self->inside, clipped(&marks->items[n], start, end)) < 0) {
                return -1;
            }
            self->frequencies[number] += !(*seen & bit);
            *seen |= bit;
        }
    }
    sentence.count = self->inside.count - sentence.first;
    change_set(self->seen, self->inside.items + sentence.first, sentence.count, 0);
    sentence.is_heading = is_heading(self, start, end);
    sentence.is_lead = sentence.is_heading || leads(self, start, end);
    return sentences_add(&self->sentences, sentence);
}

static int is_latin(const Passage *self, Py_ssize_t at)
{
    const Py_UCS4 code = PyUnicode_READ(self->kind, self->data, at);
    return (code >= '0' && code <= '9') || ((code | 0x20) >= 'a' && (code | 0x20) <= 'z');
}

/* Whether what could end a sentence stands inside an address or an expression. */
static int is_inside_word(const Passage *self, Py_ssize_t start, Py_ssize_t at)
{
    return self->traits[at] & ASCII && !(self->traits[at] & NEWLINE) && at > start &&
           at + 1 < self->length && is_latin(self, at - 1) && is_latin(self, at + 1);
}

/* Where the sentence that begins at an offset ends. The line end behind the text ends the last. */
static Py_ssize_t sentence_end(const Passage *self, Py_ssize_t at)
{
    const Py_ssize_t start = at;
    const uint16_t *traits = self->traits;
    while (!(traits[at] & (ENDS | NEWLINE)) || is_inside_word(self, start, at)) {
        at++;
    }
    if (traits[at] & NEWLINE) {
        return least(at + 1, self->length);
    }
    while (traits[at] & ENDS) {
        at++;
    }
    while (traits[at] & CLOSES) {
        at++;
    }
    return at;
}

static int is_inside_mark(const Marks *marks, Py_ssize_t from, Py_ssize_t end)
{
    const Py_ssize_t last = least(marks->count, from + NEARBY);
    for (; from < last; from++) {
        if (marks->items[from].start < end && end < marks->items[from].end) {
            return 1;
        }
    }
    return 0;
}

/* Find the sentences, but for lines of nothing but the title. */
static int find_sentences(Passage *self)
{
    const Marks *marks = &self->marks;
    Py_ssize_t from = 0, end = 0, title_end = -1, start, at = 0, at_inside = 0;
    int n;
    for (n = 0; n < self->count; n++) {
        self->frequencies[n] = 0;
    }
    while (from < self->length) {
        int is_line;
        start = from;
        do {
            end = sentence_end(self, end);
            while (at < marks->count && marks->items[at].end <= end) {
                at++;
            }
        } while (end < self->length && is_inside_mark(marks, at, end));
        from = end;
        is_line = begins_line(self, start);
        for (; start < end && self->traits[start] & SPACE; start++) {
        }
        while (end > start && self->traits[end - 1] & SPACE) {
            end--;
        }
        if (is_line) {
            const int is = is_title(self, start);
            if (is < 0) {
                return -1;
            }
            title_end = is ? start + self->title_end - self->title_start : title_end;
        }
        if (start < end && end > title_end && add_sentence(self, start, end, &at_inside) < 0) {
            return -1;
        }
        end = from;
    }
    return 0;
}

/* Find the sentences and how well each answers. ``in_title`` are the marks of the title. */
static int rank_sentences(Passage *self, const Marks *in_title)
{
    const Sentence *previous = NULL;
    Py_ssize_t n;
    int word;
    if (find_sentences(self) < 0) {
        return -1;
    }
    if (self->sentences.count == 0 && self->title_end > self->title_start) {
        self->title_end = self->title_start;
        if (find_sentences(self) < 0) {
            return -1;
        }
    }
    for (word = 0; word < self->count; word++) {
        self->weights[word] = self->highlights[word].weight;
    }
    for (n = 0; n < in_title->count; n++) {
        word = in_title->items[n].number;
        self->weights[word] = self->highlights[word].weight * IN_TITLE;
    }
    for (word = 0; word < self->count; word++) {
        const Py_ssize_t further = self->frequencies[word] - 1;
        if (further > 0) {
            self->weights[word] /=
                1.0 + COMMON * (double)further / (double)(further + COMMON_SENTENCES);
        }
    }
    for (n = 0; n < self->sentences.count; n++) {
        Sentence *sentence = &self->sentences.items[n];
        const Mark *marks = self->inside.items + sentence->first;
        if (sentence->count > 0) {
            sentence->score = group_score(self, marks, sentence->count);
            if (previous != NULL && previous->count > 0) {
                change_set(self->seen, marks, sentence->count, 1);
                sentence->score +=
                    (previous->is_lead ? LEADING : BEFORE) * gain_of(self, previous);
                change_set(self->seen, marks, sentence->count, 0);
            }
            sentence->score *= sentence->is_heading ? HEADING : 1.0;
        }
        previous = sentence;
    }
    return 0;
}

static void best_group(Passage *self, const Sentence *sentence, Py_ssize_t width,
                       Py_ssize_t *best_start, Py_ssize_t *best_end)
{
    const Mark *marks = self->inside.items + sentence->first;
    const Py_ssize_t firsts = least(sentence->count, MOST_GROUPS);
    double best_score = 0.0;
    Py_ssize_t first;
    *best_start = *best_end = sentence->start;
    for (first = 0; first < firsts; first++) {
        const Py_ssize_t start = marks[first].start;
        Py_ssize_t end = marks[first].end, next, counted = start, used = 0;
        double score;
        for (next = first + 1; next < sentence->count; next++) {
            const Py_ssize_t longer = greatest(end, marks[next].end);
            const Py_ssize_t stop = counted_end(start, longer, width);
            if (stop > counted) {
                used += cells(self, counted, stop);
                counted = stop;
            }
            if (used > width) {
                break;
            }
            end = longer;
        }
        score = group_score(self, marks + first, next - first);
        if (score > best_score) {
            *best_start = start;
            *best_end = end;
            best_score = score;
        }
        if (next == sentence->count) {
            break;
        }
    }
}

/* The first clause or word that begins in a span inside a sentence, else where it begins. */
static Py_ssize_t clause_start(const Passage *self, Py_ssize_t sentence_start, Py_ssize_t start,
                               Py_ssize_t end)
{
    Py_ssize_t at;
    for (at = start; start > sentence_start && at <= end; at++) {
        const Py_UCS4 before = PyUnicode_READ(self->kind, self->data, at - 1);
        if (self->traits[at - 1] & SPACE || before == 0xff0c || before == 0xff1a ||
            before == 0x3001) {
            return at;
        }
    }
    return start;
}

/* The best part of a sentence that is too wide; its marks are kept apart. */
static int window(Passage *self, const Sentence *sentence, Py_ssize_t width, Sentence *result)
{
    const Mark *marks = self->inside.items + sentence->first;
    Py_ssize_t start, end, spare, n;
    width = greatest(width - 2, 2);
    best_group(self, sentence, width, &start, &end);
    spare = width - cells_up_to(self, start, end, width);
    if (spare < 0) {
        end = fitting_end(self, start, end, width);
    }
    else {
        Py_ssize_t new_start = fitting_start(self, sentence->start, start, spare / 3), new_end;
        new_start = clause_start(self, sentence->start, new_start, start);
        spare -= cells_up_to(self, new_start, start, width);
        new_end = fitting_end(self, end, sentence->end, spare);
        spare -= cells_up_to(self, end, new_end, width);
        start = new_start;
        if (new_end == sentence->end) {
            new_start = fitting_start(self, sentence->start, start, spare);
            start = clause_start(self, sentence->start, new_start, start);
        }
        end = new_end;
        for (n = 0; n < sentence->count; n++) {
            if (marks[n].start < start && start < marks[n].end && marks[n].end <= end) {
                start = marks[n].end;
            }
            if (start <= marks[n].start && marks[n].start < end && end < marks[n].end) {
                end = marks[n].start;
            }
        }
    }
    self->cut.count = 0;
    for (n = 0; n < sentence->count; n++) {
        if (marks[n].start < end && marks[n].end > start &&
            marks_add(&self->cut, clipped(&marks[n], start, end)) < 0) {
            return -1;
        }
    }
    result->start = start;
    result->end = end;
    result->first = 0;
    result->count = self->cut.count;
    result->score = sentence->score;
    return 0;
}

/* ---- putting passages together ---- */

/* A passage of a snippet: a sentence or a part of one. */
typedef struct {
    Py_ssize_t start, end;
    const Mark *marks;
    Py_ssize_t count;
} Part;

typedef struct {
    Letters letters;
    Marks spans;
    Py_ssize_t width;
} Line;

static Part part_of(const Sentence *sentence, const Marks *marks)
{
    Part part;
    part.start = sentence->start;
    part.end = sentence->end;
    part.marks = marks->items + sentence->first;
    part.count = sentence->count;
    return part;
}

static int begins_inside(const Passage *self, Py_ssize_t start)
{
    const Py_ssize_t first = greatest(0, start - 64);
    while (start > first && self->traits[start - 1] & BLANK) {
        start--;
    }
    return start > first && !(self->traits[start - 1] & (ENDS | CLOSES | NEWLINE));
}

/* The traits of the character before an offset; before the first is the last, as in Python. */
static unsigned traits_before(const Passage *self, Py_ssize_t at)
{
    return self->traits[at > 0 ? at - 1 : self->length - 1];
}

static int ends_inside(const Passage *self, Py_ssize_t end)
{
    const Py_ssize_t last = least(end + 64, self->length);
    Py_ssize_t at = end;
    while (at < last && self->traits[at] & BLANK) {
        at++;
    }
    return at < last && !(self->traits[at] & NEWLINE) &&
           !(traits_before(self, end) & (ENDS | CLOSES));
}

static int add_gap(Line *line, Py_UCS4 letter, unsigned width)
{
    line->width += width;
    return letters_add(&line->letters, letter);
}

/* Write passages as one line, in their order in the text. */
static int join(const Passage *self, Part *parts, int count, Line *line)
{
    Py_ssize_t previous = -1, at;
    int n;
    for (n = 1; n < count; n++) {
        const Part part = parts[n];
        int place = n;
        for (; place > 0 && parts[place - 1].start > part.start; place--) {
            parts[place] = parts[place - 1];
        }
        parts[place] = part;
    }
    line->letters.count = 0;
    line->spans.count = 0;
    line->width = 0;
    for (n = 0; n < count; n++) {
        const Part *part = &parts[n];
        Py_UCS4 gap = 0;
        if (previous < 0) {
            gap = begins_inside(self, part->start) ? ELLIPSIS : 0;
        }
        else {
            for (at = previous; at < part->start && self->traits[at] & SPACE; at++) {
            }
            if (at < part->start) {
                gap = ELLIPSIS;
            }
            else if (previous < part->start || traits_before(self, previous) & ASCII) {
                gap = ' ';
            }
        }
        if (gap != 0 &&
            add_gap(line, gap, gap == ' ' ? self->space_width : self->ellipsis_width) < 0) {
            return -1;
        }
        if (add_merged(&line->spans, part->marks, part->count,
                       line->letters.count - part->start) < 0) {
            return -1;
        }
        for (at = part->start; at < part->end; at++) {
            const int is_newline = (self->traits[at] & NEWLINE) != 0;
            line->width += is_newline ? self->space_width : self->traits[at] & WIDTH;
            if (letters_add(&line->letters,
                            is_newline ? ' ' : PyUnicode_READ(self->kind, self->data, at)) < 0) {
                return -1;
            }
        }
        previous = part->end;
    }
    return ends_inside(self, previous) ? add_gap(line, ELLIPSIS, self->ellipsis_width) : 0;
}

static int is_among(const Py_ssize_t *numbers, int count, Py_ssize_t number)
{
    int n;
    for (n = 0; n < count && numbers[n] != number; n++) {
    }
    return n < count;
}

/* The sentence to show beside others, whose words have been seen, or -1. */
static Py_ssize_t next_sentence(Passage *self, const Py_ssize_t *chosen, int count)
{
    const Sentences *all = &self->sentences;
    const Sentence *best = &all->items[chosen[0]];
    Py_ssize_t following = chosen[0] + 1, other = -1, n;
    double most = WORTH_ADDING * best->score;
    if (count == 1 && best->is_lead && following < all->count) {
        return following;
    }
    for (n = 0; n < all->count; n++) {
        if (all->items[n].count > 0 && !is_among(chosen, count, n)) {
            double gain = gain_of(self, &all->items[n]);
            if (is_among(chosen, count, n - 1) || is_among(chosen, count, n + 1)) {
                gain *= ADJACENT;
            }
            if (gain > most) {
                most = gain;
                other = n;
            }
        }
    }
    if (other >= 0) {
        return other;
    }
    while (is_among(chosen, count, following)) {
        following++;
    }
    if (following == all->count) {
        return -1;
    }
    for (n = all->items[following - 1].end; count > 1 && n < all->items[following].start; n++) {
        if (self->traits[n] & NEWLINE) {
            return -1;
        }
    }
    return following;
}

/* The number of the sentence that answers best, or of the first that is no heading. */
static Py_ssize_t best_sentence(const Sentences *all)
{
    Py_ssize_t n, best = 0;
    for (n = 1; n < all->count; n++) {
        if (all->items[n].score > all->items[best].score) {
            best = n;
        }
    }
    if (all->items[best].score > 0) {
        return best;
    }
    for (n = 0; n < all->count && all->items[n].is_heading; n++) {
    }
    return n < all->count ? n : 0;
}

/* Write the snippet of a passage that has sentences. */
static int write_snippet(Passage *self, Py_ssize_t width, Line *line)
{
    const Sentences *all = &self->sentences;
    const Sentence *sentence;
    Sentence cut;
    Part shown[MOST_SENTENCES], longer[MOST_SENTENCES];
    Py_ssize_t chosen[MOST_SENTENCES], room, number;
    int count = 1;
    chosen[0] = best_sentence(all);
    sentence = &all->items[chosen[0]];
    shown[0] = part_of(sentence, &self->inside);
    room = width - cells_up_to(self, sentence->start, sentence->end, width);
    if (room < 0) {
        if (window(self, sentence, width, &cut) < 0) {
            return -1;
        }
        shown[0] = part_of(&cut, &self->cut);
        return join(self, shown, 1, line);
    }
    for (; count < MOST_SENTENCES; count++) {
        change_set(self->seen, self->inside.items + sentence->first, sentence->count, 1);
        number = next_sentence(self, chosen, count);
        if (number < 0) {
            break;
        }
        sentence = &all->items[number];
        memcpy(longer, shown, sizeof(shown[0]) * (size_t)count);
        if (cells_up_to(self, sentence->start, sentence->end, width) <= room) {
            longer[count] = part_of(sentence, &self->inside);
            if (join(self, longer, count + 1, line) < 0) {
                return -1;
            }
            if (line->width <= width) {
                room = width - line->width;
                memcpy(shown, longer, sizeof(shown));
                chosen[count] = number;
                continue;
            }
            memcpy(longer, shown, sizeof(shown[0]) * (size_t)count);
        }
        if (room >= WORTH_FILLING) {
            if (window(self, sentence, room - 1, &cut) < 0) {
                return -1;
            }
            longer[count] = part_of(&cut, &self->cut);
            return join(self, longer, count + 1, line);
        }
        break;
    }
    return join(self, shown, count, line);
}

/* ---- noting what to mark ---- */

PyDoc_STRVAR(note_doc,
             "note(highlights, type, prefix, strings, weights, is_fallback, whole_words)\n--\n\n"
             "Enter a highlight for each string into a dictionary of them by their names, the\n"
             "prefix and the string, unless there is one of that name. ``type`` is the class of\n"
             "highlights; a weight is 1 where there are no weights.");

static PyObject *note(PyObject *module, PyObject *args)
{
    PyObject *highlights, *type, *prefix, *strings, *weights, *one;
    int is_fallback, whole_words, failed = 0;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!O!UO!Opp:note", &PyDict_Type, &highlights, &PyType_Type, &type,
                          &prefix, &PyTuple_Type, &strings, &weights, &is_fallback,
                          &whole_words)) {
        return NULL;
    }
    if (!PyType_IsSubtype((PyTypeObject *)type, &PyTuple_Type) ||
        (weights != Py_None && (!PyList_Check(weights) ||
                                PyList_GET_SIZE(weights) != PyTuple_GET_SIZE(strings)))) {
        PyErr_SetString(PyExc_TypeError, "note takes a class of tuples, and a weight for each");
        return NULL;
    }
    one = PyFloat_FromDouble(1.0);
    for (n = 0; one != NULL && !failed && n < PyTuple_GET_SIZE(strings); n++) {
        PyObject *string = PyTuple_GET_ITEM(strings, n);
        PyObject *name = PyUnicode_Concat(prefix, string);
        PyObject *values[6], *item = NULL;
        int field, is_there = name == NULL ? -1 : PyDict_Contains(highlights, name);
        if (is_there == 0) {
            item = ((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 6);
        }
        if (item != NULL) {
            values[0] = name;
            values[1] = Py_None;
            values[2] = weights == Py_None ? one : PyList_GET_ITEM(weights, n);
            values[3] = is_fallback ? Py_True : Py_False;
            values[4] = string;
            values[5] = whole_words ? Py_True : Py_False;
            for (field = 0; field < 6; field++) {
                Py_INCREF(values[field]);
                PyTuple_SET_ITEM(item, field, values[field]);
            }
        }
        failed = is_there < 0 || (is_there == 0 && item == NULL) ||
                 (item != NULL && PyDict_SetItem(highlights, name, item) < 0);
        Py_XDECREF(name);
        Py_XDECREF(item);
    }
    Py_XDECREF(one);
    if (one == NULL || failed) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- the type ---- */

static PyObject *name_text, *name_spans;

static PyObject *finished(const Highlights *highlights, const Line *line)
{
    PyObject *snippet = NULL;
    PyObject *text = PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, line->letters.items,
                                               line->letters.count);
    PyObject *spans = text == NULL ? NULL : spans_of(&line->spans);
    if (spans != NULL) {
        snippet = highlights->snippet->tp_alloc(highlights->snippet, 0);
    }
    if (snippet != NULL &&
        (PyMember_SetOne((char *)snippet, highlights->snippet_text, text) < 0 ||
         PyMember_SetOne((char *)snippet, highlights->snippet_spans, spans) < 0)) {
        Py_CLEAR(snippet);
    }
    Py_XDECREF(text);
    Py_XDECREF(spans);
    return snippet;
}

static int check_text(PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "a text is a str, not %.100s", Py_TYPE(text)->tp_name);
        return -1;
    }
#if PY_VERSION_HEX < 0x030C0000
    return PyUnicode_READY(text);
#else
    return 0;
#endif
}

PyDoc_STRVAR(spans_doc, "spans(text)\n--\n\n"
                        "The spans of a text to mark, None where that is left to Python.");

static PyObject *Highlights_spans(PyObject *object, PyObject *text)
{
    Marks marks, merged;
    PyObject *spans = NULL;
    int found;
    if (check_text(text) < 0) {
        return NULL;
    }
    marks_init(&marks);
    marks_init(&merged);
    found = find_marks((Highlights *)object, text, &marks);
    if (found == 0) {
        spans = Py_None;
        Py_INCREF(spans);
    }
    else if (found > 0 && add_merged(&merged, marks.items, marks.count, 0) == 0) {
        spans = spans_of(&merged);
    }
    marks_free(&marks);
    marks_free(&merged);
    return spans;
}

/* The snippet of a text, None where that is left to Python. */
static PyObject *snippet_of(Highlights *self, PyObject *text, long width, PyObject *title,
                            const Marks *in_title, double *score)
{
    PyObject *snippet = NULL;
    Passage passage;
    Line line;
    int found;
    *score = 0.0;
    if (width < 1 || width > GREATEST_WIDTH || PyUnicode_GET_LENGTH(text) > LONGEST_PART) {
        Py_RETURN_NONE;
    }
    letters_init(&line.letters);
    marks_init(&line.spans);
    found = passage_init(&passage, self, text, title);
    if (found == 0) {
        snippet = Py_None;
        Py_INCREF(snippet);
    }
    else if (found > 0 && rank_sentences(&passage, in_title) == 0 &&
             (passage.sentences.count == 0 || write_snippet(&passage, width, &line) == 0)) {
        if (passage.sentences.count > 0) {
            *score = passage.sentences.items[best_sentence(&passage.sentences)].score;
        }
        snippet = finished(self, &line);
    }
    passage_free(&passage);
    letters_free(&line.letters);
    marks_free(&line.spans);
    return snippet;
}

PyDoc_STRVAR(snippet_doc, "snippet(text, width, title)\n--\n\n"
                          "How well a text of that title answers and its snippet, None where that\n"
                          "is left to Python.");

static PyObject *Highlights_snippet(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    Highlights *self = (Highlights *)object;
    PyObject *snippet;
    Marks in_title;
    double score;
    int found;
    long width;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "snippet takes a text, a width and a title");
        return NULL;
    }
    if (check_text(args[0]) < 0 || check_text(args[2]) < 0) {
        return NULL;
    }
    width = PyLong_AsLong(args[1]);
    if (width == -1 && PyErr_Occurred()) {
        return NULL;
    }
    marks_init(&in_title);
    found = find_marks(self, args[2], &in_title);
    if (found > 0) {
        snippet = snippet_of(self, args[0], width, args[2], &in_title, &score);
    }
    else {
        snippet = found < 0 ? NULL : Py_None;
        Py_XINCREF(snippet);
    }
    marks_free(&in_title);
    if (snippet == NULL || snippet == Py_None) {
        return snippet;
    }
    return Py_BuildValue("dN", score, snippet);
}

/* Where a body goes on behind white space and its title, if it begins with a line of it. */
static Py_ssize_t behind_title(PyObject *body, PyObject *title)
{
    const int kind = PyUnicode_KIND(body);
    const void *data = PyUnicode_DATA(body);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(body), size = PyUnicode_GET_LENGTH(title);
    Py_ssize_t start = 0, at;
    while (start < length && Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, start))) {
        start++;
    }
    if (size == 0 || size >= length - start || PyUnicode_READ(kind, data, start + size) != '\n') {
        return start;
    }
    for (at = 0; at < size; at++) {
        if (PyUnicode_READ(kind, data, start + at) != PyUnicode_READ_CHAR(title, at)) {
            return start;
        }
    }
    for (at = start + size; at < length; at++) {
        if (!Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, at))) {
            return start + size;
        }
    }
    return start;
}

PyDoc_STRVAR(passage_doc, "passage(title, body, width)\n--\n\n"
                          "The snippet of a body without its title and the spans of the title to\n"
                          "mark; None where one of them is left to Python.");

static PyObject *Highlights_passage(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    Highlights *self = (Highlights *)object;
    PyObject *snippet = NULL, *spans = NULL, *result = NULL;
    Marks in_title, merged;
    double score;
    long width;
    int found;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "passage takes a title, a body and a width");
        return NULL;
    }
    if (check_text(args[0]) < 0 || check_text(args[1]) < 0) {
        return NULL;
    }
    width = PyLong_AsLong(args[2]);
    if (width == -1 && PyErr_Occurred()) {
        return NULL;
    }
    marks_init(&in_title);
    marks_init(&merged);
    found = find_marks(self, args[0], &in_title);
    if (found > 0) {
        const Py_ssize_t start = behind_title(args[1], args[0]);
        PyObject *text = PyUnicode_Substring(args[1], start, PyUnicode_GET_LENGTH(args[1]));
        if (text != NULL) {
            snippet = snippet_of(self, text, width, args[0], &in_title, &score);
            Py_DECREF(text);
        }
        if (snippet == Py_None) {
            Py_CLEAR(snippet);
            found = 0;
        }
    }
    if (snippet != NULL && add_merged(&merged, in_title.items, in_title.count, 0) == 0) {
        spans = spans_of(&merged);
    }
    if (spans != NULL) {
        result = PyTuple_Pack(2, snippet, spans);
    }
    else if (found == 0) {
        result = Py_None;
        Py_INCREF(result);
    }
    Py_XDECREF(snippet);
    Py_XDECREF(spans);
    marks_free(&in_title);
    marks_free(&merged);
    return result;
}

/* Read a highlight: a tuple whose fields are those of the named tuple in highlights.py. Returns 0,
 * or -1 with an exception set.
 */
static int read_highlight(Highlight *item, PyObject *highlight)
{
    PyObject *literal;
    if (!PyTuple_Check(highlight) || PyTuple_GET_SIZE(highlight) != 6) {
        PyErr_SetString(PyExc_TypeError, "not a highlight");
        return -1;
    }
    item->weight = PyFloat_AsDouble(PyTuple_GET_ITEM(highlight, 2));
    item->is_fallback = PyObject_IsTrue(PyTuple_GET_ITEM(highlight, 3));
    item->is_whole = PyObject_IsTrue(PyTuple_GET_ITEM(highlight, 5));
    if (PyErr_Occurred()) {
        return -1;
    }
    literal = PyTuple_GET_ITEM(highlight, 4);
    if (literal == Py_None) {
        item->find = PyTuple_GET_ITEM(highlight, 1);
        Py_INCREF(item->find);
        return 0;
    }
    if (check_text(literal) < 0) {
        return -1;
    }
    item->length = PyUnicode_GET_LENGTH(literal);
    if (item->length == 0) {
        PyErr_SetString(PyExc_ValueError, "there is nothing to find");
        return -1;
    }
    Py_INCREF(literal);
    item->literal = literal;
    item->first = PyUnicode_READ_CHAR(literal, 0);
    item->second = item->length > 1 ? PyUnicode_READ_CHAR(literal, 1) : 0;
    return 0;
}

/* Put a highlight where it is found by its first letters. */
static void enter_highlight(Highlights *self, int number)
{
    Highlight *item = &self->items[number];
    if (item->literal == NULL) {
        self->has_finds[item->is_fallback] = 1;
    }
    else {
        const int group = item->is_fallback, is_single = item->length == 1;
        const Py_UCS4 slot =
            is_single ? item->first % SLOTS : PAIR_SLOT(item->first, item->second);
        uint8_t *is_there = is_single ? self->is_single[group] : self->is_longer[group];
        int *literals = is_single ? self->single[group] : self->longer[group];
        item->next = is_there[slot] ? literals[slot] : -1;
        literals[slot] = number;
        is_there[slot] = 1;
        self->has_single[group] |= is_single;
        self->has_longer[group] |= !is_single;
    }
}

static PyObject *Highlights_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *characters, *fold, *snippet, *highlights;
    Py_ssize_t count, n;
    Highlights *self;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "O!OO!O!:Highlights", &CharactersType, &characters, &fold,
                          &PyType_Type, &snippet, &PyTuple_Type, &highlights)) {
        return NULL;
    }
    count = PyTuple_GET_SIZE(highlights);
    if (count > 1 << 24) {
        PyErr_SetString(PyExc_ValueError, "too many highlights");
        return NULL;
    }
    self = (Highlights *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    Py_INCREF(characters);
    self->characters = (Characters *)characters;
    Py_INCREF(fold);
    self->fold = fold;
    Py_INCREF(snippet);
    self->snippet = (PyTypeObject *)snippet;
    self->snippet_text = slot_of(self->snippet, name_text);
    self->snippet_spans = self->snippet_text == NULL ? NULL : slot_of(self->snippet, name_spans);
    if (self->snippet_spans == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    self->items = PyMem_Calloc((size_t)count + 1, sizeof(Highlight));
    /* Not to be cleared: nothing is read but what was entered. */
    self->single = PyMem_Malloc(2 * sizeof(*self->single));
    self->longer = PyMem_Malloc(2 * sizeof(*self->longer));
    if (self->items == NULL || self->single == NULL || self->longer == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    for (n = 0; n < count; n++) {
        self->count = (int)n + 1;
        if (read_highlight(&self->items[n], PyTuple_GET_ITEM(highlights, n)) < 0) {
            Py_DECREF(self);
            return NULL;
        }
        enter_highlight(self, (int)n);
    }
    return (PyObject *)self;
}

static int Highlights_traverse(PyObject *object, visitproc visit, void *arg)
{
    Highlights *self = (Highlights *)object;
    int n;
    Py_VISIT(self->characters);
    Py_VISIT(self->fold);
    Py_VISIT(self->snippet);
    for (n = 0; n < self->count; n++) {
        Py_VISIT(self->items[n].find);
    }
    return 0;
}

static int Highlights_clear(PyObject *object)
{
    Highlights *self = (Highlights *)object;
    int n;
    Py_CLEAR(self->fold);
    for (n = 0; n < self->count; n++) {
        Py_CLEAR(self->items[n].find);
    }
    return 0;
}

static void Highlights_dealloc(PyObject *object)
{
    Highlights *self = (Highlights *)object;
    int n;
    PyObject_GC_UnTrack(object);
    Highlights_clear(object);
    for (n = 0; n < self->count; n++) {
        Py_XDECREF(self->items[n].literal);
    }
    PyMem_Free(self->items);
    PyMem_Free(self->single);
    PyMem_Free(self->longer);
    Py_XDECREF(self->characters);
    Py_XDECREF(self->snippet);
    Py_TYPE(object)->tp_free(object);
}

static PyMethodDef Highlights_methods[] = {
    {"spans", Highlights_spans, METH_O, spans_doc},
    {"snippet", (PyCFunction)(void (*)(void))Highlights_snippet, METH_FASTCALL, snippet_doc},
    {"passage", (PyCFunction)(void (*)(void))Highlights_passage, METH_FASTCALL, passage_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(Highlights_doc,
             "Highlights(characters, fold, snippet, highlights)\n--\n\n"
             "What to mark. ``fold`` folds a text as ``Table.fold_with_offsets`` does, ``snippet``\n"
             "is the class of snippets, and each of the tuple of highlights is a tuple of a name,\n"
             "what finds it, its weight, whether it is a fallback, the literal string or None, and\n"
             "whether it stands for whole words.");

static PyTypeObject HighlightsType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "searcher.kernel._snippets.Highlights",
    .tp_basicsize = sizeof(Highlights),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = Highlights_doc,
    .tp_new = Highlights_new,
    .tp_dealloc = Highlights_dealloc,
    .tp_traverse = Highlights_traverse,
    .tp_clear = Highlights_clear,
    .tp_methods = Highlights_methods,
};

static PyMethodDef module_methods[] = {
    {"note", note, METH_VARARGS, note_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "searcher.kernel._snippets",
    .m_doc = "Marks and snippets in C.",
    .m_size = -1,
    .m_methods = module_methods,
};

static int add_type(PyObject *result, const char *name, PyTypeObject *type)
{
    if (PyType_Ready(type) < 0) {
        return -1;
    }
    Py_INCREF(type);
    if (PyModule_AddObject(result, name, (PyObject *)type) < 0) {
        Py_DECREF(type);
        return -1;
    }
    return 0;
}

PyMODINIT_FUNC PyInit__snippets(void)
{
    PyObject *result = PyModule_Create(&module);
    if (result == NULL) {
        return NULL;
    }
    name_text = PyUnicode_InternFromString("text");
    name_spans = PyUnicode_InternFromString("spans");
    if (name_text == NULL || name_spans == NULL || add_type(result, "Maker", &MakerType) < 0 ||
        add_type(result, "Characters", &CharactersType) < 0 ||
        add_type(result, "Highlights", &HighlightsType) < 0) {
        Py_DECREF(result);
        return NULL;
    }
    return result;
}
