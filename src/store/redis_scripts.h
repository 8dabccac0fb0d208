/*
 * redis_scripts.h: the texts of the Lua scripts, as they are in the program.
 */
#ifndef STORE_REDIS_SCRIPTS_H
#define STORE_REDIS_SCRIPTS_H

#include "store/redis_state.h"

/* Appends the whole script (what it needs, then its own file). Returns 0 or DUPD_ENOMEM. */
int redis_script_text(enum redis_script script, struct dupd_buf *out);

#endif
