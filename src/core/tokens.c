/*
 * tokens.c: the tokeniser, one pass over clean text, paragraph by paragraph (lines.c).
 *
 * Happy path: a run of ASCII letters is lowered into a small buffer and hashed, 10 to 15 ns a word;
 * a word with other letters is found whole (words.c), folded (fold.c) and hashed. Marks go to
 * quotes.c. Failure modes: no memory; a text of 4 GiB. Any clean bytes are tokens or nothing; a
 * "word" of megabytes is cut into pieces.
 */
#include "dupd/tokens.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "chars.h"
#include "dupd/error.h"
#include "dupd/text.h"
#include "fold.h"
#include "lines.h"
#include "quotes.h"
#include "words.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "hashes are defined over little-endian bytes; swap them here first (docs/formats.md)"
#endif

#define SINGLE_MAX 64 /* bytes of a character with its marks */
#define UNCLOSED_TOKENS 100

struct reader {
    struct dupd_tokens *t;
    struct dupd_view text; /* ends with the open paragraph */
    size_t at;
    struct quotes quotes;
    uint32_t paragraph_first; /* token that the open paragraph starts with */
    uint32_t quote_first;     /* and the open quotation */
    bool sentence;            /* the next token starts one */
    int status;
};

static void *grow(void *old, size_t count, size_t size)
{
    return count > SIZE_MAX / size ? NULL : realloc(old, count * size);
}

static int grow_tokens(struct dupd_tokens *t)
{
    if (t->token_cap > UINT32_MAX / 2)
        return DUPD_ETOOBIG;
    uint32_t cap = t->token_cap ? t->token_cap * 2 : 1024;
    uint64_t *hash = grow(t->hash, cap, sizeof *hash);
    if (!hash)
        return DUPD_ENOMEM;
    t->hash = hash;
    struct dupd_token *token = grow(t->token, cap, sizeof *token);
    if (!token)
        return DUPD_ENOMEM;
    t->token = token;
    t->token_cap = cap;
    return DUPD_OK;
}

static void end_paragraph(struct reader *r)
{
    struct dupd_tokens *t = r->t;
    r->quotes = (struct quotes){0};
    r->sentence = true;
    if (r->paragraph_first == t->count)
        return;
    if (t->paragraph_count == t->paragraph_cap) {
        uint32_t cap = t->paragraph_cap ? t->paragraph_cap * 2 : 64;
        struct dupd_paragraph *p = grow(t->paragraph, cap, sizeof *p);
        if (!p) {
            r->status = DUPD_ENOMEM;
            return;
        }
        t->paragraph = p;
        t->paragraph_cap = cap;
    }
    uint32_t n = t->count - r->paragraph_first;
    t->paragraph[t->paragraph_count++] = (struct dupd_paragraph){
        .first = r->paragraph_first,
        .end = t->count,
        .hash = XXH3_64bits(t->hash + r->paragraph_first, n * sizeof *t->hash),
    };
    r->paragraph_first = t->count;
}

/* The one definition of a token's hash. */
static inline uint64_t hash_form(const char *form, size_t len)
{
    return XXH3_64bits(form, len);
}

static inline void add_token(struct reader *r, size_t begin, const char *form, size_t len,
                             uint8_t flags, uint8_t weight)
{
    struct dupd_tokens *t = r->t;
    if (len == 0)
        return;
    if (t->count == t->token_cap) {
        r->status = grow_tokens(t);
        if (r->status)
            return;
    }
    if (r->quotes.open)
        flags |= DUPD_TOKEN_QUOTED;
    if (r->sentence)
        flags |= DUPD_TOKEN_SENTENCE;
    r->sentence = false;
    t->hash[t->count] = hash_form(form, len);
    t->token[t->count++] = (struct dupd_token){
        .begin = (uint32_t)begin,
        .end = (uint32_t)r->at,
        .paragraph = t->paragraph_count,
        .flags = flags,
        .weight = weight,
    };
}

#define HAS_LETTER 0x80u /* beside the flags of a token, while it is read */

/* What eight bytes of text begin with: n ASCII letters and digits, in lower case. */
struct run {
    uint64_t lower;
    unsigned n;
    uint8_t flags;
};

