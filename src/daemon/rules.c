/* rules.c: settings and data files to the rules of decisions. Fails as rules.h says. */
#include "daemon/rules.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "dupd/error.h"

#define DATA_FILE_BYTES_MAX ((size_t)1024 * 1024)

int64_t rules_wall_ms(void *unused)
{
    (void)unused;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t rules_mono_us(void *unused)
{
    (void)unused;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void fill_options(const struct settings *s, struct engine_options *o)
{
    engine_options_default(o);
    o->thresholds = s->thresholds;
    o->candidates_verified = (unsigned)s->candidates_verified;
    o->min_estimate = s->min_estimate;
    o->min_shared = (unsigned)s->min_shared;
    o->short_words = (unsigned)s->short_words;
    o->backdate_max_s = (int64_t)s->backdate_max;
    o->max_text = s->max_article;
}

/* The user's own data file, if any, beside the built-in data. */
static int read_data_file(const char *path, const char *option, struct dupd_buf *text,
                          char problem[512])
{
    if (!path[0])
        return DUPD_OK;
    FILE *f = fopen(path, "re");
    if (!f) {
        snprintf(problem, 512, "%.300s: cannot be opened; check --%s", path, option);
        return DUPD_EINVAL;
    }
    int rc = dupd_buf_reserve(text, DATA_FILE_BYTES_MAX + 1);
    if (!rc)
        text->len = fread(text->ptr, 1, DATA_FILE_BYTES_MAX + 1, f);
    bool failed = ferror(f);
    fclose(f);
    if (rc) {
        snprintf(problem, 512, "%s", dupd_error_text(rc));
    } else if (failed) {
        snprintf(problem, 512, "%.300s: cannot be read; check --%s", path, option);
        rc = DUPD_EINVAL;
    } else if (text->len > DATA_FILE_BYTES_MAX) {
        snprintf(problem, 512, "%.300s: larger than %zu bytes; check --%s", path,
                 DATA_FILE_BYTES_MAX, option);
        rc = DUPD_EINVAL;
    }
    return rc;
}

/* What came of reading a data file. */
static int data_problem(int rc, const char *path, unsigned line, const char *manual,
                        char problem[512])
{
    if (rc == DUPD_ESYNTAX) {
        snprintf(problem, 512, "%.300s:%u: not in the format of %s", path, line, manual);
        return DUPD_EINVAL;
    }
    if (rc)
        snprintf(problem, 512, "%s", dupd_error_text(rc));
    return rc;
}

int rules_load(struct rules *r, const struct settings *s, char problem[512])
{
    struct dupd_buf agencies = {0}, phrases = {0};
    unsigned line = 0;
    *r = (struct rules){0};
    problem[0] = 0;
    fill_options(s, &r->options);
    int rc = read_data_file(s->agencies, "agencies", &agencies, problem);
    if (!rc) { /* not in one call: `line` is known only behind it */
        rc = dupd_agencies_new(&r->agencies, dupd_buf_view(&agencies), &line);
        rc = data_problem(rc, s->agencies, line, "a file of agencies", problem);
    }
    if (!rc)
        rc = read_data_file(s->furniture, "furniture", &phrases, problem);
    if (!rc) {
        rc = dupd_phrases_new(&r->phrases, dupd_buf_view(&phrases), &line);
        rc = data_problem(rc, s->furniture, line,
                          "a file of phrases: one a line, a beginning has two words at least",
                          problem);
    }
    r->options.phrases = r->phrases;
    dupd_buf_close(&agencies);
    dupd_buf_close(&phrases);
    if (rc)
        rules_close(r);
    return rc;
}

void rules_close(struct rules *r)
{
    dupd_agencies_free(r->agencies);
    dupd_phrases_free(r->phrases);
    *r = (struct rules){0};
}
