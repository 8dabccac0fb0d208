/*
 * settings.h: every option of dupd, once.
 *
 *   the table below -> struct settings, flags, DUPD_... variables, configuration file, --help,
 *                      man pages, config --print, config --check
 *
 * An option is written once, here. Its name with '_' is the key of the file (a '-' is taken as
 * well) and, in capitals behind DUPD_, the variable; with '-' it is the flag. A value that was set
 * by a stronger source is not overwritten by a weaker one: flags, then environment, then file, then
 * default. Every problem becomes one line that names where it is and, for a name, the likely one.
 */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "dupd/buf.h"
#include "dupd/verdict.h"

/* Groups: a subcommand takes the options of some of them. */
enum setting_group {
    GROUP_GENERAL = 1 << 0,
    GROUP_STORE = 1 << 1,
    GROUP_INPUT = 1 << 2,
    GROUP_WORK = 1 << 3,
    GROUP_REPORT = 1 << 4,
    GROUP_JSON = 1 << 5,
    GROUP_RULE = 1 << 6,
    GROUP_INDEX = 1 << 7,
    GROUP_CONFIG = 1 << 8,
    GROUP_EVAL = 1 << 9,
    GROUP_REDIS = 1 << 10,
    GROUP_QUEUE = 1 << 11,
    GROUP_DAEMON = 1 << 12,
    GROUP_TAIL = 1 << 13,
    GROUP_ALL = 1 << 14,
};

/* X(name, TYPE, group, "ARGUMENT", "default", min, max, "help").
 * An option whose ARGUMENT ends in "..." takes every word up to the next option, and may be given
 * more than once; its text holds a line each. Types and the C type of the field: TEXT const char *,
 * FLAG bool, CHOICE unsigned (index into the words of ARGUMENT), COUNT, SIZE (bytes) and SPAN
 * (seconds) uint64_t, SHARE double. */
