"""Write labels in TSPL, for printers of TSC and those that speak its language."""

from collections.abc import Iterable

from PIL import Image

from scanners.labels.dots import pack_dots
from scanners.labels.layout import LabelSize

GAP_MM = 2  # between two labels of a roll; printers measure the real one


def write_tspl(labels: Iterable[Image.Image], size: LabelSize, copies: int = 1) -> bytes:
    """Return the file: each label one picture at the printer's origin, so many times."""
    head = f"SIZE {size.width:g} mm,{size.height:g} mm\r\nGAP {GAP_MM} mm,0 mm\r\nDIRECTION 1\r\nREFERENCE 0,0\r\n"
    written = [head.encode("ascii")]
    for label in labels:
        stride, rows = pack_dots(label)
        white = bytes(byte ^ 0xFF for row in rows for byte in row)  # in TSPL a dot that is 0 is burnt
        written += [
            f"CLS\r\nBITMAP 0,0,{stride},{len(rows)},0,".encode("ascii"), white,
            f"\r\nPRINT 1,{copies}\r\n".encode("ascii"),
        ]  # fmt: skip
    return b"".join(written)
