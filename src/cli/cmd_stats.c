/* cmd_stats.c: `dupd stats`: what the store holds. One table for the text and the JSON. */
#include "cli/session.h"
#include "cli/words.h"
#include "dupd/error.h"
#include "engine/json_write.h"
#include "redis/url.h"

enum unit { NUMBER, BYTES };

struct figure {
    const char *name, *text;
    const char *in_redis; /* what it is there, if that is another thing */
    enum unit unit;
    size_t offset;
};

#define FIGURE2(field, unit, text, in_redis)                                                       \
    {                                                                                              \
#field, text, in_redis, unit, offsetof(struct store_stats, field)                          \
    }
#define FIGURE(field, unit, text) FIGURE2(field, unit, text, NULL)

static const struct figure figures[] = {
    FIGURE(articles, NUMBER, "articles"),
    FIGURE(stories, NUMBER, "stories"),
    FIGURE(copies, NUMBER, "copies"),
    FIGURE(alerts, NUMBER, "alerts"),
    FIGURE(newest, NUMBER, "largest article number"),
    FIGURE(text_bytes, BYTES, "texts, unpacked"),
    FIGURE2(store_bytes, BYTES, "store on disk", "memory of this Redis, all that is in it"),
    FIGURE(index_bytes, BYTES, "index"),
    FIGURE(index_entries, NUMBER, "index entries"),
    FIGURE2(index_slots, NUMBER, "places for index entries", "shards that the index may have"),
    FIGURE(hot_shingles, NUMBER, "shingles passed over: too many owners"),
    FIGURE(postings_refused, NUMBER, "index entries refused: no place"),
    FIGURE(index_bucket_full, NUMBER, "index buckets found full"),
};

static uint64_t value_of(const struct store_stats *stats, const struct figure *f)
{
    uint64_t v;
    memcpy(&v, (const char *)stats + f->offset, sizeof v);
    return v;
}

static int print_json(struct cli *cli, const struct session *s, const struct store_stats *stats)
{
    struct dupd_buf out = {0};
    struct json_writer w;
    json_begin(&w, &out);
    json_open(&w, '{');
    json_key(&w, "store");
    json_string(&w, dupd_view_of(s->where));
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        json_key(&w, figures[i].name);
        json_int(&w, (int64_t)value_of(stats, &figures[i]));
    }
    json_close(&w, '}');
    int rc = json_status(&w);
    if (!rc)
        fprintf(cli->out, "%.*s\n", (int)out.len, out.ptr);
    dupd_buf_close(&out);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

static void print_text(struct cli *cli, const struct session *s, const struct store_stats *stats)
{
    bool in_redis = redis_url_is_one(s->where);
    fprintf(cli->out, "%s\n", s->where);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        char n[WORDS_NUMBER_MAX];
        uint64_t v = value_of(stats, &figures[i]);
        fprintf(cli->out, "  %12s  %s\n",
                figures[i].unit == BYTES ? words_bytes(v, n) : words_number(v, n),
                in_redis && figures[i].in_redis ? figures[i].in_redis : figures[i].text);
    }
}

int command_stats(struct cli *cli)
{
    struct session s;
    struct store_stats stats;
    int status = session_open(cli, &s, SESSION_READ, NULL);
    if (!status)
        status = session_stats(cli, &s, &stats);
    if (!status) {
        if (cli->settings.json)
            status = print_json(cli, &s, &stats);
        else
            print_text(cli, &s, &stats);
        store_release(&stats.op);
    }
    int closed = session_close(cli, &s);
    return closed ? closed : status;
}
