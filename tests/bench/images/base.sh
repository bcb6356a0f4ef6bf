#!/bin/sh
# A small Debian for the images: base.sh FOLDER CA_BUNDLE. With the machine's own certificates, so that package managers in
# containers trust what the machine trusts.
set -eu
debootstrap --variant=minbase --include=ca-certificates bookworm "$1"
rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/archives/*.deb "$1"/var/log/*.log "$1"/usr/share/doc/* "$1"/usr/share/man/* \
    "$1"/usr/share/locale/* "$1"/usr/share/info/*
cp "$2" "$1/etc/ssl/certs/ca-certificates.crt"
rm -f "$1/etc/resolv.conf" "$1/etc/hostname"
