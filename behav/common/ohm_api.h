/* SPDX-License-Identifier: Apache-2.0
 * Between these two stand the names that libohmic.so exports: all that an installed header
 * declares, and nothing else. The library is compiled with -fvisibility=hidden. */
#ifndef OHM_API_H
#define OHM_API_H

#ifdef __GNUC__
#define OHM_API_BEGIN _Pragma("GCC visibility push(default)")
#define OHM_API_END _Pragma("GCC visibility pop")
#else
#define OHM_API_BEGIN
#define OHM_API_END
#endif

#endif
