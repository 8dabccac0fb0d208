/*
 * view_query.c: rows, alerts, tables and figures out of the view.
 *
 * Every query is put together from the filter with bound parameters, walks an index from the newest
 * backwards and stops at its limit. Those that count run over the index of copies alone. What takes
 * longer than query_ms is ended with DUPD_EAGAIN: a rare word over a wide filter may do that.
 */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/view_db.h"
#include "dupd/error.h"
#include "dupd/text.h"

#define DAY_MS (86400 * (int64_t)1000)
#define HOUR_MS (3600 * (int64_t)1000)
#define TABLE_ROWS_MAX 100

unsigned view_limit(const struct view_filter *f)
{
    unsigned limit = f->limit ? f->limit : 50;
    return limit < VIEW_LIMIT_MAX ? limit : VIEW_LIMIT_MAX;
}

void view_write_text(struct json_writer *w, const char *key, sqlite3_stmt *row, int column)
{
    json_key(w, key);
    if (sqlite3_column_type(row, column) == SQLITE_NULL)
        json_null(w);
    else
        json_string(w, view_column(row, column));
}

void view_write_moment(struct json_writer *w, const char *key, int64_t ms)
{
    json_key(w, key);
    if (ms > 0)
        json_time_ms(w, ms);
    else
        json_null(w);
}

void view_write_story_number(struct json_writer *w, const char *key, int64_t story)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRId64, story);
    json_key(w, key);
    json_string_or_null(w, (struct dupd_view){text, story > 0 ? (size_t)n : 0});
}

void view_write_credited(struct json_writer *w, sqlite3_stmt *row, int column)
{
    json_key(w, "credited");
    if (sqlite3_column_type(row, column) == SQLITE_NULL)
        json_null(w);
    else
        json_bool(w, sqlite3_column_int(row, column) != 0);
}

/* Five columns: id, url, source, title, published; null when there is no id. */
void view_write_article(struct json_writer *w, sqlite3_stmt *row, int column)
{
    static const char *const key[] = {"id", "url", "source", "title", "published_at"};
    json_key(w, "origin");
    if (sqlite3_column_type(row, column) == SQLITE_NULL) {
        json_null(w);
        return;
    }
    json_open(w, '{');
    for (int i = 0; i < 5; i++)
        view_write_text(w, key[i], row, column + i);
    json_close(w, '}');
}

static void write_verdict(struct json_writer *w, sqlite3_stmt *row, int column)
{
    int verdict = sqlite3_column_int(row, column);
    json_key(w, "verdict");
    json_string(w, dupd_view_of(verdict >= 0 && verdict < DUPD_VERDICT_COUNT
                                    ? dupd_verdict_name((enum dupd_verdict)verdict)
                                    : "unique"));
}

static void write_real(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    json_real(w, v);
}

static void write_int(struct json_writer *w, const char *key, int64_t v)
{
    json_key(w, key);
    json_int(w, v);
}

void view_write_row(struct json_writer *w, sqlite3_stmt *row)
{
    bool copy = sqlite3_column_int(row, 4) != 0;
    json_open(w, '{');
    view_write_text(w, "id", row, 2);
    view_write_text(w, "collection", row, 1);
    write_verdict(w, row, 3);
    json_key(w, "copy");
    json_bool(w, copy);
    write_real(w, "score", sqlite3_column_double(row, 5));
    view_write_story_number(w, "story", sqlite3_column_int64(row, 6));
    view_write_text(w, "source", row, 7);
    view_write_text(w, "url", row, 8);
    view_write_text(w, "title", row, 9);
    view_write_text(w, "published_at", row, 10);
    view_write_text(w, "agency", row, 11);
    view_write_credited(w, row, 12);
    write_int(w, "words", sqlite3_column_int64(row, 13));
    view_write_moment(w, "decided_at", sqlite3_column_int64(row, 14));
    view_write_moment(w, "moment", sqlite3_column_int64(row, 15));
    view_write_article(w, row, 17);
    json_key(w, "overlap");
    if (copy && sqlite3_column_type(row, 22) != SQLITE_NULL) {
        json_open(w, '{');
        write_real(w, "of_this", sqlite3_column_double(row, 22));
        write_real(w, "of_origin", sqlite3_column_double(row, 23));
        write_real(w, "rewriting", sqlite3_column_double(row, 24));
        write_int(w, "prose_words", sqlite3_column_int64(row, 25));
        json_close(w, '}');
    } else {
        json_null(w);
    }
    json_close(w, '}');
}

