# Source this file. Sets JAVA_HOME to a JDK of at least version ${1:-25}: an explicit JAVA_HOME that is new enough wins,
# else the lowest sufficient version found in the usual places. Reads each JDK's "release" file, so no JVM is started.
find_java() {
  local wanted=${1:-25} best='' best_version=0 candidate version compiler
  compiler=$(command -v javac || true)
  if [ -n "$compiler" ]; then compiler=$(dirname "$(dirname "$(readlink -f "$compiler")")"); fi
  for candidate in "${JAVA_HOME:-}" "$compiler" /usr/lib/jvm/* /opt/java/* /opt/jdk* \
      "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] && [ -x "$candidate/bin/javac" ] && [ -r "$candidate/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$candidate/release")
    [ "${version:-0}" -ge "$wanted" ] || continue
    if [ "$candidate" = "${JAVA_HOME:-}" ]; then best=$candidate; break; fi
    if [ "$best_version" -eq 0 ] || [ "$version" -lt "$best_version" ]; then best=$candidate; best_version=$version; fi
  done
  if [ -z "$best" ]; then
    echo "hadal: no JDK $wanted or newer was found; install one (for example Temurin $wanted) or set JAVA_HOME to it." >&2
    return 78
  fi
  export JAVA_HOME=$best
}
