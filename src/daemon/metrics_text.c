/*
 * metrics_text.c: the metrics as text for Prometheus (format 0.0.4) and as a table for people, and
 * the figures of the process from /proc.
 *
 * Cost: about 0.3 ms for the thousand lines that the built-in agencies make. Fails only for lack of
 * memory; what /proc does not say is left as it was.
 */
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "daemon/metrics_table.h"
#include "dupd/error.h"

/* A whole number as such, else the shortest of 15 digits. */
static int add_number(struct dupd_buf *out, double v)
{
    char text[40];
    if (isnan(v) || isinf(v))
        return dupd_buf_add_str(out, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
    if (v == floor(v) && fabs(v) < 9e15)
        return dupd_buf_addf(out, "%" PRId64, (int64_t)v);
    int n = snprintf(text, sizeof text, "%.15g", v);
    for (int i = 0; i < n; i++) /* whatever the locale */
        if (text[i] == ',')
            text[i] = '.';
    return dupd_buf_add_str(out, text);
}

static int add_value(struct dupd_buf *out, const char *value)
{
    int rc = 0;
    for (; *value && !rc; value++) {
        if (*value == '\\' || *value == '"')
            rc = dupd_buf_addf(out, "\\%c", *value);
        else
            rc = *value == '\n' ? dupd_buf_add_str(out, "\\n") : dupd_buf_add_char(out, *value);
    }
    return rc;
}

/* {a="x",b="y",le="0.1"}; nothing when there is neither. */
static int add_labels(struct dupd_buf *out, const struct label_dimensions *l, unsigned at,
                      const double *bound)
{
    unsigned index[DIMENSIONS_MAX] = {0};
    if (l->count == 0 && !bound)
        return DUPD_OK;
    for (unsigned d = l->count; d-- > 0; at /= l->of[d].count)
        index[d] = at % l->of[d].count;
    int rc = dupd_buf_add_char(out, '{');
    for (unsigned d = 0; d < l->count && !rc; d++) {
        rc = dupd_buf_addf(out, "%s%s=\"", d ? "," : "", l->of[d].name);
        rc = rc ? rc : add_value(out, l->of[d].value[index[d]]);
        rc = rc ? rc : dupd_buf_add_char(out, '"');
    }
    if (bound && !rc) {
        rc = dupd_buf_addf(out, "%sle=\"", l->count ? "," : "");
        rc = rc ? rc : add_number(out, *bound);
        rc = rc ? rc : dupd_buf_add_char(out, '"');
    }
    return rc ? rc : dupd_buf_add_char(out, '}');
}

/* name[suffix]{labels} value */
static int add_line(struct dupd_buf *out, const char *name, const char *suffix,
                    const struct label_dimensions *l, unsigned at, const double *bound, double v)
{
    int rc = dupd_buf_addf(out, "%s%s", name, suffix);
    rc = rc ? rc : add_labels(out, l, at, bound);
    rc = rc ? rc : dupd_buf_add_char(out, ' ');
    rc = rc ? rc : add_number(out, v);
    return rc ? rc : dupd_buf_add_char(out, '\n');
}

static int add_histogram(struct dupd_buf *out, const struct metric_row *row,
                         const struct label_dimensions *l, unsigned at, const double *cell)
{
    unsigned count;
    const double *bound = metric_bounds(row->kind, &count);
    const double infinite = INFINITY;
    double sum = 0;
    int rc = 0;
    for (unsigned i = 0; i <= count && !rc; i++) {
        sum += cell[i];
        rc = add_line(out, row->name, "_bucket", l, at, i < count ? &bound[i] : &infinite, sum);
    }
    rc = rc ? rc : add_line(out, row->name, "_sum", l, at, NULL, cell[count + 1]);
    return rc ? rc : add_line(out, row->name, "_count", l, at, NULL, sum);
}

static const char *kind_text(enum metric_kind kind)
{
    return kind == KIND_COUNTER ? "counter" : kind == KIND_GAUGE ? "gauge" : "histogram";
}

int metrics_write(const struct metrics *m, struct dupd_buf *out)
{
    int rc = 0;
    for (unsigned i = 0; i < METRIC_COUNT && !rc; i++) {
        const struct metric_row *row = &metric_rows[i];
        const struct label_dimensions *l = &m->labels[row->labels];
        rc = dupd_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
                           kind_text(row->kind));
        for (unsigned at = 0; at < m->width[i] && !rc; at++) {
            const double *cell = m->value[i] + (size_t)at * metric_cells(row->kind);
            rc = metric_is_histogram(row->kind) ? add_histogram(out, row, l, at, cell)
                                                : add_line(out, row->name, "", l, at, NULL, *cell);
        }
    }
    return rc;
}

