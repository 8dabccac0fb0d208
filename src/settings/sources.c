/*
 * sources.c: options from a file and from the environment.
 *
 * Both go through every line or variable and report all that is wrong with them at once. The file:
 *
 *   # comment
 *   key = value
 *   key = "value with spaces at its ends "
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "settings/settings.h"
#include "settings/suggest.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024)

static struct dupd_view trim(struct dupd_view v)
{
    while (v.len && isspace((unsigned char)v.ptr[0])) {
        v.ptr++;
        v.len--;
    }
    while (v.len && isspace((unsigned char)v.ptr[v.len - 1]))
        v.len--;
    return v;
}

/* Appends "unknown option 'x'", and the likely one. */
static int unknown(struct dupd_view key, struct dupd_buf *problems)
{
    char wanted[SETTING_NAME_MAX];
    snprintf(wanted, sizeof wanted, "%.*s", key.len > 60 ? 60 : (int)key.len, key.ptr);
    struct suggest s = {.wanted = wanted};
    for (int id = 0; id < SETTING_ID_COUNT; id++)
        suggest_offer(&s, setting_row((enum setting_id)id)->name);
    if (s.best)
        return dupd_buf_addf(problems, "unknown option '%s'; did you mean '%s'?", wanted, s.best);
    return dupd_buf_addf(problems, "unknown option '%s'; 'dupd config --print' lists all of them",
                         wanted);
}

/* One line of a file. Returns 0, DUPD_EINVAL (a problem was appended, without the end of line) or
 * DUPD_ENOMEM. */
static int read_line(struct settings *s, struct dupd_view text, unsigned line,
                     struct dupd_buf *problems)
{
    text = trim(text);
    if (text.len == 0 || text.ptr[0] == '#')
        return 0;
    const char *equals = memchr(text.ptr, '=', text.len);
    if (!equals)
        return dupd_buf_add_str(problems, "no '='; write 'key = value'") ? DUPD_ENOMEM
                                                                         : DUPD_EINVAL;
    struct dupd_view key = trim((struct dupd_view){text.ptr, (size_t)(equals - text.ptr)});
    struct dupd_view value =
        trim((struct dupd_view){equals + 1, text.len - (size_t)(equals + 1 - text.ptr)});
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = (struct dupd_view){value.ptr + 1, value.len - 2};
    int id = setting_find(key);
    if (id < 0)
        return unknown(key, problems) ? DUPD_ENOMEM : DUPD_EINVAL;
    if (id == SETTING_ID_config || setting_row((enum setting_id)id)->group == GROUP_CONFIG)
        return dupd_buf_addf(problems, "%s: cannot be set in a file; give it as a flag",
                             setting_row((enum setting_id)id)->name)
                   ? DUPD_ENOMEM
                   : DUPD_EINVAL;
    return settings_set(s, (enum setting_id)id, value, (struct setting_origin){SETTING_FILE, line},
                        problems);
}

static int read_lines(struct settings *s, const char *path, struct dupd_view text,
                      struct dupd_buf *problems)
{
    int result = 0;
    for (unsigned line = 1; text.len > 0; line++) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t n = end ? (size_t)(end - text.ptr) : text.len;
        size_t before = problems->len;
        int rc = dupd_buf_addf(problems, "%s:%u: ", path, line);
        rc = rc ? rc : read_line(s, (struct dupd_view){text.ptr, n}, line, problems);
        if (rc == 0)
            problems->len = before;
        else if (rc == DUPD_ENOMEM || dupd_buf_add_char(problems, '\n'))
            return DUPD_ENOMEM;
        else
            result = DUPD_EINVAL;
        n += end != NULL;
        text = (struct dupd_view){text.ptr + n, text.len - n};
    }
    return result;
}

int settings_read_file(struct settings *s, const char *path, struct dupd_buf *problems)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        int error = errno;
        if (dupd_buf_addf(problems, "%s: %s; check the name\n", path, strerror(error)))
            return DUPD_ENOMEM;
        return error == ENOENT ? DUPD_ENOENT : DUPD_EINVAL;
    }
    struct dupd_buf text = {0};
    int rc = dupd_buf_reserve(&text, FILE_BYTES_MAX + 1);
    if (!rc) {
        text.len = fread(text.ptr, 1, FILE_BYTES_MAX + 1, f);
        if (ferror(f) || text.len > FILE_BYTES_MAX)
            rc = dupd_buf_addf(problems, "%s: %s\n", path,
                               ferror(f) ? "cannot be read"
                                         : "longer than 1 MiB; is that a "
                                           "configuration file?")
                     ? DUPD_ENOMEM
                     : DUPD_EINVAL;
        else
            rc = read_lines(s, path, dupd_buf_view(&text), problems);
    }
    fclose(f);
    dupd_buf_close(&text);
    if (rc == DUPD_ENOMEM)
        return rc;
    free(s->file);
    s->file = strdup(path);
    return s->file ? rc : DUPD_ENOMEM;
}

/* One variable whose name begins with DUPD_. */
static int read_variable(struct settings *s, const char *variable, bool strict,
                         struct dupd_buf *problems)
{
    size_t name = strcspn(variable, "=");
    char key[SETTING_NAME_MAX] = "";
    for (size_t i = 5; i < name && i - 5 < sizeof key - 1; i++)
        key[i - 5] = (char)tolower((unsigned char)variable[i]);
    int id = setting_find(dupd_view_of(key));
    if (id < 0 && !strict)
        return 0;
    int rc = dupd_buf_addf(problems, "environment: %.*s: ", name > 64 ? 64 : (int)name, variable);
    if (rc)
        return rc;
    if (id < 0)
        return unknown(dupd_view_of(key), problems) ? DUPD_ENOMEM : DUPD_EINVAL;
    const char *value = variable[name] ? variable + name + 1 : "";
    return settings_set(s, (enum setting_id)id, dupd_view_of(value),
                        (struct setting_origin){SETTING_ENVIRONMENT, 0}, problems);
}

int settings_read_environment(struct settings *s, char *const *environment, bool strict,
                              struct dupd_buf *problems)
{
    int result = 0;
    for (; *environment; environment++) {
        if (strncmp(*environment, "DUPD_", 5) != 0)
            continue;
        size_t before = problems->len;
        int rc = read_variable(s, *environment, strict, problems);
        if (rc == 0)
            problems->len = before;
        else if (rc == DUPD_ENOMEM || dupd_buf_add_char(problems, '\n'))
            return DUPD_ENOMEM;
        else
            result = DUPD_EINVAL;
    }
    return result;
}
