/* fuzz_article.c: any bytes as a time and as a URL. What is accepted must survive a round trip. */
#include "dupd/article.h"
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_view in = {(const char *)data, size};
    struct dupd_time t, again;
    char text[DUPD_TIME_TEXT_MAX], outlet[256];
    if (dupd_time_parse(in, &t)) {
        size_t n = dupd_time_format(t, text);
        FUZZ_CHECK(dupd_time_parse((struct dupd_view){text, n}, &again));
        FUZZ_CHECK(again.seconds == t.seconds && again.kind == t.kind);
    } else {
        FUZZ_CHECK(t.kind == DUPD_TIME_NONE);
    }
    size_t n = dupd_url_outlet(in, outlet);
    FUZZ_CHECK(n <= 255 && outlet[n] == '\0');
    return 0;
}
