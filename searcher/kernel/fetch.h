/* Memory that is about to be read, loaded ahead where the compiler can say so. */

#ifndef SEARCHER_FETCH_H
#define SEARCHER_FETCH_H

#if defined(__GNUC__) || defined(__clang__)
#define FETCH(at) __builtin_prefetch(at)
#else
#define FETCH(at) ((void)(at))
#endif

#endif
