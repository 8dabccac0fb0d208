/*
 * passages.c: matched passages side by side.
 *
 * The two sides of a passage run parallel, but not word for word: a sentence that begins on both
 * sides at paired words begins a new row, so that what corresponds stands side by side however much
 * was replaced before. On a narrow terminal the sides are stacked instead.
 */
#include "cli/passages.h"

#include <stdlib.h>

#include "cli/flow.h"
#include "cli/term.h"
#include "cli/words.h"
#include "dupd/error.h"

#define SHOWN_MAX 3u   /* passages, without --all */
#define LONG_WORDS 90u /* a longer passage is shown as head and tail */
#define HEAD_WORDS 60u
#define TAIL_WORDS 20u
#define ROW_TOKENS_MIN 6u /* a row is not begun for less */
#define SIDE_BY_SIDE_MIN 72u
#define INDENT 2u

struct range {
    uint32_t a_first, a_end, b_first, b_end;
};

struct view {
    struct cli *cli;
    const struct passages *p;
    struct flow_side a, b;
    struct flow_lines lines_a, lines_b;
    unsigned column; /* columns of each side */
    bool stacked;
};

static void print_line(const struct view *v, const struct flow_lines *l, size_t i, bool pad)
{
    struct flow_line line = {0};
    if (i < flow_lines_count(l))
        line = flow_lines_at(l, i);
    fwrite(line.len ? l->text.ptr + line.begin : "", 1, line.len, v->cli->out);
    if (pad)
        fprintf(v->cli->out, "%*s", (int)(v->column - line.width), "");
}

static void print_rows(const struct view *v)
{
    size_t rows_a = flow_lines_count(&v->lines_a), rows_b = flow_lines_count(&v->lines_b);
    for (size_t i = 0; i < rows_a || i < rows_b; i++) {
        fprintf(v->cli->out, "%*s", (int)INDENT, "");
        print_line(v, &v->lines_a, i, true);
        fputs(" | ", v->cli->out);
        print_line(v, &v->lines_b, i, false);
        fputc('\n', v->cli->out);
    }
}

static void print_stacked(const struct view *v, const struct flow_lines *l, const char *sign)
{
    for (size_t i = 0; i < flow_lines_count(l); i++) {
        fprintf(v->cli->out, "%*s%s ", (int)INDENT, "", sign);
        print_line(v, l, i, false);
        fputc('\n', v->cli->out);
    }
}

/* One pair of stretches. */
static int show_range(struct view *v, struct range r)
{
    flow_lines_clear(&v->lines_a);
    flow_lines_clear(&v->lines_b);
    int rc = flow_add(&v->lines_a, &v->a, r.a_first, r.a_end, v->column, v->cli->color);
    if (!rc)
        rc = flow_add(&v->lines_b, &v->b, r.b_first, r.b_end, v->column, v->cli->color);
    if (rc)
        return rc;
    if (v->stacked) {
        print_stacked(v, &v->lines_a, "<");
        print_stacked(v, &v->lines_b, ">");
    } else {
        print_rows(v);
    }
    return DUPD_OK;
}

/* Where the next row begins behind r's first tokens: at a sentence whose first word is paired. */
static struct range first_row(const struct view *v, struct range r)
{
    const struct dupd_token *token = v->a.tokens->token;
    for (uint32_t i = r.a_first + ROW_TOKENS_MIN; i + ROW_TOKENS_MIN <= r.a_end; i++) {
        uint32_t other = v->a.pair[i];
        if ((token[i].flags & DUPD_TOKEN_SENTENCE) && other != DUPD_UNPAIRED && other > r.b_first &&
            other < r.b_end)
            return (struct range){r.a_first, i, r.b_first, other};
    }
    return r;
}

/* A stretch, a row for each sentence; stacked sides are not cut. */
static int show_stretch(struct view *v, struct range r)
{
    while (r.a_first < r.a_end) {
        struct range row = v->stacked ? r : first_row(v, r);
        int rc = show_range(v, row);
        if (rc)
            return rc;
        r.a_first = row.a_end;
        r.b_first = row.b_end;
    }
    return DUPD_OK;
}

