/*
 * dupd/error.h: the one table of error codes.
 *
 * Every dupd function that can fail returns an int: 0 (or a count >= 0 where its comment says so)
 * for success, a negative code of this table for failure. A miss or a duplicate is a result, not an
 * error. The texts here say what went wrong; the caller who knows the file or the key adds where.
 */
#ifndef DUPD_ERROR_H
#define DUPD_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, code, text) */
#define DUPD_ERRORS(X)                                                                             \
    X(NOMEM, -1, "out of memory")                                                                  \
    X(INVAL, -2, "invalid argument")                                                               \
    X(TOOBIG, -3, "larger than the limit")                                                         \
    X(CORRUPT, -4, "damaged data")                                                                 \
    X(VERSION, -5, "written by a newer version of dupd")                                           \
    X(PARAM, -6, "parameters differ from those that the store was made with")                      \
    X(IO, -7, "input/output error")                                                                \
    X(FULL, -8, "no space left on the disk")                                                       \
    X(READONLY, -9, "the store cannot be written")                                                 \
    X(BUSY, -10, "another process is writing to the store")                                        \
    X(NOTSTORE, -11, "not a dupd store")                                                           \
    X(NOENT, -12, "no such file or article")                                                       \
    X(SYNTAX, -13, "malformed input")                                                              \
    X(TYPE, -14, "a field has the wrong type")                                                     \
    X(EMPTY, -15, "no article text")                                                               \
    X(INTR, -16, "interrupted")                                                                    \
    X(AGAIN, -17, "the server cannot answer now; try again")                                       \
    X(STALE, -18, "decided on what another worker has changed since")                              \
    X(GONE, -19, "another worker has answered this queue entry")                                   \
    X(DENIED, -20, "wrong password, or a right is missing")

enum dupd_error {
    DUPD_OK = 0,
#define DUPD_ERROR_ENUM(name, code, text) DUPD_E##name = code,
    DUPD_ERRORS(DUPD_ERROR_ENUM)
#undef DUPD_ERROR_ENUM
};

/* Human-readable text of a code ("out of memory"); never NULL, also for unknown codes. Static. */
const char *dupd_error_text(int code);

/* Short stable name of a code ("NOMEM"), for logs and metrics; "OK" for 0, "UNKNOWN" otherwise. */
const char *dupd_error_name(int code);

#ifdef __cplusplus
}
#endif
#endif
