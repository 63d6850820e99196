#!/bin/sh
# setup.sh - installs what a build needs and the machine lacks.
#
#   setup.sh packages NAME ...   Debian packages, by apt-get (with sudo if not root)
#   setup.sh optional NAME ...   the same, but goes on without those that can't be installed
#   setup.sh lwip FOLDER         lwIP's source package, checked by apt's signatures, unpacked into FOLDER
#
# The machine's own package lists stay as they are: source entries are derived from them in a temporary
# folder. Nothing is done, and no network used, when everything is there.
set -eu

die() {
    printf 'polynic: set-up: %s\n' "$1" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "not root and no sudo: as root, run: $*"
    fi
}

packages() {
    missing=
    for package; do
        if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
            missing="$missing $package"
        fi
    done
    [ -z "$missing" ] && return
    command -v apt-get >/dev/null ||
        die "no apt-get here: install by hand what these Debian packages hold:$missing"
    printf 'polynic: set-up: installing%s\n' "$missing" >&2
    as_root apt-get update -q || printf 'polynic: set-up: apt-get update failed; going on\n' >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing ||
        die "apt-get could not install:$missing"
}

# On a system without dpkg the tools may be there under other packages: ask for the tools themselves.
have_tools() {
    pkg-config --exists simgrid libpcap glib-2.0 jansson check 2>/dev/null &&
        command -v riscv64-unknown-elf-gcc >/dev/null
}

lwip() {
    folder=$1
    [ -e "$folder/src/include/lwip/init.h" ] && return
    command -v apt-get >/dev/null ||
        die "lwIP is not in $folder: unpack lwIP 2.1 or 2.2 somewhere and set LWIP_DIR to that folder"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/sources" "$work/lists" "$work/source"
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -e "$list" ] || continue
        sed -n 's/^deb /deb-src /p' "$list" >"$work/sources/$(basename "$list" .list).list"
    done
    for list in /etc/apt/sources.list.d/*.sources; do
        [ -e "$list" ] || continue
        sed 's/^Types:.*/Types: deb-src/' "$list" >"$work/sources/$(basename "$list")"
    done
    options="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$work/sources -o Dir::State::lists=$work/lists"
    # Entries of others without sources fail; lwIP comes from Debian's.
    # shellcheck disable=SC2086
    apt-get -q $options update >"$work/log" 2>&1 || true
    # shellcheck disable=SC2086
    (cd "$work/source" && apt-get -q $options source lwip >>"$work/log" 2>&1) || {
        cat "$work/log" >&2
        die "lwIP's source package could not be had: set LWIP_DIR to a folder with lwIP 2.1 or 2.2"
    }
    mkdir -p "$(dirname "$folder")"
    rm -rf "$folder"
    mv "$work"/source/lwip-*/ "$folder"
    [ -e "$folder/src/include/lwip/init.h" ] || die "lwIP's source package holds no src/include/lwip"
}

command=$1
shift
case $command in
packages)
    command -v dpkg-query >/dev/null || { have_tools && exit 0; }
    packages "$@"
    ;;
optional)
    command -v dpkg-query >/dev/null || exit 0
    (packages "$@") || printf 'polynic: set-up: going on without them\n' >&2
    ;;
lwip) lwip "$1" ;;
*) die "usage: setup.sh packages NAME ... | optional NAME ... | lwip FOLDER" ;;
esac
