/* The terms of analyzed texts as the ranker takes them, and what they count: what
 * searcher/query/weights.py and noting.py do in Python. */

#ifndef SEARCHER_TEXT_SEEKING_H
#define SEARCHER_TEXT_SEEKING_H

#include <Python.h>

#include <math.h>
#include <string.h>

#define PAIR 2
enum { WORDS_CHANNEL, GRAMS_CHANNEL };

/* A field of an object that Forms knows; borrowed, NULL if it has no value. */
static PyObject *
field_of(PyObject *object, const PyMemberDef *slot)
{
    return *(PyObject **)(void *)((char *)object + slot->offset);
}

/* A term of an analyzed text; all borrowed. */
typedef struct {
    PyObject *string;
    double count;
    int is_word, is_weak;
} ReadTerm;

/* Read the term with a number. Returns 0, or -1 with an exception set. */
static int
read_term(const Forms *forms, PyObject *terms, Py_ssize_t number, ReadTerm *term)
{
    PyObject *each = PyTuple_GET_ITEM(terms, number), *values[TERM_FIELDS];
    int i;

    if (Py_TYPE(each) != forms->term_type) {
        goto wrong;
    }
    for (i = 0; i < TERM_FIELDS; i++) {
        values[i] = field_of(each, forms->term_slots[i]);
        if (values[i] == NULL) {
            goto wrong;
        }
    }
    if (!PyUnicode_Check(values[0]) || !PyUnicode_Check(values[1])) {
        goto wrong;
    }
    term->string = values[0];
    term->is_word = values[1] == forms->words || PyUnicode_Compare(values[1], forms->words) == 0;
    term->count = PyFloat_AsDouble(values[2]);
    term->is_weak = PyObject_IsTrue(values[3]);
    return PyErr_Occurred() ? -1 : 0;
wrong:
    PyErr_SetString(PyExc_TypeError, "not the terms of an analyzed text");
    return -1;
}

/* The bytes of a term as indexes have it: without the bytes 0 and 1, which few texts have. Half a
 * surrogate pair is in no index. */
static PyObject *
escaped(PyObject *term)
{
    Py_ssize_t size, i, more = 0, at = 0;
    const char *data = PyUnicode_AsUTF8AndSize(term, &size);
    PyObject *bytes;

    if (data == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            return NULL;
        }
        PyErr_Clear();
        return PyBytes_FromStringAndSize("\xff", 1);
    }
    for (i = 0; i < size; i++) {
        more += data[i] == 0 || data[i] == 1;
    }
    bytes = PyBytes_FromStringAndSize(more ? NULL : data, size + more);
    for (i = 0; bytes != NULL && more && i < size; i++) {
        if (data[i] == 0 || data[i] == 1) {
            PyBytes_AS_STRING(bytes)[at++] = 1;
            PyBytes_AS_STRING(bytes)[at++] = (char)(data[i] + 1);
        }
        else {
            PyBytes_AS_STRING(bytes)[at++] = data[i];
        }
    }
    return bytes;
}

/* A term to look for: the number of its channel, the term, its factor, whether it makes a hit. */
static PyObject *
sought(PyObject *term, int channel, double factor, int is_strong)
{
    PyObject *values[4], *tuple = NULL;
    int i, failed = 0;

    values[0] = PyLong_FromLong(channel);
    values[1] = escaped(term);
    values[2] = PyFloat_FromDouble(factor);
    values[3] = PyBool_FromLong(is_strong);
    for (i = 0; i < 4; i++) {
        failed |= values[i] == NULL;
    }
    if (!failed) {
        tuple = PyTuple_New(4);
    }
    for (i = 0; i < 4; i++) {
        if (tuple != NULL) {
            PyTuple_SET_ITEM(tuple, i, values[i]);
        }
        else {
            Py_XDECREF(values[i]);
        }
    }
    return tuple;
}

static int
has_cjk(PyObject *term)
{
    const int kind = PyUnicode_KIND(term);
    const void *data = PyUnicode_DATA(term);
    Py_ssize_t i;

    for (i = 0; i < PyUnicode_GET_LENGTH(term); i++) {
        if (is_cjk(class_of(PyUnicode_READ(kind, data, i)))) {
            return 1;
        }
    }
    return 0;
}

