/*
 * words.h: numbers, shares and times as a reader expects them.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "dupd/article.h"

#define WORDS_NUMBER_MAX 32
#define WORDS_TIME_MAX 48

/* "12,345" */
const char *words_number(uint64_t n, char out[WORDS_NUMBER_MAX]);

/* "93 %"; a share that is not quite all or nothing does not become 100 % or 0 %. */
const char *words_share(double share, char out[WORDS_NUMBER_MAX]);

/* "1.2 MB" */
const char *words_bytes(uint64_t n, char out[WORDS_NUMBER_MAX]);

/* "27 January 2022, 17:20 UTC", "27 January 2022", or "" */
const char *words_time(struct dupd_time t, char out[WORDS_TIME_MAX]);

#endif
