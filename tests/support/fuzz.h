/*
 * fuzz.h: what a fuzz target needs. One target an entry point, in tests/fuzz/fuzz_<entry>.c: it
 * calls the entry with any bytes and checks what must hold for all of them. Built with libFuzzer by
 * the preset fuzz; in every other build linked with fuzz_replay.c, and run as a test. For tests
 * only.
 */
#ifndef SUPPORT_FUZZ_H
#define SUPPORT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, so that the fuzzer keeps the input. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
