#!/usr/bin/env bash
# Fetches what the tests need beside Python: Chromium with Chinese fonts, Java 17 or 21, Maven, the Neo4j server.
# Installs Debian packages only as root or with passwordless sudo; otherwise prints the command to type.
# Ends with status 0 also when a part is missing (its tests are then skipped and named), unless CI=true or REQUIRE_ALL=1.
set -euo pipefail
cd "$(dirname "$0")/../.."

neo4j_version=5.26.12
neo4j_home=.cache/neo4j-$neo4j_version

has() { command -v "$1" >/dev/null; }
has_headless() { has chromium-headless-shell; }
has_browser() { has chromium || has chromium-browser; }
has_chinese_font() { has fc-list && [ -n "$(fc-list :lang=zh-cn 2>/dev/null)" ]; }
has_java() {
    local java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    has "$java" && [[ $("$java" -version 2>&1) =~ version\ \"(17|21)[.\"] ]]
}
has_neo4j() { [ -d "$neo4j_home/lib" ]; }

name_packages() {
    has_browser || echo chromium
    # The same pages for a fifth of the work, where the distribution has it.
    has_headless || ! apt-cache show chromium-headless-shell >/dev/null 2>&1 || echo chromium-headless-shell
    has_chinese_font || echo fontconfig fonts-noto-cjk
    has_neo4j || has mvn || echo maven
    # Debian 12 has Java 17, Debian 13 has 21; Neo4j 5.26 runs on both.
    has_java || { apt-cache show openjdk-17-jre-headless >/dev/null 2>&1 && echo openjdk-17-jre-headless; } ||
        echo openjdk-21-jre-headless
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
    fi
}

if [ -n "$(name_packages)" ]; then
    # A mirror that fails must not cost the tests that need none of this, so what is missing is named at the end.
    if has apt-get && as_root true 2>/dev/null; then
        as_root apt-get -qq update || true
        packages=$(name_packages | tr '\n' ' ')
        echo "Installing $packages..."
        # shellcheck disable=SC2086 # several words are meant
        as_root apt-get -qq install --yes --no-install-recommends $packages >/dev/null || true
    else
        echo "To run every test, type:  sudo apt-get install --yes --no-install-recommends $(name_packages | tr '\n' ' ')" >&2
    fi
fi

if ! has_neo4j && has_java && has mvn; then
    echo "Fetching the Neo4j $neo4j_version server for the tests ..."
    for attempt in 1 2 3; do
        rm -rf "$neo4j_home.part"
        if mvn --batch-mode --quiet --strict-checksums --file tests/support/neo4j-pom.xml \
            dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$PWD/$neo4j_home.part/lib" </dev/null; then
            # Moved into place when complete, so an interrupted download is never taken for a server.
            mv "$neo4j_home.part" "$neo4j_home"
            break
        fi
        echo "Maven did not succeed (attempt $attempt of 3)." >&2
        sleep $((attempt * 5))
    done
fi

missing=()
has_browser || missing+=(Chromium)
has_chinese_font || missing+=("a Chinese font")
has_java || missing+=("Java 17 or 21")
has_neo4j || missing+=("the Neo4j server")
if [ ${#missing[@]} -gt 0 ]; then
    echo "Not on this machine: $(printf '%s, ' "${missing[@]}" | sed 's/, $//')." >&2
    if [ "${CI:-}" = true ] || [ "${REQUIRE_ALL:-}" = 1 ]; then exit 1; fi
fi