/* The words of one character, or those of more, side by side with blanks between. */
static PyObject *
joined_words(const Forms *forms, PyObject *terms, int of_one)
{
    PyObject *words = PyList_New(0), *blank, *joined;
    Py_ssize_t i;

    for (i = 0; words != NULL && i < PyTuple_GET_SIZE(terms); i++) {
        ReadTerm term;

        if (read_term(forms, terms, i, &term) < 0 ||
            (term.is_word && (PyUnicode_GET_LENGTH(term.string) == 1) == of_one &&
             PyList_Append(words, term.string) < 0)) {
            Py_CLEAR(words);
        }
    }
    blank = words == NULL ? NULL : PyUnicode_FromString(" ");
    joined = blank == NULL ? NULL : PyUnicode_Join(blank, words);
    Py_XDECREF(blank);
    Py_XDECREF(words);
    return joined;
}

/* What terms count, beside what they are looked for with. */
typedef struct {
    PyObject *folded, *rest, *singles, *longer_words;
    double questions, longer, across;
} Counts;

/* Whether a character is in a text; -1 on error. */
static int
has_char(PyObject *text, Py_UCS4 code)
{
    const Py_ssize_t at = PyUnicode_FindChar(text, code, 0, PyUnicode_GET_LENGTH(text), 1);

    return at == -2 ? -1 : at >= 0;
}

/* What the score of a term is multiplied with, for one occurrence in the query; -1 on error. */
static double
factor_of(const Counts *counts, PyObject *term, int is_word)
{
    int found;

    if (counts->rest != counts->folded) {
        found = PyUnicode_Contains(counts->rest, term);
        if (found == 0) {
            found = PyUnicode_Contains(counts->folded, term);
            if (found > 0) {
                return counts->questions;
            }
        }
        if (found < 0) {
            return -1.0;
        }
    }
    if (is_word) {
        return PyUnicode_GET_LENGTH(term) > PAIR && has_cjk(term) ? counts->longer : 1.0;
    }
    if (PyUnicode_GET_LENGTH(term) != PAIR || counts->across == 1.0) {
        return 1.0;
    }
    found = PyUnicode_Contains(counts->longer_words, term);
    if (found == 0) {
        found = has_char(counts->singles, PyUnicode_READ_CHAR(term, 0));
    }
    if (found == 0) {
        found = has_char(counts->singles, PyUnicode_READ_CHAR(term, 1));
    }
    return found < 0 ? -1.0 : found || !has_cjk(term) ? 1.0 : counts->across;
}

PyDoc_STRVAR(weighed_doc,
             "weighed(text, rest, questions, longer, across, all_are_strong)\n--\n\n"
             "The terms of an analyzed text to look for, weighed. The rest is the text without what\n"
             "only asks; then come what such terms count, long words, and pairs across two words.");

static PyObject *
forms_weighed(PyObject *object, PyObject *args)
{
    const Forms *forms = (const Forms *)object;
    PyObject *text, *terms, *result = NULL;
    int all_are_strong;
    Py_ssize_t i;
    Counts counts;

    if (!PyArg_ParseTuple(args, "O!Udddp:weighed", forms->text_type, &text, &counts.rest,
                          &counts.questions, &counts.longer, &counts.across, &all_are_strong)) {
        return NULL;
    }
    counts.folded = field_of(text, forms->text_slots[0]);
    terms = field_of(text, forms->text_slots[1]);
    if (counts.folded == NULL || !PyUnicode_Check(counts.folded) || terms == NULL ||
        !PyTuple_Check(terms)) {
        PyErr_SetString(PyExc_TypeError, "not an analyzed text");
        return NULL;
    }
    counts.singles = joined_words(forms, terms, 1);
    counts.longer_words = counts.singles == NULL ? NULL : joined_words(forms, terms, 0);
    if (counts.longer_words != NULL) {
        result = PyList_New(PyTuple_GET_SIZE(terms));
    }
    for (i = 0; result != NULL && i < PyTuple_GET_SIZE(terms); i++) {
        PyObject *found = NULL;
        ReadTerm term;

        if (read_term(forms, terms, i, &term) == 0) {
            const double factor = factor_of(&counts, term.string, term.is_word);

            if (factor != -1.0 || !PyErr_Occurred()) {
                found = sought(term.string, term.is_word ? WORDS_CHANNEL : GRAMS_CHANNEL,
                               term.count * factor, all_are_strong || !term.is_weak);
            }
        }
        if (found == NULL) {
            Py_CLEAR(result);
        }
        else {
            PyList_SET_ITEM(result, i, found);
        }
    }
    Py_XDECREF(counts.singles);
    Py_XDECREF(counts.longer_words);
    return result;
}

