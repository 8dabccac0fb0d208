/*
 * redis_words.c: commands, keys and calls of scripts. What is made here (numbers, keys) lies in one
 * buffer until the command is added to its batch, so that a command of hundreds of keys costs no
 * allocation. Fails only for lack of memory: the batch then says so.
 */
#include <stdio.h>

#include "store/redis_state.h"

struct word {
    const char *ptr; /* borrowed; NULL: at `begin` of the store's text */
    size_t begin, len;
};

static bool add(struct redis_store *s, struct word w)
{
    return dupd_buf_add(&s->words, &w, sizeof w) == 0;
}

void redis_word(struct redis_store *s, struct dupd_view v)
{
    if (!add(s, (struct word){v.ptr ? v.ptr : "", 0, v.len}))
        s->words_lost = true;
}

void redis_word_text(struct redis_store *s, const char *text)
{
    redis_word(s, dupd_view_of(text));
}

/* What was appended to the text since `begin` is a word. */
static void end_text(struct redis_store *s, size_t begin, int rc)
{
    if (rc || !add(s, (struct word){NULL, begin, s->text.len - begin}))
        s->words_lost = true;
}

/* Appends `mark`, unless it is 0, and the digits: hundreds of keys an article are made here. */
static int add_digits(struct redis_store *s, char mark, uint64_t v)
{
    char digits[24];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + v % 10);
    while (v /= 10);
    if (mark)
        digits[--at] = mark;
    return dupd_buf_add(&s->text, digits + at, sizeof digits - at);
}

void redis_word_u64(struct redis_store *s, uint64_t v)
{
    size_t begin = s->text.len;
    end_text(s, begin, add_digits(s, 0, v));
}

void redis_word_i64(struct redis_store *s, int64_t v)
{
    size_t begin = s->text.len;
    uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    end_text(s, begin, add_digits(s, v < 0 ? '-' : 0, size));
}

void redis_word_real(struct redis_store *s, double v)
{
    size_t begin = s->text.len;
    int rc = dupd_buf_addf(&s->text, "%.6f", v);
    for (size_t i = begin; i < s->text.len; i++) /* a point, whatever the locale */
        if (s->text.ptr[i] == ',')
            s->text.ptr[i] = '.';
    end_text(s, begin, rc);
}

static int add_kind(struct redis_store *s, const char *kind)
{
    int rc = dupd_buf_add_str(&s->text, s->how.names.prefix);
    if (!rc)
        rc = dupd_buf_add_char(&s->text, ':');
    return rc ? rc : dupd_buf_add_str(&s->text, kind);
}

void redis_word_key(struct redis_store *s, const char *kind)
{
    size_t begin = s->text.len;
    end_text(s, begin, add_kind(s, kind));
}

void redis_word_key_of(struct redis_store *s, const char *kind, uint64_t n)
{
    size_t begin = s->text.len;
    int rc = add_kind(s, kind);
    end_text(s, begin, rc ? rc : add_digits(s, ':', n));
}

static int add_escaped(struct redis_store *s, struct dupd_view v)
{
    int rc = DUPD_OK;
    if (v.len == 0)
        v = DUPD_VIEW("default");
    for (size_t i = 0; i < v.len && !rc; i++)
        rc = v.ptr[i] == ':' || v.ptr[i] == '%' ? dupd_buf_addf(&s->text, "%%%02X", v.ptr[i])
                                                : dupd_buf_add_char(&s->text, v.ptr[i]);
    return rc;
}

void redis_word_collection(struct redis_store *s, struct dupd_view collection)
{
    size_t begin = s->text.len;
    end_text(s, begin, add_escaped(s, collection));
}

void redis_word_key_named(struct redis_store *s, const char *kind, struct dupd_view collection,
                          struct dupd_view name)
{
    size_t begin = s->text.len;
    int rc = add_kind(s, kind);
    if (!rc)
        rc = dupd_buf_add_char(&s->text, ':');
    if (!rc)
        rc = add_escaped(s, collection);
    if (!rc)
        rc = dupd_buf_add_char(&s->text, ':');
    end_text(s, begin, rc ? rc : dupd_buf_add_view(&s->text, name));
}

void redis_word_shard(struct redis_store *s, unsigned generation, uint32_t tag)
{
    const struct redis_generation *g = &s->generation[generation];
    size_t begin = s->text.len;
    int rc = add_kind(s, "i");
    if (!rc)
        rc = add_digits(s, ':', g->number);
    end_text(s, begin, rc ? rc : add_digits(s, ':', redis_shard_of(g, tag)));
}

void redis_command(struct redis_store *s, const char *name)
{
    dupd_buf_clear(&s->words);
    dupd_buf_clear(&s->text);
    s->words_lost = false;
    redis_word_text(s, name);
}

void redis_script(struct redis_store *s, enum redis_script script, unsigned keys)
{
    redis_command(s, "EVALSHA");
    redis_word_text(s, s->sha[script]);
    redis_word_u64(s, keys);
}

void redis_script_arguments(struct redis_store *s)
{
    redis_word_text(s, s->how.names.prefix);
}

void redis_command_end(struct redis_store *s, struct redis_batch *b)
{
    size_t count = s->words.len / sizeof(struct word);
    struct dupd_buf *views = &s->scratch;
    dupd_buf_clear(views);
    if (s->words_lost || dupd_buf_reserve(views, count * sizeof(struct dupd_view))) {
        b->status = DUPD_ENOMEM;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct word w;
        memcpy(&w, s->words.ptr + i * sizeof w, sizeof w);
        struct dupd_view v = {w.ptr ? w.ptr : s->text.ptr + w.begin, w.len};
        dupd_buf_add(views, &v, sizeof v);
    }
    redis_batch_add(b, count, (const struct dupd_view *)(const void *)views->ptr);
}
