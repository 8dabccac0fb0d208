/*
 * metrics_table.h: the memory of the metrics. Internal to metrics.c and metrics_text.c.
 */
#ifndef DAEMON_METRICS_TABLE_H
#define DAEMON_METRICS_TABLE_H

#include "daemon/metrics.h"

enum metric_kind { KIND_COUNTER, KIND_GAUGE, KIND_SECONDS, KIND_SMALL };

#define DIMENSIONS_MAX 3

struct dimension {
    const char *name;
    const char *const *value;
    unsigned count;
};

enum label_set {
    LABELS_NONE,
    LABELS_VERDICT,
    LABELS_ALERT,
    LABELS_REASON,
    LABELS_STAGE,
    LABELS_ROLE,
    LABELS_CLASS,
    LABELS_STATUS,
    LABELS_DELIVERY,
    LABELS_BUILD,
    LABELS_COUNT
};

struct label_dimensions {
    unsigned count;
    struct dimension of[DIMENSIONS_MAX];
};

struct metric_row {
    const char *name, *help;
    enum metric_kind kind;
    enum label_set labels;
};

struct metrics {
    struct label_dimensions labels[LABELS_COUNT];
    double *value[METRIC_COUNT];
    unsigned width[METRIC_COUNT];
    double *memory;
    const char **agency; /* names, then "other" and "none"; the names stand in `names` */
    unsigned agency_count;
    const char *build[2];
    char *names;
};

extern const struct metric_row metric_rows[METRIC_COUNT];

static inline bool metric_is_histogram(enum metric_kind kind)
{
    return kind == KIND_SECONDS || kind == KIND_SMALL;
}

/* Upper bounds of a histogram's buckets; +Inf is not among them. */
const double *metric_bounds(enum metric_kind kind, unsigned *count);

/* Doubles that one combination takes: buckets with +Inf, and the sum; or one value. */
unsigned metric_cells(enum metric_kind kind);

#endif
