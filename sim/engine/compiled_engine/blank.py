"""Words set to zero, as each row is before it is used: eight at a time, where LLVM would set one after the other.

    51 words:   0 .. 7 | 8 .. 15 | ... | 40 .. 47 | 43 .. 50     the last eight end where the words end

LLVM's own ways are closed: `memset` is a call of a library, and loops are not widened (`sim.lowering.machine`).
"""

from sim.shared import Words, in_llvm

BLANK_IN_LLVM = """
define internal void @sim.engine.compiled_engine.blank.blank(ptr %m, i64 %at, i64 %words) alwaysinline nounwind "no-builtins" {
  %start = getelementptr inbounds i64, ptr %m, i64 %at
  %last = sub i64 %words, 8
  %few = icmp slt i64 %words, 8
  br i1 %few, label %any, label %eight
eight:
  %done = phi i64 [ 0, %0 ], [ %next, %eight ]
  %from = call i64 @llvm.smin.i64(i64 %done, i64 %last)
  %eights = getelementptr inbounds i64, ptr %start, i64 %from
  store <8 x i64> zeroinitializer, ptr %eights, align 8
  %next = add i64 %done, 8
  %more = icmp slt i64 %next, %words
  br i1 %more, label %eight, label %end
any:
  %some = icmp sgt i64 %words, 0
  br i1 %some, label %one, label %end
one:
  %number = phi i64 [ 0, %any ], [ %following, %one ]
  %word = getelementptr inbounds i64, ptr %start, i64 %number
  store i64 0, ptr %word, align 8
  %following = add i64 %number, 1
  %again = icmp slt i64 %following, %words
  br i1 %again, label %one, label %end
end:
  ret void
}
"""


@in_llvm(BLANK_IN_LLVM)
def blank(m: Words, at: int, words: int) -> None:
    """Set so many words of a memory to zero, from one on."""
    for word in range(at, at + words):
        m[word] = 0
