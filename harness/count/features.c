/* SPDX-License-Identifier: Apache-2.0 */
/* What the CPU says of itself to this process. */
#include <stdio.h>

#include "harness/arch.h"
#include "harness/count/count.h"

void hn_features_seen(char out[HN_FEATURES_MAX])
{
    const hn_arch *own = hn_arch_own();
    uint64_t seen[HN_ARCH_WORDS];
    size_t used = 0;

    out[0] = '\0';
    hn_arch_words(seen);
    for (const hn_feature *f = own != NULL ? own->features : NULL; f != NULL && f->name != NULL; f++)
        if ((seen[f->word] >> f->bit & 1) != 0 && used < HN_FEATURES_MAX)
            used += (size_t)snprintf(out + used, HN_FEATURES_MAX - used, "%s%s", used > 0 ? "," : "", f->name);
}
