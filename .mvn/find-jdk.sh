# Sourced by ./fader and ./mvnw: `find_jdk 25` sets and exports JAVA_HOME to a JDK of that release
# or later, or says in one line what to install and exits with 1. Plain POSIX, and it starts no java.

# Prints the feature release of the JDK in directory $1; 0 where there is none.
jdk_release() {
  if [ -x "$1/bin/javac" ] && [ -r "$1/release" ]; then
    while IFS='="' read -r key _ value _; do
      [ "$key" = JAVA_VERSION ] || continue
      value=${value%%[!0-9]*}
      echo "${value:-0}"
      return
    done <"$1/release"
  fi
  echo 0
}

# The directory of the JDK whose `java` stands on the PATH, through symbolic links.
jdk_on_path() {
  java=$(command -v java) || return 0
  while [ -L "$java" ]; do
    target=$(readlink "$java")
    case $target in
      /*) java=$target ;;
      *) java=${java%/*}/$target ;;
    esac
  done
  java=${java%/*}
  (cd "$java/.." 2>/dev/null && pwd -P) || true
}

find_jdk() {
  if [ -n "${FADER_JAVA_HOME-}" ]; then
    if [ "$(jdk_release "$FADER_JAVA_HOME")" -lt "$1" ]; then
      echo "fader: FADER_JAVA_HOME=$FADER_JAVA_HOME is no JDK $1 or later; point it at one or unset it" >&2
      exit 1
    fi
    JAVA_HOME=$FADER_JAVA_HOME
    export JAVA_HOME
    return
  fi
  for home in "${JAVA_HOME-}" "$(jdk_on_path)" /usr/lib/jvm/* /opt/java/* \
    "${SDKMAN_DIR:-${HOME-}/.sdkman}"/candidates/java/* "${HOME-}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ "$(jdk_release "$home")" -ge "$1" ]; then
      JAVA_HOME=$home
      export JAVA_HOME
      return
    fi
  done
  echo "fader: no JDK $1 or later found; install one, for example from https://adoptium.net, or set FADER_JAVA_HOME" >&2
  exit 1
}
