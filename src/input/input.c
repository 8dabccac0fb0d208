/*
 * input.c: files to items.
 *
 *   file -> window -> sniff -> whole file        -> one item
 *                           -> lines             -> an item a line
 *                           -> values (braces)   -> an item an object
 *
 * Happy path (JSON Lines): find the end of the line in the window, copy the line into the item.
 * Failure: everything that is wrong with a file or a line becomes an item with a status, and
 * reading goes on behind it: a line that is too long is skipped without being kept. Items are
 * copied out because worker threads parse them while the window moves on; 6 kB cost 0.3 us.
 */
#include "input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dupd/error.h"
#include "input/sniff.h"
#include "input/window.h"

enum mode { MODE_CLOSED, MODE_DONE, MODE_LINES, MODE_VALUES, MODE_ARRAY };

struct input {
    const char *const *files;
    size_t count, next;
    struct article_limits limits;
    struct window window;
    enum mode mode;
    const char *name;                       /* of the file that is open */
    enum { FIRST, VALUE, COMMA, CUT } last; /* of an array: what was read last */
    uint64_t line;                          /* the line at the window's beginning, from 1 */
    uint64_t total;
};

void input_item_init(struct input_item *item)
{
    *item = (struct input_item){0};
}

void input_item_close(struct input_item *item)
{
    dupd_buf_close(&item->bytes);
}

int input_new(struct input **out, const char *const *files, size_t count,
              const struct article_limits *limits)
{
    struct input *in = calloc(1, sizeof *in);
    if (!in)
        return DUPD_ENOMEM;
    in->files = files;
    in->count = count;
    in->limits = *limits;
    in->window.fd = -1;
    for (size_t i = 0; i < count; i++) {
        struct stat st;
        if (stat(files[i], &st) || !S_ISREG(st.st_mode)) {
            in->total = 0;
            break;
        }
        in->total += (uint64_t)st.st_size;
    }
    *out = in;
    return 0;
}

static void close_file(struct input *in)
{
    if (in->window.fd > STDIN_FILENO)
        close(in->window.fd);
    in->window.fd = -1;
    in->mode = MODE_CLOSED;
}

void input_free(struct input *in)
{
    if (!in)
        return;
    close_file(in);
    window_close(&in->window);
    free(in);
}

uint64_t input_bytes_read(const struct input *in)
{
    return in->window.bytes_read;
}

uint64_t input_bytes_total(const struct input *in)
{
    return in->total;
}

/* Makes the item say what is wrong. Returns 1 or DUPD_ENOMEM. */
__attribute__((format(printf, 4, 5))) static int problem(struct input_item *item, uint64_t line,
                                                         int status, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    item->status = status;
    item->line = line;
    dupd_buf_clear(&item->bytes);
    return dupd_buf_add_str(&item->bytes, text) ? DUPD_ENOMEM : 1;
}

static int too_long(struct input *in, struct input_item *item, uint64_t line)
{
    return problem(item, line, DUPD_ETOOBIG,
                   "longer than the limit of %zu bytes; raise --max-message if that is meant",
                   in->limits.max_message);
}

/* The end of the file, or of what can be read of it. */
static int end_of_file(struct input *in, struct input_item *item)
{
    int failed = in->window.failed;
    uint64_t line = in->line;
    close_file(in);
    if (failed == ENOMEM)
        return DUPD_ENOMEM;
    if (failed == EISDIR)
        return problem(item, 0, DUPD_EIO, "is a directory; name the files in it");
    if (failed)
        return problem(item, line, DUPD_EIO, "cannot be read: %s", strerror(failed));
    return 0;
}

/* ---- the whole file is one item ---- */

static int whole_file(struct input *in, struct input_item *item, enum article_form form)
{
    bool page = form == ARTICLE_HTML;
    size_t limit = page ? in->limits.max_message : in->limits.max_article;
    window_want(&in->window, limit + 1);
    struct dupd_view all = window_view(&in->window);
    if (in->window.failed)
        return end_of_file(in, item);
    in->mode = MODE_DONE;
    item->form = form;
    item->line = 0;
    if (all.len > limit)
        return problem(item, 0, DUPD_ETOOBIG,
                       "larger than the limit of %zu bytes for %s; raise %s if that is meant",
                       limit, page ? "a page" : "a text", page ? "--max-message" : "--max-article");
    return dupd_buf_add_view(&item->bytes, all) ? DUPD_ENOMEM : 1;
}

/* ---- JSON Lines ---- */

/* Finds the end of the line that begins at the window, reading on as needed. *length is without
 * the end of line; *found says whether there is one. At most max_message + 1 bytes are looked at.
 */
