/*
 * ask.h: articles to the daemon that holds the store's lock, through its socket (daemon/socket.h).
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "dupd/article.h"

#define ASK_WINDOW 64u /* articles sent whose answers have not been read */

struct ask {
    int fd; /* -1: no daemon */
    struct dupd_buf out, in;
    size_t sent; /* bytes of out that are gone */
    unsigned outstanding;
    /* Called for each answer, in order: one line, without its end. Not 0 stops. */
    int (*answer)(void *user, struct dupd_view line);
    void *user;
};

/* Connects to the daemon of the store in `dir`. False: there is none. */
bool ask_open(struct ask *a, const char *dir);
void ask_close(struct ask *a);

/* Sends an article, reading answers meanwhile. Returns 0, what `answer` returned, DUPD_EIO (the
 * daemon is gone) or DUPD_ENOMEM. */
int ask_send(struct ask *a, const struct dupd_article *article);

/* Reads the answers that are still to come. As ask_send. */
int ask_finish(struct ask *a);

#endif
