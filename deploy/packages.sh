#!/usr/bin/env bash
# packages.sh: the one list of Debian packages that dupd needs, and how they get installed.
#
#   deploy/packages.sh build test      install what is missing of these groups
#   deploy/packages.sh --list build    only print the names
#   . deploy/packages.sh               for scripts: packages_list, packages_install GROUP...;
#                                      with PACKAGES_INSTALL=no the latter installs nothing
#
# Happy path: everything is there, nothing is asked of apt or sudo, and this takes 0.1 s.
# Otherwise the missing packages are installed, as root or with sudo; the package lists are fetched
# first only if apt does not know a package, or if what it knows turns out to be stale. On a system
# without apt it says what is needed and leaves the rest to the configure step, which checks for
# each library.
#
# Names hold for Debian 12 and 13 and Ubuntu 24.04. "a|b" means the first of these that the release
# has; "a|" that it may be left out, and what needs it is skipped with a word. The latter counts as
# there when a command of that name is: NodeSource's nodejs has npm in it, and no room for Debian's.

packages_list() {
    local group
    for group in "$@"; do
        case $group in
        build)
            echo gcc libc6-dev cmake ninja-build pkg-config
            echo libxxhash-dev libutf8proc-dev libsqlite3-dev libzstd-dev libuv1-dev
            echo libhiredis-dev libssl-dev libcurl4-openssl-dev
            ;;
        test)
            echo g++ binutils check libsubunit-dev shellcheck mandoc python3 python3-jsonschema python3-yaml
            echo redis-server redis-tools openssl
            echo 'clang-format-14|'
            ;;
        package)
            echo dpkg-dev file
            ;;
        fuzz)
            echo 'clang-14|clang-19' 'libclang-rt-14-dev|libclang-rt-19-dev'
            ;;
        browser) # for tests/e2e/dashboard.sh and what promtool and Alertmanager check; skipped without
            echo 'chromium|' 'nodejs|' 'npm|' 'prometheus|' 'prometheus-alertmanager|'
            ;;
        *)
            echo "packages.sh: no such group: $group (build, test, package, fuzz, browser)" >&2
            return 2
            ;;
        esac
    done | tr ' ' '\n'
}

packages_installed() {
    [ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" = 'install ok installed' ]
}

packages_known() {
    apt-cache show --no-all-versions "$1" >/dev/null 2>&1
}

# Of "a|b", the one that is installed, else the first that apt knows; nothing if there is none.
packages_choose() {
    local name
    for name in ${1//|/ }; do
        if packages_installed "$name"; then
            echo "$name"
            return
        fi
    done
    for name in ${1//|/ }; do
        if packages_known "$name"; then
            echo "$name"
            return
        fi
    done
}

# Runs apt-get as root, silent unless it fails; waits for another apt-get to end.
packages_apt() {
    local sudo=() output
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "packages: installing needs root, and there is no sudo here" >&2
            return 1
        fi
        sudo=(sudo)
    fi
    if output=$("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" 2>&1 </dev/null); then
        return 0
    fi
    printf '%s\n' "$output" >&2
    return 1
}

# Fills `install` with the missing packages of $wanted; false if apt does not know some of them.
packages_plan() {
    local entry name unknown=no
    install=()
    for entry in $wanted; do
        case $entry in
        *\|) ! command -v "${entry%%|*}" >/dev/null || continue ;;
        esac
        name=$(packages_choose "$entry")
        if [ -z "$name" ]; then
            unknown=yes
            case $entry in
            *\|) ;;
            *) install+=("${entry%%|*}") ;;
            esac
        elif ! packages_installed "$name"; then
            install+=("$name")
        fi
    done
    [ $unknown = no ]
}

packages_install() {
    local wanted install=()
    wanted=$(packages_list "$@") || return 2
    [ "${PACKAGES_INSTALL-}" != no ] || return 0
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "packages: not a Debian system; needed, by their Debian names: ${wanted//$'\n'/ }"
        return 0
    fi
    if ! packages_plan && [ ${#install[@]} -gt 0 ]; then
        echo "packages: fetching the package lists"
        packages_apt update || return 1
        packages_plan || true
    fi
    if [ ${#install[@]} -eq 0 ]; then
        echo "packages: all there ($*)"
        return 0
    fi
    echo "packages: installing ${install[*]}"
    packages_apt --no-install-recommends install "${install[@]}" && return 0
    echo "packages: fetching the package lists and trying again" >&2
    packages_apt update && packages_apt --no-install-recommends install "${install[@]}"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    case ${1-} in
    --list)
        shift
        packages_list "$@"
        ;;
    '' | -*)
        sed -n '2,7s/^# \{0,1\}//p' "$0"
        [ "${1-}" = --help ] || exit 2
        ;;
    *) packages_install "$@" ;;
    esac
fi