/* Where [first, end) of a stands in the passage's side b. */
static struct range locate(const struct view *v, const struct dupd_passage *p, uint32_t first,
                           uint32_t end)
{
    uint32_t least = UINT32_MAX, most = 0;
    for (uint32_t i = first; i < end; i++) {
        uint32_t other = v->a.pair[i];
        if (other == DUPD_UNPAIRED || other < p->b_first || other >= p->b_end)
            continue;
        least = other < least ? other : least;
        most = other + 1 > most ? other + 1 : most;
    }
    if (first == p->a_first)
        least = p->b_first;
    if (end == p->a_end)
        most = p->b_end;
    return (struct range){first, end, least < most ? least : most, most};
}

static uint32_t to_words(uint32_t weight)
{
    return (weight + 1) / DUPD_WORD_WEIGHT;
}

static void heading(const struct view *v, const struct dupd_passage *p, unsigned nth, unsigned of)
{
    uint32_t words = to_words(p->matched), replaced = to_words(p->replaced);
    bool quoted = (uint64_t)p->quoted * 2 > p->matched;
    char count[WORDS_NUMBER_MAX];
    fprintf(v->cli->out, "\n%*s%sPassage %u of %u%s: %s word%s", (int)INDENT, "",
            term_begin(v->cli->color, TERM_BOLD), nth, of, term_end(v->cli->color),
            words_number(words, count), words == 1 ? "" : "s");
    if (replaced)
        fprintf(v->cli->out, ", %s replaced", words_number(replaced, count));
    if (p->furniture)
        fputs(", furniture of the outlet (does not count)", v->cli->out);
    else if (quoted)
        fputs(p->statement ? ", a statement that both print (does not count)"
                           : ", in quotation marks (does not count)",
              v->cli->out);
    fputc('\n', v->cli->out);
}

/* Weight of the tokens [first, end) of a. */
static uint32_t weigh(const struct view *v, uint32_t first, uint32_t end)
{
    uint32_t weight = 0;
    for (uint32_t i = first; i < end; i++)
        weight += v->a.tokens->token[i].weight;
    return weight;
}

static int show_passage(struct view *v, const struct dupd_passage *p)
{
    struct range all = {p->a_first, p->a_end, p->b_first, p->b_end};
    if (to_words(weigh(v, p->a_first, p->a_end)) <= LONG_WORDS || v->cli->settings.all)
        return show_stretch(v, all);
    uint32_t head_end = p->a_first, tail_first = p->a_end;
    for (uint32_t weight = 0; weight < HEAD_WORDS * DUPD_WORD_WEIGHT; head_end++)
        weight += v->a.tokens->token[head_end].weight;
    for (uint32_t weight = 0; weight < TAIL_WORDS * DUPD_WORD_WEIGHT; tail_first--)
        weight += v->a.tokens->token[tail_first - 1].weight;
    int rc = show_stretch(v, locate(v, p, p->a_first, head_end));
    if (rc)
        return rc;
    char count[WORDS_NUMBER_MAX];
    fprintf(v->cli->out, "%*s%s... %s more words ...%s\n", (int)INDENT, "",
            term_begin(v->cli->color, TERM_DIM),
            words_number(to_words(weigh(v, head_end, tail_first)), count), term_end(v->cli->color));
    return show_stretch(v, locate(v, p, tail_first, p->a_end));
}

/* What a passage proves: its words that count. */
static uint32_t telling(const struct dupd_passage *p)
{
    return p->furniture || p->statement || p->quoted > p->matched ? 0 : p->matched - p->quoted;
}

