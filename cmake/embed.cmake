# cmake -DIN=file -DOUT=file.c -DSYMBOL=name -P embed.cmake: the bytes of a file as a C array.
file(READ "${IN}" hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR bytes "${digits} / 2")
string(REGEX REPLACE "(................................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," hex "${hex}")
file(WRITE "${OUT}" "/* Made from a data file: edit that instead. */
#include <stddef.h>
extern const char ${SYMBOL}[];
extern const size_t ${SYMBOL}_len;
const char ${SYMBOL}[] = {
${hex}
0};
const size_t ${SYMBOL}_len = ${bytes};
")
