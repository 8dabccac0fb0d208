/*
 * tokens.c: the tokeniser, one pass over clean text.
 *
 * Happy path: a run of ASCII letters is lowered into a small buffer and hashed, 10 to 15 ns a word;
 * a word with other letters is found whole, folded (fold.c) and hashed. Marks go to quotes.c, line
 * ends to the paragraph rule below. Failure modes: no memory; a text of 4 GiB. Any clean bytes are
 * tokens or nothing; a "word" of megabytes is cut into pieces.
 *
 * Paragraphs. News bodies come with blank lines, with one line a paragraph, or wrapped at 60 to 80
 * columns with indented paragraphs (wire copy). A text counts as wrapped when most of its lines are
 * of such a length and do not end a sentence; then a single line end is a space.
 */
#include "dupd/tokens.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "chars.h"
#include "dupd/error.h"
#include "dupd/text.h"
#include "fold.h"
#include "quotes.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "hashes are defined over little-endian bytes; swap them here first (docs/formats.md)"
#endif

#define WRAPPED_COLUMNS_MAX 100 /* no line of wrapped text is longer */
#define WRAPPED_COLUMNS_MIN 40  /* and on average they are at least this long */
#define WRAPPED_LINES_MIN 3

struct reader {
    struct dupd_tokens *t;
    struct dupd_view text;
    size_t at;
    struct quotes quotes;
    uint32_t paragraph_first; /* token that the open paragraph starts with */
    bool sentence;            /* the next token starts one */
    bool wrapped;
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
    quotes_end_paragraph(&r->quotes);
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
    t->hash[t->count] = XXH3_64bits(form, len);
    t->token[t->count++] = (struct dupd_token){
        .begin = (uint32_t)begin,
        .end = (uint32_t)r->at,
        .paragraph = t->paragraph_count,
        .flags = flags,
        .weight = weight,
    };
}

static inline unsigned char byte_at(const struct reader *r, size_t at)
{
    return at < r->text.len ? (unsigned char)r->text.ptr[at] : 0;
}

static inline bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_ascii_letter(unsigned char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static inline bool is_ascii_word(unsigned char c)
{
    return is_ascii_letter(c) || is_digit(c);
}

static bool starts_word(struct dupd_view text, size_t at)
{
    return at < text.len && chars_class(dupd_text_next(text, &at)) == CHAR_WORD;
}

/* Does the mark at `at` (ASCII) join what stands before and after it into one word? `segment` is
 * where the letters before it began, after the last joining dot. */
static bool joins(const struct reader *r, size_t at, size_t segment)
{
    unsigned char c = byte_at(r, at), before = byte_at(r, at - 1), after = byte_at(r, at + 1);
    if (c == '\'')
        return is_ascii_word(after) || (after >= 0x80 && starts_word(r->text, at + 1));
    if (is_digit(before) && is_digit(after)) /* 1,000 = 1000; 8.1 */
        return c == ',' || c == '.';
    if (c != '.' || at - segment != 1 || !is_ascii_letter(after))
        return false;
    return !is_ascii_word(byte_at(r, at + 2)) && byte_at(r, at + 2) < 0x80; /* U.S. = US */
}

/* Moves r->at over the rest of a word that has other than ASCII characters. */
static void skip_word(struct reader *r, size_t begin)
{
    size_t segment = begin;
    while (r->at < r->text.len && r->at - begin < FOLD_RAW_MAX - 8) {
        size_t next = r->at;
        uint32_t cp = dupd_text_next(r->text, &next);
        switch (chars_class(cp)) {
        case CHAR_WORD:
        case CHAR_MARK:
        case CHAR_IGNORABLE:
            break;
        case CHAR_APOSTROPHE:
            if (!starts_word(r->text, next))
                return;
            break;
        case CHAR_STOP:
        case CHAR_OTHER:
            if (r->at == begin || cp >= 128 || !joins(r, r->at, segment))
                return;
            segment = next;
            break;
        case CHAR_SPACE: /* 1 000, written with a no-break space */
            if ((cp == 0x00A0 || cp == 0x202F) && r->at > begin &&
                is_digit(byte_at(r, r->at - 1)) && is_digit(byte_at(r, next)) &&
                is_digit(byte_at(r, next + 1)) && is_digit(byte_at(r, next + 2)) &&
                !is_ascii_word(byte_at(r, next + 3)))
                break;
            return;
        default:
            return;
        }
        r->at = next;
    }
}

static bool has_digit(const char *form, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_digit((unsigned char)form[i]))
            return true;
    return false;
}

static void read_folded(struct reader *r, size_t begin, uint8_t flags, uint8_t weight)
{
    char form[FOLD_FORM_MAX];
    size_t len = fold_word((struct dupd_view){r->text.ptr + begin, r->at - begin}, form);
    if (!(flags & DUPD_TOKEN_CHAR) && has_digit(form, len))
        flags |= DUPD_TOKEN_NUMBER;
    add_token(r, begin, form, len, flags, weight);
}

