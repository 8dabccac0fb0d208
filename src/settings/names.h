/*
 * names.h: the names of the keys of the queue and its outputs, given or made from the prefix.
 */
#ifndef SETTINGS_NAMES_H
#define SETTINGS_NAMES_H

#include "settings/settings.h"

/* X(option, member of struct where_names, "what it is without the option, behind PREFIX:") */
#define SETTING_NAMES(X)                                                                           \
    X(stream, articles, "articles")                                                                \
    X(list, list, "queue")                                                                         \
    X(verdicts_stream, verdicts, "verdicts")                                                       \
    X(alerts_stream, alerts, "alerts")                                                             \
    X(stories_stream, stories, "stories")                                                          \
    X(dead_stream, dead, "dead")

/* The name that was given, else PREFIX:fallback; the caller's to free. NULL: out of memory. */
char *setting_key_name(const char *given, const char *prefix, const char *fallback);

/* Appends where an option was set: "FILE:LINE: stream", "environment: DUPD_STREAM: stream" or
 * "--stream". Returns 0 or DUPD_ENOMEM. */
int setting_put_place(const struct settings *s, enum setting_id id, struct dupd_buf *out);

/* Two of them must not be one key: what is written to the one would be read from the other. Appends
 * a line for each that has the name of another, as settings_read_file does. Returns 0, DUPD_EINVAL
 * when there were some, or DUPD_ENOMEM. */
int settings_check_names(const struct settings *s, struct dupd_buf *problems);

#endif
