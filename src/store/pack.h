/*
 * pack.h: the text of a record, compressed (zstd) and back.
 *
 * Contexts are made on first use and reused: making one costs more than packing an article. One to
 * unpack belongs to a struct pack, which one thread uses at a time; zero-initialised is valid. One
 * to pack belongs to each thread that packs.
 */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include "dupd/buf.h"

#define PACK_TEXT_MAX (256u << 20) /* bytes of a text; a record that claims more is damaged */

struct pack {
    void *expand; /* ZSTD_DCtx */
};

void pack_init(struct pack *p);
void pack_close(struct pack *p);

/* Replaces out with the packed form of text and sets *encoding (enum dupd_text_encoding): raw where
 * packing would not make it smaller. Any thread; about 20 us for 3 kB. Returns 0, DUPD_ENOMEM or
 * DUPD_ETOOBIG (more than PACK_TEXT_MAX). */
int pack_text(struct dupd_view text, struct dupd_buf *out, uint8_t *encoding);

/* Appends the text to out. It must have exactly text_len bytes and be clean in the sense of
 * dupd/text.h, however it is packed. About 8 us for 3 kB. Returns 0, DUPD_ENOMEM or DUPD_ECORRUPT
 * (out is then as it was). */
int pack_unpack(struct pack *p, uint8_t encoding, struct dupd_view packed, uint32_t text_len,
                struct dupd_buf *out);

#endif
