#!/bin/sh
# Fetches Apache Kafka's jars through Maven into the cache and prints their folder: sh tests/servers/kafka.sh
# KAFKA_VERSION chooses another release. Nothing is installed; `java` runs it.
set -eu
version=${KAFKA_VERSION:-4.2.0}
folder=${XDG_CACHE_HOME:-$HOME/.cache}/posestream-tests/kafka-$version
if [ ! -f "$folder/complete" ]; then
    for program in java mvn; do
        command -v $program >/dev/null || { echo "Kafka needs $program (Debian: default-jre-headless, maven)" >&2; exit 4; }
    done
    echo "Fetching Apache Kafka $version" >&2
    rm -rf "$folder" && mkdir -p "$folder"
    cat >"$folder/pom.xml" <<POM
<project><modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>kafka-runtime</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
POM
    (cd "$folder" && mvn -q -B dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=libs) >&2
    touch "$folder/complete"
fi
echo "$folder/libs"
