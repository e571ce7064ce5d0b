/*
 * stamp.h - modules as another compiler, or a hostile author, would make them:
 * FARM_MODULE() in two halves, each with fields of its stamp replaced.
 */
#ifndef TESTS_BAD_STAMP_H
#define TESTS_BAD_STAMP_H

#include <farm/module.h>

/* To replace is the purpose here. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#define NOTE(NAME, ROLE, ...)                                                  \
	__attribute__((used, section(".note.farm"), aligned(4)))               \
	static const struct farm_note NAME##_note = {                          \
		.owner_size = sizeof(FARM_NOTE_OWNER),                         \
		.stamp_size = sizeof(struct farm_stamp),                       \
		.type = FARM_NOTE_TYPE, .owner = FARM_NOTE_OWNER,              \
		.stamp = FARM_STAMP(#NAME, ROLE), __VA_ARGS__                  \
	}

#define ENTRY(NAME, ROLE, ...)                                                 \
	static const struct farm_descriptor descriptor;                        \
	__attribute__((used, visibility("default")))                           \
	const struct farm_entry farm_module = {                                \
		.stamp = FARM_STAMP(#NAME, ROLE),                              \
		.descriptor = &descriptor, __VA_ARGS__                         \
	};                                                                     \
	static const struct farm_descriptor descriptor

/* Both halves with the same replacements. */
#define STAMPED(NAME, ROLE, ...)                                               \
	NOTE(NAME, ROLE, __VA_ARGS__);                                         \
	ENTRY(NAME, ROLE, __VA_ARGS__)

static inline int
collect_nothing(struct farm_host *host, const void *state,
    struct farm_target *target)
{
	(void)host;
	(void)state;
	(void)target;
	return 0;
}

/* What follows the "=" where the descriptor is not the point. */
#define COLLECTS_NOTHING                                                       \
	{                                                                      \
		.summary = "nothing", .collector.collect = collect_nothing     \
	}

#endif
