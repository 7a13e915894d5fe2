#!/bin/sh
# Installs the servers that the tests start: GStreamer's RTSP server, Chromium and a Java for Kafka from Debian, Kafka's
# jars through Maven, InfluxDB from its own sources (once, about ten minutes; needs go and cargo).
# What cannot be had is told; its tests are skipped loudly then, and with CI=true that is a failure.
set -eu
cd "$(dirname "$0")"
packages="gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad chromium"
packages="$packages glib-networking openssl" # cameras over TLS
command -v java >/dev/null || packages="$packages default-jre-headless"
command -v mvn >/dev/null || packages="$packages maven"
command -v cc >/dev/null || packages="$packages gcc libc6-dev"
command -v pkg-config >/dev/null || packages="$packages pkg-config"
missing=""
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests:$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of packages
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
        missing=""
    fi
fi
wrong=0
if [ -n "$missing" ]; then
    echo "Not installed:$missing; as root: apt-get install$missing" >&2
    wrong=1
fi
for server in kafka influxd; do
    sh "$server.sh" >/dev/null || {
        echo "Not there: $server; its tests cannot run" >&2
        wrong=1
    }
done
[ "$wrong" = 0 ] || [ "${CI:-}" != true ]
