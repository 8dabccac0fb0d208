/*
 * eval_report.h: what `dupd eval` prints.
 */
#ifndef CLI_EVAL_REPORT_H
#define CLI_EVAL_REPORT_H

#include "cli/eval_run.h"

/* For people: the scores, a line a label, the sweep over the score, the mistakes with their
 * figures. `pairwise`: only the texts were compared. */
int eval_report_text(const struct eval_run *run, bool pairwise, struct dupd_buf *out);

/* One JSON object on one line: precision, recall, f1, labels, sweep, mistakes. */
int eval_report_json(const struct eval_run *run, bool pairwise, struct dupd_buf *out);

#endif
