"""The kernel's language: a small typed subset of Python, lowered to LLVM IR, and by LLVM to machine code.

    def busier(one: Replica, other: Replica) -> bool:     define internal i64 @busier(ptr %.memory, i64 %one, i64 %other)
        return one.busy > other.busy                -->     %1 = add nsw i64 %one, 1 ...

The same source runs un-lowered, as plain Python on any sequence of ints.

**Functions** are plain functions with positional parameters, each annotated ``int``, ``bool``, a row or ``Words``, and a
result annotated ``int``, ``bool``, a row or ``None``. A result that is a ``bool`` is no other number. They call each other;
recursion is not refused, and not needed. Nothing allocates.

**Values** are ``int``, 64 bits with a sign; ``bool``, which is 0 or 1; ``Words``, a memory of int64, which is only handed on
and indexed: ``m[at]``; and rows. Names that are not local are integer constants of a module, functions, or modules. A local is
assigned before it is read on every path.

**Rows** (`sim.rows`) are addresses in one memory. Their fields are read and assigned by name, a field that is a row leads to
that row, lists are indexed, packed fields share a word, the header says where those are that lie apart; ``row.at`` is the
address, ``Span(memory, at)`` the row at one. A row is true where it is one, and compared by ``==`` and ``!=``; `NOWHERE` stands
for no row of any kind. The header is the one row at the front, which is the memory itself: it goes where `Words` are wanted. A
function that has rows and no header is handed their memory unseen.

**Statements**: assignment (to names, words and fields, of a tuple to as many targets), augmented assignment, ``if``, ``while``,
``for ... in range(...)`` with a step of 1 or -1, ``break``, ``continue``, ``return``, ``pass``, and calls. A function with a
result returns one on every path.

**Expressions**: ``+ - * // % & | ^ << >>``, unary ``- ~ not``, comparisons (chained too), ``and`` and ``or`` of truth values,
``a if c else b``, ``min``, ``max``, ``int``, ``bool``, ``n.bit_length()``, calls.

**Arithmetic** has one meaning, also where Python's integers would go beyond 64 bits or raise:

    + - * and unary -     wrap around, two's complement
    // and %              round down, as in Python; by 0 they are 0; the smallest integer by -1 wraps, its rest is 0
    << and >>             an amount outside 0 .. 63 moves everything out: << gives 0, >> gives 0 or -1, the sign

Run as plain Python the same source raises there, or goes beyond 64 bits: so no rule that both engines share may come to it.

A `Choice` of several functions is called with a code first, which function; a code that none has is the last one's. A `Hook` is
one whose functions have rows of their own: it is called with the header next, and an address stands where one wants its row.
A function with `sim.shared.in_llvm` brings its own IR along. Anything else is refused with file, line and remedy
(`LoweringError`).
"""
