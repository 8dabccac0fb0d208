/* words.c: figures for readers. Pure. */
#include "cli/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

const char *words_number(uint64_t n, char out[WORDS_NUMBER_MAX])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    char *to = out;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *words_share(double share, char out[WORDS_NUMBER_MAX])
{
    double percent = round(share * 100);
    if (percent >= 100 && share < 1)
        percent = 99;
    if (percent <= 0 && share > 0)
        snprintf(out, WORDS_NUMBER_MAX, "under 1 %%");
    else
        snprintf(out, WORDS_NUMBER_MAX, "%.0f %%", percent);
    return out;
}

const char *words_bytes(uint64_t n, char out[WORDS_NUMBER_MAX])
{
    static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB"};
    double value = (double)n;
    size_t u = 0;
    for (; value >= 1000 && u < 4; u++)
        value /= 1000;
    snprintf(out, WORDS_NUMBER_MAX, u ? "%.1f %s" : "%.0f %s", value, unit[u]);
    return out;
}

const char *words_time(struct dupd_time t, char out[WORDS_TIME_MAX])
{
    static const char *const month[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    char text[DUPD_TIME_TEXT_MAX];
    size_t n = dupd_time_format(t, text);
    out[0] = '\0';
    if (n < 10)
        return out;
    int m = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
    if (m < 1 || m > 12)
        return out;
    int len = snprintf(out, WORDS_TIME_MAX, "%d %s %.4s", day, month[m - 1], text);
    if (t.kind == DUPD_TIME_SECOND && n >= 16)
        snprintf(out + len, WORDS_TIME_MAX - (size_t)len, ", %.5s UTC", text + 11);
    return out;
}