/* A word that starts at r->at. */
static void read_word(struct reader *r)
{
    char form[FOLD_RAW_MAX];
    size_t begin = r->at, at = begin, segment = begin, len = 0;
    const unsigned char *p = (const unsigned char *)r->text.ptr;
    size_t end = r->text.len - begin < FOLD_RAW_MAX - 8 ? r->text.len : begin + FOLD_RAW_MAX - 8;
    uint8_t flags = 0;
    for (; at < end; at++) {
        unsigned char c = p[at];
        if (is_ascii_letter(c)) {
            form[len++] = (char)(c | 32);
        } else if (is_digit(c)) {
            form[len++] = (char)c;
            flags = DUPD_TOKEN_NUMBER;
        } else if (c >= 0x80) {
            r->at = at;
            skip_word(r, begin);
            if (r->at > at) {
                read_folded(r, begin, 0, DUPD_WORD_WEIGHT);
                return;
            }
            break;
        } else if (at > begin && (c == '\'' || c == '.' || c == ',') && joins(r, at, segment)) {
            segment = at + 1;
        } else {
            break;
        }
    }
    r->at = at;
    add_token(r, begin, form, len, flags, DUPD_WORD_WEIGHT);
}

/* One character of an unspaced script with its marks. */
static void read_single(struct reader *r)
{
    size_t begin = r->at;
    dupd_text_next(r->text, &r->at);
    while (r->at < r->text.len && r->at - begin < 64) {
        size_t next = r->at;
        enum char_class k = chars_class(dupd_text_next(r->text, &next));
        if (k != CHAR_MARK && k != CHAR_IGNORABLE)
            break;
        r->at = next;
    }
    read_folded(r, begin, DUPD_TOKEN_CHAR, DUPD_CHAR_WEIGHT);
}

/* r->at stands behind a line end. */
static void read_line_end(struct reader *r)
{
    if (r->wrapped) {
        size_t at = r->at;
        while (byte_at(r, at) == ' ' || byte_at(r, at) == '\t' || byte_at(r, at) == '\r')
            at++;
        unsigned char c = byte_at(r, at);
        if (c != '\n' && at < r->text.len && at - r->at < 2 && byte_at(r, r->at) != '\t')
            return;
    }
    end_paragraph(r);
}

static void read_other(struct reader *r)
{
    size_t begin = r->at;
    uint32_t cp = dupd_text_next(r->text, &r->at);
    switch (chars_class(cp)) {
    case CHAR_WORD:
    case CHAR_MARK:
        r->at = begin;
        skip_word(r, begin);
        if (r->at == begin)
            dupd_text_next(r->text, &r->at);
        read_folded(r, begin, 0, DUPD_WORD_WEIGHT);
        break;
    case CHAR_SINGLE:
        r->at = begin;
        read_single(r);
        break;
    case CHAR_NEWLINE:
        read_line_end(r);
        break;
    case CHAR_APOSTROPHE:
    case CHAR_QUOTE:
        quotes_mark(&r->quotes, r->text, begin, r->at, cp);
        break;
    case CHAR_STOP:
        r->sentence = true;
        break;
    default:
        break;
    }
}

static bool ends_sentence(unsigned char c)
{
    return c == '.' || c == '!' || c == '?' || c == '"' || c == ':' || c >= 0x80;
}

static bool is_wrapped(struct dupd_view text)
{
    size_t lines = 0, ends = 0, columns = 0, at = 0;
    while (at < text.len) {
        const char *nl = memchr(text.ptr + at, '\n', text.len - at);
        if (!nl)
            break;
        size_t end = (size_t)(nl - text.ptr), len = end - at;
        if (len > WRAPPED_COLUMNS_MAX)
            return false;
        bool single = end + 1 < text.len && text.ptr[end + 1] != '\n' && len > 0;
        if (single) {
            lines++;
            columns += len;
            ends += ends_sentence((unsigned char)text.ptr[end - 1]);
        }
        at = end + 1;
    }
    return lines >= WRAPPED_LINES_MIN && text.len - at <= WRAPPED_COLUMNS_MAX &&
           columns >= WRAPPED_COLUMNS_MIN * lines && ends * 2 < lines;
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
    t->count = t->paragraph_count = 0;
    if (text.len > UINT32_MAX - FOLD_RAW_MAX)
        return DUPD_ETOOBIG;
    struct reader r = {.t = t, .text = text, .sentence = true, .wrapped = is_wrapped(text)};
    while (r.at < text.len && !r.status) {
        unsigned char c = (unsigned char)text.ptr[r.at];
        if (is_ascii_word(c))
            read_word(&r);
        else if (c == ' ')
            r.at++;
        else
            read_other(&r);
    }
    if (!r.status)
        end_paragraph(&r);
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
