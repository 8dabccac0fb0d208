/*
 * test_view.c: the dashboard's view shows what it was fed, once, whatever is fed twice, broken,
 * merged, too old or too much; and goes on where it was after a restart.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/view.h"
#include "daemon/view_read.h"
#include "dupd/error.h"
#include "support/view_kit.h"

static void feed_newsroom(struct desk *d)
{
    static const struct piece piece[] = {
        {"w1", "wire", "Bridge closes after \\\"cracks\\\" found", "unique", "AP", NULL, 1, -1, 0},
        {"a1", "alpha", "Bridge shut", "identical", "AP", "w1", 1, 1, 0},
        {"b1", "beta", "Harbour bridge: 100% shut", "rewritten", "AP", "w1", 1, 0, 0},
        {"w2", "wire", "ÖSTERREICH wählt", "unique", "dpa", NULL, 2, -1, 0},
        {"a2", "alpha", "東京で地震", "republished", NULL, "w2", 2, -1, 0},
        {"c1", "gamma", "O'Neil' OR 1=1 --", "shared_quotes", NULL, NULL, 3, -1, 0},
    };
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++)
        feed(d, &piece[i], "h", NULL);
    ck_assert_int_eq(view_flush(d->v, NOW), 0);
}

START_TEST(shows_what_it_was_fed)
{
    struct desk d;
    open_desk(&d, NULL, 0);
    feed_newsroom(&d);
    ck_assert_uint_eq(view_rows(d.v), 6);
    const char *t = verdicts(&d, &(struct view_filter){0});
    ck_assert_uint_eq(count(t, "\"collection\":"), 6);
    ck_assert_ptr_nonnull(strstr(t, "\"of_this\":0.75,\"of_origin\":0.5,\"rewriting\":0.25"));
    ck_assert_ptr_nonnull(strstr(t, "\"title\":\"Bridge closes after \\\"cracks\\\" found\""));
    ck_assert_ptr_nonnull(strstr(t, "\"next\":null"));
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_stories(d.v, &(struct view_filter){0}, &d.out), 0);
    t = text(&d);
    ck_assert_uint_eq(count(t, "\"spread\":"), 2); /* the third has no copy in it */
    ck_assert_ptr_nonnull(
        strstr(t, "\"members\":3,\"outlets\":3,\"copies\":2,\"credited\":1,\"uncredited\":1"));
    ck_assert_ptr_nonnull(strstr(t, "\"origin\":{\"id\":\"w1\"")); /* by the members alone */
    close_desk(&d);
}
END_TEST

START_TEST(filters)
{
    struct desk d;
    open_desk(&d, NULL, 0);
    feed_newsroom(&d);
    const struct {
        struct view_filter f;
        unsigned rows;
    } row[] = {
        {{.verdict = 1 << DUPD_IDENTICAL | 1 << DUPD_UNIQUE}, 3},
        {{.copies_only = 1}, 3},
        {{.copies_only = 1, .verdict = 1 << DUPD_UNIQUE}, 5}, /* either */
        {{.credited = 1}, 1},
        {{.credited = 2}, 1},
        {{.credited = 3}, 4},
        {{.source = DUPD_VIEW("alpha")}, 2},
        {{.source = DUPD_VIEW("ALPHA")}, 2},
        {{.agency = DUPD_VIEW("AP")}, 3},
        {{.agency = DUPD_VIEW("ap")}, 3},
        {{.agency = DUPD_VIEW("AP"), .source = DUPD_VIEW("alpha")}, 1},
        {{.story = DUPD_VIEW("1")}, 3},
        {{.collection = DUPD_VIEW("other")}, 0},
        {{.from_ms = NOW}, 6},
        {{.from_ms = NOW + 1}, 0},
        {{.to_ms = NOW}, 0},
        {{.text = DUPD_VIEW("bridge")}, 3},
        {{.text = DUPD_VIEW("BRIDGE  shut")}, 2},
        {{.text = DUPD_VIEW("idg")}, 3},
        {{.text = DUPD_VIEW("österreich")}, 1},
        {{.text = DUPD_VIEW("\"cracks\"")}, 1},
        {{.text = DUPD_VIEW("地震")}, 1}, /* two characters: shorter than a trigram */
        {{.text = DUPD_VIEW("0%")}, 1},
        {{.text = DUPD_VIEW("_")}, 0},
        {{.text = DUPD_VIEW("O'Neil' OR 1=1 --")}, 1},
        {{.text = DUPD_VIEW("' OR 1=1 --")}, 1},
        {{.text = DUPD_VIEW("nowhere")}, 0},
        {{.text = DUPD_VIEW("AND")}, 0},
        {{.limit = 2}, 2},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        unsigned rows = count(verdicts(&d, &row[i].f), "\"collection\":");
        ck_assert_msg(rows == row[i].rows, "filter %zu: %u rows instead of %u", i, rows,
                      row[i].rows);
    }
    struct view_filter bad = {.text = DUPD_VIEW("\xff\xff\xff")};
    ck_assert_int_eq(view_verdicts(d.v, &bad, &d.out), DUPD_EINVAL);
    char long_one[2 * VIEW_TITLE_MAX + 3];
    for (size_t i = 0; i < VIEW_TITLE_MAX + 1; i++)
        memcpy(long_one + 2 * i, "\xc3\xa4", 2); /* the limit is one of characters */
    bad.text = (struct dupd_view){long_one, 2 * VIEW_TITLE_MAX};
    ck_assert_uint_eq(count(verdicts(&d, &bad), "\"collection\":"), 0);
    bad.text.len += 2;
    ck_assert_int_eq(view_verdicts(d.v, &bad, &d.out), DUPD_EINVAL);
    close_desk(&d);
}
END_TEST

