# SPDX-License-Identifier: Apache-2.0
#
# Follows what general registers hold through functions of objdump's listing of x86-64 code. Called by scripts/check-disassembly,
# which says what this proves.
#
#   want   the functions to look at: a regular expression; their kind is evaluate or combine, by the end of their names
#   shown  what to call the file in a refusal
#
# A line for each function, "NAME good" or "NAME refused"; before that a line for each reason.
#
# A value is a set of letters: what it may be.
#   I  a public number         F  a pointer to factors, which are public    C  a pointer to constants    K  to the stack
#   S  a pointer to secrets    H  a pointer to pointers to secrets          P  a pointer to the polynomial's descriptor
#   X  a secret: in vectors and on the stack. What would make a general register secret is refused.
# Vectors have them too, since compilers keep general registers there. Sets grow until nothing changes.

function refuse(i, why) {
    if (judging && !((name, i) in refused)) {
        refused[name, i]
        printf "%s: %s: %s: %s\n", shown, name, why, text[i]
        bad = 1
    }
}

function union(a, b,   k) {
    for (k = 1; k <= length(b); k++)
        if (index(a, substr(b, k, 1)) == 0)
            a = a substr(b, k, 1)
    return a
}

function only(set, letters,   k) {
    for (k = 1; k <= length(set); k++)
        if (index(letters, substr(set, k, 1)) == 0)
            return 0
    return 1
}

