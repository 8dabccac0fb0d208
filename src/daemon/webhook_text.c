/*
 * webhook_text.c: alerts as the body of a message, for the three kinds of receiver. Pure.
 *
 *   json          {"v":1,"alerts":[…],"left_out":0}, alerts as in docs/alert.schema.json
 *   slack         {"text":"…"}: also Mattermost, Rocket.Chat; article text disarmed (&, <, >), a
 *                 link whole or none
 *   alertmanager  its API v2: [{"labels":{…},"annotations":{…},"startsAt":…}]
 */
#include <stdio.h>

#include "daemon/view_read.h"
#include "daemon/webhook.h"
#include "dupd/error.h"
#include "engine/json_write.h"

#define TITLE_MAX 300u        /* bytes of a title or an outlet that are shown */
#define URL_MAX 2000u         /* longer ones are no links: half an address is none */
#define SLACK_TEXT_MAX 39000u /* Slack cuts a text after 40,000, in the middle of a link too */

static struct dupd_view next_line(struct dupd_view *rest)
{
    const char *stop = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    struct dupd_view line = {rest->ptr, stop ? (size_t)(stop - rest->ptr) : rest->len};
    size_t skip = stop ? line.len + 1 : line.len;
    rest->ptr += skip;
    rest->len -= skip;
    return line;
}

bool webhook_is_uncredited(struct dupd_view json)
{
    struct view_fields f = {0};
    bool is = view_fields_read(&f, json) == 0 && f.credited == 0;
    view_fields_close(&f);
    return is;
}

static struct dupd_view title_of(const struct view_fields *f, const struct view_article *a)
{
    struct dupd_view title = view_text_of(f, a->title);
    return title.len ? title : view_text_of(f, a->id);
}

static struct dupd_view outlet_of(const struct view_fields *f, const struct view_article *a)
{
    struct dupd_view source = view_text_of(f, a->source);
    return source.len ? source : DUPD_VIEW("unknown outlet");
}

/* Text for Slack: its three special characters as entities, line ends as blanks. */
static int add_escaped(struct dupd_buf *out, struct dupd_view text)
{
    int rc = 0;
    for (size_t i = 0; i < text.len && !rc; i++) {
        char c = text.ptr[i];
        rc = c == '&'   ? dupd_buf_add_str(out, "&amp;")
             : c == '<' ? dupd_buf_add_str(out, "&lt;")
             : c == '>' ? dupd_buf_add_str(out, "&gt;")
                        : dupd_buf_add_char(out, (unsigned char)c < 0x20 ? ' ' : c);
    }
    return rc;
}

