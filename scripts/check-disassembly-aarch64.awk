# SPDX-License-Identifier: Apache-2.0
#
# The instructions of AArch64 that the NEON kernels are made of, for scripts/check-disassembly.awk. What is not here is refused: so
# is all that brings something of a vector to a general register or a flag (UMOV, SMOV, FMOV, FCMP; ADDV on the way to it), and all
# of SVE.

# ---- registers ----

# The one name of a general register, "" for others.
function general(r) {
    if (r ~ /^[wx]([0-9]|[12][0-9]|30)$/)
        return "x" substr(r, 2)
    if (r ~ /^w?sp$/)
        return "sp"
    return r ~ /^[wx]zr$/ ? "zero" : ""
}

function vector(r) {
    return r ~ /^([qdshb]([0-9]|[12][0-9]|3[01])|\{?v([0-9]|[12][0-9]|3[01])\.[0-9]*[bhsd].*)$/
}

# The one name of a vector register, under all its widths.
function vector_name(r) {
    sub(/^\{/, "", r)
    sub(/\..*/, "", r)
    return "v" substr(r, 2)
}

# What the caller keeps is its own: where it was put is known by nothing but the register that it comes back to.
function restores(r) {
    return r ~ /^x(19|2[0-9]|30)$/
}

# ---- memory ----

# Takes an operand apart: base, indexed, disp. `beyond`: bytes behind the address, for the second of a pair.
function address(i, m,   parts, n) {
    base = indexed = ""
    disp = constant = 0
    gsub(/^\[|\]!?$/, "", m)
    gsub(/ /, "", m)
    n = split(m, parts, ",")
    base = parts[1]
    if (n > 1 && parts[2] ~ /^#/)
        disp = number(parts[2])
    else if (n > 1)
        indexed = parts[2]
    disp += beyond
    if (general(base) == "" || indexed != "" && general(indexed) == "") {
        refuse(i, "an address that is no general register: secrets choose what is read")
        base = indexed = ""
    }
    if (index(get(base) (indexed == "" ? "" : get(indexed)), "E"))
        refuse(i, "a register is used that nothing was put into")
}

function memory(o) {
    return o ~ /^\[/
}

# Loads and stores, of general registers and of vectors, one, two or a list.
function transfer(i, m, n,   k, registers_of, size, where, writes, list, value) {
    writes = m ~ /^st/
    for (k = 1; k <= n && !memory(op[k]); k++)
        ;
    where = op[k]
    if (k > n || k < n - 1 || k > 3 || k < 2 || k == n - 1 && op[n] !~ /^#/) {
        refuse(i, "a form of memory access that is not known here")
        return
    }
    registers_of = k - 1
    if (op[1] ~ /^\{/) { # a list of whole vectors
        list = op[1]
        gsub(/[{} ]/, "", list)
        registers_of = split(list, op_of, ",")
    } else
        for (k = 1; k <= registers_of; k++)
            op_of[k] = op[k]
    size = vector(op_of[1]) ? (op_of[1] ~ /^[qv]/ ? 16 : op_of[1] ~ /^d/ ? 8 : 4) : m ~ /^(ld|st)u?rs?b$/ ? 1 : \
        m ~ /^(ld|st)u?rs?h$/ ? 2 : m ~ /sw$/ || op_of[1] ~ /^w/ ? 4 : 8
    beyond = 0
    if (where ~ /!$/) { # the base moves first
        address(i, where)
        set(base, union(get(base), "I"))
        where = "[" base "]"
    }
    for (k = 1; k <= registers_of; k++) {
        beyond = (k - 1) * size
        if (vector(op_of[k]) && writes)
            store(i, where, now[vector_name(op_of[k])], size)
        else if (vector(op_of[k]))
            taken[k] = vector_load(i, where, size)
        else if (writes) {
            value = get(op_of[k])
            store(i, where, value, size)
            if (index(value, "E") && target() != "K")
                refuse(i, "what the caller keeps leaves the stack")
        } else
            taken[k] = load(i, where, size, general(op_of[k]))
    }
    beyond = 0
    if (!writes)
        for (k = 1; k <= registers_of; k++) {
            if (vector(op_of[k]))
                now[vector_name(op_of[k])] = taken[k]
            else
                set(op_of[k], taken[k])
        }
    if (memory(op[n - 1])) { # the base moves afterwards
        address(i, where)
        set(base, union(get(base), "I"))
    }
    now["zero"] = "I"
}

# ---- instructions ----

# Vector instructions whose time does not depend on what they work on, and which write whole vectors and nothing else.
function harmless(m) {
    return m ~ /^(mov|movi|mvni|dup|and|orr|eor|eor3|bic|orn|not|mvn|tbl|ushr|sshr|shl|ext|zip[12]|uzp[12]|trn[12]|add|sub|cmeq|pmul)$/
}

function step(i,   m, n, k, value, first, operates) {
    m = mnemonic[i]
    n = operands(arguments[i])
    if (m ~ /^(nop|bti|paciasp|autiasp|ret|b|b\.[a-z]+)$/) {
        if (m == "ret" && n > 0 && op[1] != "x30")
            refuse(i, "a jump to an address that is computed")
        return
    }
    if (m == "bl") {
        if (arguments[i] !~ /<mem(set|cpy|move)(@plt)?>/)
            refuse(i, "a call of a function that is not looked at")
        value = get("x0")
        for (k = 0; k <= 18; k++)
            set("x" k, "I")
        set("x30", "I")
        set("x0", value)
        for (k = 0; k < 32; k++)
            now["v" k] = "X"
        return
    }
    if (m ~ /^(ldp|ldpsw|stp|ldu?rs?[bh]?|ldu?rsw|stu?r[bh]?|ld1|ld1r|st1)$/) {
        transfer(i, m, n)
        return
    }
    for (k = 1; k <= n && !vector(op[k]); k++)
        ;
    if (k <= n) {
        if (!harmless(m))
            refuse(i, "not among the vector instructions that are known to be harmless")
        else if (!vector(op[1]))
            refuse(i, "a vector goes to a general register")
        else {
            value = op[1] ~ /\]$/ ? now[vector_name(op[1])] : "I"
            for (k = 2; k <= n; k++)
                value = union(value, vector(op[k]) ? now[vector_name(op[k])] : general(op[k]) != "" ? used(i, op[k]) : "")
            if (m == "tbl" && op[2] ~ /,/) # a table of several vectors
                value = union(value, "X")
            now[vector_name(op[1])] = value
        }
        return
    }
    if (m ~ /^adrp?$/) {
        set(op[1], "C")
        return
    }
    first = m ~ /^(cmp|cmn|tst|ccmp|ccmn|cbn?z|tbn?z)$/ ? 1 : 2
    if (first == 1 ||
        m ~ /^(mov|mov[zkn]|mvn|add|adds|sub|subs|adc|sbc|and|ands|orr|orn|eor|eon|bic|bics|neg|negs|lsl|lsr|asr|ror|mul|madd|msub|mneg)$/ ||
        m ~ /^([us]mull|[us]maddl|[us]mulh|[us]div|[us]bfx|[us]bfiz|bfi|bfxil|extr|[us]xt[bhw]|clz|rbit|rev)$/ ||
        m ~ /^(csel|cset|csetm|csinc|csinv|csneg|cinc|cinv|cneg)$/) {
        value = ""
        operates = 0 # on registers, or on constants alone
        for (k = first; k <= n; k++)
            if (general(op[k]) != "") {
                operates = 1
                value = union(value, used(i, op[k]))
            } else if (op[k] ~ /^[wxvqdshbzp][0-9]/ && op[k] !~ /</)
                refuse(i, "an operand that is not known here")
        if (m ~ /^(movk|bfi|bfxil)$/)
            value = union(value, used(i, op[1]))
        if (first == 2)
            set(op[1], value == "" && !operates ? "I" : value)
        now["zero"] = "I"
        return
    }
    refuse(i, "an instruction that is not known here")
}

# What a register holds that something is made of.
function used(i, r,   v) {
    v = get(r)
    if (index(v, "E"))
        refuse(i, "a register is used that nothing was put into")
    return v
}

function jumps(m) {
    return m ~ /^(b|b\.[a-z]+|cbn?z|tbn?z)$/
}

# Nothing follows.
function leaves(m) {
    return m ~ /^(ret|b)$/
}

# ---- functions ----

function enter(   k) {
    delete now
    for (k = 0; k < 32; k++)
        now["v" k] = "X"
    for (k = 0; k <= 30; k++)
        now["x" k] = restores("x" k) ? "E" : "I"
    now["zero"] = "I"
    now["sp"] = "K"
    now["x0"] = "S"
    if (name ~ /combine$/) {
        now["x1"] = "F"
        now["x2"] = "H"
    } else
        now["x4"] = "P"
}
