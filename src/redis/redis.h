/*
 * redis.h: one connection to a Redis, that mends itself. libuv moves the bytes, hiredis decodes.
 *
 *   redis_open -> (connects by itself, and again for ever) ... redis_close(closed)
 *   redis_batch_begin, redis_batch_add ... redis_submit -> on_reply for each command, on_done once
 *
 * A batch is a pipeline: its commands go out in one piece, in order, and behind those of batches
 * submitted before. Many batches are under way at once. Replies are borrowed during on_reply.
 * Callbacks never run inside redis_submit, and may submit, also the same batch again in on_done.
 *
 * Failure: a batch that cannot be answered (no connection, lost before its last reply, deadline
 * passed) ends with DUPD_EAGAIN; what of it was done is unknown. Nothing is sent twice by the
 * client: whoever submits knows what may be repeated. An error reply of Redis is a reply, and
 * redis_class_of says what it asks for; those that say "not now" or "not this server" also make the
 * client act (redis/classes.h).
 *
 * One thread, that of the loop. No global state; several clients may share a loop. libuv writes
 * without MSG_NOSIGNAL: the program must ignore SIGPIPE.
 */
#ifndef REDIS_REDIS_H
#define REDIS_REDIS_H

#include <hiredis/hiredis.h>
#include <uv.h>

#include "dupd/buf.h"
#include "dupd/error.h"
#include "redis/classes.h"
#include "redis/url.h"

struct redis;

enum redis_state {
    REDIS_DOWN,    /* not connected; trying again */
    REDIS_WAITING, /* connected, but it loads its data, or refuses the password */
    REDIS_UP       /* authenticated, answering */
};

struct redis_options {
    unsigned connect_timeout_ms;         /* 3000 */
    unsigned deadline_ms;                /* 5000: for a batch without one of its own */
    unsigned backoff_ms, backoff_max_ms; /* 50, 5000: jittered, doubled; over when a connection was
                                            up for longer than that */
    size_t reply_max;                    /* 512 MiB: a longer bulk string ends the connection */
    size_t window; /* 128 KiB: while so many bytes of commands are unanswered, no more are sent */
    const char *client_name;                    /* CLIENT SETNAME; NULL: none */
    const char *ca_file, *cert_file, *key_file; /* TLS; NULL: the system's authorities; no client
                                                   certificate */
    const char *tls_name; /* the name that the certificate must carry; NULL: the host */
    bool tls_insecure;    /* any certificate is taken */
    /* Called from the loop when the state changes; `why` is one line for people (address, what
     * happened), passwords never in it. Not called before redis_open returned. */
    void (*on_state)(struct redis *r, enum redis_state state, const char *why, void *data);
    void *data;
};

void redis_options_default(struct redis_options *o);

/* Counters since redis_open. */
struct redis_counters {
    uint64_t connects, failures; /* connections made; attempts that failed or were lost */
    uint64_t commands, bytes_out, bytes_in;
    uint64_t errors[REDIS_CLASS_COUNT]; /* error replies by class; NETWORK and TIMEOUT: attempts and
                                           connections that ended so */
};

/* Makes a client and begins to connect; never blocks, and succeeds whether there is a server or
 * not. `url` and `options` are copied. Returns 0, DUPD_ENOMEM, or DUPD_EINVAL / DUPD_EIO for TLS
 * files that cannot be used, with one line in problem. */
int redis_open(struct redis **out, uv_loop_t *loop, const struct redis_url *url,
               const struct redis_options *options, char problem[512]);

/* Ends everything: batches under way end with DUPD_EINTR, then `closed` (may be NULL) is called
 * from the loop and the client is freed. */
void redis_close(struct redis *r, void (*closed)(void *data), void *data);

enum redis_state redis_state(const struct redis *r);
/* "redis://localhost:6379/0", without password: where it is or would be connected. */
const char *redis_where(const struct redis *r);
/* Why it is not up, or the last trouble there was; one line. "" if there was none. */
const char *redis_problem(const struct redis *r);
const struct redis_counters *redis_counters(const struct redis *r);
/* major * 10000 + minor * 100 + patch, as HELLO said; 0 before it was up, and for a server without
 * HELLO. */
unsigned redis_version(const struct redis *r);
/* Batches submitted and not done. */
size_t redis_pending(const struct redis *r);

/* ---- batches ---- */

struct redis_batch {
    struct dupd_buf out; /* the commands, encoded; memory is kept from one use to the next */
    unsigned commands, replies;
    int status;           /* sticks: what redis_batch_add met; then how it ended */
    unsigned deadline_ms; /* 0: that of the client */
    uint64_t sent_us;     /* uv_hrtime / 1000 when it was sent; its deadline runs from then */
    /* Of command `index`, from 0. `reply` is borrowed. May be NULL. */
    void (*on_reply)(struct redis_batch *b, unsigned index, const redisReply *reply);
    /* Once: status 0 (every reply came, error replies included), DUPD_EAGAIN, DUPD_EINTR (the
     * client is closed: submit no more), or what building it met: DUPD_ENOMEM, DUPD_EINVAL. */
    void (*on_done)(struct redis_batch *b, int status);
    void *data;
    struct redis_batch *next; /* the client's */
    uint64_t expires_us;      /* the client's */
    uint64_t ends_at;         /* the client's: where it ends among all bytes of the connection */
};

/* Empties it for new commands; keeps callbacks, data and memory. Zero-initialised is valid. */
void redis_batch_begin(struct redis_batch *b);
void redis_batch_close(struct redis_batch *b); /* frees; not while it is under way */

/* Appends a command. Words are any bytes. A failure sticks and is told by on_done. */
void redis_batch_add(struct redis_batch *b, size_t count, const struct dupd_view *words);
/* Each %s takes a const char *, %v a struct dupd_view, %i an int64_t, %u a uint64_t; a space ends
 * a word: redis_batch_addf(b, "SET %v %v EX %i", key, value, (int64_t)60). %% is a percent sign,
 * anything else behind a % ends the batch with DUPD_EINVAL. */
void redis_batch_addf(struct redis_batch *b, const char *format, ...);

/* Takes it on its way; the caller keeps it until on_done. An empty one is done at the next turn. */
void redis_submit(struct redis *r, struct redis_batch *b);

/* A seam for tests: while held, submitted batches stay in a queue (their deadlines run);
 * redis_release lets the first go and returns false if there was none. */
void redis_hold(struct redis *r, bool hold);
bool redis_release(struct redis *r);
size_t redis_held(const struct redis *r);

#endif