static unsigned stories(struct desk *d, const struct view_filter *f)
{
    dupd_buf_clear(&d->out);
    ck_assert_int_eq(view_stories(d->v, f, &d->out), 0);
    return count(text(d), "\"spread\":");
}

static unsigned alerts(struct desk *d, const struct view_filter *f)
{
    dupd_buf_clear(&d->out);
    ck_assert_int_eq(view_alerts(d->v, f, &d->out), 0);
    return count(text(d), "\"reason\":");
}

START_TEST(stories_and_alerts_have_the_same_filters)
{
    struct desk d;
    open_desk(&d, NULL, 0);
    feed_newsroom(&d);
    static const char *const alert[] = {
        "{\"reason\":\"copy\",\"story\":\"1\",\"id\":\"a1\",\"source\":\"alpha\",\"title\":"
        "\"Bridge shut\",\"verdict\":\"identical\",\"score\":1,\"agency\":{\"name\":\"AP\"}}",
        "{\"reason\":\"copy\",\"story\":\"2\",\"id\":\"a2\",\"source\":\"alpha\",\"title\":"
        "\"ÖSTERREICH wählt\",\"verdict\":\"republished\",\"score\":1}",
        "{\"reason\":\"copy\",\"story\":\"99\",\"id\":\"z\",\"source\":\"zeta\",\"title\":null,"
        "\"verdict\":\"rewritten\",\"score\":1}", /* its article is not in the view */
    };
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(feed_text(&d, VIEW_ALERT, alert[i]), 0);
    ck_assert_int_eq(
        feed_text(&d, VIEW_STORY, "{\"story\":\"2\",\"event\":\"merged\",\"into\":\"3\"}"), 0);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert_uint_eq(stories(&d, &(struct view_filter){.source = DUPD_VIEW("Beta")}), 1);
    ck_assert_uint_eq(stories(&d, &(struct view_filter){.agency = DUPD_VIEW("aP")}), 1);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){0}), 3);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.source = DUPD_VIEW("Alpha")}), 2);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.agency = DUPD_VIEW("ap")}), 1);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.text = DUPD_VIEW("österr WÄH")}), 1);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.text = DUPD_VIEW("br sh")}), 1);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.text = DUPD_VIEW("nowhere")}), 0);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.collection = DUPD_VIEW("default")}), 2);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.collection = DUPD_VIEW("other")}), 0);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.verdict = 1 << DUPD_REWRITTEN}), 1);
    ck_assert_uint_eq(
        alerts(&d, &(struct view_filter){.verdict = 1 << DUPD_REWRITTEN, .copies_only = 1}), 3);
    /* the index of titles forgets with the table */
    ck_assert_int_eq(view_flush(d.v, NOW + 31 * DAY), 0);
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){.text = DUPD_VIEW("bridge")}), 0);
    close_desk(&d);
}
END_TEST

