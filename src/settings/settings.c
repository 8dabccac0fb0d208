/*
 * settings.c: the table of options, and setting one of them from text.
 *
 * Happy path: find the row, parse the text by the row's type, store it at the row's offset, note
 * the origin. The stronger origin wins whatever the order of the calls, so that flags may be read
 * first (they name the file). Failure: the field keeps what it had, the problem is one clause.
 */
#include "settings/settings.h"

#include <ctype.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "settings/number.h"

/* clang-format off */
static const struct setting rows[SETTING_ID_COUNT] = {
#define SETTING_ROW(name, type, group, argument, fallback, min, max, help)                         \
    {#name, SETTING_##type, GROUP_##group, argument, fallback, min, max, help,                     \
     offsetof(struct settings, name)},
#define THRESHOLD_ROW(name, value, help)                                                           \
    {#name, SETTING_SHARE, GROUP_RULE, (value) <= 1 ? "SHARE" : "WORDS", #value, 0,                \
     (value) <= 1 ? 1 : 1e6, help, offsetof(struct settings, thresholds.name)},
    SETTINGS(SETTING_ROW)
    DUPD_THRESHOLDS(THRESHOLD_ROW)
#undef SETTING_ROW
#undef THRESHOLD_ROW
};
/* clang-format on */

const struct setting *setting_row(enum setting_id id)
{
    return &rows[id];
}

const char *setting_flag(const struct setting *row, char out[SETTING_NAME_MAX])
{
    size_t n = 0;
    for (; row->name[n] && n + 1 < SETTING_NAME_MAX; n++)
        out[n] = row->name[n] == '_' ? '-' : row->name[n];
    out[n] = '\0';
    return out;
}

const char *setting_variable(const struct setting *row, char out[SETTING_NAME_MAX])
{
    memcpy(out, "DUPD_", 5);
    size_t n = 5;
    for (const char *p = row->name; *p && n + 1 < SETTING_NAME_MAX; p++)
        out[n++] = (char)toupper((unsigned char)*p);
    out[n] = '\0';
    return out;
}

int setting_find(struct dupd_view name)
{
    for (int id = 0; id < SETTING_ID_COUNT; id++) {
        size_t i = 0;
        const char *row = rows[id].name;
        while (i < name.len && row[i] &&
               (row[i] == name.ptr[i] || (row[i] == '_' && name.ptr[i] == '-')))
            i++;
        if (i == name.len && !row[i])
            return id;
    }
    return -1;
}

static void *field(struct settings *s, enum setting_id id)
{
    return (char *)s + rows[id].offset;
}

static enum number_unit unit_of(enum setting_type type)
{
    switch (type) {
    case SETTING_SIZE:
        return NUMBER_SIZE;
    case SETTING_SPAN:
        return NUMBER_SPAN;
    case SETTING_SHARE:
        return NUMBER_SHARE;
    default:
        return NUMBER_COUNT;
    }
}

/* Index of `value` among the words of "a|b|c", or -1. */
static int choice_of(const char *words, struct dupd_view value)
{
    for (int i = 0; *words; i++) {
        size_t n = strcspn(words, "|");
        if (dupd_view_equal(value, (struct dupd_view){words, n}))
            return i;
        words += n + (words[n] == '|');
    }
    return -1;
}

static int flag_of(struct dupd_view value)
{
    static const char *const no[] = {"no", "false", "off", "0"};
    static const char *const yes[] = {"yes", "true", "on", "1"};
    for (size_t i = 0; i < 4; i++) {
        if (dupd_view_equal(value, dupd_view_of(no[i])))
            return 0;
        if (dupd_view_equal(value, dupd_view_of(yes[i])))
            return 1;
    }
    return -1;
}

/* Describes why `value` is none for this option. Returns DUPD_EINVAL or DUPD_ENOMEM. */
static int bad_value(const struct setting *row, struct dupd_view value, int why,
                     struct dupd_buf *problem)
{
    const char *expected = row->argument;
    if (row->type == SETTING_FLAG)
        expected = "yes or no";
    else if (row->type != SETTING_CHOICE)
        expected = number_unit_text(unit_of(row->type));
    int shown = value.len > 60 ? 60 : (int)value.len;
    int rc = dupd_buf_addf(problem, "%s: '%.*s' is not ", row->name, shown, value.ptr);
    if (!rc && row->type == SETTING_CHOICE)
        rc = dupd_buf_addf(problem, "one of %s", expected);
    else if (!rc && why != DUPD_EINVAL)
        rc = dupd_buf_add_str(problem, expected);
    if (!rc && why == DUPD_EINVAL) {
        enum number_unit unit = unit_of(row->type);
        rc = dupd_buf_add_str(problem, "between ");
        rc = rc ? rc : number_format(row->min, unit, problem);
        rc = rc ? rc : dupd_buf_add_str(problem, " and ");
        rc = rc ? rc : number_format(row->max, unit, problem);
    }
    return rc ? rc : DUPD_EINVAL;
}

