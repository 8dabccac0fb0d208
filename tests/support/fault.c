/*
 * fault.c: the wrapped allocation functions and the countdown. See fault.h.
 *
 * State is per thread, so that a test with workers fails only where it means to.
 */
#include "support/fault.h"

#include <check.h>
#include <errno.h>
#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);

static _Thread_local struct {
    bool armed, lasting, fired, paused;
    unsigned long nth, seen;
} fault;

/* One more allocation: true when it shall fail. */
static bool strike(void)
{
    if (!fault.armed || fault.paused)
        return false;
    fault.seen++;
    bool hit = fault.nth && (fault.lasting ? fault.seen >= fault.nth : fault.seen == fault.nth);
    if (hit) {
        fault.fired = true;
        errno = ENOMEM;
    }
    return hit;
}

void *__wrap_malloc(size_t n)
{
    return strike() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
    return strike() ? NULL : __real_calloc(count, n);
}

void *__wrap_realloc(void *p, size_t n)
{
    return strike() ? NULL : __real_realloc(p, n);
}

void fault_arm(unsigned long nth)
{
    fault.armed = true;
    fault.lasting = fault.fired = false;
    fault.nth = nth;
    fault.seen = 0;
}

void fault_arm_from(unsigned long nth)
{
    fault_arm(nth);
    fault.lasting = true;
}

unsigned long fault_disarm(bool *fired)
{
    fault.armed = false;
    if (fired)
        *fired = fault.fired;
    return fault.seen;
}

void fault_pause(bool paused)
{
    fault.paused = paused;
}

unsigned long fault_each(int (*body)(void *data), void *data, int expected)
{
    unsigned long tried = 0;
    for (int lasting = 0; lasting < 2; lasting++) {
        bool fired = true;
        for (unsigned long nth = 1; fired; nth++) {
            if (lasting)
                fault_arm_from(nth);
            else
                fault_arm(nth);
            int rc = body(data);
            unsigned long seen = fault_disarm(&fired);
            if (rc != (fired ? expected : 0))
                ck_abort_msg("allocation %lu of %lu%s failing: returned %d, expected %d", nth, seen,
                             lasting ? " and later" : "", rc, fired ? expected : 0);
            tried += fired;
        }
    }
    return tried;
}