/* A story of 1,200 members, of which the view shows the first 500, and dots of all its time. */
START_TEST(a_large_story_is_shown_from_first_to_last)
{
    struct desk d;
    char id[16];
    open_desk(&d, NULL, 0);
    for (int i = 0; i < 1200; i++) {
        snprintf(id, sizeof id, "n%04d", i);
        feed(&d,
             &(struct piece){id, "s", "T", i ? "identical" : "unique", NULL, i ? "n0000" : NULL, 1,
                             -1, NOW + (int64_t)i * 1000},
             "h", NULL);
    }
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert_uint_eq(stories(&d, &(struct view_filter){0}), 1);
    const char *t = strstr(text(&d), "\"spread\":["), *end = strstr(t, "]]");
    char first[32], last[32];
    snprintf(first, sizeof first, "[%lld,0]", (long long)NOW);
    snprintf(last, sizeof last, "[%lld,1]]", (long long)NOW + 1199 * 1000);
    ck_assert_ptr_nonnull(strstr(t, first));
    ck_assert(strncmp(end + 2 - strlen(last), last, strlen(last)) == 0);
    unsigned dots = 0, late = 0;
    for (const char *at = t + strlen("\"spread\":["); at < end; at = strchr(at, ']') + 2, dots++)
        late += strtoll(at + 1, NULL, 10) >= NOW + 600 * 1000;
    ck_assert_uint_eq(dots, 48);
    ck_assert_uint_eq(late, 24); /* evenly */
    for (int i = 0; i < 3; i++) {
        static const char *const asked[] = {"", "n1100", "n0003"};
        dupd_buf_clear(&d.out);
        ck_assert_int_eq(view_story(d.v, DUPD_VIEW("1"), dupd_view_of(asked[i]), &d.out), 0);
        t = text(&d);
        ck_assert_uint_eq(count(t, "\"collection\":"), i == 1 ? 501 : 500);
        ck_assert_ptr_nonnull(strstr(t, "\"members\":1200,"));
        ck_assert((strstr(t, "\"id\":\"n1100\"") != NULL) == (i == 1));
    }
    close_desk(&d);
}
END_TEST

/* What the walk over the embedded store finds out: no alert is told again. */
START_TEST(a_late_origin_is_found_in_its_verdict)
{
    static const char *const origin =
        "{\"id\":\"o1\",\"verdict\":\"unique\",\"copy\":false,\"story\":\"1\",\"matches\":["
        "{\"id\":\"x\",\"direction\":\"from\",\"verdict\":\"identical\",\"score\":1},"
        "{\"id\":\"y\",\"direction\":\"to\",\"verdict\":\"shared_quotes\",\"score\":1},"
        "{\"id\":\"e1\",\"direction\":\"to\",\"verdict\":\"republished\",\"score\":0.5}, 3,"
        "{\"id\":\"e2\",\"direction\":\"to\",\"verdict\":\"rewritten\",\"score\":0.25}],"
        "\"agency\":{\"name\":\"AP\"}}";
    struct view_later later = {0};
    struct desk d;
    open_desk(&d, NULL, 0);
    feed(&d, &(struct piece){"e1", "epsilon", "Came first", "unique", NULL, NULL, 1, -1, 0}, "h",
         NULL);
    ck_assert_int_eq(view_later_read(dupd_view_of(origin), 0, &later), 1);
    ck_assert(dupd_view_equal(dupd_buf_view(&later.id), DUPD_VIEW("e1")));
    ck_assert_int_eq(later.verdict, DUPD_REPUBLISHED);
    struct dupd_view collection = DUPD_VIEW("default"),
                     about = DUPD_VIEW("{\"id\":\"o1\",\"source\":\"wire\",\"title\":\"T\"}");
    ck_assert_int_eq(view_is_no_copy(d.v, collection, DUPD_VIEW("e1")), 1);
    ck_assert_int_eq(view_is_no_copy(d.v, collection, DUPD_VIEW("e2")), 0); /* not known */
    ck_assert_int_eq(view_stand_as_copy(d.v, collection, &later, dupd_view_of(origin), about), 0);
    ck_assert_int_eq(view_is_no_copy(d.v, collection, DUPD_VIEW("e1")), 0);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    const char *t = verdicts(&d, &(struct view_filter){.copies_only = 1});
    ck_assert_ptr_nonnull(strstr(t, "\"verdict\":\"republished\",\"copy\":true,\"score\":0.5"));
    ck_assert_ptr_nonnull(strstr(t, "\"agency\":\"AP\",\"credited\":false"));
    ck_assert_ptr_nonnull(strstr(t, "\"origin\":{\"id\":\"o1\",\"url\":null,\"source\":\"wire\""));
    ck_assert_uint_eq(alerts(&d, &(struct view_filter){0}), 0);
    ck_assert_int_eq(view_later_read(dupd_view_of(origin), 1, &later), 1);
    ck_assert(dupd_view_equal(dupd_buf_view(&later.id), DUPD_VIEW("e2")));
    ck_assert_int_eq(view_later_read(dupd_view_of(origin), 2, &later), 0);
    ck_assert_int_lt(view_later_read(DUPD_VIEW("{\"matches\":[{]"), 0, &later), 0);
    dupd_buf_close(&later.id);
    close_desk(&d);
}
END_TEST