static void find_line(struct input *in, size_t *length, bool *found)
{
    size_t scanned = 0;
    for (;;) {
        struct dupd_view v = window_view(&in->window);
        const char *end = v.len > scanned ? memchr(v.ptr + scanned, '\n', v.len - scanned) : NULL;
        *found = end != NULL;
        *length = end ? (size_t)(end - v.ptr) : v.len;
        if (end || *length > in->limits.max_message || in->window.end)
            return;
        scanned = v.len;
        window_want(&in->window, v.len + 1);
    }
}

/* Drops everything up to and including the next end of line. */
static void skip_line(struct input *in)
{
    for (;;) {
        struct dupd_view v = window_view(&in->window);
        const char *end = v.len ? memchr(v.ptr, '\n', v.len) : NULL;
        window_take(&in->window, end ? (size_t)(end - v.ptr) + 1 : v.len);
        if (end || in->window.end)
            return;
        window_want(&in->window, 1);
    }
}

static bool blank(struct dupd_view v)
{
    size_t i = 0;
    while (i < v.len && (v.ptr[i] == ' ' || v.ptr[i] == '\t' || v.ptr[i] == '\r'))
        i++;
    return i == v.len;
}

static int next_line(struct input *in, struct input_item *item)
{
    for (;;) {
        size_t length;
        bool found;
        find_line(in, &length, &found);
        uint64_t line = in->line++;
        if (length > in->limits.max_message) {
            skip_line(in);
            return too_long(in, item, line);
        }
        struct dupd_view v = {window_view(&in->window).ptr, length};
        bool empty = blank(v);
        item->line = line;
        if (!empty && dupd_buf_add_view(&item->bytes, v))
            return DUPD_ENOMEM;
        window_take(&in->window, length + found);
        if (!empty)
            return 1;
        if (!found) {
            in->line = line;
            return end_of_file(in, item);
        }
    }
}

/* ---- objects over several lines, and arrays ---- */

/* The next byte without taking it, or -1 at the end of the file. */
static int peek(struct input *in)
{
    if (in->window.at == in->window.read.len)
        window_want(&in->window, 1);
    if (in->window.at == in->window.read.len)
        return -1;
    return (unsigned char)in->window.read.ptr[in->window.at];
}

static void take_byte(struct input *in, int c)
{
    in->window.at++;
    in->line += c == '\n';
}

/* Steps over white space. Returns the byte behind it, or -1. */
static int skip_space(struct input *in)
{
    int c = peek(in);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        take_byte(in, c);
        c = peek(in);
    }
    return c;
}

struct scan {
    long depth;
    bool in_string, escaped, started;
};

static void scan_byte(struct scan *s, int c)
{
    s->started = true;
    if (s->escaped)
        s->escaped = false;
    else if (s->in_string && c == '\\')
        s->escaped = true;
    else if (c == '"')
        s->in_string = !s->in_string;
    else if (!s->in_string && (c == '{' || c == '['))
        s->depth++;
    else if (!s->in_string && (c == '}' || c == ']'))
        s->depth--;
}

/* The closing bracket: if something is wrong before it, it is said and the bracket comes again.
 * Returns 0 to go on behind it, 1 when that made an item, or DUPD_ENOMEM. */
static int end_array(struct input *in, struct input_item *item)
{
    bool empty = in->last == FIRST, comma = in->last == COMMA;
    in->last = VALUE;
    if (empty)
        return problem(item, 0, DUPD_EEMPTY, "there are no articles in it");
    if (comma)
        return problem(item, in->line, DUPD_ESYNTAX,
                       "not valid JSON: a comma before the end of the array; is one missing?");
    take_byte(in, ']');
    in->mode = MODE_VALUES;
    int c = skip_space(in);
    if (c < 0 || c == '{')
        return 0;
    in->mode = MODE_DONE;
    return problem(item, in->line, DUPD_ESYNTAX,
                   "more text behind the JSON array; it was not read");
}

/* What stands between the elements of an array. Returns 0 at an element or behind the array, 1 when
 * something is wrong, which is said once: the next call goes on behind it; or DUPD_ENOMEM. */
static int next_element(struct input *in, struct input_item *item)
{
    int c = skip_space(in);
    if (c == ',' && in->last == VALUE) {
        in->last = COMMA;
        take_byte(in, c);
        c = skip_space(in);
    }
    if (c == ']')
        return end_array(in, item);
    if (c < 0) {
        bool said = in->last == CUT || in->window.failed;
        in->mode = MODE_VALUES;
        return said ? 0
                    : problem(item, in->line, DUPD_ESYNTAX,
                              "not valid JSON: the array has no end; was the file cut off?");
    }
    if (c == ',') {
        take_byte(in, c);
        in->last = COMMA;
        return problem(item, in->line, DUPD_ESYNTAX,
                       "not valid JSON: a comma with no article before it");
    }
    bool no_comma = in->last == VALUE;
    in->last = COMMA;
    return no_comma ? problem(item, in->line, DUPD_ESYNTAX,
                              "not valid JSON: no comma between two elements of the array")
                    : 0;
}

