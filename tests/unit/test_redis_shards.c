/*
 * test_redis_shards.c: what an entry of a shard says. In a generation of any number of shards two
 * tags of one shard have different entries: what a short entry leaves out, the shard tells.
 */
#include <check.h>
#include <stdlib.h>

#include "store/redis_state.h"

#define TRIES 100000

static uint64_t random_state = 7;

static uint32_t draw(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 32);
}

/* Do the entries of the two tags with the same number differ? */
static bool differ(uint64_t shards, uint32_t a, uint32_t b)
{
    unsigned char x[SHARD_ENTRY_MAX], y[SHARD_ENTRY_MAX];
    unsigned size = redis_shard_pack(shards, a, 9, x);
    return size == redis_shard_pack(shards, b, 9, y) && size == redis_shard_entry(shards) &&
           memcmp(x, y, size) != 0;
}

/* The first tag that falls in the shard. */
static uint64_t first_of(uint64_t shards, uint64_t shard)
{
    return ((shard << 32) + shards - 1) / shards;
}

/* A tag, those at both ends of its shard and another one of it, each against the others. */
static bool are_told_apart(uint64_t shards)
{
    struct redis_generation g = {.shards = shards};
    uint32_t tag[4] = {draw()};
    uint64_t shard = redis_shard_of(&g, tag[0]);
    uint64_t first = first_of(shards, shard), end = first_of(shards, shard + 1);
    tag[1] = (uint32_t)first;
    tag[2] = (uint32_t)(end - 1);
    tag[3] = (uint32_t)(first + draw() % (end - first));
    for (unsigned i = 0; i < 4; i++) {
        if (redis_shard_of(&g, tag[i]) != shard)
            return false;
        for (unsigned k = 0; k < i; k++)
            if (tag[i] != tag[k] && !differ(shards, tag[i], tag[k]))
                return false;
    }
    return true;
}

START_TEST(two_tags_of_a_shard_have_different_entries)
{
    static const uint64_t counts[] = {1,     16,       64,      65535,    65536,     65537,
                                      99999, 1u << 20, 1048583, 1u << 24, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        unsigned wrong = 0;
        for (unsigned k = 0; k < TRIES; k++)
            wrong += !are_told_apart(counts[i]);
        ck_assert_msg(wrong == 0, "%llu shards: %u", (unsigned long long)counts[i], wrong);
    }
}
END_TEST

START_TEST(an_entry_ends_with_the_number)
{
    unsigned char entry[SHARD_ENTRY_MAX];
    ck_assert_uint_eq(redis_shard_pack(65536, 0x89abcdef, 0x01020304, entry), SHARD_ENTRY_SHORT);
    ck_assert_int_eq(memcmp(entry, "\xcd\xef\1\2\3\4", 6), 0);
    ck_assert_uint_eq(redis_shard_pack(65535, 0x89abcdef, 0x01020304, entry), SHARD_ENTRY_MAX);
    ck_assert_int_eq(memcmp(entry, "\x89\xab\xcd\xef\1\2\3\4", 8), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_shards");
    TCase *t = tcase_create("redis_shards");
    tcase_add_test(t, two_tags_of_a_shard_have_different_entries);
    tcase_add_test(t, an_entry_ends_with_the_number);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
