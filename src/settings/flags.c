/*
 * flags.c: the flag parser. Why not getopt_long: it keeps global state, takes any unique beginning
 * of a name (so that a new option breaks old scripts), and prints its own messages.
 */
#include "settings/flags.h"

#include <stdio.h>

#include "dupd/error.h"
#include "settings/suggest.h"

static enum flags_result bad(int rc)
{
    return rc ? FLAGS_NOMEM : FLAGS_BAD;
}

/* An option that does not exist, or not here. */
static enum flags_result unknown(struct dupd_view name, unsigned groups, struct dupd_buf *problem)
{
    char wanted[SETTING_NAME_MAX], flag[SETTING_NAME_MAX];
    snprintf(wanted, sizeof wanted, "%.*s", name.len > 60 ? 60 : (int)name.len, name.ptr);
    if (setting_find(name) >= 0)
        return bad(dupd_buf_addf(problem, "--%s does not belong to this command", wanted));
    struct suggest s = {.wanted = wanted};
    for (int id = 0; id < SETTING_ID_COUNT; id++) {
        if (setting_row((enum setting_id)id)->group & groups)
            suggest_offer(&s, setting_row((enum setting_id)id)->name);
    }
    if (!s.best)
        return bad(dupd_buf_addf(problem, "unknown option --%s", wanted));
    int id = setting_find(dupd_view_of(s.best));
    return bad(dupd_buf_addf(problem, "unknown option --%s; did you mean --%s?", wanted,
                             setting_flag(setting_row((enum setting_id)id), flag)));
}

/* One word that begins with "--". *next is the word behind it or NULL; *used says that it was the
 * value; *list is the option when the words behind it belong to it as well, else -1. */
static enum flags_result read_long(struct settings *s, unsigned groups, const char *word,
                                   const char *next, bool *used, int *list,
                                   struct dupd_buf *problem)
{
    const struct setting_origin origin = {SETTING_FLAG_GIVEN, 0};
    size_t n = strcspn(word, "=");
    struct dupd_view name = {word, n};
    bool negated = false;
    int id = setting_find(name);
    if (id < 0 && n > 3 && memcmp(word, "no-", 3) == 0) {
        id = setting_find((struct dupd_view){word + 3, n - 3});
        negated = id >= 0 && setting_row((enum setting_id)id)->type == SETTING_FLAG;
        if (!negated)
            id = -1;
    }
    if (id < 0 || !(setting_row((enum setting_id)id)->group & groups))
        return unknown(name, groups, problem);
    const struct setting *row = setting_row((enum setting_id)id);
    struct dupd_view value = DUPD_VIEW("yes");
    if (word[n] == '=' && negated) {
        return bad(dupd_buf_addf(problem, "--%.*s takes no value", (int)n, word));
    } else if (word[n] == '=') {
        value = dupd_view_of(word + n + 1);
    } else if (row->type != SETTING_FLAG) {
        if (!next)
            return bad(
                dupd_buf_addf(problem, "--%s needs a value: --%s=%s", word, word, row->argument));
        value = dupd_view_of(next);
        *used = true;
    } else if (negated) {
        value = DUPD_VIEW("no");
    }
    size_t before = problem->len;
    if (dupd_buf_add_str(problem, "--"))
        return FLAGS_NOMEM;
    int rc = settings_set(s, (enum setting_id)id, value, origin, problem);
    if (rc == 0) {
        problem->len = before;
        *list = setting_is_list(row) ? id : -1;
        return FLAGS_OK;
    }
    /* The clause names the key of the file; here the flag is meant. */
    for (size_t i = before; i < problem->len && problem->ptr[i] != ':'; i++) {
        if (problem->ptr[i] == '_')
            problem->ptr[i] = '-';
    }
    return rc == DUPD_ENOMEM ? FLAGS_NOMEM : FLAGS_BAD;
}

enum flags_result flags_read(struct settings *s, unsigned groups, char **words, size_t count,
                             const char **operands, size_t *operand_count, struct dupd_buf *problem)
{
    const struct setting_origin origin = {SETTING_FLAG_GIVEN, 0};
    bool ended = false;
    int list = -1;
    *operand_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *word = words[i];
        if (!ended && list >= 0 && word[0] != '-') {
            int rc = settings_set(s, (enum setting_id)list, dupd_view_of(word), origin, problem);
            if (rc)
                return rc == DUPD_ENOMEM ? FLAGS_NOMEM : FLAGS_BAD;
        } else if (ended || word[0] != '-' || word[1] == '\0') {
            operands[(*operand_count)++] = word;
        } else if (strcmp(word, "--") == 0) {
            ended = true;
        } else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
            return FLAGS_HELP;
        } else if (word[1] != '-') {
            return bad(dupd_buf_addf(problem,
                                     "unknown option %.60s; for a file of that name write ./%.60s",
                                     word, word));
        } else {
            bool used = false;
            enum flags_result r = read_long(
                s, groups, word + 2, i + 1 < count ? words[i + 1] : NULL, &used, &list, problem);
            if (r != FLAGS_OK)
                return r;
            i += used;
        }
    }
    return FLAGS_OK;
}
