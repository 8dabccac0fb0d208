/* json_pick.c: looks a member up by reading the object from the front. */
#include "input/json_pick.h"

#include "input/json_read.h"

static bool find(struct dupd_view object, const char *name, struct json_value *v)
{
    struct json_reader r;
    struct json_value key;
    json_start(&r, object);
    if (!json_read_object(&r))
        return false;
    while (json_read_member(&r, &key, v) == 1)
        if (json_string_is(&key, dupd_view_of(name)))
            return true;
    return false;
}

struct dupd_view json_pick(struct dupd_view object, const char *name)
{
    struct json_value v;
    return find(object, name, &v) ? v.raw : (struct dupd_view){0};
}

int json_pick_text(struct dupd_view object, const char *name, struct dupd_buf *out)
{
    struct json_value v;
    if (!find(object, name, &v) || v.kind != JSON_STRING)
        return 0;
    return json_read_string(&v, out);
}
