# Source this file. build_if_needed HOME builds the modules when a source is newer than the last build. The build is kept in
# HOME/build/modules-N; HOME/build/modules is a symbolic link to it, replaced in one step, so that a program that starts or runs
# meanwhile sees one whole build. Concurrent calls wait for one another.

# Whether a source, a pom or one of their folders changed after the last build began.
build_is_current() {
  local home=$1 stamp="$1/build/stamp"
  [ -f "$stamp" ] && [ -d "$home/build/modules" ] || return 1
  [ -f "$home/pom.xml" ] || return 0
  [ -z "$(find "$home" \( -name target -o -name .git -o -path "$home/build" -o -path '*/src/test' \) -prune -o \
    -newer "$stamp" \( -path '*/src/main*' -o -name pom.xml \) -print -quit)" ]
}

build_if_needed() {
  local home=$1
  build_is_current "$home" && return 0
  command -v mvn > /dev/null || {
    echo "hadal: Maven was not found; install Maven 3.8.7 or newer, it builds Hadal before the first start." >&2
    return 78
  }
  mkdir -p "$home/build" 2> /dev/null || {
    echo "hadal: the folder $home/build cannot be made; Hadal is built there before the first start." >&2
    return 75
  }
  if command -v flock > /dev/null; then
    (
      flock -n 9 || {
        echo "hadal: waiting for another build of $home" >&2
        flock -w 900 9 || { echo "hadal: another build did not end within 15 minutes; try again later." >&2; exit 75; }
      }
      build_is_current "$home" || build "$home"
    ) 9> "$home/build/lock"
  else
    build "$home"
  fi
}

build() {
  local home=$1 log="$1/build/build.log" started seconds pid status=0 next
  started=$(date +%s)
  touch "$home/build/stamp.next"
  [ -t 2 ] || echo "hadal: building, the first time takes a minute or two (log: $log)" >&2
  (cd "$home" && exec mvn --batch-mode --no-transfer-progress -Dmaven.test.skip=true package) > "$log" 2>&1 < /dev/null 9>&- &
  pid=$!
  trap 'kill "$pid" 2> /dev/null; exit 130' INT TERM
  while kill -0 "$pid" 2> /dev/null; do
    seconds=$(($(date +%s) - started))
    if [ -t 2 ]; then
      printf '\rhadal: building, module %s, %d s ' "$(grep -c '^\[INFO\] Building ' "$log" || true)" "$seconds" >&2
    fi
    sleep 0.3
  done
  wait "$pid" || status=$?
  trap - INT TERM
  [ -t 2 ] && printf '\r\033[K' >&2
  if [ "$status" -ne 0 ]; then
    if grep -q -E 'Could not (transfer|find) artifact|Could not resolve|Unknown host|in offline mode' "$log"; then
      echo "hadal: the build needs libraries that Maven could not fetch; make its repository reachable and try again ($log)." >&2
    else
      grep -E '^\[ERROR\] .*\.java' "$log" | sort -u | head -n 5 >&2
      echo "hadal: the build failed, the last good one is kept; the whole log is in $log." >&2
    fi
    return 75
  fi
  install_build "$home" || { echo "hadal: the build could not be put into $home/build; is the disk full?" >&2; return 75; }
  echo "hadal: built in $(($(date +%s) - started)) s" >&2
}

# Gives old class files the form that the AOT cache takes; where that fails the jar stays, and a start takes longer.
raise_class_files() {
  local home=$1 folder=$2 jar
  for jar in "$folder"/picocli-*.jar; do
    [ -f "$jar" ] || continue
    "$JAVA_HOME/bin/java" "$home/scripts/RaiseClassFiles.java" "$jar" "$jar.raised" && mv "$jar.raised" "$jar"
    rm -f "$jar.raised"
  done >> "$home/build/build.log" 2>&1 || true
}

# Puts the built modules into a folder of their own and leads the link to it. The build before stays: it may be running.
install_build() {
  local home=$1 current number folder old
  current=$(readlink "$home/build/modules" 2> /dev/null || true)
  number=${current##*-}
  number=$((${number:-0} + 1))
  folder="$home/build/modules-$number"
  rm -rf "$folder"
  mkdir "$folder" && cp "$home"/cli/target/modules/*.jar "$home"/cli/target/hadal-cli-*.jar "$folder/" || return 1
  raise_class_files "$home" "$folder"
  git -C "$home" describe --always --abbrev=12 --dirty=+changes --exclude '*' > "$folder/commit" 2> /dev/null || true
  ln -sfn "modules-$number" "$home/build/modules.next" || return 1
  mv -T "$home/build/modules.next" "$home/build/modules" 2> /dev/null || ln -sfn "modules-$number" "$home/build/modules" || return 1
  mv "$home/build/stamp.next" "$home/build/stamp"
  rm -rf "$home/build/start-$number"
  for old in "$home"/build/modules-* "$home"/build/start-*; do
    [ -d "$old" ] && [ "${old##*-}" -lt $((number - 1)) ] && rm -rf "$old"
  done
  return 0
}
