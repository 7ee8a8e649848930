# SPDX-License-Identifier: Apache-2.0
#
# The instructions of x86-64, for scripts/check-disassembly.awk.

# ---- registers ----

# The one name of a general register, "" for others.
function general(r,   n) {
    if (r !~ /^%/)
        return ""
    r = substr(r, 2)
    if (r ~ /^r[0-9]+[dwb]?$/) {
        sub(/[dwb]$/, "", r)
        return r
    }
    if (r ~ /^(r|e)?(ax|bx|cx|dx|si|di|bp|sp)$/) {
        sub(/^[re]/, "", r)
        return r
    }
    if (r ~ /^[abcd][lh]$/)
        return substr(r, 1, 1) "x"
    if (r ~ /^(si|di|bp|sp)l$/)
        return substr(r, 1, 2)
    return ""
}

function vector(r) {
    return r ~ /^%[xyz]mm[0-9]+$/
}

# The one name of a vector register, under all its widths.
function vector_name(r) {
    sub(/^%[xyz]mm/, "v", r)
    return r
}

# Does the instruction keep anything of what its last operand, a vector, held? Those of AVX and AVX-512 write the whole register, but
# for one; of the older ones only moves of two operands do.
function keeps(m, n) {
    return m ~ /^v/ ? m ~ /^vpternlog/ : n > 2 || m !~ /^mov/ || m ~ /^movs[sd]$|^mov[hl]/
}

# ---- memory ----

