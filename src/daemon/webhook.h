/*
 * webhook.h: alerts to addresses that the configuration names, by HTTP POST.
 *
 *   webhook_alert ─► (digest: collected for a while) ─► one message for each address ─► sent
 *                                                             ▲     408, 429, 5xx, network │
 *                                                             └── waits, longer each time ◄┘
 *
 * Bounded: queue_max messages wait at most, one alert more is dropped and counted; at most
 * WEBHOOK_AT_ONCE are under way; an answer is read up to WEBHOOK_ANSWER_MAX bytes and thrown away.
 * Redirects are not followed, so that nothing but the configured addresses is ever called.
 *
 * A message is signed when there is a secret:
 *   X-Dupd-Timestamp: 1700000000
 *   X-Dupd-Signature: sha256=HEX      HMAC-SHA256 of "1700000000." and the body
 *
 * What is not delivered when the process ends is lost: the alerts stream in Redis is the lasting
 * record. One thread, that of the loop; names are looked up on a thread of libcurl.
 */
#ifndef DAEMON_WEBHOOK_H
#define DAEMON_WEBHOOK_H

#include <uv.h>

#include "daemon/metrics.h"
#include "dupd/buf.h"

#define WEBHOOK_AT_ONCE 8u
#define WEBHOOK_ATTEMPTS 8u
#define WEBHOOK_ANSWER_MAX 65536u
#define WEBHOOK_DIGEST_MAX 100u /* alerts in one message; the rest is counted */

/* In the order of the option webhook_format. */
enum webhook_format { WEBHOOK_JSON, WEBHOOK_SLACK, WEBHOOK_ALERTMANAGER };

struct webhook_options {
    const char *urls;   /* http:// or https://, a line each */
    const char *secret; /* "": unsigned */
    const char *ca;     /* file of authorities; "": the system's */
    enum webhook_format format;
    bool uncredited_only;    /* only copies of agency text that do not credit it */
    unsigned digest_s;       /* collect for so long; 0: one message an alert */
    unsigned queue_max;      /* 1000 */
    unsigned timeout_ms;     /* for one attempt: 10 s */
    unsigned retry_ms;       /* before the second attempt: 1 s, doubled each time up to 5 min */
    struct metrics *metrics; /* borrowed */
    void (*log)(void *data, const char *line);
    void *log_data;
};

void webhook_options_default(struct webhook_options *o);

struct webhook;

/* Options are copied. Returns 0, DUPD_ENOMEM, or DUPD_EINVAL with one line in problem. */
int webhook_open(struct webhook **out, uv_loop_t *loop, const struct webhook_options *o,
                 char problem[512]);

/* Takes an alert (docs/alert.schema.json). */
void webhook_alert(struct webhook *w, struct dupd_view json);

/* Drops what waits, ends what is under way, then `closed` from the loop. */
void webhook_close(struct webhook *w, void (*closed)(void *data), void *data);

/* ---- webhook_target.c: what the options name ---- */

struct webhook_target {
    const char *url;
    char name[256]; /* for the log: "webhook 2 (https://hooks.example)"; no path, no user */
};

struct webhook_targets {
    char *strings;
    struct webhook_target *target;
    size_t count;
};

/* Reads addresses, separated by line ends, blanks or commas, into `out`, to be closed in any case.
 * Returns 0, DUPD_ENOMEM, or DUPD_EINVAL with one line in problem: there is none, or one that is
 * not http or https, or that libcurl cannot call. */
int webhook_targets_read(struct webhook_targets *out, const char *urls, char problem[512]);
void webhook_targets_close(struct webhook_targets *t);
/* Can `path` be read, and has it a certificate? Returns the same. */
int webhook_ca_check(const char *path, char problem[512]);

/* ---- webhook_text.c: pure ---- */

/* Appends a message with the alerts of `lines` (one JSON a line); left_out: how many more there
 * were. Returns 0, DUPD_ENOMEM or DUPD_ESYNTAX. */
int webhook_write(enum webhook_format format, struct dupd_view lines, uint64_t left_out,
                  struct dupd_buf *out);
/* Is it a copy of agency text without credit? */
bool webhook_is_uncredited(struct dupd_view json);

#endif
