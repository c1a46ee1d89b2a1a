/* SPDX-License-Identifier: MIT */
/* HAS_ITS_ALLOCATOR: a sanitizer has, which counts and keeps memory in its own way. */
#ifndef SKTOP_TESTS_ALLOCATOR_H
#define SKTOP_TESTS_ALLOCATOR_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_ITS_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_ITS_ALLOCATOR 1
#endif
#endif

#endif
