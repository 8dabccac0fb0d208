/*
 * test_store_open.c: opening what is not a store, is damaged, newer, locked, read-only or full: the
 * right code, one line that says what and where, and nothing changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "dupd/error.h"
#include "support/store_kit.h"

static char *in(const char *dir, const char *name)
{
    char *path = NULL;
    ck_assert_int_gt(asprintf(&path, "%s/%s", dir, name), 0);
    return path;
}

static void write_file(const char *path, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static void run_sql(const char *dir, const char *sql)
{
    char *path = in(dir, "dupd.db");
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    free(path);
}

/* Opens with those options and expects the code, and all the words in one line. */
static void refused_with(const char *where, struct store_options o, int code, const char *words)
{
    struct store *s = NULL;
    char problem[512];
    int rc = store_open(&s, where, &o, KIT_NOW, problem);
    ck_assert_msg(rc == code, "%s: %d instead of %d: %s", where, rc, code, problem);
    ck_assert_ptr_null(s);
    ck_assert_msg(strstr(problem, words) != NULL, "no '%s' in: %s", words, problem);
    ck_assert_ptr_null(strchr(problem, '\n'));
}

static struct store_options reader(void)
{
    struct store_options o = kit_options();
    o.create = false;
    o.read_only = true;
    return o;
}

/* A store with one article, closed. */
static char *make_store(void)
{
    char *dir = kit_directory();
    uint64_t random = 9;
    struct kit_article a;
    kit_random_article(&a, "a", &random);
    struct store *s = kit_open(dir, kit_options());
    kit_add(s, &a, 0);
    ck_assert_int_eq(store_flush(s), 0);
    store_close(s);
    return dir;
}

static void is_whole(const char *dir)
{
    struct store *s = kit_open_reader(dir);
    struct kit_article a;
    uint64_t random = 9;
    kit_random_article(&a, "a", &random);
    ck_assert_uint_eq(kit_stats(s).articles, 1);
    ck_assert_uint_eq(kit_candidates(s, &a, 0).count, 1);
    store_close(s);
}

