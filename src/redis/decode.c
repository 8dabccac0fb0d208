/*
 * decode.c: bytes to replies.
 *
 * hiredis's reader does the decoding; where its objects live is ours: a reply and all its parts are
 * cut from an arena that is emptied when the reply has been looked at. So a reply of a thousand
 * strings costs no allocation in the steady state, and a hostile one ends at reply_max instead of
 * at the end of memory ("*2147483647\r\n" makes hiredis's own functions allocate 16 GiB).
 *
 * Cost: hiredis copies all bytes into its own buffer, and its remainder to the front after every
 * reply that was read 1 KiB into it. Fed 64 KiB of small replies at once that is 32 bytes moved for
 * each byte read; so it gets them in slices of FEED bytes, 4 moved for each.
 * (Slices of 2 to 64 KiB measured alike with the replies of bench/redis_bench.c.)
 * Works with hiredis 0.14 (Debian 12) and 1.x, whose object functions differ in types. RESP3 is not
 * asked for, so its types are malformed replies here.
 */
#include "redis/decode.h"

#include <stdalign.h>
#include <stdlib.h>

#include "dupd/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define poison(p, n) ASAN_POISON_MEMORY_REGION(p, n) /* a reply kept too long is found */
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

#define FEED 8192u
#define KEEP 131072u /* bytes of the reader's buffer */
#define CHUNK 65536u
#define ALIGN alignof(max_align_t)

