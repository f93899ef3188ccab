/* Folders: what is in one, with the size and the time of each file, in one go.
 *
 * The system is asked for all entries first, while other threads may run; then Python's objects are
 * made of what it said. os.scandir makes an object of each entry and two more of its status.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifndef _WIN32

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is said in the place of the size of what is not a plain file. */
#define FOLDER (-1)
#define LINK (-2) /* or what cannot be looked at */
#define SPECIAL (-3)

typedef struct {
    size_t name;      /* where it begins in the names */
    long long size;   /* bytes, or what it is */
    long long time;   /* when it was last changed, in nanoseconds since 1970 */
} Entry;

typedef struct {
    Entry *entries;
    size_t count, room;
    char *names; /* each with a zero behind it */
    size_t names_size, names_room;
} Found;

static int keep(Found *found, const char *name, long long size, long long time)
{
    size_t length = strlen(name) + 1;
    if (found->count == found->room) {
        size_t room = found->room ? 2 * found->room : 256;
        Entry *entries = realloc(found->entries, room * sizeof(Entry));
        if (entries == NULL) {
            return -1;
        }
        found->entries = entries;
        found->room = room;
    }
    if (found->names_size + length > found->names_room) {
        size_t room = 2 * (found->names_size + length) + 4096;
        char *names = realloc(found->names, room);
        if (names == NULL) {
            return -1;
        }
        found->names = names;
        found->names_room = room;
    }
    memcpy(found->names + found->names_size, name, length);
    found->entries[found->count++] = (Entry){found->names_size, size, time};
    found->names_size += length;
    return 0;
}

#ifdef __APPLE__
#define CONTENT_TIME(status) ((status).st_mtimespec)
#define STATUS_TIME(status) ((status).st_ctimespec)
#else
#define CONTENT_TIME(status) ((status).st_mtim)
#define STATUS_TIME(status) ((status).st_ctim)
#endif

static long long nanoseconds(const struct timespec *time)
{
    return (long long)time->tv_sec * 1000000000 + time->tv_nsec;
}

static int look_at(Found *found, int folder, const struct dirent *entry)
{
    struct stat status;
#ifdef DT_DIR
    if (entry->d_type == DT_DIR) {
        return keep(found, entry->d_name, FOLDER, 0);
    }
    if (entry->d_type == DT_LNK) {
        return keep(found, entry->d_name, LINK, 0);
    }
#endif
    if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return keep(found, entry->d_name, LINK, 0); /* looking at it again will say why */
    }
    if (S_ISREG(status.st_mode)) {
        long long content = nanoseconds(&CONTENT_TIME(status));
        long long any = nanoseconds(&STATUS_TIME(status));
        return keep(found, entry->d_name, (long long)status.st_size, content > any ? content : any);
    }
    if (S_ISDIR(status.st_mode)) {
        return keep(found, entry->d_name, FOLDER, 0);
    }
    return keep(found, entry->d_name, S_ISLNK(status.st_mode) ? LINK : SPECIAL, 0);
}

/* Returns what errno says, or 0. */
static int read_folder(Found *found, const char *path)
{
    struct dirent *entry;
    int error = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return errno;
    }
    for (;;) {
        errno = 0;
        entry = readdir(folder);
        if (entry == NULL) {
            error = errno;
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (look_at(found, dirfd(folder), entry) < 0) {
            error = ENOMEM;
            break;
        }
    }
    closedir(folder);
    return error;
}

/* How it sorts, its name, its size and its time. A folder sorts as "name/". */
static PyObject *as_tuple(const char *text, const Entry *entry)
{
    PyObject *name = PyUnicode_DecodeFSDefault(text), *key = NULL;
    PyObject *size = PyLong_FromLongLong(entry->size), *time = PyLong_FromLongLong(entry->time);
    PyObject *result = PyTuple_New(4);
    if (name != NULL) {
        key = entry->size == FOLDER ? PyUnicode_FromFormat("%U/", name) : Py_NewRef(name);
    }
    if (key == NULL || size == NULL || time == NULL || result == NULL) {
        Py_XDECREF(key);
        Py_XDECREF(name);
        Py_XDECREF(size);
        Py_XDECREF(time);
        Py_XDECREF(result);
        return NULL;
    }
    PyTuple_SET_ITEM(result, 0, key);
    PyTuple_SET_ITEM(result, 1, name);
    PyTuple_SET_ITEM(result, 2, size);
    PyTuple_SET_ITEM(result, 3, time);
    return result;
}

static PyObject *as_lists(const Found *found)
{
    size_t n;
    PyObject *shown = PyList_New(0), *hidden = PyList_New(0), *result;
    for (n = 0; n < found->count && shown != NULL && hidden != NULL; n++) {
        const char *name = found->names + found->entries[n].name;
        PyObject *entry = as_tuple(name, &found->entries[n]);
        if (entry == NULL || PyList_Append(name[0] == '.' ? hidden : shown, entry) < 0) {
            Py_XDECREF(entry);
            break;
        }
        Py_DECREF(entry);
    }
    if (shown == NULL || hidden == NULL || n < found->count) {
        Py_XDECREF(shown);
        Py_XDECREF(hidden);
        return NULL;
    }
    result = Py_BuildValue("(NN)", shown, hidden);
    return result;
}

static PyObject *scan(PyObject *self, PyObject *path)
{
    PyObject *bytes, *result = NULL;
    Found found = {NULL, 0, 0, NULL, 0, 0};
    int error;
    (void)self;
    if (!PyUnicode_FSConverter(path, &bytes)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    error = read_folder(&found, PyBytes_AS_STRING(bytes));
    Py_END_ALLOW_THREADS
    Py_DECREF(bytes);
    if (error) {
        errno = error;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
    } else {
        result = as_lists(&found);
    }
    free(found.entries);
    free(found.names);
    return result;
}

static PyMethodDef methods[] = {
    {"scan", scan, METH_O,
     "scan(path) -> (entries, hidden): what is in a folder, those with a dot in front apart; of\n"
     "each how it sorts, its name, its size (-1 a folder, -2 a link, -3 something else) and when it\n"
     "was last changed, in nanoseconds: its content or anything about it, whichever is later."},
    {NULL, NULL, 0, NULL},
};

#else

static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}}; /* os.scandir knows sizes and times here */

#endif

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "searcher.kernel._folders",
    .m_doc = "What is in folders.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__folders(void)
{
    return PyModule_Create(&module);
}
