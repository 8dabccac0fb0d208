/*
 * agency_table.h: the table of agencies, and finding its forms in a text. Internal to the core.
 *
 * A form is a name ("Associated Press") or a word that credits ("contributed to this report"). All
 * forms of the data file stand in one index by their first word, so that a scan costs one look-up a
 * word, however many agencies and languages there are.
 */
#ifndef DUPD_CORE_AGENCY_TABLE_H
#define DUPD_CORE_AGENCY_TABLE_H

#include "dupd/agency.h"

/* X(NAME, key): words that credit, whichever the agency: the sections [words KEY] of the file. */
#define AGENCY_WORDS(X)                                                                            \
    X(BY, "by")                                                                                    \
    X(ROLE, "role")                                                                                \
    X(ARTICLE, "article")                                                                          \
    X(JOIN, "join")                                                                                \
    X(PHOTO, "photo")                                                                              \
    X(SOURCE, "source")                                                                            \
    X(COPYRIGHT, "copyright")                                                                      \
    X(RIGHTS, "rights")                                                                            \
    X(WITH, "with")                                                                                \
    X(BESIDE, "beside")                                                                            \
    X(LIST, "list")                                                                                \
    X(FROM, "from")                                                                                \
    X(CONTRIBUTED, "contributed")                                                                  \
    X(WIRE, "wire")

enum agency_word {
#define AGENCY_WORD_ENUM(name, key) AGENCY_WORD_##name,
    AGENCY_WORDS(AGENCY_WORD_ENUM)
#undef AGENCY_WORD_ENUM
        AGENCY_WORD_COUNT
};

/* Kinds of forms, as bits: the same text may be several words. */
#define AGENCY_IS(word) (1u << AGENCY_WORD_##word)
#define AGENCY_NAME (1u << AGENCY_WORD_COUNT)              /* full name, in any case */
#define AGENCY_SHORT (1u << (AGENCY_WORD_COUNT + 1))       /* short name, in this case */
#define AGENCY_MARK (1u << (AGENCY_WORD_COUNT + 2))        /* short and ambiguous */
#define AGENCY_SIGN (1u << (AGENCY_WORD_COUNT + 3))        /* begins a signature */
#define AGENCY_COUNTERSIGN (1u << (AGENCY_WORD_COUNT + 4)) /* ends it */
#define AGENCY_SEAL (1u << (AGENCY_WORD_COUNT + 5))        /* a signature in one piece */
#define AGENCY_ANY_NAME (AGENCY_NAME | AGENCY_SHORT | AGENCY_MARK)
#define AGENCY_OPENERS (AGENCY_ANY_NAME | AGENCY_SIGN | AGENCY_SEAL)
#define AGENCY_ANY_WORD (AGENCY_NAME - 1)

#define AGENCY_NONE UINT16_MAX
#define AGENCY_SLOTS 2048u
#define AGENCY_FILTER_BITS 32768u
#define AGENCY_FORM_BYTES_MAX 120u
#define AGENCY_FORMS_MAX 60000u
#define AGENCY_COUNT_MAX 4096u

/* Texts are offsets into the pool. */
struct agency_form {
    uint32_t lower; /* the form in lower case, white space as one space */
    uint32_t exact; /* as it was written */
    uint32_t kind;
    uint32_t order; /* of definition; a later one replaces an earlier one */
    uint32_t key;   /* agency_key of it; its slot are the lowest bits */
    uint16_t lower_len, exact_len;
    uint16_t agency;
};

struct agency_text {
    uint32_t text, len;
    uint16_t agency;
};

struct dupd_agencies {
    struct dupd_buf pool;
    struct agency_form *form; /* by slot, then the longest first, then the latest */
    uint32_t form_count, form_cap;
    uint32_t slot[AGENCY_SLOTS + 1];          /* form[slot[s]] to form[slot[s + 1]] */
    uint64_t filter[AGENCY_FILTER_BITS / 64]; /* keys of names and signatures */
    struct agency_text *host;
    uint32_t host_count, host_cap;
    struct agency_text *agency; /* short names, NUL-terminated */
    uint32_t agency_count, agency_cap;
};

/* A form found in a text. */
struct agency_hit {
    uint32_t begin, end; /* bytes of the text that was scanned */
    uint32_t kind;       /* AGENCY_...; never 0 */
    uint16_t agency;     /* AGENCY_NONE for words of all agencies */
    bool exact;          /* in the very case of the table, or of a kind for which case is nothing */
};

/* Hash of what a form or a place in a text begins with: a whole word in lower case, or the one
 * character that is not part of a word. *at is moved behind it. */
uint32_t agency_key(struct dupd_view text, size_t *at, size_t to);

static inline uint32_t agency_filter_bit(uint32_t key)
{
    return key / 3 % AGENCY_FILTER_BITS; /* other bits than the slot's */
}

/* A character as forms are compared: lower case, all white space and all apostrophes alike. */
uint32_t agency_fold(uint32_t cp);

/* True when text[from, to) has an agency's name or begins a signature: without that, no other form
 * matters. `text` is clean, `from` and `to` are between words. About 1 ns a byte. Pure. */
bool agency_mentions(const struct dupd_agencies *a, struct dupd_view text, size_t from, size_t to);

/* Finds the forms in text[from, to), at each place the longest, none inside another. Writes at most
 * max hits in order and returns how many. About 3 ns a byte. Pure. */
unsigned agency_scan(const struct dupd_agencies *a, struct dupd_view text, size_t from, size_t to,
                     struct agency_hit *hits, unsigned max);

#endif
