/* Lines: where those of a file end, and the SHA-256 of each, in one go.
 *
 * hashlib has the same function; to call it for each of a hundred thousand lines takes longer than
 * what it does, and nothing else may run between two calls. Here other threads run meanwhile, and
 * two lines are hashed side by side, as each step of one waits for the step before it.
 *
 * It is there where the processor has instructions for SHA-256. Elsewhere Python uses hashlib, whose
 * assembly is quicker than what a compiler makes of C. What is found is no secret, so how long it
 * takes may tell anybody anything.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define BLOCK 64 /* bytes that SHA-256 takes at once */
#define SIZE 32  /* bytes of a hash */
#define SHA __attribute__((target("sha,sse4.1")))

static const uint32_t CONSTANTS[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* A hash so far: its eight words in the order in which the instructions take them. */
typedef struct {
    __m128i abef, cdgh;
} Hash;

/* A line that is being hashed: its whole blocks, and then what is left with its size behind it. */
typedef struct {
    Hash hash;
    const uint8_t *at;
    size_t blocks; /* from there on */
    uint8_t tail[2 * BLOCK];
    size_t tail_blocks; /* 0 once it is what is hashed */
    uint8_t *result;    /* where the hash goes; NULL while there is no line */
} Lane;

typedef struct {
    const uint8_t *data;
    size_t size, longest;
    int64_t *ends;
    uint8_t *hashes;
    size_t count; /* lines */
    size_t start;       /* of the line that comes next */
} Lines;

/* Four rounds, of which the words of the message are given; the 16 words that follow are made of
 * those before them. */
SHA static inline void rounds(Hash *hash, const __m128i *words, int group)
{
    __m128i with = _mm_add_epi32(
        words[group & 3], _mm_load_si128((const __m128i *)(CONSTANTS + 4 * group)));
    __m128i before = hash->abef;
    __m128i next = _mm_sha256rnds2_epu32(hash->cdgh, hash->abef, with);
    hash->abef = _mm_sha256rnds2_epu32(before, next, _mm_shuffle_epi32(with, 0x0E));
    hash->cdgh = next;
}

SHA static inline void extend(__m128i *words, int group)
{
    __m128i *own = words + (group & 3);
    __m128i second = words[(group + 1) & 3], third = words[(group + 2) & 3];
    __m128i last = words[(group + 3) & 3];
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(*own, second), _mm_alignr_epi8(last, third, 4));
    *own = _mm_sha256msg2_epu32(sum, last);
}

SHA static inline void load(__m128i *words, const uint8_t *block)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    int n;
    for (n = 0; n < 4; n++) {
        words[n] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * n)), swap);
    }
}

/* So many blocks of one line, and if there is another as many of that. */
SHA static inline void compress(Lane *one, Lane *other, size_t blocks)
{
    Hash first = one->hash, second = first;
    const uint8_t *at = one->at, *beside = at;
    size_t left;
    if (other != NULL) {
        second = other->hash;
        beside = other->at;
    }
    for (left = blocks; left > 0; left--, at += BLOCK, beside += BLOCK) {
        Hash was = first, was_beside = second;
        __m128i words[4], words_beside[4];
        int group;
        load(words, at);
        if (other != NULL) {
            load(words_beside, beside);
        }
#pragma GCC unroll 16
        for (group = 0; group < 16; group++) {
            rounds(&first, words, group);
            if (other != NULL) {
                rounds(&second, words_beside, group);
            }
            if (group < 12) {
                extend(words, group);
                if (other != NULL) {
                    extend(words_beside, group);
                }
            }
        }
        first.abef = _mm_add_epi32(first.abef, was.abef);
        first.cdgh = _mm_add_epi32(first.cdgh, was.cdgh);
        second.abef = _mm_add_epi32(second.abef, was_beside.abef);
        second.cdgh = _mm_add_epi32(second.cdgh, was_beside.cdgh);
    }
    one->hash = first;
    one->at = at;
    one->blocks -= blocks;
    if (other != NULL) {
        other->hash = second;
        other->at = beside;
        other->blocks -= blocks;
    }
}

SHA static void compress_one(Lane *one)
{
    compress(one, NULL, one->blocks);
}

SHA static void compress_two(Lane *one, Lane *other)
{
    compress(one, other, one->blocks < other->blocks ? one->blocks : other->blocks);
}

SHA static void begin(Lane *lane, const uint8_t *line, size_t size, uint8_t *result)
{
    const uint64_t bits = __builtin_bswap64((uint64_t)size * 8);
    size_t rest = size % BLOCK;
    lane->hash.abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
    lane->hash.cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
    lane->at = line;
    lane->blocks = size / BLOCK;
    lane->tail_blocks = rest + 9 > BLOCK ? 2 : 1;
    memset(lane->tail, 0, sizeof lane->tail);
    memcpy(lane->tail, line + size - rest, rest);
    lane->tail[rest] = 0x80;
    memcpy(lane->tail + lane->tail_blocks * BLOCK - 8, &bits, 8);
    lane->result = result;
}

