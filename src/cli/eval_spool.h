/*
 * eval_spool.h: articles set aside in an unlinked temporary file, to be read again in order of
 * time.
 *
 * Memory: 48 bytes an article, whatever their size.
 */
#ifndef CLI_EVAL_SPOOL_H
#define CLI_EVAL_SPOOL_H

#include "dupd/article.h"
#include "input/input.h"

struct spool_entry {
    uint64_t offset;
    uint32_t length;
    enum article_form form;
    struct dupd_time published;
    uint64_t arrival; /* place in the files */
    uint32_t article; /* the caller's: index, or UINT32_MAX */
};

struct spool {
    int fd; /* -1: not open */
    uint64_t size;
    struct spool_entry *entry;
    uint32_t count, cap;
};

/* In the directory `dir`. Returns 0 or DUPD_EIO (errno says why). */
int spool_open(struct spool *s, const char *dir);
void spool_close(struct spool *s);

/* Appends an item. Returns 0, DUPD_ENOMEM, DUPD_EFULL or DUPD_EIO. */
int spool_add(struct spool *s, const struct input_item *item, struct dupd_time published,
              uint32_t article);

/* Orders the entries by (published, place in the files), undated ones last. */
void spool_sort(struct spool *s);

/* Reads entry `i`, replacing *out. Returns 0, DUPD_ENOMEM or DUPD_EIO. */
int spool_read(const struct spool *s, uint32_t i, struct dupd_buf *out);

#endif
