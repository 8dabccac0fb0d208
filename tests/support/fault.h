/*
 * fault.h: allocation failures on demand, for tests.
 *
 * The linker turns every malloc, calloc and realloc of the test and of the static libraries it
 * links into the wrappers of fault.c (`dupd_test(... FAULTS)` adds the flags and the source). Off
 * until armed, and only for the thread that armed it. Shared libraries keep their own malloc: what
 * sqlite or zstd allocate inside is not seen.
 *
 *   static int body(void *data) { ... return rc; }          returns what the code under test said
 *   ck_assert_uint_gt(fault_each(body, &data, DUPD_ENOMEM), 0);
 *
 * fault_each counts down through every allocation: each must end in DUPD_ENOMEM, and the first run
 * without a failure in 0. That nothing leaks is LeakSanitizer's part. Do not assert while armed:
 * the test library allocates too.
 */
#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H

#include <stdbool.h>

/* From now on the nth allocation (1-based) of this thread fails, once; 0 fails none but counts. */
void fault_arm(unsigned long nth);

/* As fault_arm, but that one and all later ones fail: memory has run out for good. */
void fault_arm_from(unsigned long nth);

/* Ends it. Returns how many allocations there were since it was armed; *fired (may be NULL) says
 * whether any of them was made to fail. */
unsigned long fault_disarm(bool *fired);

/* While paused, allocations neither fail nor count: for the test's own stand-ins. */
void fault_pause(bool paused);

/* Runs body with its 1st, 2nd, ... allocation failing until a run meets no failure, first once
 * each, then from there on. Aborts the test (ck_abort_msg) unless every run with a failure returns
 * `expected` and the run without returns 0. body must leave no state that changes its own number of
 * allocations. Returns how many failures were tried. */
unsigned long fault_each(int (*body)(void *data), void *data, int expected);

#endif
