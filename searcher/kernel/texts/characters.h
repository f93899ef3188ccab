/* Which of some Han characters a text has, in whatever form it writes them. */

#ifndef SEARCHER_TEXTS_CHARACTERS_H
#define SEARCHER_TEXTS_CHARACTERS_H

#include <Python.h>

#include <stdint.h>
#include <string.h>

#define MOST_CHARACTERS 7 /* bits of a byte, but for one: */
#define STRANGE 0x80      /* a character that may fold to others, or to several */
#define CODE_COUNT 0x10000

/* For each character which of those that are looked for it stands for: filled while texts are looked
 * at, which no other thread can do meanwhile, and no Python code. */
static uint8_t stands_for[CODE_COUNT];

/* Whether a character folds to a Han character only if it is one, to itself if no table has it:
 * letters and signs of Western and Chinese texts, and Han characters themselves. So it is with every
 * table of folding that changes Han characters alone; with another one nothing is asked here. */
static int
is_plain(unsigned code)
{
    return code < 0x2e80 || (code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3000 && code <= 0x3011) ||
           (code >= 0xff01 && code <= 0xff5e);
}

static void
mark_strange(void)
{
    unsigned code;

    for (code = 0; code < CODE_COUNT; code++) {
        stands_for[code] = is_plain(code) ? 0 : STRANGE;
    }
}

/* Set or take back the bits of characters, each given by all its forms. */
static void
mark_forms(PyObject *characters, Py_ssize_t count, int is_set)
{
    Py_ssize_t i, at;

    for (i = 0; i < count; i++) {
        PyObject *forms = PyTuple_GET_ITEM(characters, i);

        for (at = 0; at < PyUnicode_GET_LENGTH(forms); at++) {
            Py_UCS4 code = PyUnicode_READ_CHAR(forms, at);

            if (code < CODE_COUNT && is_set) {
                stands_for[code] |= (uint8_t)(1 << i);
            }
            else if (code < CODE_COUNT) {
                stands_for[code] &= STRANGE;
            }
        }
    }
}

/* The characters that a text has, added to those of another one. */
static unsigned
characters_in(PyObject *text, unsigned all, unsigned found)
{
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), i = 0;

    if (kind == PyUnicode_2BYTE_KIND) {
        const Py_UCS2 *codes = data;

        for (; i + 8 <= length && (found & all) != all; i += 8) {
            found |= (unsigned)(stands_for[codes[i]] | stands_for[codes[i + 1]] |
                                stands_for[codes[i + 2]] | stands_for[codes[i + 3]] |
                                stands_for[codes[i + 4]] | stands_for[codes[i + 5]] |
                                stands_for[codes[i + 6]] | stands_for[codes[i + 7]]);
        }
    }
    for (; i < length && (found & all) != all; i++) {
        Py_UCS4 code = PyUnicode_READ(kind, data, i);

        found |= code < CODE_COUNT ? stands_for[code] : STRANGE;
    }
    return found;
}

#endif
