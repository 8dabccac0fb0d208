/*
 * charset.h: pages in the encodings that the core does not read, to UTF-8.
 */
#ifndef INPUT_CHARSET_H
#define INPUT_CHARSET_H

#include "dupd/buf.h"

/* *out: the page in UTF-8, which lies in `store` (emptied first); or `page` itself when
 * dupd_html_extract reads its encoding, or the system cannot convert it. U+FFFD for what is
 * malformed. Returns 0 or DUPD_ENOMEM. Thread-safe. */
int charset_to_utf8(struct dupd_view page, struct dupd_buf *store, struct dupd_view *out);

#endif
