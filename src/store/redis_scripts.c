/* redis_scripts.c: see redis_scripts.h. The files of lua/ are compiled in. */
#include "store/redis_scripts.h"

enum needs { NOTHING, PLACES, STORIES }; /* each includes those before */

extern const char store_places_lua[], store_stories_lua[];
extern const size_t store_places_lua_len, store_stories_lua_len;
#define SCRIPT_EXTERN(name, file, needs)                                                           \
    extern const char store_##file##_lua[];                                                        \
    extern const size_t store_##file##_lua_len;
REDIS_SCRIPTS(SCRIPT_EXTERN)
#undef SCRIPT_EXTERN

static int add(struct dupd_buf *out, enum needs needs, const char *script, size_t len)
{
    int rc = DUPD_OK;
    if (needs >= PLACES)
        rc = dupd_buf_add(out, store_places_lua, store_places_lua_len);
    if (!rc && needs >= STORIES)
        rc = dupd_buf_add(out, store_stories_lua, store_stories_lua_len);
    return rc ? rc : dupd_buf_add(out, script, len);
}

int redis_script_text(enum redis_script script, struct dupd_buf *out)
{
    switch (script) {
#define SCRIPT_CASE(name, file, needs)                                                             \
    case SCRIPT_##name:                                                                            \
        return add(out, needs, store_##file##_lua, store_##file##_lua_len);
        REDIS_SCRIPTS(SCRIPT_CASE)
#undef SCRIPT_CASE
    case SCRIPT_COUNT:
        break;
    }
    return DUPD_EINVAL;
}
