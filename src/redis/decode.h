/*
 * decode.h: bytes to replies: hiredis's reader with replies in memory of our own. Internal.
 */
#ifndef REDIS_DECODE_H
#define REDIS_DECODE_H

#include <hiredis/hiredis.h>

#include "dupd/buf.h"

struct decoder;

/* `reply_max`: bytes that one reply may take, as it comes and decoded. NULL: no memory. */
struct decoder *decoder_new(size_t reply_max);
void decoder_free(struct decoder *d);

/* Takes bytes as they came and calls on_reply for each reply that is complete; the reply is
 * borrowed until on_reply returns, which returns false to have no more (what is left of the bytes
 * is dropped then). Returns 0, or DUPD_ESYNTAX, DUPD_ETOOBIG, DUPD_ENOMEM with one line in
 * problem; the decoder can only be freed after that. on_reply must not free the decoder. */
int decoder_feed(struct decoder *d, struct dupd_view bytes,
                 bool (*on_reply)(void *data, const redisReply *reply), void *data,
                 char problem[128]);

#endif