START_TEST(pages_show_everything_once)
{
    struct desk d;
    char id[16], wanted[32];
    unsigned seen = 0, pages = 0;
    struct view_filter f = {.limit = 7};
    open_desk(&d, NULL, 0);
    for (int i = 0; i < 40; i++) {
        snprintf(id, sizeof id, "n%02d", i);
        feed(&d, &(struct piece){id, "s", "t", "unique", NULL, NULL, i + 1, -1, 0}, "h", NULL);
    }
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    for (bool more = true; more; pages++) {
        const char *t = verdicts(&d, &f), *next = strstr(t, "\"next\":");
        for (unsigned i = 0; i < count(t, "\"collection\":"); i++, seen++) {
            snprintf(wanted, sizeof wanted, "\"id\":\"n%02u\"", 39 - seen);
            ck_assert_ptr_nonnull(strstr(t, wanted));
        }
        more = strncmp(next + 7, "null", 4) != 0;
        f.before = strtoull(next + 7, NULL, 10);
    }
    ck_assert_uint_eq(seen, 40);
    ck_assert_uint_eq(pages, 6);
    close_desk(&d);
}
END_TEST

struct heard {
    unsigned verdicts, alerts, stories;
    uint64_t last;
};

static void hear(void *data, uint64_t n, const char *event, struct dupd_view json)
{
    struct heard *h = data;
    ck_assert_uint_gt(n, h->last);
    h->last = n;
    ck_assert(json.len > 2 && !memchr(json.ptr, '\n', json.len));
    h->verdicts += strcmp(event, "verdict") == 0;
    h->alerts += strcmp(event, "alert") == 0;
    h->stories += strcmp(event, "story") == 0;
}

#define ALERT                                                                                      \
    "{\"v\":1,\n\"reason\":\"copy\",\"story\":\"1\",\"id\":\"a1\",\"source\":\"alpha\","           \
    "\"url\":null,\"title\":\"T\",\"verdict\":\"identical\",\"score\":1,\"origin\":{\"id\":"       \
    "\"w1\"},\"agency\":{\"name\":\"AP\"},\"credited\":false,\"at\":\"2024-10-04T00:00:00.500Z\"}"

START_TEST(the_same_again_changes_nothing)
{
    struct desk d;
    struct heard h = {0};
    open_desk(&d, NULL, 0);
    for (int round = 0; round < 3; round++) {
        feed_newsroom(&d);
        ck_assert_int_eq(feed_text(&d, VIEW_ALERT, ALERT), 0);
        ck_assert_int_eq(view_flush(d.v, NOW), 0);
    }
    ck_assert_uint_eq(view_rows(d.v), 6);
    ck_assert_int_eq(view_events(d.v, 0, 100, hear, &h), 4);
    ck_assert_uint_eq(h.verdicts, 3); /* copies only */
    ck_assert_uint_eq(h.alerts, 1);
    ck_assert_uint_eq(view_newest(d.v), h.last);
    ck_assert_int_eq(view_events(d.v, h.last, 100, hear, &h), 0);
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_alerts(d.v, &(struct view_filter){0}, &d.out), 0);
    const char *t = text(&d);
    ck_assert_uint_eq(count(t, "\"reason\":"), 1);
    ck_assert_ptr_nonnull(strstr(t, "2024-10-04T00:00:00.500Z"));
    close_desk(&d);
}
END_TEST