#define EACH(byte) (0x0101010101010101u * (byte))

/* 0x80 in each byte of x that lies in [low, high]; every byte of x is below 0x80. */
static inline uint64_t in_range(uint64_t x, unsigned low, unsigned high)
{
    return (x + EACH(0x80 - low)) & ~(x + EACH(0x7F - high)) & EACH(0x80);
}

/* Most words are shorter than eight letters: they are found and lowered at once, without a branch
 * for each letter (H. Warren, "Hacker's Delight", 2002, section 6-1). */
static inline struct run ascii_run(const unsigned char *p, size_t left)
{
    uint64_t x = 0;
    if (left >= sizeof x)
        memcpy(&x, p, sizeof x);
    else
        memcpy(&x, p, left);
    uint64_t low = x & EACH(0x7F);
    uint64_t letters = in_range(low | EACH(0x20), 'a', 'z') & ~x;
    uint64_t digits = in_range(low, '0', '9') & ~x;
    uint64_t stops = ~(letters | digits) & EACH(0x80);
    unsigned n = stops ? (unsigned)__builtin_ctzll(stops) / 8 : 8;
    uint64_t before_stop = (stops & -stops) - 1; /* all bits if there is none */
    uint8_t flags =
        (digits & before_stop ? DUPD_TOKEN_NUMBER : 0) | (letters & before_stop ? HAS_LETTER : 0);
    return (struct run){x | letters >> 2, n, flags};
}

/* Of a word whose runs had these flags between them. */
static inline uint8_t flags_of(uint8_t runs)
{
    return runs & HAS_LETTER ? 0 : runs;
}

static inline bool is_ascii_joiner(unsigned char c)
{
    return c == '\'' || c == '.' || c == ',' || c == '`';
}

static bool is_number(const char *form, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (form[i] < '0' || form[i] > '9')
            return false;
    return true;
}

static void read_folded(struct reader *r, size_t begin, uint8_t flags, uint8_t weight)
{
    char form[FOLD_FORM_MAX];
    size_t len = fold_word((struct dupd_view){r->text.ptr + begin, r->at - begin}, form);
    if (!(flags & DUPD_TOKEN_CHAR) && is_number(form, len))
        flags |= DUPD_TOKEN_NUMBER;
    add_token(r, begin, form, len, flags, weight);
}

/* A word that starts at r->at with an ASCII letter or digit. */
static void read_word(struct reader *r)
{
    char form[FOLD_RAW_MAX];
    size_t begin = r->at, at = begin, segment = begin, len = 0;
    const unsigned char *p = (const unsigned char *)r->text.ptr;
    size_t end = r->text.len - begin < WORDS_MAX ? r->text.len : begin + WORDS_MAX;
    uint8_t flags = 0;
    while (at < end) {
        struct run run = ascii_run(p + at, end - at);
        memcpy(form + len, &run.lower, sizeof run.lower);
        len += run.n;
        at += run.n;
        flags |= run.flags;
        if (run.n == sizeof run.lower || at == end)
            continue;
        if (p[at] >= 0x80) {
            r->at = words_end(r->text, begin, segment, at);
            if (r->at > at) {
                read_folded(r, begin, 0, DUPD_WORD_WEIGHT);
                return;
            }
            break;
        }
        if (!is_ascii_joiner(p[at]) || at == segment || !words_joined(r->text, segment, at))
            break;
        segment = ++at;
    }
    r->at = at;
    add_token(r, begin, form, len, flags_of(flags), DUPD_WORD_WEIGHT);
}

/* One character of an unspaced script with its marks. */
static void read_single(struct reader *r)
{
    size_t begin = r->at;
    dupd_text_next(r->text, &r->at);
    while (r->at < r->text.len && r->at - begin < SINGLE_MAX) {
        size_t next = r->at;
        enum char_class k = chars_class(dupd_text_next(r->text, &next));
        if (k != CHAR_MARK && k != CHAR_IGNORABLE)
            break;
        r->at = next;
    }
    read_folded(r, begin, DUPD_TOKEN_CHAR, DUPD_CHAR_WEIGHT);
}

/* A quotation mark. A quotation that is still open after UNCLOSED_TOKENS when the next one opens
 * has lost its closing mark: it counts as prose, since nobody knows where it ended. */
