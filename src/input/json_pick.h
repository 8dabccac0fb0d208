/*
 * json_pick.h: a member of a JSON object that is known to be well-formed.
 */
#ifndef INPUT_JSON_PICK_H
#define INPUT_JSON_PICK_H

#include "dupd/buf.h"

/* The raw value of the member ("null", 0.97, an object), empty if it is not there. */
struct dupd_view json_pick(struct dupd_view object, const char *name);

/* Appends the member's string, decoded; nothing if it is not there or no string. Returns 0 or
 * DUPD_ENOMEM. */
int json_pick_text(struct dupd_view object, const char *name, struct dupd_buf *out);

#endif
