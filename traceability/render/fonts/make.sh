#!/bin/bash
# Makes sans.otf, the one font of our PDFs: Noto Sans CJK SC with GB 2312, 通用规范汉字表, Latin, Greek and signs.
# Needs Debian's fonts-noto-cjk and fonttools (pip install fonttools); nothing that runs needs either.
#
#     traceability/render/fonts/make.sh [/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc]
set -euo pipefail
cd "$(dirname "$0")"
source=${1:-/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc}

# The two-byte half of GB 2312 is 94 rows of 94; beyond-gb2312.txt is what 通用规范汉字表 (2013) has beside it.
characters=$(python3 -c '
rows = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
print("".join(pair.decode("gb2312", "ignore") for pair in rows))')

pyftsubset "$source" --font-number=2 --output-file=sans.otf --layout-features=ccmp,kern,locl,mark \
	--notdef-outline --no-hinting --name-IDs='*' --text="$characters" --text-file=beyond-gb2312.txt \
	--unicodes=20-7E,A0-17F,370-3FF,2010-205E,2070-209C,20A0-20BF,2100-214F,2150-218F,2190-21FF,2200-22FF,2460-24FF,25A0-25FF,2600-266F,2713-2718,3000-303F,31A0-31BF,3200-33FF,FF00-FFEF,FFFD
