/* Postings: writing, reading, intersecting and ranking them.

   The form of the data is drawn in searcher/index/README.md. searcher/index/columnar/postings.py
   and searcher/query/numpy_ranking.py do the same in numpy, with the same results to the last bit, so
   sums are made in the same order and nothing is fused or reassociated.

   Whatever bytes a file holds, nothing is read beyond the buffers that were given: every list is
   measured before it is read, and every number taken from it is checked before it is used. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "postings/coding.h"
#include "postings/grouping.h"
#include "postings/impacts.h"
#include "postings/merging.h"
#include "postings/segments.h"
#include "postings/vocabulary.h"

static PyMethodDef methods[] = {
    {"decode", decode, METH_VARARGS, "One list as documents, frequencies and titles."},
    {"decode_many", decode_many, METH_VARARGS, "Many lists, one after the other."},
    {"grams", grams, METH_VARARGS, "The occurrences of the grams of texts."},
    {"gram_keys", gram_keys, METH_O, "The keys of grams as terms."},
    {"invert", invert, METH_VARARGS, "The bytes of lists from the occurrences of terms."},
    {"merge_lists", merge_lists, METH_VARARGS, "The bytes of the lists of several segments."},
    {"impacts", impacts, METH_VARARGS, "How much postings are worth."},
    {"counts", counts, METH_VARARGS, "The numbers of postings of lists."},
    {"unite_terms", unite_terms, METH_O, "The terms of several segments as one list, in order."},
    {"sort_terms", sort_terms, METH_O, "Strings as the terms of a field, in order."},
    {"encode", encode, METH_VARARGS, "The bytes of lists, and where each begins."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_postings", "Writing, reading and ranking postings.", -1, methods,
    NULL, NULL, NULL, NULL,
};

/* The module keeps a type; takes the reference. */
static int add_type(PyObject *created, const char *name, PyObject *type)
{
    int failed = !type || PyObject_SetAttrString(created, name, type);
    if (type != (PyObject *)Channel_type)
        Py_XDECREF(type);
    return failed ? -1 : 0;
}

PyMODINIT_FUNC PyInit__postings(void)
{
    const uint16_t probe = 1;
    PyObject *created;
    if (*(const uint8_t *)&probe != 1) {
        PyErr_SetString(PyExc_ImportError, "the kernel is for little-endian machines");
        return NULL;
    }
    created = PyModule_Create(&module);
    if (!created)
        return NULL;
    Channel_type = (PyTypeObject *)PyType_FromSpec(&Channel_spec);
    if (!Channel_type || add_type(created, "Channel", (PyObject *)Channel_type) ||
        add_type(created, "Segments", PyType_FromSpec(&Segments_spec)))
        Py_CLEAR(created);
    return created;
}
