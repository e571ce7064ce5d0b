/* page.h - what a script is and can do, for the module's page. */
#ifndef LUA_PAGE_H
#define LUA_PAGE_H

#define LUA_PAGE                                                               \
	"A script in Lua 5.4 that is called with each result it asks for "     \
	"(`match`), `apply(result)`, and about once a second, `tick(now)`; "   \
	"it defines one of them or both. It is a tap: the values go on "       \
	"whatever the script does, and what it emits comes back as results "   \
	"of its own, for filters behind it, last values and writers. What it " \
	"keeps in global variables is there at the next call, until it is "    \
	"closed.\n\n"                                                          \
	"The result is a table: `time` (seconds since 1970), `farm`, "         \
	"`cluster`, `node` and `values`, from parameter to number, boolean "   \
	"or text.\n\n"                                                         \
	"| function | |\n"                                                     \
	"| --- | --- |\n"                                                      \
	"| `emit(node, parameter, value, {unit=, kind=, cluster=, time=, "     \
	"lifetime=})` | a value; the options may be left out, and so may "     \
	"each of them: kind is gauge, counter32, counter64 or state, times "   \
	"are seconds, and the time is the result's |\n"                        \
	"| `state(parameter)` | a table that is kept of that parameter of "    \
	"that node, until an hour after its last value |\n"                    \
	"| `info(parameter)` | `unit`, `kind` and `labels` of one of the "     \
	"result at hand |\n"                                                   \
	"| `matches(name, pattern)` | as predicates match names, by `*` |\n"   \
	"| `log(text)` | a line in farmd's log, at most 10 in a call |\n\n"    \
	"Of Lua there are the basic functions, `string`, `table`, `math` and " \
	"`utf8`; nothing that reads files, runs programs, loads modules or "   \
	"code, no coroutines and no finalizers. Patterns that may take too "   \
	"long on a text are refused. A call that takes more than its "         \
	"`budget` of instructions, its `time`, its `memory` or its `quota` "   \
	"of values fails, as does one with a mistake; the log says in which "  \
	"line. After three in a row the script is closed, and begins anew "    \
	"after a while.\n\n"                                                   \
	"How much of its memory each node uses:\n\n"                           \
	"```yaml\n"                                                            \
	"filters:\n"                                                           \
	"  - lua:\n"                                                           \
	"      match: \"*/*/*/MEM_used|MEM_total\"\n"                          \
	"      script: |\n"                                                    \
	"        function apply(r)\n"                                          \
	"          local used, total = r.values.MEM_used, "                    \
	"r.values.MEM_total\n"                                                 \
	"          if used and total and total > 0 then\n"                     \
	"            emit(r.node, \"MEM_usage\", 100 * used / total,\n"        \
	"                 {unit = \"%\", cluster = r.cluster})\n"              \
	"          end\n"                                                      \
	"        end\n"                                                        \
	"```\n\n"                                                              \
	"The busiest node, every ten seconds, among those that have said "     \
	"something within a minute:\n\n"                                       \
	"```yaml\n"                                                            \
	"filters:\n"                                                           \
	"  - lua:\n"                                                           \
	"      name: busiest\n"                                                \
	"      match: \"*/*/*/Load5\"\n"                                       \
	"      script: |\n"                                                    \
	"        seen, due = {}, 0\n"                                          \
	"        function apply(r)\n"                                          \
	"          seen[r.node] = {time = r.time, load = r.values.Load5}\n"    \
	"        end\n"                                                        \
	"        function tick(now)\n"                                         \
	"          if now < due then return end\n"                             \
	"          due = now + 10\n"                                           \
	"          local name, most = nil, -1\n"                               \
	"          for node, last in pairs(seen) do\n"                         \
	"            if now - last.time > 60 then\n"                           \
	"              seen[node] = nil\n"                                     \
	"            elseif last.load > most then\n"                           \
	"              name, most = node, last.load\n"                         \
	"            end\n"                                                    \
	"          end\n"                                                      \
	"          if name then\n"                                             \
	"            emit(\"all\", \"busiest\", name)\n"                       \
	"            emit(\"all\", \"Load5_max\", most)\n"                     \
	"          end\n"                                                      \
	"        end\n"                                                        \
	"```\n\n"                                                              \
	"The highest value so far of each series, in a script of its own:\n\n" \
	"```lua\n"                                                             \
	"function apply(r)\n"                                                  \
	"  for name, value in pairs(r.values) do\n"                            \
	"    local s = state(name)\n"                                          \
	"    if type(value) == \"number\" and value > (s.max or -math.huge) "  \
	"then\n"                                                               \
	"      s.max = value\n"                                                \
	"      emit(r.node, name .. \"_max\", value, {unit = "                 \
	"info(name).unit})\n"                                                  \
	"    end\n"                                                            \
	"  end\n"                                                              \
	"end\n"                                                                \
	"```"

#endif