/* The same, cut between characters if it is long. */
static int add_slack(struct dupd_buf *out, struct dupd_view text)
{
    size_t end = text.len;
    if (end > TITLE_MAX) {
        end = TITLE_MAX;
        while (end && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
            end--;
    }
    int rc = add_escaped(out, (struct dupd_view){text.ptr, end});
    return rc || end == text.len ? rc : dupd_buf_add_str(out, "…");
}

/* A link, if the address is one of the web, cannot end the link early, and can be given whole. */
static int add_link(struct dupd_buf *out, struct dupd_view url, struct dupd_view text)
{
    bool web = url.len > 8 && url.len <= URL_MAX &&
               (memcmp(url.ptr, "http://", 7) == 0 || memcmp(url.ptr, "https://", 8) == 0);
    for (size_t i = 0; i < url.len && web; i++)
        web = (unsigned char)url.ptr[i] > 0x20 && !strchr("<>|", url.ptr[i]);
    int rc = web ? dupd_buf_add_char(out, '<') : 0;
    if (web && !rc)
        rc = add_escaped(out, url);
    if (web && !rc)
        rc = dupd_buf_add_char(out, '|');
    rc = rc ? rc : add_slack(out, text);
    return rc || !web ? rc : dupd_buf_add_char(out, '>');
}

static int add_slack_line(struct dupd_buf *out, const struct view_fields *f)
{
    struct dupd_view agency = view_text_of(f, f->agency);
    int rc = out->len ? dupd_buf_add_char(out, '\n') : 0;
    rc = rc ? rc : dupd_buf_add_str(out, f->credited == 0 ? ":warning: *no credit to " : "*");
    if (!rc && f->credited == 0)
        rc = add_slack(out, agency);
    else if (!rc)
        rc = dupd_buf_add_str(out, dupd_verdict_name((enum dupd_verdict)f->verdict));
    rc = rc ? rc : dupd_buf_add_str(out, "* ");
    rc = rc ? rc : add_link(out, view_text_of(f, f->article.url), title_of(f, &f->article));
    rc = rc ? rc : dupd_buf_add_str(out, " on ");
    rc = rc ? rc : add_slack(out, outlet_of(f, &f->article));
    rc = rc ? rc : dupd_buf_add_str(out, " is ");
    rc = rc ? rc : add_link(out, view_text_of(f, f->origin.url), title_of(f, &f->origin));
    rc = rc ? rc : dupd_buf_add_str(out, " of ");
    rc = rc ? rc : add_slack(out, outlet_of(f, &f->origin));
    return rc ? rc
              : dupd_buf_addf(out, " (%s, story %lld)",
                              dupd_verdict_name((enum dupd_verdict)f->verdict),
                              (long long)f->story);
}

static void put(struct json_writer *w, const char *key, struct dupd_view text)
{
    json_key(w, key);
    json_string(w, text);
}

static void put_alertmanager(struct json_writer *w, const struct view_fields *f)
{
    struct dupd_view agency = view_text_of(f, f->agency);
    char story[24];
    int n = snprintf(story, sizeof story, "%lld", (long long)f->story);
    json_open(w, '{');
    json_key(w, "labels");
    json_open(w, '{');
    put(w, "alertname", DUPD_VIEW("DupdCopy"));
    put(w, "severity", f->credited == 0 ? DUPD_VIEW("warning") : DUPD_VIEW("info"));
    put(w, "story", (struct dupd_view){story, (size_t)n});
    put(w, "outlet", outlet_of(f, &f->article));
    put(w, "verdict", dupd_view_of(dupd_verdict_name((enum dupd_verdict)f->verdict)));
    put(w, "agency", agency.len ? agency : DUPD_VIEW("none"));
    put(w, "credited",
        f->credited < 0 ? DUPD_VIEW("none")
        : f->credited   ? DUPD_VIEW("true")
                        : DUPD_VIEW("false"));
    json_close(w, '}');
    json_key(w, "annotations");
    json_open(w, '{');
    put(w, "summary", title_of(f, &f->article));
    put(w, "url", view_text_of(f, f->article.url));
    put(w, "origin", title_of(f, &f->origin));
    put(w, "origin_outlet", outlet_of(f, &f->origin));
    put(w, "origin_url", view_text_of(f, f->origin.url));
    json_close(w, '}');
    if (f->decided_ms) {
        json_key(w, "startsAt");
        json_time_ms(w, f->decided_ms);
    }
    json_close(w, '}');
}

static int write_json(struct dupd_view lines, uint64_t left_out, struct dupd_buf *out)
{
    int rc = dupd_buf_add_str(out, "{\"v\":1,\"alerts\":[");
    for (bool first = true; lines.len && !rc; first = false) {
        struct dupd_view line = next_line(&lines);
        rc = first ? 0 : dupd_buf_add_char(out, ',');
        rc = rc ? rc : dupd_buf_add_view(out, line);
    }
    return rc ? rc : dupd_buf_addf(out, "],\"left_out\":%llu}", (unsigned long long)left_out);
}

static int write_alertmanager(struct dupd_view lines, struct dupd_buf *out)
{
    struct view_fields f = {0};
    struct json_writer w;
    int rc = 0;
    json_begin(&w, out);
    json_open(&w, '[');
    while (lines.len && !rc) {
        rc = view_fields_read(&f, next_line(&lines));
        if (!rc && f.verdict >= 0)
            put_alertmanager(&w, &f);
    }
    json_close(&w, ']');
    view_fields_close(&f);
    return rc ? rc : json_status(&w);
}

static int write_slack(struct dupd_view lines, uint64_t left_out, struct dupd_buf *out)
{
    struct view_fields f = {0};
    struct dupd_buf text = {0};
    struct json_writer w;
    int rc = 0;
    while (lines.len && !rc) {
        size_t before = text.len;
        rc = view_fields_read(&f, next_line(&lines));
        if (!rc && f.verdict >= 0)
            rc = add_slack_line(&text, &f);
        if (!rc && text.len > SLACK_TEXT_MAX) {
            text.len = before;
            left_out++;
        }
    }
    if (!rc && left_out)
        rc = dupd_buf_addf(&text, "\nand %llu more", (unsigned long long)left_out);
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, "text");
    json_string(&w, dupd_buf_view(&text));
    json_close(&w, '}');
    view_fields_close(&f);
    dupd_buf_close(&text);
    return rc ? rc : json_status(&w);
}

int webhook_write(enum webhook_format format, struct dupd_view lines, uint64_t left_out,
                  struct dupd_buf *out)
{
    switch (format) {
    case WEBHOOK_SLACK:
        return write_slack(lines, left_out, out);
    case WEBHOOK_ALERTMANAGER:
        return write_alertmanager(lines, out);
    default:
        return write_json(lines, left_out, out);
    }
}
