/*
 * lookup.h: an article of the store by its id.
 */
#ifndef CLI_LOOKUP_H
#define CLI_LOOKUP_H

#include "cli/session.h"

/* Fetches the article with this id of the collection of the settings. *fetch lives until
 * store_release(&fetch->op). Returns CLI_OK, or CLI_TROUBLE after saying why. */
int lookup_fetch(struct cli *cli, struct session *s, const char *id, struct store_fetch *fetch);

/* The value of a member of a JSON object of our own, at most two names deep ("origin", "id"; inner
 * may be NULL): a string without its marks and still escaped, or the text of another value; empty
 * when it is not there or null. */
struct dupd_view lookup_member(struct dupd_view object, const char *outer, const char *inner);

#endif
