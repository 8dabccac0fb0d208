/*
 * fuzz_http.c: any bytes as a connection. However they are cut into pieces, the same requests come
 * out, the parser never holds more than its limits, and views lie in its own memory.
 */
#include "dupd/error.h"
#include "http/http_parse.h"
#include "http/http_text.h"
#include "support/fuzz.h"

#define HEAD_MAX 512u
#define BODY_MAX 256u
#define REQUESTS_MAX 16u

struct outcome {
    unsigned requests;
    int last;
    size_t bodies;
};

static bool lies_in(struct dupd_view v, const struct dupd_buf *b)
{
    return v.len == 0 || (v.ptr >= b->ptr && v.ptr + v.len <= b->ptr + b->len);
}

static void check_request(const struct http_parser *p)
{
    const struct http_request *r = &p->request;
    struct dupd_buf out = {0};
    FUZZ_CHECK(r->field_count <= HTTP_FIELDS_MAX);
    FUZZ_CHECK(lies_in(r->path, &p->head) && lies_in(r->query, &p->head));
    for (unsigned i = 0; i < r->field_count; i++)
        FUZZ_CHECK(lies_in(r->field[i].name, &p->head) && lies_in(r->field[i].value, &p->head));
    FUZZ_CHECK(lies_in(r->body, &p->body) && r->body.len <= BODY_MAX);
    FUZZ_CHECK(r->chunked || r->body.len == r->length);
    FUZZ_CHECK(http_parameter(r->query, "q", &out) >= 0);
    FUZZ_CHECK(http_decode(r->path, false, &out) == 0);
    http_host_is_one(http_field(r, "host"), "localhost [::1]");
    http_cookie(http_field(r, "cookie"), "dupd_session");
    dupd_buf_close(&out);
}

static struct outcome run(const char *bytes, size_t size, size_t step)
{
    struct http_parser p;
    struct outcome o = {0};
    size_t at = 0;
    http_parser_init(&p, HEAD_MAX, BODY_MAX);
    while (o.last >= 0 && o.requests < REQUESTS_MAX) {
        size_t n = size - at < step ? size - at : step, used = 0;
        bool again = o.last == HTTP_HEAD;
        o.last = http_parser_feed(&p, bytes + at, n, &used);
        at += used;
        FUZZ_CHECK(used <= n && p.head.len <= HEAD_MAX && p.body.len <= BODY_MAX);
        if (o.last == HTTP_WHOLE) {
            check_request(&p);
            o.requests++;
            o.bodies += p.body.len;
            http_parser_next(&p, 64);
        } else if (o.last == HTTP_MORE) {
            FUZZ_CHECK(used == n);
            if (at == size && !(again && n))
                break;
        }
    }
    http_parser_close(&p);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct outcome whole = run(bytes, size, size ? size : 1), small = run(bytes, size, 1),
                   odd = run(bytes, size, 7);
    FUZZ_CHECK(whole.requests == small.requests && whole.requests == odd.requests);
    FUZZ_CHECK(whole.bodies == small.bodies && whole.bodies == odd.bodies);
    FUZZ_CHECK((whole.last < 0) == (small.last < 0) && (whole.last < 0) == (odd.last < 0));
    return 0;
}
