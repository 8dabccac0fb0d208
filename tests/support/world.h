/*
 * world.h: a small world of news: three events, each told by an outlet and taken by others, and
 * five articles that stand alone. Published one hour after the other, in order of index.
 *
 *   index % 5    0 the origin    1 a trimmed copy    2 an extended copy
 *                3 a spun copy   4 an update of the origin by its own outlet
 *   index >= 15  stands alone
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "support/newsroom.h"

#define WORLD 20

struct world {
    struct dupd_buf text[WORLD];
    struct copy copy[WORLD]; /* ids "n00" to "n19" */
    char id[WORLD][16], source[WORLD][16], published[WORLD][24];
};

/* Other seeds tell of other events. */
void world_build(struct world *w, uint64_t seed);
void world_close(struct world *w);

#endif