/* The most telling first: much prose, then quotations, then furniture. */
static int more_telling_first(const void *a, const void *b)
{
    const struct dupd_passage *x = *(const struct dupd_passage *const *)a;
    const struct dupd_passage *y = *(const struct dupd_passage *const *)b;
    if (telling(x) != telling(y))
        return telling(x) < telling(y) ? 1 : -1;
    if (x->furniture != y->furniture)
        return x->furniture - y->furniture;
    if (x->matched != y->matched)
        return x->matched < y->matched ? 1 : -1;
    return (x->a_first > y->a_first) - (x->a_first < y->a_first);
}

static void open_view(struct view *v, struct cli *cli, const struct passages *p)
{
    *v = (struct view){.cli = cli, .p = p};
    v->a = (struct flow_side){p->text_a, p->tokens_a, p->overlap->pair_a};
    v->b = (struct flow_side){p->text_b, p->tokens_b, p->overlap->pair_b};
    v->stacked = cli->width < SIDE_BY_SIDE_MIN;
    v->column = v->stacked ? cli->width - INDENT - 2 : (cli->width - INDENT - 3) / 2;
    if (v->column > cli->width)
        v->column = 20;
}

static void close_view(struct view *v)
{
    flow_lines_close(&v->lines_a);
    flow_lines_close(&v->lines_b);
}

static void titles(const struct view *v)
{
    if (v->stacked) {
        fprintf(v->cli->out, "\n%*s< %s\n%*s> %s\n", (int)INDENT, "", v->p->title_a, (int)INDENT,
                "", v->p->title_b);
        return;
    }
    struct dupd_buf a = {0}, b = {0};
    term_add(&a, dupd_view_of(v->p->title_a), v->column);
    term_add(&b, dupd_view_of(v->p->title_b), v->column);
    unsigned width = 0;
    for (size_t at = 0; at < a.len;) {
        unsigned char c = (unsigned char)a.ptr[at++];
        width += (c & 0xC0) != 0x80; /* titles are outlets and file names: narrow characters */
    }
    fprintf(v->cli->out, "\n%*s%s%.*s%s%*s | %s%.*s%s\n", (int)INDENT, "",
            term_begin(v->cli->color, TERM_BOLD), (int)a.len, a.ptr ? a.ptr : "",
            term_end(v->cli->color), width < v->column ? (int)(v->column - width) : 0, "",
            term_begin(v->cli->color, TERM_BOLD), (int)b.len, b.ptr ? b.ptr : "",
            term_end(v->cli->color));
    dupd_buf_close(&a);
    dupd_buf_close(&b);
}

int passages_print(struct cli *cli, const struct passages *p)
{
    uint32_t count = p->overlap->passage_count;
    if (count == 0)
        return DUPD_OK;
    const struct dupd_passage **order = calloc(count, sizeof *order);
    if (!order)
        return DUPD_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        order[i] = &p->overlap->passage[i];
    qsort(order, count, sizeof *order, more_telling_first);
    uint32_t shown = cli->settings.all || count < SHOWN_MAX ? count : SHOWN_MAX;
    struct view v;
    open_view(&v, cli, p);
    titles(&v);
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < shown && !rc; i++) {
        heading(&v, order[i], i + 1, count);
        rc = show_passage(&v, order[i]);
    }
    if (!rc && shown < count)
        fprintf(cli->out, "\n%*s%u more passage%s: --all shows %s\n", (int)INDENT, "",
                count - shown, count - shown == 1 ? "" : "s", count - shown == 1 ? "it" : "them");
    close_view(&v);
    free(order);
    return rc;
}

int passages_print_heads(struct cli *cli, const struct passages *p)
{
    struct view v;
    if (p->tokens_a->count == 0 || p->tokens_b->count == 0)
        return DUPD_OK;
    open_view(&v, cli, p);
    v.a.pair = v.b.pair = NULL;
    titles(&v);
    uint32_t a = p->tokens_a->count, b = p->tokens_b->count;
    struct range all = {0, a < LONG_WORDS ? a : LONG_WORDS, 0, b < LONG_WORDS ? b : LONG_WORDS};
    int rc = show_range(&v, all);
    close_view(&v);
    return rc;
}
