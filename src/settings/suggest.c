/* suggest.c: edit distance by dynamic programming over three rows. Pure. */
#include "settings/suggest.h"

#include <string.h>

#define NAME_MAX_LEN 63

static char fold(char c)
{
    return c == '_' ? '-' : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned suggest_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
        return (unsigned)(n > m ? n : m);
    unsigned row[3][NAME_MAX_LEN + 1];
    unsigned *before = row[0], *above = row[1], *here = row[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        here[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned differs = fold(a[i - 1]) != fold(b[j - 1]);
            here[j] = least(least(above[j] + 1, here[j - 1] + 1), above[j - 1] + differs);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]))
                here[j] = least(here[j], before[j - 2] + 1);
        }
        unsigned *oldest = before;
        before = above;
        above = here;
        here = oldest;
    }
    return above[m];
}

void suggest_offer(struct suggest *s, const char *candidate)
{
    size_t wanted = strlen(s->wanted), length = strlen(candidate);
    unsigned distance = suggest_distance(s->wanted, candidate);
    bool begins = wanted >= 3 && wanted < length && strncmp(s->wanted, candidate, wanted) == 0;
    if (begins)
        distance = 1;
    else if (distance * 3 > (length > 3 ? length : 3))
        return;
    if (!s->best || distance < s->distance) {
        s->best = candidate;
        s->distance = distance;
    }
}
