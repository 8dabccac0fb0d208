/*
 * agency_table.c: data/agencies.conf and the user's file to one immutable table; outlets.
 *
 * The happy path: the file is read line by line; a section line opens an agency or a list of words,
 * a "key = form | form" line adds to it. Forms are collected, sorted into the slots of a hash index
 * by their first word (agency_scan.c looks up in it) and never change again. A later
 * definition of the same text wins, which is how a user's file gives "PA" to another agency.
 *
 * Failure modes: DUPD_ENOMEM; DUPD_ESYNTAX with the line of the user's file. The built-in file is
 * read by the same code and proved well-formed by a test. Cost: about a millisecond, once.
 * Why not a table generated at build time: the user's file needs the reader anyway.
 */
#include "agency_table.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "chars.h"
#include "dupd/error.h"
#include "dupd/text.h"

extern const char dupd_agencies_conf[];
extern const size_t dupd_agencies_conf_len;

#define OUTLET_MAX 255u /* bytes; longer ones are no agency's */
#define HOST_MAX 253u

/* Where the reader stands in a file. */
struct reader {
    struct dupd_agencies *a;
    uint32_t word;   /* kind of the open [words] section, or 0 */
    uint16_t agency; /* of the open [agency] section, or AGENCY_NONE */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct dupd_view trim(struct dupd_view v)
{
    while (v.len && is_blank(v.ptr[0])) {
        v.ptr++;
        v.len--;
    }
    while (v.len && is_blank(v.ptr[v.len - 1]))
        v.len--;
    return v;
}

/* Cuts *rest behind the first `separator` and returns what stood before it, trimmed; all of it when
 * there is none. */
static struct dupd_view cut(struct dupd_view *rest, struct dupd_view separator)
{
    const char *at = rest->len ? memmem(rest->ptr, rest->len, separator.ptr, separator.len) : NULL;
    struct dupd_view head = *rest;
    if (at) {
        head.len = (size_t)(at - rest->ptr);
        rest->ptr = at + separator.len;
        rest->len -= head.len + separator.len;
    } else {
        *rest = (struct dupd_view){0};
    }
    return trim(head);
}

/* Makes room for one more element of an array. */
static int grow(void **array, uint32_t count, uint32_t *cap, size_t size)
{
    if (count < *cap)
        return DUPD_OK;
    uint32_t more = *cap ? *cap * 2 : 64;
    void *p = realloc(*array, more * size);
    if (!p)
        return DUPD_ENOMEM;
    *array = p;
    *cap = more;
    return DUPD_OK;
}

uint32_t agency_fold(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp == '\t' || cp == '\n' || cp == '\r' ? ' ' : cp;
    enum char_class class = chars_class(cp);
    if (class == CHAR_SPACE || class == CHAR_APOSTROPHE)
        return class == CHAR_SPACE ? ' ' : '\'';
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
}

static int add_form(struct dupd_agencies *a, struct dupd_view text, uint32_t kind, uint16_t agency)
{
    if (text.len == 0 || text.len > AGENCY_FORM_BYTES_MAX || !dupd_text_is_clean(text) ||
        a->form_count == AGENCY_FORMS_MAX)
        return DUPD_ESYNTAX;
    int rc = grow((void **)&a->form, a->form_count, &a->form_cap, sizeof *a->form);
    struct agency_form f = {.kind = kind, .agency = agency, .order = a->form_count};
    f.lower = (uint32_t)a->pool.len;
    unsigned characters = 0;
    for (size_t at = 0; at < text.len && !rc; characters++) {
        uint32_t cp = agency_fold(dupd_text_next(text, &at));
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t len = utf8proc_encode_char((utf8proc_int32_t)cp, bytes);
        rc = dupd_buf_add(&a->pool, bytes, (size_t)len);
    }
    f.lower_len = (uint16_t)(a->pool.len - f.lower);
    f.exact = (uint32_t)a->pool.len;
    f.exact_len = (uint16_t)text.len;
    if (!rc)
        rc = dupd_buf_add_view(&a->pool, text);
    if (rc)
        return rc;
    if (characters < 2 && !(kind & AGENCY_ANY_WORD))
        return DUPD_ESYNTAX; /* one character names nobody */
    size_t behind = 0;
    f.key = agency_key(text, &behind, text.len);
    a->form[a->form_count++] = f;
    return DUPD_OK;
}

/* A host in lower case: letters, digits, hyphens and at least one dot. */
static int add_host(struct dupd_agencies *a, struct dupd_view text, uint16_t agency)
{
    if (text.len == 0 || text.len > HOST_MAX || !memchr(text.ptr, '.', text.len))
        return DUPD_ESYNTAX;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
            return DUPD_ESYNTAX;
    }
    int rc = grow((void **)&a->host, a->host_count, &a->host_cap, sizeof *a->host);
    uint32_t at = (uint32_t)a->pool.len;
    if (!rc)
        rc = dupd_buf_add_view(&a->pool, text);
    if (!rc)
        a->host[a->host_count++] = (struct agency_text){at, (uint32_t)text.len, agency};
    return rc;
}

