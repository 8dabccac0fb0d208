/*
 * names.c: the names of the queue's keys, and that no two of them are the same.
 *
 * Looked at when every source has been read, for one name may come from a flag and the other from
 * the prefix. The option that was set is to blame; of two, the one by the stronger source.
 */
#include "settings/names.h"

#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"

#define NAME_COUNT (sizeof name_id / sizeof name_id[0])

static const enum setting_id name_id[] = {
#define NAME_ID(option, member, fallback) SETTING_ID_##option,
    SETTING_NAMES(NAME_ID)
#undef NAME_ID
};

char *setting_key_name(const char *given, const char *prefix, const char *fallback)
{
    char *out;
    if (given[0])
        return strdup(given);
    return asprintf(&out, "%s:%s", prefix, fallback) < 0 ? NULL : out;
}

int setting_put_place(const struct settings *s, enum setting_id id, struct dupd_buf *out)
{
    const struct setting *row = setting_row(id);
    char name[SETTING_NAME_MAX];
    switch (s->origin[id].from) {
    case SETTING_FILE:
        return dupd_buf_addf(out, "%s:%u: %s", s->file ? s->file : "", s->origin[id].line,
                             row->name);
    case SETTING_ENVIRONMENT:
        return dupd_buf_addf(out, "environment: %s: %s", setting_variable(row, name), row->name);
    case SETTING_FLAG_GIVEN:
        return dupd_buf_addf(out, "--%s", setting_flag(row, name));
    case SETTING_DEFAULT:
        break;
    }
    return dupd_buf_add_str(out, row->name);
}

static int say_same(const struct settings *s, enum setting_id a, enum setting_id b,
                    const char *name, struct dupd_buf *problems)
{
    bool first = s->origin[a].from > s->origin[b].from;
    enum setting_id set = first ? a : b, other = first ? b : a;
    int rc = setting_put_place(s, set, problems);
    rc = rc ? rc
            : dupd_buf_addf(problems, ": '%.200s' is the name of '%s' as well; give each its own\n",
                            name, setting_row(other)->name);
    return rc ? rc : DUPD_EINVAL;
}

int settings_check_names(const struct settings *s, struct dupd_buf *problems)
{
    char *name[NAME_COUNT] = {
#define NAME_TEXT(option, member, fallback) setting_key_name(s->option, s->prefix, fallback),
        SETTING_NAMES(NAME_TEXT)
#undef NAME_TEXT
    };
    int result = DUPD_OK;
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (!name[i])
            result = DUPD_ENOMEM;
    for (size_t j = 1; j < NAME_COUNT && result != DUPD_ENOMEM; j++) {
        size_t i = 0;
        while (i < j && strcmp(name[i], name[j]) != 0)
            i++;
        if (i < j)
            result = say_same(s, name_id[i], name_id[j], name[j], problems);
    }
    for (size_t i = 0; i < NAME_COUNT; i++)
        free(name[i]);
    return result;
}
