/* world.c: see world.h. */
#include "support/world.h"

#include <stdio.h>

#include "support/prose.h"

void world_build(struct world *w, uint64_t seed)
{
    *w = (struct world){0};
    for (unsigned i = 0; i < WORLD; i++) {
        unsigned event = i / 5, part = i % 5;
        struct dupd_buf *text = &w->text[i];
        struct dupd_view origin = dupd_buf_view(&w->text[event * 5]);
        if (event == 3 || part == 0)
            prose_add(text, seed * 1000 + i, 420);
        else if (part == 1)
            prose_take(text, origin, 0, 5);
        else if (part == 3)
            prose_spin(text, origin, seed + i, 6);
        else
            prose_take(text, origin, 0, 99);
        if (event < 3 && (part == 2 || part == 4))
            prose_add(text, seed * 1000 + 100 + i, 90);
        snprintf(w->id[i], sizeof w->id[i], "n%02u", i);
        snprintf(w->source[i], sizeof w->source[i], "s%u.example", part == 4 ? 0 : part);
        snprintf(w->published[i], sizeof w->published[i], "2023-05-01T%02u:00:00Z", i);
        w->copy[i] = (struct copy){.id = w->id[i],
                                   .source = w->source[i],
                                   .published = w->published[i],
                                   .text = prose_text(text)};
    }
}

void world_close(struct world *w)
{
    for (unsigned i = 0; i < WORLD; i++)
        dupd_buf_close(&w->text[i]);
}
