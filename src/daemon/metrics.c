/*
 * metrics.c: the memory of the metrics and their text.
 *
 * Each metric is a row of doubles: one a label combination; for a histogram one a bucket, then the
 * sum, for each combination. Doubles hold whole numbers up to 2^53 exactly, which is a counter of a
 * million a second for 285 years. Label sets are lists of dimensions; the index of a combination is
 * that of a number written in those dimensions, the last one running fastest.
 *
 * Fails only for lack of memory, when made and when written.
 */
#include "daemon/metrics_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "dupd/verdict.h"
#include "redis/classes.h"

const struct metric_row metric_rows[METRIC_COUNT] = {
#define METRIC_ROW(name, kind, labels, text, help)                                                 \
    [METRIC_##name] = {text, help, KIND_##kind, LABELS_##labels},
    METRICS(METRIC_ROW)
#undef METRIC_ROW
};

#define VALUE_TEXT(name, text) text,
static const char *const stages[] = {METRIC_STAGES(VALUE_TEXT)};
static const char *const reasons[] = {METRIC_REASONS(VALUE_TEXT)};
static const char *const roles[] = {METRIC_ROLES(VALUE_TEXT)};
static const char *const alert_reasons[] = {METRIC_ALERT_REASONS(VALUE_TEXT)};
static const char *const credited_values[] = {METRIC_CREDITED(VALUE_TEXT)};
static const char *const deliveries[] = {METRIC_DELIVERIES(VALUE_TEXT)};
static const char *const statuses[] = {METRIC_STATUSES(VALUE_TEXT)};
#undef VALUE_TEXT
#define VERDICT_TEXT(name, text, copy, meaning) text,
static const char *const verdicts[] = {DUPD_VERDICTS(VERDICT_TEXT)};
#undef VERDICT_TEXT
#define CLASS_TEXT(name, label, text) label,
static const char *const classes[] = {REDIS_CLASSES(CLASS_TEXT)};
#undef CLASS_TEXT

/* Upper bounds; +Inf comes last by itself. From a tenth of a millisecond, which is a stage of a
 * short article, to a minute, which is trouble. */
static const double seconds_bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                        0.05,   0.1,     0.25,   0.5,   1,      2.5,   10,   60};
static const double small_bounds[] = {0, 1, 2, 3, 5, 8, 12, 20, 32, 64};
#define BOUNDS(of) (unsigned)(sizeof(of) / sizeof *(of))

const double *metric_bounds(enum metric_kind kind, unsigned *count)
{
    *count = kind == KIND_SECONDS ? BOUNDS(seconds_bounds) : BOUNDS(small_bounds);
    return kind == KIND_SECONDS ? seconds_bounds : small_bounds;
}

unsigned metric_cells(enum metric_kind kind)
{
    unsigned bounds;
    if (!metric_is_histogram(kind))
        return 1;
    metric_bounds(kind, &bounds);
    return bounds + 2;
}

#define ONE_DIMENSION(text, values)                                                                \
    (struct label_dimensions)                                                                      \
    {                                                                                              \
        1,                                                                                         \
        {                                                                                          \
            {                                                                                      \
                text, values, BOUNDS(values)                                                       \
            }                                                                                      \
        }                                                                                          \
    }

static void fill_labels(struct metrics *m)
{
    m->labels[LABELS_VERDICT] = ONE_DIMENSION("verdict", verdicts);
    m->labels[LABELS_REASON] = ONE_DIMENSION("reason", reasons);
    m->labels[LABELS_STAGE] = ONE_DIMENSION("stage", stages);
    m->labels[LABELS_ROLE] = ONE_DIMENSION("role", roles);
    m->labels[LABELS_CLASS] = ONE_DIMENSION("class", classes);
    m->labels[LABELS_STATUS] = ONE_DIMENSION("code", statuses);
    m->labels[LABELS_DELIVERY] = ONE_DIMENSION("result", deliveries);
    m->labels[LABELS_ALERT] =
        (struct label_dimensions){3,
                                  {{"reason", alert_reasons, BOUNDS(alert_reasons)},
                                   {"agency", m->agency, m->agency_count},
                                   {"credited", credited_values, BOUNDS(credited_values)}}};
    m->labels[LABELS_BUILD] =
        (struct label_dimensions){2, {{"version", &m->build[0], 1}, {"store", &m->build[1], 1}}};
}

/* Copies the names that are known only now. */
static int copy_names(struct metrics *m, const struct metrics_names *names)
{
    unsigned agencies = names->agencies ? dupd_agency_count(names->agencies) : 0;
    if (agencies > METRIC_AGENCIES_MAX)
        agencies = METRIC_AGENCIES_MAX;
    size_t bytes = strlen(names->version) + strlen(names->store) + 2;
    for (unsigned i = 0; i < agencies; i++)
        bytes += strlen(dupd_agency_name(names->agencies, i)) + 1;
    m->names = malloc(bytes);
    m->agency = malloc((agencies + 2) * sizeof *m->agency);
    if (!m->names || !m->agency)
        return DUPD_ENOMEM;
    char *at = m->names;
    for (unsigned i = 0; i < agencies; i++) {
        m->agency[i] = at;
        at = stpcpy(at, dupd_agency_name(names->agencies, i)) + 1;
    }
    m->agency[agencies] = "other";
    m->agency[agencies + 1] = "none";
    m->agency_count = agencies + 2;
    m->build[0] = at;
    at = stpcpy(at, names->version) + 1;
    m->build[1] = at;
    stpcpy(at, names->store);
    return DUPD_OK;
}

