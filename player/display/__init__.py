"""From verified bytes to pixels: pictures decoded under limits, placed, cross-faded."""
