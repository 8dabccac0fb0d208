/* redis_scripts.c: see redis_scripts.h. The files of lua/ are compiled in. */
#include "store/redis_scripts.h"

extern const char store_common_lua[];
extern const size_t store_common_lua_len;
#define SCRIPT_EXTERN(name, file)                                                                  \
    extern const char store_##file##_lua[];                                                        \
    extern const size_t store_##file##_lua_len;
REDIS_SCRIPTS(SCRIPT_EXTERN)
#undef SCRIPT_EXTERN

int redis_script_text(enum redis_script script, struct dupd_buf *out)
{
    int rc = dupd_buf_add(out, store_common_lua, store_common_lua_len);
    switch (script) {
#define SCRIPT_CASE(name, file)                                                                    \
    case SCRIPT_##name:                                                                            \
        return rc ? rc : dupd_buf_add(out, store_##file##_lua, store_##file##_lua_len);
        REDIS_SCRIPTS(SCRIPT_CASE)
#undef SCRIPT_CASE
    case SCRIPT_COUNT:
        break;
    }
    return DUPD_EINVAL;
}
