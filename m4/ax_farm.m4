# ax_farm.m4 - the build's own macros.

# AX_FARM_COMPILER: warnings, hardening and what every object is built with.
AC_DEFUN([AX_FARM_COMPILER], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make warnings errors])])
  FARM_CFLAGS="-std=c11 -fPIC -fvisibility=hidden -pthread -Wall -Wextra dnl
-Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith dnl
-Wwrite-strings -Wvla -Wundef -Wno-missing-field-initializers dnl
-fstack-protector-strong"
  AS_IF([test "x$enable_werror" = xyes], [FARM_CFLAGS="$FARM_CFLAGS -Werror"])
  FARM_CPPFLAGS="-D_GNU_SOURCE"
  FARM_LDFLAGS="-Wl,-z,relro -Wl,-z,now -pthread"
  MODULE_LDFLAGS="-shared -Wl,--version-script=\$(top_srcdir)/build-aux/module.map"
  AC_SUBST([FARM_CFLAGS])
  AC_SUBST([FARM_CPPFLAGS])
  AC_SUBST([FARM_LDFLAGS])
  AC_SUBST([MODULE_LDFLAGS])
])

# AX_FARM_SANITIZERS: --enable-sanitizers=address,undefined or =thread.
AC_DEFUN([AX_FARM_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers=LIST],
      [build with sanitizers: address,undefined or thread])],
    [], [enable_sanitizers=no])
  AS_IF([test "x$enable_sanitizers" = xyes],
    [enable_sanitizers=address,undefined])
  AS_IF([test "x$enable_sanitizers" != xno], [
    FARM_CFLAGS="$FARM_CFLAGS -fsanitize=$enable_sanitizers dnl
-fno-sanitize-recover=all -fno-omit-frame-pointer"
    FARM_LDFLAGS="$FARM_LDFLAGS -fsanitize=$enable_sanitizers"
  ], [
    FARM_CPPFLAGS="$FARM_CPPFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
    MODULE_LDFLAGS="$MODULE_LDFLAGS -Wl,-z,defs"
  ])
])

# AX_FARM_FUZZ: --enable-fuzz builds the fuzz targets, with clang's libFuzzer.
AC_DEFUN([AX_FARM_FUZZ], [
  AC_ARG_ENABLE([fuzz],
    [AS_HELP_STRING([--enable-fuzz], [build fuzz targets (CC=clang)])])
  AS_IF([test "x$enable_fuzz" = xyes], [
    FARM_CFLAGS="$FARM_CFLAGS -fsanitize=fuzzer-no-link,address,undefined"
    FARM_LDFLAGS="$FARM_LDFLAGS -fsanitize=address,undefined"
    MODULE_LDFLAGS="-shared -Wl,--version-script=\$(top_srcdir)/build-aux/module.map"
  ])
  AM_CONDITIONAL([FUZZ], [test "x$enable_fuzz" = xyes])
])

# AX_FARM_LIBRARY(name, VAR, pkg-config modules, what for): an optional
# library.  --without-NAME leaves it out, --with-NAME insists on it; defines
# the conditional and the macro HAVE_VAR, and adds a line to the summary.
AC_DEFUN([AX_FARM_LIBRARY], [
  AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [leave out: $4])],
    [], [with_$1=check])
  farm_have_$1=no
  AS_IF([test "x$with_$1" != xno], [
    PKG_CHECK_MODULES([$2], [$3], [farm_have_$1=yes], [
      AS_IF([test "x$with_$1" = xyes],
        [AC_MSG_ERROR([--with-$1 was asked for, but $3 is not here])])
    ])
  ])
  AM_CONDITIONAL([HAVE_$2], [test "x$farm_have_$1" = xyes])
  AS_IF([test "x$farm_have_$1" = xyes],
    [AC_DEFINE([HAVE_$2], [1], [Define if $3 is there.])])
  FARM_SUMMARY="$FARM_SUMMARY
  $4 ($1): $farm_have_$1"
])