/* "[agency NAME]" opens a new or a known agency. */
static int open_agency(struct reader *r, struct dupd_view name)
{
    struct dupd_agencies *a = r->a;
    int known = dupd_agency_find(a, name);
    r->word = 0;
    r->agency = (uint16_t)known;
    if (known >= 0)
        return DUPD_OK;
    if (name.len == 0 || name.len > AGENCY_FORM_BYTES_MAX || !dupd_text_is_clean(name) ||
        a->agency_count == AGENCY_COUNT_MAX)
        return DUPD_ESYNTAX;
    int rc = grow((void **)&a->agency, a->agency_count, &a->agency_cap, sizeof *a->agency);
    uint32_t at = (uint32_t)a->pool.len;
    if (!rc)
        rc = dupd_buf_add_view(&a->pool, name);
    if (!rc)
        rc = dupd_buf_add_char(&a->pool, '\0');
    if (rc)
        return rc;
    r->agency = (uint16_t)a->agency_count;
    a->agency[a->agency_count++] = (struct agency_text){at, (uint32_t)name.len, r->agency};
    return DUPD_OK;
}

static int open_section(struct reader *r, struct dupd_view line)
{
    static const struct {
        struct dupd_view key;
        uint32_t kind;
    } words[] = {
#define AGENCY_WORD_KEY(name, key) {{key, sizeof(key) - 1}, AGENCY_IS(name)},
        AGENCY_WORDS(AGENCY_WORD_KEY)
#undef AGENCY_WORD_KEY
    };
    if (line.len < 2 || line.ptr[line.len - 1] != ']')
        return DUPD_ESYNTAX;
    struct dupd_view name = trim((struct dupd_view){line.ptr + 1, line.len - 2});
    struct dupd_view type = cut(&name, DUPD_VIEW(" "));
    name = trim(name);
    if (dupd_view_equal(type, DUPD_VIEW("agency")))
        return open_agency(r, name);
    if (!dupd_view_equal(type, DUPD_VIEW("words")))
        return DUPD_ESYNTAX;
    r->agency = AGENCY_NONE;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (dupd_view_equal(name, words[i].key)) {
            r->word = words[i].kind;
            return DUPD_OK;
        }
    }
    return DUPD_ESYNTAX;
}

/* "Reporting by … editing by": what opens the signature and what must follow. */
static int add_signature(struct reader *r, struct dupd_view text)
{
    struct dupd_view end = text;
    struct dupd_view begin = cut(&end, DUPD_VIEW("…"));
    end = trim(end);
    if (end.len == 0)
        return add_form(r->a, begin, AGENCY_SEAL, r->agency);
    int rc = add_form(r->a, begin, AGENCY_SIGN, r->agency);
    return rc ? rc : add_form(r->a, end, AGENCY_COUNTERSIGN, r->agency);
}

static int add_value(struct reader *r, struct dupd_view key, struct dupd_view value)
{
    if (r->word)
        return dupd_view_equal(key, DUPD_VIEW("form")) ? add_form(r->a, value, r->word, AGENCY_NONE)
                                                       : DUPD_ESYNTAX;
    if (r->agency == AGENCY_NONE)
        return DUPD_ESYNTAX; /* before the first section */
    if (dupd_view_equal(key, DUPD_VIEW("name")))
        return add_form(r->a, value, AGENCY_NAME, r->agency);
    if (dupd_view_equal(key, DUPD_VIEW("short")))
        return add_form(r->a, value, AGENCY_SHORT, r->agency);
    if (dupd_view_equal(key, DUPD_VIEW("mark")))
        return add_form(r->a, value, AGENCY_MARK, r->agency);
    if (dupd_view_equal(key, DUPD_VIEW("signature")))
        return add_signature(r, value);
    if (dupd_view_equal(key, DUPD_VIEW("host")))
        return add_host(r->a, value, r->agency);
    return DUPD_ESYNTAX;
}

static int read_line(struct reader *r, struct dupd_view line)
{
    if (line.len == 0 || line.ptr[0] == '#')
        return DUPD_OK;
    if (!dupd_text_is_clean(line))
        return DUPD_ESYNTAX;
    if (line.ptr[0] == '[')
        return open_section(r, line);
    struct dupd_view rest = line;
    struct dupd_view key = cut(&rest, DUPD_VIEW("="));
    if (rest.len == 0)
        return DUPD_ESYNTAX;
    int rc = DUPD_OK;
    while (rest.len && !rc)
        rc = add_value(r, key, cut(&rest, DUPD_VIEW("|")));
    return rc;
}