START_TEST(what_is_not_there_is_made_only_when_asked)
{
    char *dir = kit_directory(), *deep = in(dir, "a/b?#%41//c/");
    struct store_options no_create = kit_options();
    no_create.create = false;
    refused_with(deep, no_create, DUPD_ENOENT, "no store at");
    refused_with(deep, reader(), DUPD_ENOENT, "no store at");
    refused_with(dir, no_create, DUPD_ENOENT, "no store at");
    ck_assert_int_eq(access(deep, F_OK), -1);
    store_close(kit_open(deep, kit_options()));
    struct stat st;
    ck_assert_int_eq(stat(deep, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0700);
    const char *const files[] = {"a/b?#%41/c/dupd.db", "a/b?#%41/c/postings", "a/b?#%41/c/lock"};
    for (int i = 0; i < 3; i++) {
        char *path = in(dir, files[i]);
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_uint_eq(st.st_mode & 0777, 0600);
        free(path);
    }
    store_close(kit_open_reader(deep));
    char *slashes = NULL; /* what HOME=/ leads to; "file://a" would be a host */
    ck_assert_int_gt(asprintf(&slashes, "/%s", deep), 0);
    store_close(kit_open_reader(slashes));
    free(slashes);
    free(deep);
    kit_remove(dir);
}
END_TEST

START_TEST(other_things_are_not_made_into_stores)
{
    char *dir = kit_directory(), *file = in(dir, "file"), *below = in(dir, "file/x");
    write_file(file, "hello", 5);
    refused_with(dir, kit_options(), DUPD_ENOTSTORE, "not a dupd store");
    refused_with(file, kit_options(), DUPD_ENOTSTORE, "is a file");
    refused_with(below, kit_options(), DUPD_ENOTSTORE, file);
    refused_with("redis://localhost", kit_options(), DUPD_EINVAL, "no such kind");
    refused_with("file:", kit_options(), DUPD_EINVAL, "empty name");
    struct store_options o = kit_options();
    o.owners_max = 0;
    refused_with(dir, o, DUPD_EINVAL, "owners_max");
    char *db = in(dir, "dupd.db");
    write_file(db, "this is no database, but it is long enough to look at", 53);
    refused_with(dir, kit_options(), DUPD_ENOTSTORE, "not a database");
    refused_with(dir, reader(), DUPD_ENOTSTORE, "not a database; restore it");
    unlink(db);
    run_sql(dir, "CREATE TABLE mine(x)");
    refused_with(dir, kit_options(), DUPD_ENOTSTORE, "not a dupd store");
    refused_with(dir, reader(), DUPD_ENOTSTORE, "not a dupd store");
    char read_back[6] = "";
    int fd = open(file, O_RDONLY);
    ck_assert_int_eq(read(fd, read_back, 5), 5);
    close(fd);
    ck_assert_str_eq(read_back, "hello");
    free(db);
    free(file);
    free(below);
    kit_remove(dir);
}
END_TEST

START_TEST(a_store_that_was_being_made_is_made)
{
    char *dir = kit_directory(), *db = in(dir, "dupd.db");
    write_file(db, "", 0);
    refused_with(dir, reader(), DUPD_ENOTSTORE, "is empty");
    store_close(kit_open(dir, kit_options()));
    store_close(kit_open_reader(dir));
    free(db);
    kit_remove(dir);
}
END_TEST

START_TEST(newer_or_different_stores_are_refused)
{
    char *dir = make_store();
    struct store_options o = kit_options();
    o.owners_max = 8;
    refused_with(dir, o, DUPD_EPARAM, "owners_max 12, not 8");
    run_sql(dir, "PRAGMA user_version = 2");
    refused_with(dir, kit_options(), DUPD_EVERSION, "format 2");
    refused_with(dir, reader(), DUPD_EVERSION, "format 2");
    run_sql(dir, "PRAGMA user_version = 1; UPDATE meta SET sketch = 'dupd-sketch-9'");
    refused_with(dir, kit_options(), DUPD_EPARAM, "dupd-sketch-9");
    run_sql(dir, "UPDATE meta SET sketch = 'dupd-sketch-1'");
    is_whole(dir);
    run_sql(dir, "DELETE FROM meta");
    refused_with(dir, kit_options(), DUPD_ECORRUPT, dir);
    run_sql(dir, "DROP TABLE meta");
    refused_with(dir, kit_options(), DUPD_EIO, "meta");
    kit_remove(dir);
}
END_TEST

START_TEST(a_damaged_database_is_an_error_and_not_a_crash)
{
    char *dir = make_store(), *db = in(dir, "dupd.db");
    struct stat st;
    ck_assert_int_eq(stat(db, &st), 0);
    int fd = open(db, O_RDWR);
    char noise[512];
    memset(noise, 0x5a, sizeof noise);
    for (off_t at = 0; at < st.st_size; at += 1024) {
        char saved[512];
        ck_assert_int_eq(pread(fd, saved, sizeof saved, at), sizeof saved);
        ck_assert_int_eq(pwrite(fd, noise, sizeof noise, at), sizeof noise);
        struct store *s = NULL;
        char problem[512];
        struct store_options o = reader();
        if (store_open(&s, dir, &o, KIT_NOW, problem) == 0) {
            struct store_fetch f = {.op.kind = STORE_FETCH, .n = 1};
            kit_do(s, &f.op); /* whatever it says */
            store_release(&f.op);
            store_close(s);
        } else {
            ck_assert_int_gt((int)strlen(problem), 10);
        }
        ck_assert_int_eq(pwrite(fd, saved, sizeof saved, at), sizeof saved);
    }
    close(fd);
    is_whole(dir);
    free(db);
    kit_remove(dir);
}
END_TEST

START_TEST(a_damaged_or_missing_index_is_rebuilt)
{
    char *dir = make_store(), *index = in(dir, "postings");
    struct stat st;
    ck_assert_int_eq(stat(index, &st), 0);
    for (int way = 0; way < 6; way++) {
        if (way == 0)
            ck_assert_int_eq(unlink(index), 0);
        else if (way == 1)
            ck_assert_int_eq(truncate(index, 100), 0);
        else if (way == 2)
            ck_assert_int_eq(truncate(index, st.st_size / 2), 0);
        else if (way == 3)
            write_file(index, "", 0);
        else if (way == 4) { /* another store's */
            char *other = make_store(), *from = in(other, "postings");
            ck_assert_int_eq(rename(from, index), 0);
            free(from);
            kit_remove(other);
        } else { /* an older one of the same store */
            run_sql(dir, "UPDATE meta SET commits = commits + 7");
        }
        is_whole(dir); /* a reader builds its own, and leaves the file alone */
        store_close(kit_open(dir, kit_options()));
        struct stat now;
        ck_assert_int_eq(stat(index, &now), 0);
        ck_assert_int_eq(now.st_size, st.st_size);
        is_whole(dir);
    }
    free(index);
    kit_remove(dir);
}
END_TEST

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    int fd = open(from, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ssize_t n = read(fd, bytes, sizeof bytes);
    ck_assert(n > 0 && n < (ssize_t)sizeof bytes);
    close(fd);
    write_file(to, bytes, (size_t)n);
}

/* Entries have no checksum: any bytes there lead to no crash, and to numbers that fetch may not
 * know. */
START_TEST(garbage_among_the_postings_does_no_harm)
{
    char *dir = make_store(), *index = in(dir, "postings");
    struct stat st;
    uint64_t random = 31;
    ck_assert_int_eq(stat(index, &st), 0);
    int fd = open(index, O_RDWR);
    for (off_t at = 4096; at < st.st_size; at += 8) {
        uint64_t entry = kit_random(&random) >> (kit_random(&random) & 32);
        ck_assert_int_eq(pwrite(fd, &entry, sizeof entry, at), sizeof entry);
    }
    close(fd);
    struct store *s = kit_open(dir, kit_options());
    for (int i = 0; i < 60; i++) {
        struct kit_article a;
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        kit_random_article(&a, id, &random);
        kit_add(s, &a, 0);
        struct store_candidates c = kit_candidates(s, &a, 0);
        for (uint32_t k = 0; k < c.count; k++) {
            struct store_fetch f = {.op.kind = STORE_FETCH, .n = c.found[k].n};
            ck_assert_int_eq(kit_do(s, &f.op), 0); /* found or not */
            store_release(&f.op);
        }
    }
    ck_assert_int_eq(store_flush(s), 0);
    store_close(s);
    free(index);
    kit_remove(dir);
}
END_TEST

/* The database comes back from a backup; the table is of a later day. */
START_TEST(an_index_that_knows_more_than_the_database_is_rebuilt)
{
    char *dir = make_store(), *db = in(dir, "dupd.db"), *backup = in(dir, "backup");
    copy_file(db, backup);
    struct store *s = kit_open(dir, kit_options());
    struct store_forget f = {.op.kind = STORE_FORGET, .id = DUPD_VIEW("a")};
    ck_assert_int_eq(kit_do(s, &f.op), 0);
    ck_assert(f.found);
    uint64_t random = 123;
    struct kit_article b;
    kit_random_article(&b, "b", &random);
    kit_add(s, &b, 0);
    kit_add(s, &b, 0);
    store_close(s);
    copy_file(backup, db);
    store_close(kit_open(dir, kit_options()));
    is_whole(dir);
    s = kit_open_reader(dir);
    ck_assert_uint_eq(kit_candidates(s, &b, 0).count, 0);
    store_close(s);
    free(db);
    free(backup);
    kit_remove(dir);
}
END_TEST

START_TEST(one_writer_and_many_readers)
{
    char *dir = make_store();
    struct store *w = kit_open(dir, kit_options());
    char words[64];
    snprintf(words, sizeof words, "by process %ld", (long)getpid());
    refused_with(dir, kit_options(), DUPD_EBUSY, words);
    is_whole(dir);
    struct store *r = kit_open_reader(dir);
    uint64_t random = 1;
    struct kit_article a;
    kit_random_article(&a, "new", &random);
    kit_add(w, &a, 0);
    ck_assert_int_eq(store_flush(w), 0);
    ck_assert(!kit_lookup(r, "new").found); /* one snapshot */
    ck_assert_uint_eq(kit_candidates(r, &a, 0).count, 0);
    ck_assert_uint_eq(kit_stats(r).articles, 1);
    ck_assert_int_eq(store_flush(r), 0); /* the next */
    ck_assert(kit_lookup(r, "new").found);
    ck_assert_uint_eq(kit_candidates(r, &a, 0).count, 1);
    int rc;
    kit_try_put(r, &a, &rc);
    ck_assert_int_eq(rc, DUPD_EREADONLY);
    ck_assert_ptr_nonnull(strstr(store_problem(r), "for reading only"));
    store_close(w);
    store_close(r);
    store_close(kit_open(dir, kit_options())); /* the lock is gone with its holder */
    kit_remove(dir);
}
END_TEST

/* A small file system of our own, or false where that is not allowed. */
static bool mount_small(const char *dir, const char *size)
{
    return geteuid() == 0 && mount("none", dir, "tmpfs", 0, size) == 0;
}

START_TEST(a_read_only_disk_can_be_read)
{
    char *dir = kit_directory(), *store = in(dir, "store"), *wal = in(dir, "store/dupd.db-wal"),
         *shm = in(dir, "store/dupd.db-shm");
    if (mount_small(dir, "size=8m")) {
        struct store *s = kit_open(store, kit_options());
        struct kit_article a;
        uint64_t random = 9;
        kit_random_article(&a, "a", &random);
        kit_add(s, &a, 0);
        store_close(s);
        for (int copied = 0; copied < 2; copied++) {
            ck_assert_int_eq(mount("none", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
            is_whole(store);
            refused_with(store, kit_options(), DUPD_EREADONLY, store);
            ck_assert_int_eq(mount("none", dir, "tmpfs", MS_REMOUNT, NULL), 0);
            unlink(wal); /* a copy of the database alone */
            unlink(shm);
        }
        ck_assert_int_eq(umount2(dir, MNT_DETACH), 0);
    }
    free(store);
    free(wal);
    free(shm);
    kit_remove(dir);
}
END_TEST

/* Adds articles until one is refused, flushing every few. Returns how many are acknowledged. */
static uint64_t add_until_full(struct store *s, uint64_t seed, int *code)
{
    uint64_t acknowledged = 0, random = seed;
    struct kit_article a;
    for (uint64_t i = 0; i < 100000; i++) {
        char id[32];
        snprintf(id, sizeof id, "%u-%u", (unsigned)seed, (unsigned)i);
        kit_random_article(&a, id, &random);
        uint64_t n = kit_try_put(s, &a, code);
        struct store_commit c = kit_commit(&a, n, 0);
        if (!*code)
            *code = kit_do(s, &c.op);
        if (!*code && i % 8 == 7) {
            *code = store_flush(s);
            acknowledged += *code ? 0 : 8;
        }
        if (*code)
            break;
    }
    return acknowledged;
}

START_TEST(a_full_disk_is_said_and_loses_nothing)
{
    char *dir = kit_directory(), *store = in(dir, "store");
    if (mount_small(dir, "size=3m")) {
        struct store *s = kit_open(store, kit_options());
        int code = 0;
        uint64_t kept = add_until_full(s, 3, &code);
        ck_assert_int_eq(code, DUPD_EFULL);
        ck_assert_ptr_nonnull(strstr(store_problem(s), "make room"));
        ck_assert_uint_gt(kept, 100);
        ck_assert(kit_lookup(s, "3-0").found); /* still answers */
        store_close(s);
        ck_assert_int_eq(mount("none", dir, "tmpfs", MS_REMOUNT, "size=16m"), 0);
        s = kit_open(store, kit_options());
        ck_assert_uint_ge(kit_stats(s).articles, kept);
        for (uint64_t i = 0; i < kept; i++) {
            char id[32];
            snprintf(id, sizeof id, "3-%u", (unsigned)i);
            ck_assert_msg(kit_lookup(s, id).found, "%s of %u is lost", id, (unsigned)kept);
        }
        struct kit_article a;
        uint64_t random = 77;
        kit_random_article(&a, "after", &random);
        kit_add(s, &a, 0);
        ck_assert_int_eq(store_flush(s), 0);
        store_close(s);
        ck_assert_int_eq(umount2(dir, MNT_DETACH), 0);
    }
    free(store);
    kit_remove(dir);
}
END_TEST

/* In a child, since the limit is the process's: files may not grow beyond 1 MiB. */
START_TEST(a_size_limit_is_like_a_full_disk)
{
    char *dir = make_store();
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {1 << 20, 1 << 20};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        struct store *s = NULL;
        char problem[512];
        struct store_options o = kit_options();
        int code = store_open(&s, dir, &o, KIT_NOW, problem);
        if (!code) {
            add_until_full(s, 4, &code);
            bool reads = kit_lookup(s, "a").found;
            store_close(s);
            _exit(reads && (code == DUPD_EFULL || code == DUPD_EIO) ? 0 : 1);
        }
        _exit(2);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct store *s = kit_open(dir, kit_options());
    ck_assert(kit_lookup(s, "a").found);
    store_close(s);
    kit_remove(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store_open");
    TCase *t = tcase_create("open");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, what_is_not_there_is_made_only_when_asked);
    tcase_add_test(t, other_things_are_not_made_into_stores);
    tcase_add_test(t, a_store_that_was_being_made_is_made);
    tcase_add_test(t, newer_or_different_stores_are_refused);
    tcase_add_test(t, a_damaged_database_is_an_error_and_not_a_crash);
    tcase_add_test(t, a_damaged_or_missing_index_is_rebuilt);
    tcase_add_test(t, garbage_among_the_postings_does_no_harm);
    tcase_add_test(t, an_index_that_knows_more_than_the_database_is_rebuilt);
    tcase_add_test(t, one_writer_and_many_readers);
    tcase_add_test(t, a_read_only_disk_can_be_read);
    tcase_add_test(t, a_full_disk_is_said_and_loses_nothing);
    tcase_add_test(t, a_size_limit_is_like_a_full_disk);
    suite_add_tcase(s, t);
    return kit_main(s);
}