struct chunk {
    struct chunk *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

struct decoder {
    redisReader *reader;
    struct chunk *chunk; /* the one that is cut from; the rest are full */
    size_t taken, max;   /* bytes of the reply under way */
    size_t fed;          /* the most that the reader had in its buffer */
    int refused;         /* why an object function returned NULL */
};

static struct chunk *chunk_new(size_t size)
{
    struct chunk *c = malloc(sizeof *c + size);
    if (!c)
        return NULL;
    *c = (struct chunk){.size = size};
    poison(c->bytes, size);
    return c;
}

static void chunk_free(struct chunk *c)
{
    unpoison(c->bytes, c->size);
    free(c);
}

/* Room for n bytes of the reply under way; NULL, with the reason in d->refused. */
static void *take(struct decoder *d, size_t n)
{
    if (n > d->max - d->taken) {
        d->refused = DUPD_ETOOBIG;
        return NULL;
    }
    n = (n + ALIGN - 1) / ALIGN * ALIGN;
    struct chunk *c = d->chunk;
    if (!c || c->size - c->used < n) {
        c = chunk_new(n > CHUNK ? n : CHUNK);
        if (!c) {
            d->refused = DUPD_ENOMEM;
            return NULL;
        }
        c->next = d->chunk;
        d->chunk = c;
    }
    void *p = c->bytes + c->used;
    unpoison(p, n);
    c->used += n;
    d->taken = n > d->max - d->taken ? d->max : d->taken + n;
    return p;
}

/* Empties the arena; one chunk of the usual size stays. */
static void give_back(struct decoder *d)
{
    struct chunk *kept = NULL;
    while (d->chunk) {
        struct chunk *c = d->chunk;
        d->chunk = c->next;
        if (!kept && c->size == CHUNK)
            kept = c;
        else
            chunk_free(c);
    }
    if (kept) {
        poison(kept->bytes, kept->size);
        kept->used = 0;
        kept->next = NULL;
    }
    d->chunk = kept;
    d->taken = 0;
}

/* ---- hiredis's object functions: NULL makes it end with an error ---- */

static redisReply *make(const redisReadTask *task, int type)
{
    redisReply *r = take(task->privdata, sizeof *r);
    if (!r)
        return NULL;
    memset(r, 0, sizeof *r);
    r->type = type;
    if (task->parent) {
        redisReply *parent = task->parent->obj;
        parent->element[task->idx] = r;
    }
    return r;
}

static void *make_string(const redisReadTask *task, char *text, size_t len)
{
    struct decoder *d = task->privdata;
    if (task->type != REDIS_REPLY_STRING && task->type != REDIS_REPLY_STATUS &&
        task->type != REDIS_REPLY_ERROR) {
        d->refused = DUPD_ESYNTAX;
        return NULL;
    }
    char *copy = take(d, len + 1);
    redisReply *r = copy ? make(task, task->type) : NULL;
    if (!r)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = 0;
    r->str = copy;
    r->len = len;
    return r;
}

#if defined(HIREDIS_MAJOR) && HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

static void *make_array(const redisReadTask *task, element_count count)
{
    struct decoder *d = task->privdata;
    size_t n = (size_t)count;
    if (task->type != REDIS_REPLY_ARRAY) {
        d->refused = DUPD_ESYNTAX;
        return NULL;
    }
    if (n > d->max / sizeof(redisReply *)) {
        d->refused = DUPD_ETOOBIG;
        return NULL;
    }
    redisReply **element = n ? take(d, n * sizeof *element) : NULL;
    redisReply *r = element || !n ? make(task, REDIS_REPLY_ARRAY) : NULL;
    if (!r)
        return NULL;
    if (n)
        memset(element, 0, n * sizeof *element);
    r->elements = n;
    r->element = element;
    return r;
}

static void *make_integer(const redisReadTask *task, long long value)
{
    redisReply *r = make(task, REDIS_REPLY_INTEGER);
    if (r)
        r->integer = value;
    return r;
}

static void *make_nil(const redisReadTask *task)
{
    return make(task, REDIS_REPLY_NIL);
}

static void free_nothing(void *object)
{
    (void)object; /* the arena's */
}

#if defined(HIREDIS_MAJOR) && HIREDIS_MAJOR >= 1
static void *refuse_double(const redisReadTask *task, double value, char *text, size_t len)
{
    (void)value, (void)text, (void)len;
    ((struct decoder *)task->privdata)->refused = DUPD_ESYNTAX;
    return NULL;
}

static void *refuse_bool(const redisReadTask *task, int value)
{
    (void)value;
    ((struct decoder *)task->privdata)->refused = DUPD_ESYNTAX;
    return NULL;
}
#endif

/* Not const: hiredis takes a plain pointer, and does not write. */
static redisReplyObjectFunctions *functions(void)
{
    static const redisReplyObjectFunctions f = {
        .createString = make_string,
        .createArray = make_array,
        .createInteger = make_integer,
#if defined(HIREDIS_MAJOR) && HIREDIS_MAJOR >= 1
        .createDouble = refuse_double,
        .createBool = refuse_bool,
#endif
        .createNil = make_nil,
        .freeObject = free_nothing,
    };
    return (redisReplyObjectFunctions *)(uintptr_t)&f;
}

static redisReader *reader_new(struct decoder *d)
{
    redisReader *r = redisReaderCreateWithFunctions(functions());
    if (r) {
        r->privdata = d;
        /* The reader would abort for want of memory when it makes its buffer smaller: see shrink.
         */
        r->maxbuf = 0;
    }
    return r;
}

/* A buffer that a large reply has left is given back between two replies, if a new one can be had.
 */
static void shrink(struct decoder *d)
{
    if (d->fed <= KEEP || d->reader->pos != d->reader->len || d->reader->ridx != -1)
        return;
    redisReader *r = reader_new(d);
    if (!r)
        return;
    redisReaderFree(d->reader);
    d->reader = r;
    d->fed = 0;
}

struct decoder *decoder_new(size_t reply_max)
{
    struct decoder *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->max = reply_max;
    d->reader = reader_new(d);
    if (!d->reader) {
        free(d);
        return NULL;
    }
    return d;
}

void decoder_free(struct decoder *d)
{
    if (!d)
        return;
    redisReaderFree(d->reader);
    while (d->chunk) {
        struct chunk *c = d->chunk;
        d->chunk = c->next;
        chunk_free(c);
    }
    free(d);
}

static int failed(struct decoder *d, char problem[128])
{
    int rc = d->refused ? d->refused : d->reader->err == REDIS_ERR_OOM ? DUPD_ENOMEM : DUPD_ESYNTAX;
    if (rc == DUPD_ETOOBIG)
        snprintf(problem, 128, "a reply is larger than %zu bytes", d->max);
    else if (rc == DUPD_ENOMEM)
        snprintf(problem, 128, "no memory for a reply");
    else if (d->refused)
        snprintf(problem, 128, "malformed reply: a type that was not asked for");
    else
        snprintf(problem, 128, "malformed reply: %.100s", d->reader->errstr);
    return rc;
}

/* All replies that are complete; 1 when on_reply wants no more. */
static int hand_out(struct decoder *d, bool (*on_reply)(void *, const redisReply *), void *data,
                    char problem[128])
{
    for (;;) {
        void *reply = NULL;
        if (redisReaderGetReply(d->reader, &reply) != REDIS_OK)
            return failed(d, problem);
        if (!reply)
            break;
        bool more = on_reply(data, reply);
        give_back(d);
        if (!more)
            return 1;
    }
    if (d->reader->len - d->reader->pos > d->max) {
        d->refused = DUPD_ETOOBIG;
        return failed(d, problem);
    }
    return DUPD_OK;
}

int decoder_feed(struct decoder *d, struct dupd_view bytes,
                 bool (*on_reply)(void *data, const redisReply *reply), void *data,
                 char problem[128])
{
    while (bytes.len) {
        size_t n = bytes.len < FEED ? bytes.len : FEED;
        if (redisReaderFeed(d->reader, bytes.ptr, n) != REDIS_OK)
            return failed(d, problem);
        bytes = (struct dupd_view){bytes.ptr + n, bytes.len - n};
        if (d->reader->len > d->fed)
            d->fed = d->reader->len;
        int rc = hand_out(d, on_reply, data, problem);
        if (rc)
            return rc < 0 ? rc : DUPD_OK;
    }
    shrink(d);
    return DUPD_OK;
}
