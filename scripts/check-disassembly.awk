# SPDX-License-Identifier: Apache-2.0
#
# Follows what general registers hold through functions of objdump's listing. Called by scripts/check-disassembly, which says what
# this proves, together with what an architecture's instructions do: check-disassembly-x86-64.awk, check-disassembly-aarch64.awk.
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
#   E  what the caller keeps in a register: it may be saved and restored, and used for nothing
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

# The general register `into` takes `size` bytes from memory. Nothing yet where an address is not known yet.
function load(i, m, size, into,   t, v) {
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
        else if (index(got(size), "X") && restores(into))
            v = union(v, "E") # what nobody may use
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

# ---- functions ----

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
    if (leaves(mnemonic[i]))
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
                if (jumps(mnemonic[i]))
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
    sub(/ *(# |\/\/).*$/, "", line)
    sub(/ +$/, "", line)
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
