/*
 * stored.h: an article as it comes out of any store: its record read and validated, its text
 * unpacked, all of it in the memory of the operation that asked.
 */
#ifndef STORE_STORED_H
#define STORE_STORED_H

#include "store/pack.h"
#include "store/store.h"

/* Copies the record and the verdict (may be empty) into op->op.memory, unpacks the text behind
 * them, and points op->record and op->verdict there. Returns 0, DUPD_ECORRUPT, DUPD_EVERSION or
 * DUPD_ENOMEM. */
int stored_open(struct store_fetch *op, struct pack *pack, struct dupd_view record,
                struct dupd_view verdict);

#endif
