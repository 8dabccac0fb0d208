/*
 * golden.h: reads vectors from tests/golden. A file holds lines "name hex"; hex may be broken by
 * blanks; '#' starts a comment line. For tests only.
 */
#ifndef SUPPORT_GOLDEN_H
#define SUPPORT_GOLDEN_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dupd/buf.h"

/* Appends the bytes of vector `name` in tests/golden/`file` to out. False: there is none. */
static inline bool golden_hex(const char *file, const char *name, struct dupd_buf *out)
{
    char path[1024], line[16384];
    const char *root = getenv("DUPD_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/golden/%s", root ? root : ".", file);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    bool found = false;
    size_t len = strlen(name);
    while (!found && fgets(line, sizeof line, f)) {
        if (strncmp(line, name, len) != 0 || line[len] != ' ')
            continue;
        found = true;
        for (const char *p = line + len; *p && *p != '\n'; p++) {
            char two[3] = {p[0], p[1], 0};
            if (*p == ' ')
                continue;
            if (dupd_buf_add_char(out, (char)strtoul(two, NULL, 16)))
                found = false;
            p++;
        }
    }
    fclose(f);
    return found;
}

#endif
