/* number.c: numbers with units. Values are doubles: exact for every whole number up to 2^53. */
#include "settings/number.h"

#include <math.h>
#include <stdio.h>

#include "dupd/error.h"

struct unit {
    enum number_unit of;
    const char *name;
    double factor;
};

/* The formatter takes the first that divides the value without rest, so larger ones come first. */
static const struct unit units[] = {
    {NUMBER_SIZE, "GiB", 1073741824.0}, {NUMBER_SIZE, "MiB", 1048576.0},
    {NUMBER_SIZE, "KiB", 1024.0},       {NUMBER_SIZE, "G", 1073741824.0},
    {NUMBER_SIZE, "M", 1048576.0},      {NUMBER_SIZE, "K", 1024.0},
    {NUMBER_SIZE, "GB", 1e9},           {NUMBER_SIZE, "MB", 1e6},
    {NUMBER_SIZE, "kB", 1e3},           {NUMBER_SIZE, "B", 1.0},
    {NUMBER_SPAN, "d", 86400.0},        {NUMBER_SPAN, "h", 3600.0},
    {NUMBER_SPAN, "m", 60.0},           {NUMBER_SPAN, "s", 1.0},
    {NUMBER_SPAN, "w", 604800.0},       {NUMBER_SHARE, "%", 0.01},
};

#define UNIT_COUNT (sizeof units / sizeof units[0])
#define NUMBER_DIGITS_MAX 15 /* a double holds them all */

int number_parse(struct dupd_view text, enum number_unit unit, double min, double max, double *out)
{
    double value = 0, scale = 1;
    size_t i = 0, digits = 0;
    bool fraction = false;
    for (; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && !fraction && digits > 0 && unit != NUMBER_COUNT) {
            fraction = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        value = value * 10 + (c - '0');
        if (fraction)
            scale *= 10;
        if (++digits > NUMBER_DIGITS_MAX)
            return DUPD_EINVAL;
    }
    if (digits == 0 || text.ptr[i - 1] == '.')
        return DUPD_ESYNTAX;
    value /= scale;
    struct dupd_view rest = {text.ptr + i, text.len - i};
    if (rest.len) {
        size_t u = 0;
        while (u < UNIT_COUNT &&
               (units[u].of != unit || !dupd_view_equal(rest, dupd_view_of(units[u].name))))
            u++;
        if (u == UNIT_COUNT)
            return DUPD_ESYNTAX;
        value = units[u].factor < 1 ? value / 100 : value * units[u].factor;
    }
    if (value < min || value > max)
        return DUPD_EINVAL;
    if (unit == NUMBER_SIZE || unit == NUMBER_SPAN)
        value = floor(value);
    *out = value;
    return 0;
}

int number_format(double value, enum number_unit unit, struct dupd_buf *out)
{
    if (unit == NUMBER_SIZE || unit == NUMBER_SPAN) {
        for (size_t u = 0; u < UNIT_COUNT; u++) {
            if (units[u].of == unit && units[u].factor > 1 && value >= units[u].factor &&
                fmod(value, units[u].factor) == 0)
                return dupd_buf_addf(out, "%.0f%s", value / units[u].factor, units[u].name);
        }
        return dupd_buf_addf(out, "%.0f%s", value, unit == NUMBER_SPAN && value > 0 ? "s" : "");
    }
    return dupd_buf_addf(out, unit == NUMBER_COUNT ? "%.0f" : "%.10g", value);
}

const char *number_unit_text(enum number_unit unit)
{
    static const char *const text[] = {"a whole number", "a size such as 8MiB",
                                       "a time such as 90s, 15m or 30d", "a share such as 0.3"};
    return text[unit];
}
