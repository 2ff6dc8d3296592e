#!/usr/bin/env bash
# Fetches what the tests need beside Python: Chromium with Chinese fonts, Java 17 or 21, Maven, the Neo4j server.
# Installs Debian packages only as root or with passwordless sudo; otherwise prints the command to type.
# Ends with status 0 also when a part is missing (its tests are then skipped and named), unless CI=true or REQUIRE_ALL=1.
set -euo pipefail
cd "$(dirname "$0")/../.."

neo4j_version=5.26.12
neo4j_home=.cache/neo4j-$neo4j_version

has() { command -v "$1" >/dev/null; }
has_browser() { has chromium || has chromium-browser; }
has_chinese_font() { has fc-list && [ -n "$(fc-list :lang=zh-cn 2>/dev/null | head -n 1)" ]; }
has_java() {
    local home=${JAVA_HOME:-}
    local java=${home:+$home/bin/}java
    has "$java" && "$java" -version 2>&1 | grep -Eq 'version "(17|21)[."]'
}
has_neo4j() { [ -d "$neo4j_home/lib" ]; }

packages=()
has_browser || packages+=(chromium)
has_chinese_font || packages+=(fontconfig fonts-noto-cjk)
if ! has_neo4j && ! has mvn; then packages+=(maven); fi
if ! has_java; then
    # Debian 12 has Java 17, Debian 13 has 21; Neo4j 5.26 runs on both.
    if has apt-cache && ! apt-cache show openjdk-17-jre-headless >/dev/null 2>&1 &&
        apt-cache show openjdk-21-jre-headless >/dev/null 2>&1; then
        packages+=(openjdk-21-jre-headless)
    else
        packages+=(openjdk-17-jre-headless)
    fi
fi

if [ ${#packages[@]} -gt 0 ]; then
    install=(apt-get install --yes --no-install-recommends "${packages[@]}")
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    if has apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
        echo "Installing ${packages[*]} ..."
        # One failed mirror must not cost the tests that need none of this: what is missing is named at the end.
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update </dev/null || true
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" -qq </dev/null >/dev/null || true
    else
        echo "To run every test, type:  sudo ${install[*]}" >&2
    fi
fi

if ! has_neo4j && has_java && has mvn; then
    echo "Fetching the Neo4j $neo4j_version server for the tests ..."
    rm -rf "$neo4j_home.part"
    mkdir -p "$(dirname "$neo4j_home")"
    # Moved into place when complete, so an interrupted download is never taken for a server.
    for attempt in 1 2 3; do
        if mvn --batch-mode --quiet --strict-checksums --file tests/support/neo4j-pom.xml dependency:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$PWD/$neo4j_home.part/lib" </dev/null; then
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
has_java || missing+=("Java 17")
has_neo4j || missing+=("the Neo4j server (Maven)")
if [ ${#missing[@]} -gt 0 ]; then
    echo "Not on this machine: $(printf '%s, ' "${missing[@]}" | sed 's/, $//')." >&2
    if [ "${CI:-}" = true ] || [ "${REQUIRE_ALL:-}" = 1 ]; then exit 1; fi
fi
