"""Write an amount of money in Chinese capitals, as purchase papers state it beside its figures.

Figures are altered with one stroke of a pen, capitals are not. The rules are those of the People's Bank of China for filling
in bills (《正确填写票据和结算凭证的基本规定》).
"""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ((10**8, "亿"), (10**4, "万"), (1_000, "仟"), (100, "佰"), (10, "拾"))


def write_in_capitals(amount_fen: int) -> str:
    """Return an amount in fen, at least 0: ``人民币壹万陆仟肆佰零玖元零贰分`` for 16,409.02 yuan."""
    yuan, rest = divmod(amount_fen, 100)
    jiao, fen = divmod(rest, 10)
    written = f"人民币{_write_whole(yuan)}元" if yuan or not rest else "人民币"
    if yuan and rest and (yuan % 10 == 0 or jiao == 0):
        written += _DIGITS[0]
    if jiao:
        written += f"{_DIGITS[jiao]}角"
    return written + (f"{_DIGITS[fen]}分" if fen else "整")


def _write_whole(number: int) -> str:
    """Return a number from 0 on; zeros between digits are one 零, those at the end are not written."""
    for unit, name in _UNITS:
        if number >= unit:
            high, low = divmod(number, unit)
            skipped = _DIGITS[0] if 0 < low < unit // 10 else ""
            return _write_whole(high) + name + skipped + (_write_whole(low) if low else "")
    return _DIGITS[number]