# AX_FARM_COLLECTD: the headers that collectd's plugins are built with; defines
# the conditional HAVE_COLLECTD and adds a line to the summary.
AC_DEFUN([AX_FARM_COLLECTD], [
  AC_ARG_WITH([collectd],
    [AS_HELP_STRING([--without-collectd], [leave out: collectd's plugins])],
    [], [with_collectd=check])
  farm_have_collectd=no
  AS_IF([test "x$with_collectd" != xno], [
    farm_cppflags=$CPPFLAGS
    CPPFLAGS="$CPPFLAGS -isystem /usr/include/collectd"
    AC_CHECK_HEADER([collectd/core/daemon/plugin.h],
      [farm_have_collectd=yes], [
      AS_IF([test "x$with_collectd" = xyes],
        [AC_MSG_ERROR([--with-collectd was asked for, but the headers of collectd-dev are not here])])
    ], [[#include <sys/time.h>
#include <time.h>
#define TIME_WITH_SYS_TIME 1]])
    CPPFLAGS=$farm_cppflags
  ])
  AM_CONDITIONAL([HAVE_COLLECTD], [test "x$farm_have_collectd" = xyes])
  FARM_SUMMARY="$FARM_SUMMARY
  collectd's plugins (collectd-dev): $farm_have_collectd"
])

# AX_FARM_GANGLIA: libganglia, which tests compare our codec with; defines the
# conditionals HAVE_GANGLIA and HAVE_GM_METRIC (headers of modules, which need
# those of APR and libconfuse) and adds a line to the summary.
AC_DEFUN([AX_FARM_GANGLIA], [
  AC_ARG_WITH([ganglia],
    [AS_HELP_STRING([--without-ganglia], [leave out: tests with libganglia])],
    [], [with_ganglia=check])
  farm_have_ganglia=no
  farm_have_gm_metric=no
  AS_IF([test "x$with_ganglia" != xno], [
    farm_cppflags=$CPPFLAGS
    PKG_CHECK_MODULES([GANGLIA], [libtirpc], [
      CPPFLAGS="$CPPFLAGS $GANGLIA_CFLAGS"
      AC_CHECK_HEADER([gm_protocol.h], [farm_have_ganglia=yes])], [:])
    PKG_CHECK_MODULES([APR], [apr-1], [
      CPPFLAGS="$CPPFLAGS $APR_CFLAGS"
      AC_CHECK_HEADER([gm_metric.h], [farm_have_gm_metric=yes])], [:])
    CPPFLAGS=$farm_cppflags
    AS_IF([test "x$with_ganglia$farm_have_ganglia" = xyesno],
      [AC_MSG_ERROR([--with-ganglia was asked for, but libganglia1-dev is not here])])
    GANGLIA_LIBS="-lganglia $GANGLIA_LIBS"
  ])
  AM_CONDITIONAL([HAVE_GANGLIA], [test "x$farm_have_ganglia" = xyes])
  AM_CONDITIONAL([HAVE_GM_METRIC], [test "x$farm_have_gm_metric" = xyes])
  FARM_SUMMARY="$FARM_SUMMARY
  tests with libganglia (libganglia1-dev): $farm_have_ganglia
  tests with headers of gmond's modules (libapr1-dev libconfuse-dev): $farm_have_gm_metric"
])

# AX_FARM_SYSTEMD: where the unit and the user's description go; below the
# prefix if nothing is said, where systemd looks for /usr and /usr/local.
AC_DEFUN([AX_FARM_SYSTEMD], [
  AC_ARG_WITH([systemdsystemunitdir],
    [AS_HELP_STRING([--with-systemdsystemunitdir=DIR],
      [folder of systemd's units, or no])],
    [], [with_systemdsystemunitdir='${prefix}/lib/systemd/system'])
  AC_ARG_WITH([sysusersdir],
    [AS_HELP_STRING([--with-sysusersdir=DIR], [folder of systemd-sysusers])],
    [], [with_sysusersdir='${prefix}/lib/sysusers.d'])
  AC_SUBST([systemdsystemunitdir], [$with_systemdsystemunitdir])
  AC_SUBST([sysusersdir], [$with_sysusersdir])
  AM_CONDITIONAL([SYSTEMD], [test "x$with_systemdsystemunitdir" != xno])
])

# AX_FARM_SUMMARY: what will be built.
AC_DEFUN([AX_FARM_SUMMARY], [
  AC_MSG_NOTICE([
farmd $PACKAGE_VERSION
  compiler: $CC $CFLAGS
  sanitizers: $enable_sanitizers$FARM_SUMMARY
])
])
