/* progress.c: rate and time left, five times a second at most. Nothing unless err is a terminal. */
#include "cli/progress.h"

#include "cli/session.h"
#include "cli/words.h"

#define SHOW_EVERY_US 200000u

void progress_begin(struct progress *p, struct cli *cli, const char *doing)
{
    *p = (struct progress){.cli = cli, .doing = doing, .began_us = session_mono_us(NULL)};
}

void progress_step(struct progress *p, uint64_t done, uint64_t total)
{
    p->articles++;
    if (!p->cli->err_is_terminal || p->cli->settings.quiet)
        return;
    uint64_t now = session_mono_us(NULL);
    if (now - p->shown_us < SHOW_EVERY_US)
        return;
    p->shown_us = now;
    p->shown = true;
    double seconds = (double)(now - p->began_us + 1) / 1e6;
    char count[WORDS_NUMBER_MAX], rate[WORDS_NUMBER_MAX];
    fprintf(p->cli->err, "\r\x1B[K%s: %s article%s, %s a second", p->doing,
            words_number(p->articles, count), p->articles == 1 ? "" : "s",
            words_number((uint64_t)((double)p->articles / seconds), rate));
    if (total && done) {
        double left = seconds * ((double)total / (double)done - 1);
        fprintf(p->cli->err, ", %u %%, %.0f s left", (unsigned)(done * 100 / total),
                left > 0 ? left : 0);
    }
    fflush(p->cli->err);
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fputs("\r\x1B[K", p->cli->err);
    p->shown = false;
}

void progress_end(struct progress *p)
{
    progress_clear(p);
    if (!p->cli->err_is_terminal || p->cli->settings.quiet || p->articles == 0)
        return;
    double seconds = (double)(session_mono_us(NULL) - p->began_us + 1) / 1e6;
    char rate[WORDS_NUMBER_MAX];
    fprintf(p->cli->err, "%.1f s, %s articles a second\n", seconds,
            words_number((uint64_t)((double)p->articles / seconds), rate));
}
