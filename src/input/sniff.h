/*
 * sniff.h: what a file holds, from its first bytes. Pure.
 */
#ifndef INPUT_SNIFF_H
#define INPUT_SNIFF_H

#include "dupd/buf.h"

#define SNIFF_BYTES ((size_t)64 * 1024) /* as much as a decision may look at */

enum sniff { SNIFF_TEXT, SNIFF_HTML, SNIFF_OBJECTS, SNIFF_ARRAY, SNIFF_BINARY };

/* `head`: the first bytes of the file, a byte order mark included. For SNIFF_BINARY *what is "gzip
 * data" or the like (static), for the others NULL. */
enum sniff sniff_content(struct dupd_view head, const char **what);

/* For a file of SNIFF_OBJECTS whose first line (without its end) is `first` and whose next line
 * that is not blank begins with `next` (0 at the end of the file): true when each line is an item
 * of its own. */
bool sniff_is_lines(struct dupd_view first, char next);

#endif
