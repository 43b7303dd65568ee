# Source this file. What makes a start of Hadal quick, kept beside the build that it belongs to (HOME/build/start-N) and made by
# these functions; all of it may be missing, and all of it may be deleted. HADAL_START_CACHE=off neither uses nor makes a cache.
#
# - tiers-…: whether generated code serves all kernels on this kind of machine, so that Java needs no Vector API;
# - ….aot: a JDK AOT cache (JEP 483, 514, 515), with the options that it was made for beside it. The JVM checks the rest itself
#   and starts without a cache that does not fit.

# Sets start_folder and start_key: the place of this build's files and what names those of this JDK.
start_names() {
  local home=$1 modules=$2
  start_folder="$home/build/start-${modules##*-}"
  start_key="${JAVA_HOME//[^A-Za-z0-9.]/_}-${JAVA_RELEASE//[^A-Za-z0-9.+]/_}"
}

# Sets processor_features to the vector features of this machine's first processor, as far as generated code cares.
read_processor_features() {
  local line feature flags=''
  processor_features=$HOSTTYPE
  while read -r line; do
    case "$line" in flags*) flags=" ${line#*: } "; break ;; esac
  done < /proc/cpuinfo
  for feature in avx2 fma f16c bmi2 avx512f avx512bw avx512dq avx512vl avx512vbmi avx512_vnni avx512_bf16 avx512_fp16 amx_bf16; do
    case "$flags" in *" $feature "*) processor_features+="-$feature" ;; esac
  done
} 2> /dev/null

# Whether generated code serves all kernels of this build on this machine. The program is asked once for each kind of processor.
generated_code_serves() {
  local fact answer
  read_processor_features
  fact="$start_folder/tiers-$processor_features-$start_key"
  if ! read -r answer 2> /dev/null < "$fact"; then
    answer=vector
    "$JAVA_HOME/bin/java" "$@" -Dhadal.home="$start_folder" --module dev.hadal.cli/dev.hadal.cli.Main \
      doctor --families --kernels auto > /dev/null 2>&1 < /dev/null && answer=generated
    { mkdir -p "$start_folder" && echo "$answer" > "$fact.$$" && mv "$fact.$$" "$fact"; } 2> /dev/null || true
  fi
  [ "$answer" = generated ]
}

# Sets cache_option for a start with these options if there is a cache, else begins to make one.
use_start_cache() {
  local name=$1 made_for
  shift
  cache_option=()
  [ "${HADAL_START_CACHE:-on}" != off ] || return 0
  case "${HADAL_JAVA_OPTIONS:-} ${JAVA_TOOL_OPTIONS:-} ${JDK_JAVA_OPTIONS:-}" in *AOT* | *hare*) return 0 ;; esac
  local cache="$start_folder/$name-$start_key.aot"
  if read -r made_for 2> /dev/null < "$cache.options" && [ "$made_for" = "$*" ]; then
    cache_option=(-XX:AOTCache="$cache" '-Xlog:aot*=off,cds*=off')
  elif [ ! -e "$cache.failed" ]; then
    # In a process of its own that outlives this one and asks for nothing that anyone else wants.
    (make_start_cache "$cache" "$@" > /dev/null 2>&1 < /dev/null &)
  fi
}

# Makes a cache: aside, and put into its place when it is whole. Of several that try one does.
make_start_cache() {
  local cache=$1 work="$1.$$" limit=() status=0 made_for
  shift
  mkdir -p "$start_folder" || return
  if command -v timeout; then limit=(timeout 300); fi
  (
    if command -v flock; then flock -n 9 || exit 0; fi
    # Another may have finished it since this one was begun.
    if read -r made_for 2> /dev/null < "$cache.options" && [ "$made_for" = "$*" ]; then exit 0; fi
    rm -rf "$cache".[0-9]*
    mkdir "$work" || exit
    trap 'rm -rf "$work"' EXIT
    nice -n 19 ${limit[@]+"${limit[@]}"} "$JAVA_HOME/bin/java" "$@" -XX:AOTCacheOutput="$work/aot" \
      --module dev.hadal.cli/dev.hadal.cli.Rehearsal "$work" > "$work/log" 2>&1 || status=$?
    if [ "$status" -eq 0 ] && [ -s "$work/aot" ]; then
      rm -f "$cache.options"
      mv -f "$work/aot" "$cache" && echo "$*" > "$work/options" && mv -f "$work/options" "$cache.options"
    else
      mv -f "$work/log" "$cache.failed"
    fi
  ) 9> "$start_folder/lock"
}
