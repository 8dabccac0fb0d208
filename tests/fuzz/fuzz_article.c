/* fuzz_article.c: any bytes as a time and as a URL. What is accepted must survive a round trip. */
#include <stdlib.h>

#include "dupd/article.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_view in = {(const char *)data, size};
    struct dupd_time t, again;
    char text[DUPD_TIME_TEXT_MAX], outlet[256];
    if (dupd_time_parse(in, &t)) {
        size_t n = dupd_time_format(t, text);
        if (!dupd_time_parse((struct dupd_view){text, n}, &again) || again.seconds != t.seconds ||
            again.kind != t.kind)
            abort();
    } else if (t.kind != DUPD_TIME_NONE) {
        abort();
    }
    size_t n = dupd_url_outlet(in, outlet);
    if (n > 255 || outlet[n] != '\0')
        abort();
    return 0;
}