/* Copies one value into the item by counting braces; whether it is JSON is the parser's business.
 * A value that is too long is passed over without being kept. */
static int next_value(struct input *in, struct input_item *item)
{
    int rc = in->mode == MODE_ARRAY ? next_element(in, item) : 0;
    if (rc)
        return rc;
    int c = skip_space(in);
    if (c < 0)
        return end_of_file(in, item);
    struct scan s = {0};
    uint64_t line = in->line;
    size_t length = 0;
    item->line = line;
    do {
        scan_byte(&s, c);
        if (++length <= in->limits.max_message && dupd_buf_add_char(&item->bytes, (char)c))
            return DUPD_ENOMEM;
        take_byte(in, c);
        if (s.depth <= 0 && !s.in_string && (c == '}' || c == ']' || c == '"'))
            break;
        c = peek(in);
    } while (c >= 0 && !(s.depth <= 0 && !s.in_string && strchr(",] \t\r\n", c)));
    in->last = c < 0 && (s.depth > 0 || s.in_string) ? CUT : VALUE;
    return length > in->limits.max_message ? too_long(in, item, line) : 1;
}

/* ---- files ---- */

/* JSON objects: is each line one of them? */
static bool file_has_lines(struct input *in)
{
    size_t length;
    bool found;
    find_line(in, &length, &found);
    struct dupd_view v = window_view(&in->window);
    size_t next = length;
    for (;;) {
        while (next < v.len && strchr(" \t\r\n", v.ptr[next]) && v.ptr[next])
            next++;
        if (next < v.len || in->window.end || next > length + SNIFF_BYTES)
            break;
        window_want(&in->window, next + 1);
        v = window_view(&in->window);
    }
    return sniff_is_lines((struct dupd_view){v.ptr, length}, next < v.len ? v.ptr[next] : '\0');
}

static void start_json(struct input *in, enum sniff content)
{
    struct dupd_view v = window_view(&in->window);
    if (v.len >= 3 && memcmp(v.ptr, "\xEF\xBB\xBF", 3) == 0)
        window_take(&in->window, 3);
    if (content == SNIFF_ARRAY) {
        in->mode = MODE_ARRAY;
        in->last = FIRST;
        int c = skip_space(in); /* the bracket itself, which the sniffer saw */
        take_byte(in, c);
    } else {
        in->mode = MODE_VALUES;
        skip_space(in);
        if (file_has_lines(in))
            in->mode = MODE_LINES;
    }
}

static int open_problem(struct input_item *item, int error)
{
    if (error == ENOENT)
        return problem(item, 0, DUPD_ENOENT, "no such file; check the name");
    if (error == EACCES)
        return problem(item, 0, DUPD_EIO, "may not be read: permission denied");
    return problem(item, 0, DUPD_EIO, "cannot be opened: %s", strerror(error));
}

/* Opens the next file. Returns 1 when that alone made an item, 0 to go on, or DUPD_ENOMEM. */
static int start_file(struct input *in, struct input_item *item)
{
    const char *path = in->files[in->next++];
    bool is_stdin = strcmp(path, "-") == 0;
    in->name = is_stdin ? "standard input" : path;
    item->file = in->name;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return open_problem(item, errno);
    window_open(&in->window, fd);
    in->mode = MODE_DONE;
    in->line = 1;
    window_want(&in->window, SNIFF_BYTES);
    struct dupd_view head = window_view(&in->window);
    if (in->window.failed)
        return end_of_file(in, item);
    if (head.len == 0)
        return problem(item, 0, DUPD_EEMPTY, "the file is empty");
    if (head.len > SNIFF_BYTES)
        head.len = SNIFF_BYTES;
    const char *what;
    enum sniff content = sniff_content(head, &what);
    switch (content) {
    case SNIFF_OBJECTS:
    case SNIFF_ARRAY:
        start_json(in, content);
        return 0;
    case SNIFF_HTML:
        return whole_file(in, item, ARTICLE_HTML);
    case SNIFF_TEXT:
        return whole_file(in, item, ARTICLE_TEXT);
    case SNIFF_BINARY:
        break;
    }
    return problem(item, 0, DUPD_ESYNTAX, "looks like binary: %s", what);
}

int input_next(struct input *in, struct input_item *item)
{
    int rc = 0;
    while (rc == 0) {
        dupd_buf_clear(&item->bytes);
        item->status = 0;
        item->line = 0;
        item->form = ARTICLE_JSON;
        item->file = in->name;
        switch (in->mode) {
        case MODE_CLOSED:
            if (in->next == in->count)
                return 0;
            rc = start_file(in, item);
            break;
        case MODE_DONE:
            close_file(in);
            break;
        case MODE_LINES:
            rc = next_line(in, item);
            break;
        case MODE_VALUES:
        case MODE_ARRAY:
            rc = next_value(in, item);
            break;
        }
    }
    return rc;
}
