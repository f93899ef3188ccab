/* Folding: what each character folds to, in a flat table, and texts folded by it in one pass.
 *
 * Python says what a character folds to when it is first met, and whether it may be folded by
 * itself; a text with a character that may not is left to Python.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CODES 0x110000u /* of Unicode */

/* An entry is 0 for a character not met yet, or one of: */
#define SINGLE 0x80000000u  /* what it folds to, in the low bits */
#define SEVERAL 0x40000000u /* where in the pool its folded characters begin, after their number */
#define RARE 0x20000000u    /* not to be folded by itself */
#define VALUE 0x001fffffu

#define LONGEST 64 /* characters that one may fold to; with more it is rare */

/* Unified ideographs: neither normalization nor case changes them, only the table does. */
static const Py_UCS4 IDEOGRAPHS[][2] = {{0x3400, 0x4dbf}, {0x4e00, 0x9fff}};

typedef struct {
    PyObject_HEAD
    PyObject *lookup; /* code point -> str, or None where it is rare */
    uint32_t *entries;
    Py_UCS4 *pool;
    Py_ssize_t pool_size, pool_room;
} Table;

static int is_ideograph(Py_UCS4 code)
{
    size_t n;
    for (n = 0; n < sizeof(IDEOGRAPHS) / sizeof(IDEOGRAPHS[0]); n++) {
        if (code >= IDEOGRAPHS[n][0] && code <= IDEOGRAPHS[n][1]) {
            return 1;
        }
    }
    return 0;
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

/* ---- what single characters fold to ---- */

/* Keep several folded characters; returns their entry, 0 with an exception set. */
static uint32_t keep_several(Table *self, PyObject *folded)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(folded), n;
    uint32_t entry;
    if (self->pool_size + 1 + length > self->pool_room) {
        Py_ssize_t room = 2 * self->pool_room + 1 + length;
        Py_UCS4 *pool = PyMem_Realloc(self->pool, (size_t)room * sizeof(Py_UCS4));
        if (pool == NULL) {
            PyErr_NoMemory();
            return 0;
        }
        self->pool = pool;
        self->pool_room = room;
    }
    if (self->pool_size > (Py_ssize_t)VALUE) {
        return RARE;
    }
    entry = SEVERAL | (uint32_t)self->pool_size;
    self->pool[self->pool_size++] = (Py_UCS4)length;
    for (n = 0; n < length; n++) {
        self->pool[self->pool_size++] = PyUnicode_READ_CHAR(folded, n);
    }
    return entry;
}

/* Ask for the entry of a character that is met for the first time; 0 with an exception set. */
static uint32_t ask(Table *self, Py_UCS4 code)
{
    uint32_t entry;
    PyObject *folded;
    if (self->lookup == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the table is being taken down");
        return 0;
    }
    folded = PyObject_CallFunction(self->lookup, "I", (unsigned int)code);
    if (folded == NULL) {
        return 0;
    }
    if (folded == Py_None) {
        entry = RARE;
    }
    else if (check_text(folded) < 0) {
        entry = 0;
    }
    else if (PyUnicode_GET_LENGTH(folded) == 1) {
        entry = SINGLE | PyUnicode_READ_CHAR(folded, 0);
    }
    else if (PyUnicode_GET_LENGTH(folded) == 0 || PyUnicode_GET_LENGTH(folded) > LONGEST) {
        entry = RARE;
    }
    else {
        entry = keep_several(self, folded);
    }
    Py_DECREF(folded);
    if (entry != 0) {
        self->entries[code] = entry;
    }
    return entry;
}

/* Fill in the ideographs, which are most of what is met, without asking. */
static void fill_ideographs(Table *self, PyObject *old, PyObject *new)
{
    uint32_t *entries = self->entries;
    Py_ssize_t length = PyUnicode_GET_LENGTH(old), n;
    size_t range;
    Py_UCS4 code;
    for (range = 0; range < sizeof(IDEOGRAPHS) / sizeof(IDEOGRAPHS[0]); range++) {
        for (code = IDEOGRAPHS[range][0]; code <= IDEOGRAPHS[range][1]; code++) {
            entries[code] = SINGLE | code;
        }
    }
    for (n = 0; n < length; n++) {
        Py_UCS4 from = PyUnicode_READ_CHAR(old, n), to = PyUnicode_READ_CHAR(new, n);
        if (is_ideograph(from)) {
            entries[from] = is_ideograph(to) ? SINGLE | to : 0;
        }
    }
    /* What it becomes may be in the table again; where that goes on, Python will tell. */
    for (n = 0; n < length; n++) {
        Py_UCS4 from = PyUnicode_READ_CHAR(old, n);
        int step;
        for (step = 0; is_ideograph(from) && entries[from] != 0; step++) {
            uint32_t next = entries[entries[from] & VALUE];
            if (next == entries[from]) {
                break;
            }
            entries[from] = step < 8 ? next : 0;
        }
    }
}

/* ---- folding ---- */

/* A folded text under way. */
typedef struct {
    Py_ssize_t length; /* of the result */
    Py_UCS4 bits;      /* of all characters of the result together, so as wide as the widest */
    int several, rare;
    int is_changed; /* told only of a result that is as wide as the text */
} Survey;

