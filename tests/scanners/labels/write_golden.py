"""Write the golden files of a label anew: look at what they print before you commit them."""

from pathlib import Path

from scanners.labels.dots import draw_dots
from scanners.labels.layout import SIZES, lay_out
from scanners.labels.tspl import write_tspl
from scanners.labels.zpl import write_zpl
from tests.support.labels import lettering, make_label

GOLDEN = Path(__file__).with_name("golden")


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    layout = lay_out(make_label(waste_code="321-024-48"), SIZES["60x40"], lettering(), 8.0)
    image = draw_dots(layout, lettering(), 8.0)
    (GOLDEN / "label.zpl").write_bytes(write_zpl([image]))
    (GOLDEN / "label.tspl").write_bytes(write_tspl([image], SIZES["60x40"]))


if __name__ == "__main__":
    main()
