#!/bin/sh
# Builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer into build/asan and runs the kernel tests with it,
# in network and mount namespaces of their own. Fails if a test fails or a sanitizer has anything to report. Needs root
# and a built dist/. Node itself leaks by design at exit, so that leak detection stays off.
set -eu
cd "$(dirname "$0")/.."

stage=build/asan
rm -rf "$stage"
mkdir -p "$stage"
cp binding.gyp package.json "$stage"
ln -s ../../native-bindings "$stage/native-bindings"
npm exec --call "node-gyp rebuild --directory $stage --jobs max --loglevel error -- -Dsanitize=1" > "$stage/build.log" 2>&1 || {
  cat "$stage/build.log" >&2
  exit 1
}

# A test that provokes a crash on purpose would hide it in its child: every report goes to a file, whoever writes it.
reports="$PWD/$stage/report"
LASTHOP_PREBUILD="$PWD/$stage"
ASAN_OPTIONS="detect_leaks=0:log_path=$reports:exitcode=86"
UBSAN_OPTIONS="print_stacktrace=1:log_path=$reports"
export LASTHOP_PREBUILD ASAN_OPTIONS UBSAN_OPTIONS
addon=$(node -p 'require("node-gyp-build").path(".")')
case $addon in
  "$LASTHOP_PREBUILD"/*) ;;
  *) echo "sanitize: the tests would use $addon, expected the sanitized addon in $LASTHOP_PREBUILD" >&2 && exit 1 ;;
esac

status=0
unshare --net --mount sh -c '
  ip link set lo up
  mkdir -p /run/netns
  mount -t tmpfs tmpfs /run/netns
  LD_PRELOAD=$1 exec node --test dist/test/netns/kernel-*.test.js
' sh "$(g++ -print-file-name=libasan.so)" || status=$?

for report in "$reports".*; do
  [ -e "$report" ] || continue
  cat "$report" >&2
  status=1
done
exit "$status"
