/*
 * fuzz_json.c: any bytes as one JSON message: walked member by member, every string decoded. What
 * is read lies inside the message, a decoded string is never longer than its text, and a message
 * that is accepted as an object is accepted again as a plain value.
 */
#include "dupd/error.h"
#include "input/json_read.h"
#include "support/fuzz.h"

static void check_value(const struct json_value *v, struct dupd_view message, struct dupd_buf *text)
{
    FUZZ_CHECK(v->raw.ptr >= message.ptr && v->raw.ptr + v->raw.len <= message.ptr + message.len);
    FUZZ_CHECK(v->kind >= JSON_NULL && v->kind <= JSON_OBJECT);
    if (v->kind != JSON_STRING)
        return;
    dupd_buf_clear(text);
    FUZZ_CHECK(json_read_string(v, text) == 0);
    FUZZ_CHECK(text->len <= v->raw.len);
    FUZZ_CHECK(v->escaped || dupd_view_equal(dupd_buf_view(text), v->raw));
    FUZZ_CHECK(v->escaped || json_string_is(v, v->raw));
}

/* True when the message is an object and nothing else. */
static bool walk(struct dupd_view message, struct dupd_buf *text)
{
    struct json_reader r;
    struct json_value key, value;
    json_start(&r, message);
    if (!json_read_object(&r))
        return false;
    int got;
    while ((got = json_read_member(&r, &key, &value)) == 1) {
        check_value(&key, message, text);
        check_value(&value, message, text);
    }
    FUZZ_CHECK(got == 0 || (got == DUPD_ESYNTAX && r.problem));
    FUZZ_CHECK(json_read_offset(&r) <= message.len);
    return got == 0 && json_end(&r) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_view message = {(const char *)data, size};
    struct dupd_buf text;
    struct json_reader r;
    struct json_value v;
    dupd_buf_init(&text);
    bool object = walk(message, &text);
    json_start(&r, message);
    bool read = json_read_value(&r, &v);
    if (read)
        check_value(&v, message, &text);
    bool whole = read && json_end(&r) == 0;
    FUZZ_CHECK(object == (whole && v.kind == JSON_OBJECT));
    dupd_buf_close(&text);
    return 0;
}
