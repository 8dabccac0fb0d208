/* outcome.c: see outcome.h. */
#include "support/outcome.h"

#include <stdio.h>
#include <stdlib.h>

struct outcome_item {
    char id[64];
    uint64_t n;
    struct store_place place;
};

static void note(struct store_op *op)
{
    *(bool *)op->data = true;
}

static void perform(struct store *s, struct store_op *op, enum store_op_kind kind)
{
    bool done = false;
    op->kind = kind;
    op->done = note;
    op->data = &done;
    store_submit(s, op);
    while (!done)
        store_run(s);
    if (op->status)
        abort();
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct outcome_item *)a)->id, ((const struct outcome_item *)b)->id);
}

static size_t collect(struct store *s, struct outcome_item **out)
{
    struct outcome_item *item = NULL;
    size_t count = 0;
    struct store_list list = {0};
    for (;;) {
        perform(s, &list.op, STORE_LIST);
        if (!list.found)
            break;
        item = realloc(item, (count + 1) * sizeof *item);
        if (!item)
            abort();
        struct outcome_item *new = &item[count++];
        snprintf(new->id, sizeof new->id, "%.*s", (int)list.id.len, list.id.ptr);
        new->n = list.n;
        struct store_fetch fetch = {.n = list.n};
        perform(s, &fetch.op, STORE_FETCH);
        new->place = fetch.place;
        store_release(&fetch.op);
        list.after = list.n;
    }
    store_release(&list.op);
    *out = item;
    return count;
}

void outcome_write(struct store *s, struct dupd_buf *out)
{
    struct outcome_item *item;
    size_t count = collect(s, &item);
    if (count)
        qsort(item, count, sizeof *item, by_id);
    for (size_t i = 0; i < count; i++) {
        const char *story = "?", *origin = "?";
        for (size_t k = count; k-- > 0;) {
            if (item[k].place.story == item[i].place.story)
                story = item[k].id;
            if (item[k].n == item[i].place.origin)
                origin = item[k].id;
        }
        if (dupd_buf_addf(out, "%s %s %s %s\n", item[i].id, story, origin,
                          item[i].place.copy ? "copy" : "-"))
            abort();
    }
    free(item);
}
