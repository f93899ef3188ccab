/* The closer look at the best documents: which characters of the query each of them has, and how
   many stand in one sentence. searcher/query/reranking.py has the formula and does the same in
   Python, with the same results to the last bit: sums are made in the same order. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define MOST 64   /* characters of a query; bits of a number */
#define LAST_CODE 0xffff /* characters beyond are not looked at */
#define GRAMS 1   /* the channel of pairs, as terms say it */
#define END 255   /* what ends a sentence, in the table */
static const Py_UCS4 SENTENCE_ENDS[] = {0x3002, 0xff01, 0xff1f, 0xff1b, '!', '?', ';', '\n'};

typedef struct {
    PyObject_HEAD
    double weights[MOST];
    double average, characters, sentence, k;
    int count;
    /* Characters, and the number and 1 of what they stand for; of equal ones the last one counts. */
    Py_ssize_t entries;
    uint16_t *codes;
    uint8_t *numbers;
} Characters;

/* The number and 1 of each character, 0 for most: filled while documents are scored, which no other
   thread can do meanwhile, and no Python code. */
static uint8_t number_of[LAST_CODE + 1];

static void enter_code(Characters *self, Py_UCS4 code, uint8_t number)
{
    self->codes[self->entries] = (uint16_t)code;
    self->numbers[self->entries++] = number;
}

/* What was met in a document. */
typedef struct {
    uint32_t counts[MOST];
    uint64_t seen; /* in this sentence */
    double worth, best;
} Met;

static void end_sentence(Met *met)
{
    if (met->worth > met->best)
        met->best = met->worth;
    met->worth = 0.0;
    met->seen = 0;
}

static void meet(const Characters *self, Met *met, uint8_t number)
{
    uint64_t bit;
    if (number == END) {
        end_sentence(met);
        return;
    }
    number--;
    bit = (uint64_t)1 << number;
    met->counts[number]++;
    if (!(met->seen & bit)) {
        met->seen |= bit;
        met->worth += self->weights[number];
    }
}

/* Look at each character of a text; mostly four in a row are none of those that count. */
#define READ(codes, number)                                                             \
    for (; at + 4 <= length; at += 4)                                                   \
        if (number(codes[at]) | number(codes[at + 1]) | number(codes[at + 2]) |         \
            number(codes[at + 3])) {                                                    \
            for (i = at; i < at + 4; i++)                                               \
                if (number(codes[i]))                                                   \
                    meet(self, met, number(codes[i]));                                  \
        }                                                                               \
    for (; at < length; at++)                                                           \
        if (number(codes[at]))                                                          \
            meet(self, met, number(codes[at]));
#define NUMBER(code) number_of[code]
#define NUMBER_OF_ANY(code) (uint8_t)((code) <= LAST_CODE ? number_of[code] : 0)

static void read_text(const Characters *self, Met *met, PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), at = 0, i;
    if (PyUnicode_KIND(text) == PyUnicode_2BYTE_KIND) {
        const Py_UCS2 *codes = PyUnicode_2BYTE_DATA(text);
        READ(codes, NUMBER)
    } else if (PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND) {
        const Py_UCS1 *codes = PyUnicode_1BYTE_DATA(text);
        READ(codes, NUMBER)
    } else {
        const Py_UCS4 *codes = PyUnicode_4BYTE_DATA(text);
        READ(codes, NUMBER_OF_ANY)
    }
}

static double score(const Characters *self, PyObject *title, PyObject *body)
{
    Met met;
    double norm, total = 0.0;
    int at;
    memset(&met, 0, sizeof met);
    read_text(self, &met, title);
    end_sentence(&met);
    read_text(self, &met, body);
    end_sentence(&met);
    norm = self->k * (double)(PyUnicode_GET_LENGTH(title) + PyUnicode_GET_LENGTH(body)) /
           self->average;
    for (at = 0; at < self->count; at++)
        if (met.counts[at]) {
            double count = (double)met.counts[at];
            total += self->weights[at] * (count / (count + norm));
        }
    return self->characters * total + self->sentence * met.best;
}

PyDoc_STRVAR(scores_doc, "scores(documents)\n--\n\n"
                         "What is added to the score of each document, given as tuples of a title\n"
                         "and a body.");