# A number as objdump prints it: -0x1f8, #16, 12.
function number(s,   k, n, sign) {
    sub(/^[$#]/, "", s)
    sign = sub(/^-/, "", s) ? -1 : 1
    if (s !~ /^0x/)
        return sign * (s + 0)
    for (k = 3; k <= length(s); k++)
        n = n * 16 + index("0123456789abcdef", substr(s, k, 1)) - 1
    return sign * n
}

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
    return r ~ /^%([xyz]mm[0-9]+|k[0-7])/
}

# The one name of a vector register, under all its widths.
function vector_name(r) {
    if (r ~ /^%k/)
        return substr(r, 2, 2)
    sub(/^%[xyz]mm/, "v", r)
    sub(/\{.*/, "", r)
    return r
}

function get(r) {
    return now[general(r)]
}

function set(r, value) {
    r = general(r)
    now[r] = value
    forget(r)
}

# Places on the stack are known by a register, and unknown when it changes.
function forget(base_of,   k, part) {
    for (k in now)
        if (split(k, part, " ") == 3 && part[1] == base_of)
            now[k] = "X"
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

# What the address may point to.
function target(   t) {
    if (constant)
        return "C"
    t = union(base != "" ? get(base) : "", indexed != "" ? get(indexed) : "")
    gsub(/I/, "", t)
    return t
}

# Something of `size` bytes goes to a place on the stack: what lay there, in whole or in part, is gone. So is all that is known by
# other registers, as nobody knows how far they are apart.
function put(size, value,   k, part, where) {
    where = general(base)
    for (k in now)
        if (split(k, part, " ") == 3 && (part[1] != where || (part[2] < disp + size && part[2] + part[3] > disp)))
            now[k] = union(part[1] == where ? "" : now[k], index(value, "X") || part[1] == where ? "X" : value)
    now[where " " disp " " size] = value
    registers[where " " disp " " size]
}

# What was put there, at least `size` bytes; "X" if that is not known.
function got(size,   k, part, v) {
    v = ""
    for (k in now)
        if (split(k, part, " ") == 3 && part[1] == general(base) && part[2] + 0 == disp && part[3] >= size && now[k] != "X")
            v = now[k]
    return v == "" ? "X" : v
}

# A general register takes `size` bytes from memory. Nothing yet where an address is not known yet.
function load(i, m, size,   t, v) {
    address(i, m)
    t = target()
    v = ""
    if (t == "" && (get(base) != "" || indexed != ""))
        refuse(i, "an address that comes from nowhere that is known")
    if (index(t, "S"))
        refuse(i, "a general register is loaded from secret memory")
    if (index(t, "F") || index(t, "C"))
        v = union(v, "I")
    if (index(t, "C") && size == 8) # the table of global addresses: where a table of constants lies
        v = union(v, "C")
    if (index(t, "H")) {
        v = union(v, "S")
        if (size != 8)
            refuse(i, "a part of a pointer")
    }
    if (index(t, "P")) {
        if (indexed != "" || !((disp == 0 && size == 8) || (disp == 8 && size == 8) || (disp == 16 && size == 8) || (disp == 24 && size == 4)))
            refuse(i, "not a member of the descriptor")
        v = union(v, disp < 16 ? "S" : "I")
    }
    if (index(t, "K")) {
        if (indexed != "" || t != "K")
            refuse(i, "a place on the stack that is not known")
        else if (index(got(size), "X"))
            refuse(i, "a general register is loaded from where nothing public was stored")
        else
            v = union(v, got(size))
    }
    return v
}

# A general register, or a constant, goes to memory.
function store(i, m, value, size,   t) {
    address(i, m)
    t = target()
    if (t == "" && (get(base) != "" || indexed != ""))
        refuse(i, "an address that comes from nowhere that is known")
    if (!only(t, "SK"))
        refuse(i, value == "X" ? "a vector is stored in public memory" : "public memory is written")
    if (index(t, "K") && (indexed != "" || t != "K"))
        refuse(i, "a place on the stack that is not known")
    else if (index(t, "K"))
        put(size, value)
}

# What a vector takes from memory.
function vector_load(i, m, size,   t) {
    address(i, m)
    t = target()
    if (t == "" && !constant && (get(base) != "" || indexed != ""))
        refuse(i, "an address that comes from nowhere that is known")
    if (t == "K" && indexed == "")
        return got(size)
    return t == "C" || t == "F" ? "I" : "X"
}

# ---- instructions ----

function operands(s,   k, c, depth, n) {
    delete op
    n = s == "" ? 0 : 1
    depth = 0
    for (k = 1; k <= length(s); k++) {
        c = substr(s, k, 1)
        if (c ~ /[[({]/)
            depth++
        if (c ~ /[])}]/)
            depth--
        if (c == "," && depth == 0)
            n++
        else if (c != " " || depth > 0)
            op[n] = op[n] c
    }
    return n
}

function memory(o) {
    return o ~ /\(/ || o ~ /%[fg]s:/ || o ~ /^-?(0x)?[0-9a-f]+$/
}

# What a source operand is worth.
function worth(i, o, size) {
    if (memory(o))
        return load(i, o, size)
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
            now[vector_name(op[n])] = n == 2 && m ~ /^v?mov/ ? value : union(value, now[vector_name(op[n])])
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

# What registers hold before instruction i, which one more way leads to.
function reach(i,   r, grown) {
    for (r in registers) { # a place on the stack that one way has not written is not known
        grown = union(before[i, r], now[r] == "" && r ~ / / ? "X" : now[r])
        if (grown != before[i, r]) {
            before[i, r] = grown
            changed = 1
        }
    }
    reached[i] = 1
}

function jump(i,   to) {
    to = arguments[i]
    sub(/ *<.*/, "", to)
    sub(/.*, */, "", to)
    if (to in at)
        reach(at[to])
    else if (arguments[i] !~ /<mem(set|cpy|move)(@plt)?>/)
        refuse(i, "a jump out of the function")
}

function conclude(i, r) {
    if (mnemonic[i] ~ /^(ret|jmp)$/)
        return
    if (i == count && name != "" && judging)
        refuse(i, "the function goes on behind its end")
    if (i < count)
        reach(i + 1)
}

function analyse(   i, r, passes) {
    delete before
    delete reached
    delete registers
    judging = bad = 0
    enter()
    for (r in now)
        registers[r]
    reach(1)
    for (passes = 0; passes < 200; passes++) {
        changed = 0
        for (i = 1; i <= count; i++)
            if (i in reached) {
                delete now
                for (r in registers)
                    now[r] = before[i, r]
                step(i)
                if (mnemonic[i] ~ /^j/)
                    jump(i)
                conclude(i)
            }
        if (judging)
            break
        judging = !changed
    }
    if (passes == 200)
        refuse(1, "no end is found")
    print name, bad ? "refused" : "good"
}

function finish() {
    if (name != "" && count > 0)
        analyse()
    name = ""
    count = 0
    delete at
}

BEGIN {
    FS = "\t"
}

/^[0-9a-f]+ <.*>:$/ {
    finish()
    found = $0
    sub(/^[0-9a-f]+ </, "", found)
    sub(/>:$/, "", found)
    if (found ~ want)
        name = found
    next
}

name != "" && NF >= 2 {
    hex = $1
    gsub(/[ :]/, "", hex)
    line = $2
    if (NF > 2)
        line = line " " $3
    sub(/ *# .*$/, "", line)
    gsub(/(bnd|notrack) /, "", line)
    count++
    at[hex] = count
    text[count] = line
    mnemonic[count] = line
    sub(/ .*/, "", mnemonic[count])
    arguments[count] = line
    if (!sub(/^[^ ]+ +/, "", arguments[count]))
        arguments[count] = ""
}

END {
    finish()
}
