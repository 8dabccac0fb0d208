/*
 * test_view_reader.c: what may be done with a view on other threads: queries by a reader, and
 * moving its journal; both while it is fed.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "support/view_kit.h"

static void feed_numbered(struct desk *d, int i)
{
    char id[16];
    snprintf(id, sizeof id, "n%d", i);
    feed(d, &(struct piece){id, "alpha", "A title", "identical", NULL, "o", i + 1, -1, 0}, "h",
         NULL);
}

static unsigned rows_of(struct view *reader)
{
    struct desk d = {.v = reader};
    unsigned n = count(verdicts(&d, &(struct view_filter){.limit = 500}), "\"collection\":");
    dupd_buf_close(&d.out);
    return n;
}

static long long bytes_of(const char *dir, const char *name)
{
    char file[128];
    struct stat s;
    snprintf(file, sizeof file, "%s/%s", dir, name);
    return stat(file, &s) ? -1 : (long long)s.st_size;
}

START_TEST(a_reader_shows_what_was_flushed)
{
    struct desk d;
    struct view *reader;
    char dir[64];
    make_dir(dir);
    open_desk(&d, dir, 0);
    ck_assert_int_eq(view_open_reader(&reader, d.v), 0);
    ck_assert_uint_eq(rows_of(reader), 0);
    feed_numbered(&d, 0);
    ck_assert_uint_eq(rows_of(reader), 0);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert_uint_eq(rows_of(reader), 1);
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_story(reader, DUPD_VIEW("1"), (struct dupd_view){0}, &d.out), 0);
    dupd_buf_clear(&d.out);
    ck_assert_int_eq(view_stats(reader, NOW, &d.out), 0);
    ck_assert_ptr_nonnull(strstr(text(&d), "\"rows\":1,"));
    struct view_item item = {VIEW_STORY, {0}, DUPD_VIEW("{}"), {0}, NOW};
    ck_assert_int_ne(view_feed(reader, &item), 0); /* it cannot be written to */
    view_close(reader);
    close_desk(&d);
    remove_dir(dir);
}
END_TEST

START_TEST(one_in_memory_has_no_reader)
{
    struct desk d;
    struct view *reader = NULL;
    open_desk(&d, NULL, 0);
    ck_assert_int_eq(view_open_reader(&reader, d.v), DUPD_ENOENT);
    ck_assert_ptr_null(reader);
    ck_assert(!view_is_checkpoint_due(d.v));
    close_desk(&d);
}
END_TEST

/* The journal grows until somebody moves it, and is begun anew then. */
START_TEST(the_journal_is_moved)
{
    struct desk d;
    char dir[64];
    int i = 0;
    make_dir(dir);
    open_desk(&d, dir, 0);
    while (!view_is_checkpoint_due(d.v)) {
        ck_assert_int_lt(i, 100000);
        feed_numbered(&d, i++);
        if (i % 50 == 0)
            ck_assert_int_eq(view_flush(d.v, NOW), 0);
    }
    long long journal = bytes_of(dir, "view.db-wal"), database = bytes_of(dir, "view.db");
    ck_assert(journal >= (long long)VIEW_JOURNAL_DUE * 4096);
    ck_assert_int_eq(view_checkpoint(d.v), 0);
    ck_assert(bytes_of(dir, "view.db") > database);
    feed_numbered(&d, i++);
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    ck_assert(!view_is_checkpoint_due(d.v));
    ck_assert(bytes_of(dir, "view.db-wal") == journal); /* used again from its beginning */
    close_desk(&d);
    ck_assert(bytes_of(dir, "view.db-wal") <= 0);
    remove_dir(dir);
}
END_TEST

struct others {
    struct view *v, *reader;
    atomic_bool over;
    atomic_uint asked, moved;
};

static void *ask_and_move(void *data)
{
    struct others *o = data;
    struct dupd_buf out = {0};
    while (!atomic_load(&o->over)) {
        dupd_buf_clear(&out);
        bool has_begun = view_read_begin(o->reader) == 0;
        o->asked += has_begun && view_verdicts(o->reader, &(struct view_filter){0}, &out) == 0;
        view_read_end(o->reader);
        o->moved += view_checkpoint(o->v) == 0;
    }
    dupd_buf_close(&out);
    return NULL;
}

START_TEST(threads_do_not_disturb_each_other)
{
    struct desk d;
    struct others o = {0};
    pthread_t thread;
    char dir[64];
    make_dir(dir);
    open_desk(&d, dir, 0);
    ck_assert_int_eq(view_open_reader(&o.reader, d.v), 0);
    o.v = d.v;
    ck_assert_int_eq(pthread_create(&thread, NULL, ask_and_move, &o), 0);
    int fed = 0;
    while (fed < 400 || atomic_load(&o.asked) < 3 || atomic_load(&o.moved) < 3) {
        feed_numbered(&d, fed++);
        if (fed % 10 == 0)
            ck_assert_int_eq(view_flush(d.v, NOW), 0);
    }
    ck_assert_int_eq(view_flush(d.v, NOW), 0);
    atomic_store(&o.over, true);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(rows_of(o.reader), fed < 500 ? (unsigned)fed : 500);
    view_close(o.reader);
    close_desk(&d);
    remove_dir(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("view_reader");
    TCase *t = tcase_create("view_reader");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_reader_shows_what_was_flushed);
    tcase_add_test(t, one_in_memory_has_no_reader);
    tcase_add_test(t, the_journal_is_moved);
    tcase_add_test(t, threads_do_not_disturb_each_other);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
