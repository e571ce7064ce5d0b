/*
 * plan.h - what an instance reads of each of its devices, compiled from its
 * options and profiles: scalars, and tables whose columns travel together.
 * Const once made, shared by all devices.
 *
 * The grammar, the same in the options and in a profile's file:
 *
 *   get:   {PARAMETER: OBJECT, ...} | [OBJECT, ...]
 *   walk:  [OBJECT, ...]                    all below, named by the object
 *   table: a mapping or a list of
 *     columns: {NAME: OBJECT, ...} | [OBJECT, ...]
 *     row: OBJECT | [OBJECT, ...]   columns that name a row: the first that
 *                                   has a text; none: the index itself.
 *                                   {via: OBJECT, to: OBJECT}: the value of
 *                                   the first is the index of the second
 *     name: TEXT          default "{row}_{column}"; also {index}
 *     where: {OBJECT: TEXT | [TEXT, ...]}   globs; "!TEXT" excludes
 *     map: {NAME: {VALUE: TEXT, ...}}       values of a column
 *     fallback: {NAME: OBJECT}     where a device does not have the column
 *     refresh: DURATION            of names and rows; default 5m
 *   scale: {PARAMETER: NUMBER}; unit: {PARAMETER: TEXT}; kind: ...
 *
 * OBJECT is a number or a name of a catalogue (objects.h).
 */
#ifndef SNMP_PLAN_H
#define SNMP_PLAN_H
#endif