static void append(struct view_ask *a, char c)
{
    if (!a->status)
        a->status = dupd_buf_add_char(&a->own, c);
}

/* A short word of a title search as LIKE pattern, its own wild cards disarmed. */
static void ask_like(struct view_ask *a, const char *table, struct dupd_view word)
{
    size_t from = a->own.len;
    char sql[64];
    append(a, '%');
    for (size_t i = 0; i < word.len; i++) {
        if (strchr("%_\\", word.ptr[i]))
            append(a, '\\');
        append(a, word.ptr[i]);
    }
    append(a, '%');
    snprintf(sql, sizeof sql, " AND %s.title LIKE ? ESCAPE '\\'", table);
    view_ask_own(a, sql, from);
}

static size_t characters(struct dupd_view word)
{
    size_t n = 0;
    for (size_t i = 0; i < word.len; i++)
        n += ((unsigned char)word.ptr[i] & 0xc0) != 0x80;
    return n;
}

/* One word as a phrase of FTS5: in quotation marks, its own doubled. */
static void add_phrase(struct view_ask *a, struct dupd_view word)
{
    append(a, '"');
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == '"')
            append(a, '"');
        append(a, word.ptr[i]);
    }
    append(a, '"');
    append(a, ' ');
}

/* The next word of a search; NUL and what is not UTF-8 ends it. */
static bool next_word(struct dupd_view *text, struct dupd_view *word)
{
    while (text->len && strchr(" \t\r\n", text->ptr[0])) {
        text->ptr++;
        text->len--;
    }
    size_t n = 0;
    while (n < text->len && !strchr(" \t\r\n", text->ptr[n]))
        n++;
    *word = (struct dupd_view){text->ptr, n};
    text->ptr += n;
    text->len -= n;
    return n > 0;
}

#define SEARCH_WORDS_MAX 8

/* The index of a table's titles. */
static const char *words_of(const char *table)
{
    return strcmp(table, "alert") == 0 ? "alert_fts" : "title_fts";
}

bool view_can_search(struct dupd_view text, const char **problem)
{
    bool clean = dupd_text_is_clean(text);
    *problem = clean ? "of at most 256 characters" : "UTF-8 without control characters";
    return clean && characters(text) <= VIEW_TITLE_MAX;
}

void view_ask_title(struct view_ask *a, const char *table, struct dupd_view text)
{
    struct dupd_view word, rest = text;
    const char *problem;
    char sql[160];
    size_t from = a->own.len;
    int words = 0;
    if (!view_can_search(text, &problem)) {
        a->status = a->status ? a->status : DUPD_EINVAL;
        return;
    }
    while (next_word(&rest, &word) && words++ < SEARCH_WORDS_MAX)
        if (characters(word) >= 3)
            add_phrase(a, word); /* phrases beside each other: all must be there */
    snprintf(sql, sizeof sql, " AND %s.seq IN (SELECT rowid FROM %s WHERE %s MATCH ?)", table,
             words_of(table), words_of(table));
    if (a->own.len > from)
        view_ask_own(a, sql, from);
    rest = text;
    words = 0;
    while (next_word(&rest, &word) && words++ < SEARCH_WORDS_MAX)
        if (characters(word) < 3)
            ask_like(a, table, word);
}

/* `copies`: what is a copy, besides. (With the signs SQLite goes through rows in their order and
 * stops at the limit, instead of sorting all that two indexes find.) */
static void ask_verdicts(struct view_ask *a, int verdicts, bool copies)
{
    if (verdicts == 0) {
        view_ask_add(a, copies ? " AND copy = 1" : "");
        return;
    }
    view_ask_add(a, copies ? " AND (+copy = 1 OR +verdict IN (-1" : " AND (verdict IN (-1");
    for (int i = 0; i < DUPD_VERDICT_COUNT; i++)
        if (verdicts & (1 << i))
            view_ask_number(a, ", ?", i);
    view_ask_add(a, "))");
}