/* How wide the characters of a string are stored: its greatest character's class. */
static Py_UCS4 width_class(Py_UCS4 bits)
{
    return bits < 0x80 ? 0x7f : bits < 0x100 ? 0xff : bits < 0x10000 ? 0xffff : 0x10ffff;
}

/* Take what is not one character for one. Returns 0, or -1 with an exception set. */
static int survey_other(Table *self, Py_UCS4 code, uint32_t entry, Survey *survey)
{
    if (entry == 0) {
        entry = ask(self, code);
        if (entry == 0) {
            return -1;
        }
    }
    if (entry & SINGLE) {
        survey->bits |= entry & VALUE;
    }
    else if (entry & SEVERAL) {
        const Py_UCS4 *folded = self->pool + (entry & VALUE);
        Py_UCS4 n;
        for (n = 1; n <= folded[0]; n++) {
            survey->bits |= folded[n];
        }
        survey->length += (Py_ssize_t)folded[0] - 1;
        survey->several = 1;
    }
    else {
        survey->rare = 1;
    }
    return 0;
}

/* Fold into characters of the same width, as long as each stays one; and survey the result.
 * Characters that do not fit make the result useless, which the survey tells.
 */
#define DEFINE_FOLD(NAME, UNIT)                                                             \
    static int NAME(Table *self, const UNIT *text, UNIT *folded, Survey *survey)            \
    {                                                                                       \
        const uint32_t *entries = self->entries;                                            \
        const Py_ssize_t length = survey->length;                                           \
        uint32_t bits = 0;                                                                  \
        Py_ssize_t at;                                                                      \
        for (at = 0; at < length; at++) {                                                   \
            uint32_t entry = entries[text[at]];                                             \
            if (!(entry & SINGLE)) {                                                        \
                if (survey_other(self, text[at], entry, survey) < 0) {                      \
                    return -1;                                                              \
                }                                                                           \
                if (survey->rare) {                                                         \
                    return 0;                                                               \
                }                                                                           \
                entry = entries[text[at]];                                                  \
                if (!(entry & SINGLE)) {                                                    \
                    folded[at] = 0;                                                         \
                    continue;                                                               \
                }                                                                           \
            }                                                                               \
            bits |= entry;                                                                  \
            folded[at] = (UNIT)(sizeof(UNIT) < 4 ? entry : entry & VALUE);                  \
        }                                                                                   \
        survey->bits |= bits & VALUE;                                                       \
        survey->is_changed = memcmp(text, folded, (size_t)length * sizeof(UNIT)) != 0;      \
        return 0;                                                                           \
    }

DEFINE_FOLD(fold_1, Py_UCS1)
DEFINE_FOLD(fold_2, Py_UCS2)
DEFINE_FOLD(fold_4, Py_UCS4)

/* Fold a surveyed text whose characters become wider, narrower or more. All have been met.
 * With offsets, two numbers for each folded character go there: first all starts, then all ends.
 */
static PyObject *fold_again(Table *self, PyObject *text, const Survey *survey, uint32_t *starts,
                            uint32_t *ends)
{
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_ssize_t at, out = 0;
    int out_kind;
    void *out_data;
    PyObject *folded = PyUnicode_New(survey->length, width_class(survey->bits));
    if (folded == NULL) {
        return NULL;
    }
    out_kind = PyUnicode_KIND(folded);
    out_data = PyUnicode_DATA(folded);
    for (at = 0; at < length; at++) {
        const uint32_t entry = self->entries[PyUnicode_READ(kind, data, at)];
        const Py_UCS4 single = entry & VALUE;
        const Py_UCS4 *several = &single;
        Py_UCS4 count = 1, n;
        if (!(entry & SINGLE)) {
            several = self->pool + (entry & VALUE);
            count = *several++;
        }
        for (n = 0; n < count; n++, out++) {
            PyUnicode_WRITE(out_kind, out_data, out, several[n]);
            if (starts != NULL) {
                starts[out] = (uint32_t)at;
                ends[out] = (uint32_t)at + 1;
            }
        }
    }
    return folded;
}

/* The folded text with a survey of it, None where Python is to fold it. For a text in which a
 * character becomes several, and only then, starts and ends get bytes if they are asked for.
 */