bool setting_is_list(const struct setting *row)
{
    size_t n = strlen(row->argument);
    return n > 3 && strcmp(row->argument + n - 3, "...") == 0;
}

/* Stores the text of a TEXT option; `more` adds a line to what is there. */
static int set_text(struct settings *s, enum setting_id id, struct dupd_view value, bool more)
{
    size_t kept = more ? strlen(s->text[id]) : 0;
    char *copy = malloc(kept + 1 + value.len + 1);
    if (!copy)
        return DUPD_ENOMEM;
    if (more) {
        memcpy(copy, s->text[id], kept);
        copy[kept++] = '\n';
    }
    if (value.len)
        memcpy(copy + kept, value.ptr, value.len);
    copy[kept + value.len] = '\0';
    free(s->text[id]);
    s->text[id] = copy;
    *(const char **)field(s, id) = copy;
    return 0;
}

/* Stores a value that was found to be well-formed. */
static void set_number(struct settings *s, enum setting_id id, double value)
{
    switch (rows[id].type) {
    case SETTING_FLAG:
        *(bool *)field(s, id) = value != 0;
        break;
    case SETTING_CHOICE:
        *(unsigned *)field(s, id) = (unsigned)value;
        break;
    case SETTING_SHARE:
        *(double *)field(s, id) = value;
        break;
    case SETTING_COUNT:
    case SETTING_SIZE:
    case SETTING_SPAN:
        *(uint64_t *)field(s, id) = (uint64_t)value;
        break;
    case SETTING_TEXT:
        break;
    }
}

int settings_set(struct settings *s, enum setting_id id, struct dupd_view value,
                 struct setting_origin origin, struct dupd_buf *problem)
{
    const struct setting *row = &rows[id];
    double number = 0;
    int rc = 0;
    if (row->type == SETTING_CHOICE || row->type == SETTING_FLAG) {
        int i = row->type == SETTING_FLAG ? flag_of(value) : choice_of(row->argument, value);
        rc = i < 0 ? DUPD_ESYNTAX : 0;
        number = i;
    } else if (row->type != SETTING_TEXT) {
        rc = number_parse(value, unit_of(row->type), row->min, row->max, &number);
    } else if (memchr(value.len ? value.ptr : "", '\0', value.len)) {
        rc = DUPD_ESYNTAX;
    }
    if (rc)
        return bad_value(row, value, rc, problem);
    if (origin.from < s->origin[id].from)
        return 0;
    if (row->type == SETTING_TEXT)
        rc = set_text(s, id, value,
                      setting_is_list(row) && s->text[id] && origin.from == s->origin[id].from);
    else
        set_number(s, id, number);
    if (!rc)
        s->origin[id] = origin;
    return rc;
}

void settings_init(struct settings *s)
{
    memset(s, 0, sizeof *s);
    for (enum setting_id id = 0; id < SETTING_ID_COUNT; id++) {
        if (rows[id].type == SETTING_TEXT) {
            *(const char **)field(s, id) = rows[id].fallback;
        } else {
            /* The table's own defaults are well-formed: a test reads each of them. */
            struct dupd_buf none = {0};
            settings_set(s, id, dupd_view_of(rows[id].fallback),
                         (struct setting_origin){SETTING_DEFAULT, 0}, &none);
            dupd_buf_close(&none);
        }
    }
}

void settings_close(struct settings *s)
{
    for (int id = 0; id < SETTING_ID_COUNT; id++)
        free(s->text[id]);
    free(s->file);
    memset(s, 0, sizeof *s);
}

/* Appends a text; the password of "scheme://user:password@host" becomes "***". */
static int format_text(const char *text, struct dupd_buf *out)
{
    const char *authority = strstr(text, "://");
    const char *at = authority ? strchr(authority, '@') : NULL;
    const char *colon = authority ? strchr(authority + 3, ':') : NULL;
    if (!at || !colon || colon > at)
        return dupd_buf_add_str(out, text);
    int rc = dupd_buf_add(out, text, (size_t)(colon + 1 - text));
    rc = rc ? rc : dupd_buf_add_str(out, "***");
    return rc ? rc : dupd_buf_add_str(out, at);
}

int settings_format(const struct settings *s, enum setting_id id, struct dupd_buf *out)
{
    const struct setting *row = &rows[id];
    const void *p = (const char *)s + row->offset;
    switch (row->type) {
    case SETTING_TEXT:
        return format_text(*(const char *const *)p, out);
    case SETTING_FLAG:
        return dupd_buf_add_str(out, *(const bool *)p ? "yes" : "no");
    case SETTING_CHOICE: {
        const char *word = row->argument;
        for (unsigned i = *(const unsigned *)p; i > 0; i--)
            word += strcspn(word, "|") + 1;
        return dupd_buf_add(out, word, strcspn(word, "|"));
    }
    case SETTING_SHARE:
        return number_format(*(const double *)p, NUMBER_SHARE, out);
    default:
        return number_format((double)*(const uint64_t *)p, unit_of(row->type), out);
    }
}
