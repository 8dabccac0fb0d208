/* cmd_show.c: `dupd show`: one article of the store, with its verdict, story and text. */
#include <inttypes.h>

#include "cli/lookup.h"
#include "cli/term.h"
#include "cli/words.h"
#include "dupd/error.h"
#include "engine/json_write.h"

static void json_member_string(struct json_writer *w, const char *key, struct dupd_view v)
{
    json_key(w, key);
    json_string_or_null(w, v);
}

/* The verdict is JSON already: it is put in as it stands. */
static int show_json(struct cli *cli, const struct store_fetch *f)
{
    const struct dupd_article *a = &f->record.article;
    struct dupd_buf out = {0};
    struct json_writer w;
    char story[24];
    snprintf(story, sizeof story, "%" PRIu64, f->place.story);
    json_begin(&w, &out);
    json_open(&w, '{');
    json_member_string(&w, "id", a->id);
    json_member_string(&w, "collection", a->collection);
    json_member_string(&w, "url", a->url);
    json_member_string(&w, "source", a->source);
    json_member_string(&w, "title", a->title);
    json_member_string(&w, "byline", a->byline);
    json_member_string(&w, "lang", a->lang);
    json_key(&w, "published_at");
    json_time(&w, a->published);
    json_key(&w, "arrived_at");
    json_time_ms(&w, f->record.arrived_ms);
    json_key(&w, "story");
    json_string_or_null(&w, f->place.story ? dupd_view_of(story) : (struct dupd_view){0});
    json_key(&w, "copy");
    json_bool(&w, f->place.copy);
    json_member_string(&w, "text", a->text);
    json_key(&w, "verdict");
    int rc = json_status(&w);
    rc = rc ? rc : dupd_buf_add_view(&out, f->verdict.len ? f->verdict : DUPD_VIEW("null"));
    rc = rc ? rc : dupd_buf_add_str(&out, "}\n");
    if (!rc)
        fwrite(out.ptr, 1, out.len, cli->out);
    dupd_buf_close(&out);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

static void line(struct cli *cli, const char *label, struct dupd_view value)
{
    struct dupd_buf safe = {0};
    if (value.len && term_add(&safe, value, 0) == 0)
        fprintf(cli->out, "%-11s%.*s\n", label, (int)safe.len, safe.ptr ? safe.ptr : "");
    dupd_buf_close(&safe);
}

/* The text, its lines kept, everything else made safe. */
static void put_text(struct cli *cli, struct dupd_view text)
{
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t n = end ? (size_t)(end - text.ptr) : text.len;
        struct dupd_buf safe = {0};
        if (term_add(&safe, (struct dupd_view){text.ptr, n}, 0) == 0)
            fprintf(cli->out, "%.*s\n", (int)safe.len, safe.ptr ? safe.ptr : "");
        dupd_buf_close(&safe);
        n += end != NULL;
        text = (struct dupd_view){text.ptr + n, text.len - n};
    }
}

static int show_text(struct cli *cli, const struct store_fetch *f)
{
    const struct dupd_article *a = &f->record.article;
    char time[WORDS_TIME_MAX], story[64], words[WORDS_NUMBER_MAX];
    struct dupd_time arrived = {f->record.arrived_ms / 1000, DUPD_TIME_SECOND};
    line(cli, "id", a->id);
    line(cli, "collection", a->collection);
    line(cli, "title", a->title);
    line(cli, "outlet", a->source);
    line(cli, "published", dupd_view_of(words_time(a->published, time)));
    line(cli, "arrived", dupd_view_of(words_time(arrived, time)));
    line(cli, "byline", a->byline);
    line(cli, "address", a->url);
    line(cli, "language", a->lang);
    line(cli, "agency", f->record.agency);
    line(cli, "verdict", lookup_member(f->verdict, "verdict", NULL));
    line(cli, "origin", lookup_member(f->verdict, "origin", "id"));
    if (f->place.story) {
        snprintf(story, sizeof story, "%" PRIu64 "%s", f->place.story,
                 f->place.origin == f->n ? ", of which it is the origin" : "");
        line(cli, "story", dupd_view_of(story));
    }
    line(cli, "words", dupd_view_of(words_number(f->record.words, words)));
    fputc('\n', cli->out);
    put_text(cli, a->text);
    return CLI_OK;
}

int command_show(struct cli *cli)
{
    struct session s;
    struct store_fetch fetch;
    int status = session_open(cli, &s, SESSION_READ, NULL);
    if (!status)
        status = lookup_fetch(cli, &s, cli->operands[0], &fetch);
    if (!status) {
        status = cli->settings.json ? show_json(cli, &fetch) : show_text(cli, &fetch);
        store_release(&fetch.op);
    }
    int closed = session_close(cli, &s);
    return closed ? closed : status;
}
