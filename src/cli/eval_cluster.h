/*
 * eval_cluster.h: stories against labelled clusters.
 */
#ifndef CLI_EVAL_CLUSTER_H
#define CLI_EVAL_CLUSTER_H

#include "cli/eval_set.h"

struct eval_clusters {
    uint32_t articles, clusters, stories; /* that are labelled and present */
    double ari; /* adjusted Rand index: 1 for the same partition, about 0 for chance (L. Hubert and
                   P. Arabie, "Comparing partitions", 1985) */
    double precision, recall, f1; /* over pairs of articles in one story, in one cluster */
};

/* Reads one line of a clusters file: {"id":…, "cluster":…}; the cluster may be a string or a
 * number. Returns 0, DUPD_ESYNTAX, DUPD_ETYPE or DUPD_ENOMEM; *problem (static text) says what is
 * wrong. */
int eval_cluster_add_line(struct eval_set *s, struct dupd_view line, const char **problem);

/* Compares what is labelled with the stories of the run. Returns 0 or DUPD_ENOMEM. */
int eval_cluster_score(const struct eval_set *s, struct eval_clusters *out);

#endif
