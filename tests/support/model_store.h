/*
 * model_store.h: store.h as plainly as it can be written, in memory: the oracle beside which real
 * stores are tested, and the store of the engine's own tests.
 *
 * Candidates are found by counting postings in common with every living article; nothing is hashed
 * away, no shingle is ever hot. Everything is exact and slow. Aborts when memory runs out.
 */
#ifndef TESTS_MODEL_STORE_H
#define TESTS_MODEL_STORE_H

#include "store/store.h"

struct store *model_store_new(const struct store_options *options, int64_t now_ms);

/* The nth (1-based) operation of that kind from now on fails with `status`. */
void model_store_fail(struct store *s, enum store_op_kind kind, unsigned nth, int status);

/* Queued operations are performed in an order drawn from `seed` instead of theirs; 0: in order. */
void model_store_shuffle(struct store *s, uint64_t seed);

/* Called with true before each operation is performed and with false before its done is called. */
void model_store_hush(struct store *s, void (*hush)(bool));

/* How many operations of that kind were performed. */
unsigned model_store_count(const struct store *s, enum store_op_kind kind);

/* Alerts published, in order; JSON. */
unsigned model_store_alerts(const struct store *s);
struct dupd_view model_store_alert(const struct store *s, unsigned index);

/* False: put, but never committed. */
bool model_store_is_committed(const struct store *s, uint64_t n);

#endif