/* Conditions that rows and alerts have in common. */
static void ask_common(struct view_ask *a, const struct view_filter *f, const char *time,
                       const char *cursor)
{
    char sql[96];
    if (f->credited == 1 || f->credited == 2)
        view_ask_number(a, " AND credited = ?", f->credited == 1);
    else if (f->credited == 3)
        view_ask_add(a, " AND credited IS NULL");
    if (f->source.len)
        view_ask_text(a, " AND source = ? COLLATE NOCASE", f->source);
    if (f->agency.len)
        view_ask_text(a, " AND agency = ? COLLATE NOCASE", f->agency);
    if (f->story.len)
        view_ask_text(a, " AND story = CAST(? AS INTEGER)", f->story);
    snprintf(sql, sizeof sql, " AND %s >= ?", time);
    if (f->from_ms)
        view_ask_number(a, sql, f->from_ms);
    snprintf(sql, sizeof sql, " AND %s < ?", time);
    if (f->to_ms)
        view_ask_number(a, sql, f->to_ms);
    snprintf(sql, sizeof sql, " AND %s < ?", cursor);
    if (f->before)
        view_ask_number(a, sql, (int64_t)f->before);
}

/* "next": the cursor of the last row when there may be more. */
static void write_next(struct json_writer *w, unsigned rows, unsigned limit, int64_t last)
{
    json_key(w, "next");
    if (rows == limit)
        json_int(w, last);
    else
        json_null(w);
}

int view_verdicts(struct view *v, const struct view_filter *f, struct dupd_buf *out)
{
    struct view_ask a;
    struct json_writer w;
    unsigned rows = 0, limit = view_limit(f);
    int64_t last = 0;
    view_ask_begin(&a, v, "SELECT " VIEW_ROW_COLUMNS " FROM item WHERE 1");
    ask_verdicts(&a, f->verdict, f->copies_only);
    if (f->collection.len)
        view_ask_text(&a, " AND collection = ?", f->collection);
    ask_common(&a, f, "decided", "seq");
    view_ask_title(&a, "item", f->text);
    view_ask_number(&a, " ORDER BY seq DESC LIMIT ?", limit);
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, "verdicts");
    json_open(&w, '[');
    for (; view_ask_next(&a) == 1; rows++) {
        view_write_row(&w, a.s);
        last = sqlite3_column_int64(a.s, 0);
    }
    json_close(&w, ']');
    write_next(&w, rows, limit, last);
    json_close(&w, '}');
    int rc = view_ask_end(&a);
    return rc ? rc : json_status(&w);
}

static void write_alert(struct json_writer *w, sqlite3_stmt *row)
{
    json_open(w, '{');
    view_write_story_number(w, "story", sqlite3_column_int64(row, 1));
    view_write_text(w, "id", row, 2);
    view_write_text(w, "source", row, 3);
    view_write_text(w, "url", row, 4);
    view_write_text(w, "title", row, 5);
    view_write_text(w, "reason", row, 6);
    write_verdict(w, row, 7);
    write_real(w, "score", sqlite3_column_double(row, 8));
    view_write_text(w, "agency", row, 9);
    view_write_credited(w, row, 10);
    view_write_moment(w, "at", sqlite3_column_int64(row, 11));
    view_write_article(w, row, 12);
    json_close(w, '}');
}

#define ALERT_COLUMNS                                                                              \
    "seq, story, id, source, url, title, reason, verdict, score, agency, credited, at, origin_id," \
    " origin_url, origin_source, origin_title, origin_published"

int view_write_alert(struct view *v, int64_t seq, struct dupd_buf *out)
{
    struct view_ask a;
    struct json_writer w;
    json_begin(&w, out);
    view_ask_begin(&a, v, "SELECT " ALERT_COLUMNS " FROM alert");
    view_ask_number(&a, " WHERE seq = ?", seq);
    if (view_ask_next(&a) == 1)
        write_alert(&w, a.s);
    int rc = view_ask_end(&a);
    return rc ? rc : json_status(&w);
}

/* An alert does not say its collection: it is that of its story's members, all of them, under the
 * number that the story has by now. */