/* The words of a hash, each with its highest byte first. */
SHA static void take_result(Lane *lane)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i dcba = _mm_unpackhi_epi64(lane->hash.cdgh, lane->hash.abef);
    __m128i hgfe = _mm_unpacklo_epi64(lane->hash.cdgh, lane->hash.abef);
    __m128i *result = (__m128i *)lane->result;
    _mm_storeu_si128(result, _mm_shuffle_epi8(_mm_shuffle_epi32(dcba, 0x1B), swap));
    _mm_storeu_si128(result + 1, _mm_shuffle_epi8(_mm_shuffle_epi32(hgfe, 0x1B), swap));
}

/* Whether a line has blocks left to be hashed; where it has none, its hash is taken. */
static int goes_on(Lane *lane)
{
    if (lane->blocks == 0 && lane->tail_blocks > 0) {
        lane->at = lane->tail;
        lane->blocks = lane->tail_blocks;
        lane->tail_blocks = 0;
    }
    if (lane->blocks > 0) {
        return 1;
    }
    if (lane->result != NULL) {
        take_result(lane);
        lane->result = NULL;
    }
    return 0;
}

/* Find the next line; returns whether there is one. What is too long has zeros for its
 * hash. */
static int next_line(Lines *lines, Lane *lane)
{
    while (lines->start < lines->size) {
        const uint8_t *line = lines->data + lines->start;
        size_t left = lines->size - lines->start;
        const uint8_t *end = memchr(line, '\n', left);
        size_t size = end == NULL ? left : (size_t)(end - line);
        size_t number = lines->count++;
        lines->ends[number] = (int64_t)(lines->start + size);
        lines->start += size + 1;
        if (size < lines->longest) {
            begin(lane, line, size, lines->hashes + SIZE * number);
            return 1;
        }
        memset(lines->hashes + SIZE * number, 0, SIZE);
    }
    return 0;
}

static void hash_all(Lines *lines)
{
    Lane one = {.result = NULL}, other = {.result = NULL};
    for (;;) {
        int first = goes_on(&one) || (next_line(lines, &one) && goes_on(&one));
        int second = goes_on(&other) || (next_line(lines, &other) && goes_on(&other));
        if (first && second) {
            compress_two(&one, &other);
        } else if (first) {
            compress_one(&one);
        } else if (second) {
            compress_one(&other);
        } else {
            return;
        }
    }
}

static size_t count_lines(const uint8_t *data, size_t size)
{
    size_t count = 0;
    const uint8_t *end = data + size;
    while (data < end) {
        const uint8_t *found = memchr(data, '\n', (size_t)(end - data));
        data = found == NULL ? end : found + 1;
        count++;
    }
    return count;
}

static PyObject *hashes(PyObject *self, PyObject *args)
{
    Py_buffer data;
    Py_ssize_t longest;
    size_t count;
    PyObject *ends, *found, *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*n", &data, &longest)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    count = count_lines(data.buf, (size_t)data.len);
    Py_END_ALLOW_THREADS
    ends = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * sizeof(int64_t)));
    found = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * SIZE));
    if (ends != NULL && found != NULL) {
        Lines lines = {
            .data = data.buf,
            .size = (size_t)data.len,
            .longest = longest < 0 ? 0 : (size_t)longest,
            .ends = (int64_t *)PyBytes_AS_STRING(ends),
            .hashes = (uint8_t *)PyBytes_AS_STRING(found),
        };
        Py_BEGIN_ALLOW_THREADS
        hash_all(&lines);
        Py_END_ALLOW_THREADS
        result = PyTuple_Pack(2, ends, found);
    }
    Py_XDECREF(ends);
    Py_XDECREF(found);
    PyBuffer_Release(&data);
    return result;
}

static int has_instructions(void)
{
    unsigned int a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3)) {
        return 0;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29));
}

static PyMethodDef methods[] = {
    {"hashes", hashes, METH_VARARGS,
     "hashes(data, longest) -> (ends, hashes): where each line ends, as the machine has numbers of\n"
     "64 bits, and its SHA-256; zeros for one of longest bytes or more. A line ends with a line\n"
     "feed, which is not part of it, and the last one where the data does."},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef no_methods[] = {{NULL, NULL, 0, NULL}};
#define METHODS (has_instructions() ? methods : no_methods)

#else

static PyMethodDef no_methods[] = {{NULL, NULL, 0, NULL}};
#define METHODS no_methods

#endif

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "searcher.kernel._lines",
    .m_doc = "Lines and their hashes.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__lines(void)
{
    module.m_methods = METHODS;
    return PyModule_Create(&module);
}