static PyObject *Characters_scores(PyObject *object, PyObject *documents)
{
    const Characters *self = (const Characters *)object;
    PyObject *given = PySequence_Fast(documents, "documents are a sequence"), *scores;
    Py_ssize_t count, at;
    if (!given)
        return NULL;
    count = PySequence_Fast_GET_SIZE(given);
    scores = PyList_New(count); /* which may run Python code */
    for (at = 0; at < self->entries; at++)
        number_of[self->codes[at]] = self->numbers[at];
    for (at = 0; scores && at < count; at++) {
        PyObject *fields = PySequence_Fast_GET_ITEM(given, at), *number = NULL;
        if (!PyTuple_Check(fields) || PyTuple_GET_SIZE(fields) != 2 ||
            !PyUnicode_Check(PyTuple_GET_ITEM(fields, 0)) ||
            !PyUnicode_Check(PyTuple_GET_ITEM(fields, 1)))
            PyErr_SetString(PyExc_TypeError, "a document is a tuple of a title and a body");
        else
            number = PyFloat_FromDouble(
                score(self, PyTuple_GET_ITEM(fields, 0), PyTuple_GET_ITEM(fields, 1)));
        if (!number)
            Py_CLEAR(scores);
        else
            PyList_SET_ITEM(scores, at, number);
    }
    for (at = 0; at < self->entries; at++)
        number_of[self->codes[at]] = 0;
    Py_DECREF(given);
    return scores;
}

/* Enters the forms of one character. */
static int enter(Characters *self, PyObject *forms, PyObject *weight, int number)
{
    Py_ssize_t at;
    self->weights[number] = PyFloat_AsDouble(weight);
    if (self->weights[number] == -1.0 && PyErr_Occurred())
        return -1;
    for (at = 0; at < PyUnicode_GET_LENGTH(forms); at++) {
        Py_UCS4 code = PyUnicode_READ_CHAR(forms, at);
        if (code <= LAST_CODE)
            enter_code(self, code, (uint8_t)(number + 1));
    }
    return 0;
}

static PyObject *Characters_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *forms, *weights;
    double average, characters, sentence, k;
    Characters *self;
    Py_ssize_t at, codes = sizeof SENTENCE_ENDS / sizeof *SENTENCE_ENDS;
    size_t end;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "O!O!dddd:Characters", &PyTuple_Type, &forms, &PyTuple_Type,
                          &weights, &average, &characters, &sentence, &k))
        return NULL;
    if (PyTuple_GET_SIZE(forms) > MOST || PyTuple_GET_SIZE(forms) != PyTuple_GET_SIZE(weights) ||
        !(average > 0)) {
        PyErr_SetString(PyExc_ValueError, "at most 64 characters, as many weights, and an average");
        return NULL;
    }
    for (at = 0; at < PyTuple_GET_SIZE(forms); at++) {
        if (!PyUnicode_Check(PyTuple_GET_ITEM(forms, at))) {
            PyErr_SetString(PyExc_TypeError, "the forms of a character are a string");
            return NULL;
        }
        codes += PyUnicode_GET_LENGTH(PyTuple_GET_ITEM(forms, at));
    }
    self = (Characters *)type->tp_alloc(type, 0); /* all 0 */
    if (!self)
        return NULL;
    self->codes = PyMem_Malloc((size_t)codes * sizeof *self->codes);
    self->numbers = PyMem_Malloc((size_t)codes);
    if (!self->codes || !self->numbers) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    self->count = (int)PyTuple_GET_SIZE(forms);
    self->average = average;
    self->characters = characters;
    self->sentence = sentence;
    self->k = k;
    for (end = 0; end < sizeof SENTENCE_ENDS / sizeof *SENTENCE_ENDS; end++)
        enter_code(self, SENTENCE_ENDS[end], END);
    for (at = 0; at < self->count; at++)
        if (enter(self, PyTuple_GET_ITEM(forms, at), PyTuple_GET_ITEM(weights, at), (int)at)) {
            Py_DECREF(self);
            return NULL;
        }
    return (PyObject *)self;
}

static void Characters_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyMem_Free(((Characters *)self)->codes);
    PyMem_Free(((Characters *)self)->numbers);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The next character of UTF-8, or what is none where it is none. */
