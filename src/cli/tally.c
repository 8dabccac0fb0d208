/* tally.c: counting by sorting: one pass, no table to size. */
#include "cli/tally.h"

#include <stdlib.h>

#include "dupd/error.h"

void tally_close(struct tally *t)
{
    dupd_buf_close(&t->names);
    dupd_buf_close(&t->ends);
}

int tally_add(struct tally *t, struct dupd_view name)
{
    size_t end = t->names.len + name.len;
    int rc = dupd_buf_reserve(&t->ends, sizeof end);
    rc = rc ? rc : dupd_buf_add_view(&t->names, name);
    return rc ? rc : dupd_buf_add(&t->ends, &end, sizeof end);
}

struct dupd_view tally_name(const struct tally *t, size_t i)
{
    size_t begin = 0, end;
    if (i > 0)
        memcpy(&begin, t->ends.ptr + (i - 1) * sizeof begin, sizeof begin);
    memcpy(&end, t->ends.ptr + i * sizeof end, sizeof end);
    return (struct dupd_view){end > begin ? t->names.ptr + begin : "", end - begin};
}

static int compare_names(struct dupd_view a, struct dupd_view b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static int by_name(const void *a, const void *b)
{
    return compare_names(*(const struct dupd_view *)a, *(const struct dupd_view *)b);
}

/* Puts an entry into the list of the best, which is kept in order. */
static size_t insert(struct tally_entry *best, size_t count, size_t most, struct tally_entry e)
{
    size_t at = count;
    while (at > 0 && best[at - 1].count < e.count)
        at--;
    if (at == most)
        return count;
    size_t moved = (count < most ? count : most - 1) - at;
    memmove(best + at + 1, best + at, moved * sizeof *best);
    best[at] = e;
    return count < most ? count + 1 : count;
}

int tally_top(const struct tally *t, struct tally_entry *out, size_t most)
{
    size_t n = t->ends.len / sizeof(size_t), found = 0;
    if (n == 0 || most == 0)
        return 0;
    struct dupd_view *name = malloc(n * sizeof *name);
    if (!name)
        return DUPD_ENOMEM;
    for (size_t i = 0; i < n; i++)
        name[i] = tally_name(t, i);
    qsort(name, n, sizeof *name, by_name);
    for (size_t i = 0; i < n;) {
        struct tally_entry e = {name[i], 0};
        for (; i < n && dupd_view_equal(name[i], e.name); i++)
            e.count++;
        found = insert(out, found, most, e);
    }
    free(name);
    return (int)found;
}