PyDoc_STRVAR(marked_doc,
             "marked(marks)\n--\n\n"
             "The terms to look for that tell how rare each of some marks is, in their order, and\n"
             "those of one character once more, as grams.");

static PyObject *
forms_marked(PyObject *object, PyObject *marks)
{
    PyObject *result;
    Py_ssize_t i;
    int turn;

    (void)object;
    if (!PyTuple_Check(marks)) {
        PyErr_SetString(PyExc_TypeError, "marks are a tuple of strings");
        return NULL;
    }
    result = PyList_New(0);
    for (turn = 0; turn < 2; turn++) {
        for (i = 0; result != NULL && i < PyTuple_GET_SIZE(marks); i++) {
            PyObject *mark = PyTuple_GET_ITEM(marks, i), *found;
            const Py_ssize_t length = PyUnicode_Check(mark) ? PyUnicode_GET_LENGTH(mark) : -1;

            if (length < 0) {
                PyErr_SetString(PyExc_TypeError, "marks are a tuple of strings");
                Py_CLEAR(result);
                break;
            }
            if (turn && length >= PAIR) {
                continue;
            }
            found = sought(mark, turn || length == PAIR ? GRAMS_CHANNEL : WORDS_CHANNEL, 1.0, 1);
            if (found == NULL || PyList_Append(result, found) < 0) {
                Py_CLEAR(result);
            }
            Py_XDECREF(found);
        }
    }
    return result;
}

PyDoc_STRVAR(mark_weights_doc,
             "mark_weights(marks, frequencies, count, asking, factor)\n--\n\n"
             "What each mark says, given in how many documents the terms of ``marked`` are, how many\n"
             "documents there are, the words that ask, and what these say of what others do.");

static PyObject *
forms_mark_weights(PyObject *object, PyObject *args)
{
    PyObject *marks, *known, *asking, *result;
    double documents, asked;
    Py_ssize_t i, single;

    (void)object;
    if (!PyArg_ParseTuple(args, "O!O!dO!d:mark_weights", &PyTuple_Type, &marks, &PyList_Type,
                          &known, &documents, &PyFrozenSet_Type, &asking, &asked)) {
        return NULL;
    }
    single = PyTuple_GET_SIZE(marks);
    result = PyList_New(single);
    for (i = 0; result != NULL && i < PyTuple_GET_SIZE(marks); i++) {
        PyObject *mark = PyTuple_GET_ITEM(marks, i), *weight = NULL;
        double frequency = -1.0, other = 0.0, count, idf;
        int is_asking = -1;

        if (PyUnicode_Check(mark) && i < PyList_GET_SIZE(known)) {
            frequency = PyFloat_AsDouble(PyList_GET_ITEM(known, i));
            if (PyUnicode_GET_LENGTH(mark) < PAIR && single < PyList_GET_SIZE(known)) {
                other = PyFloat_AsDouble(PyList_GET_ITEM(known, single++));
            }
            is_asking = PySet_Contains(asking, mark);
        }
        frequency = frequency > other ? frequency : other;
        if (is_asking >= 0 && frequency >= 0.0 && !PyErr_Occurred()) {
            count = documents > frequency ? documents : frequency;
            idf = log(1 + (count - frequency + 0.5) / (frequency + 0.5));
            weight = PyFloat_FromDouble(is_asking ? asked * idf : idf);
        }
        else if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "marks are strings, and each has a frequency");
        }
        if (weight == NULL) {
            Py_CLEAR(result);
        }
        else {
            PyList_SET_ITEM(result, i, weight);
        }
    }
    return result;
}

/* Append a term to look for, unless the set of names has it already. Takes the reference. Returns 0,
 * or -1 with an exception set. */
static int
append_required(PyObject *terms, PyObject *names, PyObject *term, int channel)
{
    PyObject *found = NULL;
    int result = term == NULL ? -1 : PySet_Contains(names, term);

    if (result == 0) {
        found = sought(term, channel, 1.0, 1);
        result = found == NULL || PySet_Add(names, term) < 0 ? -1 : PyList_Append(terms, found);
    }
    Py_XDECREF(found);
    Py_XDECREF(term);
    return result < 0 ? -1 : 0;
}