int metrics_document(const struct metrics *m, struct dupd_buf *out)
{
    int rc = dupd_buf_add_str(out, "| metric | kind | labels | what it is |\n|---|---|---|---|\n");
    for (unsigned i = 0; i < METRIC_COUNT && !rc; i++) {
        const struct label_dimensions *l = &m->labels[metric_rows[i].labels];
        rc = dupd_buf_addf(out, "| `%s` | %s |", metric_rows[i].name,
                           kind_text(metric_rows[i].kind));
        for (unsigned d = 0; d < l->count && !rc; d++)
            rc = dupd_buf_addf(out, "%s `%s`", d ? "," : "", l->of[d].name);
        rc = rc ? rc : dupd_buf_addf(out, " | %s |\n", metric_rows[i].help);
    }
    return rc;
}

/* ---- the process ---- */

/* Reads a small file of /proc whole; false if it cannot. */
static bool slurp(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    size_t n = fread(text, 1, size - 1, f);
    fclose(f);
    text[n] = 0;
    return n > 0;
}

static unsigned count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;
    if (!dir)
        return 0;
    for (struct dirent *e; (e = readdir(dir));)
        count += isdigit((unsigned char)e->d_name[0]) != 0;
    closedir(dir);
    return count > 0 ? count - 1 : 0; /* without the one that reads them */
}

/* Field `number` (from 1, as in proc(5)) of /proc/self/stat, counted behind the name in brackets.
 */
static double stat_field(const char *stat, unsigned number)
{
    const char *p = strrchr(stat, ')');
    for (unsigned i = 2; p && i < number; i++) {
        p = strchr(p + 1, ' ');
    }
    return p ? (double)strtoull(p + 1, NULL, 10) : 0;
}

static void read_start(struct metrics *m, const char *stat)
{
    struct timespec now, boot;
    double tick = (double)sysconf(_SC_CLK_TCK);
    if (clock_gettime(CLOCK_REALTIME, &now) || clock_gettime(CLOCK_BOOTTIME, &boot) || tick <= 0)
        return;
    double up = (double)boot.tv_sec + (double)boot.tv_nsec / 1e9;
    double age = up - stat_field(stat, 22) / tick;
    double start = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - age;
    if (metrics_get(m, METRIC_STARTED, 0) == 0) /* once: the clocks drift against each other */
        metrics_set(m, METRIC_STARTED, 0, floor(start * 100) / 100);
}

void metrics_read_process(struct metrics *m)
{
    char text[1024];
    struct rusage usage;
    struct rlimit limit;
    if (!getrusage(RUSAGE_SELF, &usage)) {
        struct timeval u = usage.ru_utime, s = usage.ru_stime;
        metrics_set(m, METRIC_CPU, 0,
                    (double)(u.tv_sec + s.tv_sec) + (double)(u.tv_usec + s.tv_usec) / 1e6);
    }
    if (!getrlimit(RLIMIT_NOFILE, &limit))
        metrics_set(m, METRIC_FDS_MAX, 0, (double)limit.rlim_cur);
    metrics_set(m, METRIC_FDS, 0, count_descriptors());
    if (!slurp("/proc/self/stat", text, sizeof text))
        return;
    metrics_set(m, METRIC_VSIZE, 0, stat_field(text, 23));
    metrics_set(m, METRIC_RSS, 0, stat_field(text, 24) * (double)sysconf(_SC_PAGESIZE));
    read_start(m, text);
}