static PyObject *fold_text(Table *self, PyObject *text, PyObject **starts, PyObject **ends)
{
    Survey survey = {0, 0, 0, 0, 0};
    PyObject *folded, *kept = NULL;
    int failed;
    survey.length = PyUnicode_GET_LENGTH(text);
    folded = PyUnicode_New(survey.length, PyUnicode_MAX_CHAR_VALUE(text));
    if (folded == NULL) {
        return NULL;
    }
    switch (PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
        failed = fold_1(self, PyUnicode_1BYTE_DATA(text), PyUnicode_1BYTE_DATA(folded), &survey);
        break;
    case PyUnicode_2BYTE_KIND:
        failed = fold_2(self, PyUnicode_2BYTE_DATA(text), PyUnicode_2BYTE_DATA(folded), &survey);
        break;
    default:
        failed = fold_4(self, PyUnicode_4BYTE_DATA(text), PyUnicode_4BYTE_DATA(folded), &survey);
        break;
    }
    if (!failed && survey.rare) {
        kept = Py_None;
        Py_INCREF(kept);
    }
    else if (!failed && !survey.several &&
             width_class(survey.bits) == PyUnicode_MAX_CHAR_VALUE(text)) {
        if (survey.is_changed) {
            return folded;
        }
        kept = PyUnicode_FromObject(text);
    }
    Py_DECREF(folded);
    if (failed || kept != NULL) {
        return kept;
    }
    if (survey.several && starts != NULL) {
        const size_t size = (size_t)survey.length * sizeof(uint32_t);
        if ((uint64_t)PyUnicode_GET_LENGTH(text) >= UINT32_MAX ||
            (size_t)survey.length > (size_t)PY_SSIZE_T_MAX / sizeof(uint32_t)) {
            Py_RETURN_NONE;
        }
        *starts = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
        *ends = *starts == NULL ? NULL : PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
        if (*ends != NULL) {
            kept = fold_again(self, text, &survey, (uint32_t *)(void *)PyBytes_AS_STRING(*starts),
                              (uint32_t *)(void *)PyBytes_AS_STRING(*ends));
        }
        if (kept == NULL) {
            Py_CLEAR(*starts);
            Py_CLEAR(*ends);
        }
        return kept;
    }
    return fold_again(self, text, &survey, NULL, NULL);
}

PyDoc_STRVAR(fold_doc, "fold(text)\n--\n\n"
                       "The folded text: the same object where nothing changes, None where the\n"
                       "characters of the text cannot be folded one by one.");

static PyObject *Table_fold(PyObject *self, PyObject *text)
{
    if (check_text(text) < 0) {
        return NULL;
    }
    return fold_text((Table *)self, text, NULL, NULL);
}

PyDoc_STRVAR(fold_with_offsets_doc,
             "fold_with_offsets(text)\n--\n\n"
             "As ``fold``; where a character becomes several, a tuple of the folded text and of\n"
             "where the original characters start and end, as bytes of native uint32.");

static PyObject *Table_fold_with_offsets(PyObject *self, PyObject *text)
{
    PyObject *starts = NULL, *ends = NULL, *folded;
    if (check_text(text) < 0) {
        return NULL;
    }
    folded = fold_text((Table *)self, text, &starts, &ends);
    if (starts == NULL || folded == NULL) {
        return folded;
    }
    return Py_BuildValue("(NNN)", folded, starts, ends);
}

/* ---- the type ---- */

static PyObject *Table_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *lookup, *old, *new;
    Table *self;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        PyErr_SetString(PyExc_TypeError, "Table takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "OUU:Table", &lookup, &old, &new) || check_text(old) < 0 ||
        check_text(new) < 0) {
        return NULL;
    }
    if (PyUnicode_GET_LENGTH(old) != PyUnicode_GET_LENGTH(new)) {
        PyErr_SetString(PyExc_ValueError, "the characters and what they become differ in number");
        return NULL;
    }
    self = (Table *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    Py_INCREF(lookup);
    self->lookup = lookup;
    /* Systems give zeros as pages that take no memory until they are written to. */
    self->entries = PyMem_RawCalloc(CODES, sizeof(uint32_t));
    if (self->entries == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    fill_ideographs(self, old, new);
    return (PyObject *)self;
}

static int Table_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Table *)self)->lookup);
    return 0;
}

static int Table_clear(PyObject *self)
{
    Py_CLEAR(((Table *)self)->lookup);
    return 0;
}

static void Table_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Table_clear(self);
    PyMem_RawFree(((Table *)self)->entries);
    PyMem_Free(((Table *)self)->pool);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef Table_methods[] = {
    {"fold", Table_fold, METH_O, fold_doc},
    {"fold_with_offsets", Table_fold_with_offsets, METH_O, fold_with_offsets_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(Table_doc,
             "Table(lookup, old, new)\n--\n\n"
             "What characters fold to. ``lookup`` gives for a code point the folded characters,\n"
             "or None if they may change with what stands beside them; ``old`` and ``new`` are\n"
             "ideographs and what each becomes.");

static PyTypeObject TableType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "searcher.kernel._folding.Table",
    .tp_basicsize = sizeof(Table),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = Table_doc,
    .tp_new = Table_new,
    .tp_dealloc = Table_dealloc,
    .tp_traverse = Table_traverse,
    .tp_clear = Table_clear,
    .tp_methods = Table_methods,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "searcher.kernel._folding",
    .m_doc = "Folding in C.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__folding(void)
{
    PyObject *result;
    if (PyType_Ready(&TableType) < 0) {
        return NULL;
    }
    result = PyModule_Create(&module);
    if (result == NULL) {
        return NULL;
    }
    Py_INCREF(&TableType);
    if (PyModule_AddObject(result, "Table", (PyObject *)&TableType) < 0) {
        Py_DECREF(&TableType);
        Py_DECREF(result);
        return NULL;
    }
    return result;
}