static void read_quote(struct reader *r, size_t begin, uint32_t cp)
{
    bool was_open = r->quotes.open;
    bool again = quotes_mark(&r->quotes, r->text, begin, r->at, cp);
    if (again && r->t->count - r->quote_first > UNCLOSED_TOKENS)
        for (uint32_t i = r->quote_first; i < r->t->count; i++)
            r->t->token[i].flags &= (uint8_t)~DUPD_TOKEN_QUOTED;
    if (again || !was_open)
        r->quote_first = r->t->count;
}

static void read_other(struct reader *r)
{
    size_t begin = r->at;
    uint32_t cp = dupd_text_next(r->text, &r->at);
    switch (chars_class(cp)) {
    case CHAR_WORD:
        r->at = words_end(r->text, begin, begin, r->at);
        read_folded(r, begin, 0, DUPD_WORD_WEIGHT);
        break;
    case CHAR_SINGLE:
        r->at = begin;
        read_single(r);
        break;
    case CHAR_NEWLINE:
        if (lines_hard_break(r->text, r->at, cp))
            end_paragraph(r);
        break;
    case CHAR_APOSTROPHE:
    case CHAR_QUOTE:
        read_quote(r, begin, cp);
        break;
    case CHAR_STOP:
        r->sentence = true;
        break;
    default:
        break;
    }
}

static void read_paragraph(struct reader *r)
{
    const unsigned char *p = (const unsigned char *)r->text.ptr;
    while (r->at < r->text.len && !r->status) {
        size_t begin = r->at;
        struct run run = ascii_run(p + begin, r->text.len - begin);
        if (run.n == 0) {
            if (p[begin] == ' ')
                r->at++;
            else
                read_other(r);
        } else if (run.n < sizeof run.lower && begin + run.n < r->text.len &&
                   p[begin + run.n] == ' ') { /* nearly every word of English */
            r->at = begin + run.n;
            add_token(r, begin, (const char *)&run.lower, run.n, flags_of(run.flags),
                      DUPD_WORD_WEIGHT);
            r->at++;
        } else {
            read_word(r);
        }
    }
    if (!r->status)
        end_paragraph(r);
}

void dupd_tokens_init(struct dupd_tokens *t)
{
    *t = (struct dupd_tokens){0};
}

void dupd_tokens_close(struct dupd_tokens *t)
{
    free(t->hash);
    free(t->token);
    free(t->paragraph);
    *t = (struct dupd_tokens){0};
}

static void sum_up(struct dupd_tokens *t)
{
    uint32_t weight = 0, quoted = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        weight += t->token[i].weight;
        quoted += t->token[i].flags & DUPD_TOKEN_QUOTED ? t->token[i].weight : 0;
    }
    t->weight = weight;
    t->quoted_weight = quoted;
    XXH128_hash_t h = XXH3_128bits(t->hash, t->count * sizeof *t->hash);
    t->content_hash = (struct dupd_hash128){.high = h.high64, .low = h.low64};
}

int dupd_tokens_read(struct dupd_tokens *t, struct dupd_view text)
{
    struct reader r = {.t = t, .sentence = true};
    t->count = t->paragraph_count = 0;
    if (text.len > UINT32_MAX - FOLD_RAW_MAX)
        r.status = DUPD_ETOOBIG;
    unsigned width = r.status ? 0 : lines_width(text);
    while (r.at < text.len && !r.status) {
        r.text = (struct dupd_view){text.ptr, lines_paragraph_end(text, r.at, width)};
        read_paragraph(&r);
    }
    if (r.status)
        t->count = t->paragraph_count = 0;
    sum_up(t);
    return r.status;
}

int dupd_tokens_fold(struct dupd_view word, struct dupd_buf *out)
{
    char form[FOLD_FORM_MAX];
    if (word.len > FOLD_RAW_MAX)
        return DUPD_ETOOBIG;
    return dupd_buf_add(out, form, fold_word(word, form));
}

uint64_t dupd_tokens_hash(struct dupd_view word)
{
    char form[FOLD_FORM_MAX];
    word.len = word.len < FOLD_RAW_MAX ? word.len : FOLD_RAW_MAX;
    return hash_form(form, fold_word(word, form));
}