# Takes an operand apart: base, indexed, disp, constant (by the program counter).
function address(i, m,   parts, n, inner) {
    base = indexed = ""
    disp = constant = 0
    if (m ~ /%[fg]s:/) {
        refuse(i, "memory of the thread")
        return
    }
    inner = m
    sub(/^[^(]*\(/, "", inner)
    sub(/\)$/, "", inner)
    n = split(inner, parts, ",")
    disp = number(substr(m, 1, index(m, "(") - 1))
    base = parts[1]
    indexed = parts[2]
    constant = base == "%rip"
    if (vector(base) || vector(indexed)) {
        refuse(i, "a vector as an address: secrets choose what is read")
        base = indexed = ""
    }
}

# ---- instructions ----

function memory(o) {
    return o ~ /\(/ || o ~ /%[fg]s:/ || o ~ /^-?(0x)?[0-9a-f]+$/
}

# What a source operand is worth.
function worth(i, o, size) {
    if (memory(o))
        return load(i, o, size, "")
    return general(o) != "" ? get(o) : "I"
}

function scalar_size(m, o) {
    if (m ~ /^mov[sz]b/ || m ~ /b$/ && m !~ /^(sub|sbb)$/ || o ~ /^%([abcd][lh]|(si|di|bp|sp)l|r[0-9]+b)$/)
        return 1
    if (m ~ /^mov[sz]w/)
        return 2
    if (m ~ /^movs(l|x)q?d?$/ || m ~ /l$/ && m !~ /^(shl|sal|imul|mul|rol|call)$/ || o ~ /^%(e|r[0-9]+d)/)
        return 4
    return 8
}

function vector_size(n,   k) {
    for (k = 1; k <= n; k++) {
        if (op[k] ~ /^%zmm/) return 64
        if (op[k] ~ /^%ymm/) return 32
    }
    return 16
}

# Vector instructions whose time does not depend on what they work on, and which give nothing to general registers or flags.
function harmless(m) {
    return m ~ /^v?mov(dqa|dqu|aps|ups|apd|upd|d|q|ntdq|ddup|hlps|lhps|hps|lps|ss|sd)(8|16|32|64)?$/ ||
           m ~ /^v?p(and|andn|or|xor|ternlog)[dq]?$/ || m ~ /^v?(and|andn|or|xor)p[sd]$/ ||
           m ~ /^v?ps(rl|ll|ra)([bwdq]|dq)$/ || m ~ /^v?pshuf(b|d|hw|lw)$/ || m ~ /^v?p(add|sub)[bwdq]$/ ||
           m ~ /^v?punpck[hl](bw|wd|dq|qdq)$/ || m ~ /^v?(shuf|unpck[hl])p[sd]$/ || m ~ /^v?pinsr[bwdq]$/ ||
           m ~ /^v?pbroadcast[bwdq]$/ || m ~ /^vbroadcast(i|f)?(32x[248]|64x[24]|128|ss|sd)$/ ||
           m ~ /^v(insert|extract)[if](128|32x[48]|64x[24])$/ || m ~ /^vperm(2i128|2f128|q|pd)$/ || m ~ /^vshuf[if](32x4|64x2)$/ ||
           m ~ /^v?gf2p8mulb$/ || m ~ /^v?palignr$/ || m ~ /^v?pcmpeq[bwdq]$/
}

function step(i,   m, n, k, value, size, name_of, swap) {
    m = mnemonic[i]
    n = operands(arguments[i])
    if (m ~ /^(nop[wl]?|cs|data16|endbr64|vzeroupper|ret|leave)$/ || m == "xchg" && op[1] == op[2])
        return
    if (m ~ /^j/) {
        if (arguments[i] ~ /\*/)
            refuse(i, "a jump to an address that is computed")
        return
    }
    if (m == "call") {
        if (arguments[i] !~ /<mem(set|cpy|move)(@plt)?>/)
            refuse(i, "a call of a function that is not looked at")
        value = get("%rdi")
        for (k = split("ax cx dx si di r8 r9 r10 r11", swap, " "); k > 0; k--)
            now[swap[k]] = "I"
        now["ax"] = value
        for (k = 0; k < 32; k++)
            now["v" k] = "X"
        return
    }
    if (arguments[i] ~ /%k[0-7]/) {
        refuse(i, "a mask register: it chooses what is read or written")
        return
    }
    for (k = 1; k <= n && !vector(op[k]); k++)
        ;
    if (k <= n) { # one that has to do with vectors
        if (!harmless(m)) {
            refuse(i, "not among the vector instructions that are known to be harmless")
            return
        }
        size = vector_size(n)
        if (m ~ /^v?movq$/ || m ~ /^v?p(insr|broadcast)q$/)
            size = 8
        if (m ~ /^v?movd$/)
            size = 4
        value = ""
        for (k = 1; k < n; k++)
            value = union(value, memory(op[k]) ? vector_load(i, op[k], size) : vector(op[k]) ? now[vector_name(op[k])] : \
                                                                                general(op[k]) != "" ? get(op[k]) : "")
        if (vector(op[n]))
            now[vector_name(op[n])] = keeps(m, n) ? union(value, now[vector_name(op[n])]) : value
        else if (memory(op[n]))
            store(i, op[n], value, size)
        else if (index(value, "X"))
            refuse(i, "a vector goes to a general register")
        else
            set(op[n], value)
        return
    }
    if (m ~ /^(push|pop)q?$/) { # of a register that is saved; what comes back is a number as far as this knows
        if (m ~ /^pop/)
            set(op[1], "I")
        forget("sp")
        return
    }
    if (m == "rep") {
        if (arguments[i] !~ /^stos/ || !only(get("%rdi"), "SKI"))
            refuse(i, "a string instruction")
        now["cx"] = "I"
        return
    }
    if (m ~ /^lea[ql]?$/) {
        address(i, op[1])
        set(op[2], constant ? "C" : union(base != "" ? get(base) : "I", indexed != "" ? get(indexed) : ""))
        return
    }
    size = scalar_size(m, n > 1 && !memory(op[n]) ? (memory(op[1]) ? op[n] : op[1]) : op[1])
    if (m ~ /^(cmp|test)[bwlq]?$/) {
        worth(i, op[1], size)
        worth(i, op[2], size)
        return
    }
    if (m ~ /^mov([bwlq]|abs|[sz][bwl][wlq]|slq|sxd|zbl|zwl)?$/) {
        value = worth(i, op[1], size)
        if (memory(op[2]))
            store(i, op[2], value, size)
        else
            set(op[2], value)
        return
    }
    if (m ~ /^(cltq|cqto|cltd|cwtl)$/)
        return
    if (m ~ /^set[a-z]+$/ || m ~ /^cmov[a-z]+$/ || m ~ /^(add|sub|adc|sbb|and|or|xor|imul|shl|sal|shr|sar|rol|ror|shlx|shrx|sarx|andn|mulx)[bwlq]?$/ ||
        m ~ /^(neg|not|inc|dec)[bwlq]?$/) {
        if (m ~ /^(xor|sub)[bwlq]?$/ && op[1] == op[2]) {
            set(op[2], "I")
            return
        }
        value = ""
        for (k = 1; k <= n; k++)
            if (!(k == n && n == 3)) # three operands: the last is written only
                value = union(value, worth(i, op[k], size))
        if (m ~ /^set/ && !memory(op[n]))
            value = union(get(op[n]), "I")
        if (memory(op[n]))
            store(i, op[n], value, size)
        else
            set(op[n], value)
        return
    }
    refuse(i, "an instruction that is not known here")
}

# ---- functions ----

function enter(   k, list) {
    delete now
    for (k = 0; k < 32; k++)
        now["v" k] = "X"
    for (k = split("ax bx cx dx si di bp r8 r9 r10 r11 r12 r13 r14 r15", list, " "); k > 0; k--)
        now[list[k]] = "I"
    now["sp"] = "K"
    now["di"] = "S"
    if (name ~ /combine$/) {
        now["si"] = "F"
        now["dx"] = "H"
    } else
        now["r8"] = "P"
}

function jumps(m) {
    return m ~ /^j/
}

# Nothing follows.
function leaves(m) {
    return m ~ /^(ret|jmp)$/
}

# Callers' registers are pushed and popped here.
function restores(r) {
    return 0
}
