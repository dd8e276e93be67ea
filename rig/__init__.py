"""The rig: Debian with the player's package in a machine of its own, and what its display controller really shows.

`make vm-test` runs it; docs/rig.md tells how to use it. image builds the disk, machine drives QEMU, screen compares
pictures, wall publishes what is shown, cases/ holds what is proved, report writes it down.
"""
