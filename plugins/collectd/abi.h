/*
 * abi.h - collectd's own headers (package collectd-dev), taken in one way, and
 * the proof that they are those of the plugins we load.
 *
 * The program farm-collectd exports to collectd's plugins exactly the names of
 * symbols.txt: what the plugins of Debian's package import.  Two parts give
 * them:
 *
 *   libcollectd.a  strings, numbers, identifiers, files, time, containers,
 *                  meta data, configuration (oconfig_*, cf_util_*), data sets
 *                  (plugin_get_ds), the value cache (uc_*), thresholds
 *                  (threshold_*, ut_*), matches, targets and chains (fc_*),
 *                  severities and notification_init
 *   the engine     every other plugin_*, daemon_log, hostname_g, hostname_set,
 *                  interval_g
 *
 * The library calls from the engine what plugin.h declares, and no more:
 * plugin_log, plugin_get_interval, plugin_write, plugin_dispatch_missing,
 * plugin_dispatch_cache_event and plugin_notification_meta_free.  The engine calls from the library, besides the
 * exported names:
 *
 *   utils_cache.h   uc_init, uc_update, uc_check_timeout, uc_set_callbacks_mask
 *   filter_chain.h  fc_configure, fc_chain_get_by_name, fc_process_chain,
 *                   fc_default_action
 *   types_db.h      types.db files and the registry of data sets
 *   conf.h          text of collectd.conf, files it includes
 *   conf_tree.h     options of farm.yaml as collectd's option tree
 *
 * collectd's interface has globals, so this program has: the registry, the
 * cache, the thresholds and the chains.  Any thread may call any of them.
 */
#ifndef COLLECTD_ABI_H
#define COLLECTD_ABI_H

#include <dirent.h>
#include <math.h>
#include <netdb.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* What these headers want to hear of the machine.  The config.h beside them
   would say it, and names of our own package differently. */
#define FP_LAYOUT_NEED_NOTHING 1
#define HAVE_DIRENT_H 1
#define HAVE_GETPWNAM_R 1
#define TIME_WITH_SYS_TIME 1

/* Else -fvisibility=hidden would keep the names from the dynamic list. */
#pragma GCC visibility push(default)
#include <collectd/core/daemon/collectd.h>

#include <collectd/core/daemon/configfile.h>
#include <collectd/core/daemon/filter_chain.h>
#include <collectd/core/daemon/plugin.h>
#include <collectd/core/daemon/types_list.h>
#include <collectd/core/daemon/utils_cache.h>
#include <collectd/core/daemon/utils_complain.h>
#include <collectd/core/daemon/utils_llist.h>
#include <collectd/core/daemon/utils_random.h>
#include <collectd/core/daemon/utils_subst.h>
#include <collectd/core/daemon/utils_time.h>
#include <collectd/core/utils/avltree/avltree.h>
#include <collectd/core/utils/common/common.h>
#include <collectd/core/utils/metadata/meta_data.h>
/* Needs the others first. */
#include <collectd/core/daemon/utils_threshold.h>
#pragma GCC visibility pop

/* The layout of collectd 5.11 and 5.12 on 64-bit machines. */
#if UINTPTR_MAX == UINT64_MAX
_Static_assert(DATA_MAX_NAME_LEN == 128, "names");
_Static_assert(sizeof(value_t) == 8, "value_t");
_Static_assert(sizeof(value_list_t) == 680, "value_list_t");
_Static_assert(offsetof(value_list_t, host) == 32, "value_list_t.host");
_Static_assert(offsetof(value_list_t, meta) == 672, "value_list_t.meta");
_Static_assert(sizeof(data_source_t) == 152, "data_source_t");
_Static_assert(sizeof(data_set_t) == 144, "data_set_t");
_Static_assert(sizeof(notification_t) == 920, "notification_t");
_Static_assert(sizeof(notification_meta_t) == 152, "notification_meta_t");
_Static_assert(sizeof(oconfig_value_t) == 16, "oconfig_value_t");
_Static_assert(sizeof(oconfig_item_t) == 48, "oconfig_item_t");
_Static_assert(sizeof(user_data_t) == 16, "user_data_t");
_Static_assert(sizeof(plugin_ctx_t) == 32, "plugin_ctx_t");
_Static_assert(sizeof(cache_event_t) == 32, "cache_event_t");
_Static_assert(sizeof(c_complain_t) == 24, "c_complain_t");
_Static_assert(sizeof(llentry_t) == 24, "llentry_t");
_Static_assert(sizeof(threshold_t) == 824, "threshold_t");
_Static_assert(sizeof(value_to_rate_state_t) == 16, "value_to_rate_state_t");
_Static_assert(sizeof(rate_to_value_state_t) == 24, "rate_to_value_state_t");
_Static_assert(sizeof(match_proc_t) == 24, "match_proc_t");
_Static_assert(sizeof(target_proc_t) == 24, "target_proc_t");
#endif

#endif