START_TEST(new_content_takes_the_old_ones_place)
{
    struct desk d;
    struct piece p = {"a1", "alpha", "First", "identical", "AP", "w1", 1, 0, 0};
    open_desk(&d, NULL, 0);
    feed(&d, &p, "h1", NULL);
    p.title = "Second";
    p.verdict = "unique";
    p.origin = NULL;
    p.story = 7;
    feed(&d, &p, "h2", NULL);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert_uint_eq(view_rows(d.v), 1);
    ck_assert_uint_eq(
        count(verdicts(&d, &(struct view_filter){.text = DUPD_VIEW("First")}), "id\""), 0);
    ck_assert_ptr_nonnull(strstr(verdicts(&d, &(struct view_filter){0}), "Second"));
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_story(d.v, DUPD_VIEW("1"), (struct dupd_view){0}, &d.out), DUPD_ENOENT);
    close_desk(&d);
}
END_TEST

START_TEST(stories_merge_and_origins_move)
{
    struct desk d;
    open_desk(&d, NULL, 0);
    feed_newsroom(&d);
    ck_assert_int_eq(feed_text(&d, VIEW_STORY,
                               "{\"v\":1,\"story\":\"2\",\"event\":\"merged\",\"origin\":null,"
                               "\"into\":\"1\",\"members\":5,\"outlets\":3,\"at\":null}"),
                     0);
    ck_assert_int_eq(
        feed_text(&d, VIEW_STORY,
                  "{\"v\":1,\"story\":\"1\",\"event\":\"origin_moved\",\"origin\":"
                  "{\"id\":\"late\",\"title\":\"Late\",\"source\":\"wire\"},\"at\":null}"),
        0);
    feed(&d, &(struct piece){"d1", "delta", "Later copy", "identical", NULL, "w2", 2, -1, 0}, "h",
         NULL);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_story(d.v, DUPD_VIEW("2"), (struct dupd_view){0}, &d.out),
                     0); /* is followed */
    const char *t = text(&d);
    ck_assert_ptr_nonnull(strstr(t, "\"story\":\"1\",\"members\":6"));
    ck_assert_ptr_nonnull(strstr(t, "\"origin\":{\"id\":\"late\""));
    ck_assert_ptr_nonnull(strstr(t, "\"id\":\"d1\""));
    /* a merge into itself, and back, ends */
    ck_assert_int_eq(
        feed_text(&d, VIEW_STORY, "{\"story\":\"1\",\"event\":\"merged\",\"into\":\"1\"}"), 0);
    ck_assert_int_eq(
        feed_text(&d, VIEW_STORY, "{\"story\":\"1\",\"event\":\"merged\",\"into\":\"2\"}"), 0);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    close_desk(&d);
}
END_TEST

/* Whichever is told first: the alert of a late origin, or the verdict of what it was copied by. */
START_TEST(a_late_origin_makes_copies)
{
    struct desk d;
    open_desk(&d, NULL, 0);
    /* 2, 3: the alert is of the story that this one's is merged into, before or after the verdict
     */
    struct piece early = {"e1", "epsilon", "Came first", "unique", NULL, NULL, 7, -1, 0};
    const char *merged = "{\"v\":1,\"story\":\"8\",\"event\":\"merged\",\"origin\":null,"
                         "\"into\":\"7\",\"members\":2,\"outlets\":2,\"at\":null}";
    if (_i > 1)
        early.story = 8;
    const char *alert = "{\"v\":1,\"reason\":\"origin_arrived\",\"story\":\"7\",\"id\":\"e1\","
                        "\"source\":\"epsilon\",\"verdict\":\"republished\",\"score\":0.9,"
                        "\"origin\":{\"id\":\"o1\",\"source\":\"wire\",\"title\":\"Was first\"},"
                        "\"agency\":{\"name\":\"AP\"},\"credited\":false,\"at\":null}";
    if (_i % 2)
        ck_assert_int_eq(feed_text(&d, VIEW_ALERT, alert), 0);
    feed(&d, &early, "h", NULL);
    if (_i % 2 == 0)
        ck_assert_int_eq(feed_text(&d, VIEW_ALERT, alert), 0);
    if (_i > 1)
        ck_assert_int_eq(feed_text(&d, VIEW_STORY, merged), 0);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_story(d.v, DUPD_VIEW("7"), (struct dupd_view){0}, &d.out), 0);
    const char *t = text(&d);
    ck_assert_ptr_nonnull(strstr(t, "\"copies\":1"));
    ck_assert_ptr_nonnull(strstr(t, "\"uncredited\":1"));
    ck_assert_ptr_nonnull(strstr(t, "\"id\":\"o1\""));
    ck_assert_ptr_nonnull(strstr(t, "\"overlap\":null")); /* not measured: the alert has none */
    ck_assert_ptr_null(strstr(t, "\"of_this\""));
    /* a new version, later, is its own */
    early.at = NOW + 60000;
    early.story = 7;
    feed(&d, &early, "i", NULL);
    ck_assert_int_eq(view_flush(d.v, NOW + 60000), 0);
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_story(d.v, DUPD_VIEW("7"), (struct dupd_view){0}, &d.out), 0);
    ck_assert_ptr_null(strstr(text(&d), "\"copies\":1"));
    close_desk(&d);
}
END_TEST

