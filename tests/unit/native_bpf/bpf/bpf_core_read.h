/* SPDX-License-Identifier: MIT */
/* Structures lie as types.bpf.h has them, and no field of another kernel's exists. */
#ifndef SKTOP_TESTS_NATIVE_BPF_CORE_READ_H
#define SKTOP_TESTS_NATIVE_BPF_CORE_READ_H

#include <stddef.h>

#define bpf_core_type_id_kernel(type) ((__u32)sizeof(type))
#define bpf_core_type_size(type) sizeof(type)
#define bpf_core_field_offset(type, field) offsetof(type, field)
/* by an expression, or by type and name; used so, if for nothing */
#define NATIVE_PICK(a, b, name, ...) name
#define NATIVE_NO_FIELD(field) (sizeof(field) == 0)
#define NATIVE_NO_FIELD_OF(type, field) (sizeof(((type *)NULL)->field) == 0)
#define bpf_core_field_exists(...) \
	NATIVE_PICK(__VA_ARGS__, NATIVE_NO_FIELD_OF, NATIVE_NO_FIELD, 0)(__VA_ARGS__)
#define BPF_CORE_READ(from, field) ((from)->field)
#define BPF_CORE_READ_BITFIELD(from, field) ((from)->field)

#endif