int metrics_new(struct metrics **out, const struct metrics_names *names)
{
    struct metrics *m = calloc(1, sizeof *m);
    int rc = m ? copy_names(m, names) : DUPD_ENOMEM;
    size_t cells = 0;
    if (!rc) {
        fill_labels(m);
        for (unsigned i = 0; i < METRIC_COUNT; i++) {
            const struct label_dimensions *l = &m->labels[metric_rows[i].labels];
            m->width[i] = 1;
            for (unsigned d = 0; d < l->count; d++)
                m->width[i] *= l->of[d].count;
            cells += (size_t)m->width[i] * metric_cells(metric_rows[i].kind);
        }
        m->memory = calloc(cells, sizeof *m->memory);
        rc = m->memory ? DUPD_OK : DUPD_ENOMEM;
    }
    if (rc) {
        metrics_free(m);
        return rc;
    }
    double *at = m->memory;
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        m->value[i] = at;
        at += (size_t)m->width[i] * metric_cells(metric_rows[i].kind);
    }
    metrics_set(m, METRIC_BUILD_INFO, 0, 1);
    *out = m;
    return DUPD_OK;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    free(m->memory);
    free(m->agency);
    free(m->names);
    free(m);
}

/* The cells of a combination, or NULL. */
static double *cells_at(const struct metrics *m, enum metric id, unsigned at)
{
    if (id >= METRIC_COUNT || at >= m->width[id])
        return NULL;
    return m->value[id] + (size_t)at * metric_cells(metric_rows[id].kind);
}

void metrics_add(struct metrics *m, enum metric id, unsigned at, uint64_t n)
{
    double *cell = cells_at(m, id, at);
    if (cell && !metric_is_histogram(metric_rows[id].kind))
        *cell += (double)n;
}

void metrics_set(struct metrics *m, enum metric id, unsigned at, double value)
{
    double *cell = cells_at(m, id, at);
    if (cell && !metric_is_histogram(metric_rows[id].kind))
        *cell = value;
}

void metrics_raise(struct metrics *m, enum metric id, unsigned at, double value)
{
    if (value > metrics_get(m, id, at))
        metrics_set(m, id, at, value);
}

void metrics_observe(struct metrics *m, enum metric id, unsigned at, double value)
{
    double *cell = cells_at(m, id, at);
    if (!cell || !metric_is_histogram(metric_rows[id].kind) || isnan(value))
        return;
    unsigned count, i = 0;
    const double *bound = metric_bounds(metric_rows[id].kind, &count);
    while (i < count && value > bound[i])
        i++;
    cell[i] += 1;
    cell[count + 1] += value;
}

double metrics_get(const struct metrics *m, enum metric id, unsigned at)
{
    const double *cell = cells_at(m, id, at);
    if (!cell)
        return 0;
    if (!metric_is_histogram(metric_rows[id].kind))
        return *cell;
    double sum = 0;
    for (unsigned i = 0; i + 1 < metric_cells(metric_rows[id].kind); i++)
        sum += cell[i];
    return sum;
}

unsigned metrics_width(const struct metrics *m, enum metric id)
{
    return m->width[id];
}

unsigned metrics_at_alert(const struct metrics *m, enum metric_alert_reason reason,
                          struct dupd_view agency, int credited)
{
    unsigned at = m->agency_count - 1;
    if (agency.len) {
        for (at = 0; at + 2 < m->agency_count; at++) {
            if (dupd_view_equal(dupd_view_of(m->agency[at]), agency))
                break;
        }
    }
    unsigned how = credited < 0 ? METRIC_CREDITED_UNKNOWN
                                : (credited ? METRIC_CREDITED_YES : METRIC_CREDITED_NO);
    return ((unsigned)reason * m->agency_count + at) * METRIC_CREDITED_COUNT + how;
}

unsigned metrics_at_error(int code)
{
    switch (code) {
    case DUPD_ESYNTAX:
        return METRIC_REASON_SYNTAX;
    case DUPD_ETYPE:
        return METRIC_REASON_TYPE;
    case DUPD_ETOOBIG:
        return METRIC_REASON_TOO_BIG;
    case DUPD_EEMPTY:
        return METRIC_REASON_EMPTY;
    case DUPD_ENOMEM:
        return METRIC_REASON_MEMORY;
    case DUPD_EIO:
    case DUPD_EFULL:
    case DUPD_EREADONLY:
    case DUPD_EBUSY:
    case DUPD_ECORRUPT:
    case DUPD_EAGAIN:
    case DUPD_EDENIED:
        return METRIC_REASON_STORE;
    default:
        return METRIC_REASON_INTERNAL;
    }
}
