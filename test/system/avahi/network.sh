#!/usr/bin/env bash
# A machine's network with two interfaces, and an Avahi of its own, in the namespaces that this is run in; then the command.
set -euo pipefail
mount -t tmpfs none /run
mkdir -p /run/dbus /run/avahi-daemon
ip link set lo up
for i in 0 1; do
  ip link add "d$i" type veth peer name "e$i"
  ip addr add "10.9.$i.1/24" dev "d$i"
  ip link set "d$i" up
  ip link set "e$i" up
done
# Until then nothing can be sent from the links' own addresses.
while [ -n "$(ip -6 addr show tentative)" ]; do read -rt 0.1 <> <(:) || :; done
dbus-daemon --system --nofork --nopidfile >/dev/null 2>&1 &
services="$!"
trap 'kill $services' EXIT
until [ -S /run/dbus/system_bus_socket ]; do read -rt 0.1 <> <(:) || :; done
avahi-daemon --no-drop-root --no-chroot --no-rlimits >/dev/null 2>&1 &
services="$! $services"
until avahi-browse -tp _rollcall._tcp >/dev/null 2>&1; do read -rt 0.1 <> <(:) || :; done
"$@"
