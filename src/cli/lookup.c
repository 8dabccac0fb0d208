/* lookup.c: id -> number -> record. */
#include "cli/lookup.h"

#include "dupd/error.h"
#include "input/json_read.h"

int lookup_fetch(struct cli *cli, struct session *s, const char *id, struct store_fetch *fetch)
{
    const char *collection = cli->settings.collection;
    struct store_lookup find = {.op = {.kind = STORE_LOOKUP},
                                .collection = dupd_view_of(collection),
                                .id = dupd_view_of(id)};
    *fetch = (struct store_fetch){.op = {.kind = STORE_FETCH}, .want_verdict = true};
    int rc = session_do(s, &find.op);
    bool found = rc == 0 && find.found;
    fetch->n = find.n;
    store_release(&find.op);
    if (found) {
        rc = session_do(s, &fetch->op);
        if (rc == 0 && fetch->found)
            return CLI_OK;
        store_release(&fetch->op);
    }
    if (rc)
        return cli_problem(cli, "%s", store_problem(s->store));
    return cli_problem(cli, "%s: no such article in collection %s of %s", id, collection, s->where);
}

/* The raw text of one member, or empty. */
static struct dupd_view member(struct dupd_view object, const char *name)
{
    struct json_reader r;
    struct json_value key, v;
    json_start(&r, object);
    if (!json_read_object(&r))
        return (struct dupd_view){0};
    while (json_read_member(&r, &key, &v) == 1) {
        if (json_string_is(&key, dupd_view_of(name)))
            return v.kind == JSON_NULL ? (struct dupd_view){0} : v.raw;
    }
    return (struct dupd_view){0};
}

struct dupd_view lookup_member(struct dupd_view object, const char *outer, const char *inner)
{
    struct dupd_view v = member(object, outer);
    return inner && v.len ? member(v, inner) : v;
}
