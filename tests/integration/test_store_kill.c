/*
 * test_store_kill.c: writers that are killed, and readers in another process. Whatever flush said 0
 * for is there and is found; no number is given twice; the table holds what the database holds.
 */
#include <signal.h>
#include <sys/wait.h>

#include "dupd/error.h"
#include "support/store_kit.h"

#define POSTINGS (KIT_SHINGLES / 2 + 1) /* of an article of the kit */

/* What the writer tells: a number that was given, or how many articles are acknowledged. */
struct message {
    uint64_t number, acknowledged;
};

static void article(struct kit_article *a, uint64_t i)
{
    char id[32];
    uint64_t random = i * 2 + 1;
    snprintf(id, sizeof id, "a%llu", (unsigned long long)i);
    kit_random_article(a, id, &random);
}

static void tell(int fd, struct message m)
{
    if (write(fd, &m, sizeof m) != (ssize_t)sizeof m)
        _exit(3);
}

enum last_deed { NEVER, AFTER_PUT, AFTER_COMMIT, AFTER_FLUSH };

/* Adds articles from `first` on, 7 to a flush, and with `deed` kills itself at article `last`. */
static void write_and_die(const char *dir, int fd, uint64_t first, uint64_t last,
                          enum last_deed deed)
{
    struct store_options o = kit_options();
    o.batch = 5;
    struct store *s = kit_open(dir, o);
    for (uint64_t i = first;; i++) {
        struct kit_article a;
        article(&a, i);
        uint64_t n = kit_put(s, &a);
        tell(fd, (struct message){.number = n});
        if (i == last && deed == AFTER_PUT)
            raise(SIGKILL);
        struct store_commit c = kit_commit(&a, n, 0);
        if (kit_do(s, &c.op))
            _exit(4);
        if (i == last && deed == AFTER_COMMIT)
            raise(SIGKILL);
        if (i % 7 == 6) {
            if (store_flush(s))
                _exit(5);
            tell(fd, (struct message){.acknowledged = i + 1});
        }
        if (i == last && deed == AFTER_FLUSH)
            raise(SIGKILL);
    }
}

struct history {
    uint64_t acknowledged; /* articles below are */
    uint64_t newest;       /* the largest number given so far */
};