START_TEST(what_is_broken_is_skipped)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"id\":1}",
        "{\"id\":\"x\"}",
        "{\"id\":\"x\",\"verdict\":\"nonsense\"}",
        "{\"id\":\"x\",\"verdict\":\"unique\"",
        "{\"id\":\"x\",\"verdict\":[\"unique\"],\"matches\":{\"a\":[}}",
    };
    struct desk d;
    open_desk(&d, NULL, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int kind = 0; kind < VIEW_KIND_COUNT; kind++)
            ck_assert_int_eq(feed_text(&d, (enum view_kind)kind, bad[i]), DUPD_ESYNTAX);
    /* every type wrong but what is needed: it is taken, and what is wrong is absent */
    ck_assert_int_eq(feed_text(&d, VIEW_VERDICT,
                               "{\"id\":\"x\",\"verdict\":\"unique\",\"story\":\"-4\",\"score\":{},"
                               "\"origin\":[1],\"matches\":[7,{\"containment\":3},null],"
                               "\"agency\":\"AP\",\"credited\":5,\"words\":-1,\"decided_at\":9,"
                               "\"collection\":null,\"copy\":\"yes\"}"),
                     0);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert_uint_eq(view_rows(d.v), 1);
    close_desk(&d);
}
END_TEST

START_TEST(stays_within_its_bounds)
{
    struct desk d;
    char id[16];
    open_desk(&d, NULL, 50);
    for (int i = 0; i < 300; i++) {
        snprintf(id, sizeof id, "n%d", i);
        feed(&d, &(struct piece){id, "s", "Title", "identical", NULL, "o", i + 1, -1, 0}, "h",
             NULL);
    }
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert_uint_eq(view_rows(d.v), 50);
    ck_assert_uint_eq(
        count(verdicts(&d, &(struct view_filter){.text = DUPD_VIEW("title"), .limit = 500}),
              "\"collection\":"),
        50);
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_stories(d.v, &(struct view_filter){.limit = 500}, &d.out), 0);
    ck_assert_uint_eq(count(text(&d), "\"spread\":"), 50);
    ck_assert_int_eq(view_flush(d.v, NOW + 31 * DAY), 0); /* all of it is out of the window */
    ck_assert_uint_eq(view_rows(d.v), 0);
    close_desk(&d);
}
END_TEST

START_TEST(asks_who_an_article_is)
{
    struct desk d;
    struct heard h = {0};
    struct dupd_buf collection = {0}, id = {0};
    open_desk(&d, NULL, 0);
    feed(&d, &(struct piece){"a1", NULL, NULL, "identical", NULL, "w1", 1, -1, 0}, "h", NULL);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert_int_eq(view_events(d.v, 0, 10, hear, &h), 0); /* not yet news */
    ck_assert_int_eq(view_undescribed(d.v, &collection, &id), 1);
    ck_assert(dupd_view_equal(dupd_buf_view(&id), DUPD_VIEW("a1")));
    ck_assert_int_eq(
        view_describe(d.v, dupd_buf_view(&collection), dupd_buf_view(&id),
                      DUPD_VIEW("{\"id\":\"a1\",\"source\":\"alpha\",\"title\":\"Who\","
                                "\"published_at\":\"2024-10-01\"}")),
        0);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert_int_eq(view_undescribed(d.v, &collection, &id), 0);
    ck_assert_int_eq(view_events(d.v, 0, 10, hear, &h), 1);
    ck_assert_ptr_nonnull(
        strstr(verdicts(&d, &(struct view_filter){.text = DUPD_VIEW("who")}), "2024-10-01"));
    dupd_buf_close(&collection);
    dupd_buf_close(&id);
    close_desk(&d);
}
END_TEST

