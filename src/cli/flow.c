/*
 * flow.c: wrapping marked text.
 *
 * Characters are collected into a word until a space; a word goes to the line if it fits, else to
 * the next one. A wide character (Han, Kana, Hangul) is a word of its own, so that text without
 * spaces wraps too; a word wider than the column is cut. Colours are ended at each word, so that a
 * line can be cut and padded anywhere; brackets stand around a whole run of words that differ.
 */
#include "cli/flow.h"

#include "cli/term.h"
#include "dupd/error.h"
#include "dupd/text.h"

struct flow {
    struct flow_lines *out;
    unsigned width;
    bool color;
    bool marked; /* inside a word that differs */
    bool space;  /* a space stands before the word */
    struct dupd_buf word;
    unsigned word_width;
    size_t line_begin;
    unsigned line_width;
    int status; /* sticks */
};

void flow_lines_clear(struct flow_lines *l)
{
    dupd_buf_clear(&l->text);
    dupd_buf_clear(&l->index);
}

void flow_lines_close(struct flow_lines *l)
{
    dupd_buf_close(&l->text);
    dupd_buf_close(&l->index);
}

size_t flow_lines_count(const struct flow_lines *l)
{
    return l->index.len / sizeof(struct flow_line);
}

struct flow_line flow_lines_at(const struct flow_lines *l, size_t i)
{
    struct flow_line line;
    memcpy(&line, l->index.ptr + i * sizeof line, sizeof line);
    return line;
}

static void note(struct flow *f, int rc)
{
    if (!f->status)
        f->status = rc;
}

static void end_line(struct flow *f)
{
    struct dupd_buf *text = &f->out->text;
    struct flow_line line = {f->line_begin, text->len - f->line_begin, f->line_width};
    if (f->line_width)
        note(f, dupd_buf_add(&f->out->index, &line, sizeof line));
    f->line_begin = text->len;
    f->line_width = 0;
}

/* Puts the collected word on the line. */
static void end_word(struct flow *f)
{
    if (f->word_width > 0) {
        if (f->color && f->marked)
            note(f, dupd_buf_add_str(&f->word, term_end(true)));
        bool space = f->space && f->line_width > 0;
        if (f->line_width > 0 && f->line_width + space + f->word_width > f->width) {
            end_line(f);
            space = false;
        }
        if (space)
            note(f, dupd_buf_add_char(&f->out->text, ' '));
        note(f, dupd_buf_add_view(&f->out->text, dupd_buf_view(&f->word)));
        f->line_width += space + f->word_width;
        f->space = false;
        dupd_buf_clear(&f->word);
        f->word_width = 0;
        if (f->color && f->marked)
            note(f, dupd_buf_add_str(&f->word, term_begin(true, TERM_REPLACED)));
    }
}

static void put(struct flow *f, uint32_t code)
{
    unsigned width = term_width(code);
    if (f->word_width + width > f->width || width == 2)
        end_word(f);
    note(f, term_add_code(&f->word, code));
    f->word_width += width;
    if (width == 2)
        end_word(f);
}

static void put_text(struct flow *f, struct dupd_view text, size_t from, size_t to)
{
    while (from < to) {
        uint32_t code = term_safe(dupd_text_next(text, &from));
        if (code == ' ') {
            end_word(f);
            f->space = true;
        } else if (code) {
            put(f, code);
        }
    }
}

static void mark(struct flow *f, bool begin)
{
    f->marked = begin;
    if (!f->color)
        put(f, begin ? '[' : ']');
    else
        note(f,
             dupd_buf_add_str(&f->word, begin ? term_begin(true, TERM_REPLACED) : term_end(true)));
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Where the text of the tokens begins and ends: punctuation that touches them belongs to it. In
 * text without spaces it belongs to the token before. */
static size_t begin_of(const struct flow_side *s, uint32_t token)
{
    size_t begin = s->tokens->token[token].begin, at = begin;
    size_t least = token ? s->tokens->token[token - 1].end : 0;
    while (at > least && !is_space(s->text.ptr[at - 1]))
        at--;
    return token && at == least ? begin : at;
}

static size_t end_of(const struct flow_side *s, uint32_t token)
{
    size_t at = s->tokens->token[token].end;
    size_t most = token + 1 < s->tokens->count ? s->tokens->token[token + 1].begin : s->text.len;
    while (at < most && !is_space(s->text.ptr[at]))
        at++;
    return at;
}

int flow_add(struct flow_lines *l, const struct flow_side *side, uint32_t first, uint32_t end,
             unsigned width, bool color)
{
    if (first >= end)
        return DUPD_OK;
    struct flow f = {.out = l, .width = width < 2 ? 2 : width, .color = color};
    f.line_begin = l->text.len;
    size_t at = begin_of(side, first);
    for (uint32_t i = first; i < end; i++) {
        const struct dupd_token *token = &side->tokens->token[i];
        bool differs = side->pair && side->pair[i] == DUPD_UNPAIRED;
        bool next_differs = side->pair && i + 1 < end && side->pair[i + 1] == DUPD_UNPAIRED;
        put_text(&f, side->text, at, token->begin);
        if (differs && !f.marked)
            mark(&f, true);
        put_text(&f, side->text, token->begin, token->end);
        if (differs && !next_differs)
            mark(&f, false);
        at = token->end;
    }
    put_text(&f, side->text, at, end_of(side, end - 1));
    end_word(&f);
    end_line(&f);
    dupd_buf_close(&f.word);
    return f.status;
}
