/*
 * pipeline.h: work on many items in parallel, results in the order of the input.
 *
 *   next (serial) --slot--> work (N threads) --slot--> consume (the caller's thread, in order)
 *
 * Slots form a ring: a slot is filled by next, worked on, consumed, then filled again, so that what
 * it allocated is reused. Whatever the number of threads, consume sees the same items in the same
 * order: output that is written there does not depend on --threads.
 */
#ifndef ENGINE_PIPELINE_H
#define ENGINE_PIPELINE_H

#include <stddef.h>

struct pipeline {
    unsigned threads; /* workers; 0: everything happens on the caller's thread */
    size_t slots;     /* items in the window at most; at least 1 */
    size_t max_bytes; /* next is not asked while the window holds this much (one item may go over);
                         0: no limit */
    size_t slot_size; /* bytes of a slot; zeroed before its first use */
    /* Fills a slot and says how much memory the item stands for. 1: filled; 0: no more; < 0: a code
     * of dupd/error.h, which ends the input after what was filled before. Called by one thread at a
     * time, in order, not always by the same one. */
    int (*next)(void *user, void *slot, size_t *bytes);
    /* Any worker; `worker` is 0 .. threads - 1, for memory of its own. Touches only the slot. */
    void (*work)(void *user, void *slot, unsigned worker);
    /* The caller's thread, in input order. Not 0: stop; that is what pipeline_run returns. */
    int (*consume)(void *user, void *slot);
    /* Gives back what a slot owns, once for each slot at the end. May be NULL. */
    void (*close_slot)(void *user, void *slot);
    void *user;
};

/* Runs until the input ends and everything is consumed. Returns 0, what consume returned, what next
 * returned, or DUPD_ENOMEM / DUPD_EINVAL. After a stop, items in work are finished and dropped; a
 * next that blocks delays the return until it returns. */
int pipeline_run(const struct pipeline *p);

#endif
