/*
 * batch.c: commands as bytes. A command is a RESP array of bulk strings, "*2\r\n$3\r\nGET\r\n..."
 * and is written straight into the batch's buffer, which keeps its memory from one use to the next:
 * no allocation a command. hiredis's own formatter allocates each command and copies it twice.
 *
 * Failure: a command is added whole or not at all; the first failure sticks in b->status, further
 * commands are then ignored, and redis_submit sends nothing of such a batch.
 */
#include <stdarg.h>

#include "redis/redis.h"

#define NUMBER_MAX 24u            /* a 64-bit number, its mark and \r\n */
#define WORDS_MAX (1024u * 1024u) /* Redis takes no longer command */
#define BYTES_MAX (SIZE_MAX / 4)

void redis_batch_begin(struct redis_batch *b)
{
    dupd_buf_clear(&b->out);
    b->commands = b->replies = 0;
    b->status = DUPD_OK;
    b->next = NULL;
}

void redis_batch_close(struct redis_batch *b)
{
    dupd_buf_close(&b->out);
}

/* Decimal digits of n at the end of text[NUMBER_MAX]; where they begin. */
static struct dupd_view digits(char text[NUMBER_MAX], uint64_t n, bool negative)
{
    char *p = text + NUMBER_MAX;
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    if (negative)
        *--p = '-';
    return (struct dupd_view){p, (size_t)(text + NUMBER_MAX - p)};
}

/* These three write into room that was reserved. */
static void put(struct dupd_buf *out, const void *p, size_t n)
{
    if (n)
        memcpy(out->ptr + out->len, p, n);
    out->len += n;
}

static void put_header(struct dupd_buf *out, char mark, uint64_t n)
{
    char text[NUMBER_MAX];
    struct dupd_view d = digits(text, n, false);
    put(out, &mark, 1);
    put(out, d.ptr, d.len);
    put(out, "\r\n", 2);
}

void redis_batch_add(struct redis_batch *b, size_t count, const struct dupd_view *words)
{
    if (b->status)
        return;
    size_t need = NUMBER_MAX;
    for (size_t i = 0; i < count && need <= BYTES_MAX; i++)
        need = words[i].len > BYTES_MAX ? SIZE_MAX : need + words[i].len + NUMBER_MAX + 2;
    if (count == 0 || count > WORDS_MAX) {
        b->status = DUPD_EINVAL;
        return;
    }
    b->status = need > BYTES_MAX ? DUPD_ENOMEM : dupd_buf_reserve(&b->out, need);
    if (b->status)
        return;
    put_header(&b->out, '*', count);
    for (size_t i = 0; i < count; i++) {
        put_header(&b->out, '$', words[i].len);
        put(&b->out, words[i].ptr, words[i].len);
        put(&b->out, "\r\n", 2);
    }
    b->commands++;
}

/* One piece of a word at *format: literal bytes up to the next directive, or a directive's
 * argument. False for an unknown directive. `text` holds the digits of a number. */
static bool next_piece(const char **format, va_list *args, char text[NUMBER_MAX],
                       struct dupd_view *piece)
{
    const char *f = *format;
    if (*f != '%') {
        size_t n = strcspn(f, " %");
        *piece = (struct dupd_view){f, n};
        *format = f + n;
        return true;
    }
    *format = f + 2;
    int64_t i;
    switch (f[1]) {
    case 's':
        *piece = dupd_view_of(va_arg(*args, const char *));
        return true;
    case 'v':
        *piece = va_arg(*args, struct dupd_view);
        return true;
    case 'i':
        i = va_arg(*args, int64_t);
        *piece = digits(text, i < 0 ? 0 - (uint64_t)i : (uint64_t)i, i < 0);
        return true;
    case 'u':
        *piece = digits(text, va_arg(*args, uint64_t), false);
        return true;
    case '%':
        *piece = (struct dupd_view){f, 1};
        return true;
    default:
        return false;
    }
}

/* The length of the word at format; DUPD_EINVAL for an unknown directive. */
static int measure_word(const char *format, va_list *args, size_t *length)
{
    char text[NUMBER_MAX];
    struct dupd_view piece;
    *length = 0;
    while (*format && *format != ' ') {
        if (!next_piece(&format, args, text, &piece))
            return DUPD_EINVAL;
        if (piece.len > BYTES_MAX - *length)
            return DUPD_ENOMEM;
        *length += piece.len;
    }
    return DUPD_OK;
}

/* Appends the word at *format with its header; its length is found by a first walk over it. */
static int add_word(struct dupd_buf *out, const char **format, va_list *args)
{
    char text[NUMBER_MAX];
    struct dupd_view piece;
    size_t length;
    va_list ahead;
    va_copy(ahead, *args);
    int rc = measure_word(*format, &ahead, &length);
    va_end(ahead);
    if (!rc)
        rc = dupd_buf_reserve(out, length + NUMBER_MAX + 2);
    if (rc)
        return rc;
    put_header(out, '$', length);
    while (**format && **format != ' ' && next_piece(format, args, text, &piece))
        put(out, piece.ptr, piece.len);
    put(out, "\r\n", 2);
    return DUPD_OK;
}

static int add_words(struct dupd_buf *out, const char *format, va_list *args)
{
    size_t count = 0;
    for (const char *f = format; *f; f++)
        count += *f != ' ' && (f[1] == ' ' || f[1] == 0);
    int rc = count ? dupd_buf_reserve(out, NUMBER_MAX) : DUPD_EINVAL;
    if (!rc)
        put_header(out, '*', count);
    while (!rc && *(format += strspn(format, " ")))
        rc = add_word(out, &format, args);
    return rc;
}

void redis_batch_addf(struct redis_batch *b, const char *format, ...)
{
    if (b->status)
        return;
    size_t before = b->out.len;
    va_list args;
    va_start(args, format);
    b->status = add_words(&b->out, format, &args);
    va_end(args);
    if (b->status)
        b->out.len = before;
    else
        b->commands++;
}
