/*
 * synth_jsonl.c: synthetic articles (synth.h) as JSON Lines, for benchmarks of the whole program.
 *
 *   synth_jsonl CORPUS.jsonl COUNT [FIRST]
 *
 * Ids are "synth-N" from FIRST on (0), outlets "outlet-N.example". The corpus is read at run time
 * and nothing of it is kept. Exit 1 with a line on stderr when it cannot be read or memory runs
 * out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "synth.h"

#define OUTLETS 400u

static void put_string(struct dupd_view v)
{
    putchar('"');
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.ptr[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < ' ')
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

/* Its first words. */
static struct dupd_view title_of(struct dupd_view text)
{
    size_t at = 0;
    for (unsigned words = 0; at < text.len && text.ptr[at] != '\n'; at++)
        if (text.ptr[at] == ' ' && ++words == 8)
            break;
    return (struct dupd_view){text.ptr, at};
}

static int print_articles(const struct synth *s, uint64_t first, uint64_t count)
{
    struct dupd_buf text = {0};
    int rc = DUPD_OK;
    for (uint64_t n = first; !rc && n < first + count; n++) {
        rc = synth_article(s, n, &text);
        if (rc)
            break;
        struct dupd_view body = dupd_buf_view(&text);
        printf("{\"id\":\"synth-%" PRIu64 "\",\"source\":\"outlet-%" PRIu64 ".example\",\"title\":",
               n, n % OUTLETS);
        put_string(title_of(body));
        fputs(",\"body\":", stdout);
        put_string(body);
        fputs("}\n", stdout);
    }
    dupd_buf_close(&text);
    return rc;
}

int main(int argc, char **argv)
{
    struct synth *s;
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: synth_jsonl CORPUS.jsonl COUNT [FIRST]\n");
        return 2;
    }
    if (synth_new(&s, argv[1]))
        return 1;
    uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    int rc = print_articles(s, first, strtoull(argv[2], NULL, 10));
    synth_free(s);
    if (rc || fflush(stdout)) {
        fprintf(stderr, "synth_jsonl: %s\n", rc ? dupd_error_text(rc) : "cannot write");
        return 1;
    }
    return 0;
}