/* A directory of this test; *path has room for 64. */
START_TEST(goes_on_after_a_restart)
{
    struct desk d;
    char dir[64], position[VIEW_POSITION_MAX], name[32];
    make_dir(dir);
    open_desk(&d, dir, 0);
    view_position(d.v, VIEW_VERDICT, position);
    ck_assert_str_eq(position, "");
    feed(&d, &(struct piece){"a", "s", "t", "identical", NULL, "o", 1, -1, 0}, "h", "5-1");
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    feed(&d, &(struct piece){"b", "s", "t", "identical", NULL, "o", 1, -1, 0}, "h", "6-0");
    view_position(d.v, VIEW_VERDICT, position);
    ck_assert_str_eq(position, "5-1"); /* b is not flushed yet */
    snprintf(name, sizeof name, "%s", view_name(d.v));
    close_desk(&d); /* flushes */
    open_desk(&d, dir, 0);
    view_position(d.v, VIEW_VERDICT, position);
    ck_assert_str_eq(position, "6-0");
    ck_assert_str_eq(view_name(d.v), name);
    ck_assert_uint_eq(view_rows(d.v), 2);
    ck_assert_uint_eq(view_newest(d.v), 2);
    close_desk(&d);
    remove_dir(dir);
}
END_TEST

START_TEST(a_damaged_one_is_begun_anew)
{
    struct desk d;
    char dir[64], file[128], name[32];
    make_dir(dir);
    open_desk(&d, dir, 0);
    feed_newsroom(&d);
    snprintf(name, sizeof name, "%s", view_name(d.v));
    close_desk(&d);
    snprintf(file, sizeof file, "%s/view.db", dir);
    FILE *f = fopen(file, "r+");
    ck_assert_ptr_nonnull(f);
    fputs("this is not a database, and was never one", f);
    fclose(f);
    open_desk(&d, dir, 0);
    ck_assert_uint_eq(view_rows(d.v), 0);
    ck_assert_str_ne(view_name(d.v), name);
    feed_newsroom(&d);
    ck_assert_uint_eq(view_rows(d.v), 6);
    close_desk(&d);
    remove_dir(dir);
}
END_TEST

START_TEST(a_long_query_is_ended)
{
    struct view_options o;
    struct desk d = {0};
    char problem[512], id[16];
    view_options_default(&o);
    o.query_ms = 0; /* over before it began, once the clock has moved */
    ck_assert_int_eq(view_open(&d.v, NULL, &o, problem), 0);
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof id, "n%d", i);
        feed(&d, &(struct piece){id, "s", "ab", "unique", NULL, NULL, i + 1, -1, 0}, "h", NULL);
    }
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    struct view_filter f = {.text = DUPD_VIEW("zz")};
    int rc = 0;
    for (int i = 0; i < 100000 && rc == 0; i++) {
        dupd_buf_clear(&d.out);
        rc = view_verdicts(d.v, &f, &d.out);
    }
    ck_assert_int_eq(rc, DUPD_EAGAIN);
    feed(&d, &(struct piece){"after", "s", "t", "unique", NULL, NULL, 1, -1, 0}, "h", NULL);
    ck_assert_int_eq(view_flush(d.v, NOW), 0); /* feeding is not under the limit */
    close_desk(&d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("view");
    TCase *t = tcase_create("view");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, shows_what_it_was_fed);
    tcase_add_test(t, filters);
    tcase_add_test(t, stories_and_alerts_have_the_same_filters);
    tcase_add_test(t, a_large_story_is_shown_from_first_to_last);
    tcase_add_test(t, a_late_origin_is_found_in_its_verdict);
    tcase_add_test(t, pages_show_everything_once);
    tcase_add_test(t, the_same_again_changes_nothing);
    tcase_add_test(t, new_content_takes_the_old_ones_place);
    tcase_add_test(t, stories_merge_and_origins_move);
    tcase_add_loop_test(t, a_late_origin_makes_copies, 0, 4);
    tcase_add_test(t, what_is_broken_is_skipped);
    tcase_add_test(t, stays_within_its_bounds);
    tcase_add_test(t, asks_who_an_article_is);
    tcase_add_test(t, goes_on_after_a_restart);
    tcase_add_test(t, a_damaged_one_is_begun_anew);
    tcase_add_test(t, a_long_query_is_ended);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
