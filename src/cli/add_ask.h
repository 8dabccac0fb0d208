/*
 * add_ask.h: `dupd add` through the daemon that holds the store's lock.
 */
#ifndef CLI_ADD_ASK_H
#define CLI_ADD_ASK_H

#include "cli/session.h"

/* True when the store of the settings is a directory whose daemon was reached: then the articles
 * were given to it, and *status is the exit status. */
bool add_ask(struct cli *cli, int *status);

#endif
