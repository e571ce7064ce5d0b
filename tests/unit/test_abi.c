/*
 * The layout of the published contract, frozen: a failure here means that
 * modules which people have compiled will be misread.  Never change a number;
 * a struct may only grow at its end (struct farm_descriptor: before the union,
 * whose offset is stamped), and then gets new lines and another size, as
 * FARM_ABI_MINOR grows.  All 64-bit Linux machines have the same layout.
 */
#include <stddef.h>

#include <farm/module.h>

#define SIZE(TYPE, SIZE_)                                                      \
	_Static_assert(sizeof(struct TYPE) == (SIZE_), "ABI 1: size "          \
						       "of " #TYPE)
#define AT(TYPE, FIELD, OFFSET)                                                \
	_Static_assert(offsetof(struct TYPE, FIELD) == (OFFSET),               \
	    "ABI 1: " #TYPE "." #FIELD)
#define NUMBER(NAME, VALUE) _Static_assert((NAME) == (VALUE), "ABI 1: " #NAME)

_Static_assert(sizeof(void *) == 8, "farmd is for 64-bit machines");

SIZE(farm_value, 16);
AT(farm_value, series, 0);
AT(farm_value, length, 4);
AT(farm_value, type, 6);
AT(farm_value, reserved, 7);
AT(farm_value, number, 8);
AT(farm_value, int64, 8);
AT(farm_value, uint64, 8);
AT(farm_value, boolean, 8);
AT(farm_value, text, 8);

SIZE(farm_label, 16);
AT(farm_label, name, 0);
AT(farm_label, value, 8);

SIZE(farm_series, 56);
AT(farm_series, farm, 0);
AT(farm_series, cluster, 8);
AT(farm_series, node, 16);
AT(farm_series, parameter, 24);
AT(farm_series, unit, 32);
AT(farm_series, labels, 40);
AT(farm_series, n_labels, 48);
AT(farm_series, kind, 52);

SIZE(farm_record, 56);
AT(farm_record, position, 0);
AT(farm_record, time_ns, 8);
AT(farm_record, instance, 16);
AT(farm_record, type, 24);
AT(farm_record, flags, 26);
AT(farm_record, n_values, 28);
AT(farm_record, values, 32);
AT(farm_record, payload, 40);
AT(farm_record, payload_size, 48);

SIZE(farm_batch, 16);
AT(farm_batch, records, 0);
AT(farm_batch, n_records, 8);

SIZE(farm_constraint, 40);
AT(farm_constraint, parameter, 0);
AT(farm_constraint, function, 8);
AT(farm_constraint, comparison, 12);
AT(farm_constraint, window_ns, 16);
AT(farm_constraint, low, 24);
AT(farm_constraint, high, 32);

SIZE(farm_predicate, 96);
AT(farm_predicate, farm, 0);
AT(farm_predicate, cluster, 8);
AT(farm_predicate, node, 16);
AT(farm_predicate, parameters, 24);
AT(farm_predicate, n_parameters, 32);
AT(farm_predicate, constraints, 40);
AT(farm_predicate, n_constraints, 48);
AT(farm_predicate, from_ns, 56);
AT(farm_predicate, to_ns, 64);
AT(farm_predicate, flags, 72);
AT(farm_predicate, reserved, 76);
AT(farm_predicate, step_ns, 80);
AT(farm_predicate, level_ns, 88);

SIZE(farm_list, 16);
AT(farm_list, items, 0);
AT(farm_list, n, 8);

SIZE(farm_pair, 16);
AT(farm_pair, key, 0);
AT(farm_pair, value, 8);

SIZE(farm_map, 16);
AT(farm_map, pairs, 0);
AT(farm_map, n, 8);

SIZE(farm_address, 40);
AT(farm_address, text, 0);
AT(farm_address, scheme, 8);
AT(farm_address, host, 16);
AT(farm_address, path, 24);
AT(farm_address, port, 32);
AT(farm_address, reserved, 36);

SIZE(farm_tree, 56);
AT(farm_tree, kind, 0);
AT(farm_tree, quoted, 4);
AT(farm_tree, key, 8);
AT(farm_tree, value, 16);
AT(farm_tree, children, 24);
AT(farm_tree, n_children, 32);
AT(farm_tree, file, 40);
AT(farm_tree, line, 48);
AT(farm_tree, column, 52);

SIZE(farm_option, 64);
AT(farm_option, name, 0);
AT(farm_option, type, 8);
AT(farm_option, flags, 12);
AT(farm_option, offset, 16);
AT(farm_option, fallback, 24);
AT(farm_option, help, 32);
AT(farm_option, min, 40);
AT(farm_option, max, 48);
AT(farm_option, choices, 56);

SIZE(farm_parameter, 32);
AT(farm_parameter, name, 0);
AT(farm_parameter, kind, 8);
AT(farm_parameter, unit, 16);
AT(farm_parameter, help, 24);

SIZE(farm_target, 32);
AT(farm_target, cluster, 0);
AT(farm_target, node, 8);
AT(farm_target, address, 16);
AT(farm_target, state, 24);

SIZE(farm_spec, 80);
AT(farm_spec, size, 0);
AT(farm_spec, kind, 4);
AT(farm_spec, farm, 8);
AT(farm_spec, cluster, 16);
AT(farm_spec, node, 24);
AT(farm_spec, parameter, 32);
AT(farm_spec, unit, 40);
AT(farm_spec, labels, 48);
AT(farm_spec, n_labels, 56);
AT(farm_spec, reserved, 60);
AT(farm_spec, time_ns, 64);
AT(farm_spec, lifetime_ns, 72);

SIZE(farm_host_ops, 240);
AT(farm_host_ops, size, 0);
AT(farm_host_ops, fail, 8);
AT(farm_host_ops, log, 16);
AT(farm_host_ops, now_ns, 24);
AT(farm_host_ops, deadline_ns, 32);
AT(farm_host_ops, purpose, 40);
AT(farm_host_ops, emit, 48);
AT(farm_host_ops, series, 56);
AT(farm_host_ops, release, 64);
AT(farm_host_ops, emit_rows, 72);
AT(farm_host_ops, emit_record, 80);
AT(farm_host_ops, flush, 88);
AT(farm_host_ops, more, 96);
AT(farm_host_ops, wake_fd, 104);
AT(farm_host_ops, done, 112);
AT(farm_host_ops, info, 120);
AT(farm_host_ops, series_state, 128);
AT(farm_host_ops, matches, 136);
AT(farm_host_ops, bad, 144);
AT(farm_host_ops, acknowledge, 152);
AT(farm_host_ops, answer_through, 160);
AT(farm_host_ops, checkpoint, 168);
AT(farm_host_ops, restore, 176);
AT(farm_host_ops, socket, 184);
AT(farm_host_ops, watch, 192);
AT(farm_host_ops, unwatch, 200);
AT(farm_host_ops, reply, 208);
AT(farm_host_ops, lifetime_ns, 216);
AT(farm_host_ops, offer, 224); /* 1.1 */
AT(farm_host_ops, farm, 232);

SIZE(farm_host, 8);
AT(farm_host, ops, 0);

SIZE(farm_action, 40);
AT(farm_action, name, 0);
AT(farm_action, help, 8);
AT(farm_action, arguments, 16);
AT(farm_action, arguments_size, 24);
AT(farm_action, run, 32);

SIZE(farm_collector, 16);
AT(farm_collector, collect, 0);
AT(farm_collector, collect_many, 8);

SIZE(farm_filter, 32);
AT(farm_filter, apply, 0);
AT(farm_filter, series_state_size, 8);
AT(farm_filter, forget, 16);
AT(farm_filter, types, 24);

SIZE(farm_writer, 40);
AT(farm_writer, write, 0);
AT(farm_writer, history, 8);
AT(farm_writer, series_state_size, 16);
AT(farm_writer, forget, 24);
AT(farm_writer, batch_values, 32); /* 1.1 */

SIZE(farm_descriptor, 176);
AT(farm_descriptor, summary, 0);
AT(farm_descriptor, description, 8);
AT(farm_descriptor, options, 16);
AT(farm_descriptor, parameters, 24);
AT(farm_descriptor, actions, 32);
AT(farm_descriptor, worker, 40);
AT(farm_descriptor, state_size, 48);
AT(farm_descriptor, target_state_size, 56);
AT(farm_descriptor, flags, 64);
AT(farm_descriptor, needs, 68);
AT(farm_descriptor, open, 72);
AT(farm_descriptor, reconfigure, 80);
AT(farm_descriptor, close, 88);
AT(farm_descriptor, target_close, 96);
AT(farm_descriptor, listen, 104);
AT(farm_descriptor, tick, 112);
AT(farm_descriptor, check, 120); /* 1.1 */
AT(farm_descriptor, offer, 128); /* 1.1 */
AT(farm_descriptor, collector, 136);
AT(farm_descriptor, filter, 136);
AT(farm_descriptor, writer, 136);

SIZE(farm_stamp, 136);
AT(farm_stamp, abi_major, 0);
AT(farm_stamp, abi_minor, 4);
AT(farm_stamp, role, 8);
AT(farm_stamp, stamp_size, 12);
AT(farm_stamp, descriptor_size, 16);
AT(farm_stamp, role_offset, 20);
AT(farm_stamp, role_size, 24);
AT(farm_stamp, option_size, 28);
AT(farm_stamp, parameter_size, 32);
AT(farm_stamp, action_size, 36);
AT(farm_stamp, name, 40);
AT(farm_stamp, version, 104);

SIZE(farm_entry, 144);
AT(farm_entry, stamp, 0);
AT(farm_entry, descriptor, 136);

SIZE(farm_note, 156);
AT(farm_note, owner_size, 0);
AT(farm_note, stamp_size, 4);
AT(farm_note, type, 8);
AT(farm_note, owner, 12);
AT(farm_note, stamp, 20);

/* Numbers that modules have compiled in. */
NUMBER(FARM_NONE, 0);
NUMBER(FARM_DOUBLE, 1);
NUMBER(FARM_INT64, 2);
NUMBER(FARM_UINT64, 3);
NUMBER(FARM_BOOLEAN, 4);
NUMBER(FARM_TEXT, 5);
NUMBER(FARM_GAUGE, 0);
NUMBER(FARM_COUNTER32, 1);
NUMBER(FARM_COUNTER64, 2);
NUMBER(FARM_STATE, 3);
NUMBER(FARM_RESULT, 1);
NUMBER(FARM_REMOVAL, 2);
NUMBER(FARM_EVENT, 3);
NUMBER(FARM_ALARM, 4);
NUMBER(FARM_CONFIG, 5);
NUMBER(FARM_ACCOUNTING, 6);
NUMBER(FARM_AGGREGATE, 7);
NUMBER(FARM_CHECKPOINT, 8);
NUMBER(FARM_NAME_MAX, 250);
NUMBER(FARM_TEXT_MAX, 65535);
NUMBER(FARM_LABELS_MAX, 16);
NUMBER(FARM_PARTIAL, 0x0001u);
NUMBER(FARM_IMPORTED, 0x0002u);
NUMBER(FARM_LT, 1);
NUMBER(FARM_LE, 2);
NUMBER(FARM_EQ, 3);
NUMBER(FARM_NE, 4);
NUMBER(FARM_GE, 5);
NUMBER(FARM_GT, 6);
NUMBER(FARM_BETWEEN, 7);
NUMBER(FARM_LATEST, 0);
NUMBER(FARM_AVG, 1);
NUMBER(FARM_MIN, 2);
NUMBER(FARM_MAX, 3);
NUMBER(FARM_SUM, 4);
NUMBER(FARM_COUNT, 5);
NUMBER(FARM_LAST, 6);
NUMBER(FARM_RATE, 7);
NUMBER(FARM_RELATIVE, 0x0001u);
NUMBER(FARM_COMPAT, 0x0002u);
NUMBER(FARM_FOLLOW, 0x0004u);
NUMBER(FARM_COLLECTOR, 1);
NUMBER(FARM_FILTER, 2);
NUMBER(FARM_WRITER, 3);
NUMBER(FARM_TYPE_STRING, 1);
NUMBER(FARM_TYPE_PATH, 2);
NUMBER(FARM_TYPE_INTEGER, 3);
NUMBER(FARM_TYPE_NUMBER, 4);
NUMBER(FARM_TYPE_SIZE, 5);
NUMBER(FARM_TYPE_DURATION, 6);
NUMBER(FARM_TYPE_BOOLEAN, 7);
NUMBER(FARM_TYPE_ENUM, 8);
NUMBER(FARM_TYPE_LIST, 9);
NUMBER(FARM_TYPE_MAP, 10);
NUMBER(FARM_TYPE_SECRET, 11);
NUMBER(FARM_TYPE_ADDRESS, 12);
NUMBER(FARM_TYPE_TREE, 13);
NUMBER(FARM_SCALAR, 1);
NUMBER(FARM_SEQUENCE, 2);
NUMBER(FARM_MAPPING, 3);
NUMBER(FARM_DONE, 0);
NUMBER(FARM_ACCEPTED, 1);
NUMBER(FARM_AGAIN, 2);
NUMBER(FARM_BAD, 3);
NUMBER(FARM_FOR_WORK, 0);
NUMBER(FARM_FOR_HISTORY, 1);
NUMBER(FARM_FOR_ACTION, 2);
NUMBER(FARM_WARNING, 1);
NUMBER(FARM_NOTICE, 2);
NUMBER(FARM_DEBUG, 3);
NUMBER(FARM_ABI_MAJOR, 1);
NUMBER(FARM_REQUIRED, 0x0001u);
NUMBER(FARM_LISTEN, 0x0002u);
NUMBER(FARM_ADVANCED, 0x0004u);
NUMBER(FARM_SENSITIVE, 0x0008u);
NUMBER(FARM_SERIAL, 0x0001u);
NUMBER(FARM_NEEDS_NETWORK, 0x0001u);
NUMBER(FARM_NEEDS_RAW_SOCKETS, 0x0002u);
NUMBER(FARM_NEEDS_EXEC, 0x0004u);
NUMBER(FARM_NEEDS_FILES, 0x0008u);
NUMBER(FARM_MODULE_NAME_MAX, 63);
NUMBER(FARM_NOTE_TYPE, 1u);

/* The assertions have passed when this was compiled. */
int
main(void)
{
	return 0;
}
