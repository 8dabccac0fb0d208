/*
 * rules.h: what a decision depends on besides the store: thresholds, agencies, furniture phrases.
 * Made from the settings; the daemon makes it anew when it is told to reload.
 */
#ifndef DAEMON_RULES_H
#define DAEMON_RULES_H

#include "engine/engine.h"
#include "settings/settings.h"

struct rules {
    struct engine_options options; /* .phrases points to `phrases` */
    struct dupd_agencies *agencies;
    struct dupd_phrases *phrases;
};

/* Reads the data files that the settings name. Returns 0, DUPD_ENOMEM, or DUPD_EINVAL with one line
 * in problem: file, line, what to do. On failure there is nothing to close. */
int rules_load(struct rules *r, const struct settings *s, char problem[512]);
void rules_close(struct rules *r);

/* Wall clock, milliseconds since 1970; monotonic clock, microseconds: an engine_clock. */
int64_t rules_wall_ms(void *unused);
uint64_t rules_mono_us(void *unused);

#endif
