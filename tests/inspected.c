/* SPDX-License-Identifier: Apache-2.0 */
/* For scripts/check-disassembly --self-test: kernels with the parameters of those in impls/sharing, one without a fault, the others
 * with one each that must be refused. Compiled by the script; part of no program. */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL __attribute__((target("avx512f,avx512bw,avx512vl,gfni,avx2"), noinline)) void

typedef struct poly {
    const uint8_t *constant, *others;
    size_t stride;
    unsigned t;
} poly;

#define COMBINE                                                                                                        \
    uint8_t *out, const uint8_t *factors, const uint8_t *const *shares, size_t offset, unsigned t, size_t width
#define EVALUATE uint8_t *out, size_t out_stride, unsigned first, unsigned rows, const poly *p, size_t width

static const uint8_t table[256] = {1, 2, 3, 5, 7, 11, 13, 17, 19, 23};

KERNEL good_combine(COMBINE)
{
    for (size_t i = 0; i < width; i += 16) {
        __m128i sum = _mm_setzero_si128();
        for (unsigned k = 0; k < t; k++)
            sum = _mm_xor_si128(sum, _mm_gf2p8mul_epi8(_mm_loadu_si128((const void *)(shares[k] + offset + i)),
                                                       _mm_set1_epi8((char)factors[k])));
        _mm_storeu_si128((void *)(out + i), sum);
    }
}

KERNEL good_evaluate(EVALUATE)
{
    const __m128i x = _mm_loadu_si128((const void *)table); /* of constants */
    size_t end; /* the width, by way of vectors, as GCC 14 does it when general registers are short */
    __asm__ volatile("vmovq %1, %%xmm14\n\tvmovsd %%xmm14, %%xmm14, %%xmm15\n\tvmovq %%xmm15, %0"
                     : "=r"(end)
                     : "r"(width)
                     : "xmm14", "xmm15");
    for (unsigned r = 0; r < rows; r++)
        for (size_t i = 0; i < end; i += 16) {
            __m128i sum = _mm_loadu_si128((const void *)(p->others + (size_t)(p->t - 2) * p->stride + i));
            sum = _mm_xor_si128(_mm_shuffle_epi8(x, sum), _mm_set1_epi8((char)(first + r)));
            _mm_storeu_si128((void *)(out + r * out_stride + i),
                             _mm_xor_si128(sum, _mm_loadu_si128((const void *)(p->constant + i))));
        }
}

/* Products by a table that the secret indexes. */
KERNEL table_combine(COMBINE)
{
    for (size_t i = 0; i < width; i++)
        for (unsigned k = 0; k < t; k++)
            out[i] ^= table[shares[k][offset + i] ^ factors[k]];
}

/* The same, eight at a time, with no general register in it. */
KERNEL gather_evaluate(EVALUATE)
{
    (void)out_stride, (void)first, (void)rows;
    for (size_t i = 0; i < width; i += 32)
        _mm256_storeu_si256((void *)(out + i),
                            _mm256_i32gather_epi32((const int *)(const void *)table,
                                                   _mm256_loadu_si256((const void *)(p->constant + i)), 1));
}

/* Ends where a secret byte is zero. */
KERNEL early_evaluate(EVALUATE)
{
    (void)out_stride, (void)rows;
    for (size_t i = 0; i < width && p->constant[i] != 0; i++)
        out[i] = (uint8_t)(p->constant[i] ^ first);
}

/* The same by vectors: a mask goes to a register, and a branch depends on it. */
KERNEL mask_combine(COMBINE)
{
    (void)factors, (void)t;
    for (size_t i = 0; i < width; i += 32) {
        const __m256i v = _mm256_loadu_si256((const void *)(shares[0] + offset + i));
        if (_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_setzero_si256())) == 0)
            _mm256_storeu_si256((void *)(out + i), v);
    }
}

/* Flags by a vector. */
KERNEL flags_combine(COMBINE)
{
    (void)factors, (void)t, (void)width;
    const __m256i v = _mm256_loadu_si256((const void *)(shares[0] + offset));
    if (!_mm256_testz_si256(v, v))
        _mm256_storeu_si256((void *)out, v);
}

/* A mask register chooses what is written. */
KERNEL masked_evaluate(EVALUATE)
{
    (void)out_stride, (void)first, (void)rows, (void)width;
    const __m512i v = _mm512_loadu_si512(p->constant);
    _mm512_mask_compressstoreu_epi32(out, _mm512_test_epi32_mask(v, v), v);
}

/* The same by instructions that are harmless without a mask. */
KERNEL chosen_combine(COMBINE)
{
    (void)factors, (void)t, (void)width;
    const __m512i v = _mm512_loadu_si512(shares[0] + offset);
    _mm512_mask_storeu_epi8(out, _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(1)), v);
}

/* A secret comes to a general register by way of memory. */
KERNEL spill_combine(COMBINE)
{
    (void)factors, (void)t, (void)width;
    uint64_t words[4];
    _mm256_storeu_si256((void *)words, _mm256_loadu_si256((const void *)(shares[0] + offset)));
    __asm__ volatile("" : "+m"(words));
    out[0] = table[words[1] & 255];
}

/* The same in a register that held a public number before. */
KERNEL kept_combine(COMBINE)
{
    (void)factors, (void)t, (void)width;
    __m128i v = _mm_cvtsi64_si128((long long)offset);
    __asm__ volatile("punpcklqdq %1, %0\n\tpsrldq $8, %0" : "+x"(v) : "x"(_mm_loadu_si128((const void *)shares[0])));
    out[0] = table[_mm_cvtsi128_si64(v) & 255];
}

/* And out of a vector without it. */
KERNEL extract_evaluate(EVALUATE)
{
    (void)out_stride, (void)first, (void)rows, (void)width;
    __m128i v = _mm_loadu_si128((const void *)p->constant);
    __asm__ volatile("" : "+x"(v));
    out[0] = table[_mm_cvtsi128_si64(v) & 255];
}
