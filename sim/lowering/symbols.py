"""What a file of machine code asks of others: the names in its table of symbols that it does not define.

    ELF      .symtab, in section 0                 Mach-O   LC_SYMTAB, of type undefined
"""

from __future__ import annotations

import struct

ELF, MACH_O = b"\x7fELF\x02\x01", b"\xcf\xfa\xed\xfe"  # 64 bits, lowest byte first
SYMTAB = 2  # both formats' number for a table of symbols
KIND, UNDEFINED = 0x0E, 0  # of Mach-O: bits that say where a symbol is, and what they say of one that is nowhere


def undefined(code: bytes) -> list[str]:
    """Names that must be found elsewhere before the code can run. Raises ``ValueError`` for a file of another format."""
    if code.startswith(ELF):
        return _of_elf(code)
    if code.startswith(MACH_O):
        return _of_mach_o(code)
    raise ValueError("this is no file of machine code of 64 bits in ELF or Mach-O; sim/lowering/symbols.py reads those")


def _of_elf(code: bytes) -> list[str]:
    start, size, count = struct.unpack_from("<40xQ10xHH", code)
    sections = [struct.unpack_from("<4xI16xQQI12xQ", code, start + size * number) for number in range(count)]
    found = []
    for kind, offset, length, strings, _ in sections:
        if kind != SYMTAB:
            continue
        names = sections[strings][1]
        for at in range(offset + 24, offset + length, 24):  # the first is no symbol
            name, section = struct.unpack_from("<I2xH", code, at)
            if section == 0:
                found.append(_name(code, names + name))
    return found


def _of_mach_o(code: bytes) -> list[str]:
    (commands,) = struct.unpack_from("<16xI", code)
    at, found = 32, []
    for _ in range(commands):
        command, size, offset, count, names = struct.unpack_from("<IIIII", code, at)
        if command == SYMTAB:
            symbols = [struct.unpack_from("<IB", code, offset + 16 * number) for number in range(count)]
            found += [_name(code, names + name) for name, kind in symbols if kind & KIND == UNDEFINED]
        at += size
    return found


def _name(code: bytes, at: int) -> str:
    return code[at : code.index(b"\0", at)].decode()