#define SETTINGS(X)                                                                                \
    X(config, TEXT, GENERAL, "FILE", "", 0, 0,                                                     \
      "read options from FILE instead of /etc/dupd/dupd.conf")                                     \
    X(color, CHOICE, GENERAL, "auto|always|never", "auto", 0, 0,                                   \
      "colours and marks; auto: on a terminal, unless NO_COLOR is set")                            \
    X(quiet, FLAG, GENERAL, "", "no", 0, 0, "no progress and no summary")                          \
    X(store, TEXT, STORE, "URL", "", 0, 0,                                                         \
      "the store: DIR, file:DIR, or redis:// and the like; without it that of --redis, else "      \
      "$XDG_DATA_HOME/dupd or ~/.local/share/dupd")                                                \
    X(collection, TEXT, INPUT, "NAME", "default", 0, 0,                                            \
      "collection of articles that name none; only articles of one are compared")                  \
    X(max_article, SIZE, INPUT, "SIZE", "8MiB", 1024, 1073741824, "longest text of an article")    \
    X(max_message, SIZE, INPUT, "SIZE", "16MiB", 1024, 1073741824,                                 \
      "longest JSON object or HTML page")                                                          \
    X(threads, COUNT, WORK, "N", "0", 0, 256, "worker threads; 0: one for each core")              \
    X(all, FLAG, ALL, "", "no", 0, 0,                                                              \
      "check, compare: every matched passage, in full; dead: every entry")                         \
    X(width, COUNT, REPORT, "N", "0", 0, 1000,                                                     \
      "columns of the report; 0: those of the terminal, or 100")                                   \
    X(json, FLAG, JSON, "", "no", 0, 0, "one JSON object a line instead of text")                  \
    X(window, SPAN, RULE, "TIME", "30d", 0, 3153600000,                                            \
      "articles that arrived longer ago are not compared with; 0: all are")                        \
    X(candidates_verified, COUNT, RULE, "N", "3", 1, 64,                                           \
      "candidates whose text is compared word by word")                                            \
    X(min_estimate, SHARE, RULE, "SHARE", "0.1", 0, 1,                                             \
      "candidates with less estimated containment are not compared")                               \
    X(min_shared, COUNT, RULE, "N", "2", 1, 64, "index entries in common that make a candidate")   \
    X(short_words, COUNT, RULE, "N", "50", 8, 1000,                                                \
      "texts with fewer words are judged as a whole only")                                         \
    X(backdate_max, SPAN, RULE, "TIME", "7d", 0, 3153600000,                                       \
      "how far before its arrival an article that comes in live may be dated")                     \
    X(agencies, TEXT, RULE, "FILE", "", 0, 0, "more news agencies, in the format of the manual")   \
    X(furniture, TEXT, RULE, "FILE", "", 0, 0,                                                     \
      "more phrases of site furniture, one a line; \"...\" at the end: the paragraph may go on")   \
    X(lock_wait, SPAN, INDEX, "TIME", "10s", 0, 86400,                                             \
      "how long to wait for another process that writes to the store")                             \
    X(owners_max, COUNT, INDEX, "N", "12", 2, 24, "articles that one index entry leads to")        \
    X(furniture_stories, COUNT, INDEX, "N", "3", 2, 64,                                            \
      "stories of one outlet in which a paragraph must stand to count as furniture")               \
    X(furniture_paragraphs, COUNT, INDEX, "N", "4096", 8, 1000000,                                 \
      "furniture paragraphs remembered for an outlet")                                             \
    X(furniture_outlets, COUNT, INDEX, "N", "65536", 1, 10000000,                                  \
      "outlets whose furniture is remembered")                                                     \
    X(batch, COUNT, INDEX, "N", "256", 1, 65536,                                                   \
      "articles that are made durable together at most")                                           \
    X(articles, TEXT, EVAL, "FILE...", "", 0, 0, "articles, as for add")                           \
    X(pairs, TEXT, EVAL, "FILE...", "", 0, 0,                                                      \
      "labelled pairs, a JSON object a line: a and b (ids) and label")                             \
    X(clusters, TEXT, EVAL, "FILE...", "", 0, 0,                                                   \
      "labelled clusters, a JSON object a line: id and cluster; the stories are held against "     \
      "them")                                                                                      \
    X(pairwise, FLAG, EVAL, "", "no", 0, 0, "compare the two texts only, without any store")       \
    X(redis, TEXT, REDIS, "URL", "", 0, 0,                                                         \
      "the Redis of the queue and the verdicts, and of the store unless --store says "             \
      "otherwise: redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss://, redis+unix:///PATH, "     \
      "redis-sentinel://HOST,HOST/NAME")                                                           \
    X(stream, TEXT, QUEUE, "NAME", "", 0, 0, "stream that articles come in by; PREFIX:articles")   \
    X(group, TEXT, QUEUE, "NAME", "dupd", 0, 0, "consumer group on that stream")                   \
    X(list, TEXT, QUEUE, "NAME", "", 0, 0,                                                         \
      "list that articles may be pushed to as well; PREFIX:queue")                                 \
    X(verdicts_stream, TEXT, QUEUE, "NAME", "", 0, 0, "stream of the verdicts; PREFIX:verdicts")   \
    X(alerts_stream, TEXT, QUEUE, "NAME", "", 0, 0,                                                \
      "stream and channel of the alerts; PREFIX:alerts")                                           \
    X(stories_stream, TEXT, QUEUE, "NAME", "", 0, 0,                                               \
      "stream of what becomes of stories; PREFIX:stories")                                         \
    X(dead_stream, TEXT, QUEUE, "NAME", "", 0, 0,                                                  \
      "stream of the entries that were given up; PREFIX:dead")                                     \
    X(stream_cap, COUNT, QUEUE, "N", "1000000", 100, 1000000000,                                   \
      "entries that are kept in each output stream, about")                                        \
    X(keep_entries, FLAG, QUEUE, "", "no", 0, 0,                                                   \
      "do not delete what was answered: for a stream that others read as well")                    \
    X(prefix, TEXT, REDIS, "NAME", "dupd", 0, 0, "what the names of all keys in Redis begin with") \
    X(redis_ca, TEXT, REDIS, "FILE", "", 0, 0,                                                     \
      "TLS: the authority that the server's certificate must come from")                           \
    X(redis_cert, TEXT, REDIS, "FILE", "", 0, 0, "TLS: certificate to show to the server")         \
    X(redis_key, TEXT, REDIS, "FILE", "", 0, 0, "TLS: its private key")                            \
    X(redis_tls_name, TEXT, REDIS, "NAME", "", 0, 0,                                               \
      "TLS: the name that the server's certificate must carry, if it is not the host's")           \
    X(redis_password_file, TEXT, REDIS, "FILE", "", 0, 0, "file whose first line is the password") \
    X(redis_connections, COUNT, REDIS, "N", "16", 1, 64,                                           \
      "connections to the Redis store that a daemon spreads articles over")                        \
    X(redis_memory_max, SIZE, REDIS, "SIZE", "0", 0, 1099511627776,                                \
      "memory of Redis from which on articles are judged, but not indexed; 0: nine tenths of "     \
      "its maxmemory")                                                                             \
    X(deadline, SPAN, REDIS, "TIME", "5s", 1, 3600, "how long Redis may take to answer")           \
    X(inflight, COUNT, DAEMON, "N", "256", 1, 65536, "articles in work at once; no more are read") \
    X(inflight_bytes, SIZE, DAEMON, "SIZE", "64MiB", 65536, 68719476736,                           \
      "bytes of the articles in work at once")                                                     \
    X(deliveries, COUNT, DAEMON, "N", "4", 1, 1000,                                                \
      "times that an entry is tried before it is given up")                                        \
    X(claim_idle, SPAN, DAEMON, "TIME", "15s", 1, 86400,                                           \
      "entries that a worker has left alone for so long are taken over")                           \
    X(drain, SPAN, DAEMON, "TIME", "30s", 0, 86400,                                                \
      "how long to finish what is in work when told to stop")                                      \
    X(log_format, CHOICE, DAEMON, "auto|text|logfmt|json", "auto", 0, 0,                           \
      "how events are logged; auto: text on a terminal, else logfmt")                              \
    X(log_level, CHOICE, DAEMON, "error|warning|notice|info|debug", "info", 0, 0,                  \
      "the least important events that are logged")                                                \
    X(http, TEXT, DAEMON, "ADDR:PORT", "", 0, 0,                                                   \
      "serve the dashboard, the API and /metrics there: 127.0.0.1:8080, [::1]:8080, unix:/PATH; "  \
      "an address that others can reach needs a token")                                            \
    X(http_token_file, TEXT, DAEMON, "FILE", "", 0, 0,                                             \
      "file whose first line is the token that programs and people must show")                     \
    X(http_hosts, TEXT, DAEMON, "NAMES", "", 0, 0,                                                 \
      "names, besides the address, by which browsers may call the server, separated by commas; "   \
      "*: any")                                                                                    \
    X(http_connections, COUNT, DAEMON, "N", "2048", 8, 65536, "HTTP connections at once")          \
    X(http_event_clients, COUNT, DAEMON, "N", "1024", 1, 65536,                                    \
      "of them, clients of the live feed")                                                         \
    X(http_timeout, SPAN, DAEMON, "TIME", "10s", 1, 3600,                                          \
      "how long a client may take to send the head of a request; three times that without a byte " \
      "of its body; seven times that between requests")                                            \
    X(http_body_max, SIZE, DAEMON, "SIZE", "64MiB", 4096, 1073741824,                              \
      "longest body of a request: many articles at once")                                          \
    X(webhook, TEXT, DAEMON, "URL...", "", 0, 0,                                                   \
      "addresses that every alert is sent to by POST; nothing else is ever called")                \
    X(webhook_format, CHOICE, DAEMON, "json|slack|alertmanager", "json", 0, 0,                     \
      "what is sent: the alert itself, a message for Slack and the like, or Alertmanager's API")   \
    X(webhook_secret_file, TEXT, DAEMON, "FILE", "", 0, 0,                                         \
      "file whose first line signs what is sent (HMAC-SHA256, X-Dupd-Signature)")                  \
    X(webhook_ca, TEXT, DAEMON, "FILE", "", 0, 0,                                                  \
      "the authorities that the receiver's certificate must come from; without it the system's")   \
    X(webhook_uncredited, FLAG, DAEMON, "", "no", 0, 0,                                            \
      "send only copies of agency text that do not credit the agency")                             \
    X(webhook_digest, SPAN, DAEMON, "TIME", "0", 0, 86400,                                         \
      "collect alerts for so long and send them together; 0: one message an alert")                \
    X(state, TEXT, DAEMON, "DIR", "", 0, 0,                                                        \
      "where the dashboard's view is kept; without it in the store's directory, else in "          \
      "$STATE_DIRECTORY, else in memory")                                                          \
    X(view_rows, COUNT, DAEMON, "N", "200000", 100, 10000000,                                      \
      "verdicts that the dashboard shows at most")                                                 \
    X(alerts, FLAG, TAIL, "", "no", 0, 0, "follow the alerts instead of the verdicts")             \
    X(stories, FLAG, TAIL, "", "no", 0, 0, "follow what becomes of the stories")                   \
    X(from, TEXT, TAIL, "ENTRY", "$", 0, 0,                                                        \
      "begin behind this entry; 0: with the oldest that is kept, $: with the next")                \
    X(limit, COUNT, TAIL, "N", "0", 0, 1000000000, "stop after so many; 0: never")                 \
    X(print, FLAG, CONFIG, "", "no", 0, 0, "show every option, its value and where that is from")  \
    X(check, FLAG, CONFIG, "", "no", 0, 0, "check a configuration file and the environment")

