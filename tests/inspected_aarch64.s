/* SPDX-License-Identifier: Apache-2.0 */
/* For scripts/check-disassembly --self-test: AArch64 kernels with the parameters of those in impls/sharing, two without a fault, the
 * others with one each that must be refused. The script reads this text as objdump would print it; part of no program. */

good_combine: /* a prologue, pointers, factors, a spill, and its way back */
        stp     x29, x30, [sp, #-64]!
        mov     x29, sp
        stp     x19, x20, [sp, #16]
        mov     x19, x0
        ldr     x20, [x2]
        ldrb    w9, [x1]
        sbfx    x10, x9, #0, #1
        dup     v1.16b, w10
        movi    v2.16b, #0xf
        str     x5, [sp, #32]
        mov     x11, #0x0
1:      ldr     q0, [x20, x11]
        and     v3.16b, v0.16b, v2.16b
        ushr    v0.16b, v0.16b, #4
        tbl     v3.16b, {v1.16b}, v3.16b
        eor     v0.16b, v0.16b, v3.16b
        str     q0, [x19, x11]
        add     x11, x11, #0x10
        ldr     x12, [sp, #32]
        cmp     x12, x11
        b.hi    1b
        ldp     x19, x20, [sp, #16]
        ldp     x29, x30, [sp], #64
        ret

good_evaluate: /* a constant table, members of the descriptor, a vector on the stack */
        sub     sp, sp, #0x40
        adrp    x6, 0
        ldr     x6, [x6, #16]
        ldp     q4, q5, [x6]
        ldp     x7, x8, [x4, #8]
        ldr     w9, [x4, #24]
        madd    x9, x9, x8, x7
        stp     q4, q5, [sp, #16]
        ldr     q0, [x9]
        ldr     q6, [sp, #32]
        tbl     v0.16b, {v6.16b}, v0.16b
        st1     {v0.16b}, [x0], #16
        cbz     x5, 1f
        bl      memset
1:      add     sp, sp, #0x40
        ret

table_combine: /* products by a table that the secret indexes */
        ldr     x6, [x2]
        ldrb    w7, [x6]
        adrp    x8, 0
        ldrb    w7, [x8, x7]
        strb    w7, [x0]
        ret

umov_evaluate: /* a byte of a vector as an index */
        ldr     x6, [x4]
        ldr     q0, [x6]
        umov    w7, v0.b[0]
        ret

moved_combine: /* the same by another name */
        ldr     x6, [x2]
        ldr     q0, [x6]
        mov     x7, v0.d[0]
        ret

smov_evaluate:
        ldr     x6, [x4]
        ldr     q0, [x6]
        smov    x7, v0.b[1]
        ret

fmov_combine:
        ldr     x6, [x2]
        ldr     q0, [x6]
        fmov    x7, d0
        ret

sum_evaluate: /* are all bytes zero? */
        ldr     x6, [x4]
        ldr     q0, [x6]
        addv    b0, v0.16b
        ret

flags_combine: /* a comparison of what may be secret */
        ldr     x6, [x2]
        ldr     d0, [x6]
        fcmp    d0, #0.0
        b.eq    1f
        str     q0, [x0]
1:      ret

early_evaluate: /* it stops where a secret is zero */
        ldr     x6, [x4]
        ldrb    w7, [x6]
        cbz     w7, 1f
        str     q0, [x0]
1:      ret

spill_combine: /* through the stack to a general register */
        sub     sp, sp, #0x20
        ldr     x6, [x2]
        ldr     q0, [x6]
        str     q0, [sp]
        ldr     x7, [sp, #8]
        add     sp, sp, #0x20
        ret

kept_evaluate: /* likewise, to a register that the caller keeps */
        sub     sp, sp, #0x20
        ldr     x6, [x4]
        ldr     q0, [x6]
        str     q0, [sp]
        ldr     x19, [sp, #8]
        ldr     q1, [x0, x19]
        add     sp, sp, #0x20
        ret

leak_combine: /* a secret goes to where factors are */
        ldr     x6, [x2]
        ldr     q0, [x6]
        str     q0, [x1]
        ret

gather_evaluate: /* addresses in a vector */
        ldr     x6, [x4]
        ldr     q0, [x6]
        ld1b    {z1.s}, p0/z, [x6, z0.s, uxtw]
        ret

computed_combine: /* a jump to a place that is computed */
        ldr     x6, [x2]
        br      x6

post_evaluate: /* the second of a pair */
        ldr     x6, [x4]
        ldp     x7, x8, [x6], #16
        ret
