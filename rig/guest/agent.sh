#!/bin/sh
# The rig's way in, over a virtio serial port, so that it works with the network pulled. Each line that comes is a
# command, base64-coded; each line that goes back is its output, base64-coded, and its exit status.
port=/dev/virtio-ports/rig.0
while [ ! -e $port ]; do sleep 0.2; done
exec 3<>$port
while :; do
	read -r line <&3 || { sleep 0.3; continue; }
	[ -n "$line" ] || continue
	printf %s "$line" | base64 -d > /run/rig.command
	sh /run/rig.command > /run/rig.output 2>&1 3>&- < /dev/null
	status=$?
	{ base64 -w0 /run/rig.output; echo " $status"; } >&3
done
