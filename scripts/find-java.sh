# Source this file. Sets JAVA_HOME to a JDK of at least version ${1:-25}: an explicit JAVA_HOME that is new enough wins,
# else the lowest sufficient version found in the usual places. Reads each JDK's "release" file, so no JVM is started.
# JAVA_RELEASE is what that file says of the chosen one, down to the build.
find_java() {
  local wanted=${1:-25} best='' best_version=0 candidate version release compiler line
  compiler=$(command -v javac || true)
  if [ -n "$compiler" ]; then compiler=$(dirname "$(dirname "$(readlink -f "$compiler")")"); fi
  for candidate in "${JAVA_HOME:-}" "$compiler" /usr/lib/jvm/* /opt/java/* /opt/jdk* \
      "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] && [ -x "$candidate/bin/javac" ] && [ -r "$candidate/release" ] || continue
    version='' release=''
    while IFS= read -r line || [ -n "$line" ]; do
      case "$line" in
        JAVA_VERSION=*) version=${line#*'"'} version=${version%%[!0-9]*} ;;
        JAVA_RUNTIME_VERSION=*) release=${line#*'"'} release=${release%'"'} ;;
      esac
    done < "$candidate/release"
    [ "${version:-0}" -ge "$wanted" ] || continue
    if [ "$candidate" = "${JAVA_HOME:-}" ] || [ "$best_version" -eq 0 ] || [ "$version" -lt "$best_version" ]; then
      best=$candidate best_version=$version JAVA_RELEASE=${release:-$version}
    fi
    if [ "$candidate" = "${JAVA_HOME:-}" ]; then break; fi
  done
  if [ -z "$best" ]; then
    echo "hadal: no JDK $wanted or newer was found; install one (for example Temurin $wanted) or set JAVA_HOME to it." >&2
    return 78
  fi
  export JAVA_HOME=$best
}
