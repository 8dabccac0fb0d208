/*
 * input.h: files and standard input, cut into items: one article each, not yet parsed.
 *
 *   input_open(files) -> input_next(item) ... 1 ... 0 -> input_free
 *
 * What a file is follows from its content, not from its name:
 *   a page (dupd_html_looks_like)              one item
 *   `{`, and the first line is a whole object  JSON Lines: each line is an item
 *   `{` over several lines                     JSON objects one after the other, each an item
 *   `[` and an object behind it                a JSON array: each element is an item
 *   NULs or mostly control characters          refused: looks like binary
 *   anything else                              plain text: one item
 *
 * Whatever cannot be read becomes an item of its own (status, what and what to do), in its place
 * among the others, and the next line or file follows. A broken line of JSON Lines costs that line.
 * Memory: one item and 256 KiB, whatever the size of the file; a file that is too large is refused
 * after its limit and one byte. One thread at a time.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include "input/article_read.h"

struct input_item {
    enum article_form form;
    const char *file;      /* borrowed; "standard input" for "-" */
    uint64_t line;         /* where it begins, from 1; 0: the item is the whole file */
    int status;            /* 0, or why it could not be read (DUPD_E...) */
    struct dupd_buf bytes; /* the item; with a status: one clause for people, what and what to do */
};

void input_item_init(struct input_item *item);
void input_item_close(struct input_item *item);

struct input;

/* Reads `files` (borrowed, as are the strings) one after the other; "-" is standard input. Returns
 * 0 or DUPD_ENOMEM. Nothing is opened yet. */
int input_new(struct input **out, const char *const *files, size_t count,
              const struct article_limits *limits);
void input_free(struct input *in);

/* Replaces *item by the next one: 1; 0 when there is none; DUPD_ENOMEM. */
int input_next(struct input *in, struct input_item *item);

/* For progress: bytes read so far, and bytes of all files (0 when one of them is no plain file). */
uint64_t input_bytes_read(const struct input *in);
uint64_t input_bytes_total(const struct input *in);

#endif