/* The thresholds of dupd/verdict.h are options as well, of the group RULE; a share when the default
 * is at most 1, else a number of words. */

#define SETTING_C_TEXT const char *
#define SETTING_C_FLAG bool
#define SETTING_C_CHOICE unsigned
#define SETTING_C_COUNT uint64_t
#define SETTING_C_SIZE uint64_t
#define SETTING_C_SPAN uint64_t
#define SETTING_C_SHARE double

enum setting_type {
    SETTING_TEXT,
    SETTING_FLAG,
    SETTING_CHOICE,
    SETTING_COUNT,
    SETTING_SIZE,
    SETTING_SPAN,
    SETTING_SHARE
};

enum setting_id {
#define SETTING_ID(name, ...) SETTING_ID_##name,
    SETTINGS(SETTING_ID) DUPD_THRESHOLDS(SETTING_ID)
#undef SETTING_ID
        SETTING_ID_COUNT
};

/* A row of the table. */
struct setting {
    const char *name; /* with '_' */
    enum setting_type type;
    unsigned group;       /* enum setting_group */
    const char *argument; /* placeholder, or the words of a CHOICE separated by '|' */
    const char *fallback;
    double min, max;
    const char *help;
    size_t offset; /* of its field in struct settings */
};

enum setting_from { SETTING_DEFAULT, SETTING_FILE, SETTING_ENVIRONMENT, SETTING_FLAG_GIVEN };