static void ask_alert_collection(struct view_ask *a, struct dupd_view collection)
{
    view_ask_text(a,
                  " AND (WITH RECURSIVE went(story) AS (SELECT alert.story UNION"
                  " SELECT merged_into FROM story JOIN went USING(story)"
                  " WHERE merged_into IS NOT NULL)"
                  " SELECT item.collection FROM item JOIN went USING(story) LIMIT 1) = ?",
                  collection);
}

int view_alerts(struct view *v, const struct view_filter *f, struct dupd_buf *out)
{
    struct view_ask a;
    struct json_writer w;
    unsigned rows = 0, limit = view_limit(f);
    int64_t last = 0;
    view_ask_begin(&a, v, "SELECT " ALERT_COLUMNS " FROM alert WHERE 1");
    if (!f->copies_only) /* all of them are */
        ask_verdicts(&a, f->verdict, false);
    if (f->collection.len)
        ask_alert_collection(&a, f->collection);
    ask_common(&a, f, "at", "seq");
    view_ask_title(&a, "alert", f->text);
    view_ask_number(&a, " ORDER BY seq DESC LIMIT ?", limit);
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, "alerts");
    json_open(&w, '[');
    for (; view_ask_next(&a) == 1; rows++) {
        write_alert(&w, a.s);
        last = sqlite3_column_int64(a.s, 0);
    }
    json_close(&w, ']');
    write_next(&w, rows, limit, last);
    json_close(&w, '}');
    int rc = view_ask_end(&a);
    return rc ? rc : json_status(&w);
}

/* One table: a name, then counts under the keys given, then the time of the last copy. */
static int write_table(struct view_ask *a, const char *name, const char *const *key, int keys,
                       struct dupd_buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, name);
    json_open(&w, '[');
    while (view_ask_next(a) == 1) {
        json_open(&w, '{');
        view_write_text(&w, "name", a->s, 0);
        for (int i = 0; i < keys; i++)
            write_int(&w, key[i], sqlite3_column_int64(a->s, i + 1));
        view_write_moment(&w, "last_at", sqlite3_column_int64(a->s, keys + 1));
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    int rc = view_ask_end(a);
    return rc ? rc : json_status(&w);
}

int view_agencies(struct view *v, const struct view_filter *f, struct dupd_buf *out)
{
    static const char *const key[] = {"copies", "credited", "uncredited", "outlets", "stories"};
    struct view_ask a;
    view_ask_begin(&a, v,
                   "SELECT agency, count(*) AS copies, total(credited = 1), total(credited = 0),"
                   " count(DISTINCT source), count(DISTINCT story), max(decided)"
                   " FROM item INDEXED BY item_copies WHERE copy = 1 AND agency IS NOT NULL");
    view_ask_number(&a, " AND decided >= ?", f->from_ms);
    view_ask_number(&a, " GROUP BY agency ORDER BY copies DESC, agency LIMIT ?", TABLE_ROWS_MAX);
    return write_table(&a, "agencies", key, 5, out);
}

int view_outlets(struct view *v, const struct view_filter *f, struct dupd_buf *out)
{
    static const char *const key[] = {"copies",  "credited", "uncredited",
                                      "stories", "sources",  "copied_by_others"};
    struct view_ask a;
    view_ask_begin(
        &a, v,
        "WITH took AS (SELECT source AS name, count(*) AS copies, total(credited = 1) AS yes,"
        " total(credited = 0) AS no, count(DISTINCT story) AS stories,"
        " count(DISTINCT origin_source) AS sources, max(decided) AS last"
        " FROM item INDEXED BY item_copies WHERE copy = 1 AND source IS NOT NULL");
    view_ask_number(&a, " AND decided >= ?", f->from_ms);
    view_ask_add(&a, " GROUP BY source), gave AS (SELECT origin_source AS name, count(*) AS given,"
                     " max(decided) AS last FROM item INDEXED BY item_copies WHERE copy = 1"
                     " AND origin_source IS NOT NULL AND origin_source IS NOT source");
    view_ask_number(&a, " AND decided >= ?", f->from_ms);
    view_ask_add(&a, " GROUP BY origin_source) SELECT took.name, copies, yes, no, stories, sources,"
                     " coalesce(given, 0) AS given, took.last FROM took LEFT JOIN gave USING(name)"
                     " UNION ALL SELECT gave.name, 0, 0, 0, 0, 0, given, gave.last FROM gave WHERE"
                     " gave.name NOT IN (SELECT name FROM took)"
                     " ORDER BY copies DESC, given DESC, 1");
    view_ask_number(&a, " LIMIT ?", TABLE_ROWS_MAX);
    return write_table(&a, "outlets", key, 6, out);
}

