#!/bin/sh
# Prints the path of a real CCTV clip of walking people: OpenCV's sample vtest.avi, taken out of Debian's package
# opencv-doc without installing it, and kept in the user's cache.
set -eu
cache=${POSESTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/posestream}
clip=$cache/clips/vtest.avi
inside=./usr/share/doc/opencv-doc/examples/data/vtest.avi

if [ -s "$clip" ]; then
    echo "$clip"
    exit 0
fi

give_up() {
    echo "The demo clip cannot be had here ($1)." >&2
    echo "Give a camera or a file instead: make run CAMERA=rtsp://user:password@host/path or make run CAMERA=clip.mp4" >&2
    exit 4
}

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || give_up "it comes in a Debian package"
mkdir -p "$cache/clips"
work=$(mktemp -d "$cache/clips/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$work"
echo "Fetching the demo clip (Debian package opencv-doc, 96 MB, once) …" >&2
if ! apt-get download -qq opencv-doc >&2 2>/dev/null; then
    [ "$(id -u)" = 0 ] || give_up "apt-get download opencv-doc fails; 'apt-get update' as root may help"
    apt-get update -qq >&2 || give_up "apt-get update fails"
    apt-get download -qq opencv-doc >&2 || give_up "apt-get download opencv-doc fails"
fi
dpkg-deb --fsys-tarfile opencv-doc_*.deb | tar -xO "$inside" >vtest.avi || give_up "the package lacks the clip"
[ -s vtest.avi ] || give_up "the package lacks the clip"
mv vtest.avi "$clip"
echo "$clip"
