/*
 * test_table.c: the posting table alone: the rules of owners, spilling, taking away, copying, and a
 * file that is damaged in every way.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "dupd/error.h"
#include "store/table.h"
#include "support/store_kit.h"

static const struct table_window all = {1, UINT32_MAX};
static const struct table_identity identity = {.store_id = {1}, .boot_id = {2}, .owners_max = 12};

static struct table in_memory(uint64_t buckets)
{
    struct table t;
    ck_assert_int_eq(table_create(&t, NULL, &identity, buckets), 0);
    return t;
}

static unsigned owners(const struct table *t, uint32_t tag)
{
    uint32_t out[TABLE_OWNERS_LIMIT];
    return table_owners(t, tag, &all, out);
}

static bool owns(const struct table *t, uint32_t tag, uint32_t number)
{
    uint32_t out[TABLE_OWNERS_LIMIT];
    unsigned n = table_owners(t, tag, &all, out);
    for (unsigned i = 0; i < n; i++)
        if (out[i] == number)
            return true;
    return false;
}

START_TEST(first_owners_stay)
{
    struct table t = in_memory(64);
    for (uint32_t n = 1; n <= 30; n++) {
        ck_assert_int_eq(table_post(&t, 7, n, &all), n <= 12 ? TABLE_POSTED : TABLE_HOT);
        if (n <= 12)
            ck_assert_int_eq(table_post(&t, 7, n, &all), TABLE_PRESENT);
    }
    ck_assert_uint_eq(owners(&t, 7), 12);
    ck_assert(owns(&t, 7, 1) && owns(&t, 7, 12) && !owns(&t, 7, 13));
    ck_assert_uint_eq(atomic_load(&t.header->entries), 12);
    ck_assert_uint_eq(atomic_load(&t.header->hot), 18);
    table_close(&t);
}
END_TEST

START_TEST(what_is_out_of_the_window_does_not_count_and_goes_first)
{
    struct table t = in_memory(64);
    for (uint32_t n = 1; n <= 12; n++)
        table_post(&t, 7, n, &all);
    struct table_window later = {9, UINT32_MAX}, snapshot = {9, 10};
    for (uint32_t n = 20; n < 28; n++)
        ck_assert_int_eq(table_post(&t, 7, n, &later), TABLE_POSTED);
    ck_assert_int_eq(table_post(&t, 7, 28, &later), TABLE_HOT);
    ck_assert_uint_eq(owners(&t, 7), 12); /* eight old ones were overwritten */
    ck_assert(!owns(&t, 7, 8) && owns(&t, 7, 9) && owns(&t, 7, 27));
    uint32_t out[TABLE_OWNERS_LIMIT];
    ck_assert_uint_eq(table_owners(&t, 7, &snapshot, out), 2);
    ck_assert_uint_eq(atomic_load(&t.header->entries), 12);
    table_close(&t);
}
END_TEST

/* Tags of one bucket of 64, each its own shingle. */
static uint32_t crowd(uint32_t i)
{
    return (5u << 26) + i;
}

START_TEST(full_buckets_spill_until_there_is_no_place_in_reach)
{
    struct table t = in_memory(64);
    const uint32_t room = TABLE_REACH * TABLE_BUCKET;
    for (uint32_t i = 0; i < room; i++)
        ck_assert_int_eq(table_post(&t, crowd(i), i + 1, &all), TABLE_POSTED);
    ck_assert_int_eq(table_post(&t, crowd(room), 9999, &all), TABLE_REFUSED);
    ck_assert_uint_eq(atomic_load(&t.header->refused), 1);
    ck_assert_uint_eq(atomic_load(&t.header->spilled), room - TABLE_BUCKET);
    for (uint32_t i = 0; i < room; i++)
        ck_assert(owns(&t, crowd(i), i + 1));
    /* Taking one away from a full bucket hides nothing behind it, and makes room for one. */
    table_remove(&t, crowd(3), 4);
    for (uint32_t i = 0; i < room; i++)
        ck_assert(owns(&t, crowd(i), i + 1) == (i != 3));
    ck_assert_uint_eq(atomic_load(&t.header->entries), room - 1);
    ck_assert_int_eq(table_post(&t, crowd(room), 9999, &all), TABLE_POSTED);
    ck_assert_int_eq(table_post(&t, crowd(room + 1), 9999, &all), TABLE_REFUSED);
    /* The last bucket has as much room behind it as any. */
    for (uint32_t i = 0; i < room; i++)
        ck_assert_int_eq(table_post(&t, UINT32_MAX - i, i + 1, &all), TABLE_POSTED);
    ck_assert_int_eq(table_post(&t, UINT32_MAX - room, 9999, &all), TABLE_REFUSED);
    table_close(&t);
}
END_TEST

