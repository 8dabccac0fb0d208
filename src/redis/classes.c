/*
 * classes.c: from the text of an error reply to what is to be done. Redis's contract is the first
 * word; where it is the catch-all ERR, or a script wrapped around another error, the text decides.
 * Texts reproduced on redis-server 7.0 by tests/integration/test_redis_client.c.
 */
#include "redis/classes.h"

#include "dupd/error.h"

const char *redis_class_label(enum redis_class c)
{
    static const char *const label[] = {
#define LABEL(name, text, sentence) text,
        REDIS_CLASSES(LABEL)
#undef LABEL
    };
    return (unsigned)c < REDIS_CLASS_COUNT ? label[c] : "unknown";
}

const char *redis_class_text(enum redis_class c)
{
    static const char *const text[] = {
#define TEXT(name, label, sentence) sentence,
        REDIS_CLASSES(TEXT)
#undef TEXT
    };
    return (unsigned)c < REDIS_CLASS_COUNT ? text[c] : "unknown";
}

static const struct {
    const char *word;
    enum redis_class c;
} first_word[] = {
    {"LOADING", REDIS_WAIT},     {"BUSY", REDIS_WAIT},       {"TRYAGAIN", REDIS_WAIT},
    {"CLUSTERDOWN", REDIS_WAIT}, {"MASTERDOWN", REDIS_WAIT}, {"NOREPLICAS", REDIS_WAIT},
    {"MISCONF", REDIS_WAIT},     {"OOM", REDIS_FULL},        {"READONLY", REDIS_MOVED},
    {"MOVED", REDIS_MOVED},      {"ASK", REDIS_MOVED},       {"UNBLOCKED", REDIS_MOVED},
    {"NOSCRIPT", REDIS_SCRIPT},  {"NOGROUP", REDIS_GROUP},   {"NOAUTH", REDIS_DENIED},
    {"WRONGPASS", REDIS_DENIED}, {"NOPERM", REDIS_DENIED},   {"DENIED", REDIS_DENIED},
    {"BUSYGROUP", REDIS_EXISTS},
};

static const struct {
    const char *phrase;
    enum redis_class c;
} within[] = {
    {"Function not found", REDIS_SCRIPT},
    {"invalid password", REDIS_DENIED},
    {"max number of clients", REDIS_WAIT},
    {"can't run this command", REDIS_DENIED}, /* in a script, where the word is ERR */
    {"can't access at least one of the keys", REDIS_DENIED},
    {"can't access at least one of the channels", REDIS_DENIED},
};

static bool has(struct dupd_view text, const char *phrase)
{
    return memmem(text.ptr, text.len, phrase, strlen(phrase)) != NULL;
}

static enum redis_class by_first_word(struct dupd_view error)
{
    const char *space = memchr(error.ptr, ' ', error.len);
    size_t len = space ? (size_t)(space - error.ptr) : error.len;
    for (size_t i = 0; i < sizeof first_word / sizeof first_word[0]; i++)
        if (dupd_view_equal(dupd_view_of(first_word[i].word), (struct dupd_view){error.ptr, len}))
            return first_word[i].c;
    return REDIS_BUG;
}

/* "ERR Error running script (call to f_12ab): @user_script:1: -OOM command not allowed ...": what
 * stands behind the last ": -", as servers before 7 wrote it; empty if there is nothing. */
static struct dupd_view wrapped(struct dupd_view error)
{
    struct dupd_view inner = {NULL, 0};
    for (size_t i = 0; i + 3 < error.len; i++)
        if (memcmp(error.ptr + i, ": -", 3) == 0)
            inner = (struct dupd_view){error.ptr + i + 3, error.len - i - 3};
    return inner;
}

enum redis_class redis_class_of(struct dupd_view error)
{
    if (error.len && error.ptr[0] == '-')
        error = (struct dupd_view){error.ptr + 1, error.len - 1};
    if (error.len == 0)
        return REDIS_BUG;
    enum redis_class c = by_first_word(error);
    if (c != REDIS_BUG)
        return c;
    for (size_t i = 0; i < sizeof within / sizeof within[0]; i++)
        if (has(error, within[i].phrase))
            return within[i].c;
    struct dupd_view inner = wrapped(error);
    return inner.len && has(error, "script") ? by_first_word(inner) : REDIS_BUG;
}

int redis_class_status(enum redis_class c)
{
    switch (c) {
    case REDIS_NONE:
    case REDIS_EXISTS:
        return DUPD_OK;
    case REDIS_BUG:
        return DUPD_EINVAL;
    default:
        return DUPD_EAGAIN;
    }
}
