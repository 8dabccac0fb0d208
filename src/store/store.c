/*
 * store.c: which store a name means, and what all stores have in common.
 */
#include "store/store.h"

#include <stdio.h>

#include "store/embedded.h"

void store_options_default(struct store_options *o)
{
    *o = (struct store_options){.lock_wait_s = 10,
                                .window_s = INT64_C(30) * 86400,
                                .owners_max = 12,
                                .furniture_stories = 3,
                                .furniture_paragraphs = 4096,
                                .furniture_outlets = 65536,
                                .batch = 256};
}

static bool options_are_valid(const struct store_options *o, char problem[512])
{
    if (o->owners_max >= 1 && o->owners_max <= TABLE_OWNERS_LIMIT && o->window_s >= 0 &&
        o->window_s <= INT64_MAX / 1000 && o->furniture_stories >= 1 &&
        o->furniture_stories <= 64 && o->furniture_paragraphs >= 8 && o->furniture_outlets >= 1 &&
        o->batch >= 1 && o->batch <= 65536)
        return true;
    snprintf(
        problem, 512,
        "store options out of range: owners_max 1 to %u, window_s from 0, furniture_stories 1 to"
        " 64, furniture_paragraphs from 8, furniture_outlets from 1, batch 1 to 65536",
        TABLE_OWNERS_LIMIT);
    return false;
}

int store_open(struct store **out, const char *where, const struct store_options *options,
               int64_t now_ms, char problem[512])
{
    *out = NULL;
    problem[0] = 0;
    if (strncmp(where, "file:", 5) == 0) {
        where += 5;
    } else if (strstr(where, "://")) {
        snprintf(problem, 512, "%.200s: no such kind of store; use file:DIR or a directory", where);
        return DUPD_EINVAL;
    }
    if (!*where) {
        snprintf(problem, 512, "the store has an empty name; use file:DIR or a directory");
        return DUPD_EINVAL;
    }
    if (!options_are_valid(options, problem))
        return DUPD_EINVAL;
    return embedded_open(out, where, options, now_ms, problem);
}

void store_release(struct store_op *op)
{
    dupd_buf_close(&op->memory);
}