START_TEST(copying_and_scrubbing_keep_the_rest)
{
    struct table t = in_memory(100), bigger = in_memory(137);
    uint64_t random = 5;
    uint32_t tag[1200];
    for (uint32_t i = 0; i < 1200; i++) {
        tag[i] = (uint32_t)kit_random(&random);
        ck_assert_int_eq(table_post(&t, tag[i], i + 1, &all), TABLE_POSTED);
    }
    table_scrub(&t, 1000);
    ck_assert_uint_eq(atomic_load(&t.header->entries), 1000);
    for (uint32_t i = 0; i < 1200; i++)
        ck_assert(owns(&t, tag[i], i + 1) == (i < 1000));
    ck_assert_uint_eq(table_living(&t, 301), 700);
    table_copy(&bigger, &t, 301);
    ck_assert_uint_eq(atomic_load(&bigger.header->entries), 700);
    for (uint32_t i = 0; i < 1200; i++)
        ck_assert(owns(&bigger, tag[i], i + 1) == (i >= 300 && i < 1000));
    table_close(&t);
    table_close(&bigger);
}
END_TEST

static char *file_in(const char *dir)
{
    char *path = NULL;
    ck_assert_int_gt(asprintf(&path, "%s/postings", dir), 0);
    return path;
}

/* What opening says after byte `at` was changed, and changed back. */
static int with_changed_byte(const char *path, off_t at)
{
    struct table t;
    unsigned char byte;
    int fd = open(path, O_RDWR);
    ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
    byte ^= 0x5a;
    ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    int rc = table_open(&t, path, false);
    table_close(&t);
    byte ^= 0x5a;
    ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    close(fd);
    return rc;
}

START_TEST(a_damaged_file_is_refused)
{
    char *dir = kit_directory(), *path = file_in(dir);
    struct table t;
    struct stat st;
    ck_assert_int_eq(table_open(&t, path, false), DUPD_ENOENT);
    ck_assert_int_eq(table_create(&t, path, &identity, 64), 0);
    table_post(&t, 7, 1, &all);
    table_close(&t);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(table_open(&t, path, true), 0);
    ck_assert(table_agrees(&t, &identity) && owns(&t, 7, 1));
    table_close(&t);
    for (size_t i = 0; i < offsetof(struct table_header, boot_id); i++)
        ck_assert_int_ne(with_changed_byte(path, (off_t)i), 0);
    const off_t sizes[] = {0, 1, 4095, 4096, 4096 + 128, st.st_size - 128, st.st_size - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ck_assert_int_eq(truncate(path, sizes[i]), 0);
        ck_assert_int_eq(table_open(&t, path, false), DUPD_ECORRUPT);
    }
    ck_assert_int_eq(truncate(path, st.st_size + 128), 0);
    ck_assert_int_eq(table_open(&t, path, false), DUPD_ECORRUPT);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_lt(table_open(&t, path, false), 0);
    free(path);
    kit_remove(dir);
}
END_TEST

START_TEST(whose_it_is_and_of_which_boot)
{
    char *dir = kit_directory(), *path = file_in(dir);
    struct table t;
    struct table_identity other_store = identity, other_boot = identity, other_owners = identity;
    other_store.store_id[15] = 1;
    other_boot.boot_id[15] = 1;
    other_owners.owners_max = 11;
    ck_assert_int_eq(table_create(&t, path, &identity, 64), 0);
    ck_assert(table_agrees(&t, &identity));
    ck_assert(!table_agrees(&t, &other_store));
    ck_assert(!table_agrees(&t, &other_boot));
    ck_assert(!table_agrees(&t, &other_owners));
    ck_assert_int_eq(table_end(&t), 0); /* closed cleanly: any boot will do */
    ck_assert(table_agrees(&t, &other_boot));
    ck_assert(!table_agrees(&t, &other_store));
    ck_assert_int_eq(table_begin(&t, &other_boot), 0);
    ck_assert(table_agrees(&t, &other_boot));
    ck_assert(!table_agrees(&t, &identity));
    table_close(&t);
    free(path);
    kit_remove(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("table");
    TCase *t = tcase_create("table");
    tcase_add_test(t, first_owners_stay);
    tcase_add_test(t, what_is_out_of_the_window_does_not_count_and_goes_first);
    tcase_add_test(t, full_buckets_spill_until_there_is_no_place_in_reach);
    tcase_add_test(t, copying_and_scrubbing_keep_the_rest);
    tcase_add_test(t, a_damaged_file_is_refused);
    tcase_add_test(t, whose_it_is_and_of_which_boot);
    suite_add_tcase(s, t);
    return kit_main(s);
}
