/*
 * fuzz_redis_reply.c: any bytes as replies, in pieces whose size the first byte gives. Whole or in
 * pieces, the same replies come out; every part of them can be read; the end is the same.
 */
#include "dupd/error.h"
#include "redis/decode.h"
#include "support/fuzz.h"

#define REPLY_MAX 65536u

struct sum {
    uint64_t hash;
    unsigned replies;
};

static void mix(struct sum *s, const void *p, size_t n)
{
    const unsigned char *bytes = p;
    for (size_t i = 0; i < n; i++)
        s->hash = (s->hash ^ bytes[i]) * UINT64_C(1099511628211);
}

static void walk(struct sum *s, const redisReply *r)
{
    mix(s, &r->type, sizeof r->type);
    switch (r->type) {
    case REDIS_REPLY_INTEGER:
        mix(s, &r->integer, sizeof r->integer);
        break;
    case REDIS_REPLY_NIL:
        break;
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < r->elements; i++)
            walk(s, r->element[i]);
        break;
    default:
        FUZZ_CHECK(r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS ||
                   r->type == REDIS_REPLY_ERROR);
        FUZZ_CHECK(r->str[r->len] == 0);
        mix(s, r->str, r->len);
    }
}

static bool on_reply(void *data, const redisReply *reply)
{
    struct sum *s = data;
    s->replies++;
    walk(s, reply);
    return true;
}

static int decode(struct dupd_view bytes, size_t piece, struct sum *s)
{
    struct decoder *d = decoder_new(REPLY_MAX);
    char problem[128] = "";
    int rc = 0;
    FUZZ_CHECK(d != NULL);
    while (bytes.len && !rc) {
        size_t n = bytes.len < piece ? bytes.len : piece;
        rc = decoder_feed(d, (struct dupd_view){bytes.ptr, n}, on_reply, s, problem);
        bytes = (struct dupd_view){bytes.ptr + n, bytes.len - n};
    }
    FUZZ_CHECK(rc == 0 || rc == DUPD_ESYNTAX || rc == DUPD_ETOOBIG);
    FUZZ_CHECK(!rc || problem[0]);
    decoder_free(d);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sum whole = {.hash = 1}, pieces = {.hash = 1};
    if (size == 0)
        return 0;
    struct dupd_view bytes = {(const char *)data + 1, size - 1};
    int rc = decode(bytes, SIZE_MAX, &whole);
    FUZZ_CHECK(decode(bytes, data[0] + 1u, &pieces) == rc);
    FUZZ_CHECK(whole.replies == pieces.replies && whole.hash == pieces.hash);
    return 0;
}
