/*
 * script.h: the queue's Lua scripts, and sending them: by hash, and whole when the server does not
 * know the hash (after a restart or SCRIPT FLUSH).
 *
 * Each does in one step what must not be done by halves. Keys are named in KEYS, so that access
 * lists hold; all are the queue's, which on a cluster would need one hash tag.
 */
#ifndef DAEMON_SCRIPT_H
#define DAEMON_SCRIPT_H

#include "redis/redis.h"

enum script_id {
    SCRIPT_ANSWER,  /* a verdict for an entry */
    SCRIPT_DEAD,    /* an entry is given up */
    SCRIPT_CLAIM,   /* entries that were left alone are taken over */
    SCRIPT_MOVE,    /* elements of the list become entries */
    SCRIPT_STATE,   /* how the queue is */
    SCRIPT_TIDY,    /* consumers that are no more */
    SCRIPT_TELL,    /* alerts and story events of the embedded store */
    SCRIPT_REQUEUE, /* a dead entry goes back to the queue */
    SCRIPT_COUNT
};

/* Bytes that are kept of each value of an entry that is too large. */
#define SCRIPT_CUT_BYTES 4096

/* Appends the command: EVALSHA, or EVAL when `whole`. `words`: the number of keys, the keys, the
 * arguments. */
void script_add(struct redis_batch *b, enum script_id id, bool whole, const struct dupd_view *words,
                size_t count);

/* True for the reply that asks for the whole script. */
bool script_is_unknown(const redisReply *reply);

/* The text, for tests. Static. */
const char *script_text(enum script_id id);

#endif
