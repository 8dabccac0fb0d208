/*
 * feed.h: from files to analysed articles, in parallel, in order.
 *
 *   files -> items (serial) -> parse, tokenise, sketch (worker threads) -> consume (in order)
 *
 * add, check, scan, compare and eval all take their articles from here. What cannot be read is said
 * on err, "FILE:LINE: what, what to do", in its place, counted, and passed over. Bytes that are no
 * UTF-8 are replaced, and said at the end of the file, unless --quiet.
 */
#ifndef CLI_FEED_H
#define CLI_FEED_H

#include "cli/session.h"
#include "input/input.h"

struct feed_item {
    struct analysis *analysis; /* the article; reused when consume returns */
    const char *file;
    uint64_t line;       /* 0: the whole file */
    uint64_t bytes_read; /* of the input, when this item was cut from it */
    uint64_t bytes_total;
};

struct feed {
    const char *const *files; /* borrowed */
    size_t count;
    bool pack;    /* compress the texts as well, for the store */
    bool need_id; /* an object without an id is a problem, as it is on a queue */
    /* In order of the input, on the caller's thread. 0: go on; else the feed ends and returns it.
     */
    int (*consume)(void *user, const struct feed_item *item);
    void *user;
    /* out */
    uint64_t articles;         /* given to consume */
    uint64_t problems;         /* items and files that could not be read */
    uint64_t dates_unreadable; /* published_at that says no time */
};

/* Runs until the input ends. Returns CLI_OK, CLI_TROUBLE (memory or threads; said) or what consume
 * returned. Problems with single items do not count here: see `problems`. */
int feed_run(struct cli *cli, struct session *session, struct feed *feed);

/* Reads the one article of a file ("-": standard input) into *out, which the caller initialised. A
 * file with more than one is refused. Returns CLI_OK or CLI_TROUBLE after saying why. */
int feed_read_one(struct cli *cli, struct session *session, const char *file, struct analysis *out);

/* Says which article could not be compared with all that it should have been, for records of the
 * store are damaged. Returns CLI_TROUBLE if the verdict may be another therefore, else CLI_OK. */
int feed_say_unreadable(struct cli *cli, const struct feed_item *item, const struct judgement *j,
                        const char *store);

/* "FILE:LINE" or "FILE", for messages; `out` has `size` bytes. Returns out. */
const char *feed_place(const char *file, uint64_t line, char *out, size_t size);

#endif
