/* SPDX-License-Identifier: Apache-2.0 */
/* exceptions.supp, as it was when the program was built. */
#ifndef EB_SECRECY_EXCEPTIONS_H
#define EB_SECRECY_EXCEPTIONS_H

extern const char eb_secrecy_exceptions[];

#endif