static Py_UCS4 next_code(const uint8_t **at, const uint8_t *end)
{
    const uint8_t first = *(*at)++;
    Py_UCS4 code = first < 0x80 ? first : first < 0xe0 ? first & 31 : first < 0xf0 ? first & 15 : first & 7;
    for (; *at < end && (**at & 0xc0) == 0x80; (*at)++)
        code = code << 6 | (**at & 63);
    return code;
}

static double idf(double count, double frequency)
{
    return log(1 + ((count > frequency ? count : frequency) - frequency + 0.5) / (frequency + 0.5));
}

/* Raise the frequencies of those of some characters that a term has. */
static void raise_frequencies(PyObject *chars, PyObject *term, double frequency, double *frequencies)
{
    const uint8_t *at = (const uint8_t *)PyBytes_AS_STRING(term), *end = at + PyBytes_GET_SIZE(term);
    const Py_ssize_t count = PyUnicode_GET_LENGTH(chars);
    Py_ssize_t i;
    while (at < end) {
        const Py_UCS4 code = next_code(&at, end);
        for (i = 0; i < count; i++)
            if (PyUnicode_READ_CHAR(chars, i) == code && frequencies[i] < frequency)
                frequencies[i] = frequency;
    }
}

/* Whether characters are told of by a term: by a gram, and by a word of one character. */
static int tells(PyObject *channel, PyObject *term)
{
    const uint8_t *at = (const uint8_t *)PyBytes_AS_STRING(term), *end = at + PyBytes_GET_SIZE(term);
    if (PyLong_AsLong(channel) == GRAMS)
        return 1;
    if (at < end)
        next_code(&at, end);
    return at == end;
}

PyDoc_STRVAR(weights_doc, "weights(chars, rest, terms, frequencies, count, questions)\n--\n\n"
                          "What each of some characters weighs, given the text without words that\n"
                          "only ask, the terms, in how many documents each of them is, how many\n"
                          "documents there are, and what a character of a word that asks counts.");

static PyObject *weights(PyObject *module, PyObject *args)
{
    PyObject *chars, *rest, *terms, *known, *result = NULL;
    double count, questions, *frequencies;
    Py_ssize_t i;
    (void)module;
    if (!PyArg_ParseTuple(args, "UUO!O!dd:weights", &chars, &rest, &PyList_Type, &terms,
                          &PyList_Type, &known, &count, &questions))
        return NULL;
    frequencies = PyMem_Calloc((size_t)PyUnicode_GET_LENGTH(chars) + 1, sizeof *frequencies);
    if (!frequencies)
        return PyErr_NoMemory();
    for (i = 0; i < PyList_GET_SIZE(terms) && i < PyList_GET_SIZE(known); i++) {
        PyObject *term = PyList_GET_ITEM(terms, i);
        const double frequency = PyFloat_AsDouble(PyList_GET_ITEM(known, i));
        if (PyErr_Occurred())
            goto failed;
        if (!PyTuple_Check(term) || PyTuple_GET_SIZE(term) != 4 ||
            !PyLong_Check(PyTuple_GET_ITEM(term, 0)) || !PyBytes_Check(PyTuple_GET_ITEM(term, 1))) {
            PyErr_SetString(PyExc_TypeError, "a term is a tuple of a channel, a string and more");
            goto failed;
        }
        if (tells(PyTuple_GET_ITEM(term, 0), PyTuple_GET_ITEM(term, 1)))
            raise_frequencies(chars, PyTuple_GET_ITEM(term, 1), frequency, frequencies);
    }
    result = PyList_New(PyUnicode_GET_LENGTH(chars));
    for (i = 0; result && i < PyUnicode_GET_LENGTH(chars); i++) {
        const Py_ssize_t at = PyUnicode_FindChar(rest, PyUnicode_READ_CHAR(chars, i), 0,
                                                 PyUnicode_GET_LENGTH(rest), 1);
        PyObject *weight = PyFloat_FromDouble((at >= 0 ? 1.0 : questions) * idf(count, frequencies[i]));
        if (!weight || at == -2)
            Py_CLEAR(result);
        else
            PyList_SET_ITEM(result, i, weight);
    }
    PyMem_Free(frequencies);
    return result;
failed:
    PyMem_Free(frequencies);
    return NULL;
}

