#!/bin/sh
# Builds InfluxDB 2.7 from its own sources into the cache and prints the program's path: sh tests/servers/influxd.sh
# Its released main package cannot be installed by `go install` (a replace line and a Rust library): hence a module of our own.
set -eu
version=2.7.11
flux=v0.195.2
program=${XDG_CACHE_HOME:-$HOME/.cache}/posestream-tests/influxd-$version
if [ ! -x "$program" ]; then
    for tool in go cargo cc pkg-config; do
        command -v $tool >/dev/null || { echo "building InfluxDB needs $tool" >&2; exit 4; }
    done
    echo "Building InfluxDB $version: about ten minutes, once" >&2
    mkdir -p "$(dirname "$program")"
    work=$(mktemp -d)
    trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
    cd "$work"
    cat >main.go <<GO
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/influxdata/influxdb/v2"
	"github.com/influxdata/influxdb/v2/cmd/influxd/launcher"
	"github.com/spf13/viper"
)

func main() {
	influxdb.SetBuildInfo("$version", "", time.Now().UTC().Format(time.RFC3339))
	command, err := launcher.NewInfluxdCommand(context.Background(), viper.New())
	if err == nil {
		err = command.Execute()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
GO
    cat >go.mod <<GO
module influxd
go 1.22.0
require (
	github.com/influxdata/influxdb/v2 v$version
	github.com/spf13/viper v1.6.1
)
replace github.com/nats-io/nats-streaming-server v0.11.2 => github.com/influxdata/nats-streaming-server v0.11.3-0.20201112040610-c277f7560803
GO
    go mod tidy >&2
    # libflux is built beside the standard library that it reads.
    cp -r "$(go env GOMODCACHE)/github.com/influxdata/flux@$flux" flux
    chmod -R u+w flux
    (cd flux/libflux && RUSTUP_TOOLCHAIN=stable cargo build -q --release -p flux --no-default-features --features cffi) >&2
    mkdir pc
    cat >pc/flux.pc <<PC
Name: flux
Version: ${flux#v}
Description: flux
Cflags: -I$work/flux/libflux/include
Libs: -L$work/flux/libflux/target/release -l:libflux.a -ldl -lm -lpthread
PC
    PKG_CONFIG="$(command -v pkg-config)" PKG_CONFIG_PATH="$work/pc" \
        go build -tags sqlite_foreign_keys,sqlite_json -o influxd . >&2
    mv influxd "$program"
fi
echo "$program"