/* Reads what a writer tells until it is gone; kills it at message `kill_at`. */
static void follow(pid_t child, int fd, unsigned kill_at, struct history *h)
{
    struct message m;
    uint64_t before = h->newest;
    for (unsigned i = 1; read(fd, &m, sizeof m) == (ssize_t)sizeof m; i++) {
        if (m.number) {
            ck_assert_uint_gt(m.number, before);
            ck_assert_uint_gt(m.number, h->newest);
            h->newest = m.number;
        } else {
            h->acknowledged = m.acknowledged;
        }
        if (i == kill_at)
            kill(child, SIGKILL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Everything acknowledged is there. Returns where the next writer goes on. */
static uint64_t inspect(struct store *s, const struct history *h, uint64_t *random)
{
    struct store_stats t = kit_stats(s);
    ck_assert_uint_ge(t.articles, h->acknowledged);
    ck_assert_uint_eq(t.index_entries, t.articles * POSTINGS);
    for (uint64_t i = 0; i < h->acknowledged; i++) {
        struct kit_article a;
        article(&a, i);
        ck_assert_msg(kit_lookup(s, a.id).found, "%s is lost", a.id);
    }
    for (int i = 0; i < 50; i++) { /* and found, once */
        struct kit_article a;
        article(&a, kit_random(random) % t.articles);
        struct store_candidates c = kit_candidates(s, &a, 0);
        ck_assert_uint_eq(c.count, 1);
        ck_assert_uint_eq(c.found[0].n, kit_lookup(s, a.id).n);
        ck_assert_uint_eq(c.found[0].shared, KIT_SHINGLES / 2);
    }
    return t.articles;
}

static void one_life(const char *dir, uint64_t first, unsigned kill_at, uint64_t last,
                     enum last_deed deed, struct history *h)
{
    int fd[2];
    ck_assert_int_eq(pipe(fd), 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(fd[0]);
        write_and_die(dir, fd[1], first, last, deed);
    }
    close(fd[1]);
    follow(child, fd[0], kill_at, h);
    close(fd[0]);
}

START_TEST(a_killed_writer_loses_nothing_that_was_acknowledged)
{
    char *dir = kit_directory();
    struct history h = {0, 0};
    uint64_t random = 11, first = 0;
    for (int round = 0; round < 16; round++) {
        if (round % 4 < 3) /* at a point of its choice */
            one_life(dir, first, 0, first + kit_random(&random) % 200,
                     (enum last_deed)(round % 4 + 1), &h);
        else /* at any moment */
            one_life(dir, first, 1 + (unsigned)(kit_random(&random) % 400), 0, NEVER, &h);
        struct store *r = kit_open_reader(dir); /* finds its way before any writer has been there */
        ck_assert_uint_ge(kit_stats(r).articles, h.acknowledged);
        store_close(r);
        struct store *s = kit_open(dir, kit_options());
        first = inspect(s, &h, &random);
        store_close(s);
    }
    ck_assert_uint_gt(h.newest, 100);
    kit_remove(dir);
}
END_TEST

START_TEST(numbers_of_a_lost_batch_are_not_used_again)
{
    char *dir = kit_directory();
    struct history h = {0, 0};
    one_life(dir, 0, 0, 3, AFTER_PUT, &h);
    ck_assert_uint_eq(h.newest, 4);
    struct store *s = kit_open(dir, kit_options());
    ck_assert_uint_eq(kit_stats(s).articles, 0);
    ck_assert_uint_eq(kit_stats(s).index_entries, 0);
    struct kit_article a;
    article(&a, 0);
    uint64_t n = kit_add(s, &a, 0);
    ck_assert_uint_gt(n, 4);
    store_close(s);
    s = kit_open(dir, kit_options()); /* closed cleanly, none is wasted */
    article(&a, 1);
    ck_assert_uint_eq(kit_add(s, &a, 0), n + 1);
    store_close(s);
    kit_remove(dir);
}
END_TEST

/* A writer that adds `count` articles and ends well, in a process of its own. */
static void add_in_child(const char *dir, uint64_t first, uint64_t count)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct store *s = kit_open(dir, kit_options());
        for (uint64_t i = first; i < first + count; i++) {
            struct kit_article a;
            article(&a, i);
            kit_add(s, &a, 0);
        }
        store_close(s);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

START_TEST(a_reader_goes_on_while_the_table_grows)
{
    char *dir = kit_directory();
    add_in_child(dir, 0, 10);
    struct store *r = kit_open_reader(dir);
    uint64_t size = kit_stats(r).index_bytes;
    for (uint64_t first = 10; first < 1000; first += 330) {
        add_in_child(dir, first, 330);
        for (uint64_t i = 0; i < first; i += 5) {
            struct kit_article a;
            article(&a, i);
            struct store_candidates c = kit_candidates(r, &a, 0);
            ck_assert_uint_eq(c.count, 1);
            ck_assert_uint_eq(c.found[0].shared, KIT_SHINGLES / 2);
        }
        struct kit_article later;
        article(&later, first);
        ck_assert_uint_eq(kit_candidates(r, &later, 0).count, 0); /* not in its snapshot */
        ck_assert_int_eq(store_flush(r), 0);
        ck_assert_uint_eq(kit_candidates(r, &later, 0).count, 1);
    }
    ck_assert_uint_gt(kit_stats(r).index_bytes, size);
    store_close(r);
    kit_remove(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store_kill");
    TCase *t = tcase_create("kill");
    tcase_set_timeout(t, 100);
    tcase_add_test(t, a_killed_writer_loses_nothing_that_was_acknowledged);
    tcase_add_test(t, numbers_of_a_lost_batch_are_not_used_again);
    tcase_add_test(t, a_reader_goes_on_while_the_table_grows);
    suite_add_tcase(s, t);
    return kit_main(s);
}