/* A row, and where it was. */
typedef struct {
    double score;
    Py_ssize_t at;
} Scored;

/* Read rows and what is added to them, and put them in order: from the best on, equal ones as they
   were. -1 on error. */
static int read_rows(PyObject *rows, PyObject *added, Scored *scored)
{
    Py_ssize_t i, at;
    for (i = 0; i < PyList_GET_SIZE(rows); i++) {
        PyObject *row = PyList_GET_ITEM(rows, i);
        Scored one = {0.0, i};
        if (!PyTuple_Check(row) || PyTuple_GET_SIZE(row) != 2) {
            PyErr_SetString(PyExc_TypeError, "a row is a tuple of a score and a number");
            return -1;
        }
        one.score = PyFloat_AsDouble(PyTuple_GET_ITEM(row, 0)) +
                    PyFloat_AsDouble(PyList_GET_ITEM(added, i));
        if (PyErr_Occurred())
            return -1;
        for (at = i; at && scored[at - 1].score < one.score; at--)
            scored[at] = scored[at - 1];
        scored[at] = one;
    }
    return 0;
}

PyDoc_STRVAR(best_doc, "best(rows, added, last)\n--\n\n"
                       "At most 64 scores and numbers of documents, with what is added to each score,\n"
                       "from the best on, up to the last that is wanted and those as good as it.\n"
                       "With them goes whether some are equal, of which others have to say in which\n"
                       "order they are.");

static PyObject *best(PyObject *module, PyObject *args)
{
    PyObject *rows, *added, *result;
    Py_ssize_t last, i, count;
    int are_equal = 0;
    Scored scored[MOST];
    (void)module;
    if (!PyArg_ParseTuple(args, "O!O!n:best", &PyList_Type, &rows, &PyList_Type, &added, &last))
        return NULL;
    count = PyList_GET_SIZE(rows);
    if (count > MOST || PyList_GET_SIZE(added) != count) {
        PyErr_SetString(PyExc_ValueError, "at most 64 rows, and as many scores");
        return NULL;
    }
    if (read_rows(rows, added, scored))
        return NULL;
    last = last < 0 ? 0 : last < count ? last : count;
    while (last && last < count && !(scored[last - 1].score > scored[last].score))
        last++;
    for (i = 1; i < last; i++)
        are_equal |= !(scored[i - 1].score > scored[i].score);
    result = PyList_New(last);
    for (i = 0; result && i < last; i++) {
        PyObject *number = PyTuple_GET_ITEM(PyList_GET_ITEM(rows, scored[i].at), 1);
        PyObject *score = PyFloat_FromDouble(scored[i].score);
        PyObject *row = score ? PyTuple_Pack(2, score, number) : NULL;
        Py_XDECREF(score);
        if (!row)
            Py_CLEAR(result);
        else
            PyList_SET_ITEM(result, i, row);
    }
    return result ? Py_BuildValue("NO", result, are_equal ? Py_True : Py_False) : NULL;
}

static PyMethodDef module_methods[] = {
    {"best", best, METH_VARARGS, best_doc},
    {"weights", weights, METH_VARARGS, weights_doc},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef Characters_methods[] = {
    {"scores", Characters_scores, METH_O, scores_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(Characters_doc, "Characters(forms, weights, average, characters, sentence, k)\n--\n\n"
                             "The characters of a text, and what they are worth in documents.");

static PyType_Slot Characters_slots[] = {
    {Py_tp_doc, (void *)Characters_doc},
    {Py_tp_new, Characters_new},
    {Py_tp_dealloc, Characters_dealloc},
    {Py_tp_methods, Characters_methods},
    {0, NULL},
};

static PyType_Spec Characters_spec = {"searcher.kernel._reranking.Characters", sizeof(Characters),
                                      0, Py_TPFLAGS_DEFAULT, Characters_slots};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_reranking", "The closer look at the best documents.", -1, module_methods, NULL,
    NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__reranking(void)
{
    PyObject *created = PyModule_Create(&module);
    PyObject *type = created ? PyType_FromSpec(&Characters_spec) : NULL;
    if (!type || PyModule_AddObject(created, "Characters", type)) {
        Py_XDECREF(type);
        Py_XDECREF(created);
        return NULL;
    }
    return created;
}