/* Append the pairs of characters of a string, none of which is white space. *blanks says whether some
 * characters are. Returns 0, or -1 with an exception set. */
static int
append_pairs(PyObject *terms, PyObject *names, PyObject *string, int *blanks)
{
    const int kind = PyUnicode_KIND(string);
    const void *data = PyUnicode_DATA(string);
    Py_ssize_t at;

    *blanks = Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, 0)) != 0;
    for (at = 1; at < PyUnicode_GET_LENGTH(string); at++) {
        if (Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, at))) {
            *blanks = 1;
        }
        else if (!Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, at - 1)) &&
                 append_required(terms, names, PyUnicode_Substring(string, at - 1, at + 1),
                                 GRAMS_CHANNEL) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What must be there where strings must be: pairs, single characters, and strings that these do not
 * decide. Returns 0, or -1 with an exception set. */
static int
append_strings(PyObject *strings, PyObject *terms, PyObject *singles, PyObject *undecided)
{
    PyObject *pairs = PySet_New(NULL), *seen = PySet_New(NULL);
    Py_ssize_t i;
    int result = pairs == NULL || seen == NULL ? -1 : 0;

    for (i = 0; result == 0 && i < PyList_GET_SIZE(strings); i++) {
        PyObject *string = PyList_GET_ITEM(strings, i);
        int blanks = 0, is_known;

        if (!PyUnicode_Check(string) || PyUnicode_GET_LENGTH(string) == 0) {
            PyErr_SetString(PyExc_TypeError, "what must be there are strings");
            result = -1;
            break;
        }
        is_known = PySet_Contains(seen, string);
        if (is_known != 0 || PySet_Add(seen, string) < 0) {
            result = is_known > 0 ? 0 : -1;
            continue;
        }
        if (PyUnicode_GET_LENGTH(string) == 1) {
            result = PyList_Append(singles, string);
            continue;
        }
        result = append_pairs(terms, pairs, string, &blanks);
        if (result == 0 && (blanks || PyUnicode_GET_LENGTH(string) > PAIR)) {
            result = PyList_Append(undecided, string);
        }
    }
    Py_XDECREF(pairs);
    Py_XDECREF(seen);
    return result;
}

PyDoc_STRVAR(required_doc,
             "required(words, strings)\n--\n\n"
             "The terms, single characters and other strings that must be there where words must be\n"
             "there as terms, and folded strings as they stand.");

static PyObject *
forms_required(PyObject *object, PyObject *args)
{
    PyObject *words, *strings, *names = PySet_New(NULL), *result = NULL;
    PyObject *terms = PyList_New(0), *singles = PyList_New(0), *undecided = PyList_New(0);
    Py_ssize_t i;
    int failed = names == NULL || terms == NULL || singles == NULL || undecided == NULL;

    (void)object;
    failed = failed || !PyArg_ParseTuple(args, "O!O!:required", &PyList_Type, &words, &PyList_Type,
                                         &strings);
    for (i = 0; !failed && i < PyList_GET_SIZE(words); i++) {
        PyObject *word = PyList_GET_ITEM(words, i);

        if (!PyUnicode_Check(word)) {
            PyErr_SetString(PyExc_TypeError, "what must be there are strings");
            failed = 1;
            break;
        }
        failed = append_required(terms, names, Py_NewRef(word), WORDS_CHANNEL) < 0;
    }
    if (!failed && append_strings(strings, terms, singles, undecided) == 0) {
        result = PyTuple_Pack(3, terms, singles, undecided);
    }
    Py_XDECREF(names);
    Py_XDECREF(terms);
    Py_XDECREF(singles);
    Py_XDECREF(undecided);
    return result;
}

static PyMethodDef forms_methods[] = {
    {"weighed", forms_weighed, METH_VARARGS, weighed_doc},
    {"required", forms_required, METH_VARARGS, required_doc},
    {"marked", forms_marked, METH_O, marked_doc},
    {"mark_weights", forms_mark_weights, METH_VARARGS, mark_weights_doc},
    {NULL, NULL, 0, NULL},
};

#endif
