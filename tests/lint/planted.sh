#!/usr/bin/env bash
# planted.sh ROOT CC: the other lints catch what they are there for. Each is run on a small tree
# with one planted fault and must fail, and on the same tree without it and must pass.
set -euo pipefail
root=$1 cc=$2
lint=$root/tests/lint
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
status=0

tree() {
    rm -rf tree && mkdir -p tree/{cmake,include/dupd,src/{core,store},tests,bench,deploy,docs,.ci}
    printf '/* pure.h: a header. */\n#ifndef PURE_H\n#define PURE_H\n#include <stddef.h>\nint pure(void);\n#endif\n' \
        >tree/include/dupd/pure.h
    printf '/* pure.c: a file. */\n#include "dupd/pure.h"\nint pure(void)\n{\n    return 1;\n}\n' >tree/src/core/pure.c
    touch tree/CMakeLists.txt tree/README.md
    cp "$root/.clang-format" tree/
}

# archive FILE: compiles one C file into lib.a
archive() {
    rm -f lib.a
    "$cc" -Itree/include -fPIE -c -o one.o "$1" && ar rc lib.a one.o
}

# expect pass|fail WHAT COMMAND...
expect() {
    local wanted=$1 what=$2 got=pass
    shift 2
    "$@" >out 2>&1 || got=fail
    [ $got = "$wanted" ] && return
    echo "planted: $what: expected $wanted, got $got"
    cat out
    status=1
}

tree
archive tree/src/core/pure.c
expect pass "purity of a pure file" "$lint/purity.sh" lib.a
for fault in '#include <time.h>
long f(void) { return (long)time(0); }' 'static int calls; int f(void) { return ++calls; }' \
    'int table[4] = {1, 2, 3, 4};' '_Thread_local int mine; ' '#include <stdio.h>
void f(void) { puts("x"); }' '#include <stdlib.h>
char *f(void) { return getenv("HOME"); }'; do
    printf '%s\n' "$fault" >fault.c
    archive fault.c
    expect fail "purity of: $fault" "$lint/purity.sh" lib.a
done
printf '#include <stdlib.h>\n#include <string.h>\nchar *copy(const char *s) { size_t n = strlen(s); char *p = malloc(n + 1); return p ? memcpy(p, s, n + 1) : p; }\n' >fault.c
archive fault.c
expect pass "purity of a copy of a string" "$lint/purity.sh" lib.a
printf 'static const char *const names[] = {"a", "b"};\nconst char *name(int i) { return names[i]; }\n' >fault.c
archive fault.c
expect pass "purity of a constant table" "$lint/purity.sh" lib.a

expect pass "arrows of a right tree" "$lint/arrows.sh" tree
for fault in 'store/store.h' '../core/pure.h' 'absent.h'; do
    tree
    printf '#include "%s"\n' "$fault" >>tree/src/core/pure.c
    expect fail "arrows: core includes $fault" "$lint/arrows.sh" tree
done
tree
printf '#include <unistd.h>\n' >>tree/src/core/pure.c
expect fail "arrows: core includes unistd.h" "$lint/arrows.sh" tree
mkdir tree/src/engine && touch tree/src/engine/engine.h
printf '#include "engine/engine.h"\n' >tree/src/store/s.c
expect fail "arrows: the store includes the engine" "$lint/arrows.sh" tree
tree
mkdir tree/src/attic && touch tree/src/attic/a.c
expect fail "arrows: a room that nobody knows" "$lint/arrows.sh" tree

tree
expect pass "tree of a right tree" "$lint/tree.sh" tree
seq 601 | sed 's,.*,/* & */,' >tree/src/core/long.c
expect fail "tree: 601 lines" "$lint/tree.sh" tree
tree
printf '/* TO''DO: finish */\n' >>tree/src/core/pure.c
expect fail "tree: something to be done" "$lint/tree.sh" tree

tree
expect pass "headers of a right tree" "$lint/headers.sh" tree "$cc" ''
printf 'int more(size_t n);\n' >tree/include/dupd/more.h
expect fail "headers: one that needs another" "$lint/headers.sh" tree "$cc" ''
tree
printf '/* two.h */\nstruct twice { int a; };\n' >tree/include/dupd/two.h
expect fail "headers: no include guard" "$lint/headers.sh" tree "$cc" ''

if command -v clang-format-14 >/dev/null; then
    tree
    expect pass "format of a right tree" "$lint/format.sh" tree
    printf 'int  f( void ){return 0;}\n' >>tree/src/core/pure.c
    expect fail "format: another style" "$lint/format.sh" tree
fi
exit $status
