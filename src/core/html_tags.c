/*
 * html_tags.c: the table of tags, looked up by binary search (seven short comparisons).
 */
#include "html_page.h"

struct tag_entry {
    const char *name;
    uint16_t kind;
};

static const struct tag_entry tags[] = {
#define TAG_ENTRY(name, text, kind) {text, kind},
    HTML_TAGS(TAG_ENTRY)
#undef TAG_ENTRY
};

#define TAG_NAME_MAX 10 /* blockquote, figcaption */

uint16_t html_tag_of(struct dupd_view name)
{
    char lower[TAG_NAME_MAX + 1] = "";
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        if (i < TAG_NAME_MAX)
            lower[i] = c;
        hash = (hash ^ (unsigned char)c) * 16777619u;
    }
    size_t low = 0, high = name.len <= TAG_NAME_MAX ? HTML_KNOWN_TAGS : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(lower, tags[middle].name);
        if (order == 0)
            return (uint16_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return (uint16_t)(HTML_OTHER_TAG | ((hash ^ hash >> 15) & 0x7FFF));
}

unsigned html_tag_kind(uint16_t tag)
{
    return tag < HTML_KNOWN_TAGS ? tags[tag].kind : 0;
}
