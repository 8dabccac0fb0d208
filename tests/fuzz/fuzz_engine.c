/*
 * fuzz_engine.c: any bytes as a few articles, added one after the other. Articles are separated by
 * 0x1D, their fields (id, source, url, published_at, title, byline, collection, text) by 0x1E.
 * Whatever they are: each verdict and alert is one JSON value on one line, no article is compared
 * with itself, at most 16 matches are named, and added again it is replayed.
 */
#include "dupd/text.h"
#include "input/json_read.h"
#include "support/fuzz.h"
#include "support/model_store.h"
#include "support/newsroom.h"

#define ARTICLES_MAX 6u
#define SIZE_MAX_INPUT 20000u

static int64_t no_ms(void *data)
{
    return (*(int64_t *)data)++;
}

static uint64_t no_us(void *data)
{
    (void)data;
    return 0;
}

/* Takes the bytes up to the next `mark` off *rest. */
static struct dupd_view take(struct dupd_view *rest, char mark)
{
    const char *end = rest->len ? memchr(rest->ptr, mark, rest->len) : NULL;
    struct dupd_view head = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
    size_t used = head.len + (end != NULL);
    *rest = (struct dupd_view){rest->ptr + used, rest->len - used};
    return head;
}

static void check_json(struct dupd_view json)
{
    struct json_reader r;
    struct json_value v;
    json_start(&r, json);
    FUZZ_CHECK(json_read_value(&r, &v) && json_end(&r) == 0 && v.kind == JSON_OBJECT);
    FUZZ_CHECK(!memchr(json.ptr, '\n', json.len));
    FUZZ_CHECK(dupd_text_is_clean(json));
}

static void add(struct engine *e, const struct analysis *a, bool is_again)
{
    const struct judgement *j;
    struct job *job = engine_judge(e, a, ENGINE_ADD, false, &j);
    FUZZ_CHECK(job && j->status == 0);
    FUZZ_CHECK(!is_again || j->replay);
    FUZZ_CHECK(j->match_count <= JUDGEMENT_MATCHES_MAX && j->score >= 0 && j->score <= 1);
    FUZZ_CHECK((j->origin != NULL) == dupd_verdict_is_copy(j->verdict) || j->replay);
    for (unsigned i = 0; i < j->match_count; i++)
        FUZZ_CHECK(!dupd_view_equal(j->match[i]->record.article.id, a->article.id));
    check_json(dupd_buf_view(&j->json));
    engine_release(job);
}

static void add_article(struct newsroom *room, struct dupd_view text)
{
    struct dupd_article in = {.id = take(&text, 0x1E), .source = take(&text, 0x1E)};
    in.url = take(&text, 0x1E);
    dupd_time_parse(take(&text, 0x1E), &in.published);
    in.title = take(&text, 0x1E);
    in.byline = take(&text, 0x1E);
    in.collection = take(&text, 0x1E);
    in.text = text;
    struct analysis a;
    analysis_init(&a);
    if (analysis_make(&a, &in, room->agencies, &room->options, true) == 0) {
        add(room->engine, &a, false);
        add(room->engine, &a, true);
    }
    analysis_close(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_view rest = {(const char *)data, size < SIZE_MAX_INPUT ? size : SIZE_MAX_INPUT};
    struct store_options options = {
        .window_s = 30 * 86400, .owners_max = 12, .furniture_stories = 3};
    struct newsroom room;
    int64_t now = INT64_C(1700000000000);
    newsroom_open(&room, model_store_new(&options, now));
    FUZZ_CHECK(engine_new(&room.engine, room.store, room.agencies, &room.options,
                          (struct engine_clock){no_ms, no_us, &now}) == 0);
    for (unsigned i = 0; i < ARTICLES_MAX && rest.len; i++)
        add_article(&room, take(&rest, 0x1D));
    for (unsigned i = 0; i < model_store_alerts(room.store); i++)
        check_json(model_store_alert(room.store, i));
    newsroom_close(&room);
    return 0;
}
