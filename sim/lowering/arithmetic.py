"""The operations of the language in LLVM, where LLVM alone would leave their meaning open."""

import ast

from sim.lowering.often import FEW, OFTEN, RARE

DIRECT: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
"""Operations that are one instruction, and wrap."""

CALLED: dict[type[ast.operator], str] = {
    ast.FloorDiv: "floor_divide",
    ast.Mod: "floor_rest",
    ast.LShift: "shift_left",
    ast.RShift: "shift_right",
}
"""Operations that are a function of the prelude."""

COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "slt",
    ast.LtE: "sle",
    ast.Gt: "sgt",
    ast.GtE: "sge",
}

# A divisor of 0 gives 0, and one of -1 the negated number, so that LLVM never sees a division that it does not define.
_DIVIDING = """
define internal i64 @{name}(i64 %a, i64 %b) alwaysinline #0 {{
  %above = add i64 %b, 1
  %rare = icmp ult i64 %above, 2
  br i1 %rare, label %special, label %usual
special:
  {special}
usual:
  %rest = srem i64 %a, %b
  %signs = xor i64 %rest, %b
  %differ = icmp slt i64 %signs, 0
  %some = icmp ne i64 %rest, 0
  %down = and i1 %differ, %some
  {usual}
  ret i64 %result
}}
"""
_SHIFTING = """
define internal i64 @{name}(i64 %a, i64 %b) alwaysinline #0 {{
  %fits = icmp ult i64 %b, 64
  %safe = select i1 %fits, i64 %b, i64 63
  %moved = {operation} i64 %a, %safe
  {end}
}}
"""

_BIT_LENGTH = """
define internal i64 @bit_length(i64 %value) alwaysinline #0 {
  %negative = icmp slt i64 %value, 0
  %negated = sub i64 0, %value
  %size = select i1 %negative, i64 %negated, i64 %value
  %zeros = call i64 @llvm.ctlz.i64(i64 %size, i1 false)
  %bits = sub i64 64, %zeros
  ret i64 %bits
}
"""

# Nothing of a function lies elsewhere or is called in a library: no tables of jumps, no `memset` in the place of a loop.
_EVERY = 'nounwind "no-builtins" "no-jump-tables"="true"'
GROUPS = {OFTEN: "#0", FEW: "#0", RARE: "#1"}
"""The group of attributes of a function, by how often it is called."""
ATTRIBUTES = f"attributes #0 = {{ {_EVERY} }}\nattributes #1 = {{ {_EVERY} noinline minsize optsize }}\n"

PRELUDE = (
    ATTRIBUTES
    + "declare i64 @llvm.smax.i64(i64, i64)\ndeclare i64 @llvm.smin.i64(i64, i64)\ndeclare i64 @llvm.ctlz.i64(i64, i1)\n"
    + _DIVIDING.format(
        name="floor_divide",
        special="%negated = mul i64 %a, %b\n  ret i64 %negated",
        usual="%quotient = sdiv i64 %a, %b\n  %less = sext i1 %down to i64\n  %result = add i64 %quotient, %less",
    )
    + _DIVIDING.format(
        name="floor_rest",
        special="ret i64 0",
        usual="%more = select i1 %down, i64 %b, i64 0\n  %result = add i64 %rest, %more",
    )
    + _SHIFTING.format(
        name="shift_left",
        operation="shl",
        end="%result = select i1 %fits, i64 %moved, i64 0\n  ret i64 %result",
    )
    + _SHIFTING.format(name="shift_right", operation="ashr", end="ret i64 %moved")
    + _BIT_LENGTH
)