static int read_file(struct dupd_agencies *a, struct dupd_view text, unsigned *line)
{
    struct reader r = {.a = a, .agency = AGENCY_NONE};
    int rc = DUPD_OK;
    for (*line = 0; text.len && !rc; ++*line)
        rc = read_line(&r, cut(&text, DUPD_VIEW("\n")));
    return rc;
}

static int by_slot(const void *left, const void *right)
{
    const struct agency_form *x = left, *y = right;
    uint32_t x_slot = x->key % AGENCY_SLOTS, y_slot = y->key % AGENCY_SLOTS;
    if (x_slot != y_slot)
        return x_slot < y_slot ? -1 : 1;
    if (x->lower_len != y->lower_len)
        return x->lower_len > y->lower_len ? -1 : 1;
    return x->order > y->order ? -1 : 1;
}

static void build_index(struct dupd_agencies *a)
{
    qsort(a->form, a->form_count, sizeof *a->form, by_slot);
    for (uint32_t f = 0; f < a->form_count; f++) {
        uint32_t bit = agency_filter_bit(a->form[f].key);
        if (a->form[f].kind & AGENCY_OPENERS)
            a->filter[bit / 64] |= 1ull << bit % 64;
    }
    uint32_t i = 0;
    for (uint32_t s = 0; s <= AGENCY_SLOTS; s++) {
        while (i < a->form_count && a->form[i].key % AGENCY_SLOTS < s)
            i++;
        a->slot[s] = i;
    }
}

int dupd_agencies_new(struct dupd_agencies **out, struct dupd_view extra, unsigned *line)
{
    struct dupd_agencies *a = calloc(1, sizeof *a);
    *line = 0;
    if (!a)
        return DUPD_ENOMEM;
    struct dupd_view built_in = {dupd_agencies_conf, dupd_agencies_conf_len};
    int rc = read_file(a, built_in, line);
    if (!rc)
        rc = read_file(a, extra, line);
    if (rc) {
        dupd_agencies_free(a);
        return rc;
    }
    build_index(a);
    *out = a;
    return DUPD_OK;
}

void dupd_agencies_free(struct dupd_agencies *a)
{
    if (!a)
        return;
    dupd_buf_close(&a->pool);
    free(a->form);
    free(a->host);
    free(a->agency);
    free(a);
}

const char *dupd_agency_name(const struct dupd_agencies *a, unsigned index)
{
    return a->pool.ptr + a->agency[index].text;
}

unsigned dupd_agency_count(const struct dupd_agencies *a)
{
    return a->agency_count;
}

int dupd_agency_find(const struct dupd_agencies *a, struct dupd_view name)
{
    for (uint32_t i = 0; i < a->agency_count; i++) {
        struct dupd_view known = {a->pool.ptr + a->agency[i].text, a->agency[i].len};
        if (dupd_view_equal(known, name))
            return (int)i;
    }
    return -1;
}

/* True when `outlet` is the host or one below it, in any case. */
static bool is_host(struct dupd_view outlet, struct dupd_view host)
{
    if (outlet.len < host.len)
        return false;
    size_t skip = outlet.len - host.len;
    return (skip == 0 || outlet.ptr[skip - 1] == '.') &&
           strncasecmp(outlet.ptr + skip, host.ptr, host.len) == 0;
}

bool dupd_agency_owns(const struct dupd_agencies *a, struct dupd_view outlet, unsigned *index)
{
    outlet = trim(outlet);
    if (outlet.len == 0 || outlet.len > OUTLET_MAX || !dupd_text_is_clean(outlet))
        return false;
    /* The longest host that fits: a subdomain may belong to another agency. */
    uint32_t best = 0;
    for (uint32_t i = 0; i < a->host_count; i++) {
        struct dupd_view host = {a->pool.ptr + a->host[i].text, a->host[i].len};
        if (host.len > best && is_host(outlet, host)) {
            best = a->host[i].len;
            *index = a->host[i].agency;
        }
    }
    if (best)
        return true;
    struct agency_hit hit[2];
    unsigned n = agency_scan(a, outlet, 0, outlet.len, hit, 2);
    unsigned last = n == 2 && (hit[0].kind & AGENCY_IS(ARTICLE)) && hit[0].begin == 0 ? 1 : 0;
    if (n != last + 1 || hit[last].end != outlet.len || (last == 0 && hit[0].begin != 0))
        return false;
    bool names = hit[last].exact && (hit[last].kind & (AGENCY_NAME | AGENCY_SHORT) ||
                                     (hit[last].kind & AGENCY_MARK && outlet.len >= 4));
    if (names)
        *index = hit[last].agency;
    return names;
}