struct setting_origin {
    enum setting_from from;
    unsigned line; /* of the file */
};

struct settings {
#define SETTING_FIELD(name, type, ...) SETTING_C_##type name;
    SETTINGS(SETTING_FIELD)
#undef SETTING_FIELD
    struct dupd_thresholds thresholds;
    struct setting_origin origin[SETTING_ID_COUNT];
    char *text[SETTING_ID_COUNT]; /* owned: what the TEXT fields point to, unless the default */
    char *file;                   /* owned: the configuration file that was read, or NULL */
};

enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* The row of an option. Static. */
const struct setting *setting_row(enum setting_id id);

/* Its name with '-', as a flag without the dashes; `out` has room for SETTING_NAME_MAX. */
#define SETTING_NAME_MAX 64
const char *setting_flag(const struct setting *row, char out[SETTING_NAME_MAX]);
/* True when it takes several words: its text holds a line each. */
bool setting_is_list(const struct setting *row);

/* Its environment variable. */
const char *setting_variable(const struct setting *row, char out[SETTING_NAME_MAX]);

/* Option of a name (with '-' or '_'), or -1. */
int setting_find(struct dupd_view name);

/* All defaults. */
void settings_init(struct settings *s);
void settings_close(struct settings *s);

/* Sets one option from text, unless a stronger source has set it; the text is checked in any case.
 * Returns 0, DUPD_ENOMEM or DUPD_EINVAL; then `problem` gets a clause such as
 * "max_article: 'x' is not a size such as 8MiB". */
int settings_set(struct settings *s, enum setting_id id, struct dupd_view value,
                 struct setting_origin origin, struct dupd_buf *problem);

/* Reads a file of "key = value" lines ('#' comments, blank lines, value in double quotes or not).
 * Appends one line for each problem to `problems` ("FILE:LINE: what, what to do") and goes on.
 * Returns 0, DUPD_EINVAL when there were problems, DUPD_ENOENT when there is no such file,
 * DUPD_ENOMEM. At most 1 MiB is read. */
int settings_read_file(struct settings *s, const char *path, struct dupd_buf *problems);

/* Reads the DUPD_ variables of `environment` (as environ). Unknown ones are a problem only when
 * `strict`. Returns as above. */
int settings_read_environment(struct settings *s, char *const *environment, bool strict,
                              struct dupd_buf *problems);

/* Appends the value as a person would write it, passwords in URLs masked. Returns 0 or DUPD_ENOMEM.
 */
int settings_format(const struct settings *s, enum setting_id id, struct dupd_buf *out);

#endif
