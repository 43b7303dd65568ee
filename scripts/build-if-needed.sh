# Source this file. Builds the modules into build/modules when a source is newer than the last build.
build_if_needed() {
  local home=$1 stamp="$1/build/stamp" log="$1/build/build.log" started seconds pid
  if [ -f "$stamp" ] && [ -z "$(find "$home" -newer "$stamp" \( -path '*/src/main/*' -o -name pom.xml \) -type f -print -quit)" ]; then
    return 0
  fi
  command -v mvn > /dev/null || { echo "hadal: Maven was not found; install Maven 3.8.7 or newer to build." >&2; return 78; }
  mkdir -p "$home/build"
  started=$(date +%s)
  (cd "$home" && exec mvn --batch-mode --no-transfer-progress -DskipTests -Dmaven.test.skip=true -Dspotless.check.skip=true package) > "$log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2> /dev/null; do
    seconds=$(($(date +%s) - started))
    if [ -t 2 ]; then
      printf '\rbuilding Hadal: %s, %d s ' "$(grep -c -E '^\[INFO\] Building Hadal|^\[INFO\] Building hadal' "$log" || true) modules" "$seconds" >&2
    fi
    sleep 0.5
  done
  if ! wait "$pid"; then
    [ -t 2 ] && printf '\n' >&2
    grep -E 'ERROR' "$log" | head -n 5 >&2
    echo "hadal: the build failed; the whole log is in $log." >&2
    return 75
  fi
  [ -t 2 ] && printf '\r' >&2
  rm -rf "$home/build/modules"
  mkdir -p "$home/build/modules"
  cp "$home"/cli/target/modules/*.jar "$home"/cli/target/hadal-cli-*.jar "$home/build/modules/"
  rm -f "$home/build/hadal.jsa"
  touch "$stamp"
  echo "built Hadal in $(($(date +%s) - started)) s" >&2
}
