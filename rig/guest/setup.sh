#!/bin/sh
# Runs once inside the new system: names, network, a small initrd, and the rig's way in. No player yet.
set -e

echo signage > /etc/hostname
echo '127.0.0.1 localhost signage' > /etc/hosts
printf '/dev/vda / ext4 defaults,noatime 0 1\n' > /etc/fstab

# An address without asking for it: waiting for DHCP would be measured, not the player. QEMU's host is 10.0.2.2.
printf 'auto lo\niface lo inet loopback\nallow-hotplug eth0\niface eth0 inet static\n  address 10.0.2.15/24\n  gateway 10.0.2.2\n' > /etc/network/interfaces
# The rig tells the time there, or is silent, or lies: as the case wants it.
mkdir -p /etc/systemd/timesyncd.conf.d
printf '[Time]\nNTP=10.0.2.2\nFallbackNTP=\n' > /etc/systemd/timesyncd.conf.d/rig.conf

install -m 755 /root/rig/agent.sh /usr/local/sbin/rig-agent
install -m 644 /root/rig/rig-agent.service /etc/systemd/system/rig-agent.service
systemctl enable rig-agent.service

# Housekeeping that would come into the middle of a measurement.
systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service dpkg-db-backup.timer man-db.timer

# The initrd holds only what this machine's disk and command port need: unpacking takes seconds in emulation.
printf 'virtio_pci\nvirtio_blk\next4\nvirtio_console\n' > /etc/initramfs-tools/modules
mkdir -p /etc/initramfs-tools/conf.d
printf 'MODULES=list\nCOMPRESS=gzip\nFSTYPE=ext4\n' > /etc/initramfs-tools/conf.d/rig.conf
printf 'virtio_net\n' > /etc/modules-load.d/rig.conf
update-initramfs -u -k all
