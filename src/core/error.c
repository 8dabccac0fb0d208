/* error.c: the error table's two look-ups. Pure; never fails. */
#include "dupd/error.h"

const char *dupd_error_text(int code)
{
    switch (code) {
    case DUPD_OK:
        return "no error";
#define ERROR_CASE(name, value, text)                                                              \
    case DUPD_E##name:                                                                             \
        return text;
        DUPD_ERRORS(ERROR_CASE)
#undef ERROR_CASE
    default:
        return "unknown error";
    }
}

const char *dupd_error_name(int code)
{
    switch (code) {
    case DUPD_OK:
        return "OK";
#define ERROR_CASE(name, value, text)                                                              \
    case DUPD_E##name:                                                                             \
        return #name;
        DUPD_ERRORS(ERROR_CASE)
#undef ERROR_CASE
    default:
        return "UNKNOWN";
    }
}