/* Numbers of the first row of a query, under their keys; nulls are 0. */
static int write_numbers(struct json_writer *w, struct view_ask *a, const char *const *key, int n)
{
    if (view_ask_next(a) == 1)
        for (int i = 0; i < n; i++)
            write_int(w, key[i], sqlite3_column_int64(a->s, i));
    return view_ask_end(a);
}

static int write_by_verdict(struct json_writer *w, struct view *v, int64_t from_ms)
{
    int64_t count[DUPD_VERDICT_COUNT] = {0};
    struct view_ask a;
    view_ask_begin(&a, v, "SELECT verdict, count(*) FROM item INDEXED BY item_decided");
    view_ask_number(&a, " WHERE decided >= ? GROUP BY verdict", from_ms);
    while (view_ask_next(&a) == 1) {
        int verdict = sqlite3_column_int(a.s, 0);
        if (verdict >= 0 && verdict < DUPD_VERDICT_COUNT)
            count[verdict] = sqlite3_column_int64(a.s, 1);
    }
    json_key(w, "verdicts_24h");
    json_open(w, '{');
    for (int i = 0; i < DUPD_VERDICT_COUNT; i++)
        write_int(w, dupd_verdict_name((enum dupd_verdict)i), count[i]);
    json_close(w, '}');
    return view_ask_end(&a);
}

/* Copies of each of the last 24 hours, oldest first: {"at":…,"copies":…,"uncredited":…}. */
static int write_hours(struct json_writer *w, struct view *v, int64_t now_ms)
{
    int64_t copies[24] = {0}, uncredited[24] = {0}, first = now_ms / HOUR_MS - 23;
    struct view_ask a;
    view_ask_begin(&a, v,
                   "SELECT decided / 3600000 AS hour, count(*), total(credited = 0)"
                   " FROM item INDEXED BY item_copies WHERE copy = 1");
    view_ask_number(&a, " AND decided >= ? GROUP BY hour", first * HOUR_MS);
    while (view_ask_next(&a) == 1) {
        int64_t at = sqlite3_column_int64(a.s, 0) - first;
        if (at >= 0 && at < 24) {
            copies[at] = sqlite3_column_int64(a.s, 1);
            uncredited[at] = sqlite3_column_int64(a.s, 2);
        }
    }
    json_key(w, "hours");
    json_open(w, '[');
    for (int i = 0; i < 24; i++) {
        json_open(w, '{');
        view_write_moment(w, "at", (first + i) * HOUR_MS);
        write_int(w, "copies", copies[i]);
        write_int(w, "uncredited", uncredited[i]);
        json_close(w, '}');
    }
    json_close(w, ']');
    return view_ask_end(&a);
}

int view_stats(struct view *v, int64_t now_ms, struct dupd_buf *out)
{
    static const char *const in_all[] = {"rows", "alerts", "copied_stories"};
    static const char *const today[] = {"copies_24h", "agency_copies_24h", "credited_24h",
                                        "uncredited_24h"};
    struct json_writer w;
    struct view_ask a;
    json_begin(&w, out);
    json_open(&w, '{');
    view_ask_begin(&a, v,
                   "SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM alert),"
                   " (SELECT count(*) FROM story WHERE copies > 0)");
    int rc = write_numbers(&w, &a, in_all, 3);
    view_ask_begin(&a, v,
                   "SELECT count(*), count(credited), total(credited = 1), total(credited = 0)"
                   " FROM item INDEXED BY item_copies WHERE copy = 1");
    view_ask_number(&a, " AND decided >= ?", now_ms - DAY_MS);
    int other = write_numbers(&w, &a, today, 4);
    rc = rc ? rc : other;
    other = write_by_verdict(&w, v, now_ms - DAY_MS);
    rc = rc ? rc : other;
    other = write_hours(&w, v, now_ms);
    rc = rc ? rc : other;
    json_close(&w, '}');
    return rc ? rc : json_status(&w);
}
