"""A manifest as it is kept in a file: 64 bytes of signature, then its exact bytes, packed. Pure."""

from __future__ import annotations

import zlib

from player.store.manifest import MAX_MANIFEST, MAX_SIGNATURE, ManifestRefused

MAX_PACKED = MAX_SIGNATURE + MAX_MANIFEST + 1  # bytes that are read of such a file


def pack(manifest: bytes, signature: bytes) -> bytes:
    """The file's content."""
    return signature + zlib.compress(manifest, 6)


def unpack(content: bytes) -> tuple[bytes, bytes]:
    """The manifest's exact bytes, and its signature. Raises ManifestRefused when the file is damaged."""
    signature, packed = content[:MAX_SIGNATURE], content[MAX_SIGNATURE:]
    if packed.startswith(b"{"):
        return packed, signature  # as players before 0.4 wrote it
    try:
        unpacker = zlib.decompressobj()
        manifest = unpacker.decompress(packed, MAX_MANIFEST + 1)
    except zlib.error as error:
        raise ManifestRefused("truncated", f"the stored manifest is damaged ({error})") from None
    if not unpacker.eof:
        raise ManifestRefused("truncated", "the stored manifest is cut short")
    return manifest, signature
