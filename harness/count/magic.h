/* SPDX-License-Identifier: Apache-2.0 */
/* How a program asks QEMU's counting plug-in for a reading: dup3(EB_COUNT_MAGIC_1, fd, EB_COUNT_MAGIC_2), which fails on
 * any kernel, as it names no file descriptor and no flags that exist. */
#ifndef EB_COUNT_MAGIC_H
#define EB_COUNT_MAGIC_H

#define EB_COUNT_MAGIC_1 0xbe5c0021u
#define EB_COUNT_MAGIC_2 0x7e5c0c75u

#endif
