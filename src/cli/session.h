/*
 * session.h: what a command works with besides its input: the agencies, the store, the engine.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/cli.h"
#include "daemon/rules.h"
#include "engine/engine.h"

enum session_mode {
    SESSION_BARE,  /* no store */
    SESSION_READ,  /* a store that exists, without a lock */
    SESSION_WRITE, /* a store that exists, as its one writer */
    SESSION_CREATE /* the same; it is made if there is none */
};

struct session {
    struct engine_options options;
    struct rules rules; /* owns what options and agencies point to */
    struct dupd_agencies *agencies;
    struct store *store;   /* NULL when bare */
    struct engine *engine; /* NULL when bare */
    char *where;           /* the store's directory, as people are told */
};

/* Opens what `mode` asks for; `where` NULL means the store of the settings. Returns CLI_OK, or
 * CLI_TROUBLE after saying why; close it in any case. */
int session_open(struct cli *cli, struct session *s, enum session_mode mode, const char *where);

/* Makes everything durable (unless read-only) and closes. Returns CLI_OK or CLI_TROUBLE. */
int session_close(struct cli *cli, struct session *s);

/* What the store holds. Returns CLI_OK or CLI_TROUBLE after saying why. */
int session_stats(struct cli *cli, struct session *s, struct store_stats *stats);

/* Runs one operation to its end. Returns its status; the results live until store_release. */
int session_do(struct session *s, struct store_op *op);

/* Wall clock, milliseconds since 1970; monotonic clock, microseconds. */
int64_t session_wall_ms(void *unused);
uint64_t session_mono_us(void *unused);

#endif
